"""Where the bytes of an export's items come from: files on disk, blocks in the node."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from app.cloud.destination import Source
from app.domain.errors import ChangedWhileSent, SourceGone, SourceUnreadable
from app.ipfs.rpc import KuboRpc
from app.jobs.exports.memory import Chunked, Memory
from app.jobs.threads import to_the_end


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

    def __init__(self, path: Path, look: Look, memory: Memory) -> None:
        self._path = path
        self._memory = memory
        self.look = look

    @classmethod
    async def at(cls, path: Path, memory: Memory) -> FileSource:
        """The file as it is now. Raises SourceGone, SourceUnreadable."""
        return cls(path, await asyncio.to_thread(_look, path), memory)

    async def check(self) -> None:
        """Raises ChangedWhileSent where it is another by now, SourceGone where it isn't there any more."""
        if await asyncio.to_thread(_look, self._path) != self.look:
            raise ChangedWhileSent(path=str(self._path))

    def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """As `app.cloud.destination.Source.read`."""
        return self._memory.read(self._fetch, offset, length)

    async def _fetch(self, offset: int, length: int) -> bytes:
        return await to_the_end(self._read, offset, length)

    def _read(self, offset: int, length: int) -> bytes:
        try:
            with self._path.open("rb", buffering=0) as file:
                self._still_same(file)
                file.seek(offset)
                chunk = file.read(length)
                while len(chunk) < length:
                    more = file.read(length - len(chunk))
                    if not more:
                        raise ChangedWhileSent(path=str(self._path))
                    chunk += more
                if offset + length == self.look.size:
                    self._still_same(file)
        except OSError as error:
            raise _ours(self._path, error) from None
        return chunk

    def _still_same(self, file: FileIO) -> None:
        if Look.of(os.fstat(file.fileno())) != self.look:
            raise ChangedWhileSent(path=str(self._path))


def block_source(
    cid: str, ask: Callable[[Callable[[KuboRpc], Awaitable[bytes]]], Awaitable[bytes]], memory: Memory
) -> Source:
    """A public block, read from the node. `ask` is `Desk.with_node`: a node that died is started again."""

    async def fetch(offset: int, length: int) -> bytes:
        async def whole(rpc: KuboRpc) -> bytes:
            return b"".join([piece async for piece in rpc.cat(cid, offset=offset, length=length)])

        return await ask(whole)

    return Chunked(fetch, memory)


def _look(path: Path) -> Look:
    try:
        return Look.of(path.stat())
    except OSError as error:
        raise _ours(path, error) from None


def _ours(path: Path, error: OSError) -> SourceGone | SourceUnreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceGone(path=str(path))
    return SourceUnreadable(path=str(path), reason=error.strerror or type(error).__name__)
