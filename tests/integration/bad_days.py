"""What the tests of bad days share: one server, a seller and a buyer with a node each, and small films."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.jobs.leases import Leases
from sandbox.task_server.testing import LibraryControl, RunningServer
from tests.clients import Client, Finished, Running

Event = dict[str, Any]
SMALL = 300_000
BIG = 240 * 2**20  # takes long enough to be met in the middle; sparse, so it costs no room of its own


def content(name: str, size: int = SMALL) -> bytes:
    """Bytes that differ from film to film."""
    return hashlib.shake_256(name.encode()).digest(size)


def make_film(path: Path, size: int = SMALL, *, data: bytes | None = None) -> Path:
    """A film of an hour ago: one written this minute would be looked at twice, a second apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if data is None and size >= BIG:
        with path.open("wb") as file:
            file.truncate(size)
    else:
        path.write_bytes(content(path.name, size) if data is None else data)
    hour_ago = path.stat().st_mtime - 3600
    os.utime(path, (hour_ago, hour_ago))
    return path


def is_event(name: str, **fields: object) -> Callable[[Event], bool]:
    """Whether an event has this name and these fields."""
    return lambda event: event["event"] == name and all(event.get(key) == fields[key] for key in fields)


@dataclass(slots=True)
class Actor(Client):
    """A client whose commands don't outlive a test that failed."""

    started: list[Running] = field(default_factory=list)

    def start(self, *arguments: object, stdin: str | None = None) -> Running:
        running = Client.start(self, *arguments, stdin=stdin)
        self.started.append(running)
        return running

    def end_all(self) -> None:
        for running in self.started:
            process = running.process
            if process.poll() is None:
                process.kill()
            if process.stdout is not None and not process.stdout.closed:
                running.wait()
        self.started.clear()


@dataclass(slots=True)
class Stage:
    """One server and its two clients; their nodes start with the first command that needs them."""

    place: Path
    server: RunningServer
    seller: Actor
    buyer: Actor

    @property
    def control(self) -> LibraryControl:
        return self.server.control

    @property
    def blocks(self) -> Path:
        """The seller's private blocks."""
        return self.place / "blocks"

    def series(self, name: str, *films: str, size: int = SMALL) -> Path:
        """A folder of films."""
        for film in films:
            make_film(self.place / name / film, size)
        return self.place / name

    def upload(self, *paths: Path, more: Sequence[object] = ()) -> Running:
        return self.seller.start("upload", *paths, "--series-id", 7, "--private-dir", self.blocks, *more)

    def sent(self, *paths: Path) -> list[Event]:
        """Films that are uploaded without trouble, as the result shows them."""
        done = self.upload(*paths).wait()
        assert done.code == 0, done
        films: list[Event] = done.result["films"]
        return films

    def released(self) -> Finished:
        done = self.seller.run("release", self.blocks)
        assert done.code == 0, done
        return done

    def task_of(self, source_name: str, kind: str = "upload") -> Event:
        """The one task of that kind and film on the server."""
        (task,) = [task for task in self.control.tasks(kind) if task["source_name"] == source_name]
        return task

    def row(self, client: Client, source_name: str) -> Event:
        """The one film of that name in a client's journal."""
        rows: list[Event] = client.run("tasks").result["tasks"]
        (row,) = [row for row in rows if row["source_name"] == source_name]
        return row

    def statuses(self, task_id: int) -> list[int]:
        """Statuses of all reports on a task as they were sent, repeats of the last one left out."""
        found: list[int] = []
        for request in self.control.requests(method="PATCH", path=f"*/{task_id}*"):
            if request["path"].rstrip("/").endswith(f"/{task_id}"):
                status = int(request["form"]["status"])
                if not found or found[-1] != status:
                    found.append(status)
        return found


def free_in(client: Client, row_id: str) -> bool:
    """Whether no process of this profile works on the film."""
    return not Leases(client.profile / "leases").held_elsewhere(row_id)


def stopped(client: Client) -> Callable[[], None]:
    """Stop a client's node where it stands, so that nothing moves; what lets it go on."""
    pid = json.loads((client.profile / "node.json").read_text())["pid"]
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def files_below(folder: Path) -> list[str]:
    """All files below, as paths relative to it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
