"""Which films a command means: new ones journalled, an earlier run's unfinished ones taken up again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import NotNow, revive
from app.domain.status import TaskKind
from app.domain.words import N_
from app.jobs.desk import Desk
from app.jobs.leases import Leases
from app.jobs.scan import FoundFilm
from app.journal import Run, TaskRow
from app.journal.records import FINISHED, TaskChanges


@dataclass(slots=True)
class Chosen:
    """Films to work on, and films that are done already: named and left alone."""

    rows: list[TaskRow] = field(default_factory=list)
    done: list[TaskRow] = field(default_factory=list)


async def choose_uploads(
    desk: Desk, server: str, series_id: int, films: Sequence[FoundFilm], private_dir: Path, *, again: bool
) -> Chosen:
    """Every film with its uuid into the journal, in one commit for the new ones, before any request."""
    async with _choosing(desk):
        return await _choose_uploads(desk, server, series_id, films, private_dir, again=again)


def _choosing(desk: Desk) -> AbstractAsyncContextManager[None]:
    """Two commands for one film at once: the second must see what the first has chosen."""
    return Leases(desk.leases_dir).alone("choosing")


async def _choose_uploads(
    desk: Desk, server: str, series_id: int, films: Sequence[FoundFilm], private_dir: Path, *, again: bool
) -> Chosen:
    chosen, new = Chosen(), []
    places: list[TaskRow | FoundFilm] = []
    for film in films:
        rows = await desk.journal.of_source(TaskKind.UPLOAD, server, source_path=str(film.path))
        rows = [row for row in rows if row.series_id == series_id and row.run is not Run.CANCELLED]
        open_rows = [row for row in rows if row.run not in FINISHED]
        same = [row for row in rows if (row.size, row.mtime_ns) == (film.size, film.mtime_ns)]
        if open_rows:
            places.append(await _take_up(desk, open_rows[0], private_dir))
        elif same and not again:
            chosen.done.append(same[0])
        else:
            places.append(film)
            new.append(_new_upload(desk, series_id, film, private_dir))
    added = iter(await desk.journal.add(TaskKind.UPLOAD, server, new))
    chosen.rows = [place if isinstance(place, TaskRow) else next(added) for place in places]
    return chosen


def _new_upload(desk: Desk, series_id: int, film: FoundFilm, private_dir: Path) -> TaskChanges:
    return {
        "series_id": series_id,
        "source_name": film.name,
        "source_path": str(film.path),
        "folder": film.folder,
        "subpath": film.subpath,
        "size": film.size,
        "mtime_ns": film.mtime_ns,
        "hold_back": desk.preferences.hold_back,
        "private_dir": str(private_dir),
        "uuid_sealed": desk.seal(str(uuid.uuid4()).encode(), "uuid"),
    }


async def _take_up(desk: Desk, row: TaskRow, private_dir: Path) -> TaskRow:
    """An unfinished film goes on. Where its file is another one by now, the story sees it and begins anew."""
    if row.private_path or row.private_dir == str(private_dir):
        return row
    return await desk.journal.update(row.number, private_dir=str(private_dir))


async def choose_downloads(
    desk: Desk, server: str, source_ids: Sequence[int], output_dir: Path, *, overwrite: bool
) -> Chosen:
    """Each source once; a second command into the same place goes on with what the journal holds."""
    async with _choosing(desk):
        return await _choose_downloads(desk, server, source_ids, output_dir, overwrite=overwrite)


async def _choose_downloads(
    desk: Desk, server: str, source_ids: Sequence[int], output_dir: Path, *, overwrite: bool
) -> Chosen:
    chosen, new = Chosen(), []
    places: list[TaskRow | int] = []
    for source_id in dict.fromkeys(source_ids):
        rows = await desk.journal.of_source(TaskKind.DOWNLOAD, server, source_id=source_id)
        rows = [row for row in rows if row.output_dir == str(output_dir) and row.run is not Run.CANCELLED]
        open_rows = [row for row in rows if row.run is not Run.DONE]
        if open_rows and open_rows[0].final_path:
            places.append(open_rows[0])  # its place is taken: as it was asked for then
        elif open_rows:
            places.append(await desk.journal.update(open_rows[0].number, overwrite=overwrite))
        elif rows and not overwrite and _still_there(rows[0]):
            chosen.done.append(rows[0])
        else:
            places.append(source_id)
            film: TaskChanges = {
                "source_id": source_id,
                "output_dir": str(output_dir),
                "overwrite": overwrite,
            }
            new.append(film)
    added = iter(await desk.journal.add(TaskKind.DOWNLOAD, server, new))
    chosen.rows = [place if isinstance(place, TaskRow) else next(added) for place in places]
    return chosen


def _still_there(row: TaskRow) -> bool:
    path = Path(row.final_path)
    return path.is_file() and path.stat().st_size == row.size


@dataclass(slots=True)
class Unfinished:
    """Films to go on with; films of which only a report is to be delivered: cancelled ones, and failed ones
    that a retry can't help; and for films that were asked for and neither, why."""

    rows: list[TaskRow]
    owing: list[TaskRow]
    refused: list[NotNow] = field(default_factory=list)


async def choose_unfinished(desk: Desk, ids: Sequence[str], *, failed_too: bool = False) -> Unfinished:
    """What `resume` goes on with: everything unfinished, and what failed where a retry can help.

    With `ids` just those, and failed ones in any case where `failed_too`. Also films whose last report has
    not been answered.
    """
    if ids:
        rows = [await desk.journal.find(one) for one in ids]
        picked = [row for row in rows if row.run not in FINISHED]
        picked = [row for row in picked if failed_too or row.run is not Run.FAILED or row.retryable]
    else:
        rows = await desk.journal.all()
        picked = [row for row in rows if _goes_on(row)]
    unsent = {report.task for report in await desk.journal.unsent() if report.error is None}
    late = [row for row in rows if row.number in unsent and row not in picked]
    # The story of a film that is done only delivers; any other would begin the film again.
    picked += [row for row in late if row.run is Run.DONE]
    idle = [row for row in rows if row not in picked and row not in late] if ids else []
    return Unfinished(
        picked, [row for row in late if row.run is not Run.DONE], [_not_now(row) for row in idle]
    )


def _not_now(row: TaskRow) -> NotNow:
    finished, failed = (
        N_("it is finished"),
        N_("it stopped for a reason that stays; retry tries it all the same"),
    )
    return NotNow(source_name=row.source_name, reason=finished if row.run in FINISHED else failed)


def _goes_on(row: TaskRow) -> bool:
    if row.run is Run.FAILED:
        return row.retryable
    return row.run not in FINISHED


def why_not(row: TaskRow) -> dict[str, object] | None:
    """The error that a film stands with, in the language of now; None where it has none."""
    return revive(row.error).as_dict() if row.error else None
