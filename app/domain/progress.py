"""How far a long piece of work is: one frozen value that text, JSON and the window render."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of bytes in all, in one named phase; rate in bytes per second, None before it is known."""

    phase: str
    done: int
    total: int
    rate: float | None = None

    @property
    def percent(self) -> int:
        """0–100, rounded down: 100 only when all is done."""
        return 100 if self.total <= 0 else min(100, self.done * 100 // self.total)

    @property
    def seconds_left(self) -> float | None:
        return None if not self.rate else max(0.0, (self.total - self.done) / self.rate)


class ProgressSink(Protocol):
    """Who wants to know: called often, so cheap, and never raises."""

    def __call__(self, progress: Progress, /) -> None: ...


class RateMeter:
    """A rate smoothed over a sliding window of `window` seconds; feed it (time, bytes done)."""

    def __init__(self, window: float = 20.0) -> None:
        self._window = window
        self._points: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> float | None:
        """Note that `done` bytes were done at `now` (monotonic seconds); the rate, or None before 0.5 s."""
        if self._points and done < self._points[-1][1]:
            self._points.clear()
        self._points.append((now, done))
        while len(self._points) > 2 and now - self._points[0][0] > self._window:
            self._points.popleft()
        first_time, first_done = self._points[0]
        elapsed = now - first_time
        return None if elapsed < 0.5 else (done - first_done) / elapsed
