"""Leases: an OS lock a film, so that two processes on one profile never work on the same one.

The lock dies with its process, kill -9 included; the file that carries it may stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_LOOK_EVERY = 0.05


class Leases:
    """Locks in one folder of the profile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def take(self, name: str) -> Iterator[bool]:
        """Hold the lease of `name` for the block; False where somebody else has it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{name}.lock", timeout=0, is_singleton=False)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Wait for the lease of `name`, and hold it for the block."""
        while True:
            with self.take(name) as mine:
                if mine:
                    yield
                    return
            await asyncio.sleep(_LOOK_EVERY)

    def held_elsewhere(self, name: str) -> bool:
        """Whether somebody works on `name` at this moment."""
        with self.take(name) as mine:
            return not mine
