"""Bytes of memory that many share."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Budget:
    """Bytes that may be in memory at once. Who asked first gets his first, so that a large one is not kept
    waiting for ever by small ones."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """A block in which `size` bytes of it (up to `total`) are taken."""
        await self.take(size)
        try:
            yield
        finally:
            self.give(size)

    async def take(self, size: int) -> None:
        """Wait until `size` bytes (up to `total`) are free; they are the caller's until he gives them."""
        if not self._queue and size <= self._free:
            self._free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((size, turn))
        try:
            await turn
        except BaseException:
            if turn.cancelled():
                self._queue.remove((size, turn))
                self._serve()
            else:
                self.give(size)
            raise

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self._free += size
        self._serve()

    def _serve(self) -> None:
        while self._queue and self._queue[0][0] <= self._free:
            size, turn = self._queue[0]
            if turn.cancelled():
                return  # its own `take` takes it out
            self._queue.popleft()
            self._free -= size
            turn.set_result(None)
