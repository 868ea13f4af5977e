"""`reelkey cloud login KIND`: its flags come from what the kind of cloud declares, its secrets never from
arguments.

A secret comes from the environment (``REELKEY_CLOUD_PASSWORD`` for ``password``), with
``--secrets-stdin`` from standard input (a line ``NAME=VALUE`` each), or is asked for where there is a
terminal."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import webbrowser
from collections.abc import Awaitable, Callable, Mapping

import click

from app.cli.context import Command
from app.cli.export_lines import account_fields, account_line
from app.cli.printers import Printer, table
from app.cli.stdin import interruptible
from app.cloud.kind import Kind
from app.cloud.kinds import kind_of, kinds
from app.cloud.options import Option
from app.domain.errors import Cancelled, UsageError
from app.domain.words import N_, tr

Work = Callable[[Command], Awaitable[int]]
_LONGEST_INPUT = 65_536
_CODE = "REELKEY_CLOUD_CODE"


class LoginGroup(click.Group):
    """One command a kind of cloud, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(kinds())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        return _command(kinds()[cmd_name]) if cmd_name in kinds() else None


def _command(kind: Kind) -> click.Command:
    params: list[click.Parameter] = [
        click.Option([f"--{option.name}"], help=tr(option.help), default=None)
        for option in kind.options
        if not option.secret
    ]
    params += [
        click.Option(["--label"], default="", help=tr(N_("your own name for this account"))),
        click.Option(["--no-browser"], is_flag=True, help=tr(N_("only show the address to open"))),
        click.Option(
            ["--secrets-stdin"],
            is_flag=True,
            help=tr(N_("read secrets from stdin, NAME=VALUE a line")),
        ),
    ]

    def callback(label: str, no_browser: bool, secrets_stdin: bool, **given: str | None) -> Work:
        plain = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        return _sign_in(kind.id, plain, label, opens=not no_browser, reads=secrets_stdin)

    return click.Command(kind.id, params=params, callback=callback, help=kind.title)


def _sign_in(kind_id: str, plain: Mapping[str, str], label: str, *, opens: bool, reads: bool) -> Work:
    async def work(command: Command) -> int:
        kind = kind_of(kind_id)
        lines = _lines_of_stdin() if reads else {}
        asks = not reads and not command.options.json
        secrets = {option.name: _secret(option, lines, asks=asks) for option in kind.options if option.secret}
        given = {**plain, **{name: value for name, value in secrets.items() if value}}
        async with command.workplace() as place:
            row = await place.exports.sign_in(
                kind.id, given, Terminal(command.printer, opens=opens), label=label
            )
            fields = {"account": account_fields(row, kinds())}
            command.printer.result(True, fields, table([account_line(row, kinds())]))
        return 0

    return work


def _lines_of_stdin() -> dict[str, str]:
    with interruptible():
        text = sys.stdin.read(_LONGEST_INPUT + 1)
    if len(text) > _LONGEST_INPUT:
        raise UsageError(reason="--secrets-stdin")
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value for name, _, value in pairs}


def _secret(option: Option, lines: Mapping[str, str], *, asks: bool) -> str:
    known = lines.get(option.name) or os.environ.get(f"REELKEY_CLOUD_{option.name.upper().replace('-', '_')}")
    if known or not (asks and option.required and sys.stdin.isatty()):
        return known or ""
    with interruptible():
        return getpass.getpass(f"{tr(option.title)}: ", stream=sys.stderr)


class Terminal:
    """What a sign-in asks of the person at the terminal (`app.cloud.kind.Asking`)."""

    def __init__(self, printer: Printer, *, opens: bool) -> None:
        self._printer = printer
        self._opens = opens

    async def open_page(self, address: str) -> None:
        """The address is always shown: the browser may be on another computer, or none may open."""
        words = tr(N_("Sign in here, in your browser:"))
        self._printer.line("open_page", {"address": address}, f"{words}\n{address}")
        if self._opens:
            await asyncio.to_thread(webbrowser.open, address)

    async def second_factor(self) -> str:
        """From ``REELKEY_CLOUD_CODE``, else asked for. Raises Cancelled where there is nobody to ask."""
        if os.environ.get(_CODE):
            return os.environ[_CODE]
        if not sys.stdin.isatty():
            raise Cancelled
        words = tr(N_("Six digits of your authenticator"))
        return await asyncio.to_thread(getpass.getpass, f"{words}: ", sys.stderr)
