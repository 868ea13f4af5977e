"""Trying again: one waiting for all calls of an account, and a destination whose calls go through it.

What waits (`Patience`):

    no answer, or of a server that is ill   until it answers; where the account answers otherwise, for five
                                            tries and five minutes
    slow down, allowance used               as long as the cloud asks for; what may be either is taken for a
                                            used-up allowance when it lasts
    an answer that is not understood        five tries
    all else                                not at all: the caller's, or a person's, to mend

Delays double from 1 s to 64 s, each shortened by up to a half at random. While the way is closed no call of
the account begins; one question (who is signed in) is asked until it is answered, then all go on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from app.cloud.destination import Account, Destination, Entry, Outgoing, Piece, State, Upload
from app.domain.errors import (
    AllowanceUsed,
    CloudAnswerUnclear,
    CloudBusy,
    CloudError,
    CloudUnreachable,
    ReelkeyError,
)

T = TypeVar("T")
OnWait = Callable[[CloudError | None, float], None]

TRIES = 5
_FIRST, _LONGEST = 1.0, 64.0
_ILL_FOR = 300.0
_ASKED_AT_MOST = 900.0
# A busy minute is over by then: 1 + 2 + … + 64 + 64 seconds.
_LASTS, _ASK_AGAIN = 8, 600.0
_ALLOWANCE, _ALLOWANCE_AT_MOST = 1800.0, 26 * 3600.0
_PASSES = (CloudUnreachable, CloudBusy, AllowanceUsed, CloudAnswerUnclear)


@dataclass(slots=True)
class Trial:
    """How often one call, or one upload's pieces, failed in a row, and since when."""

    tries: int = 0
    since: float = 0.0


class Patience:
    """One waiting for all calls of an account. `probe` is a cheap question to the cloud."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[object]],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._probe = probe
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._open = asyncio.Event()
        self._open.set()
        self._opening: asyncio.Task[None] | None = None
        self._rounds = 0
        self._good_at = self._closed_at = float("-inf")
        #: Who wants to know of waits: called with the reason and the seconds until the next try, and with
        #: None when the way is open again.
        self.listeners: set[OnWait] = set()
        self._waits: tuple[CloudError, float] | None = None

    def listen(self, listener: OnWait) -> None:
        """Tell `listener` of waits from now on, and at once of the one that lasts: it may take hours."""
        self.listeners.add(listener)
        if self._waits is not None:
            error, until = self._waits
            listener(error, max(0.0, until - self._clock()))

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, called again as long as that can help. Raises the CloudError that stays."""
        trial = Trial()
        while True:
            started = await self.turn()
            try:
                result = await work()
            except CloudError as error:
                await self.after(error, trial, started)
            else:
                self.went_well()
                return result

    async def turn(self) -> float:
        """Wait until the way is open; the moment, for `after`."""
        await self._open.wait()
        return self._clock()

    def went_well(self) -> None:
        """A call was answered."""
        self._good_at = self._clock()
        self._rounds = 0

    async def after(self, error: CloudError, trial: Trial, started: float) -> None:
        """A call that began at `started` failed: wait as is due before its next try, or raise `error`."""
        if not isinstance(error, _PASSES):
            raise error
        now = self._clock()
        trial.since = now if trial.tries == 0 else trial.since
        trial.tries += 1
        if isinstance(error, CloudUnreachable | CloudAnswerUnclear):
            if self._is_worn_out(error, trial, now):
                raise error
            if self._good_at > started or isinstance(error, CloudAnswerUnclear):
                await self._sleep(self._delay(trial.tries))  # others are answered: this call's own trouble
                return
        self._close(error, started)

    async def aclose(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)

    def _is_worn_out(self, error: CloudError, trial: Trial, now: float) -> bool:
        if trial.tries < TRIES:
            return False
        if isinstance(error, CloudAnswerUnclear):
            return True
        return now - trial.since >= _ILL_FOR and self._good_at >= trial.since

    def _close(self, error: CloudError, started: float) -> None:
        if started < self._closed_at or not self._open.is_set():
            return  # it began before the way was closed: of the same fault
        self._closed_at = self._clock()
        self._open.clear()
        self._opening = asyncio.create_task(self._reopen(error))

    async def _reopen(self, error: CloudError) -> None:
        try:
            while True:
                self._rounds += 1
                error = self._what_it_is(error)
                seconds = self._seconds(error)
                self._tell(error, seconds)
                await self._sleep(seconds)
                if not isinstance(error, CloudUnreachable):
                    return
                try:
                    await self._probe()
                except CloudUnreachable as still:
                    error = still
                    continue
                self._good_at = self._clock()
                return
        except ReelkeyError:
            return  # whoever calls next is told
        finally:
            self._open.set()
            self._tell(None, 0.0)

    def _what_it_is(self, error: CloudError) -> CloudError:
        """The error, or what it has turned out to be by lasting so long without a call that went well."""
        perhaps = error.facts.get("perhaps")
        if not isinstance(error, CloudBusy) or not perhaps or self._rounds <= _LASTS:
            return error
        return AllowanceUsed(**{"retry_after": _ASK_AGAIN, **error.facts, "what": perhaps})

    def _tell(self, error: CloudError | None, seconds: float) -> None:
        self._waits = None if error is None else (error, self._clock() + seconds)
        for listener in tuple(self.listeners):
            listener(error, seconds)

    def _seconds(self, error: CloudError) -> float:
        asked = error.facts.get("retry_after")
        asked = max(0.0, float(asked)) if isinstance(asked, int | float) else None
        if isinstance(error, AllowanceUsed):
            return min(_ALLOWANCE_AT_MOST, _ALLOWANCE * min(self._rounds, 2) if asked is None else asked)
        return max(self._delay(self._rounds), min(_ASKED_AT_MOST, asked or 0.0))

    def _delay(self, tries: int) -> float:
        return min(_LONGEST, _FIRST * 2.0 ** min(tries - 1, 10)) * (0.5 + 0.5 * self._jitter())


