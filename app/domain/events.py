"""What the engine tells its faces: frozen values, rendered by the printers and the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import ReelkeyError
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Which film an event speaks of: the journal's `id` (`u1`, `d2`, `r3`) and, once known, the server's."""

    id: str
    kind: TaskKind
    source_name: str
    task_id: int | None = None
    source_id: int | None = None


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The film moved on: its status, and the words for the reader who waits."""

    task: TaskRef
    status: TaskStatus


@dataclass(frozen=True, slots=True)
class Progressed:
    """Bytes moved in one phase (``seal``, ``fetch``, ``open``, ``release``)."""

    task: TaskRef
    progress: Progress


@dataclass(frozen=True, slots=True)
class ServerSaid:
    """A text of the server for the user, shown as it is."""

    text: str
    task: TaskRef | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to know that stops nothing. `key` is a catalogue key, `facts` fill it."""

    key: str
    facts: tuple[tuple[str, object], ...] = ()
    task: TaskRef | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A film stopped, or something else went wrong that is worth a line now."""

    error: ReelkeyError
    task: TaskRef | None = None


@dataclass(frozen=True, slots=True)
class ExportRef:
    """Which export an event speaks of: the journal's `id` (`x1`), its title, and the cloud's name."""

    id: str
    title: str
    cloud: str


@dataclass(frozen=True, slots=True)
class ExportMoved:
    """How far an export is: bytes in `progress` (phases ``list``, ``send``), files that ended of all."""

    export: ExportRef
    progress: Progress
    items_done: int
    items: int


@dataclass(frozen=True, slots=True)
class ItemEnded:
    """One file of an export ended: `how`: ``sent``, ``skipped`` (there already, identical), ``failed``."""

    export: ExportRef
    name: str
    how: str
    error: ReelkeyError | None = None


@dataclass(frozen=True, slots=True)
class ExportWaits:
    """An export waits for a cloud that can't be reached or asks for patience; again in `seconds`."""

    export: ExportRef
    error: ReelkeyError
    seconds: float


@dataclass(frozen=True, slots=True)
class ExportEnded:
    """An export came to rest: all is there (`error` None), or some or all of it failed."""

    export: ExportRef
    sent: int
    skipped: int
    failed: int
    error: ReelkeyError | None = None


ExportEvent = ExportMoved | ItemEnded | ExportWaits | ExportEnded
Event = StateChanged | Progressed | ServerSaid | Warned | Failed | ExportEvent
EventSink = Callable[[Event], None]


def warned(key: str, task: TaskRef | None = None, **facts: object) -> Warned:
    """A `Warned` with its facts given by name."""
    return Warned(key, tuple(facts.items()), task)
