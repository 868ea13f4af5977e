"""What the window's engine tells a library of films that are done or at rest, with a real journal and a real
server. The node never comes up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.status import TaskStatus
from app.jobs.desk import Desk
from app.jobs.reports import form_of
from app.jobs.steps import UploadStep
from app.journal import Run
from app.ui import looks as looks_module
from sandbox.task_server.testing import RunningServer
from tests.ui.engines import Watched, a_film, engine_of


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        yield running


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks_module, "_ROWS_EVERY", 0.1)


async def at_rest(one: Watched, tmp_path: Path) -> int:
    """A film that the library knows and that is paused. Its number."""
    row = await one.send(a_film(tmp_path / "series"), tmp_path / "blocks")
    await one.until(lambda: getattr(one.all_rows().get(row.number), "remote_id", None) is not None)
    await one.engine.pause(row.number)
    await one.until(lambda: one.run_of(row.number) is Run.PAUSED)
    return row.number


async def test_a_film_whose_end_is_reported_late_is_reported_with_the_address_of_then(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 waits with the address of the day before; where that is delivered, the library hears the new one."""
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await at_rest(one, tmp_path)
        journal = one.engine.place.desk.journal
        row = await journal.update(number, announced="before", cid="bafy", public_size=1)
        for status in (TaskStatus.SPLITTING, TaskStatus.ENCRYPTING, TaskStatus.UPLOADING, TaskStatus.DONE):
            changes = {"step": UploadStep.PLACED}
            row = await journal.report(number, status, None, form_of(row), changes=changes)  # type: ignore[arg-type]

        async def address(_: Desk) -> str:
            await asyncio.sleep(0)
            return "now"

        monkeypatch.setattr(Desk, "address", address)
        await one.engine.resume(number)
        await one.until(lambda: one.run_of(number) is Run.DONE)
        told = one.engine.looks
        await one.until(lambda: one.all_rows()[number].announced == "now" and not told.unsent)
        sent = [asked["form"] for asked in server.control.requests(method="PATCH")]
        assert [(form["status"], form["ip"]) for form in sent][-2:] == [("8", "before"), ("8", "now")]
