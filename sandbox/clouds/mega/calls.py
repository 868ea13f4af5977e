"""One command of a request, and the table of what commands do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.faults import Fault
from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.accounts import Account
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.state import State


@dataclass
class Call:
    """One command with what it came with."""

    state: State
    sid: str | None
    origin: str
    fields: dict[str, Any]
    fault: Fault | None = None

    @property
    def account(self) -> Account:
        """Whose session it is. Raises Refused."""
        return self.state.accounts.signed_in(self.sid)

    def text(self, name: str) -> str:
        """A field that must be there as text. Raises Refused."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(Number.ARGS)
        return value

    def number(self, name: str, default: int) -> int:
        """A whole number; true and false are none. Raises Refused."""
        value = self.fields.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(Number.ARGS)
        return value

    def raw(self, value: object, *lengths: int) -> bytes:
        """Base64 of one of these lengths. Raises Refused."""
        try:
            data = crypto.unb64(value) if isinstance(value, str) else b""
        except ValueError:
            data = b""
        if not data or (lengths and len(data) not in lengths):
            raise Refused(Number.ARGS)
        return data

    def tell(self, account: Account, packet: dict[str, Any]) -> None:
        """Push it to everyone who listens on this account; `i` lets the one who caused it know its own."""
        tag = self.fields.get("i")
        self.state.events.push(account.user, packet | ({"i": tag} if isinstance(tag, str) else {}))


Command = Callable[[Call], Any]
COMMANDS: dict[str, Command] = {}


def command(name: str) -> Callable[[Command], Command]:
    """Put a function into the table."""

    def put(function: Command) -> Command:
        COMMANDS[name] = function
        return function

    return put
