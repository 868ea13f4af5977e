"""What lies on the disks, as the window shows it: private blocks that were looked for, room at a place."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from app.domain.status import TaskKind
from app.jobs.places import nearest
from app.jobs.release import Matches
from app.journal import TaskRow
from app.ui.messages import BlockMatch, DueTask, Room


def shown_matches(tasks: Mapping[int, DueTask], matches: Matches, kept: dict[str, str]) -> list[BlockMatch]:
    """What was found for each task, in the order in which people look for them."""
    found = [_pair(tasks[task.id], path, kept) for task, path in matches.pairs if task.id in tasks]
    found += [_without(tasks[task.id], matches, kept) for task in matches.waiting if task.id in tasks]
    return sorted(found, key=lambda one: (one.task.folder, one.task.source_name, one.task.id))


def _pair(task: DueTask, path: Path, kept: dict[str, str]) -> BlockMatch:
    size = None
    with suppress(OSError):
        size = path.stat().st_size
    return BlockMatch(task, "matched", path, size, kept.get(task.hash, ""))


def _without(task: DueTask, matches: Matches, kept: dict[str, str]) -> BlockMatch:
    """Why a task has no block: one of that name is for another sending, is damaged, or there is none."""
    for path, error in matches.broken:
        if path.name.startswith(task.source_name):
            return BlockMatch(task, "damaged", path, None, kept.get(task.hash, ""), error)
    for path in matches.unmatched:
        if path.name.startswith(task.source_name):
            return BlockMatch(task, "other", path, None, kept.get(task.hash, ""))
    return BlockMatch(task, "missing", kept_at=kept.get(task.hash, ""))


def room_at(folder: Path | None, beside: Path | None) -> Room:
    """Room on the disk that `folder` is or will be on; whether `beside` is on the same one."""
    if folder is None:
        return Room("")
    there = nearest(folder)
    with suppress(OSError):
        usage = shutil.disk_usage(there)
        same = beside is not None and beside.exists() and beside.stat().st_dev == there.stat().st_dev
        return Room(str(folder), usage.free, usage.total, same)
    return Room(str(folder))


def disk_name(folder: Path) -> str:
    """What people call the disk that `folder` is on: ``D:``, else the name under which the volume is mounted;
    "" for the system's own. Raises OSError."""
    whole = folder.resolve()
    if whole.drive:
        return whole.drive
    while whole.parent != whole and not whole.is_mount():
        whole = whole.parent
    return whole.name


def in_home(folder: str) -> Path:
    """``~/…`` is the home of who sits here."""
    path = Path(folder)
    with suppress(RuntimeError):
        return path.expanduser()
    return path


def kept_places(rows: Iterable[TaskRow], origin: str) -> dict[str, str]:
    """Where the private block of each public block (by CID) sent to `origin` was last kept by us."""
    return {
        row.cid: row.private_path
        for row in rows
        if row.kind is TaskKind.UPLOAD and row.server == origin and row.cid and row.private_path
    }
