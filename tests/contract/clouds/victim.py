"""Processes that export and die by kill -9 at a chosen step: ``python -m tests.contract.clouds.victim``.

A line of JSON on stdin is one process: forked off, so that the imports are paid for once. ``at`` is a point
as `tests.faults.victim` has it (``request:3:after``, ``commit:7:before``, ``read:1:after``; ``none:0:-``
lives). The line that answers says whether it was killed, and else what it came to. What is forked shares
nothing with those before it but the journal and the cloud.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from app.cloud.kinds import kind_of
from app.cloud.web import Web
from app.jobs.exports.sources import FileSource
from tests.contract.clouds.ground import cut_as
from tests.contract.clouds.profile import opened
from tests.faults import victim


async def _export(order: dict[str, Any]) -> dict[str, Any]:
    """Order an export of `paths` where the profile has none and go on with those there are."""
    async with opened(Path(order["root"]), kind_of(order["kind"]), order["env"]) as profile:
        rows = await profile.exports.exports()
        if not rows and order["paths"]:
            paths = [Path(path) for path in order["paths"]]
            rows = [await profile.exports.order_films(1, order["folder"], paths=paths)]
        outcomes = await profile.exports.run([row.number for row in rows])
        return {
            "runs": [outcome.export.run.value for outcome in outcomes],
            "sent": sum(outcome.tally.sent for outcome in outcomes),
        }


def _in_a_fork(order: dict[str, Any], answer: int) -> None:
    victim.spec[:] = order["at"].split(":")
    victim.passed.clear()
    result = asyncio.run(_export(order))
    os.write(answer, json.dumps(result | {"passed": victim.passed}).encode())


def _forked(order: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            _in_a_fork(order, writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    result: dict[str, Any] = json.loads(said) if said else {}
    return result | {"killed": killed, "code": status}


def main() -> None:
    settings = json.loads(sys.argv[1])
    cut_as(settings["cut"], setattr)
    victim.watch_commits()
    victim.watch_async(Web, "ask", "request")
    victim.watch(FileSource, "_read", "read")
    # Reading the system's certificates takes 60 ms: once, not in each fork.
    asyncio.run(Web("", "http://127.0.0.1").aclose())
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked({**settings, **json.loads(line)})) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
