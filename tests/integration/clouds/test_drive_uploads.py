"""Uploads to the stand-in of Google Drive: sizes, faults at every request, restarts, memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.cloud.destination import Outgoing
from app.cloud.destinations.google_drive import drive as google_drive
from app.cloud.destinations.google_drive import session_upload
from app.domain.errors import CloudError, CloudFull, CloudUnreachable
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.contract.clouds.pattern import pattern
from tests.integration.clouds.drive_home import account, credentials, patiently, sent
from tests.unit.cloud.items import Bytes, Kept, hashes, item

MIB = 1024 * 1024
GRAIN = 256 * 1024
LARGE = pattern(4 * GRAIN + 77_777)
#: Of the clouds' facts: hashes of the pattern, computed elsewhere.
VECTORS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    4 * MIB - 1: "1cb0fa2b9f7c246fb310800d651f679d7a0ee6e47fc4aaf8d146474025962c77",
    4 * MIB: "58e7e2af8b2a8b03551a3330b30ea12225f5660559bfa5e60a390943616a8b67",
    4 * MIB + 1: "eedfc8a3ac9a717cc8e7d2c737d44d138e5a775b21f8eb39386e72ec0ef6e12d",
    8 * MIB: "6e8618b47ecfaa78fe345178ce1536c76b806eccb40223a463dd27dbd794d5e8",
    9 * MIB: "c23e577d4354c7e7f6673a3afb6e1a4a456455d32903f23cda9f429306154e06",
}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDrive]:
    with running_drive(consent="allow") as drive:
        yield drive


@pytest.fixture
def drive(running: RunningDrive, monkeypatch: pytest.MonkeyPatch) -> RunningDrive:
    running.control.reset()
    return running


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session and three pieces for a file of a MiB."""
    monkeypatch.setattr(google_drive, "LARGEST_SMALL", GRAIN)
    monkeypatch.setattr(session_upload, "PIECE", 2 * GRAIN)


def stands(drive: RunningDrive, data: bytes) -> bool:
    """Whether the file is there, once, and right."""
    files = drive.control.files()
    assert [file["size"] for file in files] == [str(len(data))]
    assert files[0]["md5Checksum"] == hashes(data)["md5"]
    return bool(files[0]["sha256Checksum"] == hashes(data)["sha256"])


@pytest.mark.parametrize("size", [*VECTORS, 5_000_000, 5_000_001, 20 * GRAIN, 24 * GRAIN + 1])
async def test_a_file_stands_there_with_its_hashes(drive: RunningDrive, size: int) -> None:
    data = pattern(size)
    async with account(drive) as cloud:
        entry, upload = await sent(cloud, item(data, name="片子 (1).mov"))
    assert stands(drive, data)
    assert entry.hashes == upload.digests == hashes(data)
    assert entry.hashes["sha256"] == VECTORS.get(size, entry.hashes["sha256"])
    file = drive.control.file("片子 (1).mov")
    assert file["mimeType"] == "video/quicktime"
    assert file["modifiedTime"] == "2023-11-14T22:13:20.250Z"
    assert drive.control.counts().get("upload multipart", 0) == (size <= 5_000_000)


