"""Names on the disk: reserved in the journal first, so that what stands there after a crash is ours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath

from app.domain import durable
from app.domain.errors import TargetUnwritable
from app.domain.names import safe_name, safe_parts
from app.journal import Journal, TaskRow

PRIVATE_ENDING = ".rkkey"
PART_ENDING = ".part"
NAME_MARGIN = 24  # room for a twin's number, .rkkey and .part
_TRIES = 1000


def nearest(path: Path) -> Path:
    """`path`, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


async def reserve_private_path(journal: Journal, task: TaskRow) -> TaskRow:
    """A free name for the film's private block: ``DIR/<folder>/film.mov.rkkey``, or ``film.mov (2).rkkey``.

    Raises TargetUnwritable.
    """
    folder = Path(task.private_dir) / safe_name(task.folder).name
    make_folder(folder)
    film = safe_name(task.source_name, margin=NAME_MARGIN).name
    names = (f"{film}{twin}{PRIVATE_ENDING}" for twin in _twins())
    return await journal.reserve(task.number, "private_path", list(islice(_free(folder, names), 20)))


async def reserve_final_path(journal: Journal, task: TaskRow, name: str, below: Sequence[str]) -> TaskRow:
    """A free name for a film that came: ``DIR/<folder>/<below>/<name>``, or ``name (2).mov``.

    A name that this system can't hold is made safe. With `overwrite` the plain name is taken as it is.
    Raises TargetUnwritable.
    """
    folder = Path(task.output_dir) / _visible(safe_name(task.folder).name)
    for part in safe_parts("/".join(below)):
        folder = folder / part.name
    make_folder(folder)
    film = PurePath(safe_name(name, margin=NAME_MARGIN).name)
    names = (f"{film.stem}{twin}{film.suffix}" for twin in _twins())
    free = list(islice(_free(folder, names), 20))
    plain = folder / film.name
    if task.overwrite and not _there(plain.with_name(plain.name + PART_ENDING)):
        free.insert(0, str(plain))
    return await journal.reserve(task.number, "final_path", free)


def make_folder(folder: Path) -> None:
    """Make `folder` with what is above it, names durable. Raises TargetUnwritable."""
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            durable.fsync_dir(made.parent)
    except OSError as error:
        raise TargetUnwritable(path=str(folder), reason=error.strerror or "") from error


def _visible(name: str) -> str:
    """A name from outside never makes a hidden folder or file: ``.ssh`` would be more than a film's place."""
    return "_" + name[1:] if name.startswith(".") else name


def _twins() -> Iterator[str]:
    yield ""
    for number in range(2, _TRIES):
        yield f" ({number})"


def _free(folder: Path, names: Iterator[str]) -> Iterator[str]:
    """Those of `names` that stand neither finished nor unfinished in `folder`."""
    for name in names:
        path = folder / name
        if not (_there(path) or _there(path.with_name(path.name + PART_ENDING))):
            yield str(path)


def _there(path: Path) -> bool:
    return os.path.lexists(path)  # False, too, for a path that is too long: making the file says so
