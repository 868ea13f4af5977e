"""What the window knows: the last word of the engine on every film, the node, the libraries, what is due.

A view of the journal, never a second truth: all of it comes from the engine's messages and is built anew
at each start. Models and pages read it and listen to its signals; nobody writes to it but `take`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from app.domain.errors import ReelkeyError
from app.domain.events import (
    ExportEnded,
    ExportMoved,
    ExportWaits,
    Failed,
    ItemEnded,
    Progressed,
    ServerSaid,
    StateChanged,
    Warned,
)
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.journal.records import FINISHED
from app.ui.cloud_messages import AccountsChanged, ExportsChanged, SignInAsks
from app.ui.clouds.shelf import CloudShelf
from app.ui.messages import (
    DueChanged,
    DueTask,
    EngineOpens,
    EngineStopped,
    FilmRead,
    Message,
    NodeSeen,
    RowsChanged,
    ServerSeen,
    SettingsChanged,
    Told,
    UnsentChanged,
)

_LOG_LINES = 2000


@dataclass(slots=True)
class Live:
    """What is known of a film beyond its row: progress by phase, since when it is at work, and the trouble
    that keeps it waiting without having stopped it.

    `best` is the furthest that each phase came (what is shown never falls), `begun` when its progress first
    came, `marks` the last time of what happened to the film (``done``, ``paused``, ``failed``, ``status 5``).
    """

    progress: dict[str, Progress] = field(default_factory=dict)
    best: dict[str, Progress] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)
    since: float = 0.0
    told_at: float = 0.0
    trouble: ReelkeyError | None = None
    said: str = ""

    def note(self, progress: Progress, at: float) -> None:
        """Progress came at `at`."""
        best = self.best.get(progress.phase)
        if best is None or best.total != progress.total or progress.done >= best.done:
            self.best[progress.phase] = progress
        self.progress[progress.phase] = progress
        self.begun.setdefault(progress.phase, at)
        self.told_at = at
        self.trouble = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the window's log: when, of which film (its journal id, or ""), and the event."""

    at: float
    film: str
    event: object


