"""Questions for receiving and signing in, a pasted link, and closing the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import LinkFieldRefused, SignInNotKept, TargetUnwritable
from app.domain.status import TaskKind
from app.ui.closing import ClosingSheet
from app.ui.confirm.download import DownloadSheet
from app.ui.confirm.not_kept import NotKeptSheet
from app.ui.confirm.sheets import sheet_for
from app.ui.confirm.sign_in import SignInSheet
from app.ui.context import Context
from app.ui.messages import Account, Begun, DueChanged, DueTask, Request, Room, RowsChanged
from app.ui.paste import PasteSheet, paste_link
from app.ui.sheet import Scrim, Sheet
from tests.ui.fakes import engine_of, make_row, shell_of

ORIGIN = "https://films.example"
Show = Callable[[Sheet], None]


@pytest.fixture
def show(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Puts a sheet over a window."""
    monkeypatch.setattr("app.ui.sheet._ENTER_AFTER_MS", 50)
    engine = engine_of(context)
    engine.answers["requests.account"] = Account("Lin", "first")
    engine.answers["requests.accept_sign_in"] = Begun()
    engine.answers["requests.room"] = lambda path, _=None: Room(str(path), 10**12)
    window = QWidget()
    window.resize(960, 600)
    qtbot.addWidget(window)
    scrim = Scrim(window)
    window.show()
    yield scrim.open


def test_a_film_is_received_after_the_yes(qtbot: QtBot, context: Context, show: Show) -> None:
    engine = engine_of(context)
    engine.answers["requests.accept_download"] = Begun((make_row(9, kind=TaskKind.DOWNLOAD),))
    sheet = sheet_for(context, Request(5, "download", ORIGIN, source_id=456))
    assert isinstance(sheet, DownloadSheet)
    show(sheet)
    assert sheet.title.text() == "Receive film number 456?"
    assert "456" not in sheet.subtitle.text()
    qtbot.waitUntil(lambda: sheet.folder.remark.text() == "1.00 TB free on that disk")
    qtbot.waitUntil(sheet.yes.isEnabled)
    assert not engine.called("requests.accept_download")
    folder = sheet.folder.folder
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.over)
    assert engine.called("requests.accept_download") == [(5, folder)]
    assert engine.called("set_setting") == [("output_dir", str(folder))]
    assert shell_of(context).films == [9]


def test_a_film_that_is_known_here_is_named(context: Context) -> None:
    row = make_row(
        2, kind=TaskKind.DOWNLOAD, server=ORIGIN, source_id=456, source_name="Ending.mov", size=10**9
    )
    context.store.take([RowsChanged((row,))])
    sheet = sheet_for(context, Request(5, "download", ORIGIN, source_id=456))
    assert sheet.title.text() == "Receive “Ending.mov”?"
    assert "film number 456, 1.0 GB." in sheet.subtitle.text()
    assert sheet.yes.text() == "Receive 1 film · 1.0 GB"
    sheet.close_sheet()
    sheet.deleteLater()


def test_a_film_that_buyers_wait_for_is_named_too(context: Context) -> None:
    task = DueTask(ORIGIN, 7, 456, 233, "Ending.mov", "Long River", "bafy", 1, "")
    context.store.take([DueChanged(ORIGIN, (task,))])
    sheet = sheet_for(context, Request(5, "download", ORIGIN, source_id=456))
    assert sheet.title.text() == "Receive “Ending.mov”?"
    assert sheet.yes.text() == "Receive 1 film", "what waits is the size of its block, not the film's"
    sheet.close_sheet()
    sheet.deleteLater()


def test_a_disk_that_the_film_does_not_fit_on_is_warned_of(
    qtbot: QtBot, context: Context, show: Show
) -> None:
    row = make_row(2, kind=TaskKind.DOWNLOAD, server=ORIGIN, source_id=456, size=2 * 10**12)
    context.store.take([RowsChanged((row,))])
    sheet = sheet_for(context, Request(5, "download", ORIGIN, source_id=456))
    assert isinstance(sheet, DownloadSheet)
    show(sheet)
    qtbot.waitUntil(lambda: sheet.folder.remark.warns)
    assert sheet.folder.remark.text() == "1.00 TB free on that disk; the film needs 2.00 TB"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (ORIGIN, "films.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000 · test address on this computer"),
    ],
)
def test_a_library_on_this_computer_is_called_a_test(
    qtbot: QtBot, context: Context, origin: str, said: str
) -> None:
    sheet = sheet_for(context, Request(5, "download", origin, "Huaying", source_id=456))
    qtbot.addWidget(sheet)
    assert sheet.head._host.text().replace("\u200b", "") == said
    assert sheet.head._shield._tone == ("done" if origin == ORIGIN else "text2")


def test_a_folder_that_cannot_be_written_keeps_the_question_open(
    qtbot: QtBot, context: Context, show: Show
) -> None:
    engine_of(context).answers["requests.accept_download"] = TargetUnwritable(path="/x", reason="")
    sheet = sheet_for(context, Request(5, "download", ORIGIN, source_id=1))
    show(sheet)
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()
    qtbot.waitUntil(lambda: not sheet.error.isHidden())
    assert not sheet.over


def test_a_private_link_keeps_the_sign_in_and_releases_nothing(
    qtbot: QtBot, context: Context, show: Show
) -> None:
    sheet = sheet_for(context, Request(6, "private", ORIGIN))
    assert isinstance(sheet, SignInSheet)
    show(sheet)
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.over)
    engine = engine_of(context)
    assert engine.called("requests.accept_sign_in") == [(6,)]
    assert not engine.called("requests.release")
    assert shell_of(context).pages == ["blocks"]


