"""What an export's row says, from what the journal and the engine's events tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.errors import (
    AllowanceUsed,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    PhotoNotWhole,
    ReelkeyError,
    SignInExpired,
)
from app.domain.progress import Progress
from app.domain.words import set_language
from app.journal import Run
from app.journal.exports import ExportRow, Tally
from app.ui import amounts
from app.ui.clouds.card import card_of, group_of
from app.ui.clouds.shelf import ExportLive
from app.ui.clouds.values import Export, reason_of
from app.ui.films.values import Act, Fill, Group, Tone
from tests.ui.clouds.makers import GB, MEGA, MISSING, NOW, account, export, gallery

ONE = Tally(1, 0, 0, 0, 74 * GB, 42 * GB)
DOWN = CloudUnreachable(cloud="Google Drive", reason="no route")
EXPIRED = SignInExpired(cloud="Google Drive")
FULL = CloudFull(cloud="Google Drive", need=GB)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def an(row: ExportRow, tally: Tally = ONE, *, signed_in: bool = True, **live: Any) -> Export:
    return Export(row, tally, ExportLive(**live), account(signed_in=signed_in), NOW)


def failed(error: ReelkeyError, **changes: Any) -> ExportRow:
    return export(1, run=Run.FAILED, error=error.record(), **changes)


def test_a_cloud_that_computes_no_checksum_is_not_said_to() -> None:
    seen = account(kind=MEGA)
    under_way = Export(export(1), ONE, ExportLive(), seen, NOW)
    done = Export(export(1, run=Run.DONE, ended=NOW), ONE, ExportLive(), seen, NOW)
    said = [card_of(one).way.next for one in (under_way, done)]
    assert said == [
        "Next: MEGA joins the parts of each file",
        "All of it is at MEGA, which computes no checksum of it",
    ]


def test_a_file_under_way_says_how_far_how_fast_and_what_comes_then() -> None:
    progress = Progress("send", 42 * GB, 74 * GB, 110e6)
    card = card_of(an(export(1), progress=progress, told_at=NOW, begun=NOW - 60))
    way = card.way
    assert (way.stage, way.right, way.below) == ("Sending · 56 %", "42.0 / 74.0 GB", "110 MB/s")
    assert way.time == "5 min"
    assert way.next == "Next: Google Drive's own checksums are compared with ours"
    assert card.facts == ("Film, not sealed", "74.0 GB → Deliveries / Long River")
    assert way.main is not None and way.main.act is Act.PAUSE
    assert [round(piece.full, 2) for piece in way.strip] == [1.0, 0.57, 0.0]
    for part in ("Long_River_Ep01.mxf", "Sending · 56 %", "42.0 / 74.0 GB", "5 min", "compared"):
        assert part in card.sentence


def test_no_time_before_there_is_one() -> None:
    progress = Progress("send", GB, 74 * GB, 110e6)
    fresh = card_of(an(export(1), progress=progress, told_at=NOW, begun=NOW - 1))
    stale = card_of(an(export(1), progress=progress, told_at=NOW - 60, begun=NOW - 90))
    assert (fresh.way.time, stale.way.time, stale.way.below) == ("—", "—", "")


def test_no_seconds_are_left_once_all_is_sent() -> None:
    progress = Progress("send", 74 * GB, 74 * GB, 110e6)
    way = card_of(an(export(1), progress=progress, told_at=NOW, begun=NOW - 60)).way
    assert (way.stage, way.time) == ("Checking at Google Drive", "—")


def test_a_hundred_percent_is_kept_for_what_was_checked() -> None:
    way = card_of(an(export(1), replace(ONE, bytes_done=74 * GB))).way
    assert way.stage == "Checking at Google Drive"
    assert way.percent == 99
    assert way.strip[1].full == 1.0 and way.strip[2].full == 0.0


def test_galleries_count_photos_and_check_beside_sending() -> None:
    tally = Tally(2418, 1842, 0, 3, 61 * GB, 47 * GB)
    card = card_of(an(gallery(1), tally))
    assert card.way.stage == "Sending · 1,845 of 2,418 photos"
    assert card.way.next == "3 photos could not be sent; the others go on"
    assert 0.7 < card.way.strip[2].full < 0.8
    assert card.facts[:2] == ("Gallery", "2,418 photos")
    assert card_of(an(gallery(1, listed=False), Tally())).way.stage == "Reading the gallery's list"


@pytest.mark.parametrize(
    ("export_", "group", "stage", "main"),
    [
        (an(export(1)), Group.UNDER_WAY, "Sending · 56 %", Act.PAUSE),
        (an(export(1, run=Run.QUEUED)), Group.UNDER_WAY, "Queued", Act.PAUSE),
        (an(export(1, run=Run.PAUSED)), Group.WAITING, "Paused", Act.RESUME),
        (an(export(1, run=Run.WAITING)), Group.WAITING, "Waits for the film to be opened", None),
        (an(export(1), trouble=DOWN), Group.WAITING, DOWN.title, Act.PAUSE),
        (an(export(1), signed_in=False), Group.WAITING, "Waits for your sign-in", None),
        (an(export(1, run=Run.WAITING), trouble=EXPIRED), Group.NEEDS_YOU, "Waits for your sign-in",
         Act.SIGN_IN),
        (an(export(1, run=Run.WAITING, error=FULL.record())), Group.NEEDS_YOU,
         "Stopped: there is no room in this Google Drive account", Act.RETRY),
        (an(failed(CloudRefused(cloud="Google Drive", text="no", status=403))), Group.NEEDS_YOU,
         "Stopped: Google Drive refused this step", Act.RETRY),
        (an(export(1, run=Run.CANCELLED, ended=NOW)), Group.TODAY, "Cancelled", None),
    ],
)  # fmt: skip
def test_who_must_act_and_how(export_: Export, group: Group, stage: str, main: Act | None) -> None:
    card = card_of(export_)
    assert group_of(export_) is group
    assert card.way.group is group
    assert card.way.stage == stage
    assert (card.way.main.act if card.way.main else None) is main
    assert card.way.next


def test_what_is_cancelled_says_what_is_there_still() -> None:
    clean = card_of(an(export(1, run=Run.CANCELLED, ended=NOW))).way
    littered = card_of(an(export(1, run=Run.CANCELLED, ended=NOW, error=DOWN.record()))).way
    assert clean.next == "What was sent whole stays there; the rest was removed"
    assert littered.next == "The rest is removed there once Google Drive can be reached"


def test_what_is_done_is_green_and_says_what_proves_it() -> None:
    done = export(1, run=Run.DONE, ended=NOW)
    sent = card_of(an(done, Tally(1, 1, 0, 0, GB, GB))).way
    there = card_of(an(done, Tally(3, 0, 3, 0, GB, GB))).way
    mixed = card_of(an(done, Tally(3, 1, 2, 0, GB, GB))).way
    assert (sent.stage, sent.next, sent.below) == (
        "Sent and checked", "Same checksum at Google Drive and here", "in 21 min",
    )  # fmt: skip
    assert (there.stage, there.next, there.below) == (
        "Already there, identical", "Nothing was sent twice", "skipped",
    )  # fmt: skip
    assert mixed.next.startswith("2 files were there already")
    for way in (sent, there, mixed):
        assert way.tone is Tone.DONE
        assert all(piece.fill is Fill.FINAL for piece in way.strip)
    for tally in (Tally(3, 3, 0, 0, GB, GB), Tally(3, 0, 3, 0, GB, GB)):
        untold = card_of(an(gallery(1, run=Run.DONE, ended=NOW), tally))
        assert (untold.way.stage, untold.way.tone) == ("Sent and checked", Tone.DONE)
        assert untold.way.next == "The gallery does not know of it yet: it is told once its site answers"
        assert Act.RETRY in untold.menu
        told = card_of(an(gallery(1, run=Run.DONE, ended=NOW, told=True), tally))
        assert "gallery" not in told.way.next and Act.RETRY not in told.menu
    yesterday = export(1, run=Run.DONE, ended=NOW - 2 * 86_400)
    assert group_of(an(yesterday, Tally(1, 1))) is Group.EARLIER


@pytest.mark.parametrize("run", [Run.FAILED, Run.DONE])
def test_gaps_are_counted_and_one_button_tries_them_again(run: Run) -> None:
    row = gallery(1, run=run, error=MISSING.record(), ended=NOW)
    card = card_of(an(row, Tally(864, 859, 0, 5, GB, GB)))
    assert card.way.group is Group.NEEDS_YOU
    assert (card.way.stage, card.way.right) == ("Finished, 5 photos missing", "859 of 864")
    assert card.way.next == "The gallery answers “not found”; the rest is there and checked"
    assert card.way.main is not None and card.way.main.label == "Retry 5"
    assert card.way.strip[2].fill is Fill.FAILED
    assert (card.way.time, card.way.below) == ("Ended", amounts.clock(NOW))
    assert {Act.RETRY, Act.REPORT, Act.DETAILS, Act.REMOVE} <= set(card.menu)
    assert Act.STOP not in card.menu, "there is nothing to stop any more"


def test_a_photo_that_is_gone_is_said_in_words_of_people() -> None:
    gone = PhotoNotWhole(name="a.jpg", status=404)
    assert reason_of(gone) == "The gallery no longer has it (404)"
    assert reason_of(PhotoNotWhole(name="a.jpg", status=403)) == "The gallery answers 403"


def test_trouble_that_passes_says_when_it_is_tried_again() -> None:
    way = card_of(an(export(1), trouble=DOWN, again_at=NOW + 30)).way
    assert way.next == "Next try in 30 s; nothing is lost"


def test_what_stopped_is_said_in_fewer_words_where_there_is_no_room() -> None:
    way = card_of(an(failed(FULL))).way
    assert (way.stage, way.brief) == (
        "Stopped: there is no room in this Google Drive account",
        "There is no room in this Google Drive account",
    )
    assert way.right == "42.0 / 74.0 GB"


def test_a_little_gold_says_that_it_waits_for_a_person() -> None:
    fresh = card_of(an(export(1, run=Run.WAITING), replace(ONE, bytes_done=0), signed_in=False))
    assert [(piece.full > 0, piece.fill) for piece in fresh.way.strip][1] == (True, Fill.WAITS)


def test_an_allowance_says_when_it_is_renewed() -> None:
    """What it is, and the time of day at which it goes on: hours may pass."""
    used_up = AllowanceUsed(cloud="MEGA")
    way = card_of(an(export(1), trouble=used_up, again_at=NOW + 5 * 3600)).way
    assert (way.stage, way.group) == ("Today's allowance of MEGA is used up", Group.WAITING)
    at = amounts.clock(NOW + 5 * 3600)
    assert way.next == f"Next: it goes on by itself at {at}; what was sent is kept"
    told = AllowanceUsed(cloud="MEGA", until=NOW + 3600)
    again = card_of(an(export(1, error=told.record()))).way
    assert amounts.clock(NOW + 3600) in again.next, "also after the window was closed"
    unknown = card_of(an(export(1, error=used_up.record()))).way
    assert unknown.next == "Next: it goes on by itself when there is a new allowance"


def test_what_moves_again_is_no_longer_in_trouble() -> None:
    moving = Progress("send", GB, 2 * GB, 1e6)
    troubled = an(export(1), trouble=DOWN, progress=moving, told_at=NOW)
    assert group_of(troubled) is Group.UNDER_WAY


def test_the_menu_offers_what_can_be_done() -> None:
    running = card_of(an(export(1))).menu
    assert Act.PAUSE in running and Act.STOP in running and Act.REMOVE not in running
    done = card_of(an(export(1, run=Run.DONE, ended=NOW), Tally(1, 1))).menu
    assert Act.REMOVE in done and Act.STOP not in done and Act.OPEN_THERE in done


def test_hostile_titles_stay_on_one_line() -> None:
    assert card_of(an(export(1, title="a\n\u202eb.mov"))).name == "a␣␣b.mov"
