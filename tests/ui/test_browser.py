"""The buttons of the sandbox page, pressed in a real browser: the program that comes up has what they say."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from app.launch.registration import Standing, desktop
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.contract.sandbox.library import Library
from tests.ui.browser import open_browser
from tests.ui.desktop import own_screen

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the browser is started the Linux way"),
    pytest.mark.slow,  # test_browser_window presses the same buttons in every run, the real window behind
]
RECORDER = Path(__file__).with_name("link_recorder.py")
ROOT = Path(__file__).parents[2]
SELLER, BUYER = 1, 2
SECONDS = 60.0


@dataclass
class Place:
    """The site in a browser, and the file where the program that comes up writes what it holds."""

    browser: WebDriver
    library: Library
    file: Path

    def visit(self, user: int) -> None:
        self.browser.get(f"{self.library.server.url}/?lang=en&user={user}")

    def press(self, text: str) -> None:
        """Press the button, or the link that looks like one, of that text."""

        def shown(browser: WebDriver) -> WebElement | None:
            buttons = browser.find_elements(By.CSS_SELECTOR, "button, a.button")
            return next((one for one in buttons if one.text == text and one.is_displayed()), None)

        WebDriverWait(self.browser, SECONDS).until(shown).click()  # type: ignore[union-attr]

    def fill(self, name: str, text: str) -> None:
        field = self.browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)

    def held(self) -> dict[str, Any]:
        """What the program holds, once it has come up."""
        until = time.monotonic() + SECONDS
        while not self.file.exists():
            assert time.monotonic() < until, "no program came up"
            time.sleep(0.05)
        found: dict[str, Any] = json.loads(self.file.read_text("utf-8"))
        self.file.unlink()
        return found


@pytest.fixture
def place(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    file = tmp_path / "held"
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    recorder = desktop(os.environ, command=[sys.executable, str(RECORDER), str(file)])
    recorder.register()
    assert recorder.state().standing is Standing.REGISTERED
    with RunningServer(tmp_path / "server") as server, own_screen() as screen:
        library = Library(server)
        monkeypatch.setenv("DISPLAY", screen)
        with open_browser(tmp_path, server.url, os.environ) as browser:
            yield Place(browser, library, file)
        library.close()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("folder", ["/films/仙剑奇侠传 + 100%", r"D:\影片\a&b=c"])
def test_send(place: Place, folder: str) -> None:
    place.visit(SELLER)
    place.fill("folder", folder)
    place.fill("series", "4711")
    place.press("Send with Reelkey")
    wanted = {"action": "upload", "series_id": 4711, "folder": folder, "token": digest(SELLER_TOKEN)}
    assert place.held() == wanted


def test_receive(place: Place) -> None:
    source = place.library.finished_upload()["source_id"]
    place.visit(BUYER)
    place.press("Receive with Reelkey")
    assert place.held() == {"action": "download", "source_id": source, "token": digest(BUYER_TOKEN)}


def test_release(place: Place) -> None:
    source = place.library.finished_upload()["source_id"]
    place.visit(SELLER)
    assert place.library.download(source).status in (200, 201)
    place.press("Release with Reelkey")  # comes by itself while the page is open
    assert place.held() == {"action": "private", "token": digest(SELLER_TOKEN)}


def test_a_token_with_marks_in_it_arrives_as_it_is(place: Place) -> None:
    token = "a+b/c=&\"'<%2F $(x) `y`"
    name = place.library.control.add_token(token, "seller", name="Marks")
    users = [user["name"] for user in place.library.control.call("GET", "/tokens")]
    place.visit(users.index(name) + 1)
    place.fill("folder", "/films")
    place.press("Send with Reelkey")
    assert place.held()["token"] == digest(token)


def test_a_link_that_would_be_too_long_is_not_opened(place: Place) -> None:
    place.visit(SELLER)
    place.fill("folder", "/films/" + "x" * 1900)
    place.press("Send with Reelkey")
    assert place.browser.find_element(By.ID, "too-long").is_displayed()
    place.fill("folder", "/films")
    place.press("Send with Reelkey")
    assert place.held()["folder"] == "/films"  # and the first press brought nothing
    assert not place.browser.find_element(By.ID, "too-long").is_displayed()
