"""Each fault shows what it says, meets whom it says, and leaves the tasks as it says."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx2
import pytest

from sandbox.task_server.testing import SELLER_TOKEN, RunningServer
from tests.contract.sandbox.library import ME, RELEASES, UPLOADS, Library

NEW = {"series_id": 233, "uuid": "u-1", "source_name": "a.mov"}


def create(library: Library) -> Any:
    return library.ask("POST", UPLOADS, NEW)


@pytest.mark.parametrize(
    ("rule", "status", "body"),
    [
        ({"code": 500}, 500, {"detail": "服务器出现了错误。"}),
        ({"code": 401, "message": "no"}, 401, {"detail": "no"}),
        ({"code": 403, "shape": "envelope", "message": "no"}, 403, {"data": None, "message": "no"}),
        ({"code": 400, "shape": "fields", "message": "no"}, 400, {"non_field_errors": ["no"]}),
    ],
)
def test_an_error_in_each_shape(library: Library, rule: Any, status: int, body: Any) -> None:
    library.control.fault("status", **rule)
    answer = create(library)
    assert (answer.status, answer.json) == (status, body)
    assert library.control.tasks() == []
    assert create(library).status == 201


def test_an_error_as_a_page_or_empty(library: Library) -> None:
    library.control.fault("status", code=500, shape="html")
    library.control.fault("status", code=504, shape="empty")
    assert "Server Error" in create(library).text
    answer = create(library)
    assert (answer.status, answer.text) == (504, "")


def test_too_many_requests(library: Library) -> None:
    library.control.fault("status", code=429, retry_after="7")
    answer = create(library)
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(("code", "status"), [(None, 200), (502, 502)])
def test_a_page_instead(library: Library, code: int | None, status: int) -> None:
    library.control.fault("page", **({"code": code} if code else {}))
    answer = create(library)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert library.control.tasks() == []


def test_json_without_the_envelope(library: Library) -> None:
    library.control.fault("bare", act=True)
    library.control.fault("bare", body=[1, 2])
    assert create(library).json == {"ok": True}
    assert len(library.control.tasks()) == 1
    assert create(library).json == [1, 2]


def test_ten_megabytes_of_text(library: Library) -> None:
    library.control.fault("text")
    answer = create(library)
    assert (answer.status, len(answer.text)) == (200, 10_000_000)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect(library: Library, code: int) -> None:
    library.control.fault("redirect", code=code, location="/api/v1/users/me/")
    answer = create(library)
    assert (answer.status, answer.headers["location"]) == (code, "/api/v1/users/me/")


def test_changed_fields(library: Library) -> None:
    library.control.fault(
        "change", set={"id": "one", "status": 9, "hash": None}, remove=["uuid"], message="欠费"
    )
    answer = create(library)
    assert (answer.status, answer.message) == (201, "欠费")
    assert (answer.data["id"], answer.data["status"], answer.data["hash"]) == ("one", 9, None)
    assert "uuid" not in answer.data
    assert len(library.control.tasks()) == 1


def test_changed_fields_in_a_list(library: Library) -> None:
    source = library.finished_upload()
    library.download(source["source_id"])
    library.download(source["source_id"])
    library.control.fault("change", set={"size": "much"}, envelope={"meta": None})
    answer = library.ask("GET", RELEASES)
    assert [task["size"] for task in answer.data] == ["much", "much"]
    assert answer.json["meta"] is None


@pytest.mark.parametrize("act", [False, True])
def test_a_connection_cut_before_and_after_acting(library: Library, act: bool) -> None:
    library.control.fault("drop", act=act)
    with pytest.raises(httpx2.TransportError):
        create(library)
    assert len(library.control.tasks()) == int(act)
    (request,) = library.control.requests()
    assert (request["outcome"], request["status"], request["fault"]) == ("dropped", None, "drop")
    assert create(library).status == (200 if act else 201)


def test_an_answer_cut_in_the_middle(library: Library) -> None:
    library.control.fault("cut")
    with pytest.raises(httpx2.RemoteProtocolError):
        create(library)
    assert len(library.control.tasks()) == 1
    assert library.control.requests()[0]["outcome"] == "dropped"


@pytest.mark.parametrize("act", [False, True])
def test_silence_ends_when_the_faults_are_cleared(library: Library, act: bool) -> None:
    library.control.fault("delay", act=act)
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(create(library)))
    waiting.start()
    # Only once its fault is counted can the request be under way.
    while library.control.faults()[0]["used"] == 0:
        threading.Event().wait(0.01)
    assert answers == []
    assert len(library.control.tasks()) == int(act)
    library.control.clear_faults()
    waiting.join(20)
    assert answers[0].status == 201


def test_a_slow_answer_is_whole(library: Library) -> None:
    library.control.fault("slow", seconds=0.2)
    began = time.monotonic()
    assert create(library).data["uuid"] == "u-1"
    assert time.monotonic() - began >= 0.15


def test_whom_a_fault_meets(library: Library) -> None:
    task_id = library.upload()["id"]
    library.control.fault(
        "status", method="PATCH", path=f"*/{task_id}/", form={"status": "1"}, after=1, times=2
    )
    assert library.ask("GET", ME).status == 200
    codes = [library.report_upload(task_id, 1).status for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    assert library.report_upload(task_id, 2).status == 200
    (rule,) = library.control.faults()
    assert (rule["seen"], rule["used"]) == (4, 2)


def test_faults_are_used_up_in_order_and_some_never(library: Library) -> None:
    library.control.fault("status", code=503)
    library.control.fault("status", code=418, times=None)
    assert [library.ask("GET", ME).status for _ in range(4)] == [503, 418, 418, 418]
    library.control.clear_faults()
    assert library.ask("GET", ME).status == 200


def test_a_fault_that_is_mistyped_is_refused(library: Library) -> None:
    for wrong in ({"kind": "explode"}, {"kind": "drop", "time": 3}, {"kind": "drop", "times": 0}):
        with pytest.raises(httpx2.HTTPStatusError, match="422"):
            library.control.call("POST", "/faults", wrong)
    assert library.control.faults() == []


def test_requests_are_written_down_in_order_without_tokens(library: Library, running: RunningServer) -> None:
    task_id = library.upload(1, 2)["id"]
    library.report_upload(task_id, 8)
    library.ask("GET", RELEASES, token="nobody-knows-me", params={"token": "canary-in-query"})
    requests = library.control.requests()
    assert [(r["method"], r["path"], r["status"], r["user"]) for r in requests] == [
        ("POST", UPLOADS, 201, "seller"),
        ("PATCH", f"{UPLOADS}{task_id}/", 200, "seller"),
        ("PATCH", f"{UPLOADS}{task_id}/", 200, "seller"),
        ("PATCH", f"{UPLOADS}{task_id}/", 400, "seller"),
        ("GET", RELEASES, 401, None),
    ]
    assert requests[1]["form"]["status"] == "1"
    assert requests[1]["content_type"] == "multipart/form-data"
    assert library.control.reported(task_id) == [1, 2]
    text = str(requests)
    assert not any(secret in text for secret in (SELLER_TOKEN, "nobody-knows-me", "canary-in-query"))
    after = library.control.requests(after=requests[0]["seq"], method="PATCH", path=f"{UPLOADS}*")
    assert len(after) == 3


def test_a_test_can_wait_for_a_request(library: Library) -> None:
    found: list[Any] = []
    query = {"path": "*users*", "count": 2, "wait": 20}
    waiting = threading.Thread(target=lambda: found.extend(library.control.requests(**query)))
    waiting.start()
    library.ask("GET", ME)
    library.ask("GET", RELEASES)
    library.ask("GET", ME)
    waiting.join(20)
    assert [request["path"] for request in found] == [ME, ME]
    assert library.control.requests(path="*nothing*", wait=0.01) == []


def test_seeded_films_and_changes_past_the_rules(library: Library) -> None:
    task = library.control.add_source(source_name="b.mov", uuid="u-2", hash="bafy", size=5)
    download = library.download(task["source_id"]).data
    assert (download["hash"], download["uuid"], download["file"]) == ("bafy", "u-2", "仙剑奇侠传")
    changed = library.control.change_task(download["id"], status=7)
    assert changed["status"] == 7
    with pytest.raises(httpx2.HTTPStatusError, match="422"):
        library.control.change_task(download["id"], owner=1)


def test_switches_that_are_none(library: Library) -> None:
    for wrong in ({"repeat_create": "maybe"}, {"colour": 1}):
        with pytest.raises(httpx2.HTTPStatusError, match="422"):
            library.control.set(**wrong)
