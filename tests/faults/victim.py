"""A client that dies by kill -9 at a chosen point: run by the tests in place of `python -m app`.

VICTIM=commit:7:after kills right after the seventh commit of the journal, before anything is done with it;
`before` right before it. Points: commit, rename, fsync, report (a request to the task server).
VICTIM=count writes how often each point was passed to VICTIM_COUNT.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.api_client.client import TaskApi
from app.domain import durable
from app.journal.database import Database

passed: Counter[str] = Counter()
spec = os.environ.get("VICTIM", "count").split(":")


def reached(point: str, when: str) -> None:
    if when == "before":
        passed[point] += 1
    if spec[0] == point and int(spec[1]) == passed[point] and spec[2] == when:
        os.kill(os.getpid(), signal.SIGKILL)


def watch(owner: Any, name: str, point: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        reached(point, "before")
        result = original(*args, **kwargs)
        reached(point, "after")
        return result

    setattr(owner, name, watched)


def watch_async(owner: Any, name: str, point: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        reached(point, "before")
        result = await original(*args, **kwargs)
        reached(point, "after")
        return result

    setattr(owner, name, watched)


def watch_commits() -> None:
    """Only transactions that change something are steps; polling the journal is none."""
    original = Database._transact

    def watched(self: Database, work: Callable[[sqlite3.Connection], Any]) -> Any:
        connection = self._connection
        assert connection is not None
        changes = connection.total_changes

        def counted(db: sqlite3.Connection) -> Any:
            result = work(db)
            if connection.total_changes != changes:
                reached("commit", "before")
            return result

        result = original(self, counted)
        if connection.total_changes != changes:
            reached("commit", "after")
        return result

    Database._transact = watched  # type: ignore[method-assign]


def main() -> int:
    watch_commits()
    watch(durable, "rename_new", "rename")
    watch(durable, "fsync_file", "fsync")
    for name in ("create_upload", "report_upload", "create_download", "report_download", "report_private"):
        watch_async(TaskApi, name, "report")
    from app.cli.main import main as reelkey

    code = reelkey(sys.argv[1:])
    if spec[0] == "count" and "VICTIM_COUNT" in os.environ:
        Path(os.environ["VICTIM_COUNT"]).write_text(json.dumps(passed))
    return code


if __name__ == "__main__":
    sys.exit(main())
