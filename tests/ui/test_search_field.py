"""The field to search in, as the pages have it: what is told and when, and the keys that leave it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.widgets.search import SearchField
from tests.ui.fakes import show_in_window

# Longer than any test: what is told was told for another reason than that the moment went by.
_LONG = 3_600_000


class Seen:
    """A field in a window, and what it told."""

    def __init__(self, qtbot: QtBot, wait: int) -> None:
        self.field = SearchField(wait)
        self.told: list[str] = []
        self.field.searched.connect(self.told.append)
        self.field.left.connect(lambda: self.told.append("left"))
        self.window = show_in_window(qtbot, self.field)


def test_what_is_typed_is_told_a_moment_later_and_as_one(qtbot: QtBot) -> None:
    seen = Seen(qtbot, 20)
    QTest.keyClicks(seen.field, "night")
    assert seen.told == []
    qtbot.waitUntil(lambda: seen.told == ["night"])


def test_without_a_moment_each_key_is_told(qtbot: QtBot) -> None:
    seen = Seen(qtbot, 0)
    QTest.keyClicks(seen.field, "ni")
    assert seen.told == ["n", "ni"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_who_goes_on_to_the_list_waits_for_no_moment(qtbot: QtBot, key: Qt.Key) -> None:
    seen = Seen(qtbot, _LONG)
    QTest.keyClicks(seen.field, "night")
    QTest.keyClick(seen.field, key)
    assert seen.told == ["night", "left"]


def test_escape_empties_it_and_goes_back_to_the_list(qtbot: QtBot) -> None:
    seen = Seen(qtbot, _LONG)
    QTest.keyClicks(seen.field, "night")
    QTest.keyClick(seen.field, Qt.Key.Key_Escape)
    assert (seen.field.text(), seen.told) == ("", ["", "left"])


@pytest.mark.parametrize("wait", [0, _LONG])
def test_what_is_searched_for_already_is_shown_and_not_told(qtbot: QtBot, wait: int) -> None:
    seen = Seen(qtbot, wait)
    seen.field.show_text("night")
    assert (seen.field.text(), seen.told, seen.field._wait.isActive()) == ("night", [], False)
