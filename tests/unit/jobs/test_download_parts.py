"""Parts that come: on the disk before they are journalled, and fetched again where it lost some of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Damaged, NodeFault
from app.domain.events import Warned
from app.domain.status import TaskKind
from app.ipfs.fetch import PartRef
from app.jobs import download
from app.jobs.desk import Desk, Preferences
from app.jobs.download import _Download
from app.jobs.outbox import Outbox
from app.jobs.runner import Places, Slot
from app.journal import Journal, PartRow

PART = PartRow(0, "part", 5)


class Parts:
    """A download of one part, whose node, seller and disk only note what is asked of them, in order."""

    def __init__(self, film: _Download, events: list[Any]) -> None:
        self.film = film
        self.events = events
        self.bad: list[str] = []
        self.asked: list[str] = []

    async def journalled(self) -> bool:
        rows = await self.film._desk.journal.parts(self.film.task.number)
        return 0 in rows and rows[0].fetched


@pytest.fixture
async def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parts]:
    events: list[Any] = []
    async with Journal(tmp_path / "journal.db") as journal:
        desk = Desk(
            journal=journal,
            node=None,  # type: ignore[arg-type]
            sealer=None,  # type: ignore[arg-type]
            open_api=None,  # type: ignore[arg-type]
            emit=events.append,
            preferences=Preferences(films=(".mov",)),
            leases_dir=tmp_path,
            work_dir=tmp_path,
            repo_dir=tmp_path,
        )
        (row,) = await journal.add(TaskKind.DOWNLOAD, "https://s", [{"cid": "root"}])
        film = _Download(desk, Outbox(desk), row, Slot(Places(lambda: 1)), None)
        film._roots = [PartRef("part", 0, 5)]
        found = Parts(film, events)

        async def bring(call: Callable[[Any, Any], Awaitable[Any]]) -> Any:
            return await call(None, [])

        async def with_node(_desk: Desk, call: Callable[[Any], Awaitable[Any]], _task: Any = None) -> Any:
            return await call(None)

        async def fetch_part(_rpc: Any, ref: PartRef, **_: Any) -> None:
            found.asked.append(f"fetch {ref.cid}")

        async def make_durable(repo: Path) -> bool:
            assert not await found.journalled() and repo == tmp_path
            found.asked.append("durable")
            return True

        async def bad_blocks(_rpc: Any, cid: str) -> list[str]:
            return found.bad

        async def remove_bad(_rpc: Any, bad: list[str], pinned: list[str]) -> None:
            assert not await found.journalled()
            found.asked.append(f"remove {bad} {pinned}")

        monkeypatch.setattr(film._seller, "bring", bring)
        monkeypatch.setattr(Desk, "with_node", with_node)
        for fake in (fetch_part, make_durable, bad_blocks, remove_bad):
            monkeypatch.setattr(download, fake.__name__, fake)
        yield found


async def test_a_part_is_on_the_disk_before_it_is_journalled_as_fetched(parts: Parts) -> None:
    await parts.film._fetch_part(PART, None)
    assert parts.asked == ["fetch part", "durable"] and await parts.journalled()


@pytest.mark.parametrize("fault", [NodeFault(reason="cat"), Damaged(what="the public block")])
async def test_a_part_that_the_disk_harmed_is_fetched_once_more(parts: Parts, fault: Exception) -> None:
    tries = 0

    async def open_part() -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise fault
        return "opened"

    await parts.film._fetch_part(PART, None)
    parts.asked.clear()
    parts.bad = ["leaf"]
    assert await parts.film._mended(0, open_part) == "opened"
    assert parts.asked == ["remove ['leaf'] ['root', 'part']", "fetch part", "durable"]
    assert [type(event) for event in parts.events] == [Warned] and await parts.journalled()


async def test_a_part_that_is_whole_or_still_comes_is_not_fetched_again(parts: Parts) -> None:
    async def open_part() -> None:
        raise Damaged(what="the private block")

    for bad, fetched in ((["leaf"], False), ([], True)):
        parts.bad = bad
        if fetched:
            await parts.film._fetch_part(PART, None)
            parts.asked.clear()
        with pytest.raises(Damaged):
            await parts.film._mended(0, open_part)
        assert parts.asked == []
