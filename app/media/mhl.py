"""An ASC MHL manifest for a film that was received: what copies of it are checked against from now on.

The hash is xxh128: the default of the American Society of Cinematographers' own tool, and what copying tools
of the trade write today. It finds damage, quickly; that a film is the one that was sent is shown by the seal
of the blocks, before. Where a film is in an older manifest by another hash, that one is checked and carried
on, as the specification wants.

The manifest lies in the folder ``ascmhl`` beside the film. It is built out of sight and put there in one
step: whoever looks finds the whole history or the one before.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import __version__
from app.domain import durable
from app.domain.errors import (
    Cancelled,
    FileError,
    NameRefused,
    SourceGone,
    SourceUnreadable,
    TargetUnwritable,
)
from app.domain.words import N_, tr

HASH = "xxh128"
FOLDER = "ascmhl"
_CHAIN = "ascmhl_chain.xml"
_CHUNK = 4 * 2**20
_TELL_EVERY = 16
_NOT_IN_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")

Progress = Callable[[int, int], None]  # bytes done, bytes in all


class ManifestUnreadable(FileError):
    """The history beside the film is damaged, or none that this version of the format knows."""

    code = "manifest_unreadable"
    title_key = N_("The manifests beside this film can't be used")
    message_key = N_("{path}: {reason}")
    hint_key = N_("Check the folder ascmhl with the tool that made it, or move it away")


class FilmDiffers(FileError):
    """The film is not what an older manifest says."""

    code = "film_differs"
    title_key = N_("The film is not the one in its manifest")
    message_key = N_("{path} was recorded with {kind} {old} and has {new} now; nothing was written")
    hint_key = N_("Receive it again, or compare it with another copy")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was written: its file, its number in the history, and the film's hash in it (hex)."""

    path: Path
    generation: int
    hash: str


def write_manifest(
    film: Path, *, progress: Progress | None = None, cancelled: threading.Event | None = None
) -> Manifest:
    """Read `film` once and record it in the history beside it. Blocks for as long as reading takes: for a
    thread. `progress` is called there; setting `cancelled` ends it within a moment, and nothing is left.

    Raises SourceGone, SourceUnreadable, FilmDiffers, ManifestUnreadable, TargetUnwritable, NameRefused,
    Cancelled.
    """
    film = film.absolute()
    _check_name(film)
    with _our_errors(film):
        history = _load(film.parent)
        before = _recorded(history, film.name)
        formats = [*before, *([HASH] if HASH not in before else [])]
        hashes, seen = _hashes(film, formats, progress, cancelled)
        for kind, old in before.items():
            if hashes[kind] != old:
                raise FilmDiffers(path=str(film), kind=kind, old=old, new=hashes[kind])
        path, generation = _record(history, film, seen, hashes)
    return Manifest(path, generation, hashes[HASH])


def _check_name(film: Path) -> None:
    """Whether the names can stand in XML: a control mark or a byte that is no UTF-8 can't."""
    for name in (film.name, film.parent.name):
        if any(
            ord(char) < 0x20 or 0xD800 <= ord(char) <= 0xDFFF or ord(char) in (0xFFFE, 0xFFFF)
            for char in name
        ):
            raise NameRefused(name=name, reason=N_("a manifest can't name it"))


# --- the history -----------------------------------------------------------------------------------------


def _load(folder: Path) -> Any:
    """The history beside the film; an empty one where there is none yet. Raises ManifestUnreadable."""
    from ascmhl.errors import NoMHLChainException  # noqa: PLC0415
    from ascmhl.history import MHLHistory  # noqa: PLC0415
    from click import ClickException  # noqa: PLC0415 - the library's errors are click's
    from lxml.etree import LxmlError  # type: ignore[import-untyped]  # noqa: PLC0415

    if (folder / FOLDER).is_symlink():
        raise ManifestUnreadable(path=str(folder / FOLDER), reason=N_("it leads out of the folder"))
    try:
        return MHLHistory.load_from_path(str(folder))
    except NoMHLChainException:
        reason = tr(N_("its list ({name}) is missing"), name=_CHAIN)
    except ClickException as error:
        reason = error.format_message()
    except (LxmlError, ValueError, TypeError, AttributeError, KeyError, AssertionError) as error:
        reason = type(error).__name__
    raise ManifestUnreadable(path=str(folder / FOLDER), reason=reason)


