"""What is said of a full disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.domain.errors import NoSpace
from app.domain.words import N_, tr


def no_room(folder: Path) -> NoSpace:
    """The disk of `folder` is full."""
    return NoSpace(place=str(folder), need=tr(N_("more")), free=shutil.disk_usage(folder).free)
