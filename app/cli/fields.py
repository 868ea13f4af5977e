"""Films as results show them: fields for scripts, a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli.printers import table
from app.domain.errors import ReelkeyError
from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.jobs import choose
from app.journal import Run, TaskRow


def film_table(films: Sequence[dict[str, Any]]) -> str:
    """A line a film: its id, its name, and how it ended."""
    lines = [(str(film.get("id", "")), str(film.get("source_name", "")), _verdict(film)) for film in films]
    return table(lines)


def _verdict(film: dict[str, Any]) -> str:
    error = film.get("error")
    if error:
        return str(error["title"])
    if film.get("skipped"):
        return tr(N_("done before"))
    if film.get("run") == Run.DONE.value:
        return str(film.get("path") or film.get("hash") or tr(N_("done")))
    return str(film.get("run", ""))


def _common(row: TaskRow, error: ReelkeyError | None) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": row.id,
        "kind": row.kind.value,
        "source_name": row.source_name,
        "task_id": row.remote_id,
        "source_id": row.source_id,
        "status": int(row.status),
        "run": row.run.value,
    }
    stands_with = error.as_dict() if error is not None else choose.why_not(row)
    if stands_with is not None:
        fields["error"] = stands_with
    return fields


def nothing_yet(path: Path, names: Sequence[str]) -> dict[str, object]:
    """The fields of a film or block that was refused before it had any."""
    return {"id": None, "source_name": path.name, "task_id": None, "status": None} | dict.fromkeys(names)


def upload_fields(row: TaskRow, error: ReelkeyError | None = None) -> dict[str, object]:
    """A sent film in a result. `size` and `hash` are the public block's."""
    return _common(row, error) | {
        "hash": row.cid,
        "size": row.public_size,
        "ip": row.announced,
        "private_block": row.private_path,
    }


def download_fields(row: TaskRow, error: ReelkeyError | None = None) -> dict[str, object]:
    """A received film in a result. `size` and `blake3` are the film's."""
    return _common(row, error) | {
        "hash": row.cid,
        "path": row.final_path,
        "size": row.size,
        "blake3": row.blake3,
    }


def release_fields(row: TaskRow, error: ReelkeyError | None = None) -> dict[str, object]:
    """A private block in a result. `size` and `hash` are the private block's."""
    return _common(row, error) | {
        "hash": row.private_cid,
        "size": row.private_size,
        "private_block": row.private_path,
    }


_FIELDS = {
    TaskKind.UPLOAD: upload_fields,
    TaskKind.DOWNLOAD: download_fields,
    TaskKind.RELEASE: release_fields,
}


def fields_of(row: TaskRow, error: ReelkeyError | None = None) -> dict[str, object]:
    """A film in a result, whatever its direction."""
    return _FIELDS[row.kind](row, error)


def task_fields(row: TaskRow, unsent: bool) -> dict[str, object]:
    """A film as `tasks` lists it."""
    return fields_of(row) | {
        "server": row.server,
        "folder": row.folder,
        "series_id": row.series_id,
        "percent": row.percent,
        "reports_waiting": unsent,
        "created": row.created,
        "updated": row.updated,
        "media": row.media,
    }
