"""The task server's statuses and the moves between them that are legal."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class TaskStatus(IntEnum):
    """As the server numbers them. Source: the task server's document."""

    NOT_STARTED = 0
    SPLITTING = 1
    ENCRYPTING = 2
    UPLOADING = 3
    DOWNLOADING = 4
    AWAITING_PRIVATE = 5
    FETCHING_PRIVATE = 6
    MERGING = 7
    DONE = 8
    ERROR = 9


class TaskKind(StrEnum):
    """What a task does: send a film, receive one, or release a private block."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    RELEASE = "release"


_S = TaskStatus
_FORWARD: dict[TaskKind, dict[TaskStatus, frozenset[TaskStatus]]] = {
    TaskKind.UPLOAD: {
        _S.NOT_STARTED: frozenset({_S.SPLITTING}),
        _S.SPLITTING: frozenset({_S.ENCRYPTING}),
        _S.ENCRYPTING: frozenset({_S.UPLOADING}),
        _S.UPLOADING: frozenset({_S.DONE}),
        _S.ERROR: frozenset({_S.SPLITTING}),
    },
    TaskKind.DOWNLOAD: {
        _S.NOT_STARTED: frozenset({_S.DOWNLOADING}),
        _S.DOWNLOADING: frozenset({_S.AWAITING_PRIVATE, _S.FETCHING_PRIVATE}),
        _S.AWAITING_PRIVATE: frozenset({_S.FETCHING_PRIVATE}),
        _S.FETCHING_PRIVATE: frozenset({_S.MERGING}),
        _S.MERGING: frozenset({_S.DONE}),
        _S.ERROR: frozenset({_S.DOWNLOADING}),
    },
    TaskKind.RELEASE: {
        _S.NOT_STARTED: frozenset({_S.UPLOADING}),
        _S.UPLOADING: frozenset({_S.DONE}),
        _S.ERROR: frozenset({_S.UPLOADING}),
    },
}


def may_move(kind: TaskKind, old: TaskStatus, new: TaskStatus) -> bool:
    """Whether a task of `kind` may go from `old` to `new`.

    Staying is legal (progress, and a finished upload whose address changed); 9 from any unfinished one.
    """
    if old == new:
        return True
    if new is TaskStatus.ERROR:
        return old is not TaskStatus.DONE
    return new in _FORWARD[kind].get(old, frozenset())
