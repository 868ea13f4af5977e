"""Releasing private blocks: find the ones that are due among a person's files, and hand each over.

A block is matched by its own contents (its locator, then the CID sealed in it), never by its file's name.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.api_client import Task
from app.crypto.open import FilmOpener
from app.crypto.private_block import PrivateBlock, is_private_block
from app.domain.errors import (
    Damaged,
    PathMissing,
    ReelkeyError,
    SourceGone,
    SourceUnreadable,
    WrongPair,
    WrongUuid,
)
from app.domain.names import is_text
from app.domain.status import TaskKind, TaskStatus
from app.ipfs.ingest import PartAdded, ingest_parts, join_parts, release_part_pins
from app.jobs.desk import Desk
from app.jobs.litter import pin_job
from app.jobs.outbox import Outbox
from app.jobs.places import PART_ENDING
from app.jobs.reports import Reporter
from app.jobs.runner import Slot
from app.jobs.steps import ReleaseStep
from app.journal import TaskRow
from app.journal.records import FINISHED, TaskChanges

_PART = 2**30
_CHUNK = 1 << 20
# Where a release may stand; a server that lists one elsewhere is told from the beginning.
_BEGINS_AT = (TaskStatus.NOT_STARTED, TaskStatus.UPLOADING, TaskStatus.ERROR)


@dataclass(slots=True)
class Matches:
    """What was found: due tasks with their block, blocks nobody asks for, tasks without a block, and blocks
    that should fit but are damaged or too new."""

    pairs: list[tuple[Task, Path]] = field(default_factory=list)
    unmatched: list[Path] = field(default_factory=list)
    waiting: list[Task] = field(default_factory=list)
    broken: list[tuple[Path, ReelkeyError]] = field(default_factory=list)


async def due_tasks(desk: Desk, server: str) -> list[Task]:
    """The private blocks that buyers wait for: every listed task that is not done."""
    api = await desk.open_api(server)
    tasks = await desk.ask(api.due_private)
    desk.pass_on(tasks.message)
    desk.leave_out(server, tasks.odd)
    return [task for task in tasks if task.due]


def match_blocks(due: Sequence[Task], folders: Iterable[Path]) -> Matches:
    """Look through `folders` (or single files) for the blocks of the `due` tasks. Reads little of each."""
    found = Matches()
    blocks: list[tuple[Path, PrivateBlock]] = []
    for path in _private_blocks(folders, found):
        try:
            blocks.append((path, PrivateBlock.read(path)))
        except ReelkeyError as error:
            found.broken.append((path, error))
    used: set[Path] = set()
    for task in due:
        fitting = _block_of(task, blocks, found)
        if fitting is None:
            found.waiting.append(task)
        else:
            found.pairs.append((task, fitting))
            used.add(fitting)
    broken = {path for path, _ in found.broken}
    found.unmatched = [path for path, _ in blocks if path not in used | broken]
    return found


def _block_of(task: Task, blocks: list[tuple[Path, PrivateBlock]], found: Matches) -> Path | None:
    """Several may fit (an upload that began anew): the one whose sealed CID is the task's."""
    uuid = task.uuid.get_secret_value() if task.uuid is not None else ""
    if not uuid:
        return None
    for path, block in blocks:
        try:
            if block.matches(uuid) and block.unlock(uuid).cid == task.hash:
                return path
        except WrongUuid:
            continue
        except ReelkeyError as error:
            if path not in [one for one, _ in found.broken]:
                found.broken.append((path, error))
    return None


def _private_blocks(folders: Iterable[Path], found: Matches) -> Iterable[Path]:
    def refuse(error: OSError) -> None:
        path = Path(error.filename or "")
        found.broken.append((path, SourceUnreadable(path=str(path), reason=error.strerror or "")))

    for folder in folders:
        if not os.path.lexists(folder):
            found.broken.append((folder, PathMissing(path=str(folder))))
        for path in _files(folder, refuse):
            try:
                if path.is_file() and is_private_block(path):
                    yield path
            except OSError as error:
                refuse(error)


