"""The lines of the details pane."""

from __future__ import annotations

import pytest

from app.domain.progress import Progress
from app.domain.words import set_language
from app.journal import Run
from app.ui import amounts
from app.ui.films.card import card_of
from app.ui.films.story import At, Step, facts_of, openers_of, way_of
from app.ui.films.values import Film
from app.ui.messages import FilmStory, HistoryLine
from app.ui.store import Live
from tests.ui.films.makers import FULL, GB, NOW, S, a_release, film_of, held, live_of, received, sent

LIBRARY = "Huaying Film Library"


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def steps(film: Film, *history: tuple[str, float]) -> list[Step]:
    lines = tuple(HistoryLine(at, event) for event, at in history)
    return way_of(film, card_of(film), FilmStory(film.row, lines))


def test_a_stopped_film_shows_its_way_with_times() -> None:
    film = film_of(received(run=Run.FAILED, status=S.ERROR, error=FULL.record()), Live(marks={"failed": NOW}))
    film.live.best["fetch"] = Progress("fetch", 128 * GB, 200 * GB)
    way = steps(film, ("status 4", NOW - 60))
    assert way[0] == Step(At.DONE, "Registered", amounts.clock(NOW - 60))
    assert way[1] == Step(At.FAILED, "Fetch", amounts.clock(NOW), "Stopped: not enough room · 64 % is here")
    assert [step.words for step in way[2:]] == [
        "Await the seller's release", "Get the private block", "Open and check", "Ready",
    ]  # fmt: skip
    assert {step.at for step in way[2:]} == {At.TODO}


def test_a_finished_film_has_been_all_the_way() -> None:
    film = film_of(received(run=Run.DONE, status=S.DONE, step="placed"), Live(marks={"done": NOW}))
    way = steps(film, ("status 4", NOW - 50), ("status 6", NOW - 40), ("status 8", NOW), ("done", NOW))
    assert {step.at for step in way} == {At.DONE}
    assert way[1].when == amounts.clock(NOW - 40)  # it was released before all of it was here
    assert [step.words for step in way][-2:] == ["Opened and checked", "Ready"]


@pytest.mark.parametrize(
    ("film", "at"),
    [
        (film_of(sent(), live_of(Progress("seal", 62, 100))), At.NOW),
        (film_of(sent(run=Run.PAUSED)), At.PAUSED),
        (film_of(held()), At.WAITS),
        (film_of(received(run=Run.WAITING, status=S.AWAITING_PRIVATE)), At.WAITS),
    ],
)
def test_one_step_is_where_it_stands(film: Film, at: At) -> None:
    way = steps(film)
    assert [step.at for step in way if step.at not in (At.DONE, At.TODO)] == [at]


def test_a_released_film_tells_when() -> None:
    release = (a_release(31, run=Run.DONE, status=S.DONE, created=NOW - 30), Live(marks={"done": NOW}))
    way = steps(film_of(held(), releases=(release,)), ("status 8", NOW - 90))
    assert [step.when for step in way[2:]] == [
        amounts.clock(NOW - 90), amounts.clock(NOW - 30), amounts.clock(NOW), amounts.clock(NOW),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("film", "states"),
    [
        (film_of(received(), live_of(Progress("fetch", 64, 100))), ["64 % here", "Not released", "Here"]),
        (
            film_of(received(remote_id=None, step="new")),
            ["Not fetched yet", "Not released", "Not received yet"],
        ),
        (film_of(received(private_cid="b")), ["Not fetched yet", "Released", "Here"]),
        (film_of(received(status=S.MERGING, step="keyed", private_cid="b")), ["Fetched", "Here", "Here"]),
        (film_of(received(status=S.DONE, step="placed", run=Run.DONE)), ["Fetched", "Used", "Here"]),
        (film_of(sent()), ["Being made", "Being made", "With the library"]),
        (film_of(held(private_path="/keys/a.rkkey")), ["Here", "With you", "With the library"]),
        (film_of(a_release(private_path="/keys/a.rkkey")), ["Here", "With you", "With the library"]),
    ],
)
def test_what_opens_it_is_three_things_here_or_not(film: Film, states: list[str]) -> None:
    openers = openers_of(film, card_of(film), LIBRARY)
    assert [one.state for one in openers] == states
    assert LIBRARY in openers[2].where and all(one.where for one in openers)


def test_a_film_that_stopped_before_it_was_fetched_shows_no_red_block() -> None:
    film = film_of(received(run=Run.FAILED, status=S.ERROR, remote_id=None, step="new", error=FULL.record()))
    assert openers_of(film, card_of(film), LIBRARY)[0].tone == "text2"
    film.live.best["fetch"] = Progress("fetch", 128 * GB, 200 * GB)
    assert openers_of(film, card_of(film), LIBRARY)[0].tone == "error"


def test_facts_that_are_known_and_no_others() -> None:
    media = {"codec": "JPEG 2000", "width": 4096, "height": 2160, "frame_rate": 24.0, "duration": 7120.0,
             "timecode": "01:00:00:00"}  # fmt: skip
    facts = {fact.name: fact for fact in facts_of(received(media=media, size=311_000_000_000), LIBRARY)}
    assert facts["Picture"].text == "JPEG 2000 · 4096×2160 · 24 fps"
    assert facts["Length"].text == "1:58:40 · from 01:00:00:00"
    assert facts["Size"].text == "311.0 GB · 311,000,000,000 bytes"
    assert facts["Address (CID)"].copied == "bafy" and facts["Address (CID)"].mono
    assert "Sound" not in facts and "BLAKE3" not in facts
