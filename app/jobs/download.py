"""Receiving a film: fetch its public block, wait for the seller's release, open and verify, put it in place.

Read top to bottom it is the second flow of the task server's document. Where the private block is there
already, parts are opened while the next ones still come; else they are kept sealed, for days if it must be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from app.api_client import DownloadTask
from app.crypto.layout import FOOTER_SIZE
from app.domain.errors import (
    BlockError,
    Damaged,
    NodeFault,
    NotOffered,
    ServerAnswerUnclear,
    StillWaiting,
)
from app.domain.events import warned
from app.domain.status import TaskStatus
from app.domain.words import N_, tr
from app.ipfs.barrier import make_durable
from app.ipfs.cid import is_cid
from app.ipfs.fetch import PartRef, fetch_part, part_roots, pin_whole
from app.ipfs.mending import bad_blocks, remove_bad
from app.ipfs.rpc import KuboRpc
from app.jobs.arrival import Arrival
from app.jobs.desk import Desk
from app.jobs.litter import leave_seller, pin_job, remove_files
from app.jobs.outbox import Outbox
from app.jobs.preflight import check_room_for_download
from app.jobs.reports import Reporter, every_second
from app.jobs.runner import Slot
from app.jobs.seller import Seller
from app.jobs.steps import DownloadStep
from app.jobs.tide import Tide, read_end
from app.jobs.together import either, together
from app.journal import PartRow, Run, TaskRow

_POLL_GROWTH = 1.5
_BAD_BLOCKS = N_(
    "{film}: this computer's disk lost or damaged some of what was fetched; that is fetched again"
)

T = TypeVar("T")


async def download(
    desk: Desk, outbox: Outbox, task: TaskRow, slot: Slot, *, wait: float | None = None
) -> None:
    """Receive one film, from wherever it stands. `wait` bounds the wait for the release, in seconds.

    Raises what stopped it; StillWaiting where `wait` is over.
    """
    film = _Download(desk, outbox, task, slot, wait)
    await film.register()
    if film.task.step != DownloadStep.PLACED:
        await film.begin()
        await film.fetch_and_open()
        await leave_seller(desk, film.task)
    await film.hand_over()


class _Download:
    def __init__(self, desk: Desk, outbox: Outbox, task: TaskRow, slot: Slot, wait: float | None) -> None:
        self._desk = desk
        self._report = Reporter(desk, outbox, task)
        self._slot = slot
        self._wait = wait
        self._roots: list[PartRef] = []
        self._tides: list[Tide] = []
        self._whole = asyncio.Event()
        self._released = asyncio.Event()
        self._arrival: Arrival | None = None
        self._seller = Seller(desk, self._report, slot, self._learn_again)

    @property
    def task(self) -> TaskRow:
        return self._report.task

    # --- 0: register ---------------------------------------------------------------------------------

    async def register(self) -> None:
        """The server makes a task of the source id. A lost answer may leave an orphan there: accepted."""
        task = self.task
        api = await self._desk.open_api(task.server)
        if task.remote_id is None:
            source = task.source_id or 0
            answer = await self._desk.ask(
                lambda: api.create_download(source), task.ref, sleep=self._slot.sleep
            )
            await self._learn(answer, first=True)
        elif task.status is TaskStatus.ERROR or not is_cid(self.task.cid):
            await self._learn(await self._read(self._slot.sleep))
        if not is_cid(self.task.cid):
            raise NotOffered(source_name=self.task.source_name, reason=self.task.cid or "—")

    async def _learn(self, answer: DownloadTask, *, first: bool = False) -> None:
        """Note what the server says of the film. It is believed once: later only address and release."""
        self._desk.pass_on(answer.message, self.task.ref)
        if first or not is_cid(self.task.cid):
            await self._report.change({"remote_id": answer.id})  # known from now on, whatever else is wrong
            if answer.uuid is None:
                raise ServerAnswerUnclear(reason="uuid")
            uuid = answer.uuid.get_secret_value().encode()
            await self._report.change(
                {
                    "remote_id": answer.id,
                    "source_name": answer.source_name or answer.name,
                    "folder": answer.file,
                    "series_id": answer.series_id,
                    "cid": answer.hash.strip(),
                    "uuid_sealed": self._desk.seal(uuid, "uuid"),
                    "step": DownloadStep.CREATED,
                }
            )
        await self._report.change({"announced": answer.ip})
        private_cid = answer.private_hash.strip()
        if is_cid(private_cid):
            await self._report.change({"private_cid": private_cid, "private_size": answer.private_size})
            self._released.set()

    async def _read(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> DownloadTask:
        api = await self._desk.open_api(self.task.server)
        remote = self.task.remote_id or 0
        return await self._desk.ask(lambda: api.read_download(remote), self.task.ref, sleep=sleep)

    async def _learn_again(self) -> None:
        await self._learn(await self._read(self._slot.sleep))

    # --- 4: downloading ------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Find the seller's node and the parts, and see that there is room for all of it."""
        if self.task.status in (TaskStatus.NOT_STARTED, TaskStatus.ERROR):
            await self._report.move(TaskStatus.DOWNLOADING, {"error": None})
        self._roots = await self._find_parts()
        size = self._roots[-1].start + self._roots[-1].size
        await self._report.change({"public_size": size})
        self._tides = [Tide() for _ in self._roots]
        await self._forget_what_is_gone()
        check_room_for_download(self._desk, self.task, await self._desk.journal.parts(self.task.number))

    async def _forget_what_is_gone(self) -> None:
        """Parts that an earlier run fetched and the node has no more (freed, another repo) come anew."""
        rows = await self._desk.journal.parts(self.task.number)
        if not rows:
            return
        pinned = await self._desk.with_node(lambda rpc: rpc.pin_ls(), self.task.ref)
        for row in rows.values():
            if row.fetched and not {row.cid, self.task.cid} & set(pinned):
                await self._desk.journal.put_part(self.task.number, replace(row, fetched=False))

    async def _find_parts(self) -> list[PartRef]:
        cid, stall = self.task.cid, self._desk.preferences.stall_seconds

        async def find(rpc: KuboRpc, tried: Sequence[str]) -> list[PartRef]:
            bad = await bad_blocks(rpc, cid, below=False) if await rpc.pin_ls(cid) else []
            if bad:
                await remove_bad(rpc, bad, [cid])
            return await part_roots(rpc, cid, stall_seconds=stall, tried=tried)

        return await self._seller.bring(find)

    async def fetch_and_open(self) -> None:
        """Both at once; whichever fails first stops the other."""
        await together(self._fetch(), self._open())

    async def _fetch(self) -> None:
        """Every part, in order; those that an earlier run fetched are pinned and here."""
        rows = await self._desk.journal.parts(self.task.number)
        arrived = [0] * len(self._roots)
        total = self.task.public_size or 0

        async def report() -> None:
            if self.task.status is TaskStatus.DOWNLOADING:
                await self._report.report_percent(sum(arrived), total)

        async with every_second(report):
            for number, root in enumerate(self._roots):
                if not (number in rows and rows[number].fetched):

                    def on_bytes(done: int, number: int = number, size: int = root.size) -> None:
                        arrived[number] = min(done, size)
                        self._tides[number].rise(done)
                        self._report.tell("fetch", sum(arrived), total)

                    await self._fetch_part(PartRow(number, root.cid, root.size), on_bytes)
                arrived[number] = root.size
                self._tides[number].be_whole()
        await self._pin_whole()
        self._whole.set()
        await self._keep_status()

    async def _pin_whole(self) -> None:
        refs, cid = self._roots, self.task.cid
        await self._seller.bring(lambda rpc, _: pin_whole(rpc, cid, refs))

    async def _fetch_part(self, row: PartRow, on_bytes: Callable[[int], None] | None) -> None:
        """Fetched, and on the disk before it is journalled so: what a power cut takes is fetched again."""
        stall, name, root = self._desk.preferences.stall_seconds, pin_job(self.task), self._roots[row.number]
        await self._seller.bring(
            lambda rpc, tried: fetch_part(
                rpc, root, name=name, on_bytes=on_bytes, stall_seconds=stall, tried=tried
            )
        )
        if self._desk.repo_dir is not None:
            await make_durable(self._desk.repo_dir)
        await self._desk.journal.put_part(self.task.number, replace(row, fetched=True))

    async def _mended(self, number: int, work: Callable[[], Awaitable[T]]) -> T:
        """`work` on a part; once more where blocks of it were gone or damaged here, and then came anew."""
        try:
            return await work()
        except (NodeFault, Damaged):
            if not await self._fetch_bad_blocks(number):
                raise
            return await work()

    async def _fetch_bad_blocks(self, number: int) -> bool:
        """Whether a part that was fetched lacked blocks, or had damaged ones; they are here again then."""
        root, task = self._roots[number], self.task
        row = (await self._desk.journal.parts(task.number)).get(number)
        if row is None or not row.fetched:
            return False
        bad = await self._desk.with_node(lambda rpc: bad_blocks(rpc, root.cid), task.ref)
        if not bad:
            return False
        self._desk.emit(warned(_BAD_BLOCKS, task.ref, film=task.source_name))
        await self._desk.journal.put_part(task.number, replace(row, fetched=False))
        await self._desk.with_node(lambda rpc: remove_bad(rpc, bad, [task.cid, root.cid]), task.ref)
        await self._fetch_part(row, None)
        if self._whole.is_set():
            await self._pin_whole()
        return True

    # --- 5, 6: the private block ---------------------------------------------------------------------

    async def _keep_status(self) -> None:
        """4 while the public block comes; then what is missing: the release, the key, or the opening."""
        if not self._whole.is_set():
            return
        if not self._released.is_set():
            await self._walk_to(TaskStatus.AWAITING_PRIVATE)
        elif self._arrival is None:
            await self._walk_to(TaskStatus.FETCHING_PRIVATE)
        else:
            await self._walk_to(TaskStatus.MERGING)

    async def _walk_to(self, target: TaskStatus) -> None:
        order = (TaskStatus.AWAITING_PRIVATE, TaskStatus.FETCHING_PRIVATE, TaskStatus.MERGING)
        for status in order:
            skipped = status is TaskStatus.AWAITING_PRIVATE and target is not status
            if self.task.status < status <= target and not skipped:
                await self._report.move(status)

    async def _open(self) -> None:
        await self._await_release()
        self._arrival = await self._fetch_private_block()
        await self._keep_status()
        await self._open_parts(self._arrival)

    async def _await_release(self) -> None:
        """Until the private block is there. A film whose parts are all here holds no place meanwhile."""
        if self.task.private_cid:
            self._released.set()
        if not self._released.is_set():
            await either(self._ask_for_release(None), self._whole.wait())
        if not self._released.is_set():
            async with self._slot.given_back():
                await self._ask_for_release(self._wait)
        await self._desk.journal.update(self.task.number, run=Run.ACTIVE)
        await self._keep_status()

    async def _ask_for_release(self, wait: float | None) -> None:
        """Ask the server: soon at first, then each minute. Raises StillWaiting after `wait` seconds."""
        pause, until = self._desk.preferences.poll_first, None if wait is None else time.monotonic() + wait
        while True:
            await self._learn(await self._read())
            if self._released.is_set():
                return
            left = pause if until is None else until - time.monotonic()
            if left <= 0:
                raise StillWaiting(source_name=self.task.source_name)
            if self._whole.is_set():
                await self._desk.journal.update(self.task.number, run=Run.WAITING)
            await asyncio.sleep(min(pause, left))
            pause = min(pause * _POLL_GROWTH, self._desk.preferences.poll_max)

    async def _fetch_private_block(self) -> Arrival:
        """The private block into the profile, and seen to open this very public block."""
        arrival = Arrival(self._desk, self._report)
        if not arrival.private_path.exists():
            await self._seller.bring(arrival.fetch_private)
        await arrival.unlock()
        return arrival

    # --- 7: merging ----------------------------------------------------------------------------------

    async def _open_parts(self, arrival: Arrival) -> None:
        if await arrival.placed_before():
            await self._whole.wait()
            await self._keep_status()
            return
        await arrival.start()

        async def report() -> None:
            if self.task.status is TaskStatus.MERGING:
                await self._report.report_percent(arrival.opened, arrival.unlocked.layout.size)

        try:
            async with every_second(report):
                for number in range(arrival.part_count):
                    place = min(number, len(self._roots) - 1)
                    root, tide = self._roots[place], self._tides[place]
                    await self._mended(place, partial(arrival.open_part, number, root, tide))
            await self._whole.wait()
            await self._keep_status()
            await self._mended(len(self._roots) - 1, partial(self._check_footer, arrival))
            await arrival.place()
        except BlockError:
            # Whichever of the two blocks it was: the private one is small, and comes anew with a retry.
            arrival.private_path.unlink(missing_ok=True)
            raise
        finally:
            await arrival.close()

    async def _check_footer(self, arrival: Arrival) -> None:
        await arrival.check_footer(await self._footer())

    async def _footer(self) -> bytes:
        """The last bytes of the public block, wherever in its last parts they lie."""
        start = (self.task.public_size or 0) - FOOTER_SIZE
        footer = await self._desk.with_node(lambda rpc: read_end(rpc, self._roots, start), self.task.ref)
        if len(footer) != FOOTER_SIZE:
            raise Damaged(what=tr(N_("the public block")))
        return footer

    # --- 8: done -------------------------------------------------------------------------------------

    async def hand_over(self) -> None:
        if self.task.status is not TaskStatus.DONE:
            if self.task.status in (TaskStatus.NOT_STARTED, TaskStatus.ERROR):
                await self._report.move(TaskStatus.DOWNLOADING)
            await self._walk_to(TaskStatus.MERGING)
        self._slot.give_back()
        await self._report.finish()
        await remove_files(self._desk, self.task)
