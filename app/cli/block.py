"""`reelkey block …`: the format by itself, without server or IPFS."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from app import __version__
from app.cli.context import Command
from app.cli.printers import Printer, table
from app.cli.stdin import read_line
from app.crypto.files import inspect as inspect_file
from app.crypto.files import open_files, seal_file
from app.crypto.private_payload import FilmFacts
from app.domain.errors import UsageError
from app.domain.events import Progressed, TaskRef
from app.domain.progress import Progress, ProgressSink
from app.domain.status import TaskKind
from app.media import probe

Work = Callable[[Command], Awaitable[int]]
_TELL_EVERY = 0.25
_EXISTING = click.Path(path_type=Path)


@click.group()
def block() -> None:
    """Public and private blocks as files: inspect, seal, open."""


@block.command()
@click.argument("file", type=_EXISTING)
def inspect(file: Path) -> Work:
    """The clear facts of a public or private block. Nothing secret is needed or shown."""

    async def work(command: Command) -> int:
        fields = await asyncio.to_thread(inspect_file, file)
        command.printer.result(True, fields, table([(name, str(value)) for name, value in fields.items()]))
        return 0

    return work


@block.command()
@click.argument("film", type=_EXISTING)
@click.option("--public", required=True, type=_EXISTING, help="the public block to write")
@click.option("--private", required=True, type=_EXISTING, help="the private block to write")
def seal(film: Path, public: Path, private: Path) -> Work:
    """Seal FILM into a public and a private block. The uuid comes from REELKEY_UUID or stdin."""

    async def work(command: Command) -> int:
        secret = _uuid()
        media = await probe(film)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        facts = FilmFacts(film.name, (), media.as_dict(), made_at, f"Reelkey {__version__}")
        tell = _teller(command.printer, film.name, TaskKind.UPLOAD)
        sealed = await asyncio.to_thread(seal_file, film, public, private, secret, facts=facts, progress=tell)
        fields = {"size": sealed.size, "blake3": sealed.blake3}
        command.printer.result(True, fields, f"{sealed.size}  {sealed.blake3}  {film.name}")
        return 0

    return work


@block.command(name="open")
@click.argument("public", type=_EXISTING)
@click.argument("private", type=_EXISTING)
@click.option("--output", required=True, type=_EXISTING, help="the film to write; never replaced")
def open_(public: Path, private: Path, output: Path) -> Work:
    """Open a film from its two blocks. The uuid comes from REELKEY_UUID or stdin."""

    async def work(command: Command) -> int:
        secret = _uuid()
        tell = _teller(command.printer, output.name, TaskKind.DOWNLOAD)
        opened = await asyncio.to_thread(open_files, public, private, output, secret, progress=tell)
        fields = {"size": opened.size, "blake3": opened.blake3, "path": str(output)}
        command.printer.result(True, fields, f"{opened.size}  {opened.blake3}  {output}")
        return 0

    return work


def _uuid() -> str:
    """The uuid is a secret: from the environment or stdin, never an argument. Raises UsageError."""
    given = os.environ.get("REELKEY_UUID")
    secret = (read_line() if given is None else given).strip()
    if not secret:
        raise UsageError(reason="REELKEY_UUID")
    return secret


def _teller(printer: Printer, name: str, kind: TaskKind) -> ProgressSink:
    """Progress of a file, at most four times a second, from the thread that works."""
    task = TaskRef("", kind, name)
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _TELL_EVERY or progress.done >= progress.total:
            last = now
            printer.event(Progressed(task, progress))

    return tell


COMMANDS = [block]
