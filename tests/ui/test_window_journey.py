"""One whole journey by the real programs in real windows: a link, the window asks, the film arrives.

The links are given to a second process each time, as a browser would; that one hands over and ends.
"""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app.settings.settings import Settings
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.clients import ROOT, Client, Finished
from tests.ui.canaries import files_with, spellings, watched_commands
from tests.ui.displays import display, lines
from tests.ui.engines import a_film

pytestmark = pytest.mark.kubo
FILM = hashlib.shake_256(b"a film").digest(5_000_003)
_WAIT = 90.0


class Program:
    """A person's Reelkey: the window as a process, its profile, and links opened for it."""

    def __init__(self, place: Path, server: RunningServer, kubo: Path, shown: dict[str, str]) -> None:
        self.profile = place
        place.mkdir()
        settings = Settings(place / "settings.json")
        for key, value in {
            "server.studio": server.url,
            "poll.first": "0.1",
            "poll.max": "0.5",
            "node.mdns": "off",
            "first_start": "on",
            "output_dir": str(place / "films"),
            "private_dir": str(place / "keys"),
            "private_folders": str(place / "keys"),
            "language": "en",
        }.items():
            settings.set(key, value)
        self._client = Client(place, kubo, server.url, "")
        self._env = {**self._client.environment(), **shown}
        self.notes = place / "notes.jsonl"
        self.errors = place / "stderr.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        with self.errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ui.window_driver", str(self.notes)],
                env=self._env,
                cwd=ROOT,
                stderr=errors,
            )

    def link(self, text: str) -> None:
        """A second process, as the browser starts it: it hands over and ends."""
        done = subprocess.run(
            [sys.executable, "-m", "app", text],
            env=self._env,
            cwd=ROOT,
            capture_output=True,
            timeout=_WAIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    def command(self, *arguments: object) -> Finished:
        """The command line on the same profile, beside the window."""
        return self._client.run(*arguments)

    def seen(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in lines(self.notes)]

    def end(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_WAIT)


@pytest.fixture
def programs(tmp_path: Path, kubo_path: Path) -> Iterator[tuple[Program, Program, RunningServer]]:
    with RunningServer(tmp_path / "server") as server, display() as shown:
        seller = Program(tmp_path / "seller", server, kubo_path, shown)
        buyer = Program(tmp_path / "buyer", server, kubo_path, shown)
        opened: list[Program] = []
        try:
            for one in (seller, buyer):
                one.open()
                opened.append(one)
            until(lambda: all(one.seen() for one in opened), "no window came")
            yield seller, buyer, server
        finally:
            codes = [one.end() for one in opened]
        assert codes == [0, 0]
        assert [one.errors.read_text() for one in opened] == ["", ""], "nothing is said to a terminal"


def until(found: Callable[[], object], what: str) -> None:
    """Look until it is so; what is waited for happens in other processes."""
    tick = threading.Event()
    for _ in range(int(_WAIT / 0.1)):
        if found():
            return
        tick.wait(0.1)
    pytest.fail(what)


@pytest.mark.timeout(300)
def test_from_a_link_to_the_film(tmp_path: Path, programs: tuple[Program, Program, RunningServer]) -> None:
    with watched_commands(tmp_path) as commands:
        the_journey(tmp_path, *programs)
    secrets = [SELLER_TOKEN, BUYER_TOKEN, *uuids(programs[2])]
    assert len(secrets) >= 3
    for program in programs[:2]:
        # Notes and errors are what a person sees and what a terminal hears; both lie in the profile.
        assert files_with(program.profile, secrets) == []
        assert {note["window"] for note in program.seen() if "sheet" in note} == {"Reelkey"}
    started = b" ".join(commands.of_ours())
    assert b"window_driver" in started
    assert b"ipfs" in started
    assert [one for secret in secrets for one in spellings(secret) if one in started] == []


def uuids(server: RunningServer) -> set[str]:
    return {str(task["uuid"]) for task in server.control.tasks() if task.get("uuid")}


def the_journey(tmp_path: Path, seller: Program, buyer: Program, server: RunningServer) -> None:
    series = a_film(tmp_path / "Long River", content=FILM)
    seller.link(f"reelkey://upload?v=1&series_id=7&folder={quote(str(series))}&token={SELLER_TOKEN}")
    until(lambda: statuses(server, "upload")[-1:] == [8], "not sent")
    source = seller.command("tasks").result["tasks"][0]["source_id"]
    buyer.link(f"reelkey://download?v=1&source_id={source}&token={BUYER_TOKEN}")
    until(lambda: statuses(server, "download")[-1:] == [5], "not fetched")
    seller.link(f"reelkey://private?v=1&token={SELLER_TOKEN}")
    film = buyer.profile / "films" / "Long River" / "E01.mov"
    until(film.exists, "the film did not arrive")
    assert film.read_bytes() == FILM
    until(lambda: statuses(server, "download")[-1:] == [8], "not reported")
    sheets = [note["sheet"] for note in seller.seen() if "sheet" in note]
    assert sheets[0] == "UploadSheet"


def statuses(server: RunningServer, kind: str) -> list[int]:
    """The statuses that were reported of the only task of a kind, in order."""
    found: list[int] = []
    for request in server.control.requests(method="PATCH", path=f"*{kind}*"):
        if request["status"] is not None and 200 <= request["status"] < 300:
            found.append(int(request["form"]["status"]))
    return found
