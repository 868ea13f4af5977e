"""What a film leaves behind, and what of it is somebody else's by now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.status import TaskKind
from app.jobs.litter import remove_files
from app.journal import Journal, Run

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
