"""Uploads to Google Drive that are taken up again: by their state, after a restart."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from app.cloud.destinations.google_drive import session_upload
from app.domain.errors import (
    CloudAnswerUnclear,
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


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_a_completed_upload_is_found_after_a_restart(google: Google, data: bytes) -> None:
    keep = Kept()
    await send_all(await google.drive().open(item(data, keep), None))
    google.sessions.clear()  # Google forgets a session some time after its file is complete
    source = Bytes(data)
    upload = await google.drive().open(item(source), keep[-1])
    assert upload.next_piece() is None
    assert upload.done == len(data)
    entry = await upload.close(keep=True)
    assert entry is not None
    assert entry.hashes == upload.digests == hashes(data)
    assert len(google.files) == 1


async def test_a_state_whose_session_is_gone_begins_anew(google: Google) -> None:
    keep = Kept()
    await google.drive().open(item(LARGE, keep), None)
    google.sessions.clear()
    upload = await google.drive().open(item(LARGE, keep), keep[-1])
    assert upload.done == 0
    await send_all(upload)
    assert google.bytes[keep[0]["id"]] == LARGE


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_a_file_in_the_trash_is_sent_again_as_another(google: Google, data: bytes) -> None:
    keep = Kept()
    await send_all(await google.drive().open(item(data, keep), None))
    google.files[keep[-1]["id"]]["trashed"] = True
    google.sessions.clear()
    upload = await google.drive().open(item(data, keep), keep[-1])
    await send_all(upload)
    entry = await upload.close(keep=True)
    assert entry is not None
    assert entry.id == keep[-1]["id"] != keep[0]["id"]


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("facts", [{"size": "7"}, {"appProperties": {"reelkey": "another"}}])
async def test_another_file_under_our_id_is_left_alone(
    google: Google, data: bytes, facts: dict[str, Any]
) -> None:
    keep = Kept()
    await send_all(await google.drive().open(item(data, keep), None))
    google.files[keep[-1]["id"]] |= facts
    google.sessions.clear()
    upload = await google.drive().open(item(data, keep), keep[-1])
    await send_all(upload)
    assert set(google.files) == {keep[0]["id"], upload.state["id"]}
    assert len(google.files) == 2
    assert google.bytes[upload.state["id"]] == data
    # The same where it turns up only when ours is to be made.
    google.files[upload.state["id"]] |= facts
    late = await google.drive().open(item(data, keep), None)
    google.put({**late_metadata(upload.state["id"]), "id": late.state["id"]}, b"other")
    google.before = nth(1, "PUT", error(409, "fileIdInUse")) if data is LARGE else lambda _: None
    with pytest.raises(UploadLost):
        await send_all(late)
    google.before = lambda _: None
    await send_all(late)
    assert google.bytes[late.state["id"]] == data


def late_metadata(parent: str) -> dict[str, Any]:
    return {"name": "N", "mimeType": "x/y", "parents": [parent], "appProperties": {"reelkey": "another"}}


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_what_has_another_size_by_now_is_thrown_away(google: Google, data: bytes) -> None:
    keep = Kept()
    await send_all(await google.drive().open(item(data, keep), None))
    upload = await google.drive().open(item(data + b"more", keep), keep[-1])
    assert google.files == {}
    await send_all(upload)
    assert [google.bytes[one] for one in google.files] == [data + b"more"]


@pytest.mark.parametrize("state", [{}, {"id": "../x", "size": 5}, {"id": 5, "size": 5}, {"size": "5"}])
async def test_a_state_that_is_none_begins_anew(google: Google, state: dict[str, Any]) -> None:
    upload = await google.drive().open(item(b"small"), state)
    await send_all(upload)
    assert len(google.files) == 1


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_another_file_than_asked_for_is_none_of_ours(google: Google, data: bytes) -> None:
    keep = Kept()
    await send_all(await google.drive().open(item(data, keep), None))
    google.before = lambda _: Reply(200, json={**google.files[keep[-1]["id"]], "id": "other"})
    with pytest.raises(CloudAnswerUnclear):
        await google.drive().open(item(data), keep[-1])


async def test_a_file_that_turns_up_when_its_session_begins(google: Google) -> None:
    """Made by a request that was thought lost."""

    def turn_up(request: httpx2.Request) -> Reply | None:
        if request.method == "POST":
            google.put(json.loads(request.read()), LARGE)
        return None

    google.before = turn_up
    upload = await google.drive().open(item(LARGE), None)
    assert upload.next_piece() is None
    entry = await upload.close(keep=True)
    assert entry is not None
    assert entry.hashes == upload.digests == hashes(LARGE)
