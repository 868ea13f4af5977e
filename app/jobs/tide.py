"""Reading a part while it still comes: how much of it is here, and its segments as soon as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from app.domain.errors import Damaged, NodeFault
from app.domain.words import N_, tr
from app.ipfs.fetch import PartRef, read_range
from app.ipfs.rpc import KuboRpc

# What is read at once, and how far behind the fetch it stays: Kubo fetches 32 blocks of 1 MiB at a time and
# they arrive in any order.
_WINDOW = 64 * 2**20
_MARGIN = 64 * 2**20


class Tide:
    """How many bytes of a part are here, as its fetch tells; readers wait for it to rise."""

    def __init__(self) -> None:
        self._here = 0
        self._rose = asyncio.Event()
        self.whole = False

    def rise(self, here: int) -> None:
        """`here` bytes have come, in whatever order."""
        if here > self._here:
            self._here = here
            self._wake()

    def be_whole(self) -> None:
        """All of it is here and pinned."""
        self.whole = True
        self._wake()

    async def reach(self, count: int) -> None:
        """Wait until `count` bytes are here, or all of the part."""
        while not self.whole and self._here < count:
            await self._rose.wait()

    async def rise_more(self) -> None:
        """Wait until something more is here."""
        if not self.whole:
            await self._rose.wait()

    def _wake(self) -> None:
        self._rose.set()
        self._rose = asyncio.Event()


class Segments:
    """The first `length` bytes of a part, read once from the local node and cut into segments."""

    def __init__(self, rpc: KuboRpc, ref: PartRef, length: int, tide: Tide) -> None:
        self._rpc = rpc
        self._ref = ref
        self._length = length
        self._tide = tide
        self._at = 0  # what was read of the part
        self._until = 0  # where the window that is being read ends
        self._chunks: AsyncGenerator[bytes, None] | None = None
        self._rest = b""

    async def read(self, length: int) -> memoryview:
        """The next `length` bytes, waited for. Raises Damaged where the part ends before."""
        have = bytearray(self._rest)
        while len(have) < length:
            have += await self._next_chunk()
        self._rest = bytes(have[length:])
        return memoryview(have)[:length]

    async def _next_chunk(self) -> bytes:
        while True:
            chunks = self._chunks or await self._open_window()
            try:
                chunk = await anext(chunks, None)
            except NodeFault:
                # A block in the middle of what has come is still on its way.
                await self.close()
                if self._tide.whole:
                    raise
                await self._tide.rise_more()
                continue
            if chunk is not None:
                self._at += len(chunk)
                return chunk
            await self.close()

    async def _open_window(self) -> AsyncGenerator[bytes, None]:
        if self._at >= self._length:
            raise Damaged(what=tr(N_("the public block")))
        await self._tide.reach(self._at + _WINDOW + _MARGIN)
        self._until = self._length if self._tide.whole else min(self._at + _WINDOW, self._length)
        self._chunks = read_range(self._rpc, self._ref.cid, self._at, self._until - self._at)
        return self._chunks

    async def close(self) -> None:
        """Give up the window that is being read."""
        if self._chunks is not None:
            chunks, self._chunks = self._chunks, None
            await chunks.aclose()


async def read_end(rpc: KuboRpc, refs: Sequence[PartRef], start: int) -> bytes:
    """What of a public block lies behind `start`, wherever in its last parts that is."""
    end = b""
    for ref in refs:
        begin, until = max(start, ref.start), ref.start + ref.size
        if begin < until:
            async for chunk in read_range(rpc, ref.cid, begin - ref.start, until - begin):
                end += chunk
    return end
