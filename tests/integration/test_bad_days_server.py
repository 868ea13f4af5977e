"""A task server in trouble: what it answers instead, what it loses, whom it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.task_server.testing import SELLER_TOKEN
from tests.clients import Client
from tests.integration.bad_days import BIG, Stage, is_event, make_film

pytestmark = pytest.mark.kubo

# Each film meets one trouble when it is created and another when it reports. In its own words: status code
# and body, the connection, or an answer about something else.
AT_CREATE: dict[str, dict[str, Any]] = {
    "500.mov": {"kind": "status", "code": 500, "times": 2},
    "page.mov": {"kind": "page"},
    "bare.mov": {"kind": "bare", "act": True},
    "lost.mov": {"kind": "drop", "act": True},
    "text.mov": {"kind": "text"},
    "type.mov": {"kind": "change", "set": {"id": "one"}},
    "busy.mov": {"kind": "status", "code": 429, "retry_after": "1"},
    "cut.mov": {"kind": "cut"},
}
AT_REPORT: dict[str, tuple[int, dict[str, Any]]] = {
    "500.mov": (1, {"kind": "status", "code": 502, "shape": "html"}),
    "page.mov": (2, {"kind": "page"}),
    "bare.mov": (3, {"kind": "bare"}),
    "lost.mov": (8, {"kind": "drop", "act": True}),
    "text.mov": (8, {"kind": "text", "act": True}),
    "type.mov": (1, {"kind": "change", "set": {"id": 9999}}),
    "busy.mov": (2, {"kind": "status", "code": 429, "retry_after": "1"}),
    "cut.mov": (3, {"kind": "change", "set": {"status": 7}}),
}


def test_each_film_is_created_once_and_each_state_arrives_in_order(stage: Stage) -> None:
    for film, rule in AT_CREATE.items():
        stage.control.fault(**rule, method="POST", form={"source_name": film})
    for film, (status, rule) in AT_REPORT.items():
        stage.control.fault(**rule, method="PATCH", form={"name": film, "status": str(status)})
    done = stage.upload(stage.series("trouble", *AT_CREATE)).wait()
    assert done.code == 0, done
    faults = stage.control.faults()
    assert {fault["used"] for fault in faults} == {1, 2}, faults
    for film in AT_CREATE:
        task = stage.task_of(film)
        assert (task["status"], task["percent"]) == (8, 100)
        assert stage.statuses(task["id"]) == stage.control.reported(task["id"]) == [1, 2, 3, 8], film
        asked = [
            request["form"]["uuid"]
            for request in stage.control.requests(method="POST")
            if request["form"].get("source_name") == film
        ]
        assert asked == [task["uuid"]] * len(asked) and len(asked) >= 2, film
        sent = [one["form"]["status"] for one in stage.control.requests(path=f"*/pbulic/{task['id']}/")]
        assert sent.count(str(AT_REPORT[film][0])) >= 2, "what was not answered as it should is sent again"
    wrong = next(line for line in done.of("error") if line.get("source_name") == "type.mov")
    assert wrong["code"] == "server_answer" and "data.id" in wrong["message"]
    said = {line["source_name"]: line["code"] for line in done.of("error")}
    assert said.keys() == AT_CREATE.keys(), "each trouble is told"


def test_a_refused_repeat_fails_one_film_and_the_next_goes_on(stage: Stage) -> None:
    stage.control.set(repeat_create="refuse")
    stage.control.fault("drop", method="POST", form={"source_name": "first.mov"}, act=True)
    try:
        done = stage.upload(stage.series("refused", "first.mov", "next.mov")).wait()
    finally:
        stage.control.set(repeat_create="same")
    films = {film["source_name"]: film for film in done.result["films"]}
    assert (done.code, films["next.mov"]["status"]) == (1, 8)
    assert films["first.mov"]["error"]["code"] == "server_refused"
    assert "uuid" in films["first.mov"]["error"]["message"], "the server's own words"
    assert stage.seller.run("retry", films["first.mov"]["id"]).code == 0
    assert stage.statuses(stage.task_of("first.mov")["id"]) == [1, 2, 3, 8]


def test_a_redirect_is_not_followed_and_nothing_is_lost(stage: Stage) -> None:
    stage.control.fault("redirect", method="PATCH", form={"name": "moved.mov", "status": "2"}, times=None)
    done = stage.upload(stage.series("moved", "moved.mov")).wait()
    assert (done.code, done.result["films"][0]["error"]["code"]) == (1, "server_redirected"), done
    assert not stage.control.requests(path="/accounts/*")
    stage.control.clear_faults()
    home = stage.seller.run("resume")
    assert home.code == 0, home
    assert stage.control.reported(stage.task_of("moved.mov")["id"]) == [1, 2, 3, 8]


def test_a_sign_in_that_ends_in_the_middle_costs_nothing(stage: Stage, tmp_path: Path) -> None:
    series = stage.series("signed out", "one.mov", "two.mov")
    for film in ("one.mov", "two.mov"):
        stage.control.fault("delay", method="PATCH", form={"name": film, "status": "3"})
    running = stage.upload(series)
    for film in ("one.mov", "two.mov"):
        running.until(is_event("state", status=3, source_name=film))
    stage.control.expire_token(SELLER_TOKEN)
    stage.control.clear_faults()
    out = running.wait()
    assert (out.code, out.result["ok"]) == (4, False), out
    assert {film["error"]["code"] for film in out.result["films"]} == {"token_refused"}
    refused = stage.seller.run("resume")
    assert (refused.code, refused.codes) == (4, ["token_refused"])

    fresh = "seller-token-fresh-0003"
    stage.control.add_token(fresh, "seller", name="seller")
    again = Client(stage.seller.profile, stage.seller.kubo, stage.seller.url, fresh)
    try:
        home = again.run("resume")
        assert home.code == 0, home
        for film in ("one.mov", "two.mov"):
            assert stage.control.reported(stage.task_of(film)["id"]) == [1, 2, 3, 8]
        assert nothing_secret_in(stage, [SELLER_TOKEN, fresh], str([out, refused, home])) > 20
    finally:
        stage.control.expire_token(SELLER_TOKEN, expired=False)


def nothing_secret_in(stage: Stage, tokens: list[str], said: str) -> int:
    """No token and no uuid in any file of the seller's profile, in what was said, or in its node's
    process; how many files were looked at."""
    uuids = [task["uuid"] for task in stage.control.tasks("upload")]
    secrets = [secret.encode() for secret in [*tokens, *uuids, *(uuid.replace("-", "") for uuid in uuids)]]
    assert not [secret for secret in secrets if secret.decode() in said]
    pid = stage.seller.run("node", "status").result["pid"]
    looked_at = [path for path in stage.seller.profile.rglob("*") if path.is_file()]
    for path in [*looked_at, Path(f"/proc/{pid}/cmdline"), Path(f"/proc/{pid}/environ")]:
        data = path.read_bytes()
        assert data or path.parent.name != str(pid), path
        assert not [secret for secret in secrets if secret in data], path
    return len(looked_at)


def test_patience_ends_a_run_and_resume_ends_the_upload(stage: Stage) -> None:
    assert stage.seller.run("settings", "set", "patience", 1).code == 0
    stage.control.fault("status", code=503, method="PATCH", form={"name": "patient.mov"}, times=None)
    try:
        out = stage.upload(stage.series("patience", "patient.mov")).wait()
        assert (out.code, out.result["films"][0]["error"]["code"]) == (3, "server_unreachable"), out
        stage.control.clear_faults()
        home = stage.seller.run("resume")
        assert home.code == 0, home
    finally:
        assert stage.seller.run("settings", "set", "patience", "").code == 0
    assert stage.control.reported(stage.task_of("patient.mov")["id"]) == [1, 2, 3, 8]


@pytest.mark.slow
def test_a_cancel_that_could_not_be_reported_is_reported_later_and_stays_a_cancel(stage: Stage) -> None:
    running = stage.upload(make_film(stage.place / "given up" / "given up.mov", BIG))
    running.until(is_event("progress", phase="seal"))
    running.process.terminate()
    assert running.wait().code == 130
    row = stage.row(stage.seller, "given up.mov")
    stage.control.expire_token(SELLER_TOKEN)
    try:
        assert stage.seller.run("cancel", row["id"]).code == 4  # cancelled here, untold there
        assert stage.row(stage.seller, "given up.mov")["reports_waiting"] is True
        assert stage.seller.run("resume").code == 4
    finally:
        stage.control.expire_token(SELLER_TOKEN, expired=False)
    assert stage.row(stage.seller, "given up.mov")["run"] == "cancelled"
    home = stage.seller.run("resume")
    assert home.code == 0, home
    assert stage.row(stage.seller, "given up.mov")["run"] == "cancelled"
    assert stage.control.reported(row["task_id"])[-1] == 9
