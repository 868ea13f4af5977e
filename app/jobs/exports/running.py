"""Running exports: a lease for each, what other processes ask of them, and how each comes to rest."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.cloud.retrying import Patience
from app.domain.errors import (
    AllowanceUsed,
    Busy,
    Cancelled,
    CloudError,
    CloudUnreachable,
    Internal,
    Paused,
    ReelkeyError,
    SignInExpired,
    revive,
)
from app.domain.events import ExportEnded, ExportRef, ExportWaits
from app.domain.words import N_
from app.gallery.site import GallerySite
from app.jobs.desk import Desk
from app.jobs.exports.accounts import Accounts
from app.jobs.exports.export import STOPS_ALL, export
from app.jobs.exports.folders import empty_folders
from app.jobs.exports.gallery import GalleryOf, tell
from app.jobs.exports.item import throw_away
from app.jobs.exports.memory import Memory
from app.jobs.exports.moves import Moves
from app.jobs.exports.work import Work
from app.jobs.leases import Leases
from app.journal.exports import ExportRow, Tally, What
from app.journal.records import Run, Wanted

log = logging.getLogger(__name__)
_LOOK_EVERY = 0.5
_CLEAN_WITHIN = 60.0
_FOLDERS_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """How an export came to rest for now: its row and tally, and why it isn't done. `error` None: all of it
    is there. A failed export whose files failed one by one has the first file's reason."""

    export: ExportRow
    tally: Tally
    error: ReelkeyError | None = None


