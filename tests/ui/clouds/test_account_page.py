"""An account's page as people use it: rows, buttons, keys, details, and what is shown without a sign-in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.errors import CloudFull
from app.domain.words import set_language
from app.jobs.exports.report import ExportReport
from app.journal import Run
from app.journal.exports import Tally
from app.ui.cloud_messages import AccountsChanged, ExportsChanged
from app.ui.clouds.choices import Source
from app.ui.clouds.export import ExportSheet
from app.ui.clouds.options import OptionsSheet
from app.ui.clouds.page import AccountPage
from app.ui.clouds.sign_in import AccountSheet
from app.ui.context import Context
from app.ui.films.questions import QuestionSheet
from app.ui.films.values import Act
from tests.ui.clouds.makers import DAY, GB, MISSING, NOW, account, export, gallery, item, moved
from tests.ui.fakes import engine_of, shell_of

FULL = CloudFull(cloud="Google Drive", need=GB)

# Without a screen a menu can neither be raised nor take the keyboard.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def titles(page: AccountPage) -> list[tuple[str, int]]:
    return [(section.title, len(section.numbers)) for section in page.model.sections]


def press_main(page: AccountPage, number: int) -> None:
    row = page.model.row_of(number)
    assert row is not None
    rect = page.view.row_rect(row)
    place = page.view.painting.main_rect(page.model.card(number), rect)
    assert place.width() >= 30 and place.height() >= 30
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())


def asked(qtbot: QtBot, context: Context, name: str, *args: object) -> None:
    qtbot.waitUntil(lambda: args in engine_of(context).called(name), timeout=2000)


def test_exports_stand_by_who_must_act(page: AccountPage) -> None:
    assert titles(page) == [("Needs you", 1), ("Under way", 2), ("Waiting", 2), ("Finished today", 2)]
    assert page.model.head_at(0) is not None
    page.grab()


def test_exports_of_another_account_are_not_here(page: AccountPage, context: Context) -> None:
    context.store.take([ExportsChanged((export(99, account=2),), {99: Tally(1)})])
    assert page.model.row_of(99) is None


def test_the_main_button_does_it(qtbot: QtBot, page: AccountPage, context: Context) -> None:
    press_main(page, 2)
    asked(qtbot, context, "clouds.pause", 2)
    press_main(page, 7)
    asked(qtbot, context, "clouds.resume", 7)
    press_main(page, 1)
    asked(qtbot, context, "clouds.retry", 1)


def test_keys_pause_stop_and_remove(qtbot: QtBot, page: AccountPage, context: Context) -> None:
    page.select(2)
    QTest.keyClick(page.view, Qt.Key.Key_P)
    asked(qtbot, context, "clouds.pause", 2)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    stop = shell_of(context).sheets[-1]
    assert isinstance(stop, QuestionSheet) and "Cancel the export of Between" in stop.title.text()
    assert not engine_of(context).called("clouds.cancel")
    stop.yes.click()
    asked(qtbot, context, "clouds.cancel", 2)
    page.select(5)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    remove = shell_of(context).sheets[-1]
    assert isinstance(remove, QuestionSheet)
    remove.yes.click()
    asked(qtbot, context, "clouds.forget", 5)


def test_an_export_moves_to_its_new_group_and_keeps_the_selection(
    page: AccountPage, context: Context
) -> None:
    page.select(3)
    page.view.clearFocus()
    page.model.hold([])
    row, tally = DAY[2]
    done = replace(row, run=Run.DONE, ended=NOW)
    context.store.take([ExportsChanged((done,), {2: replace(tally, sent=1)})])
    assert ("Under way", 1) in titles(page) and ("Finished today", 3) in titles(page)
    assert page.view.current_number() == 3
    context.store.take([ExportsChanged((), {}, (2,))])
    assert page.model.row_of(2) is None


def test_progress_shows_at_once(page: AccountPage, context: Context) -> None:
    row, _ = DAY[2]
    context.store.take([moved(row, 60 * GB, 74 * GB, 1e8, (0, 1))])
    assert page.model.card(2).way.stage == "Sending · 81 %"


def a_report(context: Context, count: int, failed: range) -> ExportReport:
    items = tuple(
        item(n, name=f"{n}.jpg", run=Run.FAILED, error=MISSING.record()) if n in failed else item(n)
        for n in range(1, count + 1)
    )
    shelf = context.store.clouds
    return ExportReport(account().row, shelf.exports[1], shelf.tally(1), items)


def test_details_show_what_failed_and_why(qtbot: QtBot, page: AccountPage, context: Context) -> None:
    engine_of(context).answers["clouds.report"] = lambda _: a_report(context, 864, range(10, 15))
    page.panes.open(1)
    details = page.details
    qtbot.waitUntil(lambda: len(details.shown_items()) == 5)
    assert details.only_failed.isChecked()
    assert details.files.lines.rowCount() == 5
    line = details.files.lines.line(0)
    assert line is not None
    assert (line.title, line.second) == ("10.jpg", "The gallery answers “not found”")
    details.copy.click()
    assert QGuiApplication.clipboard().text().splitlines()[0] == "10.jpg\tThe gallery answers “not found”"
    details.only_failed.setChecked(False)
    assert len(details.shown_items()) == 864
    assert details.shown_items()[0].run is Run.FAILED
    QTest.keyClick(details, Qt.Key.Key_Escape)
    assert not details.isVisible()


@pytest.mark.parametrize(("stands", "said"), [(None, "Sending"), (FULL, "Not sent yet")])
def test_a_file_is_only_sending_while_its_export_goes_on(
    qtbot: QtBot, page: AccountPage, context: Context, stands: CloudFull | None, said: str
) -> None:
    error = stands.record() if stands is not None else None
    row = replace(DAY[2][0], error=error, run=Run.WAITING if error else Run.ACTIVE)
    context.store.take([ExportsChanged((row,), {2: DAY[2][1]})])
    active = ExportReport(account().row, row, DAY[2][1], (item(1, run=Run.ACTIVE),))
    engine_of(context).answers["clouds.report"] = lambda _: active
    page.panes.open(2)
    qtbot.waitUntil(lambda: page.details.files.lines.rowCount() == 1)
    line = page.details.files.lines.line(0)
    assert line is not None and line.second == said
    page.details.copy.click()
    assert QGuiApplication.clipboard().text() == f"1.mxf\t{said}"


def test_two_thousand_photos_are_not_read_anew_at_each_event(
    qtbot: QtBot, page: AccountPage, context: Context
) -> None:
    engine_of(context).answers["clouds.report"] = lambda _: a_report(context, 2000, range(1, 2001))
    tally = Tally(2000, 0, 0, 2000, GB, 0)
    row = gallery(1, run=Run.FAILED, error=MISSING.record(), ended=NOW)
    context.store.take([ExportsChanged((row,), {1: tally})])
    page.panes.open(1)
    qtbot.waitUntil(lambda: page.details.files.lines.rowCount() == 1000)
    page.details._anew.setInterval(600_000)  # a slow computer's two seconds are no news
    assert "1,000 more" in page.details._more_files.text()
    for number in range(20):
        context.store.take([moved(DAY[2][0], (43 + number) * GB, 74 * GB, 1e8, (0, 1))])
        context.store.take([ExportsChanged((), {1: replace(tally, sent=number, items=2000 + number)})])
        page.view.viewport().repaint()
    qtbot.waitUntil(lambda: not context.tasks)
    assert len(engine_of(context).called("clouds.report")) == 1, "the list is read anew for nothing"


def test_open_there_opens_the_very_file_and_only_over_https(
    qtbot: QtBot, page: AccountPage, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    row, tally = DAY[5]
    link = "https://drive.google.com/file/x"
    engine = engine_of(context)
    engine.answers["clouds.report"] = lambda _: ExportReport(account().row, row, tally, (item(1, link=link),))
    page.acting.do(5, Act.OPEN_THERE)
    qtbot.waitUntil(lambda: opened == [link])
    engine.answers["clouds.report"] = lambda _: ExportReport(
        account().row, row, tally, (item(1, link="file:///etc/passwd"),)
    )
    page.acting.do(5, Act.OPEN_THERE)
    qtbot.waitUntil(lambda: len(engine.called("clouds.report")) == 2)
    qtbot.wait(10)
    assert opened == [link]


def test_a_sign_in_that_ended_is_one_card_and_keeps_all_exports(page: AccountPage, context: Context) -> None:
    assert page.signed_out.isHidden()
    context.store.take([AccountsChanged((account(signed_in=False),))])
    assert page.signed_out.isVisible()
    assert titles(page) == [("Needs you", 1), ("Waiting", 4), ("Finished today", 2)]
    assert page.model.card(2).way.stage == "Waits for your sign-in"
    assert not page.head.export.isEnabled()
    page.signed_out.sign_in.click()
    sheet = shell_of(context).sheets[-1]
    assert isinstance(sheet, AccountSheet) and sheet.account is not None
    context.store.take([AccountsChanged((account(),))])
    assert page.signed_out.isHidden()


def test_the_head_shows_room_target_and_limit(page: AccountPage, context: Context) -> None:
    assert page.head.title.text() == "Google Drive"
    assert page.room.used.text() == "3.12 TB of 5.00 TB used"
    assert page.room.free.text() == "1.88 TB free"
    assert page.room.limit.value.text() == "None"
    assert page.room.goes_to.value.text() == "交付 / 花样上海"
    limited = account(options={"rate": "20000000"}, total=None, used=GB)
    context.store.take([AccountsChanged((limited,))])
    assert page.room.limit.value.text() == "20 MB/s"
    assert page.room.used.text() == "1.0 GB used"
    page.room.options.click()
    assert isinstance(shell_of(context).sheets[-1], OptionsSheet)


def test_the_next_export_goes_beside_a_gallery(page: AccountPage, context: Context) -> None:
    context.store.take([ExportsChanged((gallery(40, folder="Stills/Spring River"),), {})])
    assert page.room.goes_to.value.text() == "Stills"
    context.store.take([ExportsChanged((export(41, folder="Deliveries/E01"),), {})])
    assert page.room.goes_to.value.text() == "Deliveries / E01"


def test_what_is_dropped_is_asked_about(page: AccountPage, context: Context, tmp_path: Path) -> None:
    assert page.take_drop([tmp_path])
    sheet = shell_of(context).sheets[-1]
    assert isinstance(sheet, ExportSheet)
    assert sheet.source is Source.FILES and sheet.files.paths == [tmp_path]
    assert not engine_of(context).called("clouds.order")


def test_nothing_yet_says_what_it_is_for(qtbot: QtBot, context: Context) -> None:
    context.store.take([AccountsChanged((account(),))])
    made = AccountPage(context, 1)
    qtbot.addWidget(made)
    made.retranslate()
    assert made.stack.currentWidget() is made.none


def test_both_languages_and_themes(page: AccountPage) -> None:
    set_language("zh")
    page.retranslate()
    page.restyle()
    page.panes.open(2)
    page.grab()
    assert page.model.sections[0].title == "需要您处理"
    set_language("en")
    page.retranslate()
    assert page.model.sections[0].title == "Needs you"


@pytest.mark.parametrize("width", [1228, 1000, 904, 664])
def test_every_width_has_its_form(page: AccountPage, width: int) -> None:
    page.resize(width, 700)
    page.grab()
    for number in (1, 2, 7):
        row = page.model.row_of(number)
        assert row is not None
        rect = page.view.row_rect(row)
        main = page.view.painting.main_rect(page.model.card(number), rect)
        assert rect.contains(main) and main.width() >= 30
