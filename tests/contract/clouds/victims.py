"""The tests' side of `tests.contract.clouds.victim`: processes that die, and those that go on after them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients import ROOT
from tests.contract.clouds.ground import Ground

LIVES = "none:0:-"


class Victims:
    """Processes at a ground, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, root: Path, folder: str, paths: Sequence[Path], at: str = LIVES) -> dict[str, Any]:
        """One process on the profile at `root`: `killed`, and if it wasn't, the `runs` its exports came to,
        how many files it has `sent`, and how often it `passed` each point."""
        order = {"root": str(root), "folder": folder, "paths": [str(path) for path in paths], "at": at}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer["killed"] or answer["code"] == 0, answer
        return answer


@contextmanager
def victims_of(ground: Ground) -> Iterator[Victims]:
    """Victims that are signed in where their profiles are."""
    settings = {"kind": ground.kind.id, "env": dict(ground.env), "cut": dict(ground.cut)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.clouds.victim", json.dumps(settings)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Victims(process)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


def points(passed: dict[str, int]) -> list[str]:
    """Every point that a run passed: each request and read before and after; each commit after, which is
    before the next."""
    sides = {"commit": ("after",)}
    return [
        f"{point}:{number}:{side}"
        for point, times in sorted(passed.items(), reverse=True)
        for number in range(1, times + 1)
        for side in sides.get(point, ("before", "after"))
    ]


def few(chosen: list[str], number: int) -> list[str]:
    """`number` of them, spread evenly."""
    return [chosen[(2 * at + 1) * len(chosen) // (2 * number)] for at in range(number)]
