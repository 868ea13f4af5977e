"""Running many films: a lease for each, so many at once, and what other processes ask of them.

A story is a coroutine of one film. The runner gives it a slot, cancels it when somebody asks for a pause or a
cancel, and turns what it raises into the film's state: a failure is reported as 9 and the next film goes on.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from app.domain.errors import (
    Busy,
    Cancelled,
    NodeError,
    NodeUnavailable,
    NoProvider,
    Paused,
    ReelkeyError,
    ServerAnswerUnclear,
    ServerRedirected,
    ServerUnreachable,
    StillWaiting,
    TokenRefused,
    ours,
)
from app.domain.events import Failed
from app.domain.room import no_room
from app.domain.status import TaskStatus
from app.jobs.desk import Desk
from app.jobs.leases import Leases
from app.jobs.litter import collect_owed
from app.jobs.outbox import Outbox
from app.jobs.reports import stop_as
from app.journal import Run, TaskRow, Wanted

log = logging.getLogger(__name__)
_LOOK_EVERY = 0.5
_DELIVER_WITHIN = 10.0
# These say nothing about the film: it stays as it is and goes on when they are over.
_NOT_THE_FILM = (
    ServerUnreachable,
    ServerAnswerUnclear,
    ServerRedirected,
    TokenRefused,
    NodeUnavailable,
    NoProvider,
    StillWaiting,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a film ended for now: its row, and why it is not done (None: done, or paused by a person)."""

    task: TaskRow
    error: ReelkeyError | None = None


class Places:
    """So many films may be in work at once; `limit` is asked anew each time, for it is a setting."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        return self._taken >= self._limit()

    async def acquire(self) -> None:
        """Wait for a place, in the order of asking."""
        if not self.full and not self._waiting:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # the place came in the moment of being stopped: the next one's
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def release(self) -> None:
        self._taken -= 1
        self.look_again()

    def look_again(self) -> None:
        """Let in whoever has room by now: a place came back, or the limit was raised."""
        while self._waiting and not self.full:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)


class Slot:
    """A place in the queue. A film that waits gives it back for the while."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._mine = False
        self._taking = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Slot]:
        await self._take()
        try:
            yield self
        finally:
            self.give_back()

    @asynccontextmanager
    async def given_back(self) -> AsyncIterator[None]:
        """Without the place for the block. Two works of one film may do so at once: it never has two."""
        self.give_back()
        yield
        # Not in a finally: a film that is being stopped must not queue for a place first.
        await self._take()

    async def sleep(self, seconds: float) -> None:
        """Wait without the place."""
        async with self.given_back():
            await asyncio.sleep(seconds)

    def give_back(self) -> None:
        """Have the place no longer: what is left of the work only waits."""
        if self._mine:
            self._mine = False
            self._places.release()

    async def _take(self) -> None:
        async with self._taking:
            if not self._mine:
                await self._places.acquire()
                self._mine = True


Story = Callable[[Desk, Outbox, TaskRow, Slot], Awaitable[None]]
CleanUp = Callable[[Desk, TaskRow], Awaitable[None]]


