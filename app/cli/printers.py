"""How a command speaks: text with bars for people, or one JSON object a line for scripts."""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from app.cli.export_lines import event_fields, event_text
from app.domain.errors import ReelkeyError, is_control
from app.domain.events import (
    Event,
    ExportEvent,
    ExportMoved,
    Failed,
    Progressed,
    ServerSaid,
    StateChanged,
    TaskRef,
    Warned,
)
from app.domain.progress import Progress as HowFar
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr

_PHASES = {
    "seal": N_("Sealing and storing"),
    "fetch": N_("Fetching"),
    "open": N_("Opening and checking"),
    "release": N_("Releasing"),
    "film": N_("Working"),
}
_STATES: dict[tuple[TaskKind, TaskStatus], str] = {
    (TaskKind.UPLOAD, TaskStatus.SPLITTING): N_("Registered"),
    (TaskKind.UPLOAD, TaskStatus.ENCRYPTING): N_("Sealing and storing"),
    (TaskKind.UPLOAD, TaskStatus.UPLOADING): N_("Storing on your node"),
    (TaskKind.UPLOAD, TaskStatus.DONE): N_("Sent, held by you"),
    (TaskKind.DOWNLOAD, TaskStatus.DOWNLOADING): N_("Fetching"),
    (TaskKind.DOWNLOAD, TaskStatus.AWAITING_PRIVATE): N_("Waiting for the seller's release"),
    (TaskKind.DOWNLOAD, TaskStatus.FETCHING_PRIVATE): N_("Getting the private block"),
    (TaskKind.DOWNLOAD, TaskStatus.MERGING): N_("Opening and checking"),
    (TaskKind.DOWNLOAD, TaskStatus.DONE): N_("Ready, checked byte by byte"),
    (TaskKind.RELEASE, TaskStatus.UPLOADING): N_("Releasing"),
    (TaskKind.RELEASE, TaskStatus.DONE): N_("Handed over"),
}


class Printer(ABC):
    """What a command says while it works, and at its end. `also` goes into the last line too."""

    def __init__(self) -> None:
        self.also: dict[str, object] = {}

    @abstractmethod
    def event(self, event: Event) -> None:
        """Something happened."""

    @abstractmethod
    def error(self, error: ReelkeyError, task: TaskRef | None = None) -> None:
        """Something went wrong that a person should know now."""

    @abstractmethod
    def line(self, name: str, fields: Mapping[str, object], text: str) -> None:
        """A line of its own: an object named `name` for scripts, `text` for people."""

    @abstractmethod
    def result(self, ok: bool, fields: Mapping[str, object], text: str) -> None:
        """The last line."""

    def close(self) -> None:  # noqa: B027 - most have nothing to put back
        """Put the terminal back as it was."""


class JsonPrinter(Printer):
    """One object a line on stdout, flushed at once, and nothing else."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__()
        self._out = out or sys.stdout

    def event(self, event: Event) -> None:
        if isinstance(event, Failed):
            self.error(event.error, event.task)
        elif isinstance(event, ServerSaid):
            self._write("message", {**_ids(event.task), "text": event.text})
        elif isinstance(event, Warned):
            self._write("warning", {**_ids(event.task), "text": tr(event.key, **dict(event.facts))})
        elif isinstance(event, StateChanged):
            self._write("state", {**_ids(event.task), "status": int(event.status)})
        elif isinstance(event, ExportEvent):
            self._write(*event_fields(event))
        else:
            now = event.progress
            self._write(
                "progress",
                {
                    **_ids(event.task),
                    "phase": now.phase,
                    "done": now.done,
                    "total": now.total,
                    "rate": None if now.rate is None else round(now.rate),
                },
            )

    def error(self, error: ReelkeyError, task: TaskRef | None = None) -> None:
        self._write("error", {**_ids(task), **error.as_dict()})

    def line(self, name: str, fields: Mapping[str, object], text: str) -> None:
        self._write(name, fields)

    def result(self, ok: bool, fields: Mapping[str, object], text: str) -> None:
        self._write("result", {"ok": ok, **self.also, **fields})

    def _write(self, event: str, fields: Mapping[str, object]) -> None:
        line = json.dumps({"event": event, **fields}, ensure_ascii=False, default=str)
        # A file name may hold what UTF-8 can't (a lone surrogate): shown, never a reason to fail.
        self._out.write(line.encode("utf-8", "replace").decode("utf-8") + "\n")
        self._out.flush()


class TextPrinter(Printer):
    """For people: results on stdout; what goes on, and bars where stderr is a terminal, on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._out = Console(highlight=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars: Progress | None = None
        self._bar_of: dict[tuple[str, str], TaskID] = {}

    def event(self, event: Event) -> None:
        if isinstance(event, Failed):
            self.error(event.error, event.task)
        elif isinstance(event, ServerSaid):
            self._tell(tr(N_("The library says: {text}"), text=event.text))
        elif isinstance(event, Warned):
            self._tell("! " + tr(event.key, **dict(event.facts)))
        elif isinstance(event, StateChanged):
            words = _STATES.get((event.task.kind, event.status))
            if words is not None:
                self._tell(f"{event.task.source_name or event.task.id} · {tr(words)}")
        elif isinstance(event, Progressed):
            words = tr(_PHASES.get(event.progress.phase, event.progress.phase))
            self._show_bar(
                event.task.id, f"{words} · {event.task.source_name or event.task.id}", event.progress
            )
        elif isinstance(event, ExportMoved):
            self._show_bar(event.export.id, f"{event.export.cloud} · {event.export.title}", event.progress)
        else:
            self._tell(event_text(event) or "")

    def error(self, error: ReelkeyError, task: TaskRef | None = None) -> None:
        name = f"{task.source_name or task.id}: " if task is not None else ""
        self._tell(f"{name}{error.title}. {error.message}\n  → {error.hint}", style="red")

    def line(self, name: str, fields: Mapping[str, object], text: str) -> None:
        self._out.print(escape(plain(text)))

    def result(self, ok: bool, fields: Mapping[str, object], text: str) -> None:
        self.close()
        if text:
            self._out.print(escape(plain(text)))

    def close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def _tell(self, text: str, style: str | None = None) -> None:
        console = self._bars.console if self._bars is not None else self._err
        console.print(escape(plain(text)), style=style)

    def _show_bar(self, id_: str, words: str, now: HowFar) -> None:
        """A bar of its own for each phase of what `id_` names, where stderr is a terminal."""
        if not self._err.is_terminal:
            return
        if self._bars is None:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._err,
            )
            self._bars.start()
        key = (id_, now.phase)
        if key not in self._bar_of:
            self._bar_of[key] = self._bars.add_task(escape(plain(words)), total=now.total)
        self._bars.update(self._bar_of[key], completed=now.done, total=now.total)


def plain(text: str) -> str:
    """`text` without marks that steer a terminal; new lines stay."""
    return "".join("␣" if is_control(char) and char != "\n" else char for char in text)


def _ids(task: TaskRef | None) -> dict[str, object]:
    if task is None:
        return {}
    return {"id": task.id, "kind": task.kind.value, "task_id": task.task_id, "source_name": task.source_name}


def printer_for(*, as_json: bool) -> Printer:
    """The printer that the command line asked for."""
    return JsonPrinter() if as_json else TextPrinter()


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, as wide as they need; wide characters count twice, as terminals show them."""
    if not rows:
        return ""
    from rich.cells import cell_len  # noqa: PLC0415 - only tables need it

    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )
