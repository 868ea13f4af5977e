"""A film that is sent: its way from the master to the buyers. No Qt.

Register · seal · store · held · release · handed over, by the statuses that the task server's document gives
an upload and its releases.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.jobs.steps import UploadStep
from app.journal import Run, TaskRow
from app.ui import amounts
from app.ui.films import measures
from app.ui.films.common import next_of, paused_words, queued_words, telling, troubled, with_seller
from app.ui.films.measures import UP
from app.ui.films.releasing import asked_for, buyers, current_release, handed_over, held, releasing
from app.ui.films.stopped import brief_words, mend, stopped_words
from app.ui.films.values import Act, Button, Fill, Film, Group, Tone, Way

_PAUSE, _ICON_RESUME = Button(Act.PAUSE), Button(Act.RESUME)
_S = TaskStatus


def way_of_sending(film: Film, group: Group) -> Way:
    """Where the film stands and what comes next."""
    row = film.row
    if row.kind is TaskKind.RELEASE:
        return releasing(film, row, film.live, group)
    if row.run is Run.CANCELLED:
        return _cancelled(film, group)
    if row.status is not _S.DONE or row.run is not Run.DONE:
        return _before_done(film, group)
    current = current_release(film)
    if current is not None:
        return releasing(film, *current, group)
    if film.due:
        return asked_for(film, group)
    return handed_over(film, group) if buyers(film) else held(film, group)


def _before_done(film: Film, group: Group) -> Way:
    row = film.row
    if row.run is Run.PAUSED:
        return _paused(film, group)
    if row.run is Run.FAILED or (row.run is Run.QUEUED and row.error):
        return _stopped(film, group)
    if row.run is Run.QUEUED:
        return _queued(film, group)
    if row.status is _S.DONE:
        return _telling(film, group)
    return _under_way(film, group)


# --- sealing and storing ---------------------------------------------------------------------------------


def _seal_percent(film: Film) -> int:
    return measures.percent(film, "seal", _S.ENCRYPTING)


def _parts(film: Film) -> tuple[list[float], int]:
    """How full the pieces are, and at which one (from 0) the film stands."""
    row = film.row
    if row.step in (UploadStep.JOINED, UploadStep.PLACED):
        return [1.0, 1.0, 0.95], 2
    if row.step in ("", UploadStep.NEW) and row.remote_id is None:
        return [0.0], 0
    sealed = _seal_percent(film) / 100
    return [1.0, sealed, sealed], 1


def _under_way(film: Film, group: Group) -> Way:
    row, trouble = film.row, film.live.trouble
    parts, at = _parts(film)
    way = replace(
        with_seller(film.row, group),
        step=at + 1,
        strip=measures.strip(UP, parts),
        next=_block_lands(row),
        place=_block_folder(row),
        main=_PAUSE,
    )
    if trouble is not None and measures.running(film.live, "seal", film.now) is None:
        return troubled(way, film)
    if at == 0:
        return replace(
            way,
            stage=tr(N_("Registering")),
            right=measures.step_words(1),
            next=tr(N_("Next: it is sealed, here on this computer")),
            time="—",
        )
    if at == 2 or row.status is _S.UPLOADING:
        return replace(
            way, step=3, stage=tr(N_("Storing on your node")), right=measures.step_words(3), time="—"
        )
    percent = _seal_percent(film)
    left = measures.left(film.live, "seal", film.now)
    over = measures.through(film, "seal")
    words = N_("Writing the private block") if over else N_("Sealing and storing · {percent} %")
    return replace(
        way,
        stage=tr(words, percent=percent),
        right=measures.amount(film, "seal", percent, row.public_size or row.size),
        percent=percent,
        time=tr(N_("Nearly done")) if over else measures.time_words(left),
        below=measures.rate_words(film.live, "seal", film.now),
        left=left,
    )


def _block_folder(row: TaskRow) -> str:
    return str(Path(row.private_path).parent) if row.private_path else row.private_dir


def _block_lands(row: TaskRow) -> str:
    folder = _block_folder(row)
    if not folder:
        return tr(N_("Next: its private block lands in your folder"))
    return tr(N_("Next: its private block lands in {folder}"), folder=folder)


def _queued(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    return replace(
        with_seller(film.row, group),
        step=at + 1,
        stage=queued_words(film.ahead),
        tone=Tone.QUIET,
        right=measures.step_words(at + 1),
        strip=measures.strip(UP, parts),
        next=tr(N_("Next: it starts by itself when its turn comes")),
        time=tr(N_("Waits its turn")),
        main=_PAUSE,
    )


def _paused(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    percent = _seal_percent(film)
    amount = measures.amount(film, "seal", percent, film.row.public_size or film.row.size) if percent else ""
    return replace(
        with_seller(film.row, group),
        step=at + 1,
        stage=tr(N_("Paused")),
        tone=Tone.QUIET,
        right=amount or measures.step_words(at + 1),
        strip=measures.strip(UP, parts, fill=Fill.PAUSED),
        next=paused_words(film.mark("paused"), percent if at == 1 else 0),
        percent=percent if at == 1 else None,
        time="—",
        below=tr(N_("Paused")),
        main=_ICON_RESUME,
    )


def _stopped(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    if at < len(parts) and parts[at] == 0.0:
        parts[at] = 1.0  # red at its part, even where it had not begun
    error = film.error
    return replace(
        with_seller(film.row, group),
        step=at + 1,
        stage=stopped_words(error),
        brief=brief_words(error),
        tone=Tone.ERROR,
        strip=measures.strip(UP, [*parts[:at], parts[at]], at, Fill.FAILED),
        next=next_of(error),
        time="—",
        below=tr(N_("{percent} % is done"), percent=_seal_percent(film)) if _seal_percent(film) else "",
        main=mend(film.row, error),
    )


def _cancelled(film: Film, group: Group) -> Way:
    parts, at = _parts(film)
    return replace(
        with_seller(film.row, group),
        step=at + 1,
        stage=tr(N_("Cancelled")),
        tone=Tone.QUIET,
        right=amounts.clock(film.mark("cancelled")),
        strip=measures.strip(UP, parts, fill=Fill.PAUSED),
        next=tr(N_("You gave it up; send it again whenever you want")),
        why=tr(N_("Not sent")),
        time="—",
        main=Button(Act.REMOVE),
    )


def _telling(film: Film, group: Group) -> Way:
    strip = measures.strip(UP, [1.0, 1.0, 1.0, 0.5])
    way = replace(with_seller(film.row, group), step=4, right=measures.step_words(4), strip=strip)
    return telling(way, film)
