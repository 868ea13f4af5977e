"""Where an export stands and what comes next. No Qt.

The strip is prepare, send, check (1 · 6 · 2): each file is checked at the cloud as soon as it is there, so
that the last piece fills beside the second.
"""

from __future__ import annotations

from dataclasses import replace

from app.domain.errors import AllowanceUsed, CloudFull, ReelkeyError, SignInExpired
from app.domain.words import N_, tr
from app.journal import Run
from app.ui import amounts
from app.ui.clouds.values import Export, reason_of
from app.ui.films import measures
from app.ui.films.common import next_of, paused_words
from app.ui.films.stopped import brief_words, stopped_words
from app.ui.films.values import Act, Button, Fill, Group, Piece, Tone, Way

WIDTHS = (1, 6, 2)
_STEPS = 3


def way_of(export: Export) -> Way:
    """Where the export stands and what comes next; its group is the caller's to say."""
    run = export.row.run
    if run is Run.DONE or export.ended_with_gaps:
        return _finished(export)
    if run is Run.FAILED:
        return _stopped(export, export.error)
    at_rest = {Run.CANCELLED: _cancelled, Run.PAUSED: _paused}.get(run)
    return at_rest(export) if at_rest is not None else _unfinished(export)


def _unfinished(export: Export) -> Way:
    error = export.standing
    if export.signed_out or isinstance(error, SignInExpired):
        return _signed_out(export)
    if isinstance(error, CloudFull):
        return _stopped(export, error)
    if error is not None:
        return _troubled(export, error)
    by_run = {Run.WAITING: _waits_for_film, Run.QUEUED: _queued}
    return by_run.get(export.row.run, _under_way)(export)


def _base(stage: str, next_words: str, strip: tuple[Piece, ...], step: int = 2) -> Way:
    return Way(Group.UNDER_WAY, step, stage, next_words, strip, "", "", "")


def _parts(export: Export) -> tuple[float, float, float]:
    if not export.row.listed:
        return 0.5 if export.row.run is Run.ACTIVE else 0.0, 0.0, 0.0
    done, total = export.bytes
    checked = export.ended / export.tally.items if export.tally.items else 0.0
    return 1.0, done / total if total else checked, checked


def _strip(export: Export, at: int = -1, fill: Fill = Fill.PART) -> tuple[Piece, ...]:
    return measures.strip(WIDTHS, _parts(export), at, fill)


def _under_way(export: Export) -> Way:
    if not export.row.listed:
        stage = N_("Reading the gallery's list") if export.gallery else N_("Preparing")
        next_words = tr(N_("Next: it is sent to {cloud}"), cloud=export.cloud)
        way = _base(tr(stage), next_words, _strip(export), 1)
        return replace(way, right=_step_words(1), main=Button(Act.PAUSE), time="—")
    done, total = export.bytes
    all_sent = bool(total) and done >= total and export.tally.left > 0
    stage = tr(N_("Checking at {cloud}"), cloud=export.cloud) if all_sent else _sending_words(export)
    left = export.live.left(export.now)
    moving = export.live.moving(export.now)
    way = _base(stage, _next_of_sending(export), _strip(export))
    return replace(
        way,
        right=amounts.size_of(done, total) if total else "",
        time=measures.time_words(left),
        below=amounts.rate(moving.rate) if moving is not None and moving.rate else "",
        percent=export.percent,
        left=left,
        main=Button(Act.PAUSE),
    )


def _sending_words(export: Export) -> str:
    items, ended = export.tally.items, max(export.ended, export.live.items_done)
    if export.gallery:
        words = N_("Sending · {n} of {m} photos")
    elif items > 1:
        words = N_("Sending · {n} of {m} files")
    else:
        return tr(N_("Sending · {percent} %"), percent=export.percent)
    return tr(words, n=amounts.count(min(ended, items)), m=amounts.count(items))


