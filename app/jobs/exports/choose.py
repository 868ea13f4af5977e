"""What an export holds: files and folders of this computer, and films of the journal, as items."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from app.domain.errors import NotNow, PathMissing, SourceUnreadable, TooMuchAtOnce
from app.domain.names import is_text
from app.domain.status import TaskKind
from app.domain.words import N_
from app.jobs.exports.names import below, joined
from app.jobs.steps import DownloadStep, UploadStep
from app.journal import Run, TaskRow
from app.journal.exports import From, ItemChanges

#: Which of a film's files is meant: the film itself (opened, or from its own folder), its public block
#: (``NAME.rkpub``, read from the node), its private block.
Which = Literal["film", "public", "private"]

PUBLIC_ENDING = ".rkpub"
_MOST = 100_000
# What systems leave in folders for themselves.
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".localized"})
_ADDED = (UploadStep.JOINED, UploadStep.PLACED, DownloadStep.FETCHED, DownloadStep.KEYED)


def items_of_paths(paths: Sequence[Path]) -> list[ItemChanges]:
    """An item a file: a folder's files below its own name. Links in folders and what systems leave there stay
    out. Blocks on the disk. Raises PathMissing, SourceUnreadable, TooMuchAtOnce."""
    items: list[ItemChanges] = []
    seen: set[str] = set()
    for given in paths:
        path = given.expanduser().absolute()
        try:
            path = path.resolve(strict=True)
            for file, folder, info in _files(path):
                if str(file) in seen:
                    continue
                seen.add(str(file))
                items.append(_file(file, folder, info))
                if len(items) > _MOST:
                    raise TooMuchAtOnce(reason=N_("more than {count} files"), count=_MOST)
        except FileNotFoundError:
            raise PathMissing(path=str(path)) from None
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceUnreadable(path=str(path), reason=reason) from None
    return items


def item_of_film(task: TaskRow, which: Which) -> ItemChanges:
    """A film of the journal, or one of its blocks. A film that is still being received becomes an item that
    is waited for. Raises NotNow where there is no such file."""
    if which == "public":
        return _public(task)
    if which == "private":
        path = Path(task.private_path) if task.private_path else None
        if path is None or not path.is_file():
            raise NotNow(source_name=task.source_name, reason=N_("its private block is not here"))
        return _file(path, "", path.stat())
    if task.kind is TaskKind.DOWNLOAD:
        path = opened_file(task)
        if path is None and task.run is not Run.CANCELLED:
            name = Path(task.source_name).name or task.source_name
            return {"source": From.FILM, "place": task.id, "key": _key(), "name": name, "size": task.size}
    else:
        path = Path(task.source_path) if task.source_path else None
    if path is None or not path.is_file():
        raise NotNow(source_name=task.source_name, reason=N_("its file is not here"))
    return _file(path, "", path.stat())


def opened_file(task: TaskRow) -> Path | None:
    """Where a received film lies, opened and verified; None before."""
    if task.run is Run.DONE and task.final_path:
        return Path(task.final_path)
    return None


def title_of(items: Sequence[ItemChanges], paths: Sequence[Path]) -> str:
    """What an export is called: its first file or folder, and how many more there are."""
    first = paths[0].expanduser().absolute().name if paths else items[0].get("name", "")
    others = (len(paths) or 1) - 1 + (len(items) if not paths else 0) - (0 if paths else 1)
    return f"{first} +{others}" if others > 0 else first


def _public(task: TaskRow) -> ItemChanges:
    added = task.step in _ADDED or task.run is Run.DONE
    if not (task.cid and task.public_size and added):
        raise NotNow(source_name=task.source_name, reason=N_("its public block is not here yet"))
    name = f"{task.source_name}{PUBLIC_ENDING}"
    return {
        "source": From.BLOCK,
        "place": task.cid,
        "key": _key(),
        "name": name,
        "size": task.public_size,
    }


def _file(path: Path, folder: str, info: os.stat_result) -> ItemChanges:
    if not is_text(str(path)):
        raise SourceUnreadable(path=ascii(str(path)), reason=N_("its name is not UTF-8"))
    return {
        "source": From.FILE,
        "place": str(path),
        "key": _key(),
        "name": path.name,
        "subpath": below(folder),
        "size": info.st_size,
        "mtime_ns": info.st_mtime_ns,
    }


def _files(path: Path, folder: str = "") -> Iterator[tuple[Path, str, os.stat_result]]:
    info = path.stat()
    if stat.S_ISREG(info.st_mode):
        yield path, folder, info
    elif stat.S_ISDIR(info.st_mode):
        here = joined(folder, path.name)
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_symlink() or entry.name.lower() in _LITTER:
                continue
            yield from _files(Path(entry.path), here)
    else:
        raise SourceUnreadable(path=str(path), reason=N_("it is no file"))


def _key() -> str:
    return secrets.token_hex(16)
