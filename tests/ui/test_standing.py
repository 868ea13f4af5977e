"""What the window says while the profile opens, and once the engine has stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import EngineEnded, KeyringLocked, SourceGone
from app.domain.words import set_language
from app.journal import Run
from app.settings.settings import Settings
from app.ui import theme
from app.ui.awake import Awake
from app.ui.messages import EngineOpens, EngineStopped, RowsChanged, ServerSeen
from app.ui.shell import MainWindow
from app.ui.store import Store
from app.ui.tray import Tray
from tests.ui.fakes import FakeBridge, engine_of, make_row
from tests.ui.test_awake import Recorder

SERVER = "https://library.example"
LOCKED = EngineStopped(KeyringLocked(reason="it is locked"))


@pytest.fixture
def window(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MainWindow]:
    del window_loop
    monkeypatch.setattr("app.ui.standing._QUIET_MS", 60_000)
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, "light")
    settings = Settings(tmp_path / "settings.json")
    settings.set("server.studio", SERVER)
    made = MainWindow(cast("Any", FakeBridge()), Store(), settings, {})
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.may_close = True


def a_second_later(window: MainWindow, qtbot: QtBot) -> None:
    window.standing._quiet.start(0)
    qtbot.waitUntil(lambda: window.standing.said != "")


def seen(window: MainWindow) -> str:
    """What a label says whose middle is in nobody's shade."""
    root = window.centralWidget()
    assert root is not None
    labels = [one for one in root.findChildren(QLabel) if one.isVisible() and one.text()]
    return " | ".join(one.text() for one in labels if _on_top(root, one))


def _on_top(root: QWidget, one: QLabel) -> bool:
    found = root.childAt(one.mapTo(root, one.rect().center()))
    return found is one


def test_while_the_profile_opens_no_page_says_that_there_is_nothing(window: MainWindow, qtbot: QtBot) -> None:
    assert "No films yet" not in seen(window) and window.standing.said == ""
    window.show_page("history")
    window.resize(1000, 640)
    QApplication.processEvents()
    assert "kept here" not in seen(window) and "No library yet" not in seen(window)
    a_second_later(window, qtbot)
    assert "Opening your films…" in seen(window)
    window.show_page("films")
    window.store.take([RowsChanged()])
    assert "No films yet" in seen(window) and "Opening" not in seen(window)


def test_an_engine_that_stopped_is_said_for_as_long_as_it_is_so(window: MainWindow, qtbot: QtBot) -> None:
    window.store.take([RowsChanged((make_row(1, server=SERVER),)), ServerSeen(SERVER, "studio", "Clara")])
    window.store.take([LOCKED])
    QApplication.processEvents()
    assert "The keyring is not available" in seen(window)
    assert "Unlock the system's keyring and try again" in seen(window)
    assert "Library" not in seen(window) and not window.sidebar.isEnabled()
    window.show_error(SourceGone(path="/x"))  # what was asked of it in vain
    sheet = window.scrim.current
    assert sheet is not None and sheet.isEnabled() and sheet.title.text() in seen(window)
    sheet.close_sheet()

    window.standing.retry.click()
    assert engine_of(window.context).called("again") == [()]
    window.store.take([EngineOpens()])
    assert window.standing.said == "Opening your films…", "at once: somebody waits for it"
    assert window.sidebar.isEnabled()
    window.store.take([RowsChanged((make_row(1, server=SERVER),))])
    assert window.standing.isHidden() and window.stack.isEnabled()


def test_one_that_ended_too_often_is_not_said_to_start_by_itself(window: MainWindow) -> None:
    window.store.take([RowsChanged(), EngineStopped(EngineEnded())])
    QApplication.processEvents()
    assert "All progress is kept" in seen(window) and "by itself" not in seen(window)


def test_the_first_start_is_covered_by_what_stops_it_alone(window: MainWindow, qtbot: QtBot) -> None:
    cover = QLabel("Welcome")
    window.cover_with(cover)
    a_second_later(window, qtbot)
    assert "Welcome" in seen(window)
    window.store.take([LOCKED])
    assert "Welcome" not in seen(window) and "The keyring" in seen(window)
    window.store.take([EngineOpens()])
    assert "Welcome" in seen(window)


def test_an_engine_that_works_again_by_itself_is_seen(window: MainWindow) -> None:
    window.store.take([LOCKED])
    window.store.take([RowsChanged((make_row(1, server=SERVER),))])
    assert window.standing.isHidden() and window.sidebar.isEnabled()


def test_nothing_is_at_work_without_an_engine(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.awake._LET_GO_AFTER_MS", 20)
    store, recorder = window.store, Recorder()
    awake, tray = Awake(store, recorder), Tray(window, store)
    store.take([RowsChanged((make_row(1, run=Run.ACTIVE),))])
    qtbot.waitUntil(lambda: awake.held)
    assert tray._state.text() == "1 film" and tray._pause.isEnabled()
    store.take([EngineStopped(EngineEnded())])
    assert tray._state.text() == "The work was interrupted" and not tray._pause.isEnabled()
    qtbot.waitUntil(lambda: recorder.calls == ["hold", "drop"])
    store.take([EngineOpens(), RowsChanged((make_row(1, run=Run.ACTIVE),))])
    qtbot.waitUntil(lambda: awake.held)
    awake.stop()
