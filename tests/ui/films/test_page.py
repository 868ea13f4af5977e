"""The page as people use it: mouse, keys, menu, search, details; pictures of rows at several widths."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolTip
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.domain.progress import Progress
from app.journal import Run
from app.ui.context import Context
from app.ui.films.forms import Form
from app.ui.films.page import FilmsPage
from app.ui.films.questions import QuestionSheet
from app.ui.films.values import Act
from app.ui.messages import RowsChanged, SettingsChanged
from tests.ui.fakes import engine_of, press_and_hold, shell_of
from tests.ui.films.makers import FULL, GB, a_release, sent
from tests.ui.films.test_model import numbered, shown
from tests.ui.films.touch import asked, centre_of, click, form_of

# Without a screen a menu or a tip can neither be raised nor take the keyboard.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

NOW = time.time()
SERVER = "https://library.example"


def the_menu(page: FilmsPage) -> QMenu:
    return next(menu for menu in page.findChildren(QMenu) if menu.isVisible())


def entry(menu: QMenu, words: str) -> Callable[[], None]:
    return next(action.trigger for action in menu.actions() if action.text() == words)


# --- the mouse -------------------------------------------------------------------------------------------


def test_the_main_button_does_it(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    click(qtbot, page, 3, "main")
    asked(qtbot, context, "pause", 3)
    click(qtbot, page, 4, "main")
    asked(qtbot, context, "resume", 4)
    click(qtbot, page, 1, "main")
    assert shell_of(context).pages == ["blocks"]


def test_a_button_counts_where_it_was_pressed_and_let_go(
    qtbot: QtBot, page: FilmsPage, context: Context
) -> None:
    view, left = page.view.viewport(), Qt.MouseButton.LeftButton
    for begin, end in (("main", "name"), ("name", "main")):
        QTest.mousePress(view, left, pos=centre_of(page, 3, begin))
        QTest.mouseRelease(view, left, pos=centre_of(page, 3, end))
    qtbot.wait(50)
    assert engine_of(context).called("pause") == []
    assert page.view.current_number() == 3


@pytest.mark.parametrize("width", [1228, 1000, 904, 664])
def test_every_button_can_be_hit_at_thirty_pixels(page: FilmsPage, width: int) -> None:
    page.resize(width, 800)
    for number in (1, 2, 3, 4, 5, 6):
        row = page.model.row_of(number)
        assert row is not None
        rect = page.view.row_rect(row)
        main = page.view.painting.main_rect(page.model.card(number), rect)
        assert main.width() >= 30 and main.height() >= 30
        assert rect.contains(main)
        assert not main.contains(centre_of(page, number, "more"))


def test_the_menu_is_the_same_by_button_and_by_key(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    click(qtbot, page, 3, "more")
    words = [action.text() for action in the_menu(page).actions() if action.text()]
    assert words == ["Pause", "Details", "Don't notify about this film", "Move…", "Cancel film…"]
    entry(the_menu(page), "Pause")()
    the_menu(page).close()
    asked(qtbot, context, "pause", 3)


def test_the_whole_name_is_the_tip_and_never_markup(page: FilmsPage, context: Context) -> None:
    name = "<b>bold</b> " + "long " * 40 + ".mov"
    context.store.take([RowsChanged((replace(numbered(9, sent()), source_name=name),))])
    where = centre_of(page, 9, "name")
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, page.view.viewport().mapToGlobal(where))
    QApplication.sendEvent(page.view.viewport(), event)
    assert name in QToolTip.text()
    assert QToolTip.text().startswith("\u200b")  # Qt takes a text for markup by how it begins
    QToolTip.hideText()


# --- keys ------------------------------------------------------------------------------------------------


def test_keys_act_on_the_row_with_the_cursor(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    page.select(3)
    QTest.keyClick(page.view, Qt.Key.Key_P)
    asked(qtbot, context, "pause", 3)
    page.select(4)
    QTest.keyClick(page.view, Qt.Key.Key_P)
    asked(qtbot, context, "resume", 4)
    page.select(2)
    QTest.keyClick(page.view, Qt.Key.Key_R)
    asked(qtbot, context, "resume", 2)
    page.select(5)
    QTest.keyClick(page.view, Qt.Key.Key_C)
    assert QGuiApplication.clipboard().text() == "bafyA"
    page.select(1)
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert shell_of(context).pages == ["blocks"]


def test_a_key_that_is_held_cancels_one_film(page: FilmsPage, context: Context) -> None:
    page.select(3)
    press_and_hold(page.view, Qt.Key.Key_Delete)
    assert len(shell_of(context).sheets) == 1


def test_arrows_home_end_and_folding(qtbot: QtBot, page: FilmsPage) -> None:
    view = page.view
    page.select(1)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.current_number() == 2
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert page.model.is_folded("next:NEEDS_YOU") and view.currentIndex().row() == 0
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert not page.model.is_folded("next:NEEDS_YOU")
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == page.model.rowCount() - 1
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert page.model.is_folded("next:NEEDS_YOU")


def test_typing_finds_a_name(qtbot: QtBot, page: FilmsPage) -> None:
    page.select(1)
    QTest.keyClicks(page.view, "film 4")
    assert page.view.current_number() == 4


def test_the_menu_key_opens_the_menu(qtbot: QtBot, page: FilmsPage) -> None:
    page.select(3)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    QApplication.sendEvent(page.view.viewport(), event)
    menu = the_menu(page)
    assert menu.actions()
    menu.close()


# --- questions -------------------------------------------------------------------------------------------


def last_question(context: Context) -> QuestionSheet:
    sheet = shell_of(context).sheets[-1]
    assert isinstance(sheet, QuestionSheet)
    return sheet


def test_a_cancel_says_what_stays_and_goes_and_the_way_back_has_the_focus(
    qtbot: QtBot, page: FilmsPage, context: Context
) -> None:
    page.select(3)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    sheet = last_question(context)
    assert sheet.title.text() == "Cancel sending Film 3.mov?"
    assert "stays where it is" in sheet.stays.text() and "is removed" in sheet.goes.text()
    assert sheet.accept_button is sheet.no
    assert engine_of(context).called("cancel") == []
    sheet.yes.click()
    asked(qtbot, context, "cancel", 3)


def test_room_is_freed_after_a_question_only(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    engine_of(context).answers["free"] = 3 * GB
    page.acting.do(5, Act.FREE)
    assert engine_of(context).called("free") == []
    last_question(context).yes.click()
    asked(qtbot, context, "free", [5])


@pytest.mark.parametrize(("number", "what_goes"), [(5, "sealed copy"), (2, "so far")])
def test_films_are_removed_after_a_question_that_says_what_goes(
    qtbot: QtBot, page: FilmsPage, context: Context, number: int, what_goes: str
) -> None:
    page.acting.do(number, Act.REMOVE)
    assert engine_of(context).called("forget") == []
    assert what_goes in last_question(context).goes.text()
    last_question(context).yes.click()
    asked(qtbot, context, "forget", number)


def test_what_cannot_be_done_now_does_nothing(page: FilmsPage, context: Context) -> None:
    page.acting.do(3, Act.RECEIPT)
    page.acting.do(99, Act.PAUSE)
    assert shell_of(context).sheets == []
    page.acting.do(5, Act.CANCEL)  # Del on a finished film means: off the list
    assert "Remove" in last_question(context).title.text()


def test_a_reminder_names_the_film_and_the_wait_and_nothing_secret(page: FilmsPage) -> None:
    page.acting.do(6, Act.REMIND)
    text = QGuiApplication.clipboard().text()
    assert text == (
        "Film 6.mov is here, sealed, and has been waiting 2 h 0 min for your release."
        " Please open Reelkey and release its private block."
    )


def test_a_release_is_paused_in_its_films_row(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    context.store.take([RowsChanged((a_release(31, source_id=5),))])
    page.select(1)
    QTest.keyClick(page.view, Qt.Key.Key_P)
    asked(qtbot, context, "pause", 31)


def test_the_log_beside_a_film_is_its_own(page: FilmsPage, context: Context) -> None:
    page.select(3)
    page.panes.open(3)
    page.details._log.click()
    assert shell_of(context).logs == [3]


def test_a_release_that_stopped_is_called_off_in_its_films_row(
    qtbot: QtBot, page: FilmsPage, context: Context
) -> None:
    failed = a_release(31, source_id=5, run=Run.FAILED, error=FULL.record())
    context.store.take([RowsChanged((failed,))])
    page.select(1)
    page.panes.open(1)
    assert page.details._cancel.text() == "Cancel release…"
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    assert last_question(context).title.text() == "Cancel the release of Film 1.mov?"
    assert last_question(context).yes.text() == "Cancel release"
    last_question(context).yes.click()
    asked(qtbot, context, "cancel", 31)


# --- search, filter, nothing -----------------------------------------------------------------------------


def test_a_search_that_finds_nothing_says_so_and_clears(qtbot: QtBot, page: FilmsPage) -> None:
    page.focus_search()
    page.header.search.setText("zzz")
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.no_match)
    page._clear.click()
    assert page.stack.currentWidget() is page._table
    assert len(shown(page.model)) > 5


def test_a_page_that_goes_with_the_focus_in_its_search_is_asked_nothing_more(
    qtbot: QtBot, context: Context
) -> None:
    made = FilmsPage(context)
    made.header.search.blurred.emit()
    delete(made)
    qtbot.wait(1)  # what is still to be done in the loop fails the test if it meets what is gone


def test_select_lifts_what_hides_a_film(qtbot: QtBot, page: FilmsPage) -> None:
    page.header.search.setText("film 5")
    qtbot.waitUntil(lambda: 3 not in shown(page.model))
    page.select(3)
    assert page.view.current_number() == 3
    assert page.header.search.text() == ""


def test_without_films_the_page_says_how_one_comes(qtbot: QtBot, context: Context) -> None:
    made = FilmsPage(context)
    qtbot.addWidget(made)
    made.retranslate()
    assert made.stack.currentWidget() is made.none
    context.store.take([RowsChanged((sent(),))])
    assert made.stack.currentWidget() is made._table
    context.store.take([RowsChanged((), (1,))])
    assert made.stack.currentWidget() is made.none


def test_folders_that_are_dropped_are_sent(page: FilmsPage, context: Context, tmp_path: Path) -> None:
    assert page.take_drop([tmp_path])
    assert shell_of(context).sent == [[tmp_path]]


# --- details ---------------------------------------------------------------------------------------------


def test_space_opens_details_and_escape_closes_them(qtbot: QtBot, page: FilmsPage) -> None:
    page.select(3)
    QTest.keyClick(page.view, Qt.Key.Key_Space)
    assert page.details.isVisible() and page.details.number == 3
    assert form_of(page) is Form.BESIDE
    page.select(4)
    assert page.details.number == 4
    QTest.keyClick(page.view, Qt.Key.Key_Escape)
    assert not page.details.isVisible()
    assert form_of(page) is Form.WIDE
    click(qtbot, page, 3, "poster")
    assert page.details.isVisible()


def test_the_pane_lies_over_the_list_where_there_is_no_room(page: FilmsPage) -> None:
    page.resize(904, 600)
    page.panes.open(3)
    assert page.panes.left.width() == 904
    assert page.details.geometry().right() == 903
    page.resize(1228, 600)
    assert page.panes.left.geometry().right() < page.details.geometry().left()


def test_the_list_has_the_focus_again_when_the_pane_that_had_it_is_closed(
    page: FilmsPage, qtbot: QtBot
) -> None:
    page.panes.open(3)
    page.details._close.setFocus()
    qtbot.waitUntil(page.details._close.hasFocus)
    page.details._close.click()
    assert not page.details.isVisible()
    assert page.view.hasFocus()


def test_the_pane_shows_the_error_with_the_button_that_mends_it(
    qtbot: QtBot, page: FilmsPage, context: Context
) -> None:
    context.store.live[2].best["fetch"] = Progress("fetch", 128 * GB, 200 * GB)
    page.panes.open(2)
    assert page.details._error.isVisible()
    assert page.details._mend.text() == "Move…"
    said = [label.text() for label in page.details._error.findChildren(QLabel)]
    assert {FULL.title, FULL.message, FULL.hint} <= set(said)
    qtbot.waitUntil(lambda: engine_of(context).called("story") == [(2,)])
    page.panes.open(3)
    assert not page.details._error.isVisible()


def test_a_film_that_is_forgotten_takes_its_pane_with_it(page: FilmsPage, context: Context) -> None:
    page.panes.open(5)
    context.store.take([RowsChanged((), (5,))])
    assert not page.details.isVisible()


def test_what_the_library_says_is_plain_text(page: FilmsPage, context: Context) -> None:
    context.store.live[3].said = "<img src=x> hello"
    page.panes.open(3)
    assert page.details._said.text() == "The library says: <img src=x> hello"
    assert page.details._said.textFormat() is Qt.TextFormat.PlainText


def test_the_details_stay_as_wide_as_they_were_drawn(
    page: FilmsPage, context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    file = str(tmp_path / "window.ini")
    page.panes.open(3)
    page.panes.draw_to(page.width() - 470)
    page.remember(QSettings(file, QSettings.Format.IniFormat))
    later = FilmsPage(context)
    qtbot.addWidget(later)
    later.resize(1228, 800)
    later.show()
    later.recall(QSettings(file, QSettings.Format.IniFormat))
    later.panes.open(3)
    assert later.details.width() == 470
    for nonsense in ("wide", "-3", "9" * 40, "0"):
        kept = QSettings(file, QSettings.Format.IniFormat)
        kept.setValue("films/details", nonsense)
        later.recall(kept)
    assert later.details.width() == 320


def test_a_film_is_muted_by_its_menu_and_says_so(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    assert Act.MUTE in page.model.card(3).menu
    page.acting.do(3, Act.MUTE)
    asked(qtbot, context, "set_setting", "notify.films", "u3 off")
    context.settings.set("notify.films", "u3 off")
    context.store.take([SettingsChanged(("notify.films",))])
    card = page.model.card(3)
    assert card.bell is False and card.sentence.endswith("Muted.")
    assert Act.RING in card.menu
    assert Act.MUTE in page.model.card(6).menu, "others are told of as before"
    assert not {Act.MUTE, Act.RING} & set(page.model.card(5).menu), (
        "nothing more comes of a film that is here"
    )