class Running:
    """The exports at work in this process."""

    def __init__(
        self,
        desk: Desk,
        accounts: Accounts,
        leases: Leases,
        site: Callable[[], GallerySite],
        patience: Callable[..., Patience],
    ) -> None:
        self._desk = desk
        self._ledger = desk.journal.exports
        self._accounts = accounts
        self._leases = leases
        self._site = site
        self._patience = patience
        self._memory = Memory()
        self._works: dict[int, asyncio.Task[ExportOutcome]] = {}
        self._inner: dict[int, asyncio.Task[ExportOutcome]] = {}
        self._watcher: asyncio.Task[None] | None = None

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(self._works)

    def start(self, number: int) -> asyncio.Task[ExportOutcome]:
        """The work on this export, begun where it isn't under way."""
        if number not in self._works:
            work = asyncio.create_task(self._leased(number))
            self._works[number] = work
            work.add_done_callback(lambda done: self._over(number, done))
            if self._watcher is None or self._watcher.done():
                self._watcher = asyncio.create_task(self._watch())
        return self._works[number]

    def poke(self, number: int) -> None:
        """What was written into the journal for this export is to be looked at now."""
        if (inner := self._inner.get(number)) is not None:
            inner.cancel()

    async def rest(self, number: int) -> None:
        """Wait until nothing works on this export here."""
        if (work := self._works.get(number)) is not None:
            await asyncio.wait([work])

    async def stop(self, number: int) -> None:
        """Stop it where it stands; it is queued then."""
        if (work := self._works.get(number)) is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def aclose(self) -> None:
        """Stop all where they stand."""
        works = [*self._works.values(), *([self._watcher] if self._watcher else [])]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _over(self, number: int, work: asyncio.Task[ExportOutcome]) -> None:
        self._works.pop(number, None)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("export x%s ended by a fault of ours", number, exc_info=error)

    # --- one export ----------------------------------------------------------------------------------

    async def _leased(self, number: int) -> ExportOutcome:
        row = await self._ledger.get(number)
        with self._leases.take(row.id) as mine:
            if not mine:
                return await self._outcome(row, Busy(source_name=row.title))
            row = await self._ledger.get(number)
            if row.finished or await self._ledger.loose_ends(number):
                return await self._tied_up(row)
            return await self._stoppable(await self._ledger.update(number, wanted=Wanted.RUN))

    async def _stoppable(self, row: ExportRow) -> ExportOutcome:
        """The work as a task of its own, so that a pause can end it without ending us."""
        inner = asyncio.create_task(self._told(row))
        self._inner[row.number] = inner
        try:
            return await inner
        except asyncio.CancelledError:
            inner.cancel()
            await asyncio.gather(inner, return_exceptions=True)
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                await self._ledger.update(row.number, run=Run.QUEUED)
                raise
            if (await self._ledger.get(row.number)).wanted is Wanted.CANCEL:
                return await self._outcome(await self.clean_up(row), Cancelled())
            row = await self._ledger.update(row.number, run=Run.PAUSED, wanted=Wanted.RUN)
            return await self._outcome(row, Paused(source_name=row.title))
        finally:
            self._inner.pop(row.number, None)

    async def _told(self, row: ExportRow) -> ExportOutcome:
        """The story, and how it ended."""
        while True:
            error: ReelkeyError | None = None
            try:
                await self._story(row)
            except ReelkeyError as raised:
                error = raised
            except Exception as fault:
                log.exception("export %s stopped by a fault of ours", row.id)
                error = Internal(kind=type(fault).__name__)
            outcome = await self._at_rest(row, error)
            # Somebody may have signed in again before it was known that it waits for that.
            waits = isinstance(error, SignInExpired)
            if not (waits and (await self._ledger.account(row.account)).signed_in):
                break
        tally = outcome.tally
        cloud = await self._accounts.title(row.account)
        ref = ExportRef(row.id, row.title, cloud)
        self._desk.emit(ExportEnded(ref, tally.sent, tally.skipped, tally.failed, outcome.error))
        return outcome

    async def _story(self, row: ExportRow) -> None:
        """Told anew by each connection of the account: the next one begins where the last one stood."""
        over = False
        while not over:
            row = await self._ledger.update(row.number, run=Run.ACTIVE, error=None)
            async with AsyncExitStack() as stack:
                work = await stack.enter_async_context(self._work_of(row))
                await stack.enter_async_context(self._hearing_waits(row, work.ref, work.connection.patience))
                if row.what is What.GALLERY:
                    work.gallery = gallery = GalleryOf(work, self._site(), self._patience)
                    stack.push_async_callback(gallery.patience.aclose)
                    await stack.enter_async_context(self._hearing_waits(row, work.ref, gallery.patience))
                over = await self._told_to_its_end(work)

    async def _told_to_its_end(self, work: Work) -> bool:
        """Whether it came to its end before the account's connection was not to be used any longer."""
        connection = work.connection
        story, gone = asyncio.create_task(export(work)), asyncio.create_task(connection.gone.wait())
        try:
            await asyncio.wait((story, gone), return_when=asyncio.FIRST_COMPLETED)
            if story.done():
                await story
            return story.done()
        except SignInExpired:
            if not connection.gone.is_set() and not await self._accounts.expired(connection):
                raise
            return False
        finally:
            story.cancel()
            gone.cancel()
            await asyncio.gather(story, gone, return_exceptions=True)

    @asynccontextmanager
    async def _hearing_waits(self, row: ExportRow, ref: ExportRef, patience: Patience) -> AsyncIterator[None]:
        """For the block, waits of that patience are told and stand in the journal."""
        notes: set[asyncio.Task[Any]] = set()

        def note(work: Coroutine[Any, Any, Any]) -> None:
            task = asyncio.create_task(work)
            notes.add(task)
            task.add_done_callback(notes.discard)

        def on_wait(error: CloudError | None, seconds: float) -> None:
            if error is None:
                note(self._ledger.update(row.number, run=Run.ACTIVE, error=None))
                return
            if isinstance(error, AllowanceUsed):
                error = AllowanceUsed(**{**error.facts, "until": time.time() + seconds})
            self._desk.emit(ExportWaits(ref, error, seconds))
            note(self._ledger.update(row.number, run=Run.WAITING, error=error.record()))

        patience.listen(on_wait)
        try:
            yield
        finally:
            patience.listeners.discard(on_wait)
            await asyncio.gather(*notes, return_exceptions=True)

    async def _at_rest(self, row: ExportRow, error: ReelkeyError | None) -> ExportOutcome:
        tally = (await self._ledger.tallies([row.number]))[row.number]
        if error is None and tally.failed:
            first = await self._ledger.items(row.number, (Run.FAILED,), limit=1)
            error = revive(first[0].error or {})
        if error is None:
            run, ended = Run.DONE, time.time()
        else:
            run, ended = (Run.WAITING if isinstance(error, STOPS_ALL) else Run.FAILED), None
        record = error.record() if error is not None else None
        row = await self._ledger.update(row.number, run=run, error=record, ended=ended)
        return ExportOutcome(row, tally, error)

    async def _outcome(self, row: ExportRow, error: ReelkeyError | None = None) -> ExportOutcome:
        return ExportOutcome(row, (await self._ledger.tallies([row.number]))[row.number], error)

    # --- giving up -----------------------------------------------------------------------------------

    async def clean_up(self, row: ExportRow) -> ExportRow:
        """Cancel an export that nobody works on: what is unfinished is thrown away at the cloud as far as it
        answers, and what could not be stays in the journal (`loose_ends`). The caller holds the lease."""
        row = await self._ledger.update(row.number, run=Run.CANCELLED, wanted=Wanted.RUN, ended=time.time())
        await self._ledger.give_up(row.number)
        return await self._clear_away(row)

    async def _clear_away(self, row: ExportRow) -> ExportRow:
        """What a cancelled export has at the cloud and never finished; the row says why some of it is still
        there."""
        error: ReelkeyError | None = None
        try:
            if await self._ledger.begun(row.number):
                async with asyncio.timeout(_CLEAN_WITHIN), self._work_of(row) as work:
                    await _throw_all_away(work)
            await self._remove_empty_folders(row)
        except TimeoutError:
            cloud = await self._accounts.title(row.account)
            error = CloudUnreachable(cloud=cloud, reason=N_("no answer in time"))
        except ReelkeyError as raised:
            error = raised
        return await self._ledger.update(row.number, error=error.record() if error is not None else None)

    async def _tied_up(self, row: ExportRow) -> ExportOutcome:
        """An export that is over, after another look at what it left to be done."""
        error = None
        try:
            row = await self.tie_up(row.number)
        except ReelkeyError as raised:
            error = raised
        if error is None and row.error is not None:
            error = revive(row.error)
        return await self._outcome(row, error)

    async def tie_up(self, number: int, *, quiet: bool = False) -> ExportRow:
        """See to what an export left to be done when it ended (`ExportLedger.loose_ends`). The caller holds
        the lease. Raises CloudError where its gallery still can't be told, after a warning unless it is to be
        `quiet`."""
        row = await self._ledger.get(number)
        if not await self._ledger.loose_ends(number):
            return row
        if row.run is Run.CANCELLED:
            return await self._clear_away(row)
        return await tell(self._desk, row, self._site(), quiet=quiet)

    async def _remove_empty_folders(self, row: ExportRow) -> None:
        """Folders that the export made and left empty go. Nothing of anybody's is lost where a cloud that
        answers does not give them up. Raises CloudUnreachable, TimeoutError."""
        paths = await empty_folders(self._ledger, row)
        if not paths:
            return
        try:
            async with asyncio.timeout(_FOLDERS_WITHIN), self._work_of(row) as work:
                await work.connection.folders.throw_away(paths, work.maker, work.connection.once)
        except CloudUnreachable:
            raise
        except ReelkeyError as error:
            log.info("folders of the cancelled export %s stay: %s", row.id, error.code)

    @asynccontextmanager
    async def _work_of(self, row: ExportRow) -> AsyncIterator[Work]:
        async with self._accounts.connected(row.account) as connection:
            ref = ExportRef(row.id, row.title, connection.kind.title)
            yield Work(self._desk, connection, row, ref, Moves(ref, self._desk.emit), self._memory)

    async def _watch(self) -> None:
        """Act on what other processes wrote into the journal for our exports and their accounts."""
        while self._works:
            await asyncio.sleep(_LOOK_EVERY)
            await self._accounts.look_again()
            for number, wanted in (await self._ledger.wants(list(self._inner))).items():
                if wanted is not Wanted.RUN:
                    self.poke(number)


async def _throw_all_away(work: Work) -> None:
    first: ReelkeyError | None = None
    for item in await work.ledger.begun(work.export.number):
        try:
            await throw_away(work, item)
        except ReelkeyError as error:
            first = first or error
    if first is not None:
        raise first
