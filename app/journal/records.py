"""What the journal holds, as frozen values."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Any, TypedDict

from app.domain.events import TaskRef
from app.domain.status import TaskKind, TaskStatus


class Run(StrEnum):
    """What is going on with a film here, beside the server's status."""

    QUEUED = "queued"
    ACTIVE = "active"
    WAITING = "waiting"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


FINISHED = frozenset({Run.DONE, Run.CANCELLED})


class Wanted(StrEnum):
    """What another process asks of the one that runs the film."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One film in one direction. Sizes in bytes, times in seconds since 1970; '' and None are unknown."""

    number: int
    kind: TaskKind
    server: str
    created: float
    updated: float
    run: Run
    wanted: Wanted
    step: str
    status: TaskStatus
    percent: int
    remote_id: int | None
    source_id: int | None
    series_id: int | None
    source_name: str
    folder: str
    subpath: str
    source_path: str
    size: int | None
    mtime_ns: int | None
    hold_back: int | None
    uuid_sealed: bytes | None
    secrets_sealed: bytes | None
    cid: str
    public_size: int | None
    announced: str
    private_dir: str
    private_path: str
    private_cid: str
    private_size: int | None
    output_dir: str
    final_path: str
    overwrite: bool
    blake3: str
    media: dict[str, Any]
    error: dict[str, Any] | None

    @property
    def id(self) -> str:
        """The journal's name for it, never to be mistaken for a number of the server's."""
        return f"{self.kind.value[0]}{self.number}"

    @property
    def ref(self) -> TaskRef:
        return TaskRef(self.id, self.kind, self.source_name, self.remote_id, self.source_id)

    @property
    def retryable(self) -> bool:
        return bool(self.error and self.error.get("retry"))

    def __repr__(self) -> str:  # blobs stay out of logs, sealed or not
        return f"<TaskRow {self.id} {self.run.value} {self.step} {int(self.status)}>"


class TaskChanges(TypedDict, total=False):
    """The columns that may change after a task was made."""

    run: Run
    wanted: Wanted
    step: str
    status: TaskStatus
    percent: int
    remote_id: int | None
    source_id: int | None
    series_id: int | None
    source_name: str
    folder: str
    subpath: str
    source_path: str
    size: int | None
    mtime_ns: int | None
    hold_back: int | None
    uuid_sealed: bytes | None
    secrets_sealed: bytes | None
    cid: str
    public_size: int | None
    announced: str
    private_dir: str
    private_path: str
    private_cid: str
    private_size: int | None
    output_dir: str
    final_path: str
    overwrite: bool
    blake3: str
    media: dict[str, Any]
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """One 1 GiB part. `digest` is BLAKE3 of the film's bytes in it (upload)."""

    number: int
    cid: str
    size: int
    tsize: int = 0
    digest: bytes | None = None
    fetched: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A status report waiting for the server's answer. `moves` is False for mere percent."""

    id: int
    task: int
    status: TaskStatus
    percent: int | None
    form: dict[str, str]
    moves: bool
    error: dict[str, Any] | None = None


COLUMNS = tuple(field.name for field in fields(TaskRow) if field.name != "number")


def to_column(name: str, value: object) -> object:
    """A field's value as SQLite holds it."""
    if name in ("media", "error"):
        return json.dumps(value, ensure_ascii=False) if value else ("{}" if name == "media" else "")
    if isinstance(value, TaskStatus):
        return int(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool):
        return int(value)
    return value


def from_row(row: Any) -> TaskRow:
    """A row of `tasks` as its value."""
    values = {name: row[name] for name in COLUMNS}
    values["kind"] = TaskKind(values["kind"])
    values["run"] = Run(values["run"])
    values["wanted"] = Wanted(values["wanted"])
    values["status"] = TaskStatus(values["status"])
    values["overwrite"] = bool(values["overwrite"])
    values["media"] = json.loads(values["media"] or "{}")
    values["error"] = json.loads(values["error"]) if values["error"] else None
    return TaskRow(number=row["id"], **values)
