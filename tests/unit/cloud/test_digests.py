"""Hashing while sending: order, what is not hashed twice, what is read again, cancelling."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator

import pytest

from app.cloud.digests import Digests
from tests.contract.clouds.pattern import pattern
from tests.unit.cloud.items import Bytes

BOTH = {"sha256": hashlib.sha256, "md5": hashlib.md5}
# Lengths around the one below which no thread is used.
DATA = pattern(9 * 65536 + 17)


def both(data: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "md5": hashlib.md5(data).hexdigest()}


@pytest.mark.parametrize("chunk", [1000, 65536, 65537, 1 << 20])
async def test_what_goes_through_is_hashed_and_handed_on(chunk: int) -> None:
    digests = Digests(BOTH)
    source = Bytes(DATA, chunk)
    assert b"".join([got async for got in digests.through(0, source.read(0, len(DATA)))]) == DATA
    assert digests.position == len(DATA)
    assert digests.values(len(DATA)) == both(DATA)


async def test_half_a_hash_is_none() -> None:
    digests = Digests(BOTH)
    assert digests.values(0) == both(b"")
    await digests.feed(0, DATA[:70_000])
    await digests.settle()
    assert digests.values(len(DATA)) == {}
    assert digests.values(70_000) == both(DATA[:70_000])


async def test_a_step_back_is_not_hashed_twice() -> None:
    digests = Digests(BOTH)
    source = Bytes(DATA, 70_001)
    for offset, length in ((0, 300_000), (100, 5), (250_000, 100_000), (0, 350_000), (349_999, 239_842)):
        async for _ in digests.through(offset, source.read(offset, length)):
            pass
    assert digests.values(len(DATA)) == both(DATA)


async def test_what_is_missing_is_read_once_more() -> None:
    digests = Digests(BOTH)
    source = Bytes(DATA, 70_001)
    await digests.catch_up(source, 400_000)
    await digests.catch_up(source, 300_000)
    await digests.catch_up(source, 400_000)
    async for _ in digests.through(400_000, source.read(400_000, len(DATA) - 400_000)):
        pass
    assert source.reads[0] == (0, 400_000)
    assert len(source.reads) == 2
    assert digests.values(len(DATA)) == both(DATA)


async def test_a_gap_is_an_error_not_another_hash() -> None:
    digests = Digests(BOTH)
    with pytest.raises(ValueError, match="missing"):
        await digests.feed(1, b"x")


class Slow:
    """A hash that waits for a sign, and notes what it was given and in which order."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.got: list[bytes] = []

    def update(self, data: bytes, /) -> None:
        self.began.set()
        assert self.go.wait(10)
        self.got.append(bytes(data))

    def hexdigest(self) -> str:
        return str(len(self.got))


async def test_no_more_than_one_chunk_waits_for_a_slow_hash() -> None:
    slow = Slow()
    digests = Digests({"slow": lambda: slow})
    chunks = [bytes([n]) * 70_000 for n in range(4)]
    await digests.feed(0, chunks[0])  # sent on while it is hashed
    second = asyncio.create_task(digests.feed(70_000, chunks[1]))
    await asyncio.to_thread(slow.began.wait, 10)
    assert not second.done()
    assert digests.values(70_000) == {}
    slow.go.set()
    await second
    await digests.settle()
    assert slow.got == chunks[:2]


async def test_a_feeding_that_was_cancelled_loses_and_doubles_nothing() -> None:
    slow = Slow()
    digests = Digests({"slow": lambda: slow})
    first, second = b"a" * 70_000, b"b" * 70_000
    await digests.feed(0, first)
    feeding = asyncio.create_task(digests.feed(70_000, second))
    await asyncio.to_thread(slow.began.wait, 10)
    feeding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await feeding
    assert digests.position == 70_000
    slow.go.set()
    await digests.feed(0, first + second)
    await digests.settle()
    assert slow.got == [first, second]


async def test_the_source_is_closed_where_sending_ends_early() -> None:
    closed = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        try:
            for _ in range(3):
                yield b"x"
        finally:
            closed.set()

    stream = Digests(BOTH).through(0, chunks())
    assert await anext(stream) == b"x"
    await stream.aclose()
    assert closed.is_set()


async def test_a_hash_that_fails_is_told() -> None:
    class Broken(Slow):
        def update(self, data: bytes, /) -> None:
            raise MemoryError

    digests = Digests({"broken": Broken})
    await digests.feed(0, b"x" * 70_000)
    with pytest.raises(MemoryError):
        await digests.settle()
