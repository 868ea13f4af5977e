"""Delivering reports: one courier a film, in order, for as long as it takes.

A report leaves the journal when the server has answered it. 401/403 stops all couriers until a new token is
there; any other 4xx marks that report refused; the rest is repeated.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from app.api_client import DownloadReport, Task, TaskApi, UploadReport
from app.domain.errors import (
    ReelkeyError,
    ServerAnswerUnclear,
    ServerRedirected,
    ServerUnreachable,
    TokenRefused,
)
from app.domain.events import Failed
from app.domain.status import TaskKind
from app.jobs.desk import Desk
from app.journal import Report, TaskRow

# These say nothing about the report: it waits until a person or the network has mended them.
_NOT_THE_REPORT = (TokenRefused, ServerUnreachable, ServerAnswerUnclear, ServerRedirected)


@dataclass(slots=True)
class _Courier:
    task: asyncio.Task[None]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: ReelkeyError | None = None


class Outbox:
    """Delivers the reports of the films that this process has leased."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._couriers: dict[int, _Courier] = {}
        self._token_told = False

    async def follow(self, task: TaskRow) -> None:
        """Begin to deliver this film's reports, those of an earlier run first."""
        if task.number in self._couriers:
            return
        await self._desk.journal.report_again(task.number)
        courier = _Courier(asyncio.create_task(self._carry(task), name=f"outbox {task.id}"))
        self._couriers[task.number] = courier

    def poke(self, number: int) -> None:
        """There is a new report of this film. A courier without a token waits for one, or to be asked."""
        courier = self._couriers.get(number)
        if courier is not None and not isinstance(courier.stopped, TokenRefused):
            courier.idle.clear()
            courier.wake.set()

    async def flushed(self, number: int) -> list[Report]:
        """Wait until nothing of this film waits; the reports that the server refused.

        Raises TokenRefused, and ServerUnreachable after `patience`.
        """
        courier = self._couriers.get(number)
        if courier is not None:
            courier.idle.clear()
            courier.wake.set()
            await _first(courier.idle, courier.task)
            if courier.stopped is not None:
                raise courier.stopped
        return [report for report in await self._desk.journal.unsent(number) if report.error]

    async def leave(self, number: int) -> None:
        """Stop delivering this film's reports; what waits stays in the journal."""
        courier = self._couriers.pop(number, None)
        if courier is not None:
            courier.task.cancel()
            await asyncio.gather(courier.task, return_exceptions=True)

    async def _carry(self, task: TaskRow) -> None:
        journal = self._desk.journal
        api = await self._desk.open_api(task.server)
        await asyncio.sleep(0)  # follow() has stored the courier by then
        courier = self._couriers[task.number]
        while True:
            courier.wake.clear()
            report = await journal.next_report(task.number)
            if report is None:
                if courier.wake.is_set():
                    continue  # one came in while we looked
                courier.stopped = None
                courier.idle.set()
                await courier.wake.wait()
                continue
            try:
                await self._send(api, task, report)
                await journal.report_done(report.id)
            except _NOT_THE_REPORT as error:
                self._tell_once(error, task)
                courier.stopped = error
                courier.idle.set()
                await courier.wake.wait()
            except ReelkeyError as error:
                await journal.report_refused(report.id, error.record())
                self._desk.emit(Failed(error, task.ref))

    async def _send(self, api: TaskApi, task: TaskRow, report: Report) -> None:
        current = await self._desk.journal.get(task.number)
        remote = current.remote_id
        if remote is None:
            return
        form = report.form
        if task.kind is TaskKind.DOWNLOAD:
            short = DownloadReport(status=report.status, percent=report.percent)
            said: Task = await self._desk.ask(lambda: api.report_download(remote, short), current.ref)
        else:
            full = UploadReport(
                status=report.status,
                percent=report.percent,
                name=form["name"],
                file=form["file"],
                hash=form["hash"],
                size=int(form["size"]),
                ip=form["ip"],
            )
            send = api.report_upload if task.kind is TaskKind.UPLOAD else api.report_private
            said = await self._desk.ask(lambda: send(remote, full), current.ref)
        if task.kind is TaskKind.UPLOAD and said.source_id not in (None, current.source_id):
            # What buyers ask for. A server may know it at the end only.
            await self._desk.journal.update(task.number, source_id=said.source_id)
        self._desk.pass_on(said.message, current.ref)

    def _tell_once(self, error: ReelkeyError, task: TaskRow) -> None:
        if not (isinstance(error, TokenRefused) and self._token_told):
            self._token_told = self._token_told or isinstance(error, TokenRefused)
            self._desk.emit(Failed(error, task.ref))

    def token_renewed(self) -> None:
        """A new token is there: all couriers try again."""
        self._token_told = False
        for number, courier in self._couriers.items():
            courier.stopped = None
            self.poke(number)


async def _first(event: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Wait for `event`; raises what `task` died of, should it die first."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if not event.is_set() and task.done():
        task.result()
