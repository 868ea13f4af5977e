"""Asking for a film's facts: a child process with a time limit, whose answer is checked like any other.

A job never fails for it: whatever goes wrong, the facts are empty and their `warning` says why.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.domain.words import N_, tr
from app.media.facts import MediaFacts

TIMEOUT = 30.0
MAX_OUTPUT = 64 * 1024
# A frozen program has no `-m`: its entry hands an argv that begins so to `dispatch`.
FROZEN_FLAG = "--probe-media"


async def probe(path: Path, timeout: float = TIMEOUT) -> MediaFacts:
    """The facts of the film at `path`, within `timeout` seconds. Never fails; cancelling ends the child."""
    child = _Child(path, timeout)
    try:
        return await asyncio.to_thread(child.run)
    finally:
        child.end()


def probe_sync(path: Path, timeout: float = TIMEOUT) -> MediaFacts:
    """Like `probe`, for a thread that may wait."""
    return _Child(path, timeout).run()


def dispatch(argv: Sequence[str]) -> int | None:
    """For a frozen program's entry: run the child if `argv` (without the program) asks for it, else None."""
    if not argv or argv[0] != FROZEN_FLAG:
        return None
    from app.media.__main__ import main  # noqa: PLC0415 - only the child needs it

    return main(argv[1:])


class _Child:
    """One child process; `run` may be ended from another thread."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._late = False

    def run(self) -> MediaFacts:
        try:
            output, status = self._output()
        except (OSError, ValueError):  # a path with NUL in it is a ValueError
            return _none(N_("The film's facts could not be read: the reader does not start"))
        if self._late:
            return _none(N_("The film's facts could not be read in time"))
        if status != 0 or len(output) > MAX_OUTPUT:
            return _none(N_("The film's facts could not be read; it may be damaged, or of an unknown kind"))
        try:
            facts = MediaFacts.from_dict(json.loads(output))
        except (ValueError, RecursionError):
            facts = MediaFacts()
        return facts if facts.as_dict() else _none(N_("The film is of an unknown kind"))

    def end(self) -> None:
        """End the child, or keep it from starting. Harmless when it is over."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()

    def _output(self) -> tuple[bytes, int]:
        with self._lock:
            if self._ended:
                return b"", 1
            self._process = subprocess.Popen(
                [*_command(), str(self._path.absolute())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(os.environ),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        timer = threading.Timer(self._timeout, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            with self._process as process:
                assert process.stdout is not None  # noqa: S101 - it was asked for
                output = process.stdout.read(MAX_OUTPUT + 1)
                if len(output) > MAX_OUTPUT:
                    process.kill()
                return output, process.wait()
        finally:
            timer.cancel()

    def _end_late(self) -> None:
        self._late = True
        self.end()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, FROZEN_FLAG]
    # -P: the folder that we happen to stand in may hold films, and an `app` of somebody else's.
    return [sys.executable, "-P", "-m", "app.media"]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the child is started with: nothing of ours that may be secret, and the way to this package."""
    kept = {name: value for name, value in ours.items() if not name.upper().startswith("REELKEY")}
    kept["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return kept


def _none(reason: str) -> MediaFacts:
    return MediaFacts(warning=tr(reason))
