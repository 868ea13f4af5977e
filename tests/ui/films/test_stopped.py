"""What stops a film or keeps it waiting: in a few words, with the button that mends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import (
    Damaged,
    KeyringLocked,
    NodeUnavailable,
    NoProvider,
    ReelkeyError,
    ServerAnswerUnclear,
    ServerRefused,
    ServerUnreachable,
    SourceChanged,
    SourceGone,
    TargetUnwritable,
    TokenRefused,
    WrongPair,
    WrongUuid,
)
from app.domain.progress import Progress
from app.domain.words import set_language
from app.journal import Run, TaskRow
from app.ui.films.card import card_of, group_of
from app.ui.films.values import Act, Fill, Group, Tone
from app.ui.messages import ServerSeen
from app.ui.store import Live
from tests.ui.films.makers import FULL, GB, NOW, S, a_release, fills, film_of, held, live_of, received, sent


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


# --- what stops a film, and what mends it ----------------------------------------------------------------

STOPPED: list[tuple[TaskRow, ReelkeyError, str, Act, str]] = [
    (received(), FULL, "Stopped: not enough room", Act.MOVE, "Move…"),
    (received(final_path="/films/a"), FULL, "Stopped: not enough room", Act.MAKE_ROOM, "Free space…"),
    (sent(), TokenRefused(text=""), "Stopped: sign-in has expired", Act.LIBRARY, "Open library"),
    (sent(), ServerUnreachable(server="x"), "Stopped: the library can't be reached", Act.RETRY, "Try now"),
    (
        sent(),
        ServerRefused(text="no", status=422),
        "Stopped: the library refused this step",
        Act.COPY_ERROR,
        "Copy",
    ),
    (
        sent(),
        ServerAnswerUnclear(reason="x"),
        "Stopped: the answer from the library is not understood",
        Act.LIBRARY,
        "Open library",
    ),
    (
        received(),
        NoProvider(seconds=60),
        "Stopped: the seller's computer is offline",
        Act.REMIND,
        "Remind…",
    ),
    (sent(), NodeUnavailable(reason="x"), "Stopped: the node does not start", Act.NODE, "Restart node"),
    (
        sent(),
        SourceChanged(path="x"),
        "Stopped: the film changed while it was sealed",
        Act.RETRY,
        "Send again",
    ),
    (sent(), SourceGone(path="x"), "Stopped: the film is gone", Act.RESUME, "Resume"),
    (received(), TargetUnwritable(path="x"), "Stopped: this folder can't be written", Act.MOVE, "Change…"),
    (received(), Damaged(what="x"), "Stopped: film data failed its check", Act.RETRY, "Fetch again"),
    (
        a_release(),
        WrongPair(),
        "Stopped: this private block is for another film",
        Act.LOOK,
        "Look elsewhere…",
    ),
    (
        received(),
        WrongUuid(),
        "Stopped: the library's permission does not open it",
        Act.COPY_ERROR,
        "Copy details",
    ),
    (sent(), KeyringLocked(reason="x"), "Stopped: the keyring is not available", Act.RETRY, "Retry"),
]


@pytest.mark.parametrize(
    ("row", "error", "words", "act", "label"), STOPPED, ids=[one[1].code for one in STOPPED]
)
def test_what_stops_a_film_is_said_with_the_button_that_mends_it(
    row: TaskRow, error: ReelkeyError, words: str, act: Act, label: str
) -> None:
    failed = replace(row, run=Run.FAILED, status=S.ERROR, error=error.record())
    card = card_of(film_of(failed))
    assert (card.way.group, card.way.stage, card.way.tone) == (Group.NEEDS_YOU, words, Tone.ERROR)
    assert card.way.main is not None
    assert (card.way.main.act, card.way.main.label) == (act, label)
    assert Fill.FAILED in {fill for _, fill in fills(card)}
    assert card.way.next.startswith("Next: ")


def test_the_strip_stops_in_red_where_it_failed() -> None:
    failed = received(run=Run.FAILED, status=S.ERROR, error=FULL.record())
    live = Live()
    live.best["fetch"] = Progress("fetch", 128 * GB, 200 * GB)
    card = card_of(film_of(failed, live))
    assert fills(card)[:3] == [(1.0, Fill.PART), (0.64, Fill.FAILED), (0.0, Fill.TODO)]
    assert (card.way.below, card.way.why) == ("64 % is here", "Still fetching")
    assert card.way.next == "Next: free 38.4 GB or choose another place"


def test_a_film_whose_library_or_seller_is_away_waits_and_goes_on_by_itself() -> None:
    away = Live(trouble=ServerUnreachable(server="x", reason="y"))
    card = card_of(film_of(sent(), away))
    assert (card.way.group, card.way.stage) == (Group.WAITING, "Offline, reconnecting")
    seller = Live(trouble=NoProvider(seconds=60), since=NOW - 7200)
    card = card_of(film_of(received(), seller))
    assert (card.way.stage, card.way.time, card.way.below) == (
        "The seller's computer is offline",
        "Up to the seller",
        "2 h 0 min so far",
    )
    assert card.way.main is not None and card.way.main.act is Act.REMIND


def test_trouble_with_reports_does_not_hide_that_the_film_moves() -> None:
    live = live_of(Progress("seal", 62 * GB, 100 * GB))
    live.trouble = ServerUnreachable(server="x", reason="y")
    assert card_of(film_of(sent(), live)).way.stage == "Sealing and storing · 62 %"


def test_a_report_that_waits_for_a_sign_in_needs_a_person() -> None:
    server = ServerSeen("https://library.example", error=TokenRefused(text=""))
    film = film_of(held(run=Run.ACTIVE), unsent=True, server=server)
    card = card_of(film)
    assert group_of(film) is Group.NEEDS_YOU
    assert card.way.main is not None and card.way.main.act is Act.LIBRARY
    assert Fill.FINAL not in {fill for _, fill in fills(card)}
