"""How strict the stand-in is: moves, percents, fields, who may do what, addresses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN
from tests.contract.sandbox.library import BLOCK, DOWNLOADS, ME, PRIVATE_HASH, RELEASES, UPLOADS, Library

# Every legal move, from the document's order; what is not here is refused.
UPLOAD_MOVES = {"01", "09", "12", "19", "23", "29", "38", "39", "91"}
DOWNLOAD_MOVES = {"04", "09", "45", "46", "49", "56", "59", "67", "69", "78", "79", "94"}
RELEASE_MOVES = {"03", "09", "38", "39", "93"}
NEW = {"series_id": 233, "uuid": "u-1", "source_name": "a.mov"}
OTHER_BUYER = "buyer-token-other"


@pytest.mark.parametrize(
    ("kind", "legal"), [("upload", UPLOAD_MOVES), ("download", DOWNLOAD_MOVES), ("release", RELEASE_MOVES)]
)
def test_every_move_of_status(library: Library, kind: str, legal: set[str]) -> None:
    task_id = some_task(library, kind)
    report = {
        "upload": library.report_upload,
        "download": library.report_download,
        "release": library.report_release,
    }[kind]
    known = sorted({int(move[0]) for move in legal} | {8})
    found = set()
    for old in known:
        for new in range(10):
            block = {} if kind == "download" else {"hash": BLOCK["hash"], "size": 7}
            library.control.change_task(task_id, status=old, percent=0, **block)
            answer = report(task_id, new, **block)
            assert answer.status in (200, 400)
            if answer.status == 200:
                assert answer.data["status"] == new
                found.add(f"{old}{new}")
            else:
                assert answer.message and answer.data is None
                assert library.control.task(task_id)["status"] == old
    assert found == legal | {f"{status}{status}" for status in known}


def some_task(library: Library, kind: str) -> int:
    if kind == "upload":
        return int(library.upload()["id"])
    download = library.download(library.finished_upload()["source_id"]).data
    if kind == "download":
        return int(download["id"])
    return int(library.control.tasks("release")[0]["id"])


def test_percent_never_falls_within_a_status_and_begins_anew_in_the_next(library: Library) -> None:
    task_id = library.upload(1)["id"]
    assert library.report_upload(task_id, 1, percent=60).data["percent"] == 60
    assert library.report_upload(task_id, 1).data["percent"] == 60
    fallen = library.report_upload(task_id, 1, percent=59)
    assert (fallen.status, fallen.data) == (400, None)
    assert "60" in fallen.message
    assert library.report_upload(task_id, 2).data["percent"] == 0
    assert library.report_upload(task_id, 2, percent=5).data["percent"] == 5
    assert library.report_upload(task_id, 9).data["percent"] == 5


@pytest.mark.parametrize("percent", ["-1", "101", "50.5", "", "many", "1e2"])
def test_a_percent_that_is_none(library: Library, percent: str) -> None:
    task_id = library.upload()["id"]
    answer = library.report_upload(task_id, 1, percent=percent)
    assert (answer.status, list(answer.json)) == (400, ["percent"])


def test_done_is_a_hundred_percent(library: Library) -> None:
    task_id = library.upload(1, 2, 3)["id"]
    assert list(library.report_upload(task_id, 8, percent=99).json) == ["percent"]
    assert library.report_upload(task_id, 8).data["percent"] == 100


def test_done_needs_a_hash_and_an_address_and_then_only_the_address_may_change(library: Library) -> None:
    task_id = library.upload(1, 2, 3)["id"]
    assert list(library.report_upload(task_id, 8, hash="").json) == ["hash"]
    assert list(library.report_upload(task_id, 8, ip="").json) == ["ip"]
    assert library.report_upload(task_id, 8).status == 200
    moved = library.report_upload(task_id, 8, ip="/ip4/10.0.0.1/tcp/4001")
    assert (moved.status, moved.data["ip"]) == (200, "/ip4/10.0.0.1/tcp/4001")
    assert library.report_upload(task_id, 8, hash="other").status == 400
    assert library.report_upload(task_id, 8, size=1).status == 400
    assert library.control.task(task_id)["hash"] == BLOCK["hash"]


@pytest.mark.parametrize("name", ["status", "name", "file", "hash", "size", "ip"])
def test_a_report_must_have_every_field(library: Library, name: str) -> None:
    task_id = library.upload()["id"]
    form = {key: value for key, value in (BLOCK | {"status": "1"}).items() if key != name}
    answer = library.ask("PATCH", f"{UPLOADS}{task_id}/", form)
    assert (answer.status, answer.json) == (400, {name: ["该字段是必填项。"]})
    assert library.control.task(task_id)["status"] == 0


@pytest.mark.parametrize("name", ["ip", "hash", "name", "file"])
def test_a_text_has_at_most_255_characters(library: Library, name: str) -> None:
    task_id = library.upload()["id"]
    assert library.report_upload(task_id, 1, **{name: "字" * 255}).data[name] == "字" * 255
    answer = library.report_upload(task_id, 1, **{name: "字" * 256})
    assert (answer.status, list(answer.json)) == (400, [name])


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"status": "10"}, "status"),
        ({"status": "-1"}, "status"),
        ({"status": "one"}, "status"),
        ({"size": "-1"}, "size"),
        ({"size": "nan"}, "size"),
        ({"size": "1e999"}, "size"),
        ({"size": "big"}, "size"),
        ({"size": "1e30"}, "size"),
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": ("film.mov", b"a file where a text is wanted")}, "name"),
        ({"size": ("size.txt", b"1")}, "size"),
    ],
)
def test_wrong_fields_are_named(library: Library, changes: dict[str, Any], wrong: str) -> None:
    task_id = library.upload()["id"]
    answer = library.ask("PATCH", f"{UPLOADS}{task_id}/", BLOCK | {"status": "1"} | changes)
    assert (answer.status, list(answer.json)) == (400, [wrong])


@pytest.mark.parametrize(("sent", "answered"), [("12", 12), (" 12 ", 12), ("12.0", 12), ("012", 12)])
def test_integers_are_read_as_the_framework_reads_them(library: Library, sent: str, answered: int) -> None:
    created = library.ask("POST", UPLOADS, NEW | {"series_id": sent})
    assert created.data["series_id"] == answered


@pytest.mark.parametrize("sent", ["", "1.5", "0x10", "-1", "9" * 19, "9" * 5000, "one"])
def test_a_series_that_is_no_number(library: Library, sent: str) -> None:
    answer = library.ask("POST", UPLOADS, NEW | {"series_id": sent})
    assert (answer.status, list(answer.json)) == (400, ["series_id"])


def test_sizes_come_as_floats_and_go_as_integers(library: Library) -> None:
    task_id = library.upload()["id"]
    answer = library.report_upload(task_id, 1, size="500000000000.0")
    assert answer.data["size"] == 500_000_000_000
    assert '"size":500000000000,' in answer.text


def test_a_create_with_a_uuid_seen_before(library: Library) -> None:
    first = library.ask("POST", UPLOADS, NEW)
    again = library.ask("POST", UPLOADS, NEW)
    assert (first.status, again.status) == (201, 200)
    assert first.data == again.data
    assert len(library.control.tasks()) == 1
    for change in ({"source_name": "b.mov"}, {"series_id": 1}):
        other = library.ask("POST", UPLOADS, NEW | change)
        assert (other.status, list(other.json)) == (400, ["uuid"])
    library.control.set(repeat_create="refuse")
    refused = library.ask("POST", UPLOADS, NEW)
    assert (refused.status, list(refused.json)) == (400, ["uuid"])
    assert len(library.control.tasks()) == 1


def test_tokens(library: Library) -> None:
    assert library.ask("GET", RELEASES, token=None).status == 401
    assert library.ask("GET", RELEASES, token="nobody").status == 401
    only_meta = library.ask("GET", RELEASES, token=None, headers={"HTTP_TOKEN": SELLER_TOKEN})
    assert (only_meta.status, list(only_meta.json)) == (401, ["detail"])
    both = library.ask("GET", RELEASES, headers={"HTTP_TOKEN": SELLER_TOKEN})
    assert both.status == 200
    assert [(r["token"], r["http_token"]) for r in library.control.requests()] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]
    library.control.expire_token(SELLER_TOKEN)
    assert library.ask("GET", RELEASES).status == 401
    library.control.add_token("seller-token-anew", "seller", name="seller")
    assert library.ask("GET", ME, token="seller-token-anew").data["username"] == "seller"


def test_rights(library: Library) -> None:
    source = library.finished_upload()
    for method, path in (("POST", UPLOADS), ("GET", RELEASES), ("PATCH", f"{UPLOADS}{source['id']}/")):
        answer = library.ask(method, path, token=BUYER_TOKEN)
        assert (answer.status, list(answer.json)) == (403, ["detail"])
    assert library.download(source["source_id"], token=SELLER_TOKEN).status == 403
    library.control.authorise(source["source_id"], "buyer", allowed=False)
    refused = library.download(source["source_id"])
    assert (refused.status, refused.data) == (403, None)
    assert "授权" in refused.message
    library.control.set(open_to_all=False)
    library.control.authorise(source["source_id"], "buyer")
    assert library.download(source["source_id"]).status == 200


def test_a_task_is_its_owners_alone(library: Library) -> None:
    library.control.add_token("seller-token-other", "seller")
    library.control.add_token(OTHER_BUYER, "buyer")
    upload = library.finished_upload()
    download = library.download(upload["source_id"]).data
    release = library.control.tasks("release")[0]
    form = BLOCK | {"status": "3"}
    asked = [
        library.ask("PATCH", f"{UPLOADS}{upload['id']}/", form, token="seller-token-other"),
        library.ask("PATCH", f"{RELEASES}{release['id']}", form, token="seller-token-other"),
        library.ask("GET", f"{DOWNLOADS}{download['id']}/", token=OTHER_BUYER),
        library.ask("PATCH", f"{DOWNLOADS}{download['id']}/", {"status": 4}, token=OTHER_BUYER),
        library.ask("PATCH", f"{UPLOADS}{release['id']}/", form),
        library.ask("PATCH", f"{RELEASES}{upload['id']}", form),
        library.ask("GET", f"{DOWNLOADS}{'9' * 30}/", token=BUYER_TOKEN),
        library.ask("GET", f"{DOWNLOADS}0/", token=BUYER_TOKEN),
    ]
    assert {(answer.status, answer.json["data"]) for answer in asked} == {(404, None)}
    assert library.ask("GET", RELEASES, token="seller-token-other").data == []


@pytest.mark.parametrize("source_id", [None, "", "one", "1.5", "-1"])
def test_a_download_without_a_number(library: Library, source_id: str | None) -> None:
    params = {} if source_id is None else {"source_id": source_id}
    answer = library.ask("GET", DOWNLOADS, token=BUYER_TOKEN, params=params)
    assert (answer.status, list(answer.json)) == (400, ["source_id"])


def test_only_a_finished_upload_can_be_downloaded(library: Library) -> None:
    task = library.upload(1, 2, 3)
    assert library.download(4242).status == 404
    early = library.download(task["source_id"])
    assert (early.status, early.data) == (404, None)
    library.report_upload(task["id"], 8)
    assert library.download(task["source_id"]).status == 200
    # The id of the task is not the id of the film.
    assert library.download(task["id"]).status == 404


def test_each_download_makes_a_release_due(library: Library) -> None:
    library.control.add_token(OTHER_BUYER, "buyer")
    source_id = library.finished_upload()["source_id"]
    first = library.download(source_id).data
    second = library.download(source_id, token=OTHER_BUYER).data
    due = library.ask("GET", RELEASES).data
    assert [task["source_id"] for task in due] == [source_id] * 2
    library.report_release(due[1]["id"], 3)
    library.report_release(due[1]["id"], 8)
    assert library.ask("GET", f"{DOWNLOADS}{first['id']}/", token=BUYER_TOKEN).data["private_hash"] == ""
    read = library.ask("GET", f"{DOWNLOADS}{second['id']}/", token=OTHER_BUYER).data
    assert (read["private_status"], read["private_hash"], read["private_size"]) == (8, PRIVATE_HASH, 4096)
    assert [task["id"] for task in library.ask("GET", RELEASES).data] == [due[0]["id"]]
    library.control.set(list_done=True)
    assert [task["status"] for task in library.ask("GET", RELEASES).data] == [0, 8]
    library.control.set(release_once=True)
    assert library.download(source_id).data["private_hash"] == PRIVATE_HASH
    assert len(library.control.tasks("release")) == 2


def test_a_new_address_reaches_downloads_under_way(library: Library) -> None:
    upload = library.finished_upload()
    task = library.download(upload["source_id"]).data
    library.report_upload(upload["id"], 8, ip="/ip4/192.168.0.9/tcp/4001")
    read = library.ask("GET", f"{DOWNLOADS}{task['id']}/", token=BUYER_TOKEN)
    assert read.data["ip"] == "/ip4/192.168.0.9/tcp/4001"


@pytest.mark.parametrize(
    ("method", "path", "to"),
    [
        ("POST", UPLOADS[:-1], UPLOADS),
        ("PATCH", f"{UPLOADS}5", f"{UPLOADS}5/"),
        ("GET", f"{DOWNLOADS[:-1]}?source_id=7", f"{DOWNLOADS}?source_id=7"),
        ("PATCH", f"{DOWNLOADS}5", f"{DOWNLOADS}5/"),
        ("GET", RELEASES[:-1], RELEASES),
        ("GET", ME[:-1], ME),
    ],
)
def test_an_address_without_its_slash_is_redirected(
    library: Library, method: str, path: str, to: str
) -> None:
    answer = library.ask(method, path, token=None)
    assert (answer.status, answer.headers["location"]) == (301, to)


@pytest.mark.parametrize(
    "path", [f"{RELEASES}5/", "/api/v1/tasks/upload/public/", f"{UPLOADS}x/", f"/{UPLOADS}", "/api/", "/x"]
)
def test_other_addresses_are_a_page(library: Library, path: str) -> None:
    answer = library.ask("PATCH", path, BLOCK | {"status": 1})
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_wrong_method_is_told_to_those_with_a_token(library: Library) -> None:
    answer = library.ask("DELETE", f"{RELEASES}5")
    assert (answer.status, list(answer.json), answer.headers["allow"]) == (405, ["detail"], "PATCH")
    assert library.ask("DELETE", f"{RELEASES}5", token=None).status == 401


def test_a_body_without_its_length_is_empty_to_django(library: Library) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="uuid"\r\n\r\nu\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    whole = library.ask("POST", UPLOADS, headers=headers, content=body)
    assert set(whole.json) == {"series_id", "source_name"}
    chunked = library.ask("POST", UPLOADS, headers=headers, content=iter([body]))
    assert set(chunked.json) == {"series_id", "uuid", "source_name"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=b", b"--b\r\nno header\r\n\r\n"),
    ],
)
def test_a_broken_form_is_refused(library: Library, kind: str, body: bytes) -> None:
    answer = library.ask("POST", UPLOADS, headers={"Content-Type": kind}, content=body)
    assert answer.status == 400


def test_a_body_beyond_djangos_limit_is_a_page(library: Library) -> None:
    answer = library.ask("POST", UPLOADS, NEW | {"source_name": "x" * 2_700_000})
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert library.control.tasks() == []
