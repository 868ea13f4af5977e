"""What tests of the MEGA destination share: a signed-in account at the stand-in, sources, uploads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.cloud.destination import Entry, Outgoing, Piece, State
from app.cloud.destinations.mega import KIND
from app.cloud.destinations.mega.destination import MegaDestination
from app.cloud.destinations.mega.reading import Reading
from app.cloud.destinations.mega.uploading import MegaUpload
from app.cloud.kind import Credentials, SignedIn, Surroundings
from app.domain.errors import Cancelled
from sandbox.clouds.mega.testing import RunningMega

EMAIL, PASSWORD = "master@example.com", "correct horse"
KIB, MIB = 1024, 1024 * 1024
_BLOCK = bytes(131 * n % 251 for n in range(251)) * 4096


def pattern(size: int) -> bytes:
    """Bytes whose stretches of a MiB differ."""
    return b"".join((at.to_bytes(8, "big") + _BLOCK * 2)[: min(MIB, size - at)] for at in range(0, size, MIB))


FILM = pattern(1900 * KIB + 5)  # three pieces of `mega_small_pieces`
CUTS = [0, 768 * KIB, 1280 * KIB]


class Person:
    """Who is asked while a sign-in goes on."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.asked = 0

    async def open_page(self, address: str) -> None:
        raise AssertionError(address)

    async def second_factor(self) -> str:
        self.asked += 1
        if not self.codes:
            raise Cancelled
        return self.codes.pop(0)


class Held:
    """A source in memory. `reads`: what was asked of it, as offset and length."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        self.reads.append((offset, length))
        for at in range(offset, offset + length, MIB):
            yield self.data[at : min(at + MIB, offset + length)]


class Kept:
    """The journal's side of one item: every state that was kept."""

    def __init__(self) -> None:
        self.states: list[State] = []

    async def __call__(self, state: State) -> None:
        self.states.append(dict(state))


class Home:
    """One account at the stand-in, and what is sent to it."""

    def __init__(self, mega: RunningMega) -> None:
        self.mega = mega
        self.env = {"REELKEY_MEGA_ORIGIN": mega.origin}
        self.credentials: Credentials = {}
        self._made: list[MegaDestination] = []

    async def sign_in(self, person: Person | None = None, password: str = PASSWORD, **more: str) -> SignedIn:
        options = {"email": EMAIL, "password": password, "code": "", **more}
        signed = await KIND.sign_in(options, self.env, person or Person())
        self.credentials = signed.credentials
        return signed

    async def connect(self, **options: str) -> MegaDestination:
        """The account, as another start of Reelkey has it."""
        if not self.credentials:
            await self.sign_in()
        made = KIND.connect(options, self.credentials, Surroundings(self.env, _save))
        assert isinstance(made, MegaDestination)
        self._made.append(made)
        return made

    async def aclose(self) -> None:
        for made in self._made:
            await made.aclose()


async def _save(credentials: Credentials) -> None:
    raise AssertionError(credentials)


def outgoing(
    data: bytes, name: str = "film.mov", *, folder: str = "", keep: Kept | None = None, **more: Any
) -> Outgoing:
    fields: dict[str, Any] = {"key": f"key of {name}", "modified": 1_700_000_000.5, "source": Held(data)}
    return Outgoing(name, len(data), folder, keep=keep or Kept(), **{**fields, **more})


async def send_all(upload: MegaUpload, *, at_once: int = 1) -> list[Piece]:
    """Send what is left; the pieces in the order in which they were handed out."""
    sent: list[Piece] = []

    async def worker() -> None:
        while (piece := upload.next_piece()) is not None:
            sent.append(piece)
            await upload.send(piece)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return sent


async def upload(destination: MegaDestination, item: Outgoing, state: State | None = None) -> Entry:
    """The whole way; what stands there is what was sent."""
    going = await destination.open(item, state)
    await send_all(going)
    entry = await going.close(keep=True)
    assert entry is not None
    agrees(entry, going.digests, item)
    return entry


def agrees(entry: Entry, digests: Mapping[str, str], item: Outgoing) -> None:
    assert (entry.name, entry.size, entry.key) == (item.name, item.size, item.key)
    assert digests["mac"] == entry.hashes["mac"]
    assert all(entry.hashes[name] == value for name, value in digests.items())


async def bytes_of(destination: MegaDestination, entry: Entry) -> bytes:
    """The file, read back with its MAC checked."""
    return b"".join([data async for data in Reading(destination.api, entry).rest()])


def last_upload(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = home.mega.control.state()["uploads"][-1]
    return found


def through_the_journal(state: State) -> State:
    """As a later start gets it."""
    again: State = json.loads(json.dumps(dict(state)))
    return again
