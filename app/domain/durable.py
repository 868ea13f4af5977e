"""Files that are there whole or not at all: fsync of a file and its folder, rename without replacing.

What is fsynced survives a power cut; what is renamed by `rename_new` never stood half written under its
final name and never took the place of a file that was there. Raises plain ``OSError`` (``FileExistsError``
where the name is taken): the package that calls turns it into an error for people.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

_AT_FDCWD = -100  # linux/fcntl.h
_RENAME_NOREPLACE = 1  # linux/fs.h
_RENAME_EXCL = 4  # macOS sys/stdio.h

# What a kernel or a file system says that does not know the call: then the next way is tried.
_NOT_HERE = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.EMLINK}
)


def fsync_file(descriptor: int) -> None:
    """Bring a file's data to the disk itself, not only to the drive's cache (macOS needs its own call)."""
    if sys.platform == "darwin":
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def fsync_dir(folder: Path) -> None:
    """Make names created, renamed or removed in `folder` durable. Does nothing where the OS can't (Windows,
    some network drives): there the rename itself is as durable as it gets.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
    finally:
        os.close(descriptor)


def rename_new(source: Path, target: Path) -> None:
    """Give the file `source` the name `target` in the same file system, in one step, never replacing.

    Raises FileExistsError where `target` exists (a dangling link counts), other OSErrors as they come; in
    all of them `source` is as it was. The caller fsyncs the file before and the folder after.
    """
    if os.name == "nt":
        source.rename(target)  # Windows' rename refuses an existing target by itself
        return
    for way in (_rename_exclusively, _link_and_unlink, _reserve_and_replace):
        try:
            way(source, target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _NOT_HERE or way is _reserve_and_replace:
                raise
        else:
            return


def write_new(path: Path, data: bytes) -> None:
    """Write a small file durably under a name that must be free; `path`.part on the way."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            fsync_file(file.fileno())
        rename_new(part, path)
    except FileExistsError:
        if path.exists():
            part.unlink(missing_ok=True)
        raise
    except OSError:
        part.unlink(missing_ok=True)
        raise
    fsync_dir(path.parent)


def _rename_exclusively(source: Path, target: Path) -> None:
    call = _exclusive_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(os.fsencode(source), os.fsencode(target)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))


def _link_and_unlink(source: Path, target: Path) -> None:
    os.link(source, target, follow_symlinks=False)
    source.unlink()


def _reserve_and_replace(source: Path, target: Path) -> None:
    # FAT and some network drives have neither call. What stands here for a moment is an empty file of ours.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        source.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


@lru_cache(maxsize=1)
def _exclusive_call() -> Callable[[bytes, bytes], int] | None:
    """The C library's rename that refuses an existing target: renameat2 on Linux, renamex_np on macOS."""
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        return lambda old, new: int(library.renameat2(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE))
    if hasattr(library, "renamex_np"):
        return lambda old, new: int(library.renamex_np(old, new, _RENAME_EXCL))
    return None
