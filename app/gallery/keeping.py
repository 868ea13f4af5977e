"""Where a photo's bytes are until they are sent: in memory, within a budget that all photos share, or, where
they are too many for that, in a file without a name that is gone with its handle."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Protocol

from app.domain.errors import NoSpace, TargetUnwritable
from app.net.budget import Budget

CHUNK = 1024 * 1024
#: What photos may take in memory together, and so the largest that is kept there.
IN_MEMORY = 40 * 1024 * 1024


class Kept(Protocol):
    """The bytes of one photo."""

    async def add(self, data: bytes) -> None:
        """What comes next."""
        ...

    async def end(self) -> None:
        """Everything is there: only then it is read."""
        ...

    async def read(self, offset: int, length: int) -> bytes:
        """`length` bytes."""
        ...


class InMemory:
    """In one piece of memory of the photo's size, taken when the first byte is there."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._data = bytearray()
        self._at = 0

    async def add(self, data: bytes) -> None:
        if not self._data:
            self._data = bytearray(self._size)
        self._data[self._at : self._at + len(data)] = data
        self._at += len(data)

    async def end(self) -> None:
        pass

    async def read(self, offset: int, length: int) -> bytes:
        return bytes(memoryview(self._data)[offset : offset + length])


class OnDisk:
    """In a file of the profile's work folder that no name leads to: a kill leaves nothing behind."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._lock = threading.Lock()
        self._pending = bytearray()
        self._written = 0

    async def add(self, data: bytes) -> None:
        self._pending += data
        if len(self._pending) >= CHUNK:
            await self._flush()

    async def end(self) -> None:
        await self._flush()

    async def read(self, offset: int, length: int) -> bytes:
        return await asyncio.to_thread(self._read, offset, length)

    async def _flush(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()
        await asyncio.to_thread(self._write, self._written, data)
        self._written += len(data)

    def _write(self, at: int, data: bytes) -> None:
        with disk_errors(self._folder, len(data)), self._lock:
            self._file.seek(at)
            self._file.write(data)
            self._file.flush()

    def _read(self, at: int, length: int) -> bytes:
        with disk_errors(self._folder, 0), self._lock:
            self._file.seek(at)
            data = self._file.read(length)
            if len(data) != length:
                raise OSError(errno.EIO, "short")
            return data


@asynccontextmanager
async def room_for(size: int, budget: Budget, folder: Path) -> AsyncIterator[Kept]:
    """A place for `size` bytes, until the block ends: waits for its share of the budget; a photo larger than
    the whole budget lies in `folder`. Raises NoSpace and TargetUnwritable."""
    if size <= budget.total:
        async with budget.hold(size):
            yield InMemory(size)
        return
    file = await asyncio.to_thread(_file, size, folder)
    try:
        yield OnDisk(file, folder)
    finally:
        await asyncio.to_thread(file.close)


def _file(size: int, folder: Path) -> IO[bytes]:
    with disk_errors(folder, size):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < size:
            raise NoSpace(place=str(folder), need=size, free=free)
        return tempfile.TemporaryFile(dir=folder, prefix="photo-")


@contextmanager
def disk_errors(folder: Path, need: int) -> Iterator[None]:
    """A block in which the disk's errors become ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(place=str(folder), need=need, free=0) from error
        raise TargetUnwritable(path=str(folder), reason=os.strerror(error.errno or errno.EIO)) from error
