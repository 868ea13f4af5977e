"""What exports hold in memory of all that they read to send, within bounds for any number of files, of any
size, with any options.

    chunks of files on their way     16 MiB (`CHUNKS`) as they were read, and as much again as what a
                                     destination makes of the ones in use (encrypted, being hashed)
    requests under way               8 MiB of chunks that wait to leave together (`app.cloud.wire`)
    photos of galleries, fetched     40 MiB (`app.gallery.keeping`)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from app.net.budget import Budget

MIB: Final = 2**20
CHUNKS: Final = 16 * MIB
_LARGEST, _SMALLEST = 2 * MIB, 64 * 1024
_DEPTH = 3  # chunks of one reader: the one in use and those read ahead

#: `length` bytes from `offset`, exactly.
Fetch = Callable[[int, int], Awaitable[bytes]]


class Memory:
    """One for a process. Each reader has an equal share: the more there are, the smaller their chunks, so
    that none waits long for memory while its connection is open. A chunk in use never waits for another to
    be let go of: nobody can wait for ever."""

    def __init__(self, total: int = CHUNKS) -> None:
        self._budget = Budget(total)
        self._readers = 0

    async def read(self, fetch: Fetch, offset: int, length: int) -> AsyncIterator[bytes]:
        """As `app.cloud.destination.Source.read`, by `fetch`; the next chunks come while one is in use."""
        end = offset + length
        coming: deque[asyncio.Task[bytes]] = deque()
        self._readers += 1
        try:
            while offset < end or coming:
                size, depth = self._share(end - offset)
                if offset + size == end and not coming:  # a photo: a task would only cost
                    chunk, offset = await self._fetched(fetch, offset, size), end
                else:
                    while offset < end and len(coming) < depth:
                        coming.append(asyncio.create_task(self._fetched(fetch, offset, size)))
                        offset += size
                        size = min(size, end - offset)
                    chunk = await coming[0]
                    coming.popleft()
                try:
                    yield chunk
                finally:
                    self._budget.give(len(chunk))
                    del chunk
        finally:
            self._readers -= 1
            for task in coming:
                task.cancel()
                task.add_done_callback(self._let_go)
            await asyncio.gather(*coming, return_exceptions=True)

    def _share(self, left: int) -> tuple[int, int]:
        """How large a reader's next chunk is, and how many it may have."""
        share = self._budget.total // self._readers
        size = min(_LARGEST, max(_SMALLEST, share // 2))
        size = left if left <= min(_LARGEST, share) else min(left, size)
        return size, max(1, min(_DEPTH, share // max(1, size)))

    async def _fetched(self, fetch: Fetch, offset: int, length: int) -> bytes:
        await self._budget.take(length)
        try:
            return await fetch(offset, length)
        except BaseException:
            self._budget.give(length)
            raise

    def _let_go(self, task: asyncio.Task[bytes]) -> None:
        """Of a chunk that nobody uses any more."""
        if not task.cancelled() and task.exception() is None:
            self._budget.give(len(task.result()))


class Chunked:
    """A source whose bytes `fetch` gives (`app.cloud.destination.Source`)."""

    def __init__(self, fetch: Fetch, memory: Memory) -> None:
        self._fetch = fetch
        self._memory = memory

    def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        return self._memory.read(self._fetch, offset, length)
