"""What the demo makes of a command's events: bars, and how long each film was really in work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import blake3

from scripts.demo_client import Event
from scripts.demo_screen import Bars, Screen

_WAITS, _DONE, _STOPPED = 5, 8, 9
_WORDS = {"seal": "sealing", "fetch": "fetching", "open": "opening"}
_CHUNK = 4 * 2**20


class Watch:
    """Called with each event of one command. `all_wait`: `awaited` films wait for a release, or went on."""

    def __init__(self, note: Callable[[str], None], awaited: int = 0) -> None:
        self._bars: Bars | None = None
        self._note = note
        self._awaited = awaited
        self._waiting: set[str] = set()
        self._since: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._begun = self._ended = time.monotonic()
        self.all_wait = asyncio.Event()

    def __call__(self, event: Event) -> None:
        kind, film = event.get("event"), str(event.get("id", ""))
        if kind == "progress" and film and self._bars is not None:
            words = _WORDS.get(str(event["phase"]), str(event["phase"]))
            self._bars.update(words, event["source_name"], event["done"], event["total"], event.get("rate"))
        elif kind == "state" and film:
            self._moved(film, int(event["status"]))
        elif kind in ("message", "warning"):
            self._note(str(event.get("text", "")))
        elif kind == "error" and event.get("retry"):
            self._note(f"{event.get('title')}: {event.get('message')}")

    @contextmanager
    def shown(self, screen: Screen) -> Iterator[None]:
        """Bars for what comes while the block runs."""
        with screen.bars() as self._bars:
            yield

    def _moved(self, film: str, status: int) -> None:
        now = time.monotonic()
        if not self._since and not self._spent:
            self._begun = now
        if status >= _WAITS:
            self._waiting.add(film)
            if self._awaited and len(self._waiting) >= self._awaited:
                self.all_wait.set()
        if status in (_WAITS, _DONE, _STOPPED):
            self._spent[film] = self._spent.get(film, 0) + now - self._since.pop(film, now)
            self._ended = now
        else:
            self._since.setdefault(film, now)

    @property
    def seconds(self) -> float:
        """From the first film's beginning to the last one's end."""
        return max(0.001, self._ended - self._begun)

    def seconds_of(self, film: str) -> float:
        """How long one film was in work, its wait for the release left out."""
        return max(0.001, self._spent.get(film, 0))


def compare(one: Path, other: Path) -> tuple[bool, str]:
    """Whether two files hold the same bytes, read side by side, and the BLAKE3 of the second (hex)."""
    same, digest = True, blake3.blake3()
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            mine, theirs = first.read(_CHUNK), second.read(_CHUNK)
            digest.update(theirs)
            same = same and mine == theirs
            if not mine and not theirs:
                return same, digest.hexdigest()
