"""The history of films as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from app.domain.words import N_, tr
from app.jobs.spreadsheet import spreadsheet, write_spreadsheet
from app.jobs.wording import direction, state, trouble
from app.journal import Run, TaskRow

_Column = tuple[str, Callable[[TaskRow], str]]


def history_csv(
    rows: Iterable[TaskRow],
    *,
    libraries: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
) -> bytes:
    """A line a film, with headings in the chosen language, in the order of `rows`.

    `libraries` are the names of servers (their origins) in the settings. Times are in `zone`, this
    computer's where it is not given; sizes in bytes, running time in seconds.
    """
    columns = _columns(libraries or {}, zone)
    headings = [tr(name) for name, _ in columns]
    return spreadsheet([headings, *([value(row) for _, value in columns] for row in rows)])


def write_history(
    target: Path,
    rows: Iterable[TaskRow],
    *,
    libraries: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
) -> None:
    """Write `history_csv` to `target`, replacing it in one step. Raises TargetUnwritable."""
    write_spreadsheet(target, history_csv(rows, libraries=libraries, zone=zone), replace=True)


def _columns(libraries: Mapping[str, str], zone: tzinfo | None) -> tuple[_Column, ...]:
    def when(moment: float) -> str:
        return datetime.fromtimestamp(moment, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")

    return (
        (N_("Film"), lambda row: row.source_name),
        (N_("Direction"), direction),
        (N_("State"), state),
        (N_("Why it stopped"), trouble),
        (N_("Library"), lambda row: libraries.get(row.server, row.server)),
        (N_("Folder"), lambda row: "/".join(part for part in (row.folder, row.subpath) if part)),
        (N_("Series"), lambda row: _number(row.series_id)),
        (N_("Film's number there"), lambda row: _number(row.source_id)),
        (N_("Task's number there"), lambda row: _number(row.remote_id)),
        (N_("Begun"), lambda row: when(row.created)),
        (N_("Last change"), lambda row: when(row.updated)),
        (N_("Size in bytes"), lambda row: _number(row.size)),
        (N_("Codec"), lambda row: str(row.media.get("codec", ""))),
        (N_("Resolution"), _resolution),
        (N_("Seconds"), lambda row: str(row.media.get("duration", ""))),
        (N_("BLAKE3 of the film"), lambda row: row.blake3),
        (N_("Public block"), lambda row: row.cid),
        (N_("Private block"), lambda row: row.private_cid),
        (
            N_("File"),
            _file,
        ),
    )


def _file(row: TaskRow) -> str:
    return row.final_path if row.run is Run.DONE and row.final_path else row.source_path


def _resolution(row: TaskRow) -> str:
    width, height = row.media.get("width"), row.media.get("height")
    return f"{width}×{height}" if width and height else ""


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
