"""A film that is received: its way from the seller's node to a checked file. No Qt.

Register · fetch · await release · get private block · open · ready, by the statuses of a download.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.domain.status import TaskStatus
from app.domain.words import N_, tr
from app.jobs.steps import DownloadStep
from app.journal import Run, TaskRow
from app.ui import amounts
from app.ui.films import measures
from app.ui.films.common import next_of, paused_words, queued_words, telling, troubled
from app.ui.films.measures import DOWN
from app.ui.films.stopped import brief_words, mend, stopped_words
from app.ui.films.values import Act, Button, Fill, Film, Group, Tone, Way

_S = TaskStatus
_FETCH, _WAIT, _GET, _OPEN = 1, 2, 3, 4


def way_of_receiving(film: Film, group: Group) -> Way:
    """Where the film stands and what comes next."""
    row = film.row
    if row.run is Run.QUEUED:
        return _stopped(film, group) if row.error else _queued(film, group)
    if row.run in (Run.ACTIVE, Run.WAITING):
        return _telling(film, group) if row.status is _S.DONE else _under_way(film, group)
    at_rest = {
        Run.DONE: _ready,
        Run.CANCELLED: _cancelled,
        Run.PAUSED: _paused,
        Run.FAILED: _stopped,
    }
    return at_rest[row.run](film, group)


def _base(film: Film, group: Group) -> Way:
    """Who can open it: you, once it is opened; nobody before the release."""
    row = film.row
    if _has_block(row):
        who, icon, why = N_("You, once opened"), "lock-open", N_("Block has arrived")
    elif row.private_cid:
        who, icon, why = N_("Not yet"), "circle-dashed", N_("Block is released")
    else:
        who, icon, why = N_("Not yet"), "circle-dashed", N_("Block not released")
    return Way(group, 1, "", "", (), icon, tr(who), tr(why))


def _has_block(row: TaskRow) -> bool:
    return row.step in (DownloadStep.KEYED, DownloadStep.PLACED)


# --- how full ------------------------------------------------------------------------------------------


def _fetched(film: Film) -> int:
    """0–100: all of the public block is here once the status has gone past fetching."""
    if film.row.status in (_S.AWAITING_PRIVATE, _S.FETCHING_PRIVATE, _S.MERGING, _S.DONE):
        return 100
    best = film.furthest("fetch")
    if best is not None and best.percent == 100:
        return 100
    return measures.percent(film, "fetch", _S.DOWNLOADING)


def _opened(film: Film) -> int:
    return measures.percent(film, "open", _S.MERGING)


def _parts(film: Film) -> tuple[list[float], int]:
    """How full the pieces are, and at which one (from 0) the film stands."""
    row = film.row
    if row.remote_id is None and row.step in ("", DownloadStep.NEW):
        return [0.0], 0
    fetched, opened = _fetched(film) / 100, _opened(film) / 100
    if row.step == DownloadStep.PLACED:
        return [1.0, 1.0, 1.0, 1.0, 1.0], 5
    if _has_block(row):
        return [1.0, fetched, 1.0, 1.0, opened], _OPEN if fetched == 1.0 else _FETCH
    if row.private_cid:
        return [1.0, fetched, 1.0], _GET if fetched == 1.0 else _FETCH
    return [1.0, fetched], _WAIT if fetched == 1.0 else _FETCH


# --- under way -----------------------------------------------------------------------------------------


def _under_way(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    way = replace(
        _base(film, group),
        step=at + 1,
        strip=measures.strip(DOWN, parts),
        right=measures.step_words(at + 1),
        time="—",
        main=Button(Act.PAUSE),
    )
    moving = any(measures.running(film.live, phase, film.now) for phase in ("fetch", "open"))
    if film.live.trouble is not None and not moving:
        return _seller_away(troubled(way, film), film)
    if at == 0:
        return replace(
            way, stage=tr(N_("Registering")), next=tr(N_("Next: its public block is fetched from the seller"))
        )
    if at == _FETCH:
        return _fetching(way, film)
    if at == _WAIT:
        return _waiting(way, film)
    if at == _GET:
        return replace(
            way,
            stage=tr(N_("Getting the private block")),
            next=tr(N_("Next: it is opened and checked, byte by byte")),
        )
    return _opening(way, film)


def _seller_away(way: Way, film: Film) -> Way:
    if film.live.trouble is None or film.live.trouble.code != "no_provider":
        return way
    return replace(
        way,
        next=tr(N_("Next: it goes on by itself when the seller opens Reelkey")),
        time=tr(N_("Up to the seller")),
        below=measures.so_far(film.live.told_at or film.live.since, film.now),
    )


def _fetching(way: Way, film: Film) -> Way:
    percent = min(99, _fetched(film))
    both = _has_block(film.row)
    left = measures.left(film.live, "fetch", film.now)
    words = N_("Fetching and opening · {percent} %") if both else N_("Fetching · {percent} %")
    return replace(
        way,
        stage=tr(words, percent=percent),
        right=measures.amount(film, "fetch", percent, film.row.public_size) or way.right,
        next=_after_fetch(film.row),
        place=_folder(film.row),
        percent=percent,
        time=measures.time_words(left),
        below=measures.rate_words(film.live, "fetch", film.now),
        left=left,
    )


def _after_fetch(row: TaskRow) -> str:
    if _has_block(row):
        return appears(row)
    if row.private_cid:
        return tr(N_("Next: its private block comes, then it opens by itself"))
    return tr(N_("Next: the seller releases it, then it opens by itself"))


def appears(row: TaskRow) -> str:
    """Where the film will be."""
    return tr(N_("Next: it appears in {folder}"), folder=_folder(row))


def _folder(row: TaskRow) -> str:
    return str(Path(row.final_path).parent) if row.final_path else row.output_dir


def _waiting(way: Way, film: Film) -> Way:
    """Waiting for days is calm: who must do what, what then happens by itself, how long it took so far."""
    row, rate = film.row, film.open_rate
    size = row.size or row.public_size
    text = tr(N_("All of it is here; it opens by itself after the release"))
    if rate and size:
        text = tr(
            N_("All of it is here; usable about {time} after release"), time=amounts.time_left(size / rate)
        )
    return replace(
        way,
        stage=tr(N_("Waiting for the seller's release")),
        strip=measures.strip(DOWN, [1.0, 1.0, 1.0], _WAIT, Fill.WAITS),
        next=text,
        time=tr(N_("Up to the seller")),
        below=measures.so_far(film.mark("status 5"), film.now),
        main=Button(Act.REMIND, N_("Remind…")),
    )


def _opening(way: Way, film: Film) -> Way:
    percent = _opened(film)
    left = measures.left(film.live, "open", film.now)
    row = film.row
    over = measures.through(film, "open")
    words = N_("Finishing the check") if over else N_("Opening and checking · {percent} %")
    return replace(
        way,
        stage=tr(words, percent=percent),
        right=measures.amount(film, "open", percent, row.size or row.public_size) or way.right,
        next=appears(row),
        place=_folder(row),
        percent=percent,
        time=tr(N_("Nearly done")) if over else measures.time_words(left),
        below=measures.rate_words(film.live, "open", film.now),
        left=left,
    )


# --- at rest -------------------------------------------------------------------------------------------


def _queued(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    return replace(
        _base(film, group),
        step=at + 1,
        stage=queued_words(film.ahead),
        tone=Tone.QUIET,
        right=measures.step_words(at + 1),
        strip=measures.strip(DOWN, parts),
        next=tr(N_("Next: it starts by itself when its turn comes")),
        time=tr(N_("Waits its turn")),
        main=Button(Act.PAUSE),
    )


def _percent_here(film: Film, at: int) -> int:
    if at == _FETCH:
        return _fetched(film)
    return _opened(film) if at == _OPEN else 0


def _paused(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    percent = _percent_here(film, at)
    phase, total = ("open", film.row.size) if at == _OPEN else ("fetch", film.row.public_size)
    done = measures.amount(film, phase, percent, total) if percent else ""
    return replace(
        _base(film, group),
        step=at + 1,
        stage=tr(N_("Paused")),
        tone=Tone.QUIET,
        right=done or measures.step_words(at + 1),
        strip=measures.strip(DOWN, parts, fill=Fill.PAUSED),
        next=paused_words(film.mark("paused"), percent),
        percent=percent or None,
        time="—",
        below=tr(N_("Paused")),
        main=Button(Act.RESUME),
    )


def _stopped(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    error, percent = film.error, _percent_here(film, at)
    parts = [*parts[:at], (parts[at] if at < len(parts) else 0.0) or 1.0]
    why = {_FETCH: N_("Still fetching"), _OPEN: N_("Not opened yet")}.get(at)
    way = replace(_base(film, group), step=at + 1)
    return replace(
        way,
        stage=stopped_words(error),
        brief=brief_words(error),
        tone=Tone.ERROR,
        strip=measures.strip(DOWN, parts, at, Fill.FAILED),
        next=next_of(error),
        who=tr(N_("Not yet")),
        who_icon="circle-dashed",
        why=tr(why) if why else way.why,
        time="—",
        below=tr(N_("{percent} % is here"), percent=percent) if at == _FETCH and percent else "",
        main=mend(film.row, error),
    )


def _telling(film: Film, group: Group) -> Way:
    way = replace(
        _base(film, group),
        step=6,
        right=measures.step_words(6),
        strip=measures.strip(DOWN, [1.0, 1.0, 1.0, 1.0, 1.0, 0.5]),
        who=tr(N_("You")),
        who_icon="lock-open",
        why=tr(N_("Opened here")),
    )
    return telling(way, film)


def _ready(film: Film, group: Group) -> Way:
    row = film.row
    return replace(
        _base(film, group),
        step=6,
        stage=tr(N_("Ready, checked byte by byte")),
        tone=Tone.DONE,
        right=amounts.clock(film.mark("done")),
        strip=measures.final_strip(DOWN),
        next=_folder(row) or "—",
        place=_folder(row),
        who=tr(N_("You")),
        who_icon="lock-open",
        why=tr(N_("Opened here")),
        time=tr(N_("Done")),
        main=Button(Act.FOLDER),
    )


def _cancelled(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    return replace(
        _base(film, group),
        step=at + 1,
        stage=tr(N_("Cancelled")),
        tone=Tone.QUIET,
        right=amounts.clock(film.mark("cancelled")),
        strip=measures.strip(DOWN, parts, fill=Fill.PAUSED),
        next=tr(N_("You gave it up; receive it again whenever you want")),
        who=tr(N_("Not yet")),
        who_icon="circle-dashed",
        why=tr(N_("Not received")),
        time="—",
        main=Button(Act.REMOVE),
    )
