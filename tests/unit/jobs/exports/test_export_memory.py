"""What exports hold in memory: bounded for any number of readers, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.jobs.exports.memory import Memory
from tests.contract.clouds.pattern import pattern

MIB = 2**20


class Film:
    """Bytes to be read. `out`: how many were fetched and not let go of; `most`: the most of them ever."""

    out = most = 0

    def __init__(self, memory: Memory, size: int) -> None:
        self._memory = memory
        self.data = pattern(size)
        self.fetched: list[int] = []
        self.broken = False
        self.has_begun = asyncio.Event()

    async def _fetch(self, offset: int, length: int) -> bytes:
        Film.out += length
        Film.most = max(Film.most, Film.out)
        self.fetched.append(length)
        await asyncio.sleep(0)
        if self.broken:
            Film.out -= length
            raise OSError
        return self.data[offset : offset + length]

    def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        return self._memory.read(self._fetch, offset, length)

    async def sent(self, step: asyncio.Event | None = None) -> bytes:
        """All of it, each chunk held until `step` or for a moment."""
        whole = b""
        async for chunk in self.read(0, len(self.data)):
            self.has_begun.set()
            await (step.wait() if step is not None else asyncio.sleep(0))
            whole += chunk
            Film.out -= len(chunk)
        return whole


@pytest.fixture(autouse=True)
def nothing_is_held() -> None:
    Film.out = Film.most = 0


async def all_is_free(memory: Memory) -> None:
    async with asyncio.timeout(5):
        await memory._budget.take(memory._budget.total)


@pytest.mark.parametrize("number", [1, 3, 12, 128, 600])
async def test_any_number_of_readers_stays_within_the_bound(number: int) -> None:
    memory = Memory(8 * MIB)
    films = [Film(memory, 40 * MIB // number + 7) for _ in range(number)]
    async with asyncio.timeout(30):
        found = await asyncio.gather(*(film.sent() for film in films))
    assert all(whole == film.data for whole, film in zip(found, films, strict=True))
    assert Film.most <= 8 * MIB
    await all_is_free(memory)


async def test_alone_two_large_chunks_are_read_ahead() -> None:
    film = Film(Memory(), 20 * MIB)
    reading = film.read(0, 20 * MIB)
    assert len(await anext(reading)) == 2 * MIB
    assert film.fetched == [2 * MIB] * 3
    await reading.aclose()  # type: ignore[attr-defined]


async def test_what_is_small_is_read_at_once() -> None:
    memory = Memory(16 * MIB)
    for length in (0, 1, 2 * MIB):
        film = Film(memory, 3 * MIB)
        assert [len(chunk) async for chunk in film.read(0, length)] == [length] * (length > 0)


async def test_readers_that_come_while_others_stall_go_on() -> None:
    """The first has taken much, and its cloud takes nothing: those after it have room all the same."""
    memory = Memory(8 * MIB)
    stalled, never = Film(memory, 20 * MIB), asyncio.Event()
    stall = asyncio.create_task(stalled.sent(never))
    await stalled.has_begun.wait()
    films = [Film(memory, 3 * MIB) for _ in range(20)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(film.sent() for film in films))
    assert Film.most <= 8 * MIB
    stall.cancel()
    await asyncio.gather(stall, return_exceptions=True)
    await all_is_free(memory)


@pytest.mark.parametrize("steps", range(12))
async def test_a_reader_that_is_cancelled_gives_all_back(steps: int) -> None:
    memory = Memory(4 * MIB)
    films = [Film(memory, 9 * MIB) for _ in range(4)]
    works = [asyncio.create_task(film.sent()) for film in films]
    for _ in range(steps):
        await asyncio.sleep(0)
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)
    await all_is_free(memory)


async def test_a_source_that_fails_gives_all_back() -> None:
    memory = Memory(4 * MIB)
    film = Film(memory, 9 * MIB)
    reading = film.read(0, 9 * MIB)
    await anext(reading)
    film.broken = True
    with pytest.raises(OSError):
        async for _ in reading:
            pass
    await all_is_free(memory)
