"""How fast films are sealed and stored here, by those that were: the time that a send question tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.status import TaskKind, TaskStatus
from app.journal import Journal, Run, TaskRow

_LATEST = 8
# A small film's time is that of its beginning and end, which says nothing of a master's.
_AT_LEAST_BYTES = 100_000_000
# One that took many times as long lay still meanwhile: the window was closed, the computer slept.
_STILL = 4.0
_BEGAN, _SEALED = f"status {int(TaskStatus.SPLITTING)}", f"status {int(TaskStatus.DONE)}"
_AT_REST = frozenset({"paused", "failed", "waiting"})
Span = tuple[float, float]


async def pace_of(journal: Journal) -> float | None:
    """Bytes per second of the last films that went through without a rest, those at the same time taken
    together; None where there is none yet."""
    films: list[tuple[Span, int]] = []
    for row in reversed(await journal.all()):
        if len(films) == _LATEST:
            break
        if _counts(row):
            span = span_of(await journal.history(row.number))
            if span is not None:
                films.append((span, row.size or 0))
    return together(films)


def _counts(row: TaskRow) -> bool:
    return row.kind is TaskKind.UPLOAD and row.run is Run.DONE and (row.size or 0) >= _AT_LEAST_BYTES


def span_of(history: Iterable[tuple[float, str, str]]) -> Span | None:
    """From when to when a film was sealed, by its history; None where it rested meanwhile."""
    began: float | None = None
    for at, event, _ in history:
        if event == _BEGAN:
            began = at
        elif event in _AT_REST:
            began = None
        elif event == _SEALED and began is not None:
            return (began, at) if at > began else None
    return None


def together(films: Sequence[tuple[Span, int]]) -> float | None:
    """Bytes per second over the time in which any of these films was at work."""
    rates = [size / (end - begin) for (begin, end), size in films]
    lively = [film for film, rate in zip(films, rates, strict=True) if rate * _STILL >= max(rates)]
    seconds, until = 0.0, float("-inf")
    for (begin, end), _ in sorted(lively):
        seconds += max(0.0, end - max(begin, until))
        until = max(until, end)
    return sum(size for _, size in lively) / seconds if seconds else None
