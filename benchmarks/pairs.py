"""Two ways of doing a thing, timed in turn A B A B …: medians, spread, and the ratio pair by pair.

Machines are noisy and drift; a ratio taken within each pair holds where single times do not.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Pairs:
    """Seconds of A and B, pair by pair, for `size` bytes each."""

    name: str
    a_name: str
    b_name: str
    size: int
    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """How many times faster A is than B, pair by pair."""
        return [b / a for a, b in zip(self.a, self.b, strict=True)]

    def report(self) -> str:
        """A Markdown row: what, rates in MB/s (median, least–most), ratio (median, least–most)."""
        a_rates = [self.size / seconds / 1e6 for seconds in self.a]
        b_rates = [self.size / seconds / 1e6 for seconds in self.b]
        cells = [
            self.name,
            self.a_name,
            _spread(a_rates, 0),
            self.b_name,
            _spread(b_rates, 0),
            _spread(self.ratios, 2),
        ]
        return "| " + " | ".join(cells) + f" | {len(self.a)} |"


HEADER = "| what | ours | MB/s | against | MB/s | ratio ours/against | pairs |\n|---|---|---|---|---|---|---|"


def time_pairs(
    name: str,
    size: int,
    a: tuple[str, Callable[[], None]],
    b: tuple[str, Callable[[], None]],
    *,
    pairs: int,
    before_each: Callable[[], None] = lambda: None,
    warm_up: bool = True,
) -> Pairs:
    """Run A and B in turn `pairs` times, after one of each that does not count (`warm_up`)."""
    times: dict[str, list[float]] = {"a": [], "b": []}
    for number in range(0 if warm_up else 1, pairs + 1):
        for key, (label, run) in (("a", a), ("b", b)):
            seconds = _time_until_it_ends(name, label, run, before_each)
            print(f"  {name}: {label} {seconds:.2f} s" + ("" if number else " (warm-up)"), flush=True)
            if number:
                times[key].append(seconds)
    return Pairs(name, a[0], b[0], size, tuple(times["a"]), tuple(times["b"]))


class Hung(Exception):
    """A run that stands still for good: it is told, left out, and done again."""


def _time_until_it_ends(
    name: str, label: str, run: Callable[[], None], before_each: Callable[[], None]
) -> float:
    while True:
        before_each()
        start = time.perf_counter()
        try:
            run()
        except Hung:
            print(f"  {name}: {label} stood still for ever; left out, once more", flush=True)
        else:
            return time.perf_counter() - start


def machine() -> str:
    """Date and machine of a results page: processor count and kind, system, Python."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    system = f"{platform.system()} {platform.machine()}"
    return f"{when}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def _spread(values: list[float], digits: int) -> str:
    middle = statistics.median(values)
    return f"**{middle:.{digits}f}** ({min(values):.{digits}f}–{max(values):.{digits}f})"
