"""How a download waits for its release: it asks as often as it should, and keeps no other film back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.api_client import DownloadTask
from app.domain.errors import ServerUnreachable, StillWaiting
from app.domain.status import TaskKind, TaskStatus
from app.jobs.desk import Desk, Preferences
from app.jobs.download import _Download
from app.jobs.litter import leave_seller
from app.jobs.outbox import Outbox
from app.jobs.runner import Places, Slot
from app.journal import Journal, Run

CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"

SELLER = "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"


class FakeLibrary:
    """A download task whose private block comes with the answer of that number; away before `back`."""

    def __init__(self) -> None:
        self.asked = 0
        self.released_at = 4
        self.back = 0
        self.called = asyncio.Event()

    async def read_download(self, task_id: int) -> DownloadTask:
        self.asked += 1
        self.called.set()
        if self.asked < self.back:
            raise ServerUnreachable(server="s", reason="down")
        there = self.asked >= self.released_at
        return DownloadTask(
            id=task_id, status=TaskStatus.AWAITING_PRIVATE, hash=CID, private_hash=CID if there else ""
        )


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
async def desk(tmp_path: Path, library: FakeLibrary) -> AsyncIterator[Desk]:
    async with Journal(tmp_path / "journal.db") as journal:

        async def open_api(_server: str) -> Any:
            return library

        yield Desk(
            journal=journal,
            node=None,  # type: ignore[arg-type]
            sealer=None,  # type: ignore[arg-type]
            open_api=open_api,
            emit=lambda _event: None,
            preferences=Preferences(films=(".mov",), poll_first=0.01, poll_max=0.01),
            leases_dir=tmp_path,
            work_dir=tmp_path,
            repo_dir=tmp_path,
        )


async def download_of(desk: Desk, slot: Slot, wait: float | None = None) -> _Download:
    film = {"remote_id": 7, "source_name": "a.mov", "cid": CID, "status": TaskStatus.AWAITING_PRIVATE}
    (row,) = await desk.journal.add(TaskKind.DOWNLOAD, "https://s", [film])  # type: ignore[list-item]
    return _Download(desk, Outbox(desk), row, slot, wait)


async def test_the_library_is_asked_though_other_films_have_all_places(
    desk: Desk, library: FakeLibrary
) -> None:
    places = Places(lambda: 1)
    async with Slot(places).held() as slot:
        film = await download_of(desk, slot)
        film._whole.set()
        waiting = asyncio.create_task(film._await_release())
        async with Slot(places).held():  # it gave its own one back
            await film._released.wait()
            assert library.asked == 4
            assert (await desk.journal.get(film.task.number)).run is Run.WAITING
        await waiting
        assert places.full
    assert (await desk.journal.get(film.task.number)).run is Run.ACTIVE


async def test_a_library_that_is_away_as_the_last_part_comes_keeps_no_place_taken(
    desk: Desk, library: FakeLibrary
) -> None:
    places, library.back = Places(lambda: 1), 2
    async with Slot(places).held() as slot:
        film = await download_of(desk, slot)
        waiting = asyncio.create_task(film._await_release())
        await library.called.wait()
        film._whole.set()
        async with asyncio.timeout(5), Slot(places).held():
            await film._released.wait()
        await waiting


async def test_a_seller_is_left_once_no_other_film_comes_from_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []

    class FakeRpc:
        async def peering_rm(self, peer_id: str) -> None:
            left.append(peer_id)

    async def rpc(_: Desk) -> Any:
        return FakeRpc()

    monkeypatch.setattr(Desk, "rpc", rpc)
    addresses = [f"/ip4/192.0.2.{n}/tcp/4001/p2p/{SELLER}" for n in (1, 2)]
    films = [{"announced": ",".join(addresses)}, {"announced": addresses[0], "run": Run.WAITING}]
    first, second = await desk.journal.add(TaskKind.DOWNLOAD, "https://s", films)  # type: ignore[arg-type]
    await leave_seller(desk, first)
    assert left == []
    await desk.journal.update(first.number, run=Run.DONE)
    await leave_seller(desk, second)
    assert left == [SELLER]


async def test_a_wait_that_is_bounded_asks_once_at_least(desk: Desk, library: FakeLibrary) -> None:
    async with Slot(Places(lambda: 1)).held() as slot:
        film = await download_of(desk, slot, wait=0)
        film._whole.set()
        library.released_at = 3  # beside the fetch it was asked once
        with pytest.raises(StillWaiting):
            await film._await_release()
        assert library.asked in (1, 2)
