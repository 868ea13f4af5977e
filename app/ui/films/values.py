"""What a film's row shows, as frozen values. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from app.domain.errors import ReelkeyError, revive
from app.domain.progress import Progress
from app.domain.status import TaskKind
from app.domain.words import N_
from app.journal import TaskRow
from app.ui.messages import DueTask, ServerSeen
from app.ui.store import Live


class Group(IntEnum):
    """Who must act: the groups of the list, in their order."""

    NEEDS_YOU = 0
    UNDER_WAY = 1
    WAITING = 2
    TODAY = 3
    EARLIER = 4


GROUPS: dict[Group, str] = {
    Group.NEEDS_YOU: N_("Needs you"),
    Group.UNDER_WAY: N_("Under way"),
    Group.WAITING: N_("Waiting"),
    Group.TODAY: N_("Finished today"),
    Group.EARLIER: N_("Earlier"),
}


class Tone(Enum):
    """The colour of words; its value is the palette's name."""

    PLAIN = "text"
    QUIET = "text2"
    KEY = "key"
    DONE = "done"
    ERROR = "error"


class Fill(Enum):
    """What a piece of the strip says: done, filling, a decision waited for, stopped, paused, all final."""

    TODO = "todo"
    PART = "part"
    WAITS = "waits"
    FAILED = "failed"
    PAUSED = "paused"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stage's piece of the strip: its share of the width, how full it is (0..1), and its fill."""

    width: int
    full: float = 0.0
    fill: Fill = Fill.TODO


class Act(Enum):
    """What can be done with a film."""

    RELEASE = "release"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    FOLDER = "folder"
    COPY_CID = "copy_cid"
    RECEIPT = "receipt"
    RING = "ring"
    MUTE = "mute"
    MOVE = "move"
    FREE = "free"
    MAKE_ROOM = "make_room"
    REMIND = "remind"
    ASK = "ask"
    LIBRARY = "library"
    NODE = "node"
    COPY_ERROR = "copy_error"
    LOOK = "look"
    DETAILS = "details"
    CANCEL = "cancel"
    CALL_OFF = "call_off"
    REMOVE = "remove"
    EXPORT = "export"
    # Of exports to clouds.
    STOP = "stop"
    REPORT = "report"
    OPEN_THERE = "open_there"
    SIGN_IN = "sign_in"


# Words and Lucide icon of each.
ACTS: dict[Act, tuple[str, str]] = {
    Act.RELEASE: (N_("Release…"), "key-round"),
    Act.PAUSE: (N_("Pause"), "pause"),
    Act.RESUME: (N_("Resume"), "play"),
    Act.RETRY: (N_("Retry"), "rotate-cw"),
    Act.FOLDER: (N_("Show folder"), "folder-open"),
    Act.COPY_CID: (N_("Copy CID"), "copy"),
    Act.RECEIPT: (N_("Receipt"), "file-text"),
    Act.RING: (N_("Notify about this film"), "bell"),
    Act.MUTE: (N_("Don't notify about this film"), "bell-off"),
    Act.MOVE: (N_("Move…"), "folder"),
    Act.FREE: (N_("Free space…"), "eraser"),
    Act.MAKE_ROOM: (N_("Free space…"), "eraser"),
    Act.REMIND: (N_("Copy a reminder for the seller"), "copy"),
    Act.ASK: (N_("Ask now"), "rotate-cw"),
    Act.LIBRARY: (N_("Open library"), "external-link"),
    Act.NODE: (N_("Restart node"), "rotate-cw"),
    Act.COPY_ERROR: (N_("Copy details"), "copy"),
    Act.LOOK: (N_("Look elsewhere…"), "search"),
    Act.DETAILS: (N_("Details"), "panel-right"),
    Act.CANCEL: (N_("Cancel film…"), "x"),
    Act.CALL_OFF: (N_("Cancel release…"), "x"),
    Act.REMOVE: (N_("Remove from list"), "trash-2"),
    Act.EXPORT: (N_("Export to…"), "cloud-upload"),
    Act.STOP: (N_("Cancel export…"), "x"),
    Act.REPORT: (N_("Save report…"), "file-text"),
    Act.OPEN_THERE: (N_("Open there"), "external-link"),
    Act.SIGN_IN: (N_("Sign in…"), "log-in"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """The one main action of a row: as an icon, or as words (a catalogue key) where a person must act."""

    act: Act
    words: str = ""

    @property
    def label(self) -> str:
        """Its words, a catalogue key."""
        return self.words or ACTS[self.act][0]


@dataclass(frozen=True, slots=True)
class Film:
    """All that a card is made of. `releases` are those begun here with what is known of each, `due` the
    tasks that wait for one, `ahead` how many films are before it in the queue, `open_rate` how fast the last
    film was opened here (bytes per second), `now` seconds since 1970. `bell` is what a person chose for this
    film alone, `rings` whether it is told of as things stand."""

    row: TaskRow
    live: Live
    now: float
    releases: tuple[tuple[TaskRow, Live], ...] = ()
    due: tuple[DueTask, ...] = ()
    unsent: bool = False
    server: ServerSeen | None = None
    ahead: int = 0
    open_rate: float | None = None
    bell: bool | None = None
    rings: bool = True

    @property
    def sending(self) -> bool:
        return self.row.kind is not TaskKind.DOWNLOAD

    @property
    def error(self) -> ReelkeyError | None:
        """What the row stands with."""
        return revive(self.row.error) if self.row.error else None

    @property
    def signed_out(self) -> bool:
        """The library refuses the sign-in that is kept."""
        return self.server is not None and self.server.refuses_sign_in

    def furthest(self, phase: str) -> Progress | None:
        """How far a phase ever came; what is shown never falls."""
        return self.live.best.get(phase)

    def mark(self, event: str) -> float:
        """When `event` last happened; the row's last change where that is not known."""
        return self.live.marks.get(event, self.row.updated)


@dataclass(frozen=True, slots=True)
class Way:
    """Where a film stands: what `sending` and `receiving` make of it, and a card is built around.

    `step` counts from 1; `percent` of the phase that runs, None where there is none; `left` seconds until
    this phase is through. `brief` is the stage in fewer words, for where it has no room. `place` is the path
    that stands in `next`, cut in its middle where it is long.
    """

    group: Group
    step: int
    stage: str
    next: str
    strip: tuple[Piece, ...]
    who_icon: str
    who: str
    why: str
    tone: Tone = Tone.PLAIN
    right: str = ""
    time: str = ""
    below: str = ""
    percent: int | None = None
    left: float | None = None
    main: Button | None = None
    target: int = 0
    place: str = ""
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A row as it is shown, in the language of now. `menu` has None for a line between; `target` is the
    journal number that pause, retry and cancel act on (a release's, where that is what runs). `bell`: the row
    has one, and whether it is on."""

    number: int
    sending: bool
    name: str
    facts: tuple[str, ...]
    way: Way
    menu: tuple[Act | None, ...]
    sentence: str
    bell: bool | None = None
