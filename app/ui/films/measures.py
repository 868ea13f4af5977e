"""Percent, amounts, times and strips of a film's row, by the rules that hold for all of them:

a percent never falls; 100 is kept for what was checked; no time left before there is one. No Qt.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.progress import Progress
from app.domain.status import TaskStatus
from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.films.values import Fill, Film, Piece
from app.ui.store import Live

UP = (1, 3, 3, 1, 1, 1)
DOWN = (1, 3, 1, 1, 3, 1)
STEPS = 6
_SHOWN_AFTER = 5.0
_STALE_AFTER = 15.0
_JUST_NOW = 60.0


def percent(film: Film, phase: str, *statuses: TaskStatus) -> int:
    """How far a phase is, 0–99: the furthest that was seen, or what the journal kept of it."""
    best = film.live.best.get(phase)
    seen = best.percent if best is not None else 0
    if film.row.status in statuses:
        seen = max(seen, film.row.percent)
    return min(99, seen)


def through(film: Film, phase: str) -> bool:
    """Whether all bytes of a phase have gone through it; what is left of it is its end."""
    best = film.live.best.get(phase)
    return best is not None and best.total > 0 and best.done >= best.total


def amount(film: Film, phase: str, percent_now: int, total: int | None) -> str:
    """``88.0 / 141.9 GB``; of what the journal kept where no progress came yet; "" where it is not known."""
    best = film.live.best.get(phase)
    if best is not None and best.percent >= percent_now:
        return amounts.size_of(best.done, best.total)
    return amounts.size_of(total * percent_now // 100, total) if total else ""


def running(live: Live, phase: str, now: float) -> Progress | None:
    """The phase's last progress, if it still comes."""
    progress = live.progress.get(phase)
    return progress if progress is not None and now - live.told_at < _STALE_AFTER else None


def left(live: Live, phase: str, now: float) -> float | None:
    """Seconds until the phase is through; None in its first seconds and while nothing moves."""
    progress = running(live, phase, now)
    if progress is None or now - live.begun.get(phase, now) < _SHOWN_AFTER:
        return None
    return progress.seconds_left


def time_words(seconds: float | None) -> str:
    """``2 min 11 s``, or a dash before there is a time."""
    return "—" if seconds is None else amounts.time_left(seconds)


def rate_words(live: Live, phase: str, now: float) -> str:
    """``412 MB/s``, or ""."""
    progress = running(live, phase, now)
    return amounts.rate(progress.rate) if progress is not None and progress.rate else ""


def so_far(since: float, now: float) -> str:
    """``3 d 6 h so far``, or ``just now`` in its first minute."""
    if now - since < _JUST_NOW:
        return tr(N_("just now"))
    return tr(N_("{time} so far"), time=amounts.so_far(now - since))


def step_words(step: int) -> str:
    return tr(N_("step {n} of {m}"), n=step, m=STEPS)


def strip(
    widths: Sequence[int], parts: Sequence[float], now_at: int = -1, fill: Fill = Fill.PART
) -> tuple[Piece, ...]:
    """Pieces of these widths; `parts` are full (1.0) or partly so, the piece `now_at` says `fill`."""
    made = []
    for number, width in enumerate(widths):
        full = parts[number] if number < len(parts) else 0.0
        kind = Fill.PART if full > 0 else Fill.TODO
        if number == now_at:
            kind = fill
        if fill is Fill.PAUSED and full > 0:
            kind = Fill.PAUSED
        made.append(Piece(width, full, kind))
    return tuple(made)


def final_strip(widths: Sequence[int]) -> tuple[Piece, ...]:
    """All done and checked."""
    return tuple(Piece(width, 1.0, Fill.FINAL) for width in widths)
