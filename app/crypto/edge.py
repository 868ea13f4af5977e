"""Where foreign exceptions become ours, and the names of the things that can be damaged."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag

from app.domain.errors import Damaged, FileError, NoSpace, SourceGone, SourceUnreadable, TargetUnwritable
from app.domain.words import N_, tr


class Refused(Exception):
    """A cryptographic check failed: a tag, a header, a length. Never leaves this package."""


PRIVATE_BLOCK = N_("The private block")
PUBLIC_BLOCK = N_("The public block")
PUBLIC_FOOTER = N_("The public block's footer")
FILM_KEYS = N_("The record of this film's keys")
_SEGMENT = N_("Segment {number}")
_PART = N_("Part {number}")
_MORE = N_("more")  # as in: needs more bytes


def segment_name(index: int) -> str:
    """How people hear of segment `index` (from 0): counted from 1."""
    return tr(_SEGMENT, number=index + 1)


def part_name(index: int) -> str:
    """How people hear of part `index` (from 0): counted from 1."""
    return tr(_PART, number=index + 1)


@contextmanager
def edge(what: str = "", *, path: Path | None = None, writing: bool = False) -> Iterator[None]:
    """Turn what `cryptography` and the OS raise into our errors.

    `what` names the thing for `Damaged`; `path` the file in hand, `writing` whether it was being written.
    """
    try:
        yield
    except (Refused, InvalidTag):
        raise Damaged(what=tr(what)) from None
    except OSError as error:
        raise _file_error(error, path, writing) from error


def _file_error(error: OSError, path: Path | None, writing: bool) -> FileError:
    place = str(path if path is not None else error.filename or "")
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(place=place, need=tr(_MORE), free=_free(path))
    if writing:
        return TargetUnwritable(path=place, reason=reason)
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ESTALE):
        return SourceGone(path=place)
    return SourceUnreadable(path=place, reason=reason)


def _free(path: Path | None) -> int:
    try:
        return shutil.disk_usage(path.parent if path is not None else Path.cwd()).free
    except OSError:
        return 0
