"""The bell in a film's row: where there is one, pressed by mouse and key, clear of what stands beside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.ui.context import Context
from app.ui.films import ink
from app.ui.films.forms import Form, slots
from app.ui.films.page import FilmsPage
from app.ui.films.values import Act, Button
from app.ui.messages import SettingsChanged
from tests.ui.films.touch import asked, centre_of, click

WAITS, SENDS, HERE = 6, 3, 5  # films of the page


def choose(context: Context, text: str) -> None:
    context.settings.set("notify.films", text)
    context.store.take([SettingsChanged(("notify.films",))])


def test_a_film_that_waits_for_another_person_has_a_bell(page: FilmsPage) -> None:
    assert page.model.card(WAITS).bell is True
    assert page.model.card(WAITS).sentence.endswith("You are notified.")
    assert page.model.card(SENDS).bell is None, "it goes by the settings"
    assert "notified" not in page.model.card(SENDS).sentence


@pytest.mark.parametrize(("chosen", "rings"), [("on", True), ("off", False)])
def test_a_film_with_a_choice_of_its_own_shows_it(
    page: FilmsPage, context: Context, chosen: str, rings: bool
) -> None:
    choose(context, f"u{SENDS} {chosen}\nu{HERE} {chosen}")
    assert page.model.card(SENDS).bell is rings
    assert page.model.card(HERE).bell is None, "nothing more comes of a film that is here"


def test_the_bell_is_pressed(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    click(qtbot, page, WAITS, "bell")
    asked(qtbot, context, "set_setting", "notify.films", f"d{WAITS} off")
    choose(context, f"d{WAITS} off")
    assert page.model.card(WAITS).bell is False
    click(qtbot, page, WAITS, "bell")
    asked(qtbot, context, "set_setting", "notify.films", f"d{WAITS} on")


def test_b_rings_and_mutes(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    page.select(SENDS)
    QTest.keyClick(page.view, Qt.Key.Key_B)
    asked(qtbot, context, "set_setting", "notify.films", f"u{SENDS} off")
    choose(context, f"u{SENDS} off")
    QTest.keyClick(page.view, Qt.Key.Key_B)
    asked(qtbot, context, "set_setting", "notify.films", f"u{SENDS} on")
    page.select(HERE)
    QTest.keyClick(page.view, Qt.Key.Key_B)
    assert page.model.card(HERE).bell is None


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_its_tip_says_what_pressing_does(page: FilmsPage, context: Context) -> None:
    def tip() -> str:
        where = centre_of(page, WAITS, "bell")
        at = page.view.viewport().mapToGlobal(where)
        QApplication.sendEvent(page.view.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, where, at))
        return QToolTip.text().lstrip("\u200b")

    assert tip() == "Don't notify about this film"
    choose(context, f"d{WAITS} off")
    assert tip() == "Notify about this film"


@pytest.mark.parametrize("width", [1228, 1000, 904, 664, 320])
@pytest.mark.parametrize("number", [WAITS, SENDS])
def test_it_keeps_clear_in_every_form(page: FilmsPage, context: Context, width: int, number: int) -> None:
    choose(context, f"u{SENDS} off")
    page.resize(width, 700)
    row = page.model.row_of(number)
    assert row is not None
    rect, card, painting = page.view.row_rect(row), page.model.card(number), page.view.painting
    bell, place = painting.bell_rect(card, rect), slots(painting.form, rect)
    assert bell.width() >= 30 and bell.height() >= 30
    assert not bell.intersects(painting.main_rect(card, rect)) and not bell.intersects(place.more)
    drawn = bell.left() + (bell.width() - 16) // 2
    assert place.stage.right() < drawn
    if place.time.width():
        shown = painting.time_rect(place.time, card, rect)
        assert shown.right() + 8 < drawn
        assert ink.width_of(card.way.time, 13, ink.MEDIUM) <= shown.width()
    assert painting.hit(card, rect, bell.center()) is (Act.MUTE if card.bell else Act.RING)
    wide = replace(card, way=replace(card.way, main=Button(Act.LOOK, "Look for the block elsewhere…")))
    if place.time.width() and painting.form is not Form.BESIDE:
        assert painting.time_rect(place.time, wide, rect).right() < painting.bell_rect(wide, rect).left()
    none = replace(card, bell=None)
    assert painting.hit(none, rect, bell.center()) not in (Act.MUTE, Act.RING)


def test_beside_the_pane_there_is_none(page: FilmsPage) -> None:
    page.panes.open(WAITS)
    assert page.view.painting.form is Form.BESIDE
    row = page.model.row_of(WAITS)
    assert row is not None
    rect, card = page.view.row_rect(row), page.model.card(WAITS)
    assert not page.view.painting.bell_rect(card, rect).isValid()
    assert page.view.painting.time_rect(QRect(0, 0, 9, 9), card, rect) == QRect(0, 0, 9, 9)


def test_times_stay_in_one_column(page: FilmsPage) -> None:
    """A bell beside its button takes no room of the time's in a usual window."""
    page.resize(1228, 700)
    assert page.view.painting.form is Form.WIDE
    row = page.model.row_of(WAITS)
    assert row is not None
    rect, card = page.view.row_rect(row), page.model.card(WAITS)
    time = slots(Form.WIDE, rect).time
    assert page.view.painting.time_rect(time, card, rect) == time
