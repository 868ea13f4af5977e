"""Asking for a film's facts: a child process with a time limit, whose answer is checked like any other.

A job never fails for it: whatever goes wrong, the facts are empty and their `warning` says why.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from app.domain.words import N_, tr
from app.media.facts import MediaFacts
from app.media.limited import LimitedChild, child_command

TIMEOUT = 30.0
MAX_OUTPUT = 64 * 1024


async def probe(path: Path, timeout: float = TIMEOUT) -> MediaFacts:
    """The facts of the film at `path`, within `timeout` seconds. Never fails; cancelling ends the child."""
    child = _child(path, timeout)
    try:
        return await asyncio.to_thread(_facts, child)
    finally:
        child.end()


def probe_sync(path: Path, timeout: float = TIMEOUT) -> MediaFacts:
    """Like `probe`, for a thread that may wait."""
    return _facts(_child(path, timeout))


def _child(path: Path, timeout: float) -> LimitedChild:
    return LimitedChild([*_command(), str(path.absolute())], timeout=timeout, max_output=MAX_OUTPUT)


def _facts(child: LimitedChild) -> MediaFacts:
    try:
        answer = child.run()
    except (OSError, ValueError):  # a path with NUL in it is a ValueError
        return _none(N_("The film's facts could not be read: the reader does not start"))
    if answer.late:
        return _none(N_("The film's facts could not be read in time"))
    if answer.status != 0 or len(answer.output) > MAX_OUTPUT:
        return _none(N_("The film's facts could not be read; it may be damaged, or of an unknown kind"))
    try:
        facts = MediaFacts.from_dict(json.loads(answer.output))
    except (ValueError, RecursionError):
        facts = MediaFacts()
    return facts if facts.as_dict() else _none(N_("The film is of an unknown kind"))


def _command() -> list[str]:
    return child_command("app.media")


def _none(reason: str) -> MediaFacts:
    return MediaFacts(warning=tr(reason))
