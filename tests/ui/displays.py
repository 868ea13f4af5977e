"""A display of our own for programs with a window: Xvfb, on a number that it chooses itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def display(size: str = "1600x1000x24") -> Iterator[dict[str, str]]:
    """The environment for windows on a display without a screen. Needs Xvfb (scripts/system.sh)."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait(20)


def lines(path: Path) -> list[str]:
    """The lines of a file that another process writes; none while it is not there."""
    return path.read_text("utf-8").splitlines() if path.exists() else []
