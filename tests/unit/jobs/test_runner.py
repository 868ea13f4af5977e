"""Films that run together: what stops one, even without a word in the journal, keeps no other back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Internal, NoSpace, ReelkeyError
from app.domain.events import Failed
from app.domain.status import TaskKind
from app.jobs.desk import Desk, Preferences
from app.jobs.leases import Leases
from app.jobs.litter import clean_up
from app.jobs.outbox import Outbox
from app.jobs.runner import Runner, Slot
from app.journal import Journal, Run, TaskRow
from app.journal.records import TaskChanges

FULL = NoSpace(place="disk", need="more", free=0)


class FullJournal(Journal):
    """A journal on a full disk for the films `stuck`."""

    stuck: set[int]

    async def update(self, number: int, **changes: Any) -> TaskRow:
        if number in self.stuck:
            raise FULL
        return await super().update(number, **changes)

    async def report(self, number: int, *arguments: Any, **more: Any) -> TaskRow:
        if number in self.stuck:
            raise FULL
        return await super().report(number, *arguments, **more)


@pytest.fixture
def events() -> list[Any]:
    return []


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[FullJournal]:
    journal = FullJournal(tmp_path / "journal.db")
    journal.stuck = set()
    async with journal:
        yield journal


@pytest.fixture
def desk(tmp_path: Path, journal: FullJournal, events: list[Any]) -> Desk:
    async def open_api(_server: str) -> Any:
        return None

    return Desk(
        journal=journal,
        node=None,  # type: ignore[arg-type]
        sealer=None,  # type: ignore[arg-type]
        open_api=open_api,
        emit=events.append,
        preferences=Preferences(films=(".mov",)),
        leases_dir=tmp_path / "leases",
        work_dir=tmp_path / "work",
        repo_dir=tmp_path,
    )


def runner_of(desk: Desk) -> Runner:
    return Runner(desk, Outbox(desk), Leases(desk.leases_dir), clean_up)


async def nothing_to_do(_desk: Desk, _outbox: Outbox, _task: TaskRow, _slot: Slot) -> None:
    return


async def journalled(desk: Desk) -> list[TaskRow]:
    films: list[TaskChanges] = [{"source_name": "a.mov"}, {"source_name": "b.mov"}]
    return await desk.journal.add(TaskKind.UPLOAD, "https://s", films)


@pytest.mark.parametrize("when", ["before it began", "in the middle"])
async def test_a_film_whose_state_can_not_be_journalled_stops_alone(
    desk: Desk, journal: FullJournal, events: list[Any], when: str
) -> None:
    first, second = await journalled(desk)

    async def fills_the_disk(_desk: Desk, _outbox: Outbox, task: TaskRow, _slot: Slot) -> None:
        journal.stuck.add(task.number)
        raise FULL

    if when == "before it began":
        journal.stuck.add(first.number)
    stopped, done = await runner_of(desk).run([(first, fills_the_disk), (second, nothing_to_do)])
    assert isinstance(stopped.error, NoSpace) and done.error is None
    assert stopped.task.run is (Run.QUEUED if when == "before it began" else Run.ACTIVE)
    assert (await journal.get(second.number)).run is Run.DONE
    assert {type(event.error) for event in events if isinstance(event, Failed)} == {NoSpace}

    journal.stuck.clear()
    (again,) = await runner_of(desk).run([(await journal.get(first.number), nothing_to_do)])
    assert (again.error, again.task.run) == (None, Run.DONE)


@pytest.mark.parametrize(
    ("error", "kind"), [(OSError(28, "No space left on device"), NoSpace), (KeyError("x"), Internal)]
)
async def test_a_lease_that_can_not_be_taken_stops_one_film(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[ReelkeyError]
) -> None:
    first, second = await journalled(desk)
    desk.leases_dir.mkdir()
    real = Leases.take

    def take(self: Leases, name: str) -> Any:
        if name == first.id:
            raise error
        return real(self, name)

    monkeypatch.setattr(Leases, "take", take)
    stopped, done = await runner_of(desk).run([(first, nothing_to_do), (second, nothing_to_do)])
    assert isinstance(stopped.error, kind) and done.error is None