def _files(folder: Path, refuse: Callable[[OSError], None]) -> Iterable[Path]:
    """All files below `folder`, or itself. Links to folders are not followed: no circles. A block that is
    still being written is none yet."""
    if not folder.is_dir():
        yield folder
        return
    for top, _, names in os.walk(folder, onerror=refuse):
        for name in sorted(names):
            path = Path(top, name)
            if path.suffix != PART_ENDING and is_text(str(path)):
                yield path


async def journal_releases(desk: Desk, server: str, matches: Matches) -> list[TaskRow]:
    """Each pair as a task of the journal, an earlier run's unfinished one where there is one."""
    rows: list[TaskRow] = []
    known = [row for row in await desk.journal.all() if row.kind is TaskKind.RELEASE and row.server == server]
    for task, path in matches.pairs:
        earlier = [row for row in known if row.remote_id == task.id and row.run not in FINISHED]
        if earlier:
            rows.append(await desk.journal.update(earlier[-1].number, private_path=str(path)))
            continue
        uuid = task.uuid.get_secret_value().encode() if task.uuid else b""
        film: TaskChanges = {
            "remote_id": task.id,
            "source_id": task.source_id,
            "series_id": task.series_id,
            "source_name": task.source_name,
            "folder": task.file,
            "status": task.status if task.status in _BEGINS_AT else TaskStatus.NOT_STARTED,
            "cid": task.hash,
            "uuid_sealed": desk.seal(uuid, "uuid"),
            "private_path": str(path),
            "private_size": path.stat().st_size,
        }
        rows += await desk.journal.add(TaskKind.RELEASE, server, [film])
    return rows


async def release(desk: Desk, outbox: Outbox, task: TaskRow, slot: Slot) -> None:
    """Hand one private block over: check it, add it, report it."""
    report = Reporter(desk, outbox, task)
    path = Path(task.private_path)
    if task.status is not TaskStatus.DONE:
        await asyncio.to_thread(_check, path, desk.uuid_of(task), task.cid)
        await report.change({"announced": await desk.address()})
        await report.move(TaskStatus.UPLOADING, {"error": None})
        await _add(desk, report, path)
    slot.give_back()
    await report.finish()


def _check(path: Path, uuid: str, cid: str) -> None:
    """The block opens with the task's uuid, belongs to its public block, and is whole; else it stays."""
    if not path.is_file():
        raise SourceGone(path=str(path))
    unlocked = PrivateBlock.read(path).unlock(uuid)
    if unlocked.cid != cid:
        raise WrongPair
    FilmOpener(unlocked).verify_held()


async def _add(desk: Desk, report: Reporter, path: Path) -> None:
    size = path.stat().st_size
    sizes = [min(_PART, size - start) for start in range(0, size, _PART)]
    have: dict[int, PartAdded] = {}
    sent = [0] * len(sizes)

    async def open_part(index: int) -> AsyncIterator[bytes]:
        with path.open("rb") as file:
            file.seek(index * _PART)
            left = sizes[index]
            while left:
                chunk = await asyncio.to_thread(file.read, min(_CHUNK, left))
                if not chunk:
                    raise Damaged(what=path.name)
                left -= len(chunk)
                yield chunk

    def on_bytes(index: int, count: int) -> None:
        sent[index] = count
        report.tell("release", sum(sent), size)

    async def on_part(index: int, added: PartAdded) -> None:
        have[index] = added

    job = pin_job(report.task)
    await desk.with_node(
        lambda rpc: ingest_parts(rpc, sizes, have, open_part, job=job, on_bytes=on_bytes, on_part=on_part),
        report.task.ref,
    )
    parts = [added for _, added in sorted(have.items())]
    root = await desk.with_node(lambda rpc: join_parts(rpc, parts), report.task.ref)
    await desk.with_node(lambda rpc: release_part_pins(rpc, parts, root.cid), report.task.ref)
    await desk.make_durable(report.task.ref)
    await report.change({"private_cid": root.cid, "private_size": size, "step": ReleaseStep.ADDED})
