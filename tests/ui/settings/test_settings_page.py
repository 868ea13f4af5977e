"""The page Settings, by what a person sees and presses. The engine of these tests keeps settings for real."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain.errors import KeyringLocked, SettingRefused
from app.domain.words import language, set_language
from app.jobs.diagnostics import Bundle, BundleFile
from app.launch.scheme import SchemeState, Standing
from app.settings.table import TABLE
from app.ui.context import Context
from app.ui.messages import ServerSeen, SettingsChanged
from app.ui.settings.bundle import BundleSheet
from app.ui.settings.controls import FolderControl, FolderListControl
from app.ui.settings.libraries import ConfirmSheet, LibrarySheet
from app.ui.settings.page import SettingsPage
from app.ui.settings.words import CHOICES, ELSEWHERE, FROM_NEXT_START, HELPS, LABELS, SECTIONS
from tests.ui.fakes import engine_of, press_and_hold, shell_of, show_in_window

HOME = "https://library.example"


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[SettingsPage]:
    def keep(key: str, text: str) -> None:
        context.settings.set(key, text)
        context.store.take([SettingsChanged((key,))])

    engine_of(context).answers["set_setting"] = keep
    context.settings.set("server.Huaying", HOME)
    context.settings.set("server.Second", "https://second.example")
    context.settings.set("server", "Huaying")
    context.store.take([ServerSeen(HOME, "Huaying", "Lin", signed_in=True)])
    made = SettingsPage(context)
    made.retranslate()
    window = show_in_window(qtbot, made)
    yield made
    window.hide()


def field(page: SettingsPage, key: str, kind: type[QWidget]) -> object:
    found: object = page.rows[key].control.findChild(kind)
    return found


def _is_among(control: FolderListControl, folder: Path) -> bool:
    return str(folder) in control.folders()


def show_section(page: SettingsPage, name: str) -> None:
    """Press the section's name."""
    next(made for section, made in page._sections if section.id == name).click()


def line(page: SettingsPage, key: str) -> QLineEdit:
    edit = field(page, key, QLineEdit)
    assert isinstance(edit, QLineEdit)
    return edit


# --- the table -------------------------------------------------------------------------------------------


def test_every_setting_has_its_place_and_its_words(page: SettingsPage) -> None:
    assert {*page.rows, *ELSEWHERE} == set(TABLE)
    placed = [key for section in SECTIONS for key in section.keys]
    assert len(placed) == len(set(placed))
    assert set(placed) <= set(TABLE)
    for key in page.rows:
        assert key in LABELS, f"{key} is shown by its key: give it a word"
    assert set(LABELS) <= {*TABLE}
    assert set(HELPS) <= {*TABLE}
    for key, setting in TABLE.items():
        if setting.choices and not isinstance(setting.default, bool) and key not in ELSEWHERE:
            assert {choice for of, choice in CHOICES if of == key} >= set(setting.choices), key


def test_every_control_shows_the_value_and_has_a_name(page: SettingsPage) -> None:
    for key, row in page.rows.items():
        inner = [
            one
            for kind in (QLineEdit, QCheckBox, QComboBox, QPlainTextEdit)
            for one in row.control.findChildren(kind)
        ]
        if not isinstance(row.control, FolderListControl):
            assert any(one.accessibleName() for one in inner), key
    assert line(page, "films_at_once").text() == "2"
    assert line(page, "token_headers").text() == "Token, HTTP_TOKEN"


# --- keeping ---------------------------------------------------------------------------------------------


def test_what_waits_for_the_next_start_says_so_and_nothing_else_does(page: SettingsPage) -> None:
    waits = {key for key, row in page.rows.items() if "next start" in row._help.text()}
    assert waits == FROM_NEXT_START
    assert {"keyring", "node.api", "user_path"} < waits
    assert not {"node.announce", "node.stall_seconds", "theme"} & waits
    assert "next start" in line(page, "user_path").accessibleDescription()


def test_what_is_written_is_kept_at_once_with_the_way_back(page: SettingsPage, qtbot: QtBot) -> None:
    row = page.rows["films_at_once"]
    edit = line(page, "films_at_once")
    show_section(page, "transfer")
    assert not row.reset.isVisibleTo(page)
    edit.setText("5")
    edit.editingFinished.emit()
    qtbot.waitUntil(lambda: page.context.settings.number("films_at_once") == 5)
    qtbot.waitUntil(lambda: row.reset.isVisibleTo(page))
    row.reset.click()
    qtbot.waitUntil(lambda: page.context.settings.number("films_at_once") == 2)
    qtbot.waitUntil(lambda: edit.text() == "2")
    assert not row.reset.isVisibleTo(page)


