"""Where things are on the page, to be pressed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.context import Context
from app.ui.films.forms import Form, slots
from app.ui.films.page import FilmsPage
from tests.ui.fakes import engine_of


def centre_of(page: FilmsPage, number: int, part: str) -> QPoint:
    """The middle of a row's button: ``main``, ``bell``, ``more``, ``poster`` or ``name``."""
    row = page.model.row_of(number)
    assert row is not None
    rect = page.view.row_rect(row)
    place = slots(page.view.painting.form, rect)
    rects = {
        "main": page.view.painting.main_rect(page.model.card(number), rect),
        "bell": page.view.painting.bell_rect(page.model.card(number), rect),
        "more": place.more,
        "poster": place.poster,
        "name": place.name,
    }
    return rects[part].center()


def form_of(page: FilmsPage) -> Form:
    return page.view.painting.form


def click(qtbot: QtBot, page: FilmsPage, number: int, part: str) -> None:
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(page, number, part))


def asked(qtbot: QtBot, context: Context, name: str, *args: object) -> None:
    qtbot.waitUntil(lambda: args in engine_of(context).called(name), timeout=2000)
