"""The outbox: order, what is repeated, what is refused, and what stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.api_client import Task, UploadReport, until_answered
from app.api_client.models import TaskList
from app.domain.errors import ServerAnswerUnclear, ServerRefused, ServerUnreachable, TokenRefused
from app.domain.events import Event, Failed, Warned
from app.domain.status import TaskKind, TaskStatus
from app.jobs import desk as desk_module
from app.jobs.desk import Desk, Preferences
from app.jobs.outbox import Outbox
from app.jobs.release import due_tasks
from app.jobs.reports import Reporter
from app.journal import Journal, TaskRow


@dataclass(frozen=True)
class Answer:
    message: str = ""
    source_id: int | None = None


class FakeApi:
    """Answers reports as told: a list of errors to raise first, then yes."""

    def __init__(self) -> None:
        self.got: list[tuple[int, int | None]] = []
        self.fail: list[Exception] = []
        self.answer = Answer()
        self.due = TaskList()

    async def due_private(self) -> TaskList:
        return self.due

    async def report_upload(self, _task: int, report: UploadReport) -> Any:
        if self.fail:
            raise self.fail.pop(0)
        self.got.append((report.status, report.percent))
        return self.answer


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
async def desk(
    tmp_path: Path, api: FakeApi, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    real = until_answered

    async def quick(call: Any, **options: Any) -> Any:
        return await real(call, **options | {"sleep": lambda _seconds: asyncio.sleep(0)})

    monkeypatch.setattr(desk_module, "until_answered", quick)
    async with Journal(tmp_path / "journal.db") as journal:

        async def open_api(_server: str) -> Any:
            return api

        yield Desk(
            journal=journal,
            node=None,  # type: ignore[arg-type]
            sealer=None,  # type: ignore[arg-type]
            open_api=open_api,
            emit=events.append,
            preferences=Preferences(films=(".mov",)),
            leases_dir=tmp_path,
            work_dir=tmp_path,
            repo_dir=tmp_path,
        )


async def registered(desk: Desk) -> TaskRow:
    film = {"remote_id": 7, "source_name": "a.mov", "folder": "s", "public_size": 10}
    return (await desk.journal.add(TaskKind.UPLOAD, "https://s", [film]))[0]  # type: ignore[list-item]


async def test_reports_arrive_in_order_and_leave_the_journal(desk: Desk, api: FakeApi) -> None:
    task, outbox = await registered(desk), Outbox(desk)
    await outbox.follow(task)
    report = Reporter(desk, outbox, task)
    for status in (TaskStatus.SPLITTING, TaskStatus.ENCRYPTING, TaskStatus.UPLOADING):
        await report.move(status)
    await report.finish()
    assert api.got == [(1, None), (2, None), (3, None), (8, 100)]
    assert await desk.journal.unsent() == []
    await outbox.leave(task.number)


async def test_what_an_earlier_run_left_is_sent_first(desk: Desk, api: FakeApi) -> None:
    task = await registered(desk)
    await Reporter(desk, Outbox(desk), task).move(TaskStatus.SPLITTING)
    under_way = await desk.journal.next_report(task.number)
    assert under_way is not None  # a process died here, with the report on its way
    outbox = Outbox(desk)
    await outbox.follow(task)
    await outbox.flushed(task.number)
    assert api.got == [(1, None)]
    await outbox.leave(task.number)


async def test_what_buyers_ask_for_is_learnt_from_the_answer_to_a_report(desk: Desk, api: FakeApi) -> None:
    """The server's document takes `source_id` from the answer to the update; a create may answer without."""
    task, outbox = await registered(desk), Outbox(desk)
    await outbox.follow(task)
    report = Reporter(desk, outbox, task)
    await report.move(TaskStatus.SPLITTING)
    await outbox.flushed(task.number)
    assert (await desk.journal.get(task.number)).source_id is None
    for status in (TaskStatus.ENCRYPTING, TaskStatus.UPLOADING):
        await report.move(status)
    api.answer = Answer(source_id=7006)
    await report.finish()
    assert (await desk.journal.get(task.number)).source_id == 7006
    api.answer = Answer()
    await report.move(TaskStatus.DONE, anew=True)
    await outbox.flushed(task.number)
    assert (await desk.journal.get(task.number)).source_id == 7006
    await outbox.leave(task.number)


async def test_an_entry_that_can_not_be_read_is_told_once_and_hides_nothing(
    desk: Desk, api: FakeApi, events: list[Event]
) -> None:
    odd = [ServerAnswerUnclear(reason="data[1].status")]
    api.due = TaskList([Task(id=1, status=TaskStatus.NOT_STARTED)], odd=odd)
    for _ in range(3):
        assert [task.id for task in await due_tasks(desk, "https://s")] == [1]
    assert [event.facts for event in events if isinstance(event, Warned)] == [
        (("reasons", "data[1].status"),)
    ]
    api.due = TaskList()
    await due_tasks(desk, "https://s")
    api.due = TaskList(odd=odd)
    await due_tasks(desk, "https://s")
    assert len(events) == 2


async def test_a_server_that_is_away_is_asked_until_it_is_back(
    desk: Desk, api: FakeApi, events: list[Event]
) -> None:
    task, outbox = await registered(desk), Outbox(desk)
    api.fail = [ServerUnreachable(server="s", reason="down") for _ in range(20)]
    await outbox.follow(task)
    await Reporter(desk, outbox, task).move(TaskStatus.SPLITTING)
    await outbox.flushed(task.number)
    assert api.got == [(1, None)]
    assert len([event for event in events if isinstance(event, Failed)]) == 1
    await outbox.leave(task.number)


async def test_a_refused_report_is_shown_and_the_next_goes_on(
    desk: Desk, api: FakeApi, events: list[Event]
) -> None:
    task, outbox = await registered(desk), Outbox(desk)
    api.fail = [ServerRefused(status=400, text="no")]
    await outbox.follow(task)
    report = Reporter(desk, outbox, task)
    await report.move(TaskStatus.SPLITTING)
    await report.move(TaskStatus.ENCRYPTING)
    refused = await outbox.flushed(task.number)
    assert api.got == [(2, None)]
    assert [(one.status, (one.error or {})["code"]) for one in refused] == [(1, "server_refused")]
    assert [event.error.code for event in events if isinstance(event, Failed)] == ["server_refused"]
    await outbox.leave(task.number)


async def test_a_refused_end_is_the_films_error_and_can_be_tried_again(desk: Desk, api: FakeApi) -> None:
    task, outbox = await registered(desk), Outbox(desk)
    await desk.journal.update(task.number, status=TaskStatus.UPLOADING)
    task = await desk.journal.get(task.number)
    api.fail = [ServerRefused(status=400, text="not yet")]
    await outbox.follow(task)
    report = Reporter(desk, outbox, task)
    with pytest.raises(ServerRefused):
        await report.finish()
    await report.finish()
    assert api.got == [(8, 100)]
    await outbox.leave(task.number)


async def test_an_expired_token_stops_the_queue_and_keeps_it(desk: Desk, api: FakeApi) -> None:
    task, outbox = await registered(desk), Outbox(desk)
    api.fail = [TokenRefused(text="expired") for _ in range(3)]
    await outbox.follow(task)
    report = Reporter(desk, outbox, task)
    await report.move(TaskStatus.SPLITTING)
    with pytest.raises(TokenRefused):
        await outbox.flushed(task.number)
    assert [one.status for one in await desk.journal.unsent()] == [1]
    api.fail = []
    outbox.token_renewed()
    await outbox.flushed(task.number)
    assert api.got == [(1, None)]
    await outbox.leave(task.number)
