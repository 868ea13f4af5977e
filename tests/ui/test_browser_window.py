"""The buttons of the sandbox page, pressed in a real browser: the real window comes up and asks, and what a
yes begins goes out in the name that the page's link carried."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.launch.registration import Standing, desktop
from app.settings.settings import Settings
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.contract.sandbox.library import Library
from tests.ui.browser import open_browser
from tests.ui.desktop import own_screen
from tests.ui.displays import lines
from tests.ui.engines import a_film
from tests.ui.test_browser import BUYER, ROOT, SELLER, Place
from tests.ui.test_window_journey import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the browser is started the Linux way")


class Window:
    """The program that a link starts: its profile, and what the robot in it noted."""

    def __init__(self, place: Path, server: RunningServer) -> None:
        self.profile, self.notes = place / "profile", place / "notes.jsonl"
        self.profile.mkdir()
        settings = Settings(self.profile / "settings.json")
        for key, value in {
            "server.studio": server.url,
            "node.api": "/ip4/127.0.0.1/tcp/1",  # no node: what begins is registered, and waits
            "first_start": "on",
            "output_dir": str(place / "films"),
            "private_dir": str(place / "keys"),
            "private_folders": str(place / "keys"),
            "language": "en",
        }.items():
            settings.set(key, value)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.ui.window_driver", str(self.notes)]

    def noted(self, key: str) -> list[dict[str, Any]]:
        return [note for note in map(json.loads, lines(self.notes)) if key in note]

    def asked(self, action: str) -> dict[str, Any]:
        """The question that came up for an action."""
        until(lambda: any(note["asked"] == action for note in self.noted("asked")), f"no question: {action}")
        return next(note for note in self.noted("asked") if note["asked"] == action)

    def end(self) -> None:
        running = [note["pid"] for note in self.noted("pid")]
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running), "the window does not end")


@pytest.fixture
def window(tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    made = Window(tmp_path, server)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("REELKEY_PROFILE", str(made.profile))
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    scheme = desktop(os.environ, command=made.command)
    scheme.register()
    assert scheme.state().standing is Standing.REGISTERED
    yield made
    made.end()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def place(
    tmp_path: Path, own_home: Path, server: RunningServer, window: Window, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    del own_home, window
    library = Library(server)
    with own_screen() as screen:
        monkeypatch.setenv("DISPLAY", screen)
        with open_browser(tmp_path, server.url, os.environ) as browser:
            yield Place(browser, library, tmp_path / "unused")
    library.close()


@pytest.mark.timeout(180)
def test_upload_download_and_private_come_to_the_real_window(
    tmp_path: Path, place: Place, window: Window, server: RunningServer
) -> None:
    series = a_film(tmp_path / "仙剑奇侠传 + 100%")
    place.visit(SELLER)
    place.fill("folder", str(series))
    place.fill("series", "4711")
    place.press("Send with Reelkey")
    asked = window.asked("upload")
    assert (asked["series"], asked["folders"], asked["server"]) == (4711, [str(series)], server.url)
    assert (asked["account"], asked["change"], asked["trouble"]) == ("seller", "first", "")
    assert "4711" in asked["subtitle"]
    until(lambda: server.control.tasks("upload"), "the yes began nothing")
    (sent,) = server.control.tasks("upload")
    assert (sent["series_id"], sent["source_name"]) == (4711, "E01.mov")

    source = place.library.finished_upload()["source_id"]
    place.visit(BUYER)
    place.press("Receive with Reelkey")
    asked = window.asked("download")
    assert (asked["source"], asked["account"], asked["change"]) == (source, "buyer", "other")
    until(lambda: server.control.tasks("download"), "the yes asked for nothing")

    place.visit(SELLER)
    last = server.control.requests()[-1]["seq"]
    place.press("Release with Reelkey")  # it comes by itself: the buyer's window has asked for the film
    asked = window.asked("private")
    assert (asked["account"], asked["change"]) == ("seller", "other")
    until(lambda: 200 in due_answers(server, last), "nobody asked what is due")  # no buyer is told
    assert len(window.noted("pid")) == 1, "one window took all three links"
    written = "".join(map(str, window.noted("asked"))) + window.notes.read_text("utf-8")
    assert SELLER_TOKEN not in written
    assert BUYER_TOKEN not in written


def due_answers(server: RunningServer, after: int) -> list[int]:
    """How the server answered who asked what is due since."""
    return [one["status"] for one in server.control.requests(after=after, method="GET", path="*private*")]
