"""The whole format on plain files: seal a film into two blocks, open them again, show their clear facts."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from blake3 import blake3

from app import __version__
from app.crypto.edge import PUBLIC_BLOCK, edge
from app.crypto.keys import FilmSecrets, sealable_layout
from app.crypto.layout import DEFAULT_HOLD_BACK, FOOTER_SIZE, PRODUCT, Geometry, parse_footer
from app.crypto.open import FilmOpener, PartOpener
from app.crypto.positioned import Bytes, read_bytes_at, write_at
from app.crypto.private_block import PrivateBlock, PrivateBlockWriter
from app.crypto.private_clear import CLEAR_HEADER_SIZE, PRIVATE_MAGIC, clear_size_of, parse_clear
from app.crypto.private_payload import FilmFacts
from app.crypto.seal import FilmSealer, PartSealer
from app.crypto.workfile import WorkFile, refuse_existing
from app.domain.errors import Damaged, SourceChanged, UsageError
from app.domain.progress import Progress, ProgressSink
from app.domain.words import N_, tr


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """`size` and `blake3` (hex) of the film; `public_size` of its public block; the blocks' `fid` (hex)."""

    size: int
    blake3: str
    public_size: int
    fid: str


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """`size` and `blake3` (hex) of the film that was written, and what its block says of it."""

    size: int
    blake3: str
    facts: FilmFacts