def _recorded(history: Any, name: str) -> dict[str, str]:
    """The first hash of each kind that the history has of the film."""
    return {
        kind: history.find_first_hash_entry_for_path(name, kind).hash_string
        for kind in history.find_existing_hash_formats_for_path(name)
    }


def _record(history: Any, film: Path, seen: os.stat_result, hashes: dict[str, str]) -> tuple[Path, int]:
    """Write the next manifest of the history; its place and number."""
    folder = film.parent / FOLDER
    staged = film.parent / f".{FOLDER}.{secrets.token_hex(6)}.part"
    # The library writes to where the history says it lies; beside the real place all paths stay right.
    history.asc_mhl_path = str(staged)
    history.chain.file_path = str(staged / _CHAIN)
    try:
        _commit(history, film, seen, hashes)
        written = next(file for file in staged.iterdir() if file.suffix == ".mhl")
        for file in staged.iterdir():
            with file.open("rb+") as kept:
                durable.fsync_file(kept.fileno())
        if folder.exists():
            # The manifest first: one that is in no list yet is passed over, a list without it is damage.
            durable.rename_new(written, folder / written.name)
            (staged / _CHAIN).replace(folder / _CHAIN)
            durable.fsync_dir(folder)
        else:
            durable.rename_new(staged, folder)
        durable.fsync_dir(film.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return folder / written.name, history.latest_generation_number()


def _commit(history: Any, film: Path, seen: os.stat_result, hashes: dict[str, str]) -> None:
    from ascmhl.generator import MHLGenerationCreationSession  # noqa: PLC0415
    from ascmhl.hashlist import (  # noqa: PLC0415
        MHLCreatorInfo,
        MHLProcess,
        MHLProcessInfo,
        MHLTool,
    )
    from ascmhl.utils import datetime_now_isostring  # noqa: PLC0415

    session = MHLGenerationCreationSession(history)
    changed = datetime.fromtimestamp(seen.st_mtime)  # noqa: DTZ006 - the library adds this computer's zone
    for kind, digest in hashes.items():
        session.append_file_hash(str(film), seen.st_size, changed, kind, digest)
    creator = MHLCreatorInfo()
    creator.tool = MHLTool("Reelkey", __version__)
    creator.creation_date = datetime_now_isostring()
    creator.host_name = platform.node()
    process = MHLProcessInfo()
    process.process = MHLProcess("in-place")
    session.commit(creator, process)


# --- reading the film ------------------------------------------------------------------------------------


def _hashes(
    film: Path, formats: list[str], progress: Progress | None, cancelled: threading.Event | None
) -> tuple[dict[str, str], os.stat_result]:
    """The film's hashes, and what its file was while it was read. Raises SourceUnreadable, Cancelled."""
    from ascmhl.hasher import new_hasher_for_hash_type  # noqa: PLC0415

    hashers = {kind: new_hasher_for_hash_type(kind) for kind in formats}
    buffer = memoryview(bytearray(_CHUNK))
    with film.open("rb", buffering=0) as file:
        seen = os.fstat(file.fileno())
        done = rounds = 0
        while count := file.readinto(buffer):
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            for hasher in hashers.values():
                hasher.update(buffer[:count])
            done += count
            rounds += 1
            if progress is not None and rounds % _TELL_EVERY == 0:
                progress(done, seen.st_size)
        after = os.fstat(file.fileno())
    if (seen.st_size, seen.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or done != seen.st_size:
        raise SourceUnreadable(path=str(film), reason=N_("it changed while it was read"))
    if progress is not None:
        progress(done, seen.st_size)
    return {kind: hasher.string_digest() for kind, hasher in hashers.items()}, seen


# --- edges -----------------------------------------------------------------------------------------------


@contextmanager
def _our_errors(film: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if film.exists():
            raise TargetUnwritable(path=str(film.parent), reason=error.strerror or "") from None
        raise SourceGone(path=str(film)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        with suppress(OSError):
            if os.access(film, os.R_OK):
                raise TargetUnwritable(path=str(film.parent / FOLDER), reason=reason) from None
        raise SourceUnreadable(path=str(film), reason=reason) from None
