"""How long a sending takes is told by films that went through, and by none that lay still."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.status import TaskKind, TaskStatus
from app.journal import Journal, Run
from app.journal.records import TaskChanges
from app.ui.pace import pace_of, span_of, together

MB = 10**6
STATUSES = (TaskStatus.SPLITTING, TaskStatus.ENCRYPTING, TaskStatus.UPLOADING, TaskStatus.DONE)


@pytest.mark.parametrize(
    ("events", "span"),
    [
        ([(1, "journalled"), (2, "status 1"), (3, "status 2"), (4, "status 3"), (12, "status 8")], (2, 12)),
        ([(2, "status 1"), (5, "paused"), (90, "status 8")], None),
        ([(2, "status 1"), (5, "failed"), (6, "status 1"), (9, "status 8")], (6, 9)),
        ([(2, "status 1"), (2, "status 8")], None),
        ([(2, "status 8")], None),
    ],
)
def test_a_film_counts_from_its_first_byte_to_its_last(
    events: list[tuple[float, str]], span: tuple[float, float] | None
) -> None:
    assert span_of((at, event, "") for at, event in events) == span


def test_films_at_the_same_time_are_taken_together() -> None:
    assert together([((0, 10), 1000 * MB), ((0, 10), 1000 * MB)]) == 200 * MB
    assert together([((0, 10), 1000 * MB), ((20, 30), 1000 * MB)]) == 100 * MB
    assert together([]) is None


def test_a_night_in_between_is_no_measure() -> None:
    assert together([((0, 10), 1000 * MB), ((20, 30_000), 1000 * MB)]) == 100 * MB


async def test_the_journal_tells_it(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal.db") as journal:
        assert await pace_of(journal) is None
        small: TaskChanges = {"source_name": "E01.mov", "size": 5}
        films: list[TaskChanges] = [small, {"source_name": "E02.mov", "size": 400 * MB}]
        for row in await journal.add(TaskKind.UPLOAD, "https://library.example", films):
            for status in STATUSES:
                await journal.report(row.number, status, None, {})
            await journal.update(row.number, run=Run.DONE)
        pace = await pace_of(journal)
        assert pace is not None
        assert pace > 400 * MB, "all of it took less than a second"
