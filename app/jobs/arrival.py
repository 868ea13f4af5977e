"""Opening a film that came: its private block, its parts into NAME.part, the verified film in its place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from blake3 import blake3

from app.crypto.open import FilmOpener, PartOpener, verify_part
from app.crypto.private_block import PrivateBlock, UnlockedBlock
from app.domain import durable
from app.domain.errors import BlockError, Damaged, TargetUnwritable, WrongPair
from app.domain.events import warned
from app.domain.names import safe_name
from app.domain.words import N_
from app.ipfs.fetch import PartRef, fetch_small, read_range
from app.jobs.desk import Desk
from app.jobs.litter import pin_job, work_folder
from app.jobs.places import PART_ENDING, reserve_final_path
from app.jobs.reports import Reporter
from app.jobs.steps import DownloadStep
from app.journal import PartRow, TaskRow

_PRIVATE_SLACK = 64 * 2**20


class Arrival:
    """One film on its way from sealed blocks to its place on the disk."""

    def __init__(self, desk: Desk, report: Reporter) -> None:
        self._desk = desk
        self._report = report
        self._unlocked: UnlockedBlock | None = None
        self._descriptor: int | None = None
        self._whole = blake3()
        self._opened = 0

    @property
    def task(self) -> TaskRow:
        return self._report.task

    # --- the private block ---------------------------------------------------------------------------

    @property
    def private_path(self) -> Path:
        """The private block in the film's own folder of the profile, until the film is done."""
        return work_folder(self._desk, self.task) / "private.rkkey"

    async def fetch_private(self, tried: list[str]) -> None:
        """Fetch the released private block. Raises NoProvider and its like."""
        task, path = self.task, self.private_path
        path.parent.mkdir(parents=True, exist_ok=True)
        coming = path.with_suffix(".coming")
        # No private block is larger than the film's own ciphertext: what a server claims beyond is refused.
        limit = (task.public_size or 0) * 2 + _PRIVATE_SLACK
        await self._desk.with_node(
            lambda rpc: fetch_small(
                rpc,
                task.private_cid,
                coming,
                limit=limit,
                stall_seconds=self._desk.preferences.stall_seconds,
                tried=tried,
                name=pin_job(task) + "/private",
            ),
            task.ref,
        )
        coming.replace(path)

    async def unlock(self) -> None:
        """Open the private block with the task's uuid. One that does not belong here is not kept.

        Raises WrongUuid, WrongPair, NewerFormat, Damaged.
        """
        uuid = self._desk.uuid_of(self.task)
        try:
            block = await asyncio.to_thread(PrivateBlock.read, self.private_path)
            unlocked = await asyncio.to_thread(block.unlock, uuid)
            if unlocked.cid != self.task.cid:
                raise WrongPair
            if unlocked.public_size != self.task.public_size:
                raise Damaged(what="footer")
        except BlockError:
            self.private_path.unlink(missing_ok=True)
            raise
        self._unlocked = unlocked
        self._opener = FilmOpener(unlocked)
        media = unlocked.media
        await self._report.change(
            {
                "size": unlocked.layout.size,
                "media": media,
                "source_name": unlocked.name,
                "step": DownloadStep.KEYED,
            }
        )

    @property
    def unlocked(self) -> UnlockedBlock:
        assert self._unlocked is not None  # noqa: S101 - unlock() comes first
        return self._unlocked

    @property
    def part_count(self) -> int:
        return self.unlocked.layout.part_count

    # --- NAME.part -----------------------------------------------------------------------------------

    @property
    def _part_path(self) -> Path:
        return Path(self.task.final_path + PART_ENDING)

    async def start(self) -> None:
        """Reserve the film's name, and open or make NAME.part at its full length."""
        unlocked = self.unlocked
        if not self.task.final_path:
            row = await reserve_final_path(self._desk.journal, self.task, unlocked.name, unlocked.path)
            await self._report.change({"final_path": row.final_path})
            if (
                Path(row.final_path).stem.split(" (")[0] != Path(unlocked.name).stem
                and safe_name(unlocked.name).changed
            ):
                self._desk.emit(
                    warned(
                        N_("{film} can't be named so on this system; it will be called {name}"),
                        self.task.ref,
                        film=unlocked.name,
                        name=Path(row.final_path).name,
                    )
                )
        path, size = self._part_path, unlocked.layout.size
        rows = await self._desk.journal.parts(self.task.number)
        if (
            any(row.opened for row in rows.values())
            and not path.exists()
            and not Path(self.task.final_path).exists()
        ):
            for row in rows.values():
                await self._mark(row.number, opened=False)
        try:
            self._descriptor = await asyncio.to_thread(_open_at_length, path, size)
        except OSError as error:
            raise TargetUnwritable(path=str(path.parent), reason=error.strerror or "") from error

    async def open_part(self, number: int, roots: list[PartRef]) -> None:
        """Open one part into its place, or see that an earlier run's is still what it was."""
        rows = await self._desk.journal.parts(self.task.number)
        if number in rows and rows[number].opened and await self._still_whole(number):
            return
        plan = self.unlocked.layout.part(number)
        part = PartOpener(self._opener, number)
        length = plan.body_end - plan.body_start
        body = _Segments(self._desk, roots[min(number, len(roots) - 1)], length)
        layout = self.unlocked.layout
        for segment in plan.segments:
            if layout.held(segment):
                sealed = memoryview(await asyncio.to_thread(self._opener.held_segment, segment))
            else:
                sealed = await body.read(layout.ciphertext_length(segment))
            self._opened += await asyncio.to_thread(self._write, part, segment, sealed)
            self._report.tell("open", self._opened, layout.size)
        await body.close()
        await asyncio.to_thread(part.finish)
        await asyncio.to_thread(durable.fsync_file, self._fd)
        await self._mark(number, opened=True)

    @property
    def _fd(self) -> int:
        assert self._descriptor is not None  # noqa: S101 - start() comes first
        return self._descriptor

    def _write(self, part: PartOpener, segment: int, sealed: memoryview) -> int:
        offset, plain = part.feed(segment, sealed)
        _write_all(self._fd, plain, offset)
        self._whole.update(plain)
        return len(plain)

    async def _still_whole(self, number: int) -> bool:
        """What an earlier run wrote is read once: for its own digest, and for the film's."""
        before = self._whole.copy()
        try:
            self._opened += await asyncio.to_thread(
                verify_part, self._opener, number, self._fd, self._whole.update
            )
        except BlockError:
            self._whole = before
            return False
        return True

    async def _mark(self, number: int, *, opened: bool) -> None:
        rows = await self._desk.journal.parts(self.task.number)
        row = rows.get(number, PartRow(number, "", 0))
        flags = PartRow(number, row.cid, row.size, row.tsize, row.digest, row.fetched, opened)
        await self._desk.journal.put_part(self.task.number, flags)

    # --- the film ------------------------------------------------------------------------------------

    async def check_footer(self, footer: bytes) -> None:
        """The public block's own footer is the sealed copy, byte for byte. Raises WrongPair, Damaged."""
        self._opener.check_footer(footer)

    async def place(self) -> None:
        """Everything is verified: make it durable, then give it its name, replacing nothing."""
        await asyncio.to_thread(durable.fsync_file, self._fd)
        await self.close()
        while True:
            part, final = self._part_path, Path(self.task.final_path)
            try:
                if self.task.overwrite:
                    await asyncio.to_thread(part.replace, final)
                else:
                    await asyncio.to_thread(durable.rename_new, part, final)
                break
            except FileExistsError:
                row = await reserve_final_path(
                    self._desk.journal, self.task, self.unlocked.name, self.unlocked.path
                )
                await asyncio.to_thread(part.rename, row.final_path + PART_ENDING)
                await self._report.change({"final_path": row.final_path})
            except OSError as error:
                raise TargetUnwritable(path=str(final.parent), reason=error.strerror or "") from error
        await asyncio.to_thread(durable.fsync_dir, final.parent)
        await self._report.change({"blake3": self._whole.hexdigest(), "step": DownloadStep.PLACED})

    async def close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            await asyncio.to_thread(os.close, descriptor)


class _Segments:
    """The body of one part, read from the local node once and cut into segments."""

    def __init__(self, desk: Desk, ref: PartRef, length: int) -> None:
        self._desk = desk
        self._ref = ref
        self._length = length
        self._chunks: AsyncGenerator[bytes, None] | None = None
        self._rest = b""

    async def read(self, length: int) -> memoryview:
        """The next `length` bytes. Raises Damaged where the part ends before."""
        if self._chunks is None:
            rpc = await self._desk.rpc()
            self._chunks = read_range(rpc, self._ref.cid, 0, self._length)
        have = bytearray(self._rest)
        while len(have) < length:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                raise Damaged(what=f"part at {self._ref.start}")
            have += chunk
        self._rest = bytes(have[length:])
        return memoryview(have)[:length]

    async def close(self) -> None:
        if self._chunks is not None:
            await self._chunks.aclose()


def _open_at_length(path: Path, size: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write_all(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