def test_what_does_not_fit_stands_beside_the_field(page: SettingsPage, qtbot: QtBot) -> None:
    row, edit = page.rows["films_at_once"], line(page, "films_at_once")
    show_section(page, "transfer")
    edit.setText("many")
    edit.editingFinished.emit()
    qtbot.waitUntil(lambda: row.error.isVisibleTo(page))
    assert row.error.text() == "it is no whole number"
    assert edit.text() == "many"
    assert shell_of(page.context).errors == []
    edit.setText("3")
    edit.editingFinished.emit()
    qtbot.waitUntil(lambda: not row.error.isVisibleTo(page))


def test_leaving_a_field_as_it_was_keeps_nothing(page: SettingsPage) -> None:
    line(page, "films_at_once").editingFinished.emit()
    assert engine_of(page.context).called("set_setting") == []


def test_choices_and_ticks(page: SettingsPage, qtbot: QtBot) -> None:
    box = field(page, "theme", QComboBox)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("dark"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: page.context.settings.text("theme") == "dark")

    tick = field(page, "notify.done", QCheckBox)
    assert isinstance(tick, QCheckBox)
    show_section(page, "notify")
    tick.click()
    qtbot.waitUntil(lambda: page.context.settings.flag("notify.done") is False)
    page.context.settings.set("notify.done", "on")
    page.context.store.take([SettingsChanged(("notify.done",))])
    assert tick.isChecked()


