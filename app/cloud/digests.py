"""Hashing a file while it is sent: several hashes in one pass, in a thread beside the sending.

A hash takes bytes in order only, an upload may not go in order: it is taken up in the middle after a restart,
and a destination may ask for bytes again. So each knows how far it has come: what lies before is not hashed
twice, what is missing is read from the source once more (`catch_up`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

from app.cloud.destination import Hasher, Source

# Below this a thread costs more than the hash.
_IN_PLACE = 64 * 1024


class Digests:
    """Hashes of one file by name, made by `makers`. One feeds at a time.

    At most one chunk is being hashed while the next is sent, so the memory of a chunk is all it costs and
    the slower of hash and network sets the pace. A feeding that was cancelled leaves everything right: the
    chunk handed to the hashes is theirs, and `position` says so."""

    def __init__(self, makers: Mapping[str, Callable[[], Hasher]]) -> None:
        self._hashers = {name: make() for name, make in makers.items()}
        self._position = 0
        self._running: asyncio.Future[None] | None = None

    @property
    def position(self) -> int:
        """How many bytes from the file's beginning are hashed or being hashed."""
        return self._position

    async def feed(self, offset: int, chunk: bytes) -> None:
        """Hash what of `chunk`, which stands at `offset`, is not hashed yet. Returns while it is hashed."""
        if offset > self._position:
            raise ValueError("bytes are missing before these")
        fresh = memoryview(chunk)[self._position - offset :]
        if not fresh:
            return
        await self.settle()
        self._position = offset + len(chunk)
        if len(fresh) <= _IN_PLACE:
            _update(tuple(self._hashers.values()), fresh)
            return
        hashers = tuple(self._hashers.values())
        # One thread for all of them: it keeps pace with three gigabits a second, and each more costs.
        self._running = asyncio.get_running_loop().run_in_executor(None, _update, hashers, fresh)

    async def settle(self) -> None:
        """Wait until what was fed is hashed."""
        if self._running is None:
            return
        # `wait` leaves the future alone when we are cancelled: a thread can't be stopped, and the next chunk
        # must not overtake it.
        await asyncio.wait([self._running])
        running, self._running = self._running, None
        running.result()

    async def through(self, offset: int, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """`chunks`, which begin at `offset`, handed on one by one and hashed on the way."""
        try:
            async for chunk in chunks:
                await self.feed(offset, chunk)
                offset += len(chunk)
                yield chunk
            await self.settle()
        finally:
            # An upload that ends early must not leave the source's file open until garbage is collected.
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    async def catch_up(self, source: Source, upto: int) -> None:
        """Hash what is missing before `upto`, read from `source`. Raises what the source raises."""
        if self._position >= upto:
            return
        async for _ in self.through(self._position, source.read(self._position, upto - self._position)):
            pass

    def values(self, size: int) -> dict[str, str]:
        """The hashes in lower-case hex, where exactly `size` bytes are hashed; else none, for half a hash is
        no hash."""
        if self._position != size or (self._running is not None and not self._running.done()):
            return {}
        return {name: hasher.hexdigest() for name, hasher in self._hashers.items()}


def _update(hashers: tuple[Hasher, ...], data: memoryview) -> None:
    for hasher in hashers:
        hasher.update(data)  # type: ignore[arg-type]  # hashlib takes any buffer
