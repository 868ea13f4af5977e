"""Reading and writing at a place of an open file, from any thread."""

from __future__ import annotations

import os
from threading import Lock
from typing import TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview

_POSITIONED = hasattr(os, "preadv") and hasattr(os, "pwrite")
# Windows has no positioned calls: seek and read must not be torn apart by another thread.
_seek_lock = Lock()


def read_at(descriptor: int, offset: int, view: memoryview) -> int:
    """Fill `view` from `offset` on; the number of bytes read, fewer only at the end of the file."""
    done = 0
    while done < len(view):
        count = _read_some(descriptor, offset + done, view[done:])
        if count == 0:
            break
        done += count
    return done


def write_at(descriptor: int, offset: int, data: Bytes) -> None:
    """Write all of `data` from `offset` on."""
    view = memoryview(data)
    while view:
        count = _write_some(descriptor, offset, view)
        offset += count
        view = view[count:]


def read_bytes_at(descriptor: int, offset: int, length: int) -> bytes:
    """Up to `length` bytes from `offset` on; `length` must have been checked against a limit before."""
    buffer = bytearray(length)
    return bytes(buffer[: read_at(descriptor, offset, memoryview(buffer))])


def advise_ahead(descriptor: int, offset: int, length: int) -> None:
    """Let the OS fetch what is read next while the CPU is busy. A hint: where it can't, nothing happens."""
    if hasattr(os, "posix_fadvise"):
        try:
            os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_WILLNEED)
        except OSError:
            return  # a pipe or a file system without read-ahead


def _read_some(descriptor: int, offset: int, view: memoryview) -> int:
    if _POSITIONED:
        return os.preadv(descriptor, [view], offset)
    with _seek_lock:
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, len(view))
    view[: len(data)] = data
    return len(data)


def _write_some(descriptor: int, offset: int, view: memoryview) -> int:
    if _POSITIONED:
        return os.pwrite(descriptor, view, offset)
    with _seek_lock:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, view)
