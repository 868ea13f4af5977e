"""Files and folders for this user alone."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from app.domain.durable import fsync_dir, fsync_file
from app.domain.errors import TargetUnwritable

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_REPLACE_TRIES = 50


def make_private_dir(folder: Path) -> None:
    """Make `folder`, and what is missing above it, for this user alone; close one that is there to others.

    Raises TargetUnwritable.
    """
    try:
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        if os.name != "nt" and folder.stat().st_mode & 0o077:
            folder.chmod(_FOLDER_MODE)
    except OSError as error:
        raise TargetUnwritable(path=str(folder), reason=error.strerror or type(error).__name__) from None


def write_private(target: Path, content: bytes) -> None:
    """Put `content` at `target` (0600) durably and in one step, replacing. Raises OSError."""
    staged = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(staged, flags, _FILE_MODE), "wb") as file:
            file.write(content)
            file.flush()
            fsync_file(file.fileno())
        _replace(staged, target)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    fsync_dir(target.parent)


def _replace(staged: Path, target: Path) -> None:
    for _ in range(_REPLACE_TRIES):
        try:
            staged.replace(target)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(0.02)  # Windows refuses while another process reads the old file: that is soon over
    staged.replace(target)
