"""Sending a film: register it, seal and store its parts, join them, keep the private block, say it is done.

Read top to bottom it is the first flow of the task server's document. Every step is committed to the journal
before the next is begun and can be done again, so a kill at any moment costs the parts in flight at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

from app.crypto.keys import FilmSecrets
from app.crypto.layout import Layout
from app.crypto.private_block import PrivateBlockWriter
from app.crypto.seal import FilmSealer, PartSealer
from app.domain import durable
from app.domain.errors import (
    Damaged,
    FileError,
    NodeError,
    NoSpace,
    SourceChanged,
    SourceGrowing,
    TargetUnwritable,
)
from app.domain.events import warned
from app.domain.status import TaskStatus
from app.domain.words import N_
from app.ipfs.ingest import PartAdded, ingest_parts, join_parts, release_part_pins
from app.jobs.desk import Desk
from app.jobs.litter import clean_up, collect_owed, pin_job, unpin_strays
from app.jobs.outbox import Outbox
from app.jobs.places import make_folder, reserve_private_path
from app.jobs.reports import Reporter, every_second
from app.jobs.runner import Slot
from app.jobs.scan import unchanged
from app.jobs.sealing import SealingLost, check_block, finish_block, look_for_block, staging_of
from app.jobs.steps import UploadStep
from app.jobs.threads import from_threads
from app.jobs.together import together
from app.journal import PartRow, TaskRow
from app.media import probe

NO_FID = bytes(16)  # sizes don't depend on it
_BEGINS_AT_MOST = 3
_SETTLED_AFTER = 2.0
_CHANGED = N_("{film} changed while it was sealed; it starts again with new keys")
_LOST = N_("{film}: what was sealed of it is gone or damaged; it starts again with new keys")


async def upload(desk: Desk, outbox: Outbox, task: TaskRow, slot: Slot) -> None:
    """Send one film, from wherever it stands. Raises what stopped it."""
    film = _Upload(desk, outbox, task, slot)
    await film.register()
    for begun in range(1, _BEGINS_AT_MOST + 1):
        try:
            await film.seal_and_hand_over()
            return
        except (SourceChanged, SourceGrowing, SealingLost) as error:
            await film.start_anew(_LOST if isinstance(error, SealingLost) else _CHANGED)
            if begun == _BEGINS_AT_MOST or not await film.settled():
                if isinstance(error, SealingLost):
                    raise Damaged(what=N_("the unfinished private block")) from error
                raise


class _Upload:
    def __init__(self, desk: Desk, outbox: Outbox, task: TaskRow, slot: Slot) -> None:
        self._desk = desk
        self._report = Reporter(desk, outbox, task)
        self._slot = slot

    @property
    def task(self) -> TaskRow:
        return self._report.task

    async def register(self) -> None:
        """Status 0: the server knows the film by its uuid, which a repeat sends again."""
        task = self.task
        if task.remote_id is not None:
            return
        api = await self._desk.open_api(task.server)
        uuid = self._desk.uuid_of(task)
        series = task.series_id or 0
        answer = await self._desk.ask(
            lambda: api.create_upload(series, uuid, task.source_name), task.ref, sleep=self._slot.sleep
        )
        await self._report.change(
            {"remote_id": answer.id, "source_id": answer.source_id, "step": UploadStep.CREATED}
        )
        self._desk.pass_on(answer.message, self.task.ref)

    async def seal_and_hand_over(self) -> None:
        """From status 1 to 8. Raises SourceChanged, SealingLost where it has to begin anew."""
        await self._begin()
        if self.task.step not in (UploadStep.PLACED, UploadStep.FREED):
            self._check_source(SourceGrowing)
            await self._make_keys()
            await self._walk_to(TaskStatus.ENCRYPTING)
            await together(self._look_at_the_picture(), self._seal_and_store())
            await self._join()
            await self._keep_private_block()
        await self._hand_over()

    async def _walk_to(self, target: TaskStatus) -> None:
        """Each legal move up to `target`: a film that comes back from 9 passes them all again."""
        for status in (TaskStatus.SPLITTING, TaskStatus.ENCRYPTING, TaskStatus.UPLOADING):
            behind = self.task.status < status or self.task.status is TaskStatus.ERROR
            if behind and status <= target:
                await self._report.move(status)

    # --- 1: splitting --------------------------------------------------------------------------------

    async def _begin(self) -> None:
        if self.task.status is not TaskStatus.DONE:  # else 8 waits with the address that stands in the row
            await self._report.change({"announced": await self._desk.address()})
        if not self.task.public_size:
            await self._report.change({"public_size": self._plan(NO_FID).public_size})
        await self._walk_to(TaskStatus.SPLITTING)

    def _plan(self, fid: bytes) -> Layout:
        hold_back = self.task.hold_back
        rule = self._desk.preferences.hold_back if hold_back is None else hold_back
        return Layout(size=self.task.size or 0, fid=fid, hold_back=rule)

    # --- 2: encrypting -------------------------------------------------------------------------------

    async def _make_keys(self) -> None:
        """New keys, committed before segment 0, unless an earlier run's can still be used."""
        if self.task.secrets_sealed is not None:
            joined = self.task.step == UploadStep.JOINED
            if joined or await self._desk.journal.parts(self.task.number):
                look_for_block(self.task, joined=joined)
            return
        layout = self._plan(NO_FID)
        secrets = FilmSecrets.new(self._desk.uuid_of(self.task), layout.size, layout.hold_back)
        reserved = await reserve_private_path(self._desk.journal, self.task)
        await self._report.change(
            {
                "private_path": reserved.private_path,
                "secrets_sealed": self._desk.seal(secrets.to_bytes(), "secrets"),
                "hold_back": layout.hold_back,
                "public_size": layout.public_size,
                "cid": "",
                "step": UploadStep.KEYED,
            }
        )

    @property
    def _staging(self) -> Path:
        return staging_of(self.task)

    def _sealing(self) -> tuple[Layout, FilmSecrets, str]:
        secrets = FilmSecrets.from_bytes(self._desk.unseal(self.task.secrets_sealed, "secrets"))
        return self._plan(secrets.fid), secrets, self._desk.uuid_of(self.task)

    async def _look_at_the_picture(self) -> None:
        """Codec, duration and the like, for the private block. Never fails, and waits for nothing."""
        media = await probe(Path(self.task.source_path))
        await self._report.change({"media": media.as_dict()})

    async def _seal_and_store(self) -> None:
        if self.task.step != UploadStep.KEYED:
            return
        layout, secrets, uuid = self._sealing()
        make_folder(self._staging.parent)
        writer = await asyncio.to_thread(PrivateBlockWriter, self._staging, layout, secrets, uuid)
        try:
            if writer.resumed:  # what the earlier run was in the middle of takes room that is needed now
                await self._desk.journal.collections.owe()
                with suppress(NodeError):
                    await collect_owed(self._desk, besides=self.task.number)
            rows = await self._usable_parts(writer)
            await self._store_parts(layout, FilmSealer(layout, secrets, uuid), writer, rows)
        except NoSpace:
            with suppress(NoSpace):  # the journal's disk may be the one that is full
                await self._desk.journal.collections.owe()
            raise
        finally:
            await asyncio.to_thread(writer.close)

    async def _usable_parts(self, writer: PrivateBlockWriter) -> dict[int, PartRow]:
        """The parts that an earlier run stored, if their held-back segments are still there."""
        rows = await self._desk.journal.parts(self.task.number)
        if not rows:
            return {}
        pinned = await self._desk.with_node(lambda rpc: rpc.pin_ls(), self.task.ref)
        usable = {n: row for n, row in rows.items() if writer.resumed and row.cid in pinned}
        if len(usable) < len(rows):  # a repo that was replaced or freed: what is gone is sealed again
            await self._desk.journal.drop_parts(self.task.number)
            for row in usable.values():
                await self._desk.journal.put_part(self.task.number, row)
        return usable

    async def _store_parts(
        self, layout: Layout, sealer: FilmSealer, writer: PrivateBlockWriter, rows: dict[int, PartRow]
    ) -> None:
        stream_parts = layout.stream_parts
        sent = {number: row.size for number, row in rows.items()}
        sealers: dict[int, PartSealer] = {}

        async def open_part(index: int) -> AsyncIterator[memoryview | bytes]:
            part = stream_parts[index]
            sent[index] = 0
            if part.digest_part is not None:
                sealers[index] = PartSealer(
                    sealer, part.digest_part, Path(self.task.source_path), writer.write_held
                )
                async with aclosing(from_threads(sealers[index].chunks())) as chunks:
                    async for chunk in chunks:
                        yield chunk
            if part.footer_slice is not None:
                start, end = part.footer_slice
                yield layout.footer()[start:end]

        def on_bytes(index: int, count: int) -> None:
            sent[index] = count
            self._report.tell("seal", sum(sent.values()), layout.public_size)

        async def on_part(index: int, added: PartAdded) -> None:
            await asyncio.to_thread(writer.sync)
            self._check_source(SourceChanged)
            digest = sealers[index].digest if index in sealers else None
            row = PartRow(index, added.cid, added.size, added.tsize, digest)
            await self._desk.journal.put_part(self.task.number, row)
            rows[index] = row

        async with every_second(lambda: self._report.report_percent(sum(sent.values()), layout.public_size)):
            await self._desk.with_node(
                lambda rpc: ingest_parts(
                    rpc,
                    [part.end - part.start for part in stream_parts],
                    {n: PartAdded(row.cid, row.size, row.tsize) for n, row in rows.items()},
                    open_part,
                    job=pin_job(self.task),
                    at_once=self._desk.preferences.parts_at_once,
                    on_bytes=on_bytes,
                    on_part=on_part,
                    repo=self._desk.repo_dir,
                ),
                self.task.ref,
            )

    # --- 3: uploading --------------------------------------------------------------------------------

    async def _join(self) -> None:
        """One root over the parts, on the disk before anybody is told of it."""
        rows = await self._desk.journal.parts(self.task.number)
        parts = [PartAdded(row.cid, row.size, row.tsize) for _, row in sorted(rows.items())]
        if self.task.step == UploadStep.KEYED:
            root = await self._desk.with_node(lambda rpc: join_parts(rpc, parts), self.task.ref)
            await self._report.change({"cid": root.cid, "public_size": root.size, "step": UploadStep.JOINED})
        root_cid = self.task.cid
        if not await self._desk.with_node(lambda rpc: rpc.pin_ls(root_cid), self.task.ref):
            raise SealingLost
        await self._desk.with_node(lambda rpc: release_part_pins(rpc, parts, root_cid), self.task.ref)
        if await self._desk.with_node(lambda rpc: unpin_strays(rpc, self.task), self.task.ref):
            await self._desk.journal.collections.owe()
        await self._desk.make_durable(self.task.ref)
        await self._walk_to(TaskStatus.UPLOADING)

    async def _keep_private_block(self) -> None:
        """The private block opened once for checking, then under its final name and on the disk."""
        layout, secrets, uuid = self._sealing()
        rows = await self._desk.journal.parts(self.task.number)
        digests = [row.digest for _, row in sorted(rows.items()) if row.digest is not None]
        self._check_source(SourceChanged)
        placed = not self._staging.exists() and Path(self.task.private_path).exists()
        if not placed:
            await asyncio.to_thread(finish_block, self.task, layout, secrets, uuid, digests)
        block = Path(self.task.private_path) if placed else self._staging
        await asyncio.to_thread(check_block, block, uuid, self.task.cid)
        if not placed:
            await self._place_block()
        size = Path(self.task.private_path).stat().st_size
        await self._report.change({"private_size": size, "step": UploadStep.PLACED})

    async def _place_block(self) -> None:
        """Rename without replacing; a name that somebody took meanwhile makes way for the next one."""
        while True:
            staging, final = self._staging, Path(self.task.private_path)
            try:
                await asyncio.to_thread(durable.rename_new, staging, final)
                await asyncio.to_thread(durable.fsync_dir, final.parent)
                return
            except FileExistsError:
                row = await reserve_private_path(self._desk.journal, self.task)
                # The staging file follows its name: move it first, for its name is derived from the row.
                await asyncio.to_thread(staging.rename, row.private_path + ".part")
                await self._report.change({"private_path": row.private_path})
            except OSError as error:
                raise TargetUnwritable(path=str(final.parent), reason=error.strerror or "") from error

    # --- 8: done -------------------------------------------------------------------------------------

    async def _hand_over(self) -> None:
        if self.task.status is not TaskStatus.DONE:
            await self._walk_to(TaskStatus.UPLOADING)
        self._slot.give_back()
        await self._report.finish({"secrets_sealed": None})

    # --- a source that is not the same any more ------------------------------------------------------

    def _check_source(self, kind: type[FileError]) -> None:
        task = self.task
        error = unchanged(Path(task.source_path), task.size or 0, task.mtime_ns or 0)
        if isinstance(error, SourceGrowing):
            raise kind(path=task.source_path)
        if error is not None:
            raise error

    async def start_anew(self, why: str) -> None:
        """Through 9, and everything of this beginning forgotten: the next one has new keys."""
        await clean_up(self._desk, self.task)
        if self.task.status not in (TaskStatus.NOT_STARTED, TaskStatus.ERROR):
            await self._report.move(TaskStatus.ERROR)
        await self._report.change(
            {"private_path": "", "cid": "", "public_size": None, "step": UploadStep.CREATED}
        )
        self._desk.emit(warned(why, self.task.ref, film=self.task.source_name))

    async def settled(self) -> bool:
        """Whether the film stays the same between two looks; then it is what will be sent."""
        path = Path(self.task.source_path)
        with suppress(OSError):
            first = path.stat()
            await asyncio.sleep(_SETTLED_AFTER)
            if unchanged(path, first.st_size, first.st_mtime_ns) is None:
                size, mtime_ns = first.st_size, first.st_mtime_ns
                await self._report.change({"size": size, "mtime_ns": mtime_ns, "public_size": None})
                return True
        return False
