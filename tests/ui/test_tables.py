"""Tables: the arrow clear of its column's name, and a ring for those alone who came by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.journal import Run
from app.ui import theme
from app.ui.context import Context
from app.ui.history.page import HistoryPage
from app.ui.history.table import SIZE, WHEN
from app.ui.messages import RowsChanged
from app.ui.widgets.tables import places
from tests.ui.fakes import make_row, show_in_window

ROOM = QRect(500, 0, 78, 28)


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[HistoryPage]:
    context.store.take(
        [RowsChanged((make_row(1, run=Run.DONE, cid="bafy"), make_row(2, run=Run.DONE, cid="bafy")))]
    )
    made = HistoryPage(context)
    made.retranslate()
    window = show_in_window(qtbot, made)
    yield made
    window.hide()


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("wide", [24, 60, 200])
def test_the_arrow_never_lies_on_the_name_nor_outside(wide: int, right: bool) -> None:
    text, arrow = places(ROOM, wide, right=right)
    assert not text.intersects(arrow)
    assert ROOM.contains(text)
    assert ROOM.contains(arrow)


def _left_ink(picture: QImage, room: QRect, ground: str) -> int:
    """The first column of pixels in `room` that is not ground."""
    for x in range(room.left(), room.right()):
        if any(picture.pixelColor(x, y) != QColor(ground) for y in range(room.top(), room.bottom())):
            return x
    raise AssertionError("nothing is drawn there")


def test_a_columns_name_stands_over_its_texts(page: HistoryPage) -> None:
    view, header = page.view, page.view.horizontalHeader()
    view.setCurrentIndex(page.model.index(1, WHEN))
    left = header.sectionViewportPosition(WHEN)
    surface = theme.current().surface
    name = _left_ink(header.viewport().grab().toImage(), QRect(left, 4, 150, 18), surface)
    cell = view.visualRect(page.model.index(0, WHEN)).adjusted(0, 4, 0, -4)
    text = _left_ink(view.viewport().grab().toImage(), cell, surface)
    assert abs(name - text) <= 1  # letters differ in the white at their left


def _ring_corner(page: HistoryPage) -> str:
    rect = page.view.visualRect(page.view.currentIndex())
    return page.view.viewport().grab().toImage().pixelColor(rect.left() + 1, rect.center().y()).name()


def test_the_ring_comes_with_the_keys_and_goes_with_the_mouse(page: HistoryPage, qtbot: QtBot) -> None:
    window: QWidget = page.window()
    window.activateWindow()
    page.shown()
    qtbot.waitUntil(page.view.hasFocus)
    accent = QColor(theme.current().accent).name()
    assert _ring_corner(page) != accent
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    assert _ring_corner(page) == accent
    assert page.view.number() is not None
    end = page.view.viewport().grab().toImage()
    row = page.view.visualRect(page.view.currentIndex())
    assert end.pixelColor(end.width() - 1, row.center().y()).name() == accent, "the ring is around the row"
    place = page.view.visualRect(page.model.index(0, SIZE)).center()
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert _ring_corner(page) != accent


def test_a_button_that_is_clicked_takes_no_focus(page: HistoryPage, qtbot: QtBot) -> None:
    page.window().activateWindow()
    page.shown()
    qtbot.waitUntil(page.view.hasFocus)
    assert page.cid.isEnabled()
    QTest.mouseClick(page.cid, Qt.MouseButton.LeftButton)
    assert page.note.text() == "CID copied"
    assert page.view.hasFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Tab)
    assert not page.view.hasFocus(), "Tab still reaches the buttons"
