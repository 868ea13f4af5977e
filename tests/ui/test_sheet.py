"""Sheets: one at a time, as tall as what they say, Enter only after a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.sheet import Scrim, Sheet
from app.ui.widgets import button, label


class Ground(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.resize(1200, 800)
        self.scrim = Scrim(self)


@pytest.fixture
def ground(qtbot: QtBot) -> Iterator[Ground]:
    made = Ground()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made


def sheet(title: str = "A question?") -> Sheet:
    made = Sheet(500)
    made.title.setText(title)
    made.subtitle.hide()
    yes = button("primary")
    yes.setText("Yes")
    yes.clicked.connect(made.close_sheet)
    made.buttons.addWidget(yes)
    made.accept_button = yes
    return made


def test_one_sheet_after_the_other(ground: Ground, qtbot: QtBot) -> None:
    first, second = sheet("first"), sheet("second")
    with qtbot.waitSignal(ground.scrim.waiting_changed):
        ground.scrim.open(first)
    ground.scrim.open(second)
    assert (ground.scrim.current, ground.scrim.waiting) == (first, 1)
    assert not second.isVisible()
    first.reject()
    assert (ground.scrim.current, ground.scrim.waiting) == (second, 0)
    QTest.keyClick(second, Qt.Key.Key_Escape)
    assert ground.scrim.current is None
    assert not ground.scrim.isVisible()


def test_enter_says_yes_only_after_a_moment(
    ground: Ground, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.sheet._ENTER_AFTER_MS", 60)
    asked = sheet()
    ground.scrim.open(asked)
    QTest.keyClick(asked, Qt.Key.Key_Return)
    assert ground.scrim.current is asked, "a key that was meant for something else"
    qtbot.waitUntil(lambda: asked._armed)
    QTest.keyClick(asked, Qt.Key.Key_Return)
    assert ground.scrim.current is None


def test_a_sheet_grows_with_what_it_says(ground: Ground, qtbot: QtBot) -> None:
    asked = sheet()
    words = label("", "short", wrap=True)
    asked.body.addWidget(words)
    ground.scrim.open(asked)
    before = asked.height()
    words.setText("A sentence that is much longer than the one before it. " * 12)
    qtbot.waitUntil(lambda: asked.height() > before + 40)
    assert asked._scroll.verticalScrollBar().maximum() == 0, "nothing needs scrolling"


def test_buttons_never_leave_a_small_window(ground: Ground, qtbot: QtBot) -> None:
    ground.resize(600, 300)
    asked = sheet()
    for _ in range(40):
        asked.body.addWidget(label("", "A line"))
    ground.scrim.open(asked)
    qtbot.waitUntil(lambda: asked.height() <= 300)
    assert ground.rect().contains(asked.geometry())
    assert asked.foot.geometry().bottom() <= asked.height()


def test_the_focus_stays_in_the_sheet(ground: Ground, qtbot: QtBot) -> None:
    outside = button()
    outside.setParent(ground)
    outside.show()
    asked = sheet()
    ground.scrim.open(asked)
    for _ in range(5):
        QTest.keyClick(ground.focusWidget() or asked, Qt.Key.Key_Tab)
        focus = ground.focusWidget()
        assert focus is asked or (focus is not None and asked.isAncestorOf(focus))
    del qtbot


def test_a_sheet_that_was_closed_moves_nothing(ground: Ground) -> None:
    """It is laid out once more before it is gone: the ground stays the window's, under the next one."""
    first, second = sheet("One?"), sheet("Two?")
    ground.scrim.open(first)
    first.close_sheet()
    ground.scrim.open(second)
    first.inside.resize(300, 200)
    QApplication.processEvents()
    assert ground.scrim.rect() == ground.rect()
    assert ground.rect().contains(second.geometry())