def test_a_sign_in_that_no_keyring_took_is_told_and_can_be_kept_after_all(
    qtbot: QtBot, context: Context, show: Show
) -> None:
    engine = engine_of(context)
    locked = SignInNotKept(reason="it is locked")
    engine.answers["requests.accept_sign_in"] = Begun(not_kept=locked)
    sheet = sheet_for(context, Request(6, "private", ORIGIN))
    show(sheet)
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()
    qtbot.waitUntil(lambda: len(shell_of(context).sheets) == 1)
    told = shell_of(context).sheets[0]
    assert isinstance(told, NotKeptSheet)
    retry = told.retry
    assert retry is not None
    show(told)
    assert (told.title.text(), told._message.text()) == (
        "The keyring is not available", "Sign-in lasts until you quit: it is locked"
    )  # fmt: skip
    assert retry.text() == "Retry"
    engine.answers["requests.keep_sign_in"] = SignInNotKept(reason="it does not answer")
    retry.click()
    assert not retry.isEnabled()
    qtbot.waitUntil(lambda: "does not answer" in told._message.text() and retry.isEnabled())
    engine.answers["requests.keep_sign_in"] = None
    with qtbot.waitSignal(told.closed):
        retry.click()
    assert engine.called("requests.keep_sign_in") == [(ORIGIN,)] * 2
    assert shell_of(context).errors == []


# --- paste -------------------------------------------------------------------------------------------


def test_a_link_in_the_clipboard_is_taken(context: Context) -> None:
    QGuiApplication.clipboard().setText("  reelkey://private?v=1&token=abc ")
    paste_link(context)
    assert shell_of(context).links == ["reelkey://private?v=1&token=abc"]
    assert not shell_of(context).sheets


def test_without_one_it_is_asked_for_and_its_text_is_hidden(
    qtbot: QtBot, context: Context, show: Show
) -> None:
    QGuiApplication.clipboard().setText("no link")
    paste_link(context)
    (sheet,) = shell_of(context).sheets
    assert isinstance(sheet, PasteSheet)
    show(sheet)
    assert sheet.field.echoMode() is QLineEdit.EchoMode.Password
    engine = engine_of(context)
    engine.answers["requests.of_link"] = LinkFieldRefused(which="token", reason="it is missing")
    sheet.field.setText("reelkey://private?v=1")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not sheet.error.isHidden())
    assert sheet.error.accessibleName() == "This link is incomplete or not safe"

    engine.answers["requests.of_link"] = Request(8, "private", ORIGIN)
    sheet.yes.click()
    qtbot.waitUntil(lambda: len(shell_of(context).sheets) == 2)
    asked = shell_of(context).sheets[1]
    assert isinstance(asked, SignInSheet)
    asked.close_sheet()
    asked.deleteLater()


# --- closing -----------------------------------------------------------------------------------------


def chosen_by(sheet: ClosingSheet) -> list[str]:
    got: list[str] = []
    sheet.chosen.connect(got.append)
    return got


def test_going_on_in_the_background_is_preset(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet = ClosingSheet(context, 3, 5)
    got = chosen_by(sheet)
    show(sheet)
    assert sheet.title.text() == "Keep serving after you close the window?"
    assert "Under way now: 3 films." in sheet.subtitle.text()
    assert "5 films can be fetched from here; nobody is fetching now." in sheet.subtitle.text()
    context.store.node = replace(context.store.node, rate_out=2_000_000.0)
    sheet.retranslate()
    assert "nobody" not in sheet.subtitle.text() and "2.0 MB/s" in sheet.subtitle.text()
    qtbot.waitUntil(lambda: sheet._armed)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert got == ["background"]
    assert not engine_of(context).called("set_setting")


@pytest.mark.parametrize(("choice", "kept"), [("background", "background"), ("now", "quit")])
def test_a_choice_can_be_kept(
    qtbot: QtBot, context: Context, show: Show, choice: str, kept: str, tmp_path: Path
) -> None:
    del tmp_path
    sheet = ClosingSheet(context, 1, 0)
    got = chosen_by(sheet)
    show(sheet)
    QTest.mouseClick(sheet.choices[choice], Qt.MouseButton.LeftButton)
    assert sheet.yes.text() == {"background": "Close window", "now": "Quit"}[choice]
    sheet.keep.setChecked(True)
    sheet.yes.click()
    assert got == [choice]
    qtbot.waitUntil(lambda: engine_of(context).called("set_setting") == [("closing", kept)])


def test_quitting_when_done_is_for_today_alone(context: Context, show: Show) -> None:
    sheet = ClosingSheet(context, 1, 0)
    got = chosen_by(sheet)
    show(sheet)
    sheet.keep.setChecked(True)
    sheet.choices["when_done"].radio.setChecked(True)
    assert not sheet.keep.isEnabled() and not sheet.keep.isChecked()
    sheet.yes.click()
    assert got == ["when_done"]


def test_where_nothing_is_in_work_there_is_no_when_done(context: Context, show: Show) -> None:
    sheet = ClosingSheet(context, 0, 2)
    show(sheet)
    assert sheet.choices["when_done"].isHidden()
    assert "Under way now" not in sheet.subtitle.text()


def test_cancel_closes_nothing(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet = ClosingSheet(context, 1, 1)
    got: list[Any] = chosen_by(sheet)
    show(sheet)
    with qtbot.waitSignal(sheet.closed):
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert got == []