class Store(QObject):
    """The window's knowledge. Numbers are the journal's."""

    #: Numbers of films whose row, progress or reports changed.
    films_changed = Signal(list)
    #: Numbers of films that were forgotten.
    films_gone = Signal(list)
    node_changed = Signal()
    servers_changed = Signal()
    due_changed = Signal()
    settings_changed = Signal(tuple)
    #: A LogLine.
    told = Signal(object)
    #: A row as it was (None: new) and as it is, once a change: for notifications.
    moved = Signal(object, object)
    #: The tasks (DueTask) that were not due before.
    newly_due = Signal(list)
    #: How far a film was read for its manifest (FilmRead).
    read = Signal(object)
    #: `loaded` or `fault` is other than before.
    standing_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[int, TaskRow] = {}
        self.live: dict[int, Live] = {}
        self.unsent: frozenset[int] = frozenset()
        self.node = NodeSeen()
        self.servers: dict[str, ServerSeen] = {}
        self.due: dict[str, tuple[DueTask, ...]] = {}
        self.log: list[LogLine] = []
        #: Whether the profile is open: its films are known.
        self.loaded = False
        #: Why the engine has stopped; None while it works or opens the profile. Without it nothing is at
        #: work, whatever the rows say.
        self.fault: ReelkeyError | None = None
        self.clouds = CloudShelf(self)
        self._exports_changed: dict[int, None] = {}
        self._ids: dict[str, int] = {}
        self._releases: dict[tuple[str, int], set[int]] = {}
        self._uploads: dict[tuple[str, int | None], int] = {}

    # --- reading -------------------------------------------------------------------------------------

    def films(self) -> list[TaskRow]:
        """Uploads and downloads, and releases whose film was not sent from here."""
        return [row for row in self.rows.values() if self.is_film(row)]

    def open_films(self) -> list[TaskRow]:
        """Those of them that have not ended: few, however many there are."""
        return [row for row in self.rows.values() if row.run not in FINISHED and self.is_film(row)]

    def is_film(self, row: TaskRow) -> bool:
        return row.kind is not TaskKind.RELEASE or self._film_of(row) is None

    def _film_of(self, release: TaskRow) -> TaskRow | None:
        return self.rows.get(self._uploads.get(_source(release), 0))

    def releases_of(self, row: TaskRow) -> list[TaskRow]:
        """The releases of a sent film that were begun here."""
        if row.source_id is None or row.kind is TaskKind.DOWNLOAD:
            return []
        numbers = self._releases.get((row.server, row.source_id), set())
        return [self.rows[number] for number in sorted(numbers) if number in self.rows]

    def film_of(self, task: DueTask) -> TaskRow | None:
        """The film sent from here that a due task asks for."""
        return self.rows.get(self._uploads.get((task.server, task.source_id), 0))

    def due_of(self, row: TaskRow) -> list[DueTask]:
        """The release tasks that wait for this sent film."""
        if row.kind is TaskKind.DOWNLOAD or row.source_id is None:
            return []
        done = {one.remote_id for one in self.releases_of(row) if one.run is Run.DONE}
        return [
            task
            for task in self.due.get(row.server, ())
            if task.source_id == row.source_id and (not task.hash or task.hash == row.cid)
            and task.id not in done
        ]  # fmt: skip

    def all_due(self) -> list[DueTask]:
        """What is due at all libraries, without what was just released."""
        done = {
            (row.server, row.remote_id)
            for row in self.rows.values()
            if row.kind is TaskKind.RELEASE and row.run is Run.DONE
        }
        return [
            task
            for tasks in self.due.values()
            for task in tasks
            if (task.server, task.id) not in done
        ]  # fmt: skip

    def progress_of(self, number: int, *phases: str) -> Progress | None:
        """The last progress of the first of `phases` that there is."""
        live = self.live.get(number)
        return (
            next((live.progress[phase] for phase in phases if phase in live.progress), None) if live else None
        )

    # --- taking what comes ---------------------------------------------------------------------------

    def take(self, batch: Iterable[Message]) -> None:
        """A batch of the bridge's; each signal at most once for it."""
        changed: dict[int, None] = {}
        gone: list[int] = []
        before = self.loaded, self.fault
        for message in batch:
            self._take_one(message, changed, gone)
        if gone:
            self.films_gone.emit(gone)
        if changed:
            self.films_changed.emit([number for number in changed if number in self.rows])
        exports, self._exports_changed = self._exports_changed, {}
        self.clouds.tell(exports)
        if before != (self.loaded, self.fault):
            self.standing_changed.emit()

    def _take_one(self, message: Message, changed: dict[int, None], gone: list[int]) -> None:
        match message:
            case RowsChanged():
                self._rows(message, changed, gone)
            case Told():
                self._event(message, changed)
            case UnsentChanged():
                for number in self.unsent ^ message.numbers:
                    self._mark(number, changed)
                self.unsent = message.numbers
            case NodeSeen():
                self.node = message
                self.node_changed.emit()
            case ServerSeen():
                self._server(message, changed)
            case DueChanged():
                self._due(message, changed)
            case SettingsChanged():
                self.settings_changed.emit(message.keys)
            case EngineStopped():
                self.fault = message.error
            case EngineOpens():
                self.loaded, self.fault = False, None
            case FilmRead():
                self.read.emit(message)
            case AccountsChanged() | ExportsChanged() | SignInAsks():
                self.clouds.take(message, self._exports_changed)

    def _rows(self, message: RowsChanged, changed: dict[int, None], gone: list[int]) -> None:
        first = not self.loaded
        self.loaded, self.fault = True, None
        for row in message.rows:
            before = self.rows.get(row.number)
            self.rows[row.number] = row
            self._ids[row.id] = row.number
            if row.kind is TaskKind.UPLOAD and row.source_id is not None:
                self._uploads[_source(row)] = row.number
            live = self.live.setdefault(row.number, Live())
            if before is None or before.run is not row.run or before.status is not row.status:
                live.since = time.time()
                live.trouble = None
                if row.run is not Run.ACTIVE:
                    live.progress.clear()
                    live.begun.clear()
                if before is not None and _began_anew(before, row):
                    live.best.clear()
            if row.number in message.marks:
                live.marks = message.marks[row.number]
            if row.kind is TaskKind.RELEASE and row.source_id is not None:
                self._releases.setdefault((row.server, row.source_id), set()).add(row.number)
            self._mark(row.number, changed)
            if not first:
                self.moved.emit(before, row)
        for number in message.gone:
            row_gone = self.rows.pop(number, None)
            self.live.pop(number, None)
            if row_gone is not None:
                self._ids.pop(row_gone.id, None)
                gone.append(number)

    def _mark(self, number: int, changed: dict[int, None]) -> None:
        """What is known of this row changed: of a release it is its film that shows it."""
        changed[number] = None
        row = self.rows.get(number)
        film = self._film_of(row) if row is not None and row.kind is TaskKind.RELEASE else None
        if film is not None:
            changed[film.number] = None

    def _server(self, message: ServerSeen, changed: dict[int, None]) -> None:
        """Films say of their library only that it refuses the sign-in, and only while they need one."""
        before = self.servers.get(message.origin)
        self.servers[message.origin] = message
        if message.refuses_sign_in is not (before is not None and before.refuses_sign_in):
            for number, row in self.rows.items():
                if row.server == message.origin and (row.run is not Run.DONE or number in self.unsent):
                    self._mark(number, changed)
        self.servers_changed.emit()

    def _event(self, message: Told, changed: dict[int, None]) -> None:
        event = message.event
        if isinstance(event, ExportMoved | ItemEnded | ExportWaits | ExportEnded):
            self.clouds.note(event, message.at, self._exports_changed)
            if isinstance(event, ExportMoved) or (isinstance(event, ItemEnded) and event.error is None):
                return  # thousands of photos that went well are no news
            self._log(LogLine(message.at, event.export.id, event))
            return
        task = getattr(event, "task", None)
        number = self._ids.get(task.id) if task is not None else None
        if number is not None:
            live = self.live.setdefault(number, Live())
            match event:
                case Progressed():
                    live.note(event.progress, message.at)
                case Failed():
                    live.trouble = event.error
                case ServerSaid():
                    live.said = event.text
                case StateChanged() | Warned():
                    pass
            self._mark(number, changed)
        if not isinstance(event, Progressed):
            self._log(LogLine(message.at, "" if task is None else task.id, event))

    def _log(self, line: LogLine) -> None:
        self.log.append(line)
        del self.log[:-_LOG_LINES]
        self.told.emit(line)

    def _due(self, message: DueChanged, changed: dict[int, None]) -> None:
        known = message.server in self.due
        before = self.due.get(message.server, ())
        self.due[message.server] = message.tasks
        sources = {task.source_id for task in {*before} ^ {*message.tasks}} - {None}
        for number, row in self.rows.items() if sources else ():
            ours = row.server == message.server and row.kind is not TaskKind.DOWNLOAD
            if ours and row.source_id in sources:
                changed[number] = None
        self.due_changed.emit()
        ids = {task.id for task in before}
        new = [task for task in message.tasks if task.id not in ids]
        if known and new:
            self.newly_due.emit(new)


def _began_anew(before: TaskRow, row: TaskRow) -> bool:
    """A film that is sealed again from its first byte, with new keys: what was done counts no more."""
    if before.run is not Run.ACTIVE or row.run is not Run.ACTIVE or before.status is TaskStatus.ERROR:
        return False
    return row.status is TaskStatus.ERROR or row.status < before.status


def _source(row: TaskRow) -> tuple[str, int | None]:
    return row.server, row.source_id
