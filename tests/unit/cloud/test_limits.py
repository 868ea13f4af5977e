"""Requests and bytes a second, and how far a file is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.cloud.destination import Piece
from app.cloud.limits import Bandwidth, Bucket
from app.cloud.metered import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("amount", "times"), [(1, 500), (40, 20), (1000, 3)])
async def test_a_bucket_keeps_to_its_rate(amount: int, times: int) -> None:
    clock = Clock()
    bucket = Bucket(100, 50, clock=clock.time, sleep=clock.sleep)
    for _ in range(times):
        await bucket.take(amount)
    assert clock.now == pytest.approx((amount * times - 50) / 100, rel=0.02)


async def test_no_rate_is_no_limit() -> None:
    clock = Clock()
    bucket = Bucket(0, 0, clock=clock.time, sleep=clock.sleep)
    await bucket.take(10**12)
    assert clock.now == 0


async def test_another_rate_lets_through_who_waits() -> None:
    bucket = Bucket(1, 1)
    await bucket.take(1)
    waits = asyncio.create_task(bucket.take(10_000))
    await asyncio.sleep(0)
    bucket.set(0, 0)
    async with asyncio.timeout(2):
        await waits


async def test_portions_are_small_where_the_rate_is() -> None:
    slow = Bandwidth(40_000)
    clock = Clock()
    slow._bucket = Bucket(40_000, 10_000, clock=clock.time, sleep=clock.sleep)
    chunk = bytes(range(256)) * 400
    portions = [portion async for portion in slow.portions(chunk)]
    assert b"".join(portions) == chunk
    assert {len(portion) for portion in portions[:-1]} == {10_000}
    assert clock.now == pytest.approx((len(chunk) - 10_000) / 40_000, rel=0.05)
    assert [portion async for portion in Bandwidth(0).portions(chunk)] == [chunk]
    assert [portion async for portion in slow.portions(b"")] == []


class Source:
    def __init__(self) -> None:
        self.closed = False

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        try:
            for at in range(offset, offset + length, 10):
                yield bytes(min(10, offset + length - at))
        finally:
            self.closed = True


async def test_what_leaves_counts_and_is_corrected() -> None:
    seen: list[int] = []
    source = Source()
    meter = Meter(source, Bandwidth(0), lambda: seen.append(meter.sent))
    first, second = Piece(0, 30), Piece(30, 25)
    meter.begin(first)
    meter.begin(second)
    assert sum([len(chunk) async for chunk in meter.read(0, 30)]) == 30
    assert sum([len(chunk) async for chunk in meter.read(30, 10)]) == 10
    assert meter.sent == 40
    meter.end(first, 30)
    assert meter.sent == 40
    meter.end(second, 30)
    assert meter.sent == 30, "the second failed"
    assert seen[:3] == [10, 20, 30]


async def test_reading_to_hash_is_not_sending() -> None:
    source = Source()
    meter = Meter(source, Bandwidth(1), lambda: None)
    assert sum([len(chunk) async for chunk in meter.read(0, 100)]) == 100
    assert meter.sent == 0


async def test_a_source_is_closed_when_its_reader_gives_up() -> None:
    source = Source()
    meter = Meter(source, Bandwidth(0), lambda: None)
    chunks = meter.read(0, 100)
    await anext(chunks)
    await chunks.aclose()  # type: ignore[attr-defined]
    assert source.closed
