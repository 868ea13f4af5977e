"""The profile's own disk is full: a film whose state can't be journalled stops, and goes on once it can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import NoSpace
from app.journal import Journal, Run
from app.ui import works
from sandbox.task_server.testing import RunningServer
from tests.ui.engines import a_film, engine_of


async def test_a_film_that_the_journal_could_not_take_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "_ELSEWHERE_EVERY", 0.1)
    with RunningServer(tmp_path / "server") as server:
        async with engine_of(tmp_path / "profile", server.url) as one:
            row = await one.send(a_film(tmp_path / "series"), tmp_path / "blocks")
            await one.until(lambda: one.run_of(row.number) is Run.ACTIVE)
            await one.engine.pause(row.number)
            tries = 0

            async def full(*_: Any, **__: Any) -> Any:
                nonlocal tries
                tries += 1
                raise NoSpace(place="disk", need="more", free=0)

            with monkeypatch.context() as patch:
                update = Journal.update

                async def first_only(self: Journal, number: int, **changes: Any) -> Any:
                    if changes.get("run") is Run.ACTIVE:  # from here on the disk is full
                        patch.setattr(Journal, "update", full)
                        patch.setattr(Journal, "report", full)
                        await update(self, number, **changes)
                        return await full()
                    return await update(self, number, **changes)

                patch.setattr(Journal, "update", first_only)
                await one.engine.resume(row.number)
                await one.until(lambda: tries > 3 and not one.engine.works.running)
                told = one.failures().count("no_space")
                assert told in (1, 2) and one.run_of(row.number) is not Run.FAILED
            await one.until(lambda: row.number in one.engine.works.running)
            assert one.failures().count("no_space") == told, "it was not told each time it was looked at"
