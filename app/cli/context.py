"""What a command works with: its options, its printer, and the profile once it is open."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.bootstrap import Workplace, open_workplace
from app.cli.arguments import Everywhere
from app.cli.printers import Printer
from app.cli.stdin import interruptible, read_line
from app.domain.errors import NoServer, NotEncrypted, NoToken
from app.domain.events import warned
from app.domain.words import N_, set_language, tr
from app.journal import TaskRow
from app.net.hosts import is_plain_http_beyond_loopback
from app.settings.paths import ProfilePaths
from app.settings.servers import resolve_server
from app.settings.settings import Settings


@dataclass(slots=True)
class Command:
    """One run of the command line."""

    options: Everywhere
    printer: Printer
    #: The servers whose open way a person said yes to.
    _in_clear: set[str] = field(default_factory=set)

    @property
    def profile(self) -> Path | None:
        """The profile folder that was asked for; None means the user's own."""
        given = self.options.profile or os.environ.get("REELKEY_PROFILE")
        return Path(given).expanduser().absolute() if given else None

    @asynccontextmanager
    async def workplace(self) -> AsyncIterator[Workplace]:
        """The profile, open: journal, settings, node, servers."""
        token = read_line() if self.options.token_stdin else None
        async with open_workplace(self.profile, self.printer.event, os.environ, token) as place:
            if self.options.lang is None and place.settings.text("language"):
                set_language(place.settings.text("language"))
            yield place

    def server(self, place: Workplace) -> str:
        """The server this command speaks to (its origin). Raises NoServer, NotEncrypted."""
        origin = resolve_server(self.options.server, place.settings)
        self.need_encryption(origin)
        place.token_is_for(origin)
        return origin

    def choose_token(self, place: Workplace, rows: Sequence[TaskRow]) -> None:
        """Settle whose token came from outside the keyring: the server's that was named, else that of the
        only one that the films have, else the default one's. It is shown to no other."""
        servers = {row.server for row in rows}
        if self.options.server is None and len(servers) == 1:
            place.token_is_for(next(iter(servers)))
            return
        with suppress(NoServer):
            place.token_is_for(resolve_server(self.options.server, place.settings))

    def settings(self) -> Settings:
        """The profile's settings, without opening its journal."""
        paths = ProfilePaths.of(self.profile, os.environ).ensure()
        return Settings(paths.settings_file, os.environ)

    def need_encryption(self, origin: str) -> None:
        """Plain http beyond this computer is warned of and wants a yes, once. Raises NotEncrypted."""
        if is_plain_http_beyond_loopback(origin) and origin not in self._in_clear:
            self.printer.event(warned(NotEncrypted.message_key, server=origin))
            if not self.ask(tr(NotEncrypted.message_key, server=origin) + ". " + tr(N_("Go on?"))):
                raise NotEncrypted(server=origin)
            self._in_clear.add(origin)

    def ask(self, question: str) -> bool:
        """A yes or no from the person at the terminal; no where there is none."""
        if self.options.yes:
            return True
        if self.options.json or not sys.stdin.isatty():
            return False
        with interruptible():
            sys.stderr.write(question + " [y/N] ")
            sys.stderr.flush()
            return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")

    def need_token(self, place: Workplace, server: str) -> None:
        """There is a token for `server`. Raises NoToken."""
        if not place.token(server):
            raise NoToken(server=server)
