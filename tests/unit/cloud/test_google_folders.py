"""Folders, lists and the account of Google Drive."""

from __future__ import annotations

import httpx2
import pytest

from app.cloud.destinations.google_drive.files import quoted
from app.domain.errors import CloudAnswerUnclear, CloudRefused, CloudUnreachable
from tests.unit.cloud.google_fake import Google, Reply
from tests.unit.cloud.items import Kept, item, send_all

FOLDER = "application/vnd.google-apps.folder"
HOSTILE = ["A", "it's", "back\\slash", "both\\'s \\\\''", "片子 （终）", "' or name = 'A", "a/b", ".."]


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_folder_is_made_once_and_found_again(google: Google, name: str) -> None:
    drive = google.drive()
    made = await drive.folder("", name, "k1")
    assert (made.name, made.is_folder, made.size, made.key) == (name, True, None, "k1")
    assert (await drive.folder("", name, "k1")).id == made.id
    assert (await google.drive().folder("", name, "other")).id == made.id
    inner = await drive.folder(made.id, name, "k2")
    assert inner.id != made.id
    assert google.files[inner.id]["parents"] == [made.id]
    assert len(google.files) == 2


def test_quotes_and_backslashes_stay_within_the_text() -> None:
    assert quoted("it's a \\ 'b'") == "'it\\'s a \\\\ \\'b\\''"


async def test_names_of_folders_are_told_apart_by_case(google: Google) -> None:
    drive = google.drive()
    upper = await drive.folder("", "RUSHES", "k1")
    lower = await drive.folder("", "rushes", "k2")
    assert upper.id != lower.id
    assert (await drive.folder("", "rushes", "k2")).id == lower.id


async def test_of_twins_ours_is_taken_else_the_oldest(google: Google) -> None:
    drive = google.drive()
    ids = (await google.drive().folder("", "seed", "k")).id  # so that ids are known
    assert ids
    for number, key in enumerate(["a", "b", "c"]):
        folder = {"id": f"id-{number}", "name": "F", "mimeType": FOLDER, "parents": ["root"]}
        google.put({**folder, "appProperties": {"reelkey": key}}, None)
    google.files["id-0"]["trashed"] = True
    assert (await drive.folder("", "F", "c")).id == "id-2"
    assert (await drive.folder("", "F", "a")).id == "id-1"


async def test_a_lost_answer_makes_no_second_folder(google: Google) -> None:
    drive = google.drive()

    def lose(request: httpx2.Request, reply: Reply) -> Reply:
        if request.method == "POST":
            raise httpx2.ReadError("broken")
        return reply

    def blind(request: httpx2.Request) -> Reply | None:
        """A search that does not know yet what was made."""
        return Reply(200, json={"files": []}) if "q" in request.url.params else None

    google.before, google.after = blind, lose
    with pytest.raises(CloudUnreachable):
        await drive.folder("", "F", "k")
    google.after = lambda _, reply: reply
    made = await drive.folder("", "F", "k")
    assert list(google.files) == [made.id]


async def test_a_list_goes_over_all_pages(google: Google) -> None:
    drive = google.drive()
    folder = await drive.folder("", "F", "k")
    for number in range(5):
        upload = await drive.open(item(b"x" * number, Kept(), name=f"{number}", folder=folder.id), None)
        await send_all(upload)
    google.files[upload.state["id"]]["trashed"] = True
    entries = [entry async for entry in drive.list(folder.id)]
    assert sorted(entry.name for entry in entries) == ["0", "1", "2", "3"]
    assert sorted(entry.size or 0 for entry in entries) == [0, 1, 2, 3]
    assert all(set(entry.hashes) == {"sha256", "md5"} for entry in entries)
    assert [entry.name async for entry in drive.list("")] == ["F"]


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [], "nextPageToken": "same"},
        {"files": [], "nextPageToken": 7},
        {"files": {}},
        {"files": [{"name": "no id"}]},
        {"files": ["x"]},
        {"files": [{"id": "../../about"}]},
        {},
    ],
)
async def test_a_list_that_is_none_or_has_no_end_is_refused(google: Google, answer: object) -> None:
    google.before = lambda _: Reply(200, json=answer)
    with pytest.raises(CloudAnswerUnclear):
        _ = [entry async for entry in google.drive().list("")]
    assert len(google.calls) <= 2


async def test_odd_facts_of_a_file_are_left_away(google: Google) -> None:
    odd = {
        "id": "id-1",
        "name": 5,
        "size": "99999999999999999999",
        "md5Checksum": "ABC",
        "sha256Checksum": "g" * 64,
        "appProperties": [],
        "webViewLink": "javascript:alert(1)",
    }
    google.before = lambda _: Reply(200, json={"files": [odd]})
    [entry] = [entry async for entry in google.drive().list("")]
    assert (entry.name, entry.size, entry.hashes, entry.key, entry.link) == ("", None, {}, "", "")


async def test_a_shared_drive_is_asked_as_one(google: Google) -> None:
    drive = google.drive(shared="0Shared")
    folder = await drive.folder("", "F", "k")
    assert google.files[folder.id]["parents"] == ["0Shared"]
    asked = next(query for query in google.queries if "q" in query)
    assert "'0Shared' in parents" in asked["q"]
    assert asked["corpora"] == "drive"
    assert asked["driveId"] == "0Shared"
    assert asked["includeItemsFromAllDrives"] == asked["supportsAllDrives"] == "true"
    account = await drive.account()
    assert (account.name, account.total, account.used) == ("mo@example.org", None, None)


async def test_the_account_and_its_room(google: Google) -> None:
    account = await google.drive().account()
    assert (account.name, account.total, account.used) == ("mo@example.org", 1000, 250)
    google.before = lambda _: Reply(200, json={"user": {"emailAddress": "m"}, "storageQuota": {"usage": "9"}})
    account = await google.drive().account()
    assert (account.total, account.used) == (None, 9)  # an organisation without a limit
    google.before = lambda _: Reply(200, json={"user": {}})
    with pytest.raises(CloudAnswerUnclear):
        await google.drive().account()


async def test_an_id_that_would_lead_elsewhere_is_not_asked_for(google: Google) -> None:
    with pytest.raises(CloudRefused):
        await google.drive().folder("../about", "F", "k")
    with pytest.raises(CloudRefused):
        await google.drive().open(item(b"", folder="a?b"), None)
    assert google.calls == []


@pytest.mark.parametrize("ids", [None, [], ["ok", "../x"], "id", [5]])
async def test_ids_that_are_none_are_refused(google: Google, ids: object) -> None:
    google.before = lambda _: Reply(200, json={"ids": ids})
    with pytest.raises(CloudAnswerUnclear):
        await google.drive().open(item(b""), None)
