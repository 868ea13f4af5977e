"""The Drive stand-in by plain HTTP: what it refuses, how its sessions end, how its faults look."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator

import httpx2
import pytest

from sandbox.clouds.drive.accounts import FULL_SCOPE
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.contract.clouds.drive_calls import BLOCK, FOLDER, Plain, reason
from tests.contract.clouds.pattern import pattern


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDrive]:
    with running_drive() as drive:
        yield drive


@pytest.fixture
def drive(running: RunningDrive) -> RunningDrive:
    running.control.reset()
    return running


@pytest.fixture
def plain(drive: RunningDrive) -> Iterator[Plain]:
    with Plain(drive) as calls:
        yield calls


# --- files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "expected"),
    [
        ("GET", "/files", None, {"invented": "1"}, (400, "badRequest")),
        ("GET", "/files", None, {"pageSize": "0"}, (400, "invalid")),
        ("GET", "/files", None, {"pageToken": "x"}, (400, "invalid")),
        ("GET", "/files", None, {"fields": "items(id)"}, (400, "invalidParameter")),
        ("GET", "/files", None, {"fields": "files(id"}, (400, "invalidParameter")),
        ("GET", "/files", None, {"q": "name = 'it's'"}, (400, "invalid")),
        ("GET", "/files", None, {"q": 'title = "x"'}, (400, "invalid")),
        ("GET", "/files", None, {"q": "'nowhere' in parents"}, (404, "notFound")),
        ("GET", "/files", None, {"supportsAllDrives": "yes"}, (400, "invalid")),
        ("GET", "/files", None, {"corpora": "drive"}, (400, "invalid")),
        ("GET", "/files/root", None, {}, (404, "notFound")),
        ("GET", "/files/nothing", None, {}, (404, "notFound")),
        ("GET", "/about", None, {}, (400, "required")),
        ("GET", "/drives", None, {}, (403, "insufficientPermissions")),
        ("GET", "/files/generateIds", None, {"count": "1001"}, (400, "invalid")),
        ("POST", "/files", {"name": 7}, {}, (400, "badRequest")),
        ("POST", "/files", {"invented": 7}, {}, (400, "badRequest")),
        ("POST", "/files", {"size": "7"}, {}, (403, "fieldNotWritable")),
        ("POST", "/files", {"parents": ["root", "x"]}, {}, (403, "cannotAddParent")),
        ("POST", "/files", {"parents": ["nowhere"]}, {}, (404, "notFound")),
        ("POST", "/files", {"appProperties": {"k": "字" * 42}}, {}, (400, "badRequest")),
    ],
)
def test_refused(
    plain: Plain, method: str, path: str, body: object, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert reason(plain.call(method, path, body, **query)) == expected


def test_a_client_sees_what_it_made_alone(drive: RunningDrive, plain: Plain) -> None:
    by_hand = drive.control.place("by hand")
    own = plain.call("POST", "/files", {"name": "own", "mimeType": FOLDER, "parents": ["root"]}).json()["id"]
    assert [one["id"] for one in plain.call("GET", "/files").json()["files"]] == [own]
    assert reason(plain.call("GET", f"/files/{by_hand}")) == (404, "notFound")
    assert reason(plain.call("POST", "/files", {"parents": [by_hand]})) == (404, "notFound")
    with Plain(drive, scopes=[FULL_SCOPE]) as everything:
        assert len(everything.call("GET", "/files").json()["files"]) == 2


def test_shared_drives_need_to_be_named(drive: RunningDrive, plain: Plain) -> None:
    shared = drive.control.add_drive("masters")
    known = {"supportsAllDrives": "true"}
    assert reason(plain.call("POST", "/files", {"parents": [shared]})) == (404, "notFound")
    made = plain.call("POST", "/files", {"name": "a", "parents": [shared]}, **known).json()
    assert made["driveId"] == shared
    assert plain.call("GET", f"/files/{made['id']}").status_code == 404
    assert plain.call("GET", f"/files/{made['id']}", **known).status_code == 200
    assert plain.call("GET", "/files", q=f"'{shared}' in parents").json()["files"] == []
    here = {"corpora": "drive", "driveId": shared, "includeItemsFromAllDrives": "true", **known}
    assert len(plain.call("GET", "/files", q=f"'{shared}' in parents", **here).json()["files"]) == 1


def test_a_new_file_may_be_missing_from_listings_for_a_while(drive: RunningDrive, plain: Plain) -> None:
    drive.control.set(list_lag=1)
    plain.call("POST", "/files", {"name": "a"})
    assert plain.call("GET", "/files").json()["files"] == []
    assert len(plain.call("GET", "/files").json()["files"]) == 1


# --- sessions ----------------------------------------------------------------------------------------


def test_pieces_must_fit(drive: RunningDrive, plain: Plain) -> None:
    data = pattern(2 * BLOCK + 7)
    session = plain.begin("a", len(data))
    for part, span in (
        (data[:1000], f"0-999/{len(data)}"),  # no multiple
        (data[:BLOCK], f"0-{BLOCK - 1}/{len(data) + 1}"),  # another total
        (data[:BLOCK], f"{BLOCK}-{2 * BLOCK - 1}/{len(data)}"),  # not where it stands
        (data[:BLOCK], f"0-{BLOCK}/{len(data)}"),  # a byte short
        (data[:BLOCK], f"{BLOCK}-0/{len(data)}"),
        (data[:BLOCK], "bytes"),
    ):
        assert reason(plain.piece(session, part, span)) == (400, "badRequest"), span
    first = plain.piece(session, data[:BLOCK], f"0-{BLOCK - 1}/{len(data)}")
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{BLOCK - 1}")
    assert reason(plain.piece(session, data, f"0-{len(data) - 1}/{len(data)}")) == (400, "badRequest")
    asked = plain.piece(session, b"", f"*/{len(data)}")
    assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{BLOCK - 1}")
    last = plain.http.post(  # rclone's way
        session, content=data[BLOCK:], headers={"Content-Range": f"bytes {BLOCK}-{len(data) - 1}/{len(data)}"}
    )
    assert last.json()["sha256Checksum"] == hashlib.sha256(data).hexdigest()
    assert plain.piece(session, b"", f"*/{len(data)}").json() == last.json()


def test_less_is_kept_than_was_sent_even_backwards(drive: RunningDrive, plain: Plain) -> None:
    data = pattern(4 * BLOCK)
    session = plain.begin("a", len(data))
    plain.piece(session, data[: 2 * BLOCK], f"0-{2 * BLOCK - 1}/{len(data)}")
    drive.control.fault("short", path="upload_id", size=BLOCK)
    back = plain.piece(session, data[2 * BLOCK :], f"{2 * BLOCK}-{len(data) - 1}/{len(data)}")
    assert (back.status_code, back.headers["range"]) == (308, f"bytes=0-{BLOCK - 1}")
    done = plain.piece(session, data[BLOCK:], f"{BLOCK}-{len(data) - 1}/{len(data)}")
    assert done.json()["sha256Checksum"] == hashlib.sha256(data).hexdigest()
    session = plain.begin("b", len(data))
    drive.control.fault("short", path="upload_id", size=0)
    nothing = plain.piece(session, data, f"0-{len(data) - 1}/{len(data)}")
    assert nothing.status_code == 308 and "range" not in nothing.headers


def test_a_broken_connection_leaves_whole_blocks(drive: RunningDrive, plain: Plain) -> None:
    data = pattern(8 * BLOCK)
    session = plain.begin("a", len(data))
    drive.control.fault("cut_request", method="PUT", path="upload_id", size=4 * BLOCK - 5)
    with pytest.raises(httpx2.TransportError):
        plain.piece(session, data, f"0-{len(data) - 1}/{len(data)}")
    asked = plain.piece(session, b"", f"*/{len(data)}")
    assert (asked.status_code, asked.headers["range"]) == (308, f"bytes=0-{3 * BLOCK - 1}")
    done = plain.piece(session, data[3 * BLOCK :], f"{3 * BLOCK}-{len(data) - 1}/{len(data)}")
    assert done.json()["sha256Checksum"] == hashlib.sha256(data).hexdigest()


def test_an_id_that_is_taken_is_refused_before_a_byte_is_sent(plain: Plain) -> None:
    given = plain.call("GET", "/files/generateIds", count=1).json()["ids"][0]
    plain.call("POST", "/files", {"id": given})
    begin = {"uploadType": "resumable"}
    answer = plain.http.post("/upload/drive/v3/files", params=begin, json={"id": given})
    assert reason(answer) == (409, "fileIdInUse")


def test_ends_of_sessions(drive: RunningDrive, plain: Plain) -> None:
    session = plain.begin("a", BLOCK)
    assert plain.http.delete(session).status_code == 499
    assert plain.piece(session, b"", f"*/{BLOCK}").status_code == 404
    session = plain.begin("a", BLOCK)
    drive.control.fault("forget_session", path="upload_id", code=410)
    assert plain.piece(session, b"", f"*/{BLOCK}").status_code == 410
    assert plain.piece(session, b"", f"*/{BLOCK}").status_code == 404
    session = plain.begin("a", BLOCK)
    drive.control.advance(8 * 86400)
    plain.http.headers["Authorization"] = ""
    assert plain.piece(session, b"", f"*/{BLOCK}").status_code == 404


def test_a_file_of_nothing_and_one_at_once(plain: Plain) -> None:
    empty = plain.http.put(plain.begin("a", 0), content=b"").json()
    assert empty["size"] == "0"
    data = pattern(BLOCK + 3)
    assert plain.http.put(plain.begin("a", len(data)), content=data).json()["size"] == str(len(data))
    whole = plain.http.put(plain.begin("a", None), content=data).json()
    assert whole["sha256Checksum"] == hashlib.sha256(data).hexdigest()


def test_quota(drive: RunningDrive, plain: Plain) -> None:
    drive.control.set(limit=BLOCK)
    begin = {"uploadType": "resumable"}
    answer = plain.http.post(
        "/upload/drive/v3/files", params=begin, headers={"X-Upload-Content-Length": str(BLOCK + 1)}
    )
    assert reason(answer) == (403, "storageQuotaExceeded")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--B\r\nContent-Type: text/plain\r\n\r\n{}\r\n--B\r\nContent-Type: a/b\r\n\r\nx\r\n--B--",
        b"--B\r\nContent-Type: application/json\r\n\r\n{}\r\n--B\r\nContent-Type: a/b\r\n\r\nx",
        b"--B\r\nContent-Type: application/json\r\n\r\n{}\r\n--B--",
        b"--B\r\nContent-Type: application/json\r\n\r\n{\r\n--B\r\nContent-Type: a/b\r\n\r\nx\r\n--B--",
    ],
)
def test_multipart_bodies_are_read_strictly(plain: Plain, body: bytes) -> None:
    answer = plain.http.post(
        "/upload/drive/v3/files?uploadType=multipart",
        content=body,
        headers={"Content-Type": "multipart/related; boundary=B"},
    )
    assert answer.status_code == 400


# --- faults ------------------------------------------------------------------------------------------


def test_faults_one_by_one(drive: RunningDrive, plain: Plain) -> None:
    control, about = drive.control, {"fields": "user"}
    control.fault("status", path="/about", code=403, reason="userRateLimitExceeded", retry_after="7")
    answer = plain.call("GET", "/about", **about)
    assert reason(answer) == (403, "userRateLimitExceeded") and answer.headers["retry-after"] == "7"
    assert answer.json()["error"]["errors"][0]["domain"] == "usageLimits"
    control.fault("garbage", path="/about")
    assert "<html>" in plain.call("GET", "/about", **about).text
    control.fault("change", path="/about", set={"user": 7})
    assert plain.call("GET", "/about", **about).json() == {"user": 7}
    for fault in ({"kind": "reset"}, {"kind": "cut_answer", "size": 5}, {"kind": "hang", "seconds": 0.01}):
        control.fault(path="/about", **fault)
        with pytest.raises(httpx2.TransportError):
            plain.call("GET", "/about", **about)
    control.fault("slow", path="/about", rate=10_000_000)
    assert plain.call("GET", "/about", **about).status_code == 200
    control.fault("reset", method="POST", path="/files", act=True)
    with pytest.raises(httpx2.TransportError):
        plain.call("POST", "/files", {"name": "made all the same"})
    assert control.file("made all the same")["mimeType"] == "application/octet-stream"
    assert control.counts()["about"] == 7
    with pytest.raises(httpx2.HTTPStatusError):
        control.fault("invented")


def test_a_lie_lasts(drive: RunningDrive, plain: Plain) -> None:
    drive.control.fault("lie", path="upload_id", set={"sha256Checksum": "0" * 64})
    done = plain.http.put(plain.begin("a", 1), content=b"x").json()
    assert done["sha256Checksum"] == "0" * 64
    told = plain.call("GET", f"/files/{done['id']}", fields="sha256Checksum,size").json()
    assert told == {"sha256Checksum": "0" * 64, "size": "1"}


def test_curl_and_a_process_of_its_own() -> None:
    with running_drive(process=True, consent="allow") as drive:
        token = drive.control.token()["access_token"]
        command = ["curl", "-sS", "--noproxy", "*", "-H", f"Authorization: Bearer {token}"]
        url = f"{drive.origin}/upload/drive/v3/files?uploadType=media&fields=size"
        ran = subprocess.run([*command, "--data-binary", "film", url], capture_output=True, check=True)
        assert ran.stdout == b'{"size": "4"}'
