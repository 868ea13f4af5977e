"""`reelkey register` and `reelkey unregister`: what a link in the browser opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import click

from app.cli.context import Command
from app.domain.errors import EXIT_OK, SchemeNotSet
from app.domain.words import N_, tr
from app.jobs.doctor import Check
from app.launch import registration
from app.launch.registration import SchemeState, Standing

Work = Callable[[Command], Awaitable[int]]


@click.command()
def register() -> Work:
    """Let links from the browser open this Reelkey, for this user."""

    async def work(command: Command) -> int:
        found = registration.register()
        if found.standing not in (Standing.REGISTERED, Standing.BUNDLE):
            # Written, and yet somebody else is asked first: a choice of the desktop's, not ours to undo.
            raise SchemeNotSet(reason=found.text())
        return _tell(command, found)

    return work


@click.command()
def unregister() -> Work:
    """Take that back. What another program has registered stays."""

    async def work(command: Command) -> int:
        return _tell(command, registration.unregister())

    return work


def _tell(command: Command, found: SchemeState) -> int:
    command.printer.result(True, found.as_dict(), found.text())
    return EXIT_OK


def check_scheme() -> Check:
    """For `reelkey doctor`: nothing registered is no fault, links that go elsewhere are one."""
    try:
        found = registration.state()
    except SchemeNotSet as error:
        return Check.of("scheme", error)
    if found.standing is Standing.REGISTERED:
        return Check("scheme", True, found.program)
    if found.standing is Standing.BUNDLE:
        return Check("scheme", None, found.text())
    way = tr(N_("reelkey register lets them open this one"))
    return Check("scheme", False if found.standing is Standing.OTHER else None, f"{found.text()} → {way}")


COMMANDS = [register, unregister]
