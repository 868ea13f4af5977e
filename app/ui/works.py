"""The films in work: which go on by themselves, what stopped the others, and what lets those go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from app.domain.errors import (
    Busy,
    Internal,
    JournalDamaged,
    NoSpace,
    NotEncrypted,
    ReelkeyError,
    TokenRefused,
    UnknownTask,
)
from app.domain.events import Failed
from app.domain.status import TaskKind
from app.jobs import choose
from app.jobs.runner import Outcome, Story
from app.jobs.stories import STORIES
from app.journal import Run, TaskRow
from app.journal.records import FINISHED

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)

_STOPS_WITHIN = 20.0
_ELSEWHERE_EVERY = 5.0
_JUST_BEGUN = 1.0
# A command journals its films a while before it takes their leases.
_NOBODYS_AFTER = 60.0
_COLLECT_EVERY = 30.0
_NOT_WRITTEN = (NoSpace, JournalDamaged)
#: What a film that stopped by itself may stand as; a paused or failed one waits for a person.
GOES_ON = frozenset({Run.QUEUED, Run.ACTIVE, Run.WAITING})


class Works:
    """The engine's films in work, by number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.running: dict[int, asyncio.Task[None]] = {}
        # Films that stopped without having failed, and why: what mends it lets them go on.
        self._stopped: dict[int, ReelkeyError] = {}
        self._just_begun: set[int] = set()
        # All that were ever begun here: what stopped them is known.
        self._ours: set[int] = set()
        self._collects_at = 0.0
        self._closing = False

    # --- what goes on by itself ----------------------------------------------------------------------

    async def take_up_all(self) -> None:
        """At the start: whatever is unfinished and not paused, and reports that the server does not have."""
        found = await choose.choose_unfinished(self._engine.place.desk, [])
        for row in found.rows:
            if row.run is not Run.PAUSED:
                self._begin_unless_elsewhere(row)
        for row in found.owing:
            if not self._engine.place.leases.held_elsewhere(row.id):
                self._begin(row, None)

    def _begin_unless_elsewhere(self, row: TaskRow) -> None:
        """A film that another window or terminal works on stays with it; we take it up once it lets go."""
        if row.number in self.running:
            return
        if self._engine.place.leases.held_elsewhere(row.id):
            self._stopped[row.number] = Busy(source_name=row.source_name)
        else:
            self.begin(row)

    async def watch_elsewhere(self) -> None:
        """Take up what another window or terminal let go of without ending it, begun there or here."""
        while True:
            await asyncio.sleep(_ELSEWHERE_EVERY)
            try:
                await self.take_up((Busy,))
                await self._take_up_unwritten()
                await self._collect_owed()
                self._note_strangers()
            except ReelkeyError as error:
                log.warning("films in work elsewhere were not looked at: %s", error.code)

    async def _take_up_unwritten(self) -> None:
        """Films whose state the journal could not take, for a full disk perhaps, go on once it can."""
        for number, error in list(self._stopped.items()):
            if isinstance(error, _NOT_WRITTEN):
                try:
                    await self._engine.place.desk.journal.update(number)
                except UnknownTask:
                    pass
                except ReelkeyError:
                    return  # still so; it was told once
                await self.take_up(_NOT_WRITTEN)
                return

    async def _collect_owed(self) -> None:
        if time.monotonic() >= self._collects_at and not await self._engine.place.collect_owed():
            self._collects_at = time.monotonic() + _COLLECT_EVERY

    def _note_strangers(self) -> None:
        """Films that were begun elsewhere while we run: one at work there is watched from now on; one that
        nobody has, and that nothing happened to for a while, is ours."""
        now = time.time()
        for row in self._engine.looks.rows():
            if row.run not in GOES_ON or row.number in self._ours or row.number in self._stopped:
                continue
            if self._engine.place.leases.held_elsewhere(row.id):
                self._stopped[row.number] = Busy(source_name=row.source_name)
            elif now - row.updated > _NOBODYS_AFTER:
                self.begin(row)

    async def take_up(
        self,
        stopped_by: tuple[type[ReelkeyError], ...],
        origin: str | None = None,
        *,
        besides: tuple[type[ReelkeyError], ...] = (),
    ) -> None:
        """Go on with films (of `origin`, if given) that such an error stopped, but for those of `besides`."""
        for number, error in list(self._stopped.items()):
            if isinstance(error, stopped_by) and not isinstance(error, besides):
                row = await self._row(number)
                if row is None or row.run in (*FINISHED, Run.FAILED):
                    self._stopped.pop(number, None)
                elif row.run in GOES_ON and origin in (None, row.server):
                    self._begin_unless_elsewhere(row)

    async def go_on(self, origin: str) -> None:
        """Go on with all films of a library that are neither paused nor failed; deliver what it is owed."""
        for row in await self._engine.place.desk.journal.all():
            if row.server == origin and row.run in GOES_ON:
                self._begin_unless_elsewhere(row)
        await self.deliver_owed(origin)

    async def deliver_owed(self, origin: str) -> None:
        """Deliver the reports of films at rest that the library does not have yet."""
        for number in self._engine.looks.unsent:
            row = await self._row(number)
            if row is None or row.server != origin or row.run not in (*FINISHED, Run.FAILED):
                continue
            if not self._engine.place.leases.held_elsewhere(row.id):
                # The story of a film that is done only delivers; any other would begin the film again.
                self._begin(row, STORIES[row.kind] if row.run is Run.DONE else None)

    async def _row(self, number: int) -> TaskRow | None:
        with suppress(UnknownTask):
            return await self._engine.place.desk.journal.get(number)
        return None

    # --- one film ------------------------------------------------------------------------------------

    def begin(self, row: TaskRow) -> None:
        """Work on this film from now on; one that is in work already stays as it is."""
        self._begin(row, STORIES[row.kind])

    def _begin(self, row: TaskRow, story: Story | None) -> None:
        if row.number in self.running or self._closing:
            return
        self._stopped.pop(row.number, None)
        self._ours.add(row.number)
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._work(row, story))
        self.running[row.number] = task
        self._just_begun.add(row.number)
        loop.call_later(_JUST_BEGUN, self._just_begun.discard, row.number)
        task.add_done_callback(lambda _: self.running.pop(row.number, None))

    def has_just_begun(self, number: int) -> bool:
        """Whether the film was begun a moment ago and is in work."""
        return number in self.running and number in self._just_begun

    async def let_go_of(self, number: int) -> bool:
        """End our work on a film where it stands; False where it does not end."""
        work = self.running.get(number)
        if work is not None:
            work.cancel()
            await asyncio.wait([work], timeout=_STOPS_WITHIN)
        return number not in self.running

    def close(self) -> Sequence[asyncio.Task[None]]:
        """Begin nothing more; the works that are to be ended."""
        self._closing = True
        return list(self.running.values())

    async def _work(self, row: TaskRow, story: Story | None) -> None:
        engine = self._engine
        try:
            error = await self._in_the_way(row)
            if error is not None:
                await self._stop_before_it_began(row, error, story)
                return
            while True:
                renewals = engine.accounts.renewals[row.server]
                (outcome,) = await engine.place.runner.run([(row, story)])
                refused = isinstance(outcome.error, TokenRefused)
                if not (refused and renewals < engine.accounts.renewals[row.server]):
                    break  # else a new sign-in came while the old one was being refused
            self._ended(outcome)
        except ReelkeyError as fault:
            self._stopped[row.number] = fault
            engine.tell(Failed(fault, row.ref))
        except Exception as fault:
            log.exception("film %s: a fault of ours", row.id)
            engine.tell(Failed(Internal(kind=type(fault).__name__), row.ref))

    async def _in_the_way(self, row: TaskRow) -> ReelkeyError | None:
        """What a person must mend before the film's library may or can be asked: the way there is not
        encrypted, or the keyring is locked."""
        accounts = self._engine.accounts
        if not accounts.may_ask(row.server):
            return NotEncrypted(server=row.server)
        try:
            await accounts.token(row.server)  # known from here on: no call of the story waits for it
        except ReelkeyError as error:
            return error
        return None

    async def _stop_before_it_began(self, row: TaskRow, error: ReelkeyError, story: Story | None) -> None:
        """The film shows why it waits; one of which only a report is owed shows nothing."""
        if story is None or row.run in FINISHED:
            return
        place = self._engine.place
        self._stopped[row.number] = error
        with place.leases.take(row.id) as mine:
            if mine:
                await place.desk.journal.update(row.number, run=Run.QUEUED, error=error.record())
        self._engine.looks.look_now()

    def _ended(self, outcome: Outcome) -> None:
        task, error = outcome.task, outcome.error
        if error is not None and (task.run in GOES_ON or isinstance(error, Busy)):
            self._stopped[task.number] = error
        if isinstance(error, TokenRefused):
            self._engine.spawn(self._engine.accounts.who(task.server))
        if task.run is Run.DONE and task.kind is not TaskKind.DOWNLOAD:  # the address may be another by now
            self._engine.spawn(self._engine.accounts.announce_anew(task.server))
        self._engine.looks.look_now()
