"""Clients of the tests: the command line as real processes, each with a profile of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.forked import Forked, Forks

ROOT = Path(__file__).parents[1]
TIMEOUT = 120.0


@dataclass(slots=True)
class Finished:
    """A command that ended: exit code, its JSON lines, and what it said on stderr."""

    code: int
    events: list[dict[str, Any]]
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        last = self.events[-1]
        assert last["event"] == "result", self
        return last

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.events if line["event"] == event]

    @property
    def codes(self) -> list[str]:
        """Codes of the errors, in order."""
        return [line["code"] for line in self.of("error")]


@dataclass(slots=True)
class Running:
    """A command under way: wait for an event of it, then for its end, or kill it."""

    process: subprocess.Popen[str] | Forked
    events: list[dict[str, Any]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _reader: threading.Thread | None = None
    _over: bool = False

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def until_or_over(
        self, wanted: Callable[[dict[str, Any]], bool], timeout: float = TIMEOUT
    ) -> dict[str, Any] | None:
        """The first event that `wanted` accepts; None where the command ended without one."""

        def found() -> dict[str, Any] | None:
            return next((event for event in self.events if wanted(event)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self._over, timeout)
            return found()

    def until(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = TIMEOUT) -> dict[str, Any]:
        """The first event that `wanted` accepts."""
        event = self.until_or_over(wanted, timeout)
        assert event is not None, self.events[-5:]
        return event

    def state(self, status: int, timeout: float = TIMEOUT) -> dict[str, Any]:
        return self.until(lambda event: event["event"] == "state" and event["status"] == status, timeout)

    def wait(self, timeout: float = TIMEOUT) -> Finished:
        code = self.process.wait(timeout)
        assert self._reader is not None
        self._reader.join(timeout)
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            said = stderr.read()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return Finished(code, self.events, said)


@dataclass(slots=True)
class Client:
    """One user's Reelkey: a profile, a token, a server."""

    profile: Path
    kubo: Path
    url: str = ""
    token: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    program: Sequence[str] = ("-m", "app")
    #: Where commands are forked from; without it each is started, and loads all it needs.
    forks: ClassVar[Forks | None] = None

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        mine = {
            "REELKEY_PROFILE": str(self.profile),
            "REELKEY_KUBO": str(self.kubo),
            "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "LANG": "C.UTF-8",
        }
        if self.token:
            mine["REELKEY_TOKEN"] = self.token
        return kept | mine | self.extra

    def start(self, *arguments: object, stdin: str | None = None) -> Running:
        front = ["--json", *(["--server", self.url] if self.url else [])]
        argv = [*self.program, *front, *map(str, arguments)]
        process: subprocess.Popen[str] | Forked
        if self.forks is not None:
            process = self.forks.start(argv, self.environment(), ROOT, stdin=stdin is not None)
        else:
            process = subprocess.Popen(
                [sys.executable, *argv],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        if stdin is not None:
            assert process.stdin is not None
            process.stdin.write(stdin)
            process.stdin.close()
        running = Running(process)
        running._reader = threading.Thread(target=running.read, daemon=True)
        running._reader.start()
        return running

    def run(self, *arguments: object, stdin: str | None = None, timeout: float = TIMEOUT) -> Finished:
        return self.start(*arguments, stdin=stdin).wait(timeout)

    def found_by_nobody(self) -> None:
        """Without mDNS: nodes of tests that run at the same time must not find each other by chance."""
        self.run("settings", "set", "node.mdns", "off")

    def stop_node(self) -> None:
        self.run("node", "stop")
