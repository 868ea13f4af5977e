"""Opening a film that came: its private block, its parts into NAME.part, the verified film in its place."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path

from blake3 import blake3

from app.crypto.open import FilmOpener, PartOpener
from app.crypto.positioned import read_at, write_at
from app.crypto.private_block import PrivateBlock, UnlockedBlock
from app.domain import durable
from app.domain.errors import BlockError, Damaged, FileError, TargetUnwritable, WrongPair
from app.domain.events import warned
from app.domain.names import safe_name
from app.domain.room import no_room
from app.domain.words import N_, tr
from app.ipfs.fetch import PartRef, fetch_small
from app.ipfs.rpc import KuboRpc
from app.jobs.desk import Desk
from app.jobs.litter import pin_job, work_folder
from app.jobs.places import NAME_MARGIN, PART_ENDING, make_folder, reserve_final_path
from app.jobs.reports import Reporter
from app.jobs.steps import DownloadStep
from app.jobs.threads import to_the_end
from app.jobs.tide import Segments, Tide
from app.journal import PartRow, TaskRow

_PRIVATE_SLACK = 64 * 2**20
_READ = 4 * 2**20


class Arrival:
    """One film on its way from sealed blocks to its place on the disk."""

    def __init__(self, desk: Desk, report: Reporter) -> None:
        self._desk = desk
        self._report = report
        self._unlocked: UnlockedBlock | None = None
        self._descriptor: int | None = None
        self._whole = blake3()
        self._syncing: asyncio.Task[None] | None = None
        self.opened = 0  # bytes of the film that stand in NAME.part

    @property
    def task(self) -> TaskRow:
        return self._report.task

    # --- the private block ---------------------------------------------------------------------------

    @property
    def private_path(self) -> Path:
        """The private block in the film's own folder of the profile, until the film is done."""
        return work_folder(self._desk, self.task) / "private.rkkey"

    async def fetch_private(self, rpc: KuboRpc, tried: Sequence[str]) -> None:
        """Fetch the released private block. Raises NoProvider and its like."""
        task, path = self.task, self.private_path
        make_folder(path.parent)
        coming = path.with_suffix(".coming")
        # No private block is larger than the film's own ciphertext: what a server claims beyond is refused.
        limit = (task.public_size or 0) * 2 + _PRIVATE_SLACK
        await fetch_small(
            rpc,
            task.private_cid,
            coming,
            limit=limit,
            stall_seconds=self._desk.preferences.stall_seconds,
            tried=tried,
            name=pin_job(task) + "/private",
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
                raise Damaged(what=tr(N_("the public block")))
        except BlockError:
            self.private_path.unlink(missing_ok=True)
            raise
        self._unlocked = unlocked
        self._opener = FilmOpener(unlocked)
        facts = unlocked.facts
        await self._report.change(
            {
                "size": unlocked.layout.size,
                "media": json.loads(_storable(json.dumps(dict(facts.media), ensure_ascii=False))),
                "source_name": _storable(facts.name),
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

    @property
    def _fd(self) -> int:
        assert self._descriptor is not None  # noqa: S101 - start() comes first
        return self._descriptor

    async def placed_before(self) -> bool:
        """Whether an earlier run was killed right after it gave the film its name: what stands there under
        our reserved name is the film, digest by digest."""
        final = Path(self.task.final_path)
        rows = await self._desk.journal.parts(self.task.number)
        opened = [number in rows and rows[number].opened for number in range(self.part_count)]
        if not (self.task.final_path and all(opened) and final.is_file()) or self._part_path.exists():
            return False
        if final.stat().st_size != self.unlocked.layout.size:
            return False
        self._descriptor = os.open(final, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            for number in range(self.part_count):
                if not await asyncio.to_thread(self._still_whole, number):
                    self._whole = blake3()
                    return False
        finally:
            await self.close()
        await self._placed(final)
        return True

    async def start(self) -> None:
        """Reserve the film's name, and open or make NAME.part at its full length."""
        while self._descriptor is None:
            fresh = not self.task.final_path
            if fresh:
                await self._reserve()
            path = self._part_path
            make_folder(path.parent)
            if not path.exists():
                await self._forget_opened()
            try:
                size = self.unlocked.layout.size
                self._descriptor = await to_the_end(_open_at_length, path, size, fresh)
            except FileExistsError:
                # Another film of ours took the same file under another spelling: take the next name.
                await self._report.change({"final_path": ""})
            except OSError as error:
                raise _cannot_write(path, error) from error

    async def _forget_opened(self) -> None:
        for row in (await self._desk.journal.parts(self.task.number)).values():
            if row.opened:
                await self._mark(row.number, opened=False)

    async def _reserve(self) -> None:
        facts = self.unlocked.facts
        row = await reserve_final_path(self._desk.journal, self.task, facts.name, facts.path)
        await self._report.change({"final_path": row.final_path})
        asked = "/".join([self.task.folder, *facts.path])
        given = Path(row.final_path).relative_to(self.task.output_dir)
        # Its name alone may have a twin's number: that is no change of the name.
        if safe_name(facts.name, margin=NAME_MARGIN).changed or given.parent.as_posix() != asked:
            self._desk.emit(
                warned(
                    N_("{film} can't be named so on this system; it will be called {name}"),
                    self.task.ref,
                    film=_storable(f"{asked}/{facts.name}"),
                    name=given.as_posix(),
                )
            )

    async def open_part(self, number: int, ref: PartRef, tide: Tide) -> None:
        """Open one part into its place as it comes, or see that an earlier run's is still what it was."""
        rows = await self._desk.journal.parts(self.task.number)
        if number in rows and rows[number].opened and await asyncio.to_thread(self._still_whole, number):
            return
        before = self._whole.copy()

        async def opened(rpc: KuboRpc) -> None:
            # A node that dies half-way is asked again for the whole part: the film's hash goes back too.
            self._whole = before.copy()
            await self._open_once(rpc, number, ref, tide)

        try:
            await self._desk.with_node(opened, self.task.ref)
        except BaseException:
            self._whole = before
            raise
        await self._synced()
        self._syncing = asyncio.create_task(self._sync_and_mark(number))

    async def _sync_and_mark(self, number: int) -> None:
        await self._sync()
        await self._mark(number, opened=True)

    async def _sync(self) -> None:
        try:
            await to_the_end(durable.fsync_file, self._fd)
        except OSError as error:
            raise _cannot_write(self._part_path, error) from error

    async def _synced(self) -> None:
        """The part before is on the disk and journalled: it was brought there while this one was opened."""
        if self._syncing is not None:
            syncing, self._syncing = self._syncing, None
            await syncing

    async def _open_once(self, rpc: KuboRpc, number: int, ref: PartRef, tide: Tide) -> None:
        layout = self.unlocked.layout
        plan = layout.part(number)
        done, _ = layout.part_plain(number)
        body = Segments(rpc, ref, plan.body_end - plan.body_start, tide)
        with PartOpener(self._opener, number, film_hash=self._whole) as part:
            for segment in part.segments:
                sealed = None if layout.held(segment) else await body.read(layout.sealed_length(segment))
                done += await to_the_end(self._write, part, segment, sealed)
                self.opened = done
                self._report.tell("open", done, layout.size)
            await body.close()
            await to_the_end(part.finish)

    def _write(self, part: PartOpener, segment: int, sealed: memoryview | None) -> int:
        offset, plain = part.feed(segment, sealed)
        try:
            write_at(self._fd, offset, plain)
        except OSError as error:
            raise _cannot_write(self._part_path, error) from error
        return len(plain)

    def _still_whole(self, number: int) -> bool:
        """What an earlier run wrote is read once: for its own digest, and for the film's."""
        offset, end = self.unlocked.layout.part_plain(number)
        digest, whole = blake3(), self._whole.copy()
        buffer = memoryview(bytearray(_READ))
        while offset < end:
            view = buffer[: min(_READ, end - offset)]
            if read_at(self._fd, offset, view) != len(view):
                return False
            digest.update(view)
            whole.update(view)
            offset += len(view)
        if digest.digest() != self.unlocked.part_digests[number]:
            return False
        self._whole = whole
        return True

    async def _mark(self, number: int, *, opened: bool) -> None:
        rows = await self._desk.journal.parts(self.task.number)
        row = rows.get(number, PartRow(number, "", 0))
        flags = PartRow(number, row.cid, row.size, row.tsize, row.digest, row.fetched, opened)
        await self._desk.journal.put_part(self.task.number, flags)

    # --- the film ------------------------------------------------------------------------------------

    async def check_footer(self, footer: bytes) -> None:
        """The public block's own footer is the sealed copy, byte for byte. Raises WrongPair, Damaged."""
        self._opener.check_footer(footer, self.task.public_size)

    async def place(self) -> None:
        """Everything is verified: make it durable, then give it its name, replacing nothing."""
        await self._synced()
        await self._sync()
        await self.close()
        while True:
            part, final = self._part_path, Path(self.task.final_path)
            rename = Path.replace if self.task.overwrite else durable.rename_new
            try:
                await asyncio.to_thread(rename, part, final)
                break
            except FileExistsError:
                facts = self.unlocked.facts
                row = await reserve_final_path(self._desk.journal, self.task, facts.name, facts.path)
                await asyncio.to_thread(part.rename, row.final_path + PART_ENDING)
                await self._report.change({"final_path": row.final_path})
            except OSError as error:
                raise _cannot_write(part, error) from error
        await self._placed(final)

    async def _placed(self, final: Path) -> None:
        await asyncio.to_thread(durable.fsync_dir, final.parent)
        await self._report.change({"blake3": self._whole.hexdigest(), "step": DownloadStep.PLACED})

    async def close(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            await asyncio.to_thread(os.close, descriptor)


def _storable(text: str) -> str:
    """A stranger's text may hold what UTF-8 can't (a lone surrogate)."""
    return text.encode("utf-8", "replace").decode()


def _open_at_length(path: Path, size: int, fresh: bool) -> int:
    flags = os.O_RDWR | os.O_CREAT | (os.O_EXCL if fresh else 0)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _cannot_write(path: Path, error: OSError) -> FileError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(path.parent)
    return TargetUnwritable(path=str(path.parent), reason=error.strerror or type(error).__name__)
