"""`reelkey node …` and `reelkey doctor`: the profile's Kubo, and whether everything is as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from app.bootstrap import Workplace
from app.cli.context import Command
from app.cli.printers import table
from app.cli.scheme import check_scheme
from app.domain.errors import NodeNotOurs, NoServer, ReelkeyError
from app.domain.words import N_, tr
from app.jobs.doctor import Check, check_clock, check_disk, check_keyring, check_library, check_node

Work = Callable[[Command], Awaitable[int]]


@click.group()
def node() -> None:
    """The IPFS node of this profile: start, stop, status, path."""


@node.command()
def start() -> Work:
    """Start the node, or find it running."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            info = await place.desk.node_info()
            command.choose_token(place, await place.desk.journal.all())
            await place.announce_anew(None)
            await place.collect_owed()
            command.printer.result(True, info.as_dict(), _text(info.as_dict()))
            return 0

    return work


@node.command()
def stop() -> Work:
    """Stop the node. Buyers can't fetch from here until it runs again."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            if api := place.settings.text("node.api"):
                raise NodeNotOurs(api=api)
            await place.desk.node.stop()
            command.printer.result(True, {"running": False}, tr(N_("The node is stopped")))
            return 0

    return work


@node.command()
def status() -> Work:
    """Whether the node runs, who it is and where it can be reached."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            info = await place.desk.node.status()
            fields: dict[str, object] = {"running": info is not None}
            fields |= info.as_dict() if info is not None else {}
            text = tr(N_("The node is stopped")) if info is None else _text(fields)
            command.printer.result(True, fields, text)
            return 0

    return work


@node.command()
def path() -> Work:
    """The Kubo program that this profile uses."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            kubo = await place.find_kubo()
            fields = {"binary": str(kubo.path), "version": kubo.version}
            command.printer.result(True, fields, str(kubo.path))
            return 0

    return work


def _text(fields: dict[str, object]) -> str:
    rows = []
    for name, value in fields.items():
        rows.append(
            (name, ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value))
        )
    return table(rows)


@click.command()
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what support needs to FILE (zip), without sign-ins and keys.",
)
def doctor(bundle: Path | None) -> Work:
    """Look at server, node, disk, clock, keyring and scheme: each ok, or what to do."""

    async def work(command: Command) -> int:
        async with command.workplace() as place:
            checks = await _examine(command, place)
            rows = [(_mark(check.ok), check.name, check.text) for check in checks]
            fields: dict[str, object] = {"checks": [check.as_dict() for check in checks]}
            if bundle is not None:
                made = await place.diagnostics(checks)
                await asyncio.to_thread(made.write, bundle.absolute())
                fields["bundle"] = str(bundle.absolute())
            ok = all(check.ok is not False for check in checks)
            command.printer.result(ok, fields, table(rows))
            return 0 if ok else 1

    return work


async def _examine(command: Command, place: Workplace) -> list[Check]:
    """Every check, whatever the others found."""
    server: str | None = None
    wrong: list[Check] = []
    try:
        server = command.server(place)
        command.need_token(place, server)
    except NoServer:
        server = None
    except ReelkeyError as error:
        wrong, server = [Check.of("server", error)], None
    checks = wrong or [await check_library(place.desk, server)]
    checks.append(await check_node(place.desk))
    checks.append(check_disk(place.paths.data_dir))
    checks.append(check_clock(None if server is None else (await place.api(server)).server_time))
    checks.append(check_keyring(place.vault))
    checks.append(check_scheme())
    return checks


def _mark(ok: bool | None) -> str:
    return {True: "✓", False: "✗", None: "·"}[ok]


COMMANDS = [node, doctor]
