"""Uploads to Google Drive: small ones, sessions, restarts, lost answers, cancelling."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from app.cloud.destination import Piece
from app.cloud.destinations.google_drive import session_upload
from app.domain.errors import (
    CloudAnswerUnclear,
    CloudUnreachable,
    SignInExpired,
    UploadLost,
)
from tests.contract.clouds.pattern import pattern
from tests.unit.cloud.google_fake import GRAIN, Google, Reply, error, nth
from tests.unit.cloud.items import Bytes, Kept, hashes, item, send_all

MIB = 1024 * 1024
LARGE = pattern(6 * MIB + 5)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces in a file of some MiB."""
    monkeypatch.setattr(session_upload, "PIECE", 8 * GRAIN)


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 5_000_001, 6 * MIB, 6 * MIB + 1])
async def test_a_file_arrives_with_its_hashes(google: Google, size: int) -> None:
    data, keep = pattern(size), Kept()
    upload = await google.drive().open(item(data, keep, name="片子 'A\\B'.mov"), None)
    await send_all(upload)
    entry = await upload.close(keep=True)
    assert entry is not None
    assert google.bytes[entry.id] == data
    assert (entry.size, upload.done, entry.key) == (size, size, "x1.1.abc")
    assert entry.hashes == upload.digests == hashes(data)
    assert entry.link.startswith("https://drive.google.com/")
    file = google.files[entry.id]
    assert file["name"] == "片子 'A\\B'.mov"
    assert file["mimeType"] == "video/quicktime"
    assert file["modifiedTime"] == "2023-11-14T22:13:20.250Z"
    assert file["parents"] == ["root"]
    assert keep[0]["id"] == entry.id


async def test_a_photo_is_one_request(google: Google) -> None:
    drive = google.drive()
    for number in range(5):
        upload = await drive.open(item(b"photo", key=f"k{number}"), None)
        await send_all(upload)
        assert await upload.close(keep=True)
    assert google.calls == ["GET /drive/v3/files/generateIds", *["POST /upload/drive/v3/files"] * 5]


async def test_the_state_is_kept_before_bytes_go(google: Google) -> None:
    for data in (b"small", LARGE):
        keep = Kept()

        def look(request: httpx2.Request, keep: Kept = keep) -> None:
            if request.method == "PUT" or request.url.params.get("uploadType") == "multipart":
                assert keep

        google.before = look
        upload = await google.drive().open(item(data, keep, key=str(len(data))), None)
        await send_all(upload)
        assert bool(keep[-1]["session"]) == (data is LARGE)
        assert keep[-1] == upload.state


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_an_answer_that_was_lost_makes_no_twin(google: Google, data: bytes) -> None:
    upload = await google.drive().open(item(data), None)
    last = 1 if data is not LARGE else 4
    google.after = nth(last, "PUT" if data is LARGE else "POST", httpx2.ReadError("broken"))
    with pytest.raises(CloudUnreachable):
        await send_all(upload)
    await send_all(upload)
    entry = await upload.close(keep=True)
    assert list(google.files) == [entry and entry.id]
    assert upload.digests == hashes(data)


async def test_an_upload_goes_on_at_the_byte_where_google_stands(google: Google) -> None:
    keep = Kept()
    upload = await google.drive().open(item(LARGE, keep), None)
    for _ in range(2):
        piece = upload.next_piece()
        assert piece is not None
        await upload.send(piece)
    assert upload.digests == {}
    source = Bytes(LARGE)
    google.calls.clear()
    again = await google.drive().open(item(source), keep[-1])
    assert again.done == 16 * GRAIN
    await send_all(again)
    await again.close(keep=True)
    assert again.digests == hashes(LARGE)
    assert google.bytes[again.state["id"]] == LARGE
    # The prefix is read for its hash; not a byte of it goes out again.
    assert source.reads[0] == (0, 16 * GRAIN)
    assert google.calls == ["PUT /upload/drive/v3/files"] * 3


async def test_google_keeps_less_than_it_was_sent(google: Google) -> None:
    stands = iter([3 * GRAIN, 2 * GRAIN, 0, 8 * GRAIN])
    google.keeps = lambda total: min(total, next(stands, total))
    source = Bytes(LARGE)
    upload = await google.drive().open(item(source), None)
    seen = []
    while (piece := upload.next_piece()) is not None:
        await upload.send(piece)
        seen.append(upload.done)
    assert seen[:4] == [3 * GRAIN, 2 * GRAIN, 0, 8 * GRAIN]
    entry = await upload.close(keep=True)
    assert entry is not None
    assert google.bytes[entry.id] == LARGE
    assert upload.digests == hashes(LARGE)


async def test_google_that_keeps_nothing_is_not_sent_to_for_ever(google: Google) -> None:
    google.keeps = lambda total: 0
    upload = await google.drive().open(item(LARGE), None)
    with pytest.raises(CloudAnswerUnclear):
        await send_all(upload)
    assert google.calls.count("PUT /upload/drive/v3/files") == 3


@pytest.mark.parametrize("given", ["bytes=0-99999999", "bytes=5-9", "nonsense", "bytes=0-"])
async def test_a_range_that_can_not_be_is_refused(google: Google, given: str) -> None:
    upload = await google.drive().open(item(LARGE), None)
    google.after = nth(1, "PUT", Reply(308, headers={"Range": given}))
    with pytest.raises(CloudAnswerUnclear):
        await send_all(upload)


