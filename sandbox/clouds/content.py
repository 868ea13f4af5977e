"""What a cloud stores of a file: digests and length, and the bytes only where they are asked for.

A file that arrives is hashed in threads beside the receiving, and can be put back to any whole block: clouds
may keep less than what was sent, even less than what they had.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

BLOCK = 256 * 1024
DIGESTS = ("md5", "sha1", "sha256")
_BATCH = 4 * BLOCK
_POOL = ThreadPoolExecutor(len(DIGESTS), thread_name_prefix="digests")


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def copy(self) -> _Hash: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True)
class Content:
    """A whole file. `digests` in hex by the names of hashlib; `data` is None where bytes aren't kept."""

    size: int
    digests: dict[str, str]
    data: bytes | None


class Intake:
    """A file on its way in. For one event loop, one writer at a time."""

    def __init__(self, *, keep: bool, digests: Sequence[str] = DIGESTS) -> None:
        # The states after 0, 1, 2 … blocks, so that the file can be put back to any of them.
        self._states: dict[str, list[_Hash]] = {
            name: [hashlib.new(name, usedforsecurity=False)] for name in digests
        }
        self._kept: bytearray | None = bytearray() if keep else None
        self._hashed = 0  # handed over for hashing, whole blocks
        self._waiting = bytearray()
        self._job: asyncio.Future[list[None]] | None = None

    @property
    def length(self) -> int:
        """Bytes that have arrived."""
        return self._hashed + len(self._waiting)

    async def write(self, data: bytes) -> None:
        """Take the next bytes; waits while the hashing is more than one batch behind."""
        self._waiting += data
        if len(self._waiting) >= _BATCH:
            await self._hash_blocks()

    async def settle(self) -> int:
        """Drop what doesn't fill a block and return the length: as a session that goes on later."""
        await self._hash_blocks()
        self._waiting.clear()
        await self._joined()
        return self._hashed

    async def put_back(self, length: int) -> None:
        """Hold `length` bytes, on whole blocks below, as if the rest had never come."""
        await self.settle()
        blocks = min(length, self._hashed) // BLOCK
        for states in self._states.values():
            del states[blocks + 1 :]
        self._hashed = blocks * BLOCK
        if self._kept is not None:
            del self._kept[self._hashed :]

    async def finish(self) -> Content:
        """The whole file, of all that was written."""
        await self._hash_blocks()
        await self._joined()
        last = {name: states[-1].copy() for name, states in self._states.items()}
        for state in last.values():
            state.update(memoryview(self._waiting))
        data = None if self._kept is None else bytes(self._kept + self._waiting)
        return Content(self.length, {name: state.hexdigest() for name, state in last.items()}, data)

    async def _hash_blocks(self) -> None:
        """Hand all whole blocks over to the threads, after those handed over before."""
        whole = len(self._waiting) // BLOCK * BLOCK
        if not whole:
            return
        blocks = bytes(memoryview(self._waiting)[:whole])
        del self._waiting[:whole]
        await self._joined()
        self._hashed += whole
        if self._kept is not None:
            self._kept += blocks
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(_POOL, _go_on, states, blocks) for states in self._states.values()]
        self._job = asyncio.gather(*jobs)

    async def _joined(self) -> None:
        if self._job is not None:
            # A request that is cancelled here must leave the hashing whole.
            await asyncio.shield(self._job)
            self._job = None


def _go_on(states: list[_Hash], blocks: bytes) -> None:
    state, view = states[-1].copy(), memoryview(blocks)
    for start in range(0, len(blocks), BLOCK):
        state.update(view[start : start + BLOCK])
        states.append(state.copy())


def whole(data: bytes, *, keep: bool, digests: Sequence[str] = DIGESTS) -> Content:
    """The content of a file that came at once."""
    found = {name: hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in digests}
    return Content(len(data), found, data if keep else None)
