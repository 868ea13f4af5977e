"""The running program: what closing and quitting mean."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import SettingsDamaged, SourceGone
from app.domain.status import TaskStatus
from app.domain.words import set_language
from app.journal import Run
from app.settings.paths import ProfilePaths
from app.settings.settings import Settings
from app.ui import theme
from app.ui.application import Application
from app.ui.bridge import CLOSES_WITHIN
from app.ui.closing import ClosingSheet
from app.ui.main import run_window
from app.ui.messages import RowsChanged
from app.ui.notice import NoticeSheet
from app.ui.shell import MainWindow
from app.ui.single import Single
from tests.ui.fakes import make_row

SENT = make_row(1, run=Run.DONE, status=TaskStatus.DONE, cid="bafy", source_id=9)


@pytest.mark.qt_log_ignore("propagateSizeHints")  # a window of its own, on an offscreen screen
def test_what_keeps_the_window_away_is_shown(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "profile"
    ProfilePaths.of(profile, {}).ensure().settings_file.write_text("{ nonsense")
    monkeypatch.setattr("app.ui.main._heed_signals", lambda *_: None)
    said: list[str] = []

    def look() -> None:
        for one in QApplication.topLevelWidgets():
            if isinstance(one, NoticeSheet) and one.isVisible():
                said.append(one.title.text())
                one._close.click()
                later = Single(profile, patience=0.3)
                assert later.become_first(None), "another start waits for no window"
                later.close()

    looking = QTimer()
    looking.timeout.connect(look)
    looking.start(20)
    with qtbot.captureExceptions() as faults, pytest.raises(SettingsDamaged):
        run_window(["--profile", str(profile), "--lang", "zh"])
    looking.stop()
    assert said == ["读不了设置"] and faults == []
    set_language("en")


def test_who_waits_for_a_window_that_ends_waits_for_as_long_as_that_may_take(tmp_path: Path) -> None:
    assert Single(tmp_path)._patience > CLOSES_WITHIN


class Running:
    """A program whose engine was never started, with a film that buyers may fetch."""

    def __init__(self, app: QApplication, profile: Path) -> None:
        paths = ProfilePaths.of(profile, {}).ensure()
        self.file = paths.settings_file
        self.settings = Settings(paths.settings_file, {})
        self.settings.set("first_start", "on")
        self.made = Application(app, profile, paths, self.settings, {})
        self.window, self.tray = self.made.window, self.made.tray
        self.window.show()
        self.made.store.take([RowsChanged((SENT,))])

    @property
    def quit(self) -> bool:
        return self.made.finished.done()

    @property
    def sheets(self) -> list[type]:
        return [type(one) for one in self.window.scrim.sheets]

    @property
    def question(self) -> ClosingSheet:
        sheet = self.window.scrim.current
        assert isinstance(sheet, ClosingSheet)
        return sheet

    def close(self) -> None:
        self.window.close()
        QApplication.processEvents()


@pytest.fixture
def running(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Running]:
    del window_loop
    monkeypatch.setattr(MainWindow, "raise_", lambda _self: None)  # not on an offscreen screen
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, "light")
    one = Running(app, tmp_path / "profile")
    qtbot.addWidget(one.window)
    yield one
    one.window.may_close = True
    one.tray.hide()
    one.made.deleteLater()


@pytest.mark.parametrize("tray", [True, False])
def test_a_kept_choice_is_the_close_buttons_and_quit_quits(running: Running, tray: bool) -> None:
    running.settings.set("closing", "background")
    running.tray.available = tray
    running.close()
    assert not running.sheets and (running.window.isMinimized() if not tray else running.window.isHidden())
    running.tray._quit.trigger()
    assert running.window.isVisible() and not running.quit, "one sent film: asked, not done unasked"
    assert not running.question.keep.isVisible(), "no choice of Quit's is kept"
    running.question.choices["now"].radio.setChecked(True)
    running.question.yes.click()
    assert running.quit


def test_ctrl_q_asks_too(running: Running, qtbot: QtBot) -> None:
    running.settings.set("closing", "background")
    running.window.activateWindow()
    qtbot.waitActive(running.window)
    QTest.keyClick(running.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert running.question.isVisible() and running.window.isVisible()
    running.question.reject()
    assert not running.quit


@pytest.mark.parametrize("by", ["close", "quit"])
def test_who_chose_to_quit_or_has_nothing_going_on_is_not_asked(running: Running, by: str) -> None:
    if by == "quit":
        running.settings.set("closing", "quit")
        running.tray._quit.trigger()
    else:
        running.made.store.take([RowsChanged((), gone=(1,))])
        running.close()
    assert running.quit and not running.sheets


def test_the_question_is_in_front_and_there_once(running: Running) -> None:
    running.window.show_error(SourceGone(path="/x"))
    running.close()
    running.question.choices["now"].radio.setChecked(True)
    running.close()
    running.tray._quit.trigger()
    assert running.sheets == [ClosingSheet, NoticeSheet]
    assert running.question.isVisible()
    running.question.reject()
    QApplication.processEvents()
    assert running.sheets == [NoticeSheet], "what was shown comes back"
    notice = running.window.scrim.current
    assert notice is not None and notice.isVisible()


def test_settings_that_were_damaged_meanwhile_do_not_hold_the_window(running: Running) -> None:
    running.file.write_text("{ nonsense")
    running.close()
    assert running.question.isVisible()
