"""Where photos are until they are sent: the shared budget, and files that no name leads to."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from app.domain.errors import NoSpace, TargetUnwritable
from app.gallery.keeping import CHUNK, InMemory, Kept, OnDisk, disk_errors, room_for
from app.net.budget import Budget

Usage = namedtuple("Usage", "total used free")


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Holder:
    """A task that holds a part of a budget until it is told to let go."""

    def __init__(self, budget: Budget, size: int) -> None:
        self.has = False
        self._let_go = asyncio.Event()
        self.task = asyncio.create_task(self._run(budget, size))

    async def _run(self, budget: Budget, size: int) -> None:
        async with budget.hold(size):
            self.has = True
            await self._let_go.wait()
        self.has = False

    async def let_go(self) -> None:
        self._let_go.set()
        await self.task


async def test_photos_share_a_budget() -> None:
    budget = Budget(100)
    first, second, third = Holder(budget, 60), Holder(budget, 40), Holder(budget, 1)
    await settle()
    assert (first.has, second.has, third.has) == (True, True, False)
    await second.let_go()
    await settle()
    assert third.has
    await first.let_go()
    await third.let_go()
    async with budget.hold(100):
        pass


async def test_small_ones_do_not_keep_a_large_one_waiting_for_ever() -> None:
    budget = Budget(100)
    small, large, late = Holder(budget, 10), Holder(budget, 100), Holder(budget, 10)
    await settle()
    assert (small.has, large.has, late.has) == (True, False, False)
    await small.let_go()
    await settle()
    assert (large.has, late.has) == (True, False)
    await large.let_go()
    await late.let_go()


@pytest.mark.parametrize("settled", [True, False])
async def test_who_gives_up_waiting_holds_nobody_up(settled: bool) -> None:
    budget = Budget(100)
    holder, gone, behind = Holder(budget, 60), Holder(budget, 90), Holder(budget, 40)
    await settle()
    gone.task.cancel()
    if settled:
        await settle()
        assert behind.has
    await holder.let_go()
    await settle()
    assert behind.has
    await behind.let_go()
    async with budget.hold(100):
        pass


async def test_who_is_cancelled_while_holding_gives_it_back() -> None:
    budget = Budget(100)
    holder = Holder(budget, 100)
    await settle()
    holder.task.cancel()
    await settle()
    async with asyncio.timeout(5), budget.hold(100):
        pass


@pytest.mark.parametrize(("size", "kind"), [(CHUNK, InMemory), (CHUNK + 1, OnDisk), (4 * CHUNK + 3, OnDisk)])
async def test_what_was_added_is_read(tmp_path: Path, size: int, kind: type) -> None:
    folder = tmp_path / "work"
    async with room_for(size, Budget(CHUNK), folder) as kept:
        assert isinstance(kept, kind)
        data = bytes(number * 131 % 251 for number in range(size))
        await fill(kept, data)
        pieces = [kept.read(at, min(CHUNK, size - at)) for at in range(0, size, CHUNK)]
        assert b"".join(await asyncio.gather(*pieces)) == data
        assert await kept.read(size - 3, 3) == data[-3:]
        if folder.exists():
            assert list(folder.iterdir()) == []  # a kill now would leave nothing behind


async def fill(kept: Kept, data: bytes) -> None:
    for at in range(0, len(data), 100_000):
        await kept.add(data[at : at + 100_000])
    await kept.end()


async def test_memory_is_taken_when_bytes_come_and_not_before() -> None:
    kept = InMemory(1 << 20)
    assert len(kept._data) == 0
    await kept.add(b"x")
    assert len(kept._data) == 1 << 20


async def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 95, 5))
    with pytest.raises(NoSpace) as caught:
        async with room_for(50, Budget(10), tmp_path):
            pass
    assert (caught.value.facts["need"], caught.value.facts["free"]) == (50, 5)


def test_the_disk_s_errors_are_ours(tmp_path: Path) -> None:
    with pytest.raises(NoSpace), disk_errors(tmp_path, 7):
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(TargetUnwritable), disk_errors(tmp_path, 7):
        raise OSError(errno.EIO, "broken")


async def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TargetUnwritable):
        async with room_for(50, Budget(10), tmp_path / "file" / "work"):
            pass
