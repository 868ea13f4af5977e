"""What the window's engine tells a library of films that are done or at rest, with a real journal and a real
server. The node never comes up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import Internal
from app.domain.status import TaskStatus
from app.jobs import runner as runner_module
from app.jobs.desk import Desk
from app.jobs.reports import form_of
from app.jobs.steps import UploadStep
from app.journal import Run
from app.journal.records import TaskChanges
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


def known(one: Watched, number: int) -> bool:
    """Whether the library knows the film."""
    return getattr(one.all_rows().get(number), "remote_id", None) is not None


async def at_rest(one: Watched, tmp_path: Path, name: str = "E01.mov") -> int:
    """A film that the library knows and that is paused. Its number."""
    row = await one.send(a_film(tmp_path / Path(name).stem, name), tmp_path / "blocks")
    await one.until(lambda: known(one, row.number))
    await one.engine.pause(row.number)
    await one.until(lambda: one.run_of(row.number) is Run.PAUSED)
    return row.number


async def sealed(one: Watched, number: int, status: TaskStatus) -> None:
    """All is done but for telling the library: that it is done, or that it was told so."""
    journal = one.engine.place.desk.journal
    row = await journal.update(number, announced="before", cid="bafy", public_size=1)
    for reached in (TaskStatus.SPLITTING, TaskStatus.ENCRYPTING, TaskStatus.UPLOADING, TaskStatus.DONE):
        if reached <= status:
            row = await journal.report(
                number, reached, None, form_of(row), changes={"step": UploadStep.PLACED}
            )


def answers(monkeypatch: pytest.MonkeyPatch, ip: str, times: int = 99) -> None:
    """The node says its address so many times, and nothing else."""
    left = iter(range(times))

    async def address(_: Desk) -> str:
        if next(left, None) is None:
            await asyncio.Event().wait()
        return ip

    monkeypatch.setattr(Desk, "address", address)


async def test_a_film_whose_end_is_reported_late_is_reported_with_the_address_of_then(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 waits with the address of the day before; where that is delivered, the library hears the new one."""
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await at_rest(one, tmp_path)
        await sealed(one, number, TaskStatus.DONE)
        answers(monkeypatch, "now")
        await one.engine.resume(number)
        await one.until(lambda: one.run_of(number) is Run.DONE)
        told = one.engine.looks
        await one.until(lambda: one.all_rows()[number].announced == "now" and not told.unsent)
        sent = [asked["form"] for asked in server.control.requests(method="PATCH")]
        assert [(form["status"], form["ip"]) for form in sent][-2:] == [("8", "before"), ("8", "now")]


@pytest.mark.parametrize("unanswered", ["POST", "PATCH"])
async def test_a_film_that_waits_for_the_library_keeps_no_other_back(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch, unanswered: str
) -> None:
    """One film at a time: the second begins while the first is not registered, or its end is not heard."""
    async with engine_of(tmp_path / "p", server.url) as one:
        if unanswered == "PATCH":
            number = await at_rest(one, tmp_path, "waits.mov")
            await sealed(one, number, TaskStatus.UPLOADING)
        await one.engine.set_setting("films_at_once", "1")
        about = {"source_name": "waits.mov"} if unanswered == "POST" else {"name": "waits.mov", "status": "8"}
        server.control.fault("status", code=503, method=unanswered, form=about, times=None)
        if unanswered == "PATCH":
            answers(monkeypatch, "now", times=1)
            await one.engine.resume(number)
        else:
            row = await one.send(a_film(tmp_path / "waits", "waits.mov"), tmp_path / "blocks")
            number = row.number
        await one.until(lambda: server.control.requests(method=unanswered, status=503))
        other = await one.send(a_film(tmp_path / "goes", "goes.mov"), tmp_path / "blocks")
        await one.until(lambda: known(one, other.number))
        assert one.run_of(number) is Run.ACTIVE


async def test_a_stopped_film_whose_end_is_not_heard_can_be_cancelled(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its 9 waits for the library, in this very window: that is no other Reelkey at work on it."""
    monkeypatch.setattr(runner_module, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(runner_module, "_DELIVER_WITHIN", 0.1)
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await at_rest(one, tmp_path)
        server.control.fault("status", code=503, method="PATCH", times=None)
        journal = one.engine.place.desk.journal
        stopped: TaskChanges = {"run": Run.FAILED, "error": Internal(kind="x").record()}
        row = await journal.get(number)
        row = await journal.report(number, TaskStatus.ERROR, None, form_of(row), changes=stopped)
        await one.engine.looks.rows_once()
        await one.engine.works.deliver_owed(row.server)
        await one.until(lambda: server.control.requests(method="PATCH", status=503))
        await one.engine.cancel(number)
        assert (await journal.get(number)).run is Run.CANCELLED
        server.control.clear_faults()
        await one.engine.works.deliver_owed(row.server)
        await one.until(lambda: not one.engine.looks.unsent)
        assert server.control.reported(row.remote_id or 0) == [9]
