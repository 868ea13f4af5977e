"""Children that tests let run in a program's place: what they write down, and waiting for their end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

#: At a script's beginning: leaves its pid in a file ``pid`` beside the script.
PID = "import os, pathlib; pathlib.Path(__file__).with_name('pid').write_text(str(os.getpid()))\n"


def is_gone(pid: int) -> bool:
    """Whether no process has this pid any more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does, which sends us no event."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
