"""Releases of a sent film, and what the menu of a row offers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import (
    SourceGone,
)
from app.domain.progress import Progress
from app.domain.words import set_language
from app.journal import Run, TaskRow
from app.ui.films.acting import act_of
from app.ui.films.card import card_of, name_of
from app.ui.films.values import Act, Fill, Group, Tone
from app.ui.store import Live
from tests.ui.fakes import make_row
from tests.ui.films.makers import FULL, NOW, S, a_release, fills, film_of, held, live_of, received, sent


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


# --- releases --------------------------------------------------------------------------------------------


def test_green_comes_only_after_the_servers_answer() -> None:
    telling = card_of(film_of(received(status=S.DONE, step="placed"), unsent=True))
    assert telling.way.tone is Tone.PLAIN and Fill.FINAL not in {fill for _, fill in fills(telling)}
    ready = card_of(film_of(received(status=S.DONE, step="placed", run=Run.DONE)))
    assert ready.way.tone is Tone.DONE and {fill for _, fill in fills(ready)} == {Fill.FINAL}


def test_buyers_are_release_tasks_that_were_reported_never_a_guess() -> None:
    done = [(a_release(n, run=Run.DONE, status=S.DONE), Live(marks={"done": NOW})) for n in (31, 32, 33)]
    given_up = (a_release(34, run=Run.CANCELLED), Live())
    way = card_of(film_of(held(), releases=(*done, given_up))).way
    assert (way.who, way.stage) == ("3 buyers", "Handed over")


def test_of_a_film_whose_release_runs_the_buttons_mean_the_release() -> None:
    live = live_of(Progress("release", 50, 100, 10.0))
    running = card_of(film_of(held(), releases=((a_release(), live),)))
    assert (running.way.stage, running.way.target) == ("Releasing · 50 %", 31)
    assert Act.PAUSE in running.menu
    assert not {Act.FREE, Act.REMOVE} & set(running.menu)
    paused = card_of(film_of(held(), releases=((a_release(run=Run.PAUSED), Live(marks={"paused": NOW})),)))
    assert (paused.way.stage, paused.way.group) == ("Paused", Group.WAITING)
    assert Act.RESUME in paused.menu and Act.PAUSE not in paused.menu
    failed = a_release(run=Run.FAILED, status=S.ERROR, error=SourceGone(path="x").record())
    stopped = card_of(film_of(held(), releases=((failed, Live()),)))
    assert (stopped.way.group, stopped.way.target) == (Group.NEEDS_YOU, 31)
    assert fills(stopped)[4] == (1.0, Fill.FAILED)


@pytest.mark.parametrize("run", [Run.QUEUED, Run.ACTIVE, Run.PAUSED, Run.FAILED])
def test_a_release_can_be_called_off_at_its_film(run: Run) -> None:
    error = FULL.record() if run is Run.FAILED else None
    card = card_of(film_of(held(), releases=((a_release(run=run, error=error), Live()),)))
    assert Act.CALL_OFF in card.menu and Act.CANCEL not in card.menu
    alone = card_of(film_of(a_release(run=run, error=error), Live()))
    assert Act.CALL_OFF in alone.menu and Act.CANCEL not in alone.menu
    assert len([act for act in alone.menu if act is not None]) == len({*alone.menu} - {None})


def test_once_it_is_called_off_the_film_can_be_freed_and_removed() -> None:
    card = card_of(film_of(held(), releases=((a_release(run=Run.CANCELLED), Live()),)))
    assert card.way.group is Group.WAITING
    assert {Act.FREE, Act.REMOVE} <= set(card.menu) and Act.CALL_OFF not in card.menu


def test_a_release_that_only_its_report_is_missing_of_is_left_alone() -> None:
    card = card_of(film_of(held(), releases=((a_release(run=Run.ACTIVE, status=S.DONE), Live()),)))
    assert not {Act.PAUSE, Act.RETRY, Act.CALL_OFF} & set(card.menu)


def test_a_release_of_a_film_that_was_sent_elsewhere_is_a_row_of_its_own() -> None:
    card = card_of(film_of(a_release(private_size=12_000_000), Live()))
    assert card.facts == ("Private block", "12.0 MB") and card.sending


# --- facts, menu, name -----------------------------------------------------------------------------------


def test_unknown_facts_are_left_out() -> None:
    media = {"codec": "ProRes 4444 XQ", "width": 3840, "height": 2160, "duration": 2772.0}
    assert card_of(film_of(sent(media=media))).facts == ("100.0 GB", "ProRes 4444 XQ", "3840×2160", "46:12")
    assert card_of(film_of(sent(media={}, size=None, public_size=None))).facts == ()


def test_a_hostile_name_is_one_plain_line() -> None:
    assert name_of(make_row(source_name="a\u202eb\nc\u200d.mov")) == "a␣b␣c␣.mov"
    assert name_of(make_row(source_name="")) == "Film with no name yet"


@pytest.mark.parametrize(
    ("row", "wanted", "unwanted"),
    [
        (sent(), {Act.PAUSE, Act.CANCEL, Act.MOVE}, {Act.REMOVE, Act.FREE, Act.RECEIPT, Act.RETRY}),
        (sent(private_path="/keys/a"), {Act.CANCEL}, {Act.MOVE}),
        (held(), {Act.RECEIPT, Act.FREE, Act.REMOVE, Act.COPY_CID}, {Act.CANCEL, Act.PAUSE, Act.MOVE}),
        (
            received(run=Run.FAILED, status=S.ERROR, error=FULL.record()),
            {Act.RETRY, Act.REMOVE, Act.CANCEL, Act.MOVE},
            {Act.PAUSE, Act.FREE},
        ),
        (received(run=Run.WAITING, status=S.AWAITING_PRIVATE), {Act.ASK, Act.REMIND, Act.PAUSE}, {Act.RETRY}),
        (received(run=Run.ACTIVE, status=S.DONE, step="placed"), set(), {Act.PAUSE, Act.CANCEL}),
    ],
)
def test_the_menu_offers_what_can_be_done_now(row: TaskRow, wanted: set[Act], unwanted: set[Act]) -> None:
    menu = set(card_of(film_of(row)).menu)
    assert wanted <= menu and not unwanted & menu


def test_what_the_library_has_not_heard_of_stays_on_the_list() -> None:
    assert Act.REMOVE not in card_of(film_of(held(), unsent=True)).menu


# --- what is asked of a row ------------------------------------------------------------------------------


def test_what_a_row_does_not_offer_is_not_done() -> None:
    """Keys are pressed on whatever has the cursor."""
    card = card_of(film_of(held()))
    main = card.way.main.act if card.way.main is not None else None
    assert Act.PAUSE not in card.menu and main is not None and Act.DETAILS in card.menu

    def as_it_is(act: Act, _card: object) -> Act:
        return act

    assert act_of(card, Act.PAUSE, as_it_is) is None
    assert act_of(card, Act.DETAILS, as_it_is) is Act.DETAILS
    assert act_of(card, Act.PAUSE, lambda _act, _card: Act.DETAILS) is Act.DETAILS
    assert act_of(card, "main", as_it_is) is main
    assert act_of(replace(card, menu=()), main, as_it_is) is main, "a button does what it says"
    assert act_of(card, "poster", as_it_is) is None
