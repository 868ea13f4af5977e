"""What a cloud has to do for Reelkey: six calls, four of a destination and two of an upload.

    Destination.account   who is signed in, and the room there is
    Destination.list      what lies in a folder
    Destination.folder    the folder of a name, made where there is none; or thrown away again while empty
    Destination.open      begin an upload, or take one up again
    Upload.send           one piece of the file
    Upload.close          completed and read back, or thrown away

Everything else (retrying, limits of rate and bandwidth, progress, several at once, the journal, comparing
hashes) stands around these calls and is the same for every cloud. Each call is one attempt: it makes no
second try of its own, and raises a `CloudError` (`app.domain.errors`), which says whether trying again
can help. Calls of one `Destination` may run side by side; `send` of one `Upload` only where its abilities
say ``pieces_at_once``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

#: What a later start needs to take an upload up again: JSON values. It may hold bearer secrets (session
#: addresses, file keys): kept sealed, never logged or shown.
State = Mapping[str, Any]


class Hasher(Protocol):
    """What hashlib's objects do, and a destination's own fingerprints too. Fed in order."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Source(Protocol):
    """The bytes of one item, wherever they come from. Reads of one source may overlap."""

    def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """Exactly `length` bytes from `offset` in chunks of up to 2 MiB. Raises ChangedWhileSent, SourceGone
        and the like rather than giving fewer or other bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes of a file from `offset`. An empty file has one piece of no bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder at the destination. `size` in bytes (None: folder), `hashes` by name in lower-case
    hex, as the destination says them; `key` is the item's own name of ours (`Outgoing.key`) where the
    destination keeps it; `link` opens it in a browser. `private`: what the destination's own hashers want
    to know; no part of the repr."""

    id: str
    name: str
    is_folder: bool = False
    size: int | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    link: str = ""
    private: Any = field(default=None, repr=False, compare=False)


#: What stands where there is nothing.
NOTHING = Entry("", "")


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, and the room in bytes; None where the destination doesn't say or sets no limit."""

    name: str
    total: int | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One item to be sent. `folder` is the id of the folder it goes into, `key` our own name for this
    very item, the same at every try (up to 60 ASCII characters), `modified` seconds since 1970. `keep`
    commits a state to the journal: awaited before anything is done outward that a later start has to know
    of."""

    name: str
    size: int
    folder: str
    key: str
    source: Source
    keep: Callable[[State], Awaitable[None]]
    modified: float | None = None
    media_type: str = "application/octet-stream"


class Upload(Protocol):
    """One file on its way to a destination."""

    @property
    def state(self) -> State:
        """What `Destination.open` needs to take this upload up again, as of now."""
        ...

    @property
    def done(self) -> int:
        """How many bytes stand at the destination, as far as is known. May go back after a failed `send`."""
        ...

    @property
    def digests(self) -> Mapping[str, str]:
        """Our own hashes of what was sent, in lower-case hex by the names of `Entry.hashes`; whole after
        the last piece."""
        ...

    def next_piece(self) -> Piece | None:
        """The next piece to send, taken out for the caller; None where none is left to hand out (others
        may still be on their way). A piece whose `send` failed is handed out again."""
        ...

    async def send(self, piece: Piece) -> None:
        """Read the piece from the source and store it. After a failure the next call first finds out what the
        destination has. Raises CloudError, and what the source raises."""
        ...

    async def close(self, *, keep: bool) -> Entry | None:
        """With `keep`: complete the upload (again, if need be: a lost answer makes no second copy) and
        give the entry with its hashes, read from the destination. Without: throw it away, completed or
        not, so that nothing is left; None then, and no error where there is nothing any more."""
        ...


class Destination(Protocol):
    """A signed-in account at a cloud."""

    async def account(self) -> Account:
        """Who is signed in, and the room."""
        ...

    def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        """What lies in the folder of that id; "" is the destination's root. Nothing of the trash. `lately`:
        ids of what was put there a moment ago; those that are there are given too where the destination's
        lists lag behind. Raises FolderGone where it isn't there, or lies in the trash itself."""
        ...

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        """The folder `name` in the folder of id `parent` ("" the root): found, or made. Called by one at
        a time for an account. `key`: our own name for it, by which a repeated making is known. Raises
        FolderGone where the parent is gone. Without `keep`: the one that was made under that very key goes
        into the cloud's trash where nothing lies in it (not for good: others may have put something into it
        that we can't see); what stands there then, `NOTHING` where it went or never was."""
        ...

    async def open(self, item: Outgoing, state: State | None) -> Upload:
        """Begin an upload, or take up the one of `state`. A state whose upload is gone at the
        destination, or that is of another size, begins anew. An upload that was completed already is
        found as such: `next_piece` is None and `close` gives the entry. Raises FolderGone where the item's
        folder is gone, as `send` and `close` do; the state can be taken up again with another folder."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
