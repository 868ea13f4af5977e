"""What a film's row says, for every stage of ui.md's table and for what interrupts it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import product

import pytest

from app.domain.errors import (
    NoProvider,
    SourceGone,
)
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.journal import Run, TaskRow
from app.ui.films.card import card_of
from app.ui.films.values import Act, Fill, Film, Group, Tone
from app.ui.store import Live
from tests.ui.fakes import make_row
from tests.ui.films.makers import GB, NOW, S, a_release, due, fills, film_of, held, live_of, received, sent


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


# --- the table of stages ---------------------------------------------------------------------------------

SEALING = live_of(Progress("seal", 62 * GB, 100 * GB, 0.4 * GB))
FETCHING = live_of(Progress("fetch", 76 * GB, 200 * GB, 0.1 * GB))
OPENING = live_of(Progress("open", 81 * GB, 100 * GB, 0.3 * GB))
RELEASED = (a_release(31, run=Run.DONE, status=S.DONE), Live(marks={"done": NOW}))

STAGES = [
    # film, group, words, tone, right, next, who, why
    (
        film_of(sent(status=S.NOT_STARTED, step="new", remote_id=None)),
        Group.UNDER_WAY,
        "Registering",
        "step 1 of 6",
        "Next: it is sealed, here on this computer",
        "Only you",
        "Not sealed yet",
    ),
    (
        film_of(sent(), SEALING),
        Group.UNDER_WAY,
        "Sealing and storing · 62 %",
        "62.0 / 100.0 GB",
        "Next: its private block lands in /keys",
        "Only you",
        "Not sealed yet",
    ),
    (
        film_of(sent(status=S.UPLOADING, step="joined", private_path="/keys/Long River/a.rkkey")),
        Group.UNDER_WAY,
        "Storing on your node",
        "step 3 of 6",
        "Next: its private block lands in /keys/Long River",
        "Only you",
        "Not sealed yet",
    ),
    (
        film_of(held(run=Run.ACTIVE), unsent=True),
        Group.UNDER_WAY,
        "Done, telling the server",
        "step 4 of 6",
        "Next: the library confirms it",
        "Only you",
        "You hold the block",
    ),
    (
        film_of(held()),
        Group.WAITING,
        "Sent, held by you",
        "step 4 of 6",
        "Next: a buyer asks for it",
        "Only you",
        "You hold the block",
    ),
    (
        film_of(held(), due=(due(1),)),
        Group.NEEDS_YOU,
        "A buyer waits for your release",
        "step 4 of 6",
        "Next: release the private block; then they can open it",
        "Only you",
        "1 buyer waiting",
    ),
    (
        film_of(held(), due=(due(1), due(2)), releases=(RELEASED,)),
        Group.NEEDS_YOU,
        "2 buyers wait for your release",
        "step 4 of 6",
        "Next: release the private block; then they can open it",
        "1 buyer",
        "2 buyers waiting",
    ),
    (
        film_of(held(), releases=((a_release(), Live()),)),
        Group.UNDER_WAY,
        "Releasing",
        "step 5 of 6",
        "Next: the buyer's Reelkey fetches it and opens the film",
        "Only you",
        "Being released",
    ),
    (
        film_of(held(), releases=(RELEASED,)),
        Group.TODAY,
        "Handed over",
        None,
        "Stay online: there is no telling who has fetched it",
        "1 buyer",
        "Released by you",
    ),
    (
        film_of(received(status=S.NOT_STARTED, step="new", remote_id=None)),
        Group.UNDER_WAY,
        "Registering",
        "step 1 of 6",
        "Next: its public block is fetched from the seller",
        "Not yet",
        "Block not released",
    ),
    (
        film_of(received(), FETCHING),
        Group.UNDER_WAY,
        "Fetching · 38 %",
        "76.0 / 200.0 GB",
        "Next: the seller releases it, then it opens by itself",
        "Not yet",
        "Block not released",
    ),
    (
        film_of(received(step="keyed", private_cid="baf", final_path="/films/A/a.mov"), FETCHING),
        Group.UNDER_WAY,
        "Fetching and opening · 38 %",
        "76.0 / 200.0 GB",
        "Next: it appears in /films/A",
        "You, once opened",
        "Block has arrived",
    ),
    (
        film_of(
            received(status=S.AWAITING_PRIVATE, run=Run.WAITING),
            Live(marks={"status 5": NOW - 3 * 86400 - 6 * 3600}),
        ),
        Group.WAITING,
        "Waiting for the seller's release",
        "step 3 of 6",
        "All of it is here; it opens by itself after the release",
        "Not yet",
        "Block not released",
    ),
    (
        film_of(received(status=S.FETCHING_PRIVATE, private_cid="baf")),
        Group.UNDER_WAY,
        "Getting the private block",
        "step 4 of 6",
        "Next: it is opened and checked, byte by byte",
        "Not yet",
        "Block is released",
    ),
    (
        film_of(received(status=S.MERGING, step="keyed", size=100 * GB, private_cid="baf"), OPENING),
        Group.UNDER_WAY,
        "Opening and checking · 81 %",
        "81.0 / 100.0 GB",
        "Next: it appears in /films",
        "You, once opened",
        "Block has arrived",
    ),
    (
        film_of(received(status=S.DONE, step="placed"), unsent=True),
        Group.UNDER_WAY,
        "Done, telling the server",
        "step 6 of 6",
        "Next: the library confirms it",
        "You",
        "Opened here",
    ),
    (
        film_of(
            received(status=S.DONE, step="placed", run=Run.DONE, final_path="/films/A/a.mov"),
            Live(marks={"done": NOW}),
        ),
        Group.TODAY,
        "Ready, checked byte by byte",
        None,
        "/films/A",
        "You",
        "Opened here",
    ),
    (
        film_of(sent(run=Run.QUEUED, status=S.NOT_STARTED, step="new", remote_id=None), ahead=2),
        Group.UNDER_WAY,
        "Queued (2 ahead)",
        "step 1 of 6",
        "Next: it starts by itself when its turn comes",
        "Only you",
        "Not sealed yet",
    ),
    (
        film_of(received(run=Run.CANCELLED), Live(marks={"cancelled": NOW - 3 * 86400})),
        Group.EARLIER,
        "Cancelled",
        None,
        "You gave it up; receive it again whenever you want",
        "Not yet",
        "Not received",
    ),
]


@pytest.mark.parametrize(
    ("film", "group", "stage", "right", "following", "who", "why"), STAGES, ids=[one[2] for one in STAGES]
)
def test_every_stage_answers_the_four_questions(
    film: Film, group: Group, stage: str, right: str | None, following: str, who: str, why: str
) -> None:
    card = card_of(film)
    way = card.way
    assert (way.group, way.stage, way.next) == (group, stage, following)
    assert (way.who, way.why) == (who, why)
    assert right is None or way.right == right
    assert len(way.strip) == 6 and way.time
    for part in (card.name, stage, following.rstrip("."), who):
        assert part in card.sentence


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_stands_in_the_journal_is_a_card(language: str) -> None:
    set_language(language)
    steps = ("", "new", "created", "keyed", "joined", "fetched", "placed", "added")
    error = NoProvider(seconds=30).record()
    for kind, run, status, step in product(TaskKind, Run, TaskStatus, steps):
        row = make_row(1, kind=kind, run=run, status=status, step=step, error=error)
        for one in (row, replace(row, error=None, remote_id=4, private_cid="baf", percent=100)):
            way = card_of(film_of(one)).way
            assert way.stage and way.next and way.who and way.time, one
            assert len(way.strip) == 6 and all(0 <= piece.full <= 1 for piece in way.strip), one


# --- percent, amounts, times -----------------------------------------------------------------------------


def test_two_stages_that_overlap_fill_side_by_side() -> None:
    assert fills(card_of(film_of(sent(), SEALING)))[:3] == [
        (1.0, Fill.PART),
        (0.62, Fill.PART),
        (0.62, Fill.PART),
    ]
    both = live_of(Progress("fetch", 50 * GB, 100 * GB), Progress("open", 20 * GB, 100 * GB))
    opening = card_of(film_of(received(step="keyed", private_cid="baf"), both))
    assert [full for full, _ in fills(opening)] == [1.0, 0.5, 1.0, 1.0, 0.2, 0.0]


def test_a_percent_never_falls() -> None:
    live = live_of(Progress("seal", 62 * GB, 100 * GB))
    live.note(Progress("seal", 50 * GB, 100 * GB), NOW)
    assert card_of(film_of(sent(), live)).way.percent == 62
    assert card_of(film_of(sent(percent=70), live)).way.percent == 70


def test_what_the_journal_kept_serves_before_progress_comes() -> None:
    way = card_of(film_of(sent(percent=36))).way
    assert (way.stage, way.right) == ("Sealing and storing · 36 %", "36.0 / 100.0 GB")


@pytest.mark.parametrize(
    ("row", "phase"),
    [(sent(), "seal"), (received(step="keyed", status=S.MERGING, private_cid="b"), "open")],
)
def test_a_hundred_is_kept_for_what_is_checked(row: TaskRow, phase: str) -> None:
    way = card_of(film_of(row, live_of(Progress(phase, 100, 100)))).way
    assert way.percent == 99 and not any(sign.isdigit() for sign in way.stage), "its end is said in words"


def test_no_time_left_in_the_first_five_seconds_and_none_where_nothing_moves() -> None:
    progress = Progress("seal", 62 * GB, 100 * GB, 0.4 * GB)
    young = card_of(film_of(sent(), live_of(progress, began=NOW - 4))).way
    assert (young.time, young.left) == ("—", None)
    moving = card_of(film_of(sent(), live_of(progress))).way
    assert (moving.time, moving.below) == ("1 min 35 s", "400 MB/s")
    assert moving.left == pytest.approx(95)
    still = live_of(progress)
    still.told_at = NOW - 20
    assert card_of(film_of(sent(), still)).way.time == "—"


def test_a_wait_says_whose_turn_it_is_and_since_when() -> None:
    row = received(status=S.AWAITING_PRIVATE, run=Run.WAITING)
    waiting = film_of(row, Live(marks={"status 5": NOW - 3 * 86400 - 6 * 3600}), open_rate=0.5 * GB)
    way = card_of(waiting).way
    assert (way.time, way.below) == ("Up to the seller", "3 d 6 h so far")
    assert way.next == "All of it is here; usable about 7 min after release"
    assert fills(card_of(waiting))[2] == (1.0, Fill.WAITS)
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOW - 86400 - 4 * 3600))
    asked = card_of(film_of(held(), due=(due(1, since),))).way
    assert (asked.time, asked.below, asked.tone) == ("Up to you", "1 d 4 h so far", Tone.KEY)


def test_a_wait_whose_beginning_the_library_does_not_tell_has_just_begun() -> None:
    assert card_of(film_of(held(), due=(due(1, "soon"),))).way.below == "just now"


def test_paused_says_when_and_where_it_goes_on() -> None:
    row = sent(run=Run.PAUSED, percent=36)
    card = card_of(film_of(row, Live(marks={"paused": NOW})))
    clock = time.strftime("%H:%M", time.localtime(NOW))
    assert card.way.next == f"You paused it at {clock}; it picks up from 36 %"
    assert card.way.right == "36.0 / 100.0 GB"
    assert fills(card)[1] == (0.36, Fill.PAUSED) and card.way.group is Group.WAITING
    assert Act.RESUME in card.menu and Act.PAUSE not in card.menu


@pytest.mark.parametrize(
    "film",
    [
        film_of(sent(run=Run.QUEUED), ahead=2),
        film_of(received(run=Run.QUEUED), ahead=2),
        film_of(held(), releases=((a_release(run=Run.QUEUED), Live()),), ahead=2),
    ],
)
def test_a_film_in_the_queue_says_what_it_waits_for(film: Film) -> None:
    card = card_of(film)
    assert (card.way.stage, card.way.time) == ("Queued (2 ahead)", "Waits its turn")


def test_what_stopped_has_fewer_words_where_there_is_less_room() -> None:
    gone = SourceGone(path="/x").record()
    way = card_of(film_of(sent(run=Run.FAILED, error=gone))).way
    assert (way.stage, way.brief) == ("Stopped: the film is gone", "The film is gone")


def test_in_chinese_too() -> None:
    set_language("zh")
    way = card_of(film_of(received(status=S.AWAITING_PRIVATE, run=Run.WAITING))).way
    assert way.stage == "等待卖方放行"
