"""Accounts in the side bar, their keys and pages; what the rest of the window says of exports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import CloudUnreachable
from app.domain.events import Event, ExportEnded, ExportRef, ExportWaits, ItemEnded
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.journal import Run
from app.settings.settings import Settings
from app.ui import theme
from app.ui.awake import Awake
from app.ui.closing import ClosingSheet
from app.ui.cloud_messages import AccountsChanged, ExportsChanged
from app.ui.clouds.export import ExportSheet
from app.ui.clouds.page import AccountPage
from app.ui.clouds.sign_in import AccountSheet
from app.ui.films.values import Act
from app.ui.log_window import line_text
from app.ui.messages import RowsChanged, Told
from app.ui.notifications import notice_of_export
from app.ui.shell import MainWindow
from app.ui.store import LogLine, Store
from app.ui.tray import Tray
from tests.ui.clouds.makers import DAY, GB, MEGA, MISSING, NOW, account, busy_day, export, moved
from tests.ui.fakes import FakeBridge, make_row
from tests.ui.test_awake import Recorder

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
REF = ExportRef("x2", "E01.mxf", "Google Drive")


@pytest.fixture
def window(qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[MainWindow]:
    del window_loop
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, "light")
    made = MainWindow(cast("Any", FakeBridge()), Store(), Settings(tmp_path / "settings.json"), {})
    qtbot.addWidget(made)
    made.show()
    made.store.take(busy_day())
    yield made
    made.may_close = True


def names(window: MainWindow) -> list[str]:
    buttons = window.sidebar.buttons.items()
    return [made.text().strip() for page, made in buttons if page.startswith("cloud:")]


def test_accounts_come_and_go_in_the_side_bar(window: MainWindow) -> None:
    assert names(window) == ["Google Drive", "MEGA"]
    second = account(3, name="other@huaying-film.example")
    window.store.take([AccountsChanged((account(1), account(2, MEGA, label="A & B"), second))])
    assert names(window) == [
        "Google Drive · post@huaying-film.example",
        "A && B",
        "Google Drive · other@huaying-film.example",
    ]
    window.show_page("cloud:2")
    assert isinstance(window.page, AccountPage) and window.page.number == 2
    window.store.take([AccountsChanged((account(1),))])
    assert names(window) == ["Google Drive"]
    assert type(window.page).__module__ == "app.ui.films.page"
    assert window.sidebar.buttons["films"].isChecked() and window.stack.count() == 1
    window.show_page("cloud:2")
    assert type(window.page).__module__ == "app.ui.films.page"


def test_keys_reach_accounts_behind_the_pages(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(window.page, AccountPage) and window.page.number == 1
    QTest.keyClick(window, Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(window.page, AccountPage) and window.page.number == 2
    QTest.keyClick(window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(window.page, AccountPage) and window.page.number == 2
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert type(window.page).__module__ == "app.ui.blocks.page"


def test_the_entrys_badge_is_gold_where_a_person_is_needed(window: MainWindow) -> None:
    drive, mega = (window.sidebar.buttons[f"cloud:{n}"] for n in (1, 2))
    assert "1" in drive.accessibleName()
    assert mega.accessibleName() == "MEGA"
    window.store.take([ExportsChanged((replace(DAY[1][0], run=Run.DONE, error=None),),
                                      {1: replace(DAY[1][1], failed=0, sent=864)})])  # fmt: skip
    assert "2" in drive.accessibleName()


def test_the_entry_is_marked_where_the_sign_in_alone_expired(window: MainWindow) -> None:
    """No export of it waits: the mark asks for the sign-in, and none where a person gave it up."""
    mega = window.sidebar.buttons["cloud:2"]
    for changes, said in (
        ({"signed_in": False}, "MEGA, Sign-in to MEGA has expired"),
        ({}, "MEGA"),
        ({"signed_in": False, "ended_here": True}, "MEGA"),
    ):
        window.store.take([AccountsChanged((account(1), account(2, MEGA, **changes)))])
        assert mega.accessibleName() == said
        assert mega._badge.text() == ("1" if "expired" in said else "")


def test_an_added_account_is_shown_once_it_is_told(window: MainWindow) -> None:
    window.sidebar.add_account.click()
    sheet = window.scrim.current
    assert isinstance(sheet, AccountSheet)
    sheet.signed_in.emit(account(9).row)
    assert not isinstance(window.page, AccountPage)
    window.store.take([AccountsChanged((account(1), account(9, MEGA)))])
    assert isinstance(window.page, AccountPage) and window.page.number == 9


def test_a_film_goes_to_a_cloud_from_its_row(window: MainWindow) -> None:
    opened = make_row(
        12, kind=TaskKind.DOWNLOAD, run=Run.DONE, status=TaskStatus.DONE, final_path="/f/b.mov", size=GB
    )
    window.store.take([RowsChanged((opened, make_row(13)))])
    films: Any = window.page
    assert Act.EXPORT in films.model.card(12).menu
    assert Act.EXPORT not in films.model.card(13).menu
    films.acting.do(12, Act.EXPORT)
    sheet = window.scrim.current
    assert isinstance(sheet, ExportSheet)
    assert [one.number for one in sheet.films.chosen()] == [12]
    sheet.ordered.emit(40)
    window.store.take([ExportsChanged((export(40),), {})])
    assert isinstance(window.page, AccountPage)
    assert window.page.view.current_number() == 40


def test_without_an_account_one_is_added_first(window: MainWindow) -> None:
    window.store.take([AccountsChanged(())])
    window.export_films([1])
    assert isinstance(window.scrim.current, AccountSheet)


def test_the_status_bar_counts_what_goes_to_clouds(window: MainWindow) -> None:
    assert window.status._up.text() == "150 MB/s"
    window.store.take([moved(DAY[2][0], 50 * GB, 74 * GB, 250e6, (0, 1))])
    assert window.status._up.text() == "290 MB/s"


def test_the_tray_counts_exports(window: MainWindow) -> None:
    tray = Tray(window, window.store)
    assert tray._state.text() == "An export has stopped"
    mended = replace(DAY[1][0], run=Run.DONE, error=None)
    window.store.take([ExportsChanged((mended,), {1: replace(DAY[1][1], failed=0, sent=864)})])
    assert tray._state.text().startswith("2 exports")
    assert tray._pause.text() == "Pause all" and tray._pause.isEnabled()


def test_the_computer_stays_awake_while_an_export_moves(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.awake._LET_GO_AFTER_MS", 20)
    store, recorder = Store(), Recorder()
    awake = Awake(store, recorder)
    row = export(1)
    store.take([ExportsChanged((row,), {})])
    qtbot.waitUntil(lambda: awake.held)
    store.take([ExportsChanged((replace(row, run=Run.DONE),), {})])
    qtbot.waitUntil(lambda: not awake.held)
    awake.stop()
    assert recorder.calls == ["hold", "drop"]


def test_closing_names_exports_in_work(window: MainWindow) -> None:
    sheet = ClosingSheet(window.context, 1, 0, exports=2)
    assert "1 film and 2 exports" in sheet.subtitle.text()
    only = ClosingSheet(window.context, 0, 0, exports=1)
    assert "1 export" in only.subtitle.text()
    assert not only.choices["when_done"].isHidden()
    assert window.store.clouds.at_work() == 2


def test_what_is_worth_telling_of_an_export() -> None:
    set_language("en")
    row = export(2, title="E01.mxf")
    failed = replace(row, run=Run.FAILED, error=MISSING.record())
    for before, after, text in (
        (row, replace(row, run=Run.DONE), "E01.mxf is at Google Drive, checked"),
        (row, failed, "The export of E01.mxf stopped: This photo could not be fetched whole"),
        (row, replace(row, run=Run.PAUSED), None),
        (None, replace(row, run=Run.DONE), None),
    ):
        notice = notice_of_export(before, after, "Google Drive")
        assert (notice.text if notice else None) == text


def test_the_log_tells_what_went_wrong_and_how_it_ended(window: MainWindow) -> None:
    unreachable = CloudUnreachable(cloud="Google Drive", reason="no")
    events: list[Event] = [
        ItemEnded(REF, "a.jpg", "sent"),
        ItemEnded(REF, "b.jpg", "failed", MISSING),
        ExportWaits(REF, unreachable, 4.0),
        ExportEnded(REF, 3, 1, 1),
    ]
    window.store.take([Told(event, NOW) for event in events])
    lines = [line_text(line) for line in window.store.log[-3:]]
    assert "E01.mxf: b.jpg: This photo could not be fetched whole" in lines[0]
    assert "E01.mxf waits: Google Drive can't be reached" in lines[1]
    assert "E01.mxf: 3 sent, 1 there already, 1 failed" in lines[2]
    assert line_text(LogLine(time.time(), "", events[0]))


def test_both_languages_and_themes_reach_the_pages(window: MainWindow) -> None:
    window.show_page("cloud:1")
    set_language("zh")
    window.retranslate()
    assert isinstance(window.page, AccountPage)
    assert window.page.model.sections[0].title == "需要您处理"
    window.sidebar.set_narrow(True)
    window.grab()
    set_language("en")
    window.retranslate()
