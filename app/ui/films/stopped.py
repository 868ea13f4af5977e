"""What stopped a film, in the row's few words, and the button that mends it. No Qt."""

from __future__ import annotations

from app.domain.errors import NoSpace, ReelkeyError
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, language, tr
from app.journal import TaskRow
from app.journal.records import FINISHED
from app.ui.films.values import Act, Button

_SIGN_IN = Button(Act.LIBRARY, N_("Open library"))
_AGAIN = Button(Act.RETRY, N_("Retry"))
_DETAILS = Button(Act.COPY_ERROR, N_("Copy details"))
_RESTART = Button(Act.NODE, N_("Restart node"))
_ELSEWHERE = Button(Act.LOOK, N_("Look elsewhere…"))

# By the error's code; what is not named here is tried again, or its details copied.
_MENDS: dict[str, Button] = {
    "token_refused": _SIGN_IN,
    "no_token": _SIGN_IN,
    "server_answer": _SIGN_IN,
    "not_encrypted": Button(Act.RETRY, N_("Go on…")),
    "server_unreachable": Button(Act.RETRY, N_("Try now")),
    "server_refused": Button(Act.COPY_ERROR, N_("Copy")),
    "no_provider": Button(Act.REMIND, N_("Remind…")),
    "not_offered": _AGAIN,
    "node_unavailable": _RESTART,
    "node_fault": _RESTART,
    "source_changed": Button(Act.RETRY, N_("Send again")),
    "source_growing": Button(Act.RETRY, N_("Send again")),
    "source_gone": Button(Act.RESUME, N_("Resume")),
    "block_folder_gone": Button(Act.RESUME, N_("Resume")),
}


def stopped_words(error: ReelkeyError | None) -> str:
    """``Stopped: not enough room on E:``."""
    title = error.title if error is not None else ""
    if not title:
        return tr(N_("Stopped"))
    if isinstance(error, NoSpace):  # which disk it is stands in the details; a path would leave no room
        return tr(N_("Stopped: not enough room"))
    return tr(N_("Stopped: {title}"), title=lowered(title))


def brief_words(error: ReelkeyError | None) -> str:
    """The same in fewer words: the strip and the colour say already that it stopped."""
    if error is None or isinstance(error, NoSpace):
        return ""
    return error.title


def lowered(text: str) -> str:
    """A sentence that stands inside another one: in English it begins small."""
    if language() != "en" or text[:2].isupper():
        return text
    return text[:1].lower() + text[1:]


def may_move(row: TaskRow) -> bool:
    """Whether another folder can still be chosen: before the film or its private block has its place."""
    if row.run in FINISHED or row.status is TaskStatus.DONE or row.kind is TaskKind.RELEASE:
        return False
    return not (row.private_path if row.kind is TaskKind.UPLOAD else row.final_path)


def mend(row: TaskRow, error: ReelkeyError | None) -> Button:
    """What mends it."""
    code = error.code if error is not None else ""
    if code == "no_space":
        place = may_move(row) and row.kind is TaskKind.DOWNLOAD
        return Button(Act.MOVE, N_("Move…")) if place else Button(Act.MAKE_ROOM, N_("Free space…"))
    if code == "target_unwritable":
        return Button(Act.MOVE, N_("Change…")) if may_move(row) else _AGAIN
    if row.kind is TaskKind.RELEASE and code in ("wrong_pair", "damaged", "source_gone"):
        return _ELSEWHERE
    if code == "damaged":
        return Button(Act.RETRY, N_("Fetch again")) if row.kind is TaskKind.DOWNLOAD else _AGAIN
    if code in _MENDS:
        return _MENDS[code]
    return _AGAIN if error is None or error.retry else _DETAILS
