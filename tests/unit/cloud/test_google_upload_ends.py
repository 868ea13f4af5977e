"""How uploads to Google Drive end: cancelled, incomplete, with odd facts."""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from app.cloud.destinations.google_drive import session_upload
from app.domain.errors import (
    CloudAnswerUnclear,
    CloudBusy,
    CloudFull,
    CloudUnreachable,
    TooLargeForCloud,
    UploadLost,
)
from tests.contract.clouds.pattern import pattern
from tests.unit.cloud.google_fake import GRAIN, Google, Reply, error, nth
from tests.unit.cloud.items import Kept, hashes, item, send_all

MIB = 1024 * 1024
LARGE = pattern(6 * MIB + 5)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces in a file of some MiB."""
    monkeypatch.setattr(session_upload, "PIECE", 8 * GRAIN)


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("pieces", [0, 1, 9])
async def test_cancelling_leaves_nothing(google: Google, data: bytes, pieces: int) -> None:
    keep = Kept()
    upload = await google.drive().open(item(data, keep), None)
    for _ in range(pieces):
        if (piece := upload.next_piece()) is not None:
            await upload.send(piece)
    assert await upload.close(keep=False) is None
    assert google.files == {}
    assert pieces == 9 or google.sessions == {}
    assert await upload.close(keep=False) is None
    later = await google.drive().open(item(data), keep[-1])
    assert await later.close(keep=False) is None
    assert google.files == {}


async def test_cancelling_after_a_lost_answer_finds_the_file(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    google.after = nth(4, "PUT", httpx2.ReadError("broken"))
    with pytest.raises(CloudUnreachable):
        await send_all(upload)
    assert len(google.files) == 1
    await upload.close(keep=False)
    assert google.files == {}


async def test_of_a_shared_drive_what_can_not_be_deleted_goes_into_the_trash(google: Google) -> None:
    upload = await google.drive(shared="0Shared").open(item(b"small"), None)
    await send_all(upload)
    google.before = nth(1, "DELETE", error(403, "insufficientFilePermissions"))
    await upload.close(keep=False)
    assert [file["trashed"] for file in google.files.values()] == [True]
    assert [file["parents"] for file in google.files.values()] == [["0Shared"]]


async def test_hashes_that_were_missing_are_asked_for(google: Google) -> None:
    upload = await google.drive().open(item(b"small"), None)
    google.after = nth(1, "POST", Reply(200, json={"id": upload.state["id"], "size": "5"}))
    await send_all(upload)
    entry = await upload.close(keep=True)
    assert entry is not None
    assert entry.hashes == hashes(b"small")


async def test_a_full_drive_says_how_much_it_needs(google: Google) -> None:
    google.before = nth(1, "POST", error(403, "storageQuotaExceeded"))
    with pytest.raises(CloudFull) as caught:
        await google.drive().open(item(LARGE), None)
    assert caught.value.facts["need"] == len(LARGE)


@pytest.mark.parametrize(
    ("text", "perhaps"),
    [
        ("User rate limit exceeded.", "day"),
        ("User Rate Limit Exceeded. Rate of requests for user exceed configured project quota.", None),
    ],
)
async def test_an_upload_that_is_throttled_may_be_the_days_last(
    google: Google, text: str, perhaps: str | None
) -> None:
    google.before = nth(1, "POST", error(403, "userRateLimitExceeded", text))
    with pytest.raises(CloudBusy) as caught:
        await google.drive().open(item(LARGE), None)
    assert caught.value.facts.get("perhaps") == perhaps


@pytest.mark.parametrize(
    "given", ["application/vnd.google-apps.document", "text/plain\r\nX: y", "", "nothing", "a/b/c"]
)
async def test_nothing_becomes_a_document_of_googles(google: Google, given: str) -> None:
    upload = await google.drive().open(item(b"small", media_type=given, modified=1e18), None)
    await send_all(upload)
    file = google.files[upload.state["id"]]
    assert file["mimeType"] == "application/octet-stream"
    assert "modifiedTime" not in file


async def test_a_file_beyond_five_tebibytes_is_not_begun(google: Google) -> None:
    with pytest.raises(TooLargeForCloud):
        await google.drive().open(replace(item(b""), size=5 * 1024**4 + 1), None)
    assert google.calls == []


async def test_what_is_not_all_there_is_not_completed(google: Google) -> None:
    upload = await google.drive().open(item(LARGE), None)
    with pytest.raises(CloudAnswerUnclear):
        await upload.close(keep=True)
    google.sessions.clear()
    with pytest.raises(UploadLost):
        await upload.close(keep=True)
    small = await google.drive().open(item(b"small"), None)
    with pytest.raises(UploadLost):
        await small.close(keep=True)
