"""The node's log file: bounded, and read for why a node did not come up."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from app.domain.words import N_, tr

LIMIT = 4 * 2**20
_KEPT = 2**18
_SEARCHED = 2**16


def shorten(log: Path) -> None:
    """Cut a log above 4 MiB to its last 256 KiB. The node may go on writing to it: it appends."""
    with suppress(OSError):
        if log.stat().st_size <= LIMIT:
            return
        with log.open("rb+") as file:
            file.seek(-_KEPT, 2)
            tail = file.read(_KEPT)
            file.truncate(0)
            file.seek(0)
            file.write(tail)


def reason_in(log: Path, begins_at: int) -> str:
    """What the log says since `begins_at` of why the node ended: its error, else its last line."""
    text = ""
    with suppress(OSError), log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(min(begins_at, size), size - _SEARCHED))
        text = file.read(_SEARCHED).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "panic:", "fatal"))]
    if errors or lines:
        return (errors or lines)[-1]
    return tr(N_("It said nothing; see {path}"), path=log)
