"""What a film leaves behind, and what of it is somebody else's by now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import NodeFault
from app.domain.status import TaskKind
from app.jobs.leases import Leases
from app.jobs.litter import collect_owed, remove_files, unpin
from app.journal import Journal, Run
from app.journal.records import TaskChanges

KINDS = [(TaskKind.UPLOAD, "private_path"), (TaskKind.DOWNLOAD, "final_path")]


@pytest.mark.parametrize(("kind", "column"), KINDS)
async def test_a_name_that_another_film_took_since_is_left_to_it(
    tmp_path: Path, kind: TaskKind, column: str
) -> None:
    part = tmp_path / "film.part"
    async with Journal(tmp_path / "j.db") as journal:
        desk: Any = type("Desk", (), {"journal": journal, "work_dir": tmp_path / "work"})
        await journal.add(kind, "https://s", [{}, {}])
        await journal.reserve(1, column, [str(tmp_path / "film")])
        await journal.update(1, run=Run.CANCELLED)
        part.touch()
        await remove_files(desk, await journal.get(1))
        assert not part.exists()

        await journal.reserve(2, column, [str(tmp_path / "film")])
        for run in (Run.ACTIVE, Run.PAUSED, Run.FAILED):
            await journal.update(2, run=run)
            part.touch()
            await remove_files(desk, await journal.get(1))
            assert part.exists(), run
        await remove_files(desk, await journal.get(2))
        assert not part.exists()


class FakeNode:
    """A node of so many pins, and its RPC; `collected` counts its collections."""

    def __init__(self, *pins: str) -> None:
        self.pins = set(pins)
        self.runs = True
        self.fails = False
        self.collected = 0

    async def status(self) -> Any:
        return self if self.runs else None

    async def pin_ls(self, name: str = "") -> dict[str, str]:
        return {}

    async def pin_rm(self, cid: str) -> bool:
        self.pins.discard(cid)
        return True

    async def repo_gc(self) -> None:
        if self.fails:
            raise NodeFault(reason="busy")
        self.collected += 1


class Surroundings:
    """As much of a desk as letting go needs."""

    def __init__(self, journal: Journal, node: FakeNode, folder: Path) -> None:
        self.journal, self.node, self.leases_dir = journal, node, folder

    async def rpc(self) -> FakeNode:
        return self.node


async def test_a_collection_is_owed_until_one_was_made(tmp_path: Path) -> None:
    node = FakeNode("a", "b")
    async with Journal(tmp_path / "j.db") as journal:
        desk: Any = Surroundings(journal, node, tmp_path)
        films: list[TaskChanges] = [{"cid": "a", "remote_id": 1}, {"cid": "b", "remote_id": 2}]
        first, second = await journal.add(TaskKind.UPLOAD, "https://s", films)
        assert await collect_owed(desk) and node.collected == 0, "nothing was let go of"
        await unpin(desk, first)
        assert node.pins == {"b"}
        await journal.update(second.number, run=Run.ACTIVE)
        with Leases(tmp_path).take(second.id):
            assert not await collect_owed(desk), "a film is in work"
            assert not await collect_owed(desk, besides=first.number)
            await journal.update(second.number, run=Run.WAITING)
            assert await collect_owed(desk) and node.collected == 1, "it waits for its release"
        await unpin(desk, second)
        node.runs = False
        assert not await collect_owed(desk), "a node that was stopped is not started for it"
        node.runs, node.fails = True, True
        with pytest.raises(NodeFault):
            await collect_owed(desk)
        node.fails = False
        assert await collect_owed(desk) and await collect_owed(desk)
        assert (node.collected, node.pins) == (2, set())


async def test_blocks_that_another_film_holds_too_stay_and_a_film_never_begun_has_none(
    tmp_path: Path,
) -> None:
    node = FakeNode("a")
    async with Journal(tmp_path / "j.db") as journal:
        desk: Any = Surroundings(journal, node, tmp_path)
        films: list[TaskChanges] = [{"cid": "a", "remote_id": 1}, {"cid": "a", "remote_id": 2}, {}]
        first, second, never = await journal.add(TaskKind.UPLOAD, "https://s", films)
        await unpin(desk, never)
        assert await journal.collections.owed() == 0
        await unpin(desk, first)
        assert node.pins == {"a"}
        await journal.forget(first.number)
        await unpin(desk, second)
        assert node.pins == set()