async def test_after_a_failure_google_is_asked_first(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    google.after = nth(2, "PUT", Reply(503, headers={"Retry-After": "7"}))
    with pytest.raises(CloudUnreachable) as caught:
        await send_all(upload)
    assert caught.value.facts["retry_after"] == 7
    ranges: list[str] = []

    def note(request: httpx2.Request) -> None:
        ranges.append(request.headers["content-range"])

    google.before = note
    piece = upload.next_piece()
    assert piece == Piece(8 * GRAIN, 8 * GRAIN)
    await upload.send(piece)  # what it asked for is there: Google had it when it fell ill
    assert ranges == [f"bytes */{len(LARGE)}"]
    await send_all(upload)
    assert ranges[1:] == [
        f"bytes {16 * GRAIN}-{24 * GRAIN - 1}/{len(LARGE)}",
        f"bytes {24 * GRAIN}-{len(LARGE) - 1}/{len(LARGE)}",
    ]
    await upload.close(keep=True)
    assert upload.digests == hashes(LARGE)


@pytest.mark.parametrize("data", [b"s" * 2_500_000, LARGE], ids=["small", "large"])
async def test_the_source_is_let_go_where_sending_ends_early(google: Google, data: bytes) -> None:
    source = Bytes(data)
    upload = await google.drive().open(item(source), None)
    waiting = asyncio.Event()

    class Stuck(httpx2.AsyncBaseTransport):
        """A line on which a little of the body goes out, and then nothing any more."""

        async def handle_async_request(self, request: httpx2.Request) -> Reply:
            assert isinstance(request.stream, httpx2.AsyncByteStream)
            taken = 0
            async for chunk in request.stream:
                taken += len(chunk)
                if taken > 150_000:
                    waiting.set()
                    await asyncio.Event().wait()
            raise AssertionError

    google.network = Stuck()
    piece = upload.next_piece()
    assert piece is not None
    sending = asyncio.create_task(upload.send(piece))
    await waiting.wait()
    assert source.open == 1
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert source.open == 0
    google.network = None
    await send_all(upload)
    await upload.close(keep=True)
    assert upload.digests == hashes(data)
    assert google.bytes[upload.state["id"]] == data


@pytest.mark.parametrize("status", [404, 410])
async def test_a_session_that_is_gone_begins_anew(google: Google, status: int) -> None:
    keep = Kept()
    upload = await google.drive().open(item(LARGE, keep), None)
    piece = upload.next_piece()
    assert piece is not None
    await upload.send(piece)
    google.before = nth(1, "PUT", Reply(status))
    with pytest.raises(UploadLost):
        await send_all(upload)
    assert upload.done == 0
    await send_all(upload)
    assert google.bytes[upload.state["id"]] == LARGE
    assert upload.digests == hashes(LARGE)
    assert keep[0]["id"] == keep[1]["id"]
    assert keep[0]["session"] != keep[1]["session"]


async def test_a_token_that_ends_in_the_middle_is_renewed_once(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    piece = upload.next_piece()
    assert piece is not None
    await upload.send(piece)
    google.tokens.clear()
    await send_all(upload)
    assert google.bytes[upload.state["id"]] == LARGE
    assert google.calls.count("POST /token") == 1
    google.tokens.clear()
    google.refresh_tokens.clear()
    with pytest.raises(SignInExpired):
        await upload.close(keep=False)


async def test_a_renewed_token_that_is_refused_too_ends_the_sign_in(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    google.before = lambda request: error(401, "authError") if request.method == "PUT" else None
    with pytest.raises(SignInExpired):
        await send_all(upload)
    assert google.calls.count("POST /token") == 2
    small = await google.drive().open(item(b"small"), None)
    google.before = lambda request: None if request.url.path == "/token" else error(401, "authError")
    with pytest.raises(SignInExpired):
        await send_all(small)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/upload/drive/v3/files?upload_id=s0",
        "http://www.googleapis.com/upload/drive/v3/files?upload_id=s0",
        "https://www.googleapis.com:8443/upload/drive/v3/files",
        "https://me@www.googleapis.com/upload/drive/v3/files",
        "https://www.googleapis.com.evil.example/upload/x",
        "https://www.googleapis.com/drive/v3/files",
        "https://www.googleapis.com\\@evil.example/upload/x",
        "https://[/upload/",
        "",
    ],
)
async def test_a_session_elsewhere_is_not_followed(google: Google, address: str) -> None:
    google.after = nth(1, "POST", Reply(200, headers={"Location": address}))
    with pytest.raises(CloudAnswerUnclear) as caught:
        await google.drive().open(item(LARGE), None)
    assert address not in str(caught.value) or not address
    google.after = lambda _, reply: reply
    # Nor from a state: the token would follow.
    upload = await google.drive().open(item(LARGE), {"id": "id-0", "size": len(LARGE), "session": address})
    await send_all(upload)
    assert list(google.files) == ["id-0"]
    await google.drive().open(item(LARGE + b"x"), {"id": "id-0", "size": len(LARGE), "session": address})
    assert google.files == {}


async def test_a_piece_that_is_taken_up_in_its_middle_goes_on_in_whole_grains(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    google.keeps = lambda total: min(total, 100_000)
    google.after = nth(1, "PUT", Reply(503))
    piece = upload.next_piece()
    assert piece == Piece(0, 8 * GRAIN)
    with pytest.raises(CloudUnreachable):
        await upload.send(piece)
    google.keeps = lambda total: total
    await upload.send(piece)
    assert upload.done == 100_000 + 7 * GRAIN
    await send_all(upload)
    await upload.close(keep=True)
    assert google.bytes[upload.state["id"]] == LARGE
    assert upload.digests == hashes(LARGE)
