"""Where the bytes of an export's items come from: files on disk, blocks in the node, bytes in memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TypeVar

from app.domain.errors import ChangedWhileSent, FileError, SourceGone, SourceUnreadable
from app.ipfs.rpc import KuboRpc
from app.jobs.threads import to_the_end

T = TypeVar("T")
_CHUNK = 2 * 2**20
_AHEAD = 1  # beside the one that is being read


@dataclass(frozen=True, slots=True)
class Look:
    """What tells whether a file is still the one it was."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Look:
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


class FileSource:
    """A file on disk. It must stay what it was at the first look: each read checks before and after."""

    def __init__(self, path: Path, look: Look) -> None:
        self._path = path
        self.look = look

    @classmethod
    async def at(cls, path: Path) -> FileSource:
        """The file as it is now. Raises SourceGone, SourceUnreadable."""
        return cls(path, await asyncio.to_thread(_look, path))

    async def check(self) -> None:
        """Raises ChangedWhileSent where it is another by now, SourceGone where it isn't there any more."""
        if await asyncio.to_thread(_look, self._path) != self.look:
            raise ChangedWhileSent(path=str(self._path))

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """As `app.cloud.destination.Source.read`; two chunks are read ahead."""
        if length <= _CHUNK:  # a photo: all of it in one step, for each step through a thread costs
            if length:
                yield await to_the_end(self._read_at_once, offset, length)
            return
        queue: asyncio.Queue[bytes | Exception] = asyncio.Queue(_AHEAD)
        reader = asyncio.create_task(self._fill(offset, length, queue))
        try:
            left = length
            while left:
                chunk = await queue.get()
                if isinstance(chunk, Exception):
                    raise chunk
                left -= len(chunk)
                yield chunk
        finally:
            reader.cancel()
            await asyncio.wait([reader])  # it has the file, and closes it however we are stopped

    async def _fill(self, offset: int, length: int, queue: asyncio.Queue[bytes | Exception]) -> None:
        with ExitStack() as files:
            try:
                file = await to_the_end(self._open, files)
                while length:
                    chunk = await to_the_end(self._read, file, offset, min(length, _CHUNK))
                    offset, length = offset + len(chunk), length - len(chunk)
                    await queue.put(chunk)
            except FileError as error:
                await queue.put(error)

    def _open(self, files: ExitStack) -> FileIO:
        try:
            file = files.enter_context(self._path.open("rb", buffering=0))
        except OSError as error:
            raise _ours(self._path, error) from None
        self._still_same(file)
        return file

    def _read_at_once(self, offset: int, length: int) -> bytes:
        with ExitStack() as files:
            return self._read(self._open(files), offset, length)

    def _still_same(self, file: FileIO) -> None:
        if Look.of(os.fstat(file.fileno())) != self.look:
            raise ChangedWhileSent(path=str(self._path))

    def _read(self, file: FileIO, offset: int, length: int) -> bytes:
        try:
            file.seek(offset)
            chunk = file.read(length)
            while len(chunk) < length:
                more = file.read(length - len(chunk))
                if not more:
                    raise ChangedWhileSent(path=str(self._path))
                chunk += more
        except OSError as error:
            raise _ours(self._path, error) from None
        if offset + length == self.look.size:
            self._still_same(file)
        return chunk


class BlockSource:
    """A public block, read from the node. `ask` is `Desk.with_node`: a node that died is started again."""

    def __init__(
        self, cid: str, ask: Callable[[Callable[[KuboRpc], Awaitable[bytes]]], Awaitable[bytes]]
    ) -> None:
        self._cid = cid
        self._ask = ask

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """As `app.cloud.destination.Source.read`; one chunk is fetched ahead."""
        end = offset + length
        coming = self._fetch(offset, end)
        try:
            while offset < end:
                chunk = await coming
                offset += len(chunk)
                coming = self._fetch(offset, end)
                yield chunk
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _fetch(self, offset: int, end: int) -> asyncio.Task[bytes]:
        return asyncio.create_task(self._some(offset, min(_CHUNK, end - offset)))

    async def _some(self, offset: int, length: int) -> bytes:
        if not length:
            return b""

        async def whole(rpc: KuboRpc) -> bytes:
            return b"".join([piece async for piece in rpc.cat(self._cid, offset=offset, length=length)])

        return await self._ask(whole)


def _look(path: Path) -> Look:
    try:
        return Look.of(path.stat())
    except OSError as error:
        raise _ours(path, error) from None


def _ours(path: Path, error: OSError) -> SourceGone | SourceUnreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceGone(path=str(path))
    return SourceUnreadable(path=str(path), reason=error.strerror or type(error).__name__)
