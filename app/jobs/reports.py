"""What a film reports to the task server: built from its row, queued in the journal, percent throttled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import PurePath

from app.domain.errors import revive
from app.domain.events import Progressed, StateChanged
from app.domain.progress import Progress, RateMeter
from app.domain.status import TaskKind, TaskStatus, may_move
from app.jobs.desk import Desk
from app.jobs.outbox import Outbox
from app.journal import TaskRow
from app.journal.records import TaskChanges

_PERCENT_EVERY = 2.0
_TELL_EVERY = 0.25


def form_of(task: TaskRow) -> dict[str, str]:
    """The fields that go with each report of an upload or a release; a download sends none of them.

    `hash` stays empty and `size` is the planned one until IPFS has answered. With a release `name`, `hash`
    and `size` are the private block's.
    """
    if task.kind is TaskKind.DOWNLOAD:
        return {}
    release = task.kind is TaskKind.RELEASE
    return {
        "name": PurePath(task.private_path).name if release else task.source_name,
        "file": task.folder,
        "hash": task.private_cid if release else task.cid,
        "size": str((task.private_size if release else task.public_size) or 0),
        "ip": task.announced,
    }


async def stop_as(desk: Desk, task: TaskRow, changes: TaskChanges) -> TaskRow:
    """Commit how a film stopped, together with the report of 9 where the server knows of it and not yet
    that it stopped."""
    told = task.remote_id is None or task.status is TaskStatus.ERROR
    if told or not may_move(task.kind, task.status, TaskStatus.ERROR):
        return await desk.journal.update(task.number, **changes)
    row = await desk.journal.report(task.number, TaskStatus.ERROR, None, form_of(task), changes=changes)
    desk.emit(StateChanged(row.ref, TaskStatus.ERROR))
    return row


class Reporter:
    """Speaks for one film: its moves at once, its percent at most once in 2 s and once a percent."""

    def __init__(self, desk: Desk, outbox: Outbox, task: TaskRow) -> None:
        self._desk = desk
        self._outbox = outbox
        self.task = task
        self._percent_at = 0.0
        self._told_at = 0.0
        self._meters: dict[str, RateMeter] = {}

    async def change(self, changes: TaskChanges) -> TaskRow:
        """Commit changes of the film that the server needs not know."""
        self.task = await self._desk.journal.update(self.task.number, **changes)
        return self.task

    async def move(
        self, status: TaskStatus, changes: TaskChanges | None = None, *, anew: bool = False
    ) -> TaskRow:
        """Commit `changes` and the report of `status` together, then let the outbox carry it."""
        changes = changes or {}
        if self.task.status is status and not anew:
            return await self.change(changes)
        form = form_of(replace(self.task, **changes))
        percent = 100 if status is TaskStatus.DONE else None
        self.task = await self._desk.journal.report(
            self.task.number, status, percent, form, anew=anew, changes=changes
        )
        self._meters.clear()
        self._desk.emit(StateChanged(self.task.ref, status))
        self._outbox.poke(self.task.number)
        return self.task

    async def finish(self, changes: TaskChanges | None = None) -> None:
        """Report 8 and wait until the server has it. Raises what the server said, if it refused."""
        number = self.task.number
        said_no = [
            r for r in await self._desk.journal.unsent(number) if r.error and r.status is TaskStatus.DONE
        ]
        if self.task.status is not TaskStatus.DONE or said_no:
            await self._desk.journal.drop_refused(number)
            await self.move(TaskStatus.DONE, changes, anew=True)
        for report in await self._outbox.flushed(number):
            if report.status is TaskStatus.DONE and report.error:
                raise revive(report.error)

    def tell(self, phase: str, done: int, total: int) -> None:
        """Progress for the people in front of the screen, at most four times a second."""
        now = time.monotonic()
        rate = self._meters.setdefault(phase, RateMeter()).add(now, done)
        if now - self._told_at >= _TELL_EVERY or done >= total:
            self._told_at = now
            self._desk.emit(Progressed(self.task.ref, Progress(phase, done, total, rate)))

    async def report_percent(self, done: int, total: int) -> None:
        """Progress for the server; 100 is kept for what is done."""
        now = time.monotonic()
        percent = min(99, Progress("", done, total).percent)
        if now - self._percent_at < _PERCENT_EVERY or percent <= self.task.percent:
            return
        self._percent_at = now
        self.task = await self._desk.journal.report(
            self.task.number, self.task.status, percent, form_of(self.task)
        )
        self._outbox.poke(self.task.number)


@asynccontextmanager
async def every_second(act: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call `act` each second while the block runs: for percent, which the work itself must not wait for."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(1.0)
            await act()

    ticking = asyncio.create_task(repeat())
    try:
        yield
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