FAULTS: dict[str, dict[str, Any]] = {
    "ill": {"kind": "status", "code": 503},
    "ill at once": {"kind": "status", "code": 503, "early": True},
    "ill, but done": {"kind": "status", "code": 500, "act": True},
    "busy": {"kind": "status", "code": 403, "reason": "userRateLimitExceeded"},
    "too many": {"kind": "status", "code": 429, "retry_after": "1"},
    "cut": {"kind": "reset"},
    "cut, but done": {"kind": "reset", "act": True},
    "cut in the body": {"kind": "cut_request", "size": 300_000},
    "cut in the answer": {"kind": "cut_answer", "size": 10},
    "another network": {"kind": "garbage"},
    "another network, but done": {"kind": "garbage", "act": True},
    "no sign-in": {"kind": "status", "code": 401, "reason": "authError"},
    "short": {"kind": "short", "size": GRAIN},
    "nothing kept": {"kind": "short", "size": 0},
}


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("data", [b"a photo", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_at_any_request_makes_no_twin_and_loses_nothing(
    drive: RunningDrive, fault: str, data: bytes
) -> None:
    rule = dict(FAULTS[fault])
    kind = rule.pop("kind")
    # Each fault at the first request, at the second, and so on, until there is none to meet it; ids are
    # fetched by the first file alone, so that the first request is another the second time.
    async with account(drive) as cloud:
        for after in [0, *range(30)]:
            drive.control.fault(kind, path="^/(upload|drive)/", after=after, **rule)
            entry, upload = await sent(cloud, item(data))
            assert stands(drive, data)
            assert entry.hashes == upload.digests == hashes(data)
            met = drive.control.faults()[0].get("used")
            drive.control.clear_faults()
            await upload.close(keep=False)
            if not met:
                break
    assert after >= (1 if data is not LARGE else 4) or kind == "short"


@pytest.mark.usefixtures("small_pieces")
async def test_every_piece_meets_something(drive: RunningDrive) -> None:
    for number in range(4):
        drive.control.fault("reset", path="upload_id", after=number)
        drive.control.fault("cut_request", path="upload_id", size=270_000 + number, after=number + 1)
        drive.control.fault("short", path="upload_id", size=GRAIN * number, after=number + 2)
        drive.control.fault("status", path="upload_id", code=500, after=number + 3)
    async with account(drive) as cloud:
        _, upload = await sent(cloud, item(LARGE))
    assert stands(drive, LARGE)
    assert upload.digests == hashes(LARGE)


@pytest.mark.usefixtures("small_pieces")
async def test_a_session_that_is_forgotten_in_the_middle(drive: RunningDrive) -> None:
    drive.control.fault("forget_session", path="upload_id", after=2)
    keep = Kept()
    async with account(drive) as cloud:
        await sent(cloud, item(LARGE, keep))
    assert stands(drive, LARGE)
    assert keep[0]["session"] != keep[1]["session"]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("data", [b"a photo", LARGE], ids=["small", "large"])
async def test_a_restart_after_any_step_goes_on(drive: RunningDrive, data: bytes) -> None:
    for steps in range(12):
        drive.control.reset()
        kept, keep, source = credentials(drive), Kept(), Bytes(data)
        drive.control.fault("reset", path="^/(upload|drive)/", after=steps, act=True, times=None)
        async with account(drive, kept) as cloud:
            with_fault = False
            try:
                upload = await cloud.open(item(source, keep), None)
                while (piece := upload.next_piece()) is not None:
                    await upload.send(piece)
                await upload.close(keep=True)
            except CloudUnreachable:
                with_fault = True
        drive.control.clear_faults()
        before = drive.control.counts()
        async with account(drive, kept) as cloud:
            again = Bytes(data)
            entry, upload = await sent(cloud, item(again, keep), keep[-1] if keep else None)
        assert stands(drive, data)
        assert entry.hashes == upload.digests == hashes(data)
        if keep and data is LARGE and with_fault:
            # Not a byte that stood there went out again: pieces before and after are those of one sending.
            pieces = drive.control.counts()["piece"]
            assert pieces <= -(-len(data) // (2 * GRAIN))
            assert pieces >= before.get("piece", 0)
        if not with_fault:
            return
    raise AssertionError("there is no end")


@pytest.mark.usefixtures("small_pieces")
async def test_a_session_that_is_older_than_a_week(drive: RunningDrive) -> None:
    keep = Kept()
    async with account(drive) as cloud:
        upload = await cloud.open(item(LARGE, keep), None)
        piece = upload.next_piece()
        assert piece is not None
        await upload.send(piece)
        drive.control.advance(8 * 86400)
        again = await cloud.open(item(LARGE, keep), keep[-1])
        assert again.done == 0
    async with account(drive) as cloud:
        await sent(cloud, item(LARGE, keep), keep[-1])
    assert stands(drive, LARGE)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("data", [b"a photo", LARGE], ids=["small", "large"])
async def test_cancelling_at_any_step_leaves_nothing(drive: RunningDrive, data: bytes, steps: int) -> None:
    keep = Kept()
    async with account(drive) as cloud:
        drive.control.fault("reset", path="^/(upload|drive)/", after=steps, act=True)
        upload = None
        try:
            upload = await cloud.open(item(data, keep), None)
            while (piece := upload.next_piece()) is not None:
                await upload.send(piece)
        except CloudUnreachable:
            pass
        drive.control.clear_faults()
        if upload is None and keep:
            upload = await cloud.open(item(data, keep), keep[-1])
        if upload is not None:
            await patiently(lambda: upload.close(keep=False))
    assert drive.control.files() == []
    assert [one for one in drive.control.sessions() if one["stored"] and not one["finished"]] == []


@pytest.mark.usefixtures("small_pieces")
async def test_a_drive_that_is_full(drive: RunningDrive) -> None:
    drive.control.set(limit=1000)
    async with account(drive) as cloud:
        for data in (b"x" * 1001, LARGE):
            with pytest.raises(CloudFull) as caught:
                await sent_once(cloud, item(data))
            assert caught.value.facts["need"] == len(data)
    assert drive.control.files() == []


async def sent_once(cloud: Any, outgoing: Outgoing) -> None:
    upload = await cloud.open(outgoing, None)
    while (piece := upload.next_piece()) is not None:
        await upload.send(piece)


@pytest.mark.usefixtures("small_pieces")
async def test_a_destination_that_lies_about_a_hash_is_seen(drive: RunningDrive) -> None:
    drive.control.fault("lie", path="upload_id", after=2, set={"md5Checksum": "0" * 32})
    async with account(drive) as cloud:
        entry, upload = await sent(cloud, item(LARGE))
        assert entry.hashes["md5"] != upload.digests["md5"]
        await upload.close(keep=False)
    assert drive.control.files() == []


@pytest.mark.usefixtures("small_pieces")
async def test_tokens_end_in_the_middle(drive: RunningDrive) -> None:
    async with account(drive) as cloud:
        upload = await cloud.open(item(LARGE), None)
        while (piece := upload.next_piece()) is not None:
            drive.control.expire_tokens()
            await upload.send(piece)
        await upload.close(keep=True)
    assert stands(drive, LARGE)
    assert upload.digests == hashes(LARGE)


class Endless:
    """Bytes that are made as they are read."""

    def __init__(self) -> None:
        self._chunk = bytes(range(256)) * 4096

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        while length:
            size = min(MIB - offset % MIB, length)
            yield self._chunk[offset % MIB : offset % MIB + size]
            offset, length = offset + size, length - size

    def digest(self, size: int) -> str:
        found = hashlib.sha256()
        for at in range(0, size, MIB):
            found.update(self._chunk[: min(MIB, size - at)])
        return found.hexdigest()


async def _in_little_memory(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_upload, "PIECE", 16 * MIB)
    source = Endless()
    with running_drive(process=True, digests=["sha256"], limit=None) as drive:
        async with account(drive) as cloud:
            await sent(cloud, item(b"warm", key="warm"))
            tracemalloc.start()
            try:
                outgoing = Outgoing(
                    name="L.mov", size=size, folder="", key="k", source=source, keep=Kept(), modified=None
                )
                _, upload = await sent(cloud, outgoing)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert (
            drive.control.file("L.mov")["sha256Checksum"] == source.digest(size) == upload.digests["sha256"]
        )
    assert most < 12 * MIB


async def test_a_large_file_costs_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    await _in_little_memory(40 * MIB + 1, monkeypatch)


@pytest.mark.slow
async def test_a_file_of_a_gigabyte_costs_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    await _in_little_memory(1024 * MIB + 1, monkeypatch)


@pytest.mark.usefixtures("small_pieces")
async def test_no_secret_is_in_an_error_or_a_log(
    drive: RunningDrive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="app")
    keep, kept = Kept(), credentials(drive)
    secrets = [kept["access"], kept["refresh"], kept["client-secret"]]
    said = []
    for kind in ("reset", "status", "garbage"):
        drive.control.fault(kind, path="/upload/", times=None, **({"code": 403} if kind == "status" else {}))
        async with account(drive, kept) as cloud:
            for data in (b"small", LARGE):
                with pytest.raises(CloudError) as caught:
                    await sent_once(cloud, item(data, keep))
                said.append(repr(caught.value) + str(caught.value) + repr(caught.value.record()))
        drive.control.clear_faults()
    async with account(drive, kept) as cloud:
        upload = await cloud.open(item(LARGE, keep), None)
        secrets.append(str(keep[-1]["session"]))
        said.append(repr(upload) + repr(cloud))
        drive.control.fault("forget_session", path="upload_id")
        piece = upload.next_piece()
        assert piece is not None
        with pytest.raises(CloudError) as caught:
            await upload.send(piece)
        said.append(repr(caught.value) + str(caught.value) + repr(caught.value.record()))
    assert not [secret for secret in secrets if any(secret in text for text in [*said, caplog.text])]