class Runner:
    """Runs stories. `clean_up` removes what a cancelled film leaves behind."""

    def __init__(self, desk: Desk, outbox: Outbox, leases: Leases, clean_up: CleanUp) -> None:
        self._desk = desk
        self._outbox = outbox
        self._leases = leases
        self._clean_up = clean_up
        self._running: dict[int, asyncio.Task[Outcome]] = {}
        self._places = Places(lambda: desk.preferences.films_at_once)
        self._runs = 0
        self._watcher: asyncio.Task[None] | None = None

    async def run(self, tasks: Sequence[tuple[TaskRow, Story | None]]) -> list[Outcome]:
        """Run all of them, `films_at_once` at a time (over all runs that go on together); their outcomes in
        order. Of a film without a story only the reports are delivered."""
        async with self._watching():
            started = [
                asyncio.create_task(self._alone(task, story, Slot(self._places))) for task, story in tasks
            ]
            try:
                return list(await asyncio.gather(*started))
            finally:
                for one in started:
                    one.cancel()
                await asyncio.gather(*started, return_exceptions=True)

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """One watcher, for as long as anything runs."""
        self._runs += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._runs -= 1
            if self._runs == 0 and self._watcher is not None:
                watcher, self._watcher = self._watcher, None
                watcher.cancel()
                await asyncio.gather(watcher, return_exceptions=True)

    def limit_changed(self) -> None:
        """`films_at_once` may be another: films that wait for a place look again."""
        self._places.look_again()

    async def _alone(self, task: TaskRow, story: Story | None, slot: Slot) -> Outcome:
        """What becomes of one film keeps no other from going on, even where the journal can't be written."""
        try:
            return await self._leased(task, story, slot)
        except ReelkeyError as error:
            stopped = error
        except Exception as error:
            log.exception("film %s stopped by a fault of ours", task.id)
            full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
            stopped = no_room(self._desk.leases_dir) if full else ours(error)
        self._desk.emit(Failed(stopped, task.ref))
        with suppress(ReelkeyError):
            task = await self._desk.journal.get(task.number)
        return Outcome(task, stopped)

    async def _leased(self, task: TaskRow, story: Story | None, slot: Slot) -> Outcome:
        with self._leases.take(task.id) as mine:
            if not mine:
                busy = Busy(source_name=task.source_name)
                self._desk.emit(Failed(busy, task.ref))
                return Outcome(task, busy)
            task = await self._desk.journal.get(task.number)
            await self._outbox.follow(task)
            try:
                return await self._watched(task, story, slot)
            finally:
                await self._outbox.leave(task.number)

    async def _watched(self, task: TaskRow, story: Story | None, slot: Slot) -> Outcome:
        """The story as a task of its own, so that a pause can end it without ending us."""
        await self._desk.journal.update(task.number, wanted=Wanted.RUN)
        work = self._delivered(task) if story is None else self._told(task, story, slot)
        inner = asyncio.create_task(work)
        self._running[task.number] = inner
        try:
            return await inner
        except asyncio.CancelledError:
            inner.cancel()
            await asyncio.gather(inner, return_exceptions=True)
            wanted = (await self._desk.journal.get(task.number)).wanted
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                if story is not None:
                    await self._desk.journal.update(task.number, run=Run.QUEUED)
                raise  # the whole run is being interrupted
            if wanted is Wanted.CANCEL:
                return await self._cancelled(task)
            row = await self._desk.journal.update(task.number, run=Run.PAUSED, wanted=Wanted.RUN)
            return Outcome(row, Paused(source_name=row.source_name))
        finally:
            self._running.pop(task.number, None)

    async def _told(self, task: TaskRow, story: Story, slot: Slot) -> Outcome:
        journal = self._desk.journal
        try:
            async with slot.held():
                await journal.update(task.number, run=Run.ACTIVE, error=None)
                await story(self._desk, self._outbox, await journal.get(task.number), slot)
            return Outcome(await journal.update(task.number, run=Run.DONE, error=None))
        except ReelkeyError as error:
            return await self._failed(task, error)
        except Exception as error:
            log.exception("film %s stopped by a fault of ours", task.id)
            return await self._failed(task, ours(error))

    async def _failed(self, task: TaskRow, error: ReelkeyError) -> Outcome:
        journal = self._desk.journal
        self._desk.emit(Failed(error, (await journal.get(task.number)).ref))
        if isinstance(error, _NOT_THE_FILM):
            run = Run.WAITING if isinstance(error, StillWaiting) else Run.QUEUED
            row = await journal.update(task.number, run=run, error=error.record())
            return Outcome(row, error)
        stood = await journal.get(task.number)
        row = await stop_as(self._desk, stood, {"run": Run.FAILED, "error": error.record()})
        unsent = (await self._delivered(row)).error
        # The film's own reason matters more, unless the person must sign in again first.
        return Outcome(row, unsent if isinstance(unsent, TokenRefused) else error)

    async def _cancelled(self, task: TaskRow) -> Outcome:
        row = await cancel_now(self._desk, task.number, self._clean_up)
        try:
            await deliver_soon(self._outbox, row.number)
        except TokenRefused as unsent:
            return Outcome(row, unsent)
        # 8 was committed before the wish was seen: then the film is done, and stays.
        return Outcome(row) if row.run is Run.DONE else Outcome(row, Cancelled())

    async def _delivered(self, task: TaskRow) -> Outcome:
        try:
            await self._outbox.flushed(task.number)
        except ReelkeyError as unsent:
            return Outcome(task, unsent)
        return Outcome(task)

    async def _watch(self) -> None:
        """Act on what other processes wrote into the journal for our films."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            wishes: dict[int, Wanted] = {}
            with suppress(ReelkeyError):  # it is asked again
                wishes = await self._desk.journal.wants(list(self._running))
            for number, wanted in wishes.items():
                running = self._running.get(number)
                if running is not None and wanted is not Wanted.RUN:
                    running.cancel()


async def cancel_now(desk: Desk, number: int, clean_up: CleanUp) -> TaskRow:
    """Cancel a film that nobody works on: reported as 9, its litter removed. The caller holds the lease.

    A film whose 8 is committed can't be taken back: it is done, and comes back as that.
    """
    row = await desk.journal.get(number)
    if row.status is TaskStatus.DONE:
        return await desk.journal.update(number, run=Run.DONE, wanted=Wanted.RUN)
    row = await stop_as(desk, row, {"run": Run.CANCELLED, "wanted": Wanted.RUN})
    await clean_up(desk, row)
    with suppress(NodeError):
        await collect_owed(desk, besides=number)
    return row


async def deliver_soon(outbox: Outbox, number: int) -> None:
    """Try to deliver what waits; it is journalled, so a server that is away gets it with the next command.

    Raises TokenRefused: that is for a person to mend.
    """
    outbox.poke(number)
    try:
        async with asyncio.timeout(_DELIVER_WITHIN):
            await outbox.flushed(number)
    except TokenRefused:
        raise
    except (TimeoutError, ReelkeyError):
        return
