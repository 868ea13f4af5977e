"""The demo's processes: the sandbox task server, and a client that speaks through the command line alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 15.0
_LONGEST_LINE = 4 * 2**20

Event = dict[str, Any]
OnEvent = Callable[[Event], None]


class StepFailed(Exception):
    """A step that did not work, in words for the person who looks on."""

    def __init__(self, step: str, lines: list[str]) -> None:
        super().__init__(step)
        self.step = step
        self.lines = lines


class Client:
    """One studio's Reelkey: a profile and a node of its own, an account at the task server."""

    def __init__(self, name: str, profile: Path, server: str, token: str, kubo: Path) -> None:
        self.name = name
        self.profile = profile
        self._server = server
        self._environment = client_environment() | {
            "REELKEY_PROFILE": str(profile),
            "REELKEY_TOKEN": token,
            "REELKEY_KUBO": str(kubo),
            "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0",
        }

    async def run(self, *arguments: str | Path, on_event: OnEvent | None = None) -> Event:
        """Run ``reelkey --json …``; its result. Raises StepFailed with what it said where it exits ≠ 0."""
        command = [sys.executable, "-m", "app", "--server", self._server, "--json", *map(str, arguments)]
        step = f"{self.name}: reelkey {arguments[0]}"
        errors: list[Event] = []
        result: Event = {}
        async with child(command, self._environment, self.profile / "stderr.txt") as process:
            async for event in _events(process):
                if event.get("event") == "error":
                    errors.append(event)
                elif event.get("event") == "result":
                    result = event
                if on_event is not None:
                    on_event(event)
            code = await process.wait()
        if code != 0 or not result.get("ok"):
            raise StepFailed(step, _why(code, result, errors, self.profile / "stderr.txt"))
        return result

    async def stop_node(self) -> None:
        """Stop this profile's node, whatever state it is in. Raises StepFailed."""
        await self.run("node", "stop")


def client_environment() -> dict[str, str]:
    """Ours without anything that would reach into the user's own Reelkey or keyring."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REELKEY_")}
    return kept | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONUTF8": "1"}


@asynccontextmanager
async def task_server(data: Path, tokens: Mapping[str, str]) -> AsyncIterator[tuple[str, int]]:
    """The sandbox task server while the block runs: its origin and its pid. `tokens`: role → token."""
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox.task_server", "--port", "0", "--data", str(data)]
    # Not as arguments: those can be read by everybody on this computer.
    environment = client_environment() | {
        "SANDBOX_TOKENS": " ".join(f"{role}:{token}" for role, token in tokens.items())
    }
    said = data / "stderr.txt"
    async with child(command, environment, said) as process:
        async for event in _events(process):
            if event.get("event") == "listening":
                yield str(event["url"]), process.pid
                return
        raise StepFailed("the sandbox task server does not start", _tail(said))


@asynccontextmanager
async def child(
    command: list[str], environment: Mapping[str, str], stderr: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child with its stdout as a pipe; asked to end, then made to, when the block is left early."""
    stderr.parent.mkdir(parents=True, exist_ok=True)
    with stderr.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            limit=_LONGEST_LINE,
            # Ctrl-C reaches us alone: we end the children in order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _PATIENCE)


async def _events(process: asyncio.subprocess.Process) -> AsyncIterator[Event]:
    assert process.stdout is not None
    async for line in process.stdout:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            yield event


def _why(code: int, result: Event, errors: list[Event], stderr: Path) -> list[str]:
    """What went wrong, for people: each error once, with its hint."""
    films = [*result.get("films", []), *result.get("blocks", [])]
    found = [film["error"] | {"of": film.get("source_name", "")} for film in films if film.get("error")]
    lines: dict[str, None] = {}
    for error in found or errors:
        name = error.get("of") or error.get("source_name") or ""
        lines[f"{name + ': ' if name else ''}{error.get('title')}. {error.get('message')}"] = None
        lines[f"  → {error.get('hint')}"] = None
    return list(lines) or [f"it ended with exit code {code}", *_tail(stderr)]


def _tail(path: Path) -> list[str]:
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    return text.splitlines()[-12:] or ["it said nothing"]


def end_process(pid: int, mark: str) -> None:
    """End process `pid` of an earlier run, if its command line still holds `mark`."""
    if sys.platform == "win32":
        return
    seen = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    if mark in seen.stdout:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