class SteadyDestination:
    """A destination whose calls are tried again. A `Destination` itself."""

    def __init__(self, destination: Destination, patience: Patience) -> None:
        self._destination = destination
        self._patience = patience

    async def account(self) -> Account:
        return await self._call(self._destination.account)

    async def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        """A list that broke off is begun again, and what was given is not given twice."""
        given: set[str] = set()
        trial = Trial()
        while True:
            started = await self._patience.turn()
            try:
                async for entry in self._destination.list(folder, lately):
                    if entry.id not in given:
                        given.add(entry.id)
                        yield entry
            except CloudError as error:
                await self._patience.after(error, trial, started)
            else:
                self._patience.went_well()
                return

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        return await self._call(lambda: self._destination.folder(parent, name, key, keep=keep))

    async def open(self, item: Outgoing, state: State | None) -> SteadyUpload:
        """As `Destination.open`; what the item kept meanwhile is taken up by a further try."""
        kept = state

        async def keep(now: State) -> None:
            nonlocal kept
            kept = now
            await item.keep(now)

        known = replace(item, keep=keep)
        upload = await self._call(lambda: self._destination.open(known, kept))
        return SteadyUpload(upload, self._patience)

    async def aclose(self) -> None:
        await self._patience.aclose()
        with suppress(CloudError):
            await self._destination.aclose()

    async def _call(self, work: Callable[[], Awaitable[T]]) -> T:
        return await self._patience.call(work)


class SteadyUpload:
    """An upload whose pieces are tried again. An `Upload` itself."""

    def __init__(self, upload: Upload, patience: Patience) -> None:
        self._upload = upload
        self._patience = patience
        self._trial = Trial()
        self._furthest = upload.done

    @property
    def state(self) -> State:
        return self._upload.state

    @property
    def done(self) -> int:
        return self._upload.done

    @property
    def digests(self) -> dict[str, str]:
        return dict(self._upload.digests)

    def next_piece(self) -> Piece | None:
        return self._upload.next_piece()

    async def send(self, piece: Piece) -> None:
        """Send the piece, or wait as is due after it failed: `next_piece` gives it out again then."""
        started = await self._patience.turn()
        try:
            await self._upload.send(piece)
        except CloudError as error:
            if self._upload.done > self._furthest:  # it came forward: that is no failure in a row
                self._furthest, self._trial = self._upload.done, Trial()
            await self._patience.after(error, self._trial, started)
        else:
            self._furthest, self._trial = max(self._furthest, self._upload.done), Trial()
            self._patience.went_well()

    async def close(self, *, keep: bool) -> Entry | None:
        return await self._patience.call(lambda: self._upload.close(keep=keep))
