"""Sheet and page with the real engine, server and Kubo: a link is answered, a film is sealed, two
buyers ask for it, and its private block is handed over."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.words import set_language
from app.journal import Run
from app.settings.settings import Settings
from app.ui.blocks import words
from app.ui.blocks.page import BlocksPage
from app.ui.blocks.release import ReleaseSheet
from app.ui.bridge import Bridge
from app.ui.confirm.sheets import sheet_for
from app.ui.confirm.upload import UploadSheet
from app.ui.context import Context
from app.ui.sheet import Scrim
from app.ui.store import Store
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.ui.engines import a_film
from tests.ui.fakes import FakeShell

pytestmark = pytest.mark.kubo
FILM = hashlib.shake_256(b"a film").digest(5_000_001)
OTHER_BUYER = "buyer-token-0003"
PATIENCE = 60_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        running.control.add_token(OTHER_BUYER, "buyer", name="other buyer")
        yield running


@pytest.fixture
def real(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
    kubo_path: Path,
    server: RunningServer,
) -> Iterator[Context]:
    """A context with the engine's own thread behind it."""
    del qtbot, window_loop
    set_language("en")
    profile = tmp_path / "profile"
    profile.mkdir()
    settings = Settings(profile / "settings.json")
    for key, value in {"server.studio": server.url, "node.mdns": "off"}.items():
        settings.set(key, value)
    settings.set("private_dir", str(tmp_path / "blocks"))
    env = {"REELKEY_KUBO": str(kubo_path), "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0"}
    bridge, store = Bridge(profile, env), Store()
    bridge.arrived.connect(store.take)
    bridge.start()
    yield Context(bridge, store, settings, FakeShell(), env)
    bridge.close(stop_node=True)


def ask_for(server: RunningServer, source_id: int, token: str) -> None:
    """What a buyer's Reelkey asks first: from then on a private block is wanted."""
    query = {"source_id": str(source_id)}
    path = "/api/v1/tasks/download/"
    answer = httpx2.get(server.url + path, params=query, headers={"Token": token}, trust_env=False)
    assert answer.status_code < 300, answer.text


def test_a_film_is_sent_by_the_sheet_and_released_by_the_page(
    qtbot: QtBot, real: Context, server: RunningServer, tmp_path: Path
) -> None:
    series = a_film(tmp_path / "Long River", content=FILM)
    window = QWidget()
    window.resize(1280, 720)
    qtbot.addWidget(window)
    window.show()
    scrim = Scrim(window)
    send(qtbot, real, scrim, series)
    (row,) = real.store.films()
    for token in (BUYER_TOKEN, OTHER_BUYER):
        ask_for(server, row.source_id or 0, token)

    page = BlocksPage(real)
    page.setParent(window)
    page.resize(1280, 720)
    page.retranslate()
    page.show()
    page.shown()
    real.run(lambda engine: engine.looks.due_once(server.url))
    qtbot.waitUntil(lambda: len(page.model.chosen()) == 1 and not page.looking, timeout=PATIENCE)
    (film,) = page.model.films
    assert words.who(film)[0] == "2 buyers"
    assert film.match is not None and film.match.path == tmp_path / "blocks" / "Long River" / "E01.mov.rkkey"

    page.bar.button.click()
    shell = real.shell
    assert isinstance(shell, FakeShell)
    sheet = shell.sheets[-1]
    assert isinstance(sheet, ReleaseSheet)
    scrim.open(sheet)
    scrim.raise_()
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()

    def handed_over() -> bool:
        (film,) = page.model.films
        return words.result(film, real.store, looking=False).words == "Handed over"

    qtbot.waitUntil(handed_over, timeout=PATIENCE)
    private = server.control.tasks("release")
    assert [task["status"] for task in private] == [8, 8]
    assert not shell.errors


def send(qtbot: QtBot, real: Context, scrim: Scrim, series: Path) -> None:
    link = f"reelkey://upload?v=1&series_id=233&folder={quote(str(series))}&token={SELLER_TOKEN}"
    asked: list[UploadSheet] = []

    def ask(request: object) -> None:
        sheet = sheet_for(real, request)  # type: ignore[arg-type]
        assert isinstance(sheet, UploadSheet)
        asked.append(sheet)
        scrim.open(sheet)

    real.run(lambda engine: engine.requests.of_link(link), ask)
    qtbot.waitUntil(lambda: bool(asked), timeout=PATIENCE)
    (sheet,) = asked
    qtbot.waitUntil(sheet.yes.isEnabled, timeout=PATIENCE)
    qtbot.waitUntil(lambda: sheet.head.account is not None, timeout=PATIENCE)
    assert sheet.head._who.text() == "seller"
    assert sheet.title.text() == "Send 1 film of “Long River”?"
    assert not real.store.films() and not (series.parent / "blocks").exists()
    QTest.mouseClick(sheet.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.over, timeout=PATIENCE)

    def sent() -> bool:
        rows = real.store.films()
        return bool(rows) and rows[0].run is Run.DONE

    qtbot.waitUntil(sent, timeout=PATIENCE)