def _next_of_sending(export: Export) -> str:
    failed = export.tally.failed
    if failed and export.gallery:
        one, more = (
            N_("1 photo could not be sent; the others go on"),
            N_("{n} photos could not be sent; the others go on"),
        )
    elif failed:
        one, more = (
            N_("1 file could not be sent; the others go on"),
            N_("{n} files could not be sent; the others go on"),
        )
    elif not export.hashed_there:
        return tr(N_("Next: {cloud} joins the parts of each file"), cloud=export.cloud)
    else:
        return tr(N_("Next: {cloud}'s own checksums are compared with ours"), cloud=export.cloud)
    return tr(one) if failed == 1 else tr(more, n=amounts.count(failed))


def _finished(export: Export) -> Way:
    tally, ended = export.tally, export.row.ended or export.row.updated
    if tally.failed:
        return _finished_with_gaps(export)
    took = max(0.0, ended - export.row.created)
    way = _base(tr(N_("Sent and checked")), _proof_words(export), measures.final_strip(WIDTHS), _STEPS)
    way = replace(way, tone=Tone.DONE, right=amounts.clock(ended), time=tr(N_("Done")))
    if tally.items and tally.skipped == tally.items and not export.row.untold:
        return replace(
            way,
            stage=tr(N_("Already there, identical")),
            next=tr(N_("Nothing was sent twice")),
            below=tr(N_("skipped")),
            main=open_button(export),
        )
    return replace(way, below=tr(N_("in {time}"), time=amounts.time_left(took)), main=open_button(export))


def _proof_words(export: Export) -> str:
    if export.row.untold:
        return tr(N_("The gallery does not know of it yet: it is told once its site answers"))
    if not export.hashed_there:
        return tr(N_("All of it is at {cloud}, which computes no checksum of it"), cloud=export.cloud)
    skipped = export.tally.skipped
    if skipped == 1:
        return tr(N_("1 file was there already, identical; the rest has the same checksum"))
    if skipped:
        return tr(
            N_("{n} files were there already, identical; the rest has the same checksum"),
            n=amounts.count(skipped),
        )
    return tr(N_("Same checksum at {cloud} and here"), cloud=export.cloud)


def _finished_with_gaps(export: Export) -> Way:
    tally, ended = export.tally, export.row.ended or export.row.updated
    if tally.items == 1:
        return _ended_at(ended, replace(_stopped(export, export.error), main=_retry(export)))
    if export.gallery:
        words = N_("Finished, 1 photo missing") if tally.failed == 1 else N_("Finished, {n} photos missing")
    else:
        words = N_("Finished, 1 file missing") if tally.failed == 1 else N_("Finished, {n} files missing")
    good = tally.items - tally.failed
    way = _base(
        tr(words, n=amounts.count(tally.failed)),
        _why_missing(export),
        (Piece(1, 1.0, Fill.PART), Piece(6, 1.0, Fill.PART), Piece(2, 1.0, Fill.FAILED)),
        _STEPS,
    )
    right = tr(N_("{n} of {m}"), n=amounts.count(good), m=amounts.count(tally.items))
    return _ended_at(ended, replace(way, tone=Tone.ERROR, right=right, main=_retry(export)))


def _ended_at(ended: float, way: Way) -> Way:
    """With the time of its end; alone in the column of times left it would be read as one."""
    return replace(way, time=tr(N_("Ended")), below=amounts.clock(ended))


def _why_missing(export: Export) -> str:
    error = export.error
    if error is None:
        return tr(N_("The rest is there and checked; the details say why"))
    return tr(N_("{why}; the rest is there and checked"), why=reason_of(error))


def _retry(export: Export) -> Button:
    failed = export.tally.failed
    if failed <= 1:
        return Button(Act.RETRY, N_("Retry"))
    return Button(Act.RETRY, tr(N_("Retry {n}"), n=amounts.count(failed)))


def open_button(export: Export) -> Button | None:
    home = export.account is not None and export.account.kind.home
    return Button(Act.OPEN_THERE) if home or export.tally.items == 1 else None


def _cancelled(export: Export) -> Way:
    words = tr(N_("What was sent whole stays there; the rest was removed"))
    if export.row.littered:
        words = tr(N_("The rest is removed there once {cloud} can be reached"), cloud=export.cloud)
    way = _base(tr(N_("Cancelled")), words, _strip(export, fill=Fill.PAUSED))
    return replace(way, tone=Tone.QUIET, right=amounts.clock(export.row.ended or export.row.updated))


