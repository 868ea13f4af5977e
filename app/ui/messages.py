"""What the engine tells the window: frozen values that cross from its process to the window's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import ReelkeyError, TokenRefused
from app.domain.events import Event
from app.journal import TaskRow
from app.ui.cloud_messages import CloudMessage


@dataclass(frozen=True, slots=True)
class RowsChanged:
    """Rows of the journal that are new or other than before, and the numbers of those forgotten.

    `marks`: by number, the last time (seconds since 1970) of what happened to it (`Journal.marks`).
    """

    rows: tuple[TaskRow, ...] = ()
    gone: tuple[int, ...] = ()
    marks: Mapping[int, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the engine: progress, a warning, a failure, a text of the server."""

    event: Event
    at: float


@dataclass(frozen=True, slots=True)
class UnsentChanged:
    """The films (journal numbers) whose reports wait for the server."""

    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class PeerSeen:
    """A computer that is connected to our node; `inbound`: it dialled us. Latency in seconds, rates of blocks
    in bytes per second; None where unknown."""

    peer_id: str
    address: str
    latency: float | None = None
    inbound: bool = False
    rate_out: float | None = None
    rate_in: float | None = None

    @property
    def relayed(self) -> bool:
        return "/p2p-circuit" in self.address


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """The disk that the folder `place` is on: what people call it ("" for the system's) and what it has
    left."""

    place: str
    name: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """The node as it is now. `state`: ``starting``, ``online``, ``stopped`` or ``failed`` (then `error`).

    Rates in bytes per second; `repo_bytes` is what its blocks take, `free_bytes` what the disk has left,
    `disk` what people call that disk (a drive's letter, a volume's name; "" for the system's).
    `tight` is the disk with the least room of those that films in work write to, None where there is none.
    `reachability` is what others found who dialled back: ``public``, ``private``, ``unknown`` or "".
    """

    state: str = "starting"
    error: ReelkeyError | None = None
    peer_id: str = ""
    address: str = ""
    addresses: tuple[str, ...] = ()
    version: str = ""
    peers: tuple[PeerSeen, ...] = ()
    rate_in: float = 0.0
    rate_out: float = 0.0
    repo_bytes: int | None = None
    free_bytes: int | None = None
    total_bytes: int | None = None
    disk: str = ""
    place: str = ""
    since: float = 0.0
    reachability: str = ""
    tight: DiskSeen | None = None

    @property
    def fills_first(self) -> DiskSeen | None:
        """The disk that fills first, the node's or another one; None where none was seen."""
        if self.free_bytes is None:
            return self.tight
        own = DiskSeen(self.place, self.disk, self.free_bytes)
        return self.tight if self.tight is not None and self.tight.free_bytes < own.free_bytes else own

    @property
    def online(self) -> bool:
        return self.state == "online"


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """A library as it stands: who is signed in there, or why it can't be told (`error`)."""

    origin: str
    name: str = ""
    account: str = ""
    error: ReelkeyError | None = None
    signed_in: bool = False

    @property
    def refuses_sign_in(self) -> bool:
        """It refuses the sign-in that is kept."""
        return isinstance(self.error, TokenRefused)


@dataclass(frozen=True, slots=True)
class DueTask:
    """A private block that a buyer waits for. `hash` is the public block's CID."""

    server: str
    id: int
    source_id: int | None
    series_id: int | None
    source_name: str
    folder: str
    hash: str
    size: int | None
    since: str


@dataclass(frozen=True, slots=True)
class DueChanged:
    """What is due at one library, as it said just now."""

    server: str
    tasks: tuple[DueTask, ...]


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """The engine could not open the profile, or died: the window shows why."""

    error: ReelkeyError


@dataclass(frozen=True, slots=True)
class EngineOpens:
    """The engine that had stopped begins anew: the profile is opening again."""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """A setting was changed, here or elsewhere."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmRead:
    """How far a film was read for its manifest, in bytes. `film` is its path."""

    film: str
    done: int
    total: int


Message = (
    RowsChanged
    | Told
    | UnsentChanged
    | NodeSeen
    | ServerSeen
    | DueChanged
    | EngineStopped
    | EngineOpens
    | SettingsChanged
    | FilmRead
    | CloudMessage
)


# --- answers to what the window asks --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A request that waits for a person's yes: of a link (its token stays in the engine) or of the person.

    `server` is the library's origin, `known` whether it stands in the settings, `encrypted` whether the way
    there is (or does not leave this computer).
    """

    number: int
    action: str
    server: str
    server_name: str = ""
    known: bool = True
    encrypted: bool = True
    series_id: int | None = None
    source_id: int | None = None
    folders: tuple[Path, ...] = ()
    from_link: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """Who a request's token signs in. `change`: ``same`` as before, ``renewed`` (same account, another
    sign-in), ``first``, ``other`` (another account than before), ``none`` (there is no sign-in)."""

    name: str = ""
    change: str = "same"
    before: str = ""
    error: ReelkeyError | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a yes to a request began; `not_kept` where its sign-in lasts only until Reelkey quits, which is
    told once for each library."""

    rows: tuple[TaskRow, ...] = ()
    not_kept: ReelkeyError | None = None


@dataclass(frozen=True, slots=True)
class FilmFound:
    """A film on the disk. `sent_at`: when this very file was sent before, seconds since 1970."""

    path: Path
    size: int
    folder: str = ""
    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class FilmsFound:
    """What lies in the folders of a request; `error` where nothing does. Of what is left out the first are
    named, `more_…` says how many there are besides."""

    films: tuple[FilmFound, ...] = ()
    skipped: tuple[Path, ...] = ()
    refused: tuple[tuple[Path, ReelkeyError], ...] = ()
    error: ReelkeyError | None = None
    more_skipped: int = 0
    more_refused: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Room at a place, in bytes; None where it can't be told (a node on another computer)."""

    place: str
    free: int | None = None
    total: int | None = None
    same_disk_as_films: bool = False


@dataclass(frozen=True, slots=True)
class BlockMatch:
    """A due task and what was found for it. `state`: ``matched``, ``other`` (a private block of an earlier
    sending, `path` names it), ``damaged`` (then `error`), ``missing``."""

    task: DueTask
    state: str
    path: Path | None = None
    size: int | None = None
    kept_at: str = ""
    error: ReelkeyError | None = None


@dataclass(frozen=True, slots=True)
class BlocksFound:
    """The result of looking through folders for private blocks."""

    folders: tuple[Path, ...] = ()
    matches: tuple[BlockMatch, ...] = ()
    blocks: int = 0
    unasked: tuple[Path, ...] = ()
    broken: tuple[tuple[Path, ReelkeyError], ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of a film's history: when (seconds since 1970), what, detail."""

    at: float
    event: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FilmStory:
    """What the details pane and the receipt show beside the row."""

    row: TaskRow
    history: tuple[HistoryLine, ...] = ()
    releases: tuple[TaskRow, ...] = ()
    refused_reports: tuple[ReelkeyError, ...] = field(default=())
