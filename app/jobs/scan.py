"""Finding the films in what a person points at: folders with their sub-folders, or single files.

Films are told by their ending. Hidden files, links out of the folder and everything else are listed as
skipped; a folder that is a package (DCP, IMF, numbered frames) is refused whole, for it can't be opened again
from torn pieces.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from app.domain.errors import (
    Cancelled,
    FileError,
    IsPackage,
    NameRefused,
    NoFilms,
    PathMissing,
    SourceGone,
    SourceGrowing,
    SourceUnreadable,
    TooManyFiles,
    TooManyFilms,
)
from app.domain.names import is_text

# A film still being copied changes its time as it grows; an old one needs no second look after a pause.
_FRESH_SECONDS = 30.0
_LOOK_AGAIN_AFTER = 1.0
_FRAME_ENDINGS = frozenset(
    {".dpx", ".exr", ".tif", ".tiff", ".cin", ".jpg", ".jpeg", ".png", ".j2c", ".j2k", ".jp2"}
    | {".tga", ".dng", ".ari", ".arx", ".sgi", ".bmp", ".webp"}
)
_FRAMES_AT_LEAST = 8
_PACKAGE_FILES = frozenset({"assetmap", "assetmap.xml", "volindex", "volindex.xml"})
_NUMBERED = re.compile(r"^(.*?)(\d+)$")
_MAX_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class FoundFilm:
    """One film file: where it lies, and what it was when it was looked at (bytes, nanoseconds)."""

    path: Path
    folder: str
    subpath: str
    size: int
    mtime_ns: int

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(slots=True)
class Scan:
    """What was found: films, what was skipped, and what was refused with its reason."""

    films: list[FoundFilm] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, FileError]] = field(default_factory=list)


def find_films(
    paths: Iterable[Path],
    endings: Sequence[str],
    *,
    most_files: int | None = None,
    most_films: int | None = None,
    cancelled: threading.Event | None = None,
) -> Scan:
    """All films in `paths`, each once, in the order of names. Nothing is opened, nothing is written.

    Beyond `most_files` or `most_films` the look ends: what nobody chose with care may be a whole disk.
    Setting `cancelled` ends it at the next file. Raises NoFilms where there is neither a film nor anything
    refused, TooManyFiles, Cancelled.
    """
    given = [Path(path).absolute() for path in paths]
    look = _Look(frozenset(ending.lower() for ending in endings), most_files, most_films, cancelled)
    for path in given:
        look.at(path)
    look.refuse_growing()
    scan = look.scan
    if not scan.films and not scan.refused:
        raise NoFilms(path=", ".join(str(path) for path in given))
    return scan


class _Look:
    """One look through what was pointed at, and what it found so far."""

    def __init__(
        self,
        endings: frozenset[str],
        most_files: int | None,
        most_films: int | None,
        cancelled: threading.Event | None,
    ) -> None:
        self.scan = Scan()
        self._endings = endings
        self._most_files, self._most_films = most_files, most_films
        self._cancelled = cancelled
        self._files = 0
        self._seen: set[tuple[int, int]] = set()

    def at(self, path: Path) -> None:
        """Look at a folder with all below it, or at a file. Raises TooManyFiles, Cancelled."""
        try:
            path = path.resolve(strict=True)
            info = path.stat()
        except FileNotFoundError:
            self._refuse(path, PathMissing(path=str(path)))
            return
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
            self._refuse(path, SourceUnreadable(path=str(path), reason=_reason(error)))
            return
        if stat.S_ISDIR(info.st_mode):
            self._walk(path, path)
        else:
            self._take(path, path.parent)

    def _refuse(self, path: Path, error: FileError) -> None:
        self.scan.refused.append((path, error))

    def _go_on(self) -> None:
        if self._cancelled is not None and self._cancelled.is_set():
            raise Cancelled

    def _walk(self, folder: Path, root: Path) -> None:
        try:
            entries = self._entries(folder, root)
        except OSError as error:
            self._refuse(folder, SourceUnreadable(path=str(folder), reason=_reason(error)))
            return
        if is_package([entry.name for entry in entries]):
            self._refuse(folder, IsPackage(path=str(folder)))
            return
        for entry in entries:
            self._go_on()
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and not _hidden(entry):
                self._walk(path, root)
            elif _hidden(entry) or entry.is_dir(follow_symlinks=False) or not _is_ours(entry, path, root):
                self.scan.skipped.append(path)
            else:
                self._take(path, root)

    def _entries(self, folder: Path, root: Path) -> list[os.DirEntry[str]]:
        entries = []
        with os.scandir(folder) as found:
            for entry in found:
                self._go_on()
                entries.append(entry)
                self._files += 1
                if self._most_files is not None and self._files > self._most_files:
                    raise TooManyFiles(path=str(root), most=f"{self._most_files:,}")
        return sorted(entries, key=lambda entry: entry.name)

    def _take(self, path: Path, root: Path) -> None:
        scan, seen = self.scan, self._seen
        if path.suffix.lower() not in self._endings:
            scan.skipped.append(path)
            return
        try:
            info = path.stat()
        except OSError as error:
            self._refuse(path, SourceUnreadable(path=str(path), reason=_reason(error)))
            return
        if not stat.S_ISREG(info.st_mode):
            scan.skipped.append(path)
            return
        if (info.st_dev, info.st_ino) in seen and info.st_ino:
            if path not in [film.path for film in scan.films]:
                scan.skipped.append(
                    path
                )  # a hard link, or a link inside the folder: the film itself is there
            return
        seen.add((info.st_dev, info.st_ino))
        if not is_text(str(path)):
            name = str(path).encode("utf-8", "replace").decode()
            self._refuse(path, NameRefused(name=name, reason="not UTF-8"))
            return
        if not os.access(path, os.R_OK):
            self._refuse(path, SourceUnreadable(path=str(path), reason="permission"))
            return
        if self._most_films is not None and len(scan.films) == self._most_films:
            raise TooManyFilms(path=str(root), most=f"{self._most_films:,}")
        below = path.parent.relative_to(root).as_posix()
        folder = root.name or root.anchor.strip("/\\:") or "films"
        scan.films.append(
            FoundFilm(path, folder, "" if below == "." else below, info.st_size, info.st_mtime_ns)
        )

    def refuse_growing(self) -> None:
        """Refuse films that another program still writes. Raises Cancelled."""
        now = time.time()
        if any(abs(now - film.mtime_ns / 1e9) < _FRESH_SECONDS for film in self.scan.films):
            # Two looks some time apart are the point here: there is no event for "another program is done".
            time.sleep(_LOOK_AGAIN_AFTER)
        kept: list[FoundFilm] = []
        for film in self.scan.films:
            self._go_on()
            error = unchanged(film.path, film.size, film.mtime_ns)
            if error is None:
                kept.append(film)
            else:
                self._refuse(film.path, error)
        self.scan.films = kept


def is_package(names: Sequence[str]) -> bool:
    """Whether a folder that holds these names is a DCP, an IMF package, or a run of numbered frames."""
    lowered = [name.lower() for name in names]
    if not _PACKAGE_FILES.isdisjoint(lowered):
        return True
    runs: Counter[tuple[str, str]] = Counter()
    for name in lowered:
        path = PurePath(name)
        stem, ending = path.stem, path.suffix
        numbered = _NUMBERED.match(stem) if ending in _FRAME_ENDINGS else None
        if numbered:
            runs[numbered[1], ending] += 1
    return any(count >= _FRAMES_AT_LEAST for count in runs.values())


def unchanged(path: Path, size: int, mtime_ns: int) -> FileError | None:
    """None while `path` is the file it was (size in bytes, mtime in ns), else the error that says why not."""
    try:
        info = path.stat()
    except FileNotFoundError:
        return SourceGone(path=str(path))
    except OSError as error:
        return SourceUnreadable(path=str(path), reason=_reason(error))
    return None if (info.st_size, info.st_mtime_ns) == (size, mtime_ns) else SourceGrowing(path=str(path))


def _hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    try:
        attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    except OSError:
        return False
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 0))


def _is_ours(entry: os.DirEntry[str], path: Path, root: Path) -> bool:
    """No link, or one to a file inside the folder; out of it, in a circle or to a folder is skipped."""
    if not entry.is_symlink():
        return True
    try:
        target = path.resolve(strict=True)
        return target.is_relative_to(root) and not target.is_dir()
    except (OSError, RuntimeError):
        return False


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
