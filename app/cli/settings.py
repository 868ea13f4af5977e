"""`reelkey settings …`: what can be set, and what it is now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import click

from app.cli.context import Command
from app.cli.printers import table

Work = Callable[[Command], Awaitable[int]]


@click.group()
def settings() -> None:
    """What can be set: get shows it, set changes it."""


@settings.command()
@click.argument("key", required=False)
def get(key: str | None) -> Work:
    """One setting, or all of them with what they mean."""

    async def work(command: Command) -> int:
        store = command.settings()
        if key is not None:
            command.printer.result(True, {"key": key, "value": store.get(key)}, store.shown(key))
            return 0
        values = {name: store.get(name) for name in store.names()}
        rows = [(name, store.shown(name), store.help(name)) for name in store.names()]
        command.printer.result(True, {"settings": values}, table(rows))
        return 0

    return work


@settings.command(name="set")
@click.argument("key")
@click.argument("value", required=False, default="")
def set_(key: str, value: str) -> Work:
    """Change a setting; without VALUE it is as it was at the beginning."""

    async def work(command: Command) -> int:
        store = command.settings()
        store.set(key, value)
        command.printer.result(True, {"key": key, "value": store.get(key)}, store.shown(key))
        return 0

    return work


COMMANDS = [settings]
