"""Google's own client of Drive against the stand-in: it must work there as with Google."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.contract.clouds.drive_calls import BLOCK, FOLDER, assert_fits, google_client
from tests.contract.clouds.pattern import pattern


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDrive]:
    with running_drive(keep_bytes=True) as drive:
        yield drive


@pytest.fixture
def drive(running: RunningDrive) -> RunningDrive:
    running.control.reset()
    return running


@pytest.fixture
def client(drive: RunningDrive) -> Iterator[Any]:
    with google_client(drive) as service:
        yield service


def media(data: bytes, chunk: int = BLOCK, *, resumable: bool = True) -> MediaIoBaseUpload:
    return MediaIoBaseUpload(io.BytesIO(data), "video/quicktime", chunksize=chunk, resumable=resumable)


def test_what_is_asked_is_what_comes_and_fits_googles_document(drive: RunningDrive, client: Any) -> None:
    about = client.about().get(fields="*").execute()
    assert_fits(about, "About")
    ids = client.files().generateIds(count=3).execute()
    assert_fits(ids, "GeneratedIds")
    body = {"id": ids["ids"][0], "name": "母带", "mimeType": FOLDER, "appProperties": {"k": "v"}}
    made = client.files().create(body=body).execute()
    assert made == {"kind": "drive#file", "id": ids["ids"][0], "name": "母带", "mimeType": FOLDER}
    whole = client.files().get(fileId=made["id"], fields="*").execute()
    assert_fits(whole, "File")
    assert whole["appProperties"] == {"k": "v"} and "size" not in whole
    sent = client.files().create(
        body={"name": "a.mov", "parents": [made["id"]]},
        media_body=media(b"film", resumable=False),
        fields="*",
    )
    file = sent.execute()
    assert_fits(file, "File")
    assert (file["size"], file["md5Checksum"]) == ("4", hashlib.md5(b"film").hexdigest())
    assert client.files().get(fileId=file["id"], fields="size").execute() == {"size": "4"}
    listing = client.files().list(fields="*").execute()
    assert_fits(listing, "FileList")
    assert {found["name"] for found in listing["files"]} == {"母带", "a.mov"}


def test_a_session_goes_on_at_the_servers_offset_after_a_503(drive: RunningDrive, client: Any) -> None:
    data = pattern(5 * BLOCK + 1)
    request = client.files().create(
        body={"name": "a.mov"},
        media_body=media(data),
        fields="id,size,md5Checksum,sha1Checksum,sha256Checksum",
    )
    request.next_chunk()
    drive.control.fault("status", method="PUT", path="upload_id", code=503)
    with pytest.raises(HttpError) as caught:
        request.next_chunk()
    assert caught.value.status_code == 503
    done = None
    while done is None:
        _, done = request.next_chunk()
    del done["id"]
    assert done == {"size": str(len(data))} | {
        f"{name}Checksum": hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256")
    }
    assert drive.control.counts()["session question"] >= 1
    assert client.files().get_media(fileId=drive.control.file("a.mov")["id"]).execute() == data


def test_a_session_lives_a_week(drive: RunningDrive) -> None:
    with google_client(drive, seconds=30 * 86400) as client:
        request = client.files().create(body={"name": "a.mov"}, media_body=media(pattern(3 * BLOCK)))
        request.next_chunk()
        drive.control.advance(6 * 86400)
        request.next_chunk()
        drive.control.advance(2 * 86400)
        with pytest.raises(HttpError) as caught:
            request.next_chunk()
    assert caught.value.status_code == 404
    assert drive.control.files() == []


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_sizes_around_a_block(drive: RunningDrive, client: Any, size: int) -> None:
    data = pattern(size)
    request = client.files().create(body={"name": "a"}, media_body=media(data), fields="size,sha256Checksum")
    done = None
    while done is None:
        _, done = request.next_chunk()
    assert done == {"size": str(size), "sha256Checksum": hashlib.sha256(data).hexdigest()}


def test_search_pages_and_names_with_quotes(drive: RunningDrive, client: Any) -> None:
    folder = client.files().create(body={"name": "x", "mimeType": FOLDER}).execute()["id"]
    names = ["Valentine's \\ day", "Valentine's \\ day", *(f"photo {number}" for number in range(5))]
    for number, name in enumerate(names):
        body = {"name": name, "parents": [folder], "appProperties": {"source": str(number)}}
        client.files().create(body=body).execute()
    escaped = names[0].replace("\\", "\\\\").replace("'", "\\'")
    query = f"name = '{escaped}' and '{folder}' in parents and mimeType != '{FOLDER}' and trashed = false"
    assert len(client.files().list(q=query).execute()["files"]) == 2
    query = "appProperties has { key='source' and value='3' }"
    assert [one["name"] for one in client.files().list(q=query).execute()["files"]] == ["photo 1"]

    request, found = client.files().list(q=f"'{folder}' in parents", pageSize=3), []
    while request is not None:
        page = request.execute()
        found += [one["name"] for one in page["files"]]
        request = client.files().list_next(request, page)
    assert sorted(found) == sorted(names)
    # The token is a field like others: who doesn't ask for it never learns that there is more.
    page = client.files().list(q=f"'{folder}' in parents", pageSize=3, fields="files(id)").execute()
    assert list(page) == ["files"]


def test_trash_and_delete(drive: RunningDrive, client: Any) -> None:
    folder = client.files().create(body={"name": "x", "mimeType": FOLDER}).execute()["id"]
    client.files().create(body={"name": "a", "parents": [folder]}, media_body=media(b"1234")).execute()
    client.files().update(fileId=folder, body={"trashed": True}).execute()
    assert client.files().list(q="trashed = false").execute()["files"] == []
    assert len(client.files().list(q="trashed = true").execute()["files"]) == 2
    quota = client.about().get(fields="storageQuota").execute()["storageQuota"]
    assert (quota["usage"], quota["usageInDriveTrash"]) == ("4", "4")
    client.files().delete(fileId=folder).execute()
    assert drive.control.files() == []


def test_an_id_serves_once_and_must_have_been_generated(client: Any) -> None:
    given = client.files().generateIds(count=1).execute()["ids"][0]
    client.files().create(body={"id": given, "name": "a"}).execute()
    with pytest.raises(HttpError) as caught:
        client.files().create(body={"id": given, "name": "a"}).execute()
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (409, "fileIdInUse")
    with pytest.raises(HttpError) as caught:
        client.files().create(body={"id": "1" * 33, "name": "a"}).execute()
    assert caught.value.status_code == 400