def takes_the_wheel(widget: QWidget) -> bool:
    """One step down over it, as a mouse tells it; what does not take it leaves it to the page."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_the_wheel_scrolls_the_page_and_changes_no_setting(page: SettingsPage) -> None:
    boxes = page.findChildren(QComboBox)
    assert {"keyring", "closing", "node.routing"} <= {key for key in page.rows if field(page, key, QComboBox)}
    for box in boxes:
        shown = box.currentText()
        box.setFocus()
        assert not takes_the_wheel(box)
        assert box.currentText() == shown
    assert engine_of(page.context).called("set_setting") == []


def test_the_language_offers_the_system_too(page: SettingsPage, qtbot: QtBot) -> None:
    box = field(page, "language", QComboBox)
    assert isinstance(box, QComboBox)
    assert [box.itemText(place) for place in range(box.count())] == [
        "Same as the system",
        "简体中文",
        "English",
    ]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    qtbot.waitUntil(lambda: page.context.settings.text("language") == "zh")
    set_language("zh")
    page.retranslate()
    assert language() == "zh"
    assert box.currentData() == "zh"


def test_folders(page: SettingsPage, qtbot: QtBot, tmp_path: Path) -> None:
    one = page.rows["output_dir"].control
    assert isinstance(one, FolderControl)
    one.field.chosen.emit(tmp_path / "films")
    qtbot.waitUntil(lambda: page.context.settings.text("output_dir") == str(tmp_path / "films"))

    many = page.rows["private_folders"].control
    assert isinstance(many, FolderListControl)
    for name in ("a, b", "c", "c"):
        many.take(str(tmp_path / name))
        qtbot.waitUntil(partial(_is_among, many, tmp_path / name))
    assert page.context.settings.items("private_folders") == (str(tmp_path / "a, b"), str(tmp_path / "c"))
    many.list.setCurrentRow(0)
    wanted: list[str] = []
    many.wanted.connect(wanted.append)
    press_and_hold(many.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: many.folders() == [str(tmp_path / "c")])
    assert wanted == [str(tmp_path / "c")]


def test_several_lines_are_kept_when_they_are_left(page: SettingsPage, qtbot: QtBot) -> None:
    peer = "12D3KooWPqKfB2DYqN3fyhxaRfsQeZoBSU78mzMgMX5HxTym3thm"
    edit = field(page, "node.names", QPlainTextEdit)
    assert isinstance(edit, QPlainTextEdit)
    edit.setPlainText(f"{peer} Post house")
    edit.left.emit()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: page.context.settings.items("node.names") == (f"{peer} Post house",))


# --- libraries -------------------------------------------------------------------------------------------


def test_libraries_say_who_is_signed_in_and_which_is_the_default(page: SettingsPage, qtbot: QtBot) -> None:
    first, second = page.libraries.cards
    assert first.account.text() == "Signed in as Lin"
    assert second.account.text() == "Not asked yet"
    assert not first.default.isVisibleTo(page)
    second.default.click()
    qtbot.waitUntil(lambda: page.context.settings.text("server") == "Second")
    assert first.default.isVisibleTo(page)
    page.context.store.take([ServerSeen(HOME, "Huaying")])
    assert first.account.text().startswith("Not signed in")
    assert not first.sign_out.isVisibleTo(page)


def test_a_library_is_added_and_an_error_stays_in_the_question(page: SettingsPage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    page.libraries.add.click()
    sheet = shell_of(page.context).sheets[-1]
    assert isinstance(sheet, LibrarySheet)
    qtbot.addWidget(sheet)
    closed: list[bool] = []
    sheet.closed.connect(lambda: closed.append(True))
    assert sheet.accept_button is not None
    assert not sheet.accept_button.isEnabled()
    sheet.address.setText("films.third.example")
    engine.answers["care.keep_library"] = SettingRefused(key="server.third", reason="no such host")
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: sheet.error.text() == "no such host")
    assert closed == []

    engine.answers["care.keep_library"] = None
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: closed == [True])
    assert engine.called("care.keep_library")[-1] == ("third", "https://films.third.example", "")


def test_signing_out_and_removing_ask_first(page: SettingsPage, qtbot: QtBot) -> None:
    engine, shell = engine_of(page.context), shell_of(page.context)
    first = page.libraries.cards[0]
    first.sign_out.click()
    first.remove.click()
    out, away = shell.sheets
    assert isinstance(out, ConfirmSheet)
    assert isinstance(away, ConfirmSheet)
    assert "Huaying" in out.title.text()
    assert out.accept_button is not None
    assert out.accept_button.text() == "Cancel"
    assert engine.called("sign_out") == engine.called("care.remove_library") == []
    out.yes.click()
    away.yes.click()
    qtbot.waitUntil(lambda: engine.called("sign_out") == [(HOME,)])
    qtbot.waitUntil(lambda: engine.called("care.remove_library") == [("Huaying",)])


def test_a_library_that_only_films_name_can_be_signed_out_of(page: SettingsPage, qtbot: QtBot) -> None:
    page.context.store.take([ServerSeen("https://old.example", "", "Lin", signed_in=True)])
    card = page.libraries.cards[-1]
    assert card.origin == "https://old.example"
    qtbot.waitUntil(lambda: card.sign_out.isVisibleTo(page))
    assert not card.remove.isVisibleTo(page)


# --- help ------------------------------------------------------------------------------------------------


def test_links_of_the_browser(page: SettingsPage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    engine.answers["care.link_state"] = SchemeState(Standing.OTHER, "Other: /usr/bin/other")
    engine.answers["care.register_link"] = SchemeState(Standing.REGISTERED, "/usr/bin/reelkey")
    show_section(page, "advanced")
    qtbot.waitUntil(lambda: "/usr/bin/other" in page.link.state.text())
    assert page.link.register.isVisibleTo(page)
    page.link.register.click()
    qtbot.waitUntil(lambda: "this Reelkey" in page.link.state.text())
    assert page.link.unregister.isVisibleTo(page)
    assert not page.link.register.isVisibleTo(page)


def test_the_bundle_is_shown_before_it_is_kept(page: SettingsPage, qtbot: QtBot, tmp_path: Path) -> None:
    engine = engine_of(page.context)
    files = (BundleFile("README.txt", "What it is", "hello"), BundleFile("log.txt", "The log", "<b>line</b>"))
    bundle = Bundle(files, time.time())
    engine.answers["care.bundle"] = bundle
    page.bundle.gather.click()
    assert page.bundle.gather.text() == "Collecting…"
    qtbot.waitUntil(lambda: len(shell_of(page.context).sheets) == 1)
    sheet = shell_of(page.context).sheets[0]
    assert isinstance(sheet, BundleSheet)
    assert sheet.text.toPlainText() == "hello"
    sheet.names.setCurrentRow(1)
    assert sheet.text.toPlainText() == "<b>line</b>"
    sheet.keep(tmp_path / "bundle.zip")
    qtbot.waitUntil(lambda: page.bundle.note.text() == "Saved as bundle.zip")
    assert engine.called("care.write_bundle") == [(bundle, tmp_path / "bundle.zip")]


def test_a_bundle_that_can_not_be_gathered_says_why(page: SettingsPage, qtbot: QtBot) -> None:
    engine_of(page.context).answers["care.bundle"] = KeyringLocked(reason="locked")
    page.bundle.gather.click()
    qtbot.waitUntil(lambda: len(shell_of(page.context).errors) == 1)
    assert page.bundle.gather.isEnabled()
