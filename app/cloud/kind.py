"""A kind of cloud, as data: its name, what it can do, what it asks, and how one signs in. One file in
`app/cloud/destinations/` and one row in `app/cloud/kinds.py` make a destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.cloud.destination import Destination, Entry, Hasher
from app.cloud.limits import Pace
from app.cloud.options import Option

#: Secrets of a sign-in by name (tokens, session, keys): texts, kept in the system's keyring as one entry
#: of up to 1,200 ASCII characters together. Never a password that was typed.
Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that came about: whose it is (the account's own name, shown to people) and what keeps it."""

    account: str
    credentials: Credentials = field(repr=False)


class Asking(Protocol):
    """What a sign-in may ask of the person while it goes on."""

    async def open_page(self, address: str) -> None:
        """Open the system's browser at `address`; where there is none, the address is shown to be opened
        by hand."""
        ...

    async def second_factor(self) -> str:
        """The six digits of the person's authenticator. Raises Cancelled where there is nobody to ask."""
        ...


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a destination can do.

    `hashers`: by the names of `Entry.hashes`, strongest first, what computes the same of local bytes (the
    entry is for those that need its keys). `pieces_at_once`: how many pieces of one file may be sent side
    by side. `files_at_once`: files side by side, as a default. `requests_per_second`: what the
    destination allows one account lastingly (0: no such limit). `largest`: bytes of the largest file.
    `name_bytes`: longest name in UTF-8 bytes. `hashes_contents`: whether it computes the hashes itself, of
    the bytes that it has; one that doesn't only gives our own back, and an option ``read-back`` of its own
    has the bytes read again."""

    hashers: Mapping[str, Callable[[Entry], Hasher]]
    pieces_at_once: int = 1
    files_at_once: int = 4
    requests_per_second: float = 0.0
    largest: int | None = None
    name_bytes: int = 255
    hashes_contents: bool = True


class Notes(Protocol):
    """What a destination notes of an account for a later start: short texts by name, none of them secret."""

    async def get(self, name: str) -> str:
        """The text of that name; "" where there is none."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Committed when it returns; "" takes it away."""
        ...


class InMemory:
    """Notes for as long as the process lives."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    async def get(self, name: str) -> str:
        return self._notes.get(name, "")

    async def put(self, name: str, text: str) -> None:
        self._notes[name] = text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a destination is given beside its options: `env` for the addresses of stand-ins
    (``REELKEY_…``), `save`, which keeps credentials that changed (a renewed token) before they are used,
    `pace`, at which the account's requests may be made (for `Web`), `stall`, the seconds of silence after
    which a request is given up (None: the destination's own number), and `notes`, which outlast a kill."""

    env: Mapping[str, str]
    save: Callable[[Credentials], Awaitable[None]]
    pace: Pace = field(default_factory=lambda: Pace(0))
    stall: float | None = None
    notes: Notes = field(default_factory=InMemory)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of cloud.

    `id` is in commands and the journal, `title` its own name (no translation), `icon` a Lucide name.
    `options`: what is asked at sign-in and what an account can be set to. `sign_in` gets checked options
    and raises SignInRefused, Cancelled, CloudUnreachable; `connect` makes no request; `sign_out` makes
    the destination forget the sign-in. `home` is the cloud's own page for people, opened in a browser."""

    id: str
    title: str
    icon: str
    abilities: Abilities
    options: tuple[Option, ...]
    sign_in: Callable[[Mapping[str, str], Mapping[str, str], Asking], Awaitable[SignedIn]]
    connect: Callable[[Mapping[str, str], Credentials, Surroundings], Destination]
    sign_out: Callable[[Mapping[str, str], Credentials, Mapping[str, str]], Awaitable[None]]
    home: str = ""
