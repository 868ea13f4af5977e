"""What a film leaves behind when it is cancelled, starts anew or is freed: pins, and files of ours."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from app.domain.errors import NodeError
from app.domain.status import TaskKind
from app.ipfs.fetch import leave_uploader
from app.ipfs.rpc import KuboRpc
from app.jobs.desk import Desk
from app.jobs.leases import Leases
from app.jobs.places import PART_ENDING
from app.journal import Run, TaskRow
from app.journal.records import FINISHED


def pin_job(task: TaskRow) -> str:
    """The name under which this film's parts are pinned while it is in work. Profiles that share a node count
    their films alike; when a film was journalled tells them apart."""
    return f"reelkey/{task.id}-{int(task.created * 1000):x}"


def work_folder(desk: Desk, task: TaskRow) -> Path:
    """The film's own folder in the profile, for what is needed until it is done."""
    return desk.work_dir / task.id


async def clean_up(desk: Desk, task: TaskRow) -> None:
    """Remove everything unfinished of a film: its pins (a node that is down keeps them), its files."""
    await remove_files(desk, task)
    with suppress(NodeError):
        await unpin(desk, task)
        await leave_seller(desk, task)
    await desk.journal.drop_parts(task.number, secrets_sealed=None)


async def leave_seller(desk: Desk, task: TaskRow) -> None:
    """Nothing more is fetched of a download: its seller's node stays a neighbour for other films only."""
    if task.kind is not TaskKind.DOWNLOAD or not task.announced:
        return
    rows = await desk.journal.all()
    others = [row.announced for row in rows if row.number != task.number and row.run not in FINISHED]
    with suppress(NodeError):
        await leave_uploader(await desk.rpc(), task.announced, others)


async def remove_files(desk: Desk, task: TaskRow) -> None:
    """Unfinished files only: what stands under a final name is never removed. A name that a film gave up
    may be another's by now, which is being written."""
    columns = {TaskKind.UPLOAD: "private_path", TaskKind.DOWNLOAD: "final_path"}
    if task.kind in columns:
        await desk.journal.at_reserved(task.number, columns[task.kind], _remove_part)
    shutil.rmtree(work_folder(desk, task), ignore_errors=True)


def _remove_part(final: str) -> None:
    with suppress(OSError):
        Path(final + PART_ENDING).unlink(missing_ok=True)


async def unpin(desk: Desk, task: TaskRow) -> None:
    """Let go of the film's blocks; from then on a collection is owed, which frees their room. Raises
    NodeError."""
    if task.remote_id is None:
        return  # nothing of it is on the node before the server knows it
    rpc = await desk.rpc()
    parts = await desk.journal.parts(task.number)
    mine = {part.cid for part in parts.values()} | {_root(task)} | await _pinned(rpc, task)
    others = [row for row in await desk.journal.all() if row.number != task.number]
    kept = {_root(row) for row in others if row.run is not Run.CANCELLED}
    await desk.journal.collections.owe()
    for cid in mine - kept - {""}:
        await rpc.pin_rm(cid)


async def unpin_strays(rpc: KuboRpc, task: TaskRow) -> bool:
    """Let go of parts that were stored right before a kill or a node's death and never journalled: sealed
    again they are others. For a film whose root holds what it needs. Whether there were any."""
    strays = await _pinned(rpc, task) - {_root(task)}
    for cid in strays:
        await rpc.pin_rm(cid)
    return bool(strays)


async def _pinned(rpc: KuboRpc, task: TaskRow) -> set[str]:
    """What bears this film's name in the node."""
    job = pin_job(task)
    pins = await rpc.pin_ls(name=job)
    return {cid for cid, name in pins.items() if name == job or name.startswith(job + "/")}


def _root(task: TaskRow) -> str:
    """What the film has pinned when it is done: a release its private block, the others the public one."""
    return task.private_cid if task.kind is TaskKind.RELEASE else task.cid


async def collect_owed(desk: Desk, *, besides: int = 0) -> bool:
    """Free the room of what was let go of, unless a film other than `besides` is in work or the node is not
    running; whether nothing is owed any more. Raises NodeError.

    Kubo's collection waits for every fetch under way, which may wait for a seller for days, and everything
    new waits for the collection. A film that waits for its release fetches nothing.
    """
    last = await desk.journal.collections.owed()
    if not last:
        return True
    leases = Leases(desk.leases_dir)
    for row in await desk.journal.all():
        at_rest = row.run in (*FINISHED, Run.WAITING)
        if row.number != besides and not at_rest and leases.held_elsewhere(row.id):
            return False
    if await desk.node.status() is None:
        return False
    await (await desk.rpc()).repo_gc()
    await desk.journal.collections.done(last)
    return True
