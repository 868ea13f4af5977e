"""What receipts and lists on paper say of a film: its direction, its state, its stages, times and sizes.

Without Qt, so that the command line can say the same. Times are of this computer's zone, named beside them.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from app.domain.errors import is_control, revive
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.jobs.steps import UploadStep
from app.journal import Run, TaskRow

_DIRECTIONS = {
    TaskKind.UPLOAD: N_("Sent"),
    TaskKind.DOWNLOAD: N_("Received"),
    TaskKind.RELEASE: N_("Released"),
}
_DONE = {
    TaskKind.UPLOAD: N_("Sent, held by you"),
    TaskKind.DOWNLOAD: N_("Ready, checked byte by byte"),
    TaskKind.RELEASE: N_("Handed over"),
}
_RUNS = {
    Run.QUEUED: N_("Queued"),
    Run.ACTIVE: N_("Under way"),
    Run.WAITING: N_("Waiting"),
    Run.PAUSED: N_("Paused"),
    Run.FAILED: N_("Stopped"),
    Run.CANCELLED: N_("Cancelled"),
}
# What begins when a task moves to a status: the stage's word.
_STAGES: dict[TaskKind, dict[int, str]] = {
    TaskKind.UPLOAD: {
        TaskStatus.SPLITTING: N_("Cut into segments"),
        TaskStatus.ENCRYPTING: N_("Sealing"),
        TaskStatus.UPLOADING: N_("Storing on your node"),
        TaskStatus.DONE: N_("Sent, held by you"),
        TaskStatus.ERROR: N_("Reported as stopped"),
    },
    TaskKind.DOWNLOAD: {
        TaskStatus.DOWNLOADING: N_("Fetching"),
        TaskStatus.AWAITING_PRIVATE: N_("Waiting for the seller's release"),
        TaskStatus.FETCHING_PRIVATE: N_("Getting the private block"),
        TaskStatus.MERGING: N_("Opening and checking"),
        TaskStatus.DONE: N_("Ready, checked byte by byte"),
        TaskStatus.ERROR: N_("Reported as stopped"),
    },
    TaskKind.RELEASE: {
        TaskStatus.UPLOADING: N_("Releasing"),
        TaskStatus.DONE: N_("Handed over"),
        TaskStatus.ERROR: N_("Reported as stopped"),
    },
}


def direction(row: TaskRow) -> str:
    """``Sent``, ``Received``, ``Released``."""
    return tr(_DIRECTIONS[row.kind])


def state(row: TaskRow) -> str:
    """Where the film stands, as one says it afterwards."""
    if row.run is Run.DONE and row.step == UploadStep.FREED:
        return tr(N_("Sent, its blocks let go"))
    return tr(_DONE[row.kind]) if row.run is Run.DONE else tr(_RUNS[row.run])


def happening(row: TaskRow, event: str) -> str:
    """A line of the film's history in words; "" for one that only repeats the stage before it."""
    if event == "journalled":
        return tr(N_("Chosen"))
    if event.startswith("status ") and event[7:].isdigit():
        word = _STAGES[row.kind].get(int(event[7:]), "")
        return tr(word) if word else ""
    if event in (Run.DONE, Run.WAITING):
        return ""
    return tr(_RUNS[Run(event)]) if event in set(Run) else ""


def stage(kind: TaskKind, status: TaskStatus) -> str:
    """The stage that begins with a status; before the first one it is registered."""
    return tr(_STAGES[kind].get(status, N_("Registered")))


def trouble(row: TaskRow) -> str:
    """Why it stopped, "" where it did not."""
    return revive(row.error).title if row.error and row.run is Run.FAILED else ""


def moment(when: float, zone: tzinfo | None = None) -> str:
    """``2026-11-18 14:20:07 +08:00``; `zone` is this computer's where it is not given."""
    text = datetime.fromtimestamp(when, UTC).astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:]}"


def size(count: int | None) -> str:
    """``142.8 GB (142,800,000,000 bytes)``, decimal as on disks' labels; "" where it is not known."""
    if count is None:
        return ""
    exact = tr(N_("{count} bytes"), count=f"{count:,}")
    number, unit = float(count), 0
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    while number >= 999.95 and unit < len(units) - 1:
        number, unit = number / 1000, unit + 1
    return exact if unit == 0 else f"{number:.1f} {units[unit]} ({exact})"


def shown(text: str) -> str:
    """A text from outside without the marks that change how what stands around it is read."""
    return "".join("␣" if is_control(char) or 0xD800 <= ord(char) <= 0xDFFF else char for char in text)
