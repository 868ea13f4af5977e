"""The segmented control by mouse, by keys and for ears."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.widgets.segments import Segments
from tests.ui.fakes import show_in_window


class Seen:
    """A control in a window, and what it told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.segments = Segments(("all", "some", "none"))
        for choice in self.segments.buttons:
            self.segments.set_words(choice, str(choice).title())
        self.chosen: list[object] = []
        self.segments.chosen.connect(self.chosen.append)
        self.window = show_in_window(qtbot, self.segments)

    @property
    def holding(self) -> list[object]:
        return [choice for choice, one in self.segments.buttons.items() if one.isChecked()]


@pytest.fixture
def seen(qtbot: QtBot) -> Seen:
    return Seen(qtbot)


def test_one_holds_and_a_click_is_told(seen: Seen) -> None:
    assert seen.holding == ["all"]
    QTest.mouseClick(seen.segments.buttons["none"], Qt.MouseButton.LeftButton)
    assert (seen.holding, seen.chosen) == (["none"], ["none"])
    seen.segments.check("some")
    assert (seen.holding, seen.chosen) == (["some"], ["none"]), "only what a person chose is told"


def test_arrow_keys_go_from_one_to_the_next(seen: Seen, qtbot: QtBot) -> None:
    buttons = seen.segments.buttons
    buttons["all"].setFocus()
    qtbot.waitUntil(buttons["all"].hasFocus)
    QTest.keyClick(buttons["all"], Qt.Key.Key_Right)
    assert (seen.holding, seen.chosen) == (["some"], ["some"])
    assert buttons["some"].hasFocus()
    QTest.keyClick(buttons["some"], Qt.Key.Key_Left)
    assert (seen.holding, seen.chosen) == (["all"], ["some", "all"])


def test_it_says_its_words_to_ears(seen: Seen) -> None:
    spoken = QAccessible.queryAccessibleInterface(seen.segments.buttons["some"])
    assert spoken.text(QAccessible.Text.Name) == "Some"
    assert spoken.state().checkable and not spoken.state().checked
