"""What the demo shows: lines, bars with rate and time left, a closing table; once more as a picture."""

from __future__ import annotations

import html
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console, RenderableType
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.terminal_theme import MONOKAI
from rich.text import Text

from app.domain.names import columns, middle_elide

WIDTH = 100
NAME = 30  # columns for a film's name
# Where bars can't move (a log), a line says how far things are, not more often than this.
_LINE_EVERY = 3.0


class Screen:
    """A console, and a second one that records the still parts for ``--svg``."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = WIDTH  # a log has no edge
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
        svg = self._record.export_svg(title="make demo", theme=MONOKAI)
        # The reader's own fonts do: a picture should fetch nothing.
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
        svg = re.sub(r'textLength="([0-9.]+)"([^>]*)>([^<]*)<', _right_length, svg)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg, "utf-8")


class Bars:
    """One bar for each film and phase: bytes, rate, time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            _column("       {task.description:<8}"),
            _column("{task.fields[film]}"),
            BarColumn(bar_width=max(6, min(16, console.width - 84))),
            _column("{task.percentage:>3.0f} %", "right"),
            _column("{task.fields[size]}", "right"),
            _column("{task.fields[speed]}", "right"),
            _column("{task.fields[left]}", "right"),
            console=console,
        )
        self._known: dict[tuple[str, str], TaskID] = {}
        self._begun: dict[tuple[str, str], float] = {}
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
        key, now = (phase, film), time.monotonic()
        if key not in self._known:
            name = middle_elide(film, NAME)
            self._begun[key] = now
            self._known[key] = self._progress.add_task(phase, film=name, size="", speed="", left="")
        over = done >= total
        if over:  # what counts in the end is the average
            rate = total / (now - self._begun[key]) if now - self._begun[key] > 0.2 else rate
        speed = f"{decimal(round(rate))}/s" if rate else ""
        left = "" if over or not rate else f"{max(1, round((total - done) / rate))} s left"
        self._progress.update(
            self._known[key], completed=done, total=total, size=decimal(total), speed=speed, left=left
        )
        if not self._console.is_terminal and now - self._line_at >= _LINE_EVERY and not over:
            self._line_at = now
            said = ", ".join(part for part in (f"{done * 100 // max(1, total)} %", speed, left) if part)
            self._console.print(Text(f"       {phase:<8} {film}: {said}"))

    def renderable(self) -> RenderableType:
        """The bars as they stand."""
        return self._progress.get_renderable()


def _column(text: str, justify: Literal["left", "right"] = "left") -> TextColumn:
    return TextColumn(text, justify=justify, markup=False, table_column=Column(no_wrap=True))


def _right_length(found: re.Match[str]) -> str:
    """A piece of text in the picture as long as its columns: rich counts a wide character once."""
    text = html.unescape(found[3])
    length = float(found[1]) / len(text) * columns(text) if text else 0
    return f'textLength="{length:g}"{found[2]}>{found[3]}<'
