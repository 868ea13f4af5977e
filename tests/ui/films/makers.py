"""Films as tests of the list want them: rows, what is known of them, and what is due."""

from __future__ import annotations

import time
from typing import Any

from app.domain.errors import NoSpace
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.ui.films.values import Card, Fill, Film
from app.ui.messages import DueTask
from app.ui.store import Live
from tests.ui.fakes import make_row

NOW = time.time()
UP, DOWN, RELEASE = TaskKind.UPLOAD, TaskKind.DOWNLOAD, TaskKind.RELEASE
S = TaskStatus
FULL = NoSpace(place="/mnt", need=151_500_000_000, free=113_100_000_000)
GB = 10**9


def live_of(*progress: Progress, began: float = NOW - 60, **known: Any) -> Live:
    live = Live(**known)
    for one in progress:
        live.note(one, NOW)
        live.begun[one.phase] = began
    return live


def film_of(row: TaskRow, live: Live | None = None, **known: Any) -> Film:
    return Film(row, live or Live(), NOW, **known)


def sent(**changes: Any) -> TaskRow:
    """A film that is being sealed."""
    values: dict[str, Any] = {
        "kind": UP, "status": S.ENCRYPTING, "step": "keyed", "remote_id": 5, "source_id": 5,
        "size": 100 * GB, "public_size": 100 * GB, "private_dir": "/keys",
    }  # fmt: skip
    return make_row(1, **{**values, **changes})


def held(**changes: Any) -> TaskRow:
    """A film that was sent and is held."""
    return sent(**{"status": S.DONE, "run": Run.DONE, "step": "placed", "cid": "bafy", **changes})


def received(**changes: Any) -> TaskRow:
    """A film that is being fetched."""
    values: dict[str, Any] = {
        "kind": DOWN, "status": S.DOWNLOADING, "step": "created", "remote_id": 6, "source_id": 6,
        "size": None, "public_size": 200 * GB, "output_dir": "/films", "cid": "bafy",
    }  # fmt: skip
    return make_row(2, **{**values, **changes})


def a_release(number: int = 31, **changes: Any) -> TaskRow:
    values = {"kind": RELEASE, "remote_id": number, "source_id": 5, "status": S.UPLOADING}
    return make_row(number, **{**values, **changes})


def due(number: int, since: str = "2026-11-20 09:20:00") -> DueTask:
    return DueTask("https://library.example", number, 5, 233, "E01.mov", "Long River", "bafy", 1, since)


def fills(card: Card) -> list[tuple[float, Fill]]:
    return [(round(piece.full, 2), piece.fill) for piece in card.way.strip]
