"""Fetching one photo, so that only a whole one is ever passed on: five tries, its size and checksum
compared with the list before a byte of it counts.

Why the tries end early at times: an address that must not be asked will not be another one in a minute. And
what happens three times alike happens again: a definite no (404 and the like; storage that is copied may be
late, so once is not enough), or a photo with the very same wrong size or checksum, which no accident on the
way gives it.
"""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx2

from app.domain.errors import CloudUnreachable, GalleryRefused, PhotoNotWhole
from app.domain.words import N_
from app.gallery.keeping import Kept, room_for
from app.gallery.reach import Reach
from app.net.answers import retry_after_seconds
from app.net.budget import Budget

TRIES = 5
ALIKE = 3
#: Seconds before the second, third … try; up to a quarter more at random, so that not all come back at once.
DELAYS = (1.0, 4.0, 12.0, 30.0)
LONGEST_WAIT = 600.0
_TIME, _SLOWEST = 120.0, 8_000  # seconds that a photo may take in any case, and bytes a second beyond
_LATER = (408, 425, 429)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo as the list has it: its address, its size in bytes, its CRC-32 in 8 hex digits; `name` is for
    messages."""

    name: str
    url: str = field(repr=False)
    size: int
    crc: str


class Failed(Exception):
    """One try that came to nothing. `final`: no other try is worth it; `evidence`: what shows that another
    failure was the same; `status`: of an answer that is no photo; `unreached`: no answer came at all; `wait`:
    seconds that the server asks for. `reason` is a catalogue key."""

    def __init__(
        self,
        reason: str,
        *,
        final: bool = False,
        evidence: object = None,
        status: int = 0,
        unreached: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__("failed")
        self.reason = reason
        self.final = final
        self.evidence = evidence
        self.status = status
        self.unreached = unreached
        self.wait = wait


class PhotoBytes:
    """The bytes of a photo that is there whole."""

    def __init__(self, kept: Kept, size: int) -> None:
        self._kept = kept
        self.size = size

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`; reads may overlap. ValueError beyond the photo's end."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise ValueError("beyond the end")
        return await self._kept.read(offset, length)


class Fetcher:
    """Fetches the photos of one gallery. `origins`: where they may lie. `main`: the main host's origin, asked
    whether it is the network that fails. `folder`: for photos too large for memory."""

    def __init__(
        self,
        reach: Reach,
        *,
        origins: frozenset[str],
        main: str,
        folder: Path,
        budget: Budget,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._reach = reach
        self._origins = origins
        self._main = main
        self._folder = folder
        self._budget = budget
        self._sleep = sleep
        self._jitter = jitter

    @asynccontextmanager
    async def photo(self, wanted: Wanted) -> AsyncIterator[PhotoBytes]:
        """The photo, fetched and checked whole, until the block ends. Raises PhotoNotWhole after the last
        try, CloudUnreachable where the main host is away or ill too (then it is not the photo's fault),
        NoSpace and TargetUnwritable."""
        async with AsyncExitStack() as room:
            kept = await self._until_whole(wanted, room)
            yield PhotoBytes(kept, wanted.size)

    async def _until_whole(self, wanted: Wanted, room: AsyncExitStack) -> Kept:
        evidence: list[object] = []
        for number in range(TRIES):
            try:
                kept = await room.enter_async_context(room_for(wanted.size, self._budget, self._folder))
                await self._fetch(wanted, kept)
                return kept
            except Failed as failed:
                await room.aclose()  # a photo that waits keeps no other from its share of memory
                evidence.append(failed.evidence)
                alike = failed.evidence is not None and evidence[-ALIKE:] == [failed.evidence] * ALIKE
                if failed.final or alike or number + 1 == TRIES:
                    await self._give_up(wanted, failed)
                wait = DELAYS[number] * (1 + self._jitter() / 4)
                wait = max(wait, min(failed.wait or 0.0, LONGEST_WAIT))
            await self._sleep(wait)
        raise AssertionError("the last try has returned or raised")

    async def _give_up(self, wanted: Wanted, failed: Failed) -> NoReturn:
        if failed.unreached or failed.status >= 500:
            await self._reach.ask_whether_there(self._main)
        raise PhotoNotWhole(name=wanted.name, reason=failed.reason, status=failed.status) from None

    async def _fetch(self, wanted: Wanted, kept: Kept) -> None:
        """One try. Raises Failed, NoSpace, TargetUnwritable."""
        try:
            async with (
                asyncio.timeout(_TIME + wanted.size / _SLOWEST),
                self._reach.get(wanted.url, self._origins) as response,
            ):
                _look_at(response, wanted)
                await _take(response, wanted, kept)
        except GalleryRefused as error:
            raise Failed(str(error.facts.get("reason", "")), final=True) from None
        except CloudUnreachable as error:
            raise Failed(str(error.facts.get("reason", "")), unreached=True) from None
        except TimeoutError:
            raise Failed(N_("it comes too slowly")) from None


def _look_at(response: httpx2.Response, wanted: Wanted) -> None:
    """Raises Failed for an answer that can't be the photo, before anything of it is read."""
    status = response.status_code
    if status != 200:
        wait = retry_after_seconds(response.headers.get("Retry-After"))
        definite = 400 <= status < 500 and status not in _LATER
        reason = N_("its server answers {status}")
        raise Failed(reason, evidence=("status", status) if definite else None, status=status, wait=wait)
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Failed(N_("it comes in a form that was not asked for"))
    length = response.headers.get("Content-Length", "")
    if length and length != str(wanted.size):
        raise _of_another_size(length[:19])


async def _take(response: httpx2.Response, wanted: Wanted, kept: Kept) -> None:
    """Read the photo. Raises Failed unless it has the list's size and checksum."""
    done = crc = 0
    async for data in response.aiter_raw():
        done += len(data)
        if done > wanted.size:
            raise _of_another_size("more")
        crc = zlib.crc32(data, crc)
        await kept.add(data)
    if done != wanted.size:
        raise _of_another_size(done)
    await kept.end()
    if crc != int(wanted.crc, 16):
        raise Failed(N_("its checksum is not that of the gallery's list"), evidence=("crc", crc))


def _of_another_size(size: object) -> Failed:
    return Failed(N_("its size is not that of the gallery's list"), evidence=("size", size))