def _stopped_words(export: Export, error: ReelkeyError | None) -> str:
    """``Stopped: Google Drive refused this step``: a cloud's name keeps its capital inside a sentence too."""
    if error is not None and export.cloud and error.title.startswith(export.cloud):
        return tr(N_("Stopped: {title}"), title=error.title)
    return stopped_words(error)


def _held(export: Export, fill: Fill) -> tuple[Piece, ...]:
    """The strip of what is held up: a little of the piece where it stands is shown, whatever was done."""
    at, parts = _at(export), _parts(export)
    shown = parts if parts[at] else tuple(0.05 if n == at else part for n, part in enumerate(parts))
    return measures.strip(WIDTHS, shown, at, fill)


def _at(export: Export) -> int:
    return 1 if export.row.listed else 0


def _stopped(export: Export, error: ReelkeyError | None) -> Way:
    strip = _held(export, Fill.FAILED)
    way = _base(_stopped_words(export, error), next_of(error), strip, _at(export) + 1)
    main = Button(Act.RETRY, N_("Retry"))
    return replace(way, tone=Tone.ERROR, right=_amount(export), brief=brief_words(error), main=main)


def _signed_out(export: Export) -> Way:
    way = _base(
        tr(N_("Waits for your sign-in")),
        tr(N_("Next: it goes on by itself once you are signed in")),
        _held(export, Fill.WAITS),
    )
    # Where the account is signed out, one card over the list asks for it, not every row.
    main = None if export.signed_out else Button(Act.SIGN_IN, N_("Sign in…"))
    return replace(way, tone=Tone.KEY, right=_amount(export), main=main)


def _troubled(export: Export, error: ReelkeyError) -> Way:
    """Something is away or asks for patience: it goes on by itself."""
    seconds = export.live.again_at - export.now
    next_words = tr(N_("It goes on by itself; nothing is lost"))
    if isinstance(error, AllowanceUsed):
        next_words = _next_of_allowance(export, error)
    elif seconds > 1:
        next_words = tr(N_("Next try in {time}; nothing is lost"), time=amounts.time_left(seconds))
    way = _base(error.title, next_words, _held(export, Fill.PAUSED))
    return replace(way, tone=Tone.QUIET, right=_amount(export), time="—", main=Button(Act.PAUSE))


def _next_of_allowance(export: Export, error: AllowanceUsed) -> str:
    """Hours may pass: said is the time of day, as a person plans with it."""
    until = error.facts.get("until")
    again_at = float(until) if isinstance(until, int | float) else export.live.again_at
    if again_at <= export.now + 1:
        return next_of(error)
    words = N_("Next: it goes on by itself at {time}; what was sent is kept")
    return tr(words, time=amounts.clock(again_at))


def _waits_for_film(export: Export) -> Way:
    way = _base(
        tr(N_("Waits for the film to be opened")),
        tr(N_("Next: starts by itself as soon as the film is ready here")),
        measures.strip(WIDTHS, (1.0,), 0, Fill.WAITS),
        1,
    )
    return replace(way, right=_step_words(1), time="—")


def _paused(export: Export) -> Way:
    words = paused_words(export.row.updated, export.percent if export.row.listed else 0)
    way = _base(tr(N_("Paused")), words, _strip(export, fill=Fill.PAUSED))
    return replace(way, tone=Tone.QUIET, right=_amount(export), time="—", main=Button(Act.RESUME))


def _queued(export: Export) -> Way:
    way = _base(
        tr(N_("Queued")), tr(N_("Next: it is sent to {cloud}"), cloud=export.cloud), _strip(export), 1
    )
    return replace(way, tone=Tone.QUIET, right=_amount(export), time="—", main=Button(Act.PAUSE))


def _amount(export: Export) -> str:
    done, total = export.bytes
    return amounts.size_of(done, total) if total and done else amounts.size(total) if total else ""


def _step_words(step: int) -> str:
    return tr(N_("step {n} of {m}"), n=step, m=_STEPS)
