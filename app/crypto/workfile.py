"""The ``NAME.part`` beside an output: written there, renamed when all of it was verified, else removed."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from app.crypto.edge import edge
from app.domain.durable import fsync_dir, fsync_file, rename_new
from app.domain.errors import Busy, NoSpace, TargetUnwritable

if sys.platform != "win32":
    import fcntl


def part_path(target: Path) -> Path:
    """``film.mov`` → ``film.mov.part``, in the same folder."""
    return target.with_name(target.name + ".part")


def refuse_existing(target: Path) -> None:
    """Raise TargetUnwritable where something has the name already: nothing is ever overwritten."""
    if os.path.lexists(target):
        raise TargetUnwritable(path=str(target), reason=os.strerror(errno.EEXIST))


def refuse_small_disk(path: Path, need: int) -> None:
    """Raise NoSpace where the disk of `path` has fewer than `need` bytes free: now, not hours later."""
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return  # a drive that can't tell: writing will
    if free < need:
        raise NoSpace(place=str(path.parent), need=need, free=free)


class WorkFile:
    """``target.part``, open for reading and writing and `size` bytes long.

    One that an earlier run left behind is begun anew where `left_over` says that it is one (it gets the file;
    without it: empty, or exactly `size` long); any other file of that name is refused. It is locked, so that
    two runs don't write into one another. The caller looks first that `target` is free (`refuse_existing`);
    `publish` never replaces what came there meanwhile. Unless it was called, leaving the context removes
    the ``.part``. `mode`: who may read and write it, less the umask.
    """

    def __init__(
        self,
        target: Path,
        size: int,
        left_over: Callable[[BinaryIO, int], bool] | None = None,
        *,
        mode: int = 0o666,
    ) -> None:
        self.target = target
        self.path = part_path(target)
        self._published = False
        with edge(path=self.path, writing=True):
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(self.path, flags, mode), "r+b", buffering=0)
        try:
            self._take(left_over or (lambda _, length: length in (0, size)))
            with edge(path=self.path, writing=True):
                self._file.truncate(0)
            refuse_small_disk(self.path, size)
            with edge(path=self.path, writing=True):
                self._file.truncate(size)
        except NoSpace:
            self._file.close()
            self.path.unlink(missing_ok=True)
            raise
        except BaseException:
            self._file.close()
            raise

    @property
    def descriptor(self) -> int:
        return self._file.fileno()

    def _take(self, left_over: Callable[[BinaryIO, int], bool]) -> None:
        with edge(path=self.path, writing=True):
            if sys.platform != "win32":
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Busy(source_name=self.target.name) from None
            # Between opening and locking, the one who held it may have published or removed it.
            if not os.path.samestat(os.fstat(self._file.fileno()), self.path.lstat()):
                raise Busy(source_name=self.target.name)
            length = os.fstat(self._file.fileno()).st_size
            if not left_over(self._file, length):
                raise TargetUnwritable(path=str(self.path), reason=os.strerror(errno.EEXIST))

    def publish(self) -> None:
        """fsync, and give it its final name without replacing. Raises TargetUnwritable, NoSpace."""
        with edge(path=self.target, writing=True):
            fsync_file(self._file.fileno())
            if os.name == "nt":
                self._file.close()  # an open file can't be renamed there
            rename_new(self.path, self.target)
            self._published = True
            fsync_dir(self.target.parent)

    def withdraw(self) -> None:
        """Take back what this run published: its counterpart could not be."""
        if self._published:
            self.target.unlink(missing_ok=True)

    def __enter__(self) -> WorkFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if os.name == "nt":
            self._file.close()
        if not self._published:
            self.path.unlink(missing_ok=True)  # before the lock goes with the file
        self._file.close()
