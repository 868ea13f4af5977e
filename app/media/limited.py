"""A child process that is not trusted: its output bounded, its time bounded, nothing secret handed to it.

Films come from others, and decoders of their formats are a large surface: facts and posters are read in such
children. What the child itself may use (memory, processor time, open files) it gives up with `limit`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import CHILD_FLAG


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said: its output (cut off one byte above the bound), its exit status, and whether it was
    ended because its time was over."""

    output: bytes
    status: int
    late: bool = False


class LimitedChild:
    """One child process; `run` may be ended from another thread."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        max_output: int,
        environment: Mapping[str, str] | None = None,
        gentle: bool = False,
    ) -> None:
        """`timeout` in seconds, `max_output` in bytes; `environment` goes over the cleaned one of ours;
        `gentle`: others go first (Windows; elsewhere the child lowers itself with `be_gentle`)."""
        self._argv = list(argv)
        self._timeout = timeout
        self._max_output = max_output
        self._environment = dict(environment or {})
        self._gentle = gentle
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._late = False

    def run(self) -> Answer:
        """Run it to its end, or to ours. Raises OSError or ValueError where it does not start."""
        process = self._start()
        if process is None:
            return Answer(b"", 1)
        timer = threading.Timer(self._timeout, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            with process:
                assert process.stdout is not None  # noqa: S101 - it was asked for
                output = process.stdout.read(self._max_output + 1)
                if len(output) > self._max_output:
                    process.kill()
                return Answer(output, process.wait(), self._late)
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the child, or keep it from starting. Harmless when it is over."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()

    def _start(self) -> subprocess.Popen[bytes] | None:
        flags = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
        if self._gentle:
            flags |= int(getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0))
        with self._lock:
            if self._ended:
                return None
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=clean_environment(os.environ) | self._environment,
                creationflags=flags,
            )
            return self._process

    def _end_late(self) -> None:
        self._late = True
        self.end()


def child_command(module: str) -> list[str]:
    """The argv that runs `module` of ours as a child; a frozen program has no ``-m``, and its entry
    (`app.__main__`) runs the module that stands behind our own flag."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_FLAG, module]
    # -P: the folder that we happen to stand in may hold films, and an `app` of somebody else's.
    return [sys.executable, "-P", "-m", module]


def clean_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What a child is started with: nothing of ours that may be secret, and the way to this package."""
    kept = {name: value for name, value in ours.items() if not name.upper().startswith("REELKEY")}
    kept["PYTHONPATH"] = package_path()
    return kept


def package_path() -> str:
    """The folder that this package lies in: where a child of ours looks for it."""
    return str(Path(__file__).resolve().parents[2])


def limit(name: str, most: int) -> None:
    """In the child: what this process may use (``RLIMIT_AS`` …), where the OS has such limits."""
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import resource  # noqa: PLC0415 - not on Windows

        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def be_gentle() -> None:
    """In the child: let everything else on this computer go first."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(19)
