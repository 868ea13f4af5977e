"""Posters on the disk: one small file a film, the oldest thrown away where there are too many."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from PySide6.QtGui import QImage

from app.domain.errors import ReelkeyError
from app.settings.files import make_private_dir
from app.settings.paths import ProfilePaths
from app.ui.posters.__main__ import HEIGHT, WIDTH

MOST_FILES = 2000
_TIDY_EVERY = 50
# Part of every name: a change of how posters are taken makes new ones.
_FORMAT = b"poster 1"
_QUALITY = 88


def poster_folder(paths: ProfilePaths) -> Path:
    """Where a profile's posters are kept. They show films: no other profile shares the folder."""
    cache = paths.cache_dir if paths.root is None else paths.root / "cache"
    return cache / "posters"


class Shelf:
    """The posters in one folder. Calls block for a moment: not for the window's thread.

    What can't be written is not kept, and nobody is bothered: a poster can be taken again.
    """

    def __init__(self, folder: Path, most: int = MOST_FILES) -> None:
        self._folder = folder
        self._most = most
        self._written = 0

    def name_of(self, film: Path) -> str | None:
        """What the poster of `film` as it is now is filed under; None where there is no such file."""
        try:
            found = film.stat()
        except (OSError, ValueError):
            return None
        if not found.st_size or not film.is_file():
            return None
        facts = f"{found.st_size} {found.st_mtime_ns}".encode()
        text = b"\0".join((_FORMAT, os.fsencode(film.absolute()), facts))
        return hashlib.blake2b(text, digest_size=20).hexdigest()

    def has(self, name: str) -> bool:
        """Whether it is known what this film's poster is, or that it has none."""
        return self._file(name).exists()

    def read(self, name: str) -> QImage | None:
        """The poster, None where it is not here or the film has none."""
        file = self._file(name)
        image = QImage(str(file))
        if image.isNull() or (image.width(), image.height()) != (WIDTH, HEIGHT):
            return None
        with suppress(OSError):
            os.utime(file)  # what was used last stays longest
        return image

    def keep(self, name: str, image: QImage | None) -> None:
        """Keep a poster, or (None) that the film has none."""
        staged = self._folder / f".{name}.{secrets.token_hex(4)}.jpg"
        try:
            make_private_dir(self._folder)
            if image is None:
                staged.touch(mode=0o600)
            elif not image.save(str(staged), quality=_QUALITY):
                return
            staged.replace(self._file(name))
        except (OSError, ReelkeyError):
            return
        finally:
            with suppress(OSError):
                staged.unlink(missing_ok=True)
        self._written += 1
        if self._written % _TIDY_EVERY == 1:
            self._tidy()

    def _tidy(self) -> None:
        with suppress(OSError):
            files = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(self._folder)]
            for _, path in sorted(files)[: max(0, len(files) - self._most)]:
                with suppress(OSError):
                    Path(path).unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.jpg"