def seal_file(
    film: Path,
    public: Path,
    private: Path,
    server_secret: str,
    *,
    hold_back: int = DEFAULT_HOLD_BACK,
    facts: FilmFacts | None = None,
    progress: ProgressSink | None = None,
    geometry: Geometry = PRODUCT,
) -> SealedFiles:
    """Seal `film` into a public and a private block (without CID), neither of which may exist.

    After any error neither does. Raises SourceGone, SourceUnreadable, SourceChanged, FilmTooLarge,
    TargetUnwritable, NoSpace, Busy, UuidRefused.
    """
    before = _stat(film)
    for target in (public, private):
        refuse_existing(target)
    if public.absolute() == private.absolute():
        raise UsageError(reason=N_("The public and the private block need a name each"))
    secrets = FilmSecrets.new(server_secret, before.st_size, hold_back, geometry=geometry)
    layout = sealable_layout(before.st_size, secrets.fid, hold_back, geometry)
    sealer = FilmSealer(layout, secrets, server_secret)
    film_hash = blake3()

    def unchanged() -> None:
        now = _stat(film)
        if (now.st_size, now.st_mtime_ns, now.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            raise SourceChanged(path=str(film))

    with (
        WorkFile(public, layout.public_size) as public_part,
        WorkFile(private, 0, _left_over_private, mode=0o600) as private_part,
        PrivateBlockWriter(private_part.path, layout, secrets, server_secret) as writer,
    ):
        digests = []
        for index in range(layout.part_count):
            part = PartSealer(sealer, index, film, writer.write_held, unchanged, film_hash=film_hash)
            _write_body(part, public_part, _reporter(progress, "seal", layout.body_size))
            digests.append(part.digest)
        with edge(path=public_part.path, writing=True):
            write_at(public_part.descriptor, layout.body_size, layout.footer())
        writer.finish("", digests, layout.public_size, _complete(facts, film))
        opener = FilmOpener(PrivateBlock.read(writer.path, geometry=geometry).unlock(server_secret))
        opener.verify_held()
        public_part.publish()
        try:
            private_part.publish()
        except BaseException:
            public_part.withdraw()
            raise
    return SealedFiles(layout.size, film_hash.hexdigest(), layout.public_size, layout.fid.hex())


def _write_body(part: PartSealer, public: WorkFile, report: Callable[[int], None]) -> None:
    offset = part.plan.body_start
    for chunk in part.chunks():
        with edge(path=public.path, writing=True):
            write_at(public.descriptor, offset, chunk)
        offset += len(chunk)
        report(offset)


def open_files(
    public: Path,
    private: Path,
    output: Path,
    server_secret: str,
    progress: ProgressSink | None = None,
    *,
    geometry: Geometry = PRODUCT,
) -> OpenedFile:
    """Open a public block with its private block and the task's uuid into `output`, which must not exist.

    After any error there is no output of any kind. Raises WrongUuid, WrongPair, NewerFormat, NotABlock (the
    private block is none), Damaged, SourceGone, SourceUnreadable, TargetUnwritable, NoSpace, Busy.
    """
    refuse_existing(output)
    opener = FilmOpener(PrivateBlock.read(private, geometry=geometry).unlock(server_secret))
    film_hash = blake3()
    with edge(PUBLIC_BLOCK, path=public):
        source = public.open("rb", buffering=0)
    with source:
        _check_public(opener, source.fileno(), public)
        with WorkFile(output, opener.layout.size) as target:
            report = _reporter(progress, "open", opener.layout.size)
            for index in range(opener.layout.part_count):
                _open_part(opener, index, (source.fileno(), public), target, film_hash, report)
            target.publish()
    return OpenedFile(opener.layout.size, film_hash.hexdigest(), opener.unlocked.facts)


def _check_public(opener: FilmOpener, descriptor: int, path: Path) -> None:
    """The footer first: another film's block has another size too, and is to be named for what it is."""
    with edge(PUBLIC_BLOCK, path=path):
        size = os.fstat(descriptor).st_size
        footer = read_bytes_at(descriptor, max(0, size - FOOTER_SIZE), FOOTER_SIZE)
    opener.check_footer(footer, size)


def _open_part(
    opener: FilmOpener,
    index: int,
    source: tuple[int, Path],
    target: WorkFile,
    film_hash: blake3,
    report: Callable[[int], None],
) -> None:
    descriptor, path = source
    with PartOpener(opener, index, film_hash=film_hash) as part:
        place = part.plan.body_start

        def read_body(length: int) -> Bytes:
            nonlocal place
            with edge(PUBLIC_BLOCK, path=path):
                data = read_bytes_at(descriptor, place, length)
            place += length
            return data

        for offset, plaintext in part.plaintexts(read_body):
            with edge(path=target.path, writing=True):
                write_at(target.descriptor, offset, plaintext)
            report(offset + len(plaintext))
        part.finish()


def inspect(path: Path) -> dict[str, Any]:
    """The clear facts of a public or private block, as JSON values: what anyone may read, no secrets.

    Raises NotABlock, NewerFormat, Damaged, SourceGone, SourceUnreadable.
    """
    with edge(PUBLIC_BLOCK, path=path), path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        start = read_bytes_at(file.fileno(), 0, CLEAR_HEADER_SIZE)
        if start.startswith(PRIVATE_MAGIC):
            stored = read_bytes_at(file.fileno(), 0, clear_size_of(start, path=str(path)))
            return _private_facts(stored, size, path)
        footer = read_bytes_at(file.fileno(), max(0, size - FOOTER_SIZE), FOOTER_SIZE)
    return _public_facts(footer, size, path)


def _public_facts(data: bytes, size: int, path: Path) -> dict[str, Any]:
    footer = parse_footer(data, path=str(path))
    layout = footer.layout
    if layout.public_size != size:
        raise Damaged(what=tr(PUBLIC_BLOCK))
    return {
        "block": "public",
        "version": footer.version,
        "suite": footer.suite,
        "fid": footer.fid.hex(),
        "size": size,
        "film_size": layout.size,
        "segment": layout.geometry.segment,
        "segments": layout.segments,
        "held_back": layout.held_count,
        "hold_back": layout.hold_back,
        "body_size": layout.body_size,
        "parts": layout.part_count,
    }


def _private_facts(stored: bytes, size: int, path: Path) -> dict[str, Any]:
    clear = parse_clear(stored, size, path=str(path))
    return {
        "block": "private",
        "version": clear.version,
        "suite": clear.suite,
        "fid": clear.fid.hex(),
        "size": size,
        "clear_size": clear.clear_size,
        "held_size": clear.held_size,
        "payload_size": clear.payload_size,
        "finished": clear.payload_size > 0,
        "stanzas": [stanza.type for stanza in clear.stanzas],
    }


def _complete(facts: FilmFacts | None, film: Path) -> FilmFacts:
    facts = facts or FilmFacts(film.name)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return replace(facts, made_at=facts.made_at or now, made_by=facts.made_by or f"Reelkey {__version__}")


def _left_over_private(file: BinaryIO, length: int) -> bool:
    return length == 0 or read_bytes_at(file.fileno(), 0, len(PRIVATE_MAGIC)) == PRIVATE_MAGIC


def _reporter(progress: ProgressSink | None, phase: str, total: int) -> Callable[[int], None]:
    def report(done: int) -> None:
        if progress is not None:
            progress(Progress(phase, done, total))

    return report


def _stat(film: Path) -> os.stat_result:
    with edge(path=film):
        return film.stat()
