"""Finding the films in what a person points at: folders with their sub-folders, or single files.

Films are told by their ending. Hidden files, links out of the folder and everything else are listed as
skipped; a folder that is a package (DCP, IMF, numbered frames) is refused whole, for it can't be opened again
from torn pieces.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from app.domain.errors import (
    FileError,
    IsPackage,
    NameRefused,
    NoFilms,
    PathMissing,
    SourceGone,
    SourceGrowing,
    SourceUnreadable,
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


def find_films(paths: Iterable[Path], endings: Sequence[str]) -> Scan:
    """All films in `paths`, each once, in the order of names. Nothing is opened, nothing is written.

    Raises NoFilms where there is neither a film nor anything refused.
    """
    scan = Scan()
    seen: set[tuple[int, int]] = set()
    given = [Path(path).absolute() for path in paths]
    wanted = frozenset(ending.lower() for ending in endings)
    for path in given:
        _look_at(path, wanted, scan, seen)
    _refuse_growing(scan)
    if not scan.films and not scan.refused:
        raise NoFilms(path=", ".join(str(path) for path in given))
    return scan


def _look_at(path: Path, endings: frozenset[str], scan: Scan, seen: set[tuple[int, int]]) -> None:
    try:
        path = path.resolve(strict=True)
        info = path.stat()
    except FileNotFoundError:
        scan.refused.append((path, PathMissing(path=str(path))))
        return
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
        scan.refused.append((path, SourceUnreadable(path=str(path), reason=_reason(error))))
        return
    if stat.S_ISDIR(info.st_mode):
        _walk(path, path, endings, scan, seen)
    else:
        _take(path, path.parent, endings, scan, seen)


def _walk(folder: Path, root: Path, endings: frozenset[str], scan: Scan, seen: set[tuple[int, int]]) -> None:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        scan.refused.append((folder, SourceUnreadable(path=str(folder), reason=_reason(error))))
        return
    if is_package([entry.name for entry in entries]):
        scan.refused.append((folder, IsPackage(path=str(folder))))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False) and not _hidden(entry):
            _walk(path, root, endings, scan, seen)
        elif _hidden(entry) or entry.is_dir(follow_symlinks=False) or not _is_ours(entry, path, root):
            scan.skipped.append(path)
        else:
            _take(path, root, endings, scan, seen)


def _take(path: Path, root: Path, endings: frozenset[str], scan: Scan, seen: set[tuple[int, int]]) -> None:
    if path.suffix.lower() not in endings:
        scan.skipped.append(path)
        return
    try:
        info = path.stat()
    except OSError as error:
        scan.refused.append((path, SourceUnreadable(path=str(path), reason=_reason(error))))
        return
    if not stat.S_ISREG(info.st_mode):
        scan.skipped.append(path)
        return
    if (info.st_dev, info.st_ino) in seen and info.st_ino:
        if path not in [film.path for film in scan.films]:
            scan.skipped.append(path)  # a hard link, or a link inside the folder: the film itself is there
        return
    seen.add((info.st_dev, info.st_ino))
    if not is_text(str(path)):
        name = str(path).encode("utf-8", "replace").decode()
        scan.refused.append((path, NameRefused(name=name, reason="not UTF-8")))
        return
    if not os.access(path, os.R_OK):
        scan.refused.append((path, SourceUnreadable(path=str(path), reason="permission")))
        return
    below = path.parent.relative_to(root).as_posix()
    folder = root.name or root.anchor.strip("/\\:") or "films"
    scan.films.append(FoundFilm(path, folder, "" if below == "." else below, info.st_size, info.st_mtime_ns))


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


def _refuse_growing(scan: Scan) -> None:
    now = time.time()
    if any(abs(now - film.mtime_ns / 1e9) < _FRESH_SECONDS for film in scan.films):
        # Two looks some time apart are the point here: there is no event for "another program is done".
        time.sleep(_LOOK_AGAIN_AFTER)
    kept: list[FoundFilm] = []
    for film in scan.films:
        error = unchanged(film.path, film.size, film.mtime_ns)
        if error is None:
            kept.append(film)
        else:
            scan.refused.append((film.path, error))
    scan.films = kept


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
