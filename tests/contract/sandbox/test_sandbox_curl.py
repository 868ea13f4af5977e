"""curl, by the document: a client that this project did not write gets through every endpoint."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.contract.sandbox.library import BLOCK, PRIVATE_HASH, PUBLIC_HASH, Library

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")

# The document's example answers, letter for letter: names, order and types.
TASK_FIELDS = {
    "id": int,
    "status": int,
    "percent": int,
    "series_id": int,
    "source_id": int,
    "source_name": str,
    "uuid": str,
    "ip": str,
    "file": str,
    "name": str,
    "size": int,
    "hash": str,
    "created_at": str,
}
DOWNLOAD_FIELDS = TASK_FIELDS | {
    "private_status": int,
    "private_name": str,
    "private_size": int,
    "private_hash": str,
}
DOCUMENTED_CHOICES = [
    {"code": 0, "name": "未开始"},
    {"code": 3, "name": "上载中"},
    {"code": 8, "name": "已完成"},
    {"code": 9, "name": "出现错误"},
]


@dataclass
class Curl:
    """curl against one server."""

    url: str

    def __call__(self, *arguments: str, path: str, token: str | None = SELLER_TOKEN) -> tuple[int, str]:
        """Status and body of ``curl ARGUMENTS URL+path``."""
        header = ["-H", f"Token: {token}"] if token else []
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *header, *arguments, self.url + path],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def data(self, *arguments: str, path: str, token: str = SELLER_TOKEN) -> Any:
        """The `data` of a good answer with an empty message."""
        status, body = self(*arguments, path=path, token=token)
        assert status in (200, 201), body
        answer = json.loads(body)
        assert answer["message"] == ""
        return answer["data"]


@pytest.fixture
def curl(library: Library, running: RunningServer) -> Curl:
    return Curl(running.url)


def fields(**values: object) -> list[str]:
    return [part for name, value in values.items() for part in ("-F", f"{name}={value}")]


def block(status: int, **changes: object) -> list[str]:
    return fields(**(BLOCK | {"status": status} | changes))


def new_upload(curl: Curl, uuid: str = "283509238") -> Any:
    form = fields(series_id=233, uuid=uuid, source_name="仙剑奇侠传-电视版（第21集）")
    return curl.data("-X", "POST", *form, path="/api/v1/tasks/upload/pbulic/")


def finished_upload(curl: Curl) -> Any:
    task = new_upload(curl)
    for status in (1, 2, 3, 8):
        path = f"/api/v1/tasks/upload/pbulic/{task['id']}/"
        task = curl.data("-X", "PATCH", *block(status), path=path)
    return task


def check_fields(data: dict[str, Any], wanted: dict[str, type]) -> None:
    assert list(data) == list(wanted)
    assert {name: type(value) for name, value in data.items()} == wanted


def test_an_upload_task_is_made_and_reported_on(curl: Curl) -> None:
    task = new_upload(curl)
    check_fields(task, TASK_FIELDS)
    assert (task["status"], task["percent"], task["series_id"]) == (0, 0, 233)
    assert (task["uuid"], task["source_name"]) == ("283509238", "仙剑奇侠传-电视版（第21集）")

    path = f"/api/v1/tasks/upload/pbulic/{task['id']}/"
    early = curl.data("-X", "PATCH", *block(1, hash="", size=102400.0, percent=40), path=path)
    check_fields(early, TASK_FIELDS)
    assert (early["status"], early["percent"], early["hash"], early["size"]) == (1, 40, "", 102400)
    for status in (2, 3):
        curl.data("-X", "PATCH", *block(status), path=path)
    done = curl.data("-X", "PATCH", *block(8, percent=100), path=path)
    assert (done["status"], done["percent"]) == (8, 100)
    assert {name: done[name] for name in ("name", "file", "hash", "ip")} == {
        name: BLOCK[name] for name in ("name", "file", "hash", "ip")
    }


def test_a_download_waits_for_its_private_block_and_gets_it(curl: Curl) -> None:
    source = finished_upload(curl)
    path = f"/api/v1/tasks/download/?source_id={source['source_id']}"
    task = curl.data(path=path, token=BUYER_TOKEN)
    check_fields(task, DOWNLOAD_FIELDS)
    same = ("source_id", "source_name", "uuid", "ip", "file", "name", "size", "hash", "series_id")
    assert {name: task[name] for name in same} == {name: source[name] for name in same}
    assert (task["status"], task["private_status"], task["private_size"], task["private_hash"]) == (
        0,
        0,
        0,
        "",
    )

    path = f"/api/v1/tasks/download/{task['id']}/"
    reported = curl.data("-X", "PATCH", *fields(status=4, percent=50), path=path, token=BUYER_TOKEN)
    check_fields(reported, DOWNLOAD_FIELDS)
    curl.data("-X", "PATCH", *fields(status=5), path=path, token=BUYER_TOKEN)

    status, body = curl(path="/api/v1/tasks/upload/private/")
    listed = json.loads(body)
    assert (status, listed["message"]) == (200, "")
    assert listed["meta"] == {"status_choices": DOCUMENTED_CHOICES}
    (due,) = listed["data"]
    check_fields(due, TASK_FIELDS)
    assert (due["status"], due["hash"], due["file"]) == (0, PUBLIC_HASH, "仙剑奇侠传")

    release = f"/api/v1/tasks/upload/private/{due['id']}"
    private = {"hash": PRIVATE_HASH, "size": 4096, "name": "第21集.private"}
    for status in (3, 8):
        answer = curl.data("-X", "PATCH", *block(status, **private), path=release)
        check_fields(answer, TASK_FIELDS)
        assert (answer["id"], answer["status"]) == (due["id"], status)

    read = curl.data(path=path, token=BUYER_TOKEN)
    check_fields(read, DOWNLOAD_FIELDS)
    shown = [read[f"private_{name}"] for name in ("status", "name", "size", "hash")]
    assert shown == [8, "第21集.private", 4096, PRIVATE_HASH]
    assert (read["hash"], read["size"]) == (PUBLIC_HASH, source["size"])
    for status in (6, 7, 8):
        curl.data("-X", "PATCH", *fields(status=status, percent=100), path=path, token=BUYER_TOKEN)
    assert json.loads(curl(path="/api/v1/tasks/upload/private/")[1])["data"] == []


def test_who_am_i_answers_until_it_is_switched_off(curl: Curl, library: Library) -> None:
    assert curl.data(path="/api/v1/users/me/")["username"] == "seller"
    library.control.set(me=False)
    status, body = curl(path="/api/v1/users/me/")
    assert status == 404
    assert body.startswith("<!doctype html>")


def test_the_three_shapes_of_an_error(curl: Curl) -> None:
    status, body = curl(path="/api/v1/tasks/upload/private/", token=None)
    assert (status, list(json.loads(body))) == (401, ["detail"])
    status, body = curl("-X", "POST", *fields(uuid="a"), path="/api/v1/tasks/upload/pbulic/")
    assert (status, json.loads(body)) == (
        400,
        {"series_id": ["该字段是必填项。"], "source_name": ["该字段是必填项。"]},
    )
    status, body = curl("-X", "PATCH", *block(1), path="/api/v1/tasks/upload/pbulic/99999/")
    assert status == 404
    answer = json.loads(body)
    assert answer["data"] is None
    assert answer["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-H", "Content-Type: application/json", "-d", '{"series_id": 1, "uuid": "a", "source_name": "b"}'],
        ["-d", "series_id=1&uuid=a&source_name=b"],
    ],
    ids=["json", "urlencoded"],
)
def test_only_form_data_is_taken(curl: Curl, arguments: list[str]) -> None:
    status, body = curl("-X", "POST", *arguments, path="/api/v1/tasks/upload/pbulic/")
    assert (status, list(json.loads(body))) == (415, ["detail"])


def test_a_report_that_follows_the_redirect_of_a_missing_slash_loses_its_form(curl: Curl) -> None:
    task = new_upload(curl)
    path = f"/api/v1/tasks/upload/pbulic/{task['id']}"
    status, _ = curl("-X", "PATCH", *block(1), path=path)
    assert status == 301
    status, body = curl("-L", "-X", "PATCH", "--form", "status=1", path=path)
    # curl drops the form at a 301 yet keeps the method: only the form's absence can be answered.
    assert status == 400
    assert "status" in json.loads(body)
