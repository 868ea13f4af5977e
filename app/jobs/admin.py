"""What people do with films beside sending and receiving: pause, cancel, forget, free their room."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from app.domain.errors import Busy, NodeUnavailable, NotNow, ReelkeyError, TokenRefused
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_
from app.jobs.desk import Desk
from app.jobs.leases import Leases
from app.jobs.litter import clean_up, collect_owed, remove_files, unpin
from app.jobs.outbox import Outbox
from app.jobs.reports import Reporter
from app.jobs.runner import cancel_now, deliver_soon
from app.jobs.steps import UploadStep
from app.journal import Run, TaskRow, Wanted
from app.journal.records import FINISHED

_OTHER_ACTS_WITHIN = 20.0
_LOOK_EVERY = 0.2
_ANSWER_WITHIN = 10.0


async def pause(desk: Desk, leases: Leases, task: TaskRow) -> TaskRow:
    """Stop work on a film and keep all of it. Whoever runs it stops within a second. Raises NotNow, Busy."""
    if task.run in FINISHED:
        raise NotNow(source_name=task.source_name, reason=N_("it is finished"))
    with leases.take(task.id) as mine:
        if mine:
            return await desk.journal.update(task.number, run=Run.PAUSED, wanted=Wanted.RUN)
    return await _ask_the_other(desk, leases, task, Wanted.PAUSE)


async def cancel(desk: Desk, leases: Leases, outbox: Outbox, task: TaskRow) -> TaskRow:
    """Give a film up: reported as 9, its litter removed. What is done can't be cancelled. Raises NotNow."""
    if task.run in FINISHED or task.status is TaskStatus.DONE:
        raise NotNow(source_name=task.source_name, reason=N_("it is finished"))
    with leases.take(task.id) as mine:
        if mine:
            await outbox.follow(task)
            try:
                row = await cancel_now(desk, task.number, clean_up)
                await deliver_soon(outbox, row.number)
            finally:
                await outbox.leave(task.number)
            return _really_cancelled(row)
    return _really_cancelled(await _ask_the_other(desk, leases, task, Wanted.CANCEL))


def _really_cancelled(row: TaskRow) -> TaskRow:
    if row.run is Run.DONE:
        raise NotNow(source_name=row.source_name, reason=N_("it is finished"))
    return row


async def _ask_the_other(desk: Desk, leases: Leases, task: TaskRow, wanted: Wanted) -> TaskRow:
    """Write the wish into the journal and wait until the process that works on the film let go of it."""
    await desk.journal.update(task.number, wanted=wanted)
    loop = asyncio.get_running_loop()
    until = loop.time() + _OTHER_ACTS_WITHIN
    while loop.time() < until:
        await asyncio.sleep(_LOOK_EVERY)
        row = await desk.journal.get(task.number)
        if row.run in (Run.PAUSED, *FINISHED) and not leases.held_elsewhere(task.id):
            return row
        if row.wanted is not wanted and row.run not in (Run.PAUSED, *FINISHED):
            # Whoever begins a film forgets earlier wishes; this one came in that very moment.
            await desk.journal.update(task.number, wanted=wanted)
    raise Busy(source_name=task.source_name)


async def forget(desk: Desk, leases: Leases, task: TaskRow) -> None:
    """Take a finished, cancelled or failed film off the list and let go of its blocks on the node. Films and
    private blocks stay. Raises NotNow, Busy; and NodeError, for its row alone knows what is held there."""
    if task.run not in (*FINISHED, Run.FAILED):
        raise NotNow(source_name=task.source_name, reason=N_("it is not finished; cancel it first"))
    if [report for report in await desk.journal.unsent(task.number) if report.error is None]:
        raise NotNow(source_name=task.source_name, reason=N_("its last report was not answered yet"))
    with leases.take(task.id) as mine:
        if not mine:
            raise Busy(source_name=task.source_name)
        if task.run is not Run.DONE:
            await remove_files(desk, task)
        try:
            await unpin(desk, task)
        except NodeUnavailable:
            # Nothing that we know of is there: who has no node program can still tidy up.
            if task.cid or await desk.journal.parts(task.number):
                raise
        await desk.journal.forget(task.number)


async def free(desk: Desk, leases: Leases, task: TaskRow) -> int:
    """Unpin a finished film's blocks and collect them; bytes freed. Raises NotNow, Busy.

    A failed one keeps its blocks, for they are what a retry goes on with: cancel it first.
    """
    if task.run not in FINISHED:
        raise NotNow(source_name=task.source_name, reason=N_("it is not finished"))
    with leases.take(task.id) as mine:
        if not mine:
            raise Busy(source_name=task.source_name)
        rpc = await desk.rpc()
        before = (await rpc.repo_stat()).size
        await unpin(desk, task)
        if task.kind is TaskKind.UPLOAD and task.run is Run.DONE:
            await desk.journal.update(task.number, step=UploadStep.FREED)
        if not await collect_owed(desk, besides=task.number):
            raise NotNow(
                source_name=task.source_name,
                reason=N_("its blocks are let go; the room is freed when no film is in work"),
            )
        return max(0, before - (await rpc.repo_stat()).size)


async def announce_anew(desk: Desk, outbox: Outbox, leases: Leases, rows: Sequence[TaskRow]) -> None:
    """Finished uploads whose address is not ours any more are reported once more with the new one.

    What a command was for is over by then: a node that does not answer is no reason to fail or to wait long.
    """
    sent = [row for row in rows if row.kind is not TaskKind.DOWNLOAD and row.run is Run.DONE]
    address = await _address_now(desk) if sent else None
    if address is None:
        return
    held = [row for row in sent if row.status is TaskStatus.DONE and row.step != UploadStep.FREED]
    moved = [row for row in held if row.announced != address]
    until = asyncio.get_running_loop().time() + _ANSWER_WITHIN
    for row in moved:
        with leases.take(row.id) as mine:
            if mine and (await desk.journal.get(row.number)).announced != address:
                await outbox.follow(row)
                await Reporter(desk, outbox, row).move(TaskStatus.DONE, {"announced": address}, anew=True)
                if asyncio.get_running_loop().time() < until:
                    with suppress(TokenRefused):
                        await deliver_soon(outbox, row.number)
                await outbox.leave(row.number)


async def _address_now(desk: Desk) -> str | None:
    with suppress(TimeoutError, ReelkeyError):
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await desk.address()
    return None
