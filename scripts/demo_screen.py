"""What the demo shows: lines, bars with rate and time left, a closing table; once more as a picture."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, RenderableType
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 100
# Where bars can't move (a log), a line says how far things are, not more often than this.
_LINE_EVERY = 3.0


class Screen:
    """A console, and a second one that records the still parts for ``--svg``."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._record = Console(
            record=True, file=io.StringIO(), width=WIDTH, highlight=False, force_terminal=True
        )

    def show(self, what: RenderableType = "") -> None:
        """A line or a table, on both."""
        self.console.print(what)
        self._record.print(what)

    def heading(self, who: str, text: str) -> None:
        """A step of the story, who takes it in front."""
        self.show()
        self.show(Text.assemble((f"{who:<7}", "bold cyan"), (text, "bold")))

    def note(self, text: str) -> None:
        """What came of a step."""
        self.show(Text(f"       {text}"))

    def trouble(self, title: str, lines: list[str]) -> None:
        """What went wrong and what to do about it."""
        self.show()
        self.show(Text(title, style="bold red"))
        for line in lines:
            self.show(Text(f"  {line}"))

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """Bars while the block runs; they stay as they end."""
        bars = Bars(self.console)
        with bars:
            yield bars
        self._record.print(bars.renderable())

    def save(self, path: Path) -> None:
        """The recorded lines as a picture."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._record.save_svg(str(path), title="make demo", theme=MONOKAI)


class Bars:
    """One bar for each film and phase: bytes, rate, time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("       {task.description:<8}"),
            TextColumn("{task.fields[film]}"),
            BarColumn(bar_width=18),
            TextColumn("{task.percentage:>3.0f} %"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
        )
        self._known: dict[tuple[str, str], TaskID] = {}
        self._line_at = 0.0

    def __enter__(self) -> Bars:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()
        else:
            self._console.print(self.renderable())

    def update(self, phase: str, film: str, done: int, total: int, rate: float | None = None) -> None:
        """How far one film is in one phase: bytes, and bytes a second where known."""
        key = (phase, film)
        if key not in self._known:
            self._known[key] = self._progress.add_task(phase, film=film, total=total)
        self._progress.update(self._known[key], completed=done, total=total)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._line_at >= _LINE_EVERY and done < total:
            self._line_at = now
            speed = (
                f", {decimal(round(rate))}/s, {max(1, round((total - done) / rate))} s left" if rate else ""
            )
            self._console.print(Text(f"       {phase:<8} {film}: {done * 100 // max(1, total)} %{speed}"))

    def renderable(self) -> RenderableType:
        """The bars as they stand."""
        return self._progress.get_renderable()
