"""Two windows on one profile: what one does to a film that the other works on."""

from __future__ import annotations

import pytest

from app.jobs.leases import Leases
from tests.clients import Client
from tests.integration.bad_days import BIG, Stage, files_below, free_in, is_event, make_film, stopped
from tests.integration.forging import node_of, pins_of

pytestmark = pytest.mark.kubo


@pytest.mark.slow
def test_a_second_window_looks_pauses_resumes_cancels_and_forgets(stage: Stage) -> None:
    second = stage.seller
    stage.sent(make_film(stage.place / "windows" / "before.mov", 9_000_000))
    kept = pins_of(node_of(second))
    running = stage.upload(make_film(stage.place / "windows" / "big.mov", 6 * BIG))
    running.until(is_event("progress", phase="seal"))
    go_on = stopped(second)
    try:
        row = stage.row(second, "big.mov")
        assert (row["run"], row["status"]) == ("active", 2)
        others = second.run("resume")
        assert (others.code, others.result["films"]) == (0, []), "what is in work needs no resuming"
        for command in ("forget", "free"):
            refused = second.run(command, row["id"])
            assert (refused.code, refused.codes) == (1, ["not_now"]), refused
        assert second.run("pause", row["id"]).code == 0
    finally:
        go_on()
    paused = running.wait()
    assert paused.result["films"][0]["run"] == "paused" and free_in(second, row["id"]), paused

    running = second.start("resume", row["id"])
    running.until(is_event("progress", phase="seal"))
    busy = second.run("retry", row["id"])
    assert (busy.code, busy.codes) == (1, ["busy"]), busy
    cancelled = second.run("cancel", row["id"])
    assert (cancelled.code, cancelled.result["films"][0]["run"]) == (0, "cancelled"), cancelled
    ended = running.wait()
    assert (ended.code, ended.result["films"][0]["error"]["code"]) == (1, "cancelled"), ended
    assert stage.control.reported(row["task_id"]) == [1, 2, 9]
    assert files_below(stage.blocks / "windows") == ["before.mov.rkkey"]
    assert pins_of(node_of(second)) == kept
    assert second.run("cancel", row["id"]).codes == ["not_now"]
    assert second.run("resume").result["films"] == []
    assert second.run("forget", row["id"]).code == 0
    assert second.run("forget", row["id"]).codes == ["unknown_task"]


def test_a_finished_film_can_be_freed(stage: Stage) -> None:
    (film,) = stage.sent(make_film(stage.place / "freed" / "freed.mov", 9_000_000))
    assert film["hash"] in pins_of(node_of(stage.seller))
    done = stage.seller.run("free", film["id"])
    assert done.code == 0 and done.result["films"][0]["freed"] > 4_000_000, done
    assert film["hash"] not in pins_of(node_of(stage.seller))


@pytest.mark.slow
def test_room_that_is_owed_comes_back_once_no_film_is_in_work(stage: Stage) -> None:
    first, second = (
        stage.sent(make_film(stage.place / "owed" / name, 9_000_000))[0] for name in ("a.mov", "b.mov")
    )
    before = blocks_of(stage.seller)
    running = stage.upload(make_film(stage.place / "owed" / "paused.mov", BIG))
    running.until(is_event("progress", phase="seal"))
    running.process.terminate()
    running.wait()
    third = stage.row(stage.seller, "paused.mov")
    with Leases(stage.seller.profile / "leases").take(third["id"]) as mine:  # as if it were in work
        assert mine
        refused = stage.seller.run("free", first["id"])
        assert (refused.code, refused.codes) == (1, ["not_now"]), refused
        assert stage.seller.run("forget", second["id"]).code == 0
        assert not {first["hash"], second["hash"]} & pins_of(node_of(stage.seller))
        assert blocks_of(stage.seller) >= before
    assert stage.seller.run("node", "start").code == 0
    assert blocks_of(stage.seller) < before - 8_000_000
    assert stage.seller.run("cancel", third["id"]).code == 0
    stage.seller.run("resume")


def blocks_of(client: Client) -> int:
    """Bytes of blocks in a client's node."""
    return sum(path.stat().st_size for path in (client.profile / "node" / "blocks").rglob("*.data"))


def test_two_uploads_of_one_film_make_one_task(stage: Stage) -> None:
    film = make_film(stage.place / "twice" / "twice.mov")
    stage.control.fault("delay", method="POST", form={"source_name": "twice.mov"}, times=None)
    both = [stage.upload(film) for _ in range(2)]
    while all(running.process.poll() is None for running in both):
        for running in both:
            running.until_or_over(lambda _: True, 0.1)
    stage.control.clear_faults()
    done = sorted((running.wait() for running in both), key=lambda one: one.code)
    assert [one.code for one in done] == [0, 1], done
    assert done[1].codes == ["busy"]
    assert stage.statuses(stage.task_of("twice.mov")["id"]) == [1, 2, 3, 8]
    assert (
        len(
            {
                request["form"]["uuid"]
                for request in stage.control.requests(method="POST")
                if request["form"]["source_name"] == "twice.mov"
            }
        )
        == 1
    )
