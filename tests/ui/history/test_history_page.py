"""The page History, by what a person sees and presses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.errors import SourceGone
from app.domain.status import TaskKind
from app.domain.words import set_language
from app.jobs.receipt import receipt_of
from app.journal import Run
from app.media.mhl import Manifest
from app.ui.context import Context
from app.ui.films.questions import QuestionSheet
from app.ui.history.page import HistoryPage
from app.ui.history.table import FILM, RESULT, SIZE, WHEN
from app.ui.messages import FilmRead, RowsChanged, UnsentChanged
from tests.ui.fakes import engine_of, make_row, press_and_hold, shell_of, show_in_window

NOW = time.time()
FAILURE = {"code": "source_gone", "facts": {"path": "/x"}, "retry": True}


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[HistoryPage]:
    rows = (
        make_row(1, run=Run.DONE, updated=NOW - 100, source_name="Alpha.mov", cid="bafyalpha", size=3),
        make_row(
            2,
            kind=TaskKind.DOWNLOAD,
            run=Run.DONE,
            updated=NOW - 200,
            source_name="beta.mov",
            final_path="/films/beta.mov",
            size=2 * 10**9,
            folder="Night Flight",
        ),
        make_row(3, run=Run.FAILED, updated=NOW - 40 * 86_400, source_name="gam\u202ema.mov", error=FAILURE),
        make_row(4, run=Run.ACTIVE),
    )
    context.store.take([RowsChanged(rows)])
    made = HistoryPage(context)
    made.retranslate()
    window = show_in_window(qtbot, made)
    yield made
    window.hide()


def text(page: HistoryPage, row: int, column: int) -> str:
    return str(page.model.index(row, column).data())


def names(page: HistoryPage) -> list[str]:
    return [text(page, row, FILM) for row in range(page.model.rowCount())]


def choose(page: HistoryPage, name: str) -> None:
    page.view.setCurrentIndex(page.model.index(names(page).index(name), 0))


def test_newest_first_with_what_became_of_each(page: HistoryPage) -> None:
    assert names(page) == ["Alpha.mov", "beta.mov", "gam␣ma.mov"]
    assert [text(page, row, RESULT) for row in range(3)] == [
        "Sent, held by you",
        "Ready, checked byte by byte",
        "The film is gone",
    ]
    assert text(page, 1, SIZE) == "2.0 GB"
    assert page.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) is None
    spoken = str(page.model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken.startswith("beta.mov, Received, Ready, checked byte by byte")


def test_sorting_by_a_column(page: HistoryPage) -> None:
    page.view.sortByColumn(SIZE, Qt.SortOrder.AscendingOrder)
    assert names(page)[0] == "Alpha.mov"
    page.view.sortByColumn(FILM, Qt.SortOrder.DescendingOrder)
    assert names(page) == ["gam␣ma.mov", "beta.mov", "Alpha.mov"]
    page.view.sortByColumn(WHEN, Qt.SortOrder.AscendingOrder)
    assert names(page)[0] == "gam␣ma.mov"


def test_search_and_filters_and_the_way_back(page: HistoryPage, qtbot: QtBot) -> None:
    page.focus_search()
    page.filters.search.setText("night")
    qtbot.waitUntil(lambda: names(page) == ["beta.mov"])
    page.filters.search.setText("nowhere")
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.no_match)
    assert not page.export.isEnabled()
    page.clear.click()
    qtbot.waitUntil(lambda: len(names(page)) == 3)

    page.filters.result.setCurrentIndex(page.filters.result.findData(Run.FAILED))
    assert names(page) == ["gam␣ma.mov"]
    page.filters.clear()
    page.filters.direction.setCurrentIndex(page.filters.direction.findData(TaskKind.DOWNLOAD))
    assert names(page) == ["beta.mov"]
    page.filters.clear()
    page.filters.series.setCurrentIndex(page.filters.series.findData("Night Flight"))
    assert names(page) == ["beta.mov"]


def test_a_film_that_ends_comes_into_the_table_and_the_choice_stays(page: HistoryPage, qtbot: QtBot) -> None:
    choose(page, "beta.mov")
    page.context.store.take([RowsChanged((make_row(4, run=Run.DONE, updated=NOW, source_name="delta.mov"),))])
    qtbot.waitUntil(lambda: names(page)[0] == "delta.mov")
    assert page.view.number() == 2
    page.context.store.take([RowsChanged((), gone=(2,))])
    qtbot.waitUntil(lambda: "beta.mov" not in names(page))
    assert names(page)[page.view.currentIndex().row()] == "gam␣ma.mov", "its neighbour"


def test_nothing_yet(context: Context, qtbot: QtBot) -> None:
    page = HistoryPage(context)
    page.retranslate()
    window = show_in_window(qtbot, page)
    assert page.stack.currentWidget() is page.nothing
    window.hide()


def test_the_cid_is_copied_whole(page: HistoryPage, qtbot: QtBot) -> None:
    page.cid.click()  # the first row is chosen on opening: no button waits for a choice
    assert QGuiApplication.clipboard().text() == "bafyalpha"
    choose(page, "beta.mov")
    assert not page.cid.isEnabled()


def test_the_export_is_what_the_table_shows_in_its_order(
    page: HistoryPage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.view.sortByColumn(FILM, Qt.SortOrder.DescendingOrder)
    page.export_to(tmp_path / "list.csv")
    qtbot.waitUntil(lambda: page.note.text() == "Saved as list.csv")
    ((target, rows),) = engine_of(page.context).called("care.export_history")
    assert target == tmp_path / "list.csv"
    assert [row.number for row in rows] == [3, 2, 1]


def test_a_receipt_is_written_as_its_ending_says(page: HistoryPage, qtbot: QtBot, tmp_path: Path) -> None:
    receipt = receipt_of(page.context.store.rows[1])
    page.papers.write_receipt(receipt, tmp_path / "receipt.pdf")
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")

    page.papers.write_receipt(receipt, tmp_path / "receipt.html")
    qtbot.waitUntil(lambda: bool(engine_of(page.context).called("care.write_page")))
    ((target, html),) = engine_of(page.context).called("care.write_page")
    assert target.name == "receipt.html"
    assert "Alpha.mov" in html

    page.papers.write_receipt(receipt, tmp_path / "missing" / "receipt.pdf")
    assert [type(error).__name__ for error in shell_of(page.context).errors] == ["TargetUnwritable"]


def test_a_manifest_is_for_films_that_were_opened(page: HistoryPage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    choose(page, "Alpha.mov")
    assert not page.manifest.isEnabled()
    choose(page, "beta.mov")
    seen: list[int] = []

    def make(film: Path) -> Manifest:
        page.context.store.take([FilmRead("/films/another.mov", 3, 4), FilmRead(str(film), 1, 4)])
        seen.append(page.reading.value())
        return Manifest(film.parent / "ascmhl" / "0001.mhl", 1, "ab")

    engine.answers["care.manifest"] = make
    page.manifest.click()
    assert page.reading.isVisible()
    assert not page.manifest.isEnabled()
    qtbot.waitUntil(lambda: page.note.text() == "Saved as 0001.mhl")
    assert seen == [250]
    assert not page.reading.isVisible()
    assert engine.called("care.manifest")[0][0] == Path("/films/beta.mov")


def test_a_manifest_that_is_cancelled_is_no_error_and_one_that_fails_is(
    page: HistoryPage, qtbot: QtBot
) -> None:
    engine, shell = engine_of(page.context), shell_of(page.context)
    choose(page, "beta.mov")
    ended: list[bool] = []

    async def reads() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    engine.answers["care.manifest"] = lambda _film: reads()
    page.manifest.click()
    qtbot.waitUntil(lambda: bool(engine.called("care.manifest")))
    page.stop.click()
    qtbot.waitUntil(page.manifest.isEnabled)
    qtbot.waitUntil(lambda: ended == [True])
    assert shell.errors == []

    engine.answers["care.manifest"] = SourceGone(path="/films/beta.mov")
    page.manifest.click()
    qtbot.waitUntil(lambda: len(shell.errors) == 1)


def test_removing_a_film_asks_first_and_once_however_long_the_key_is_held(
    page: HistoryPage, qtbot: QtBot
) -> None:
    engine, sheets = engine_of(page.context), shell_of(page.context).sheets
    choose(page, "gam␣ma.mov")
    page.view.setFocus()
    press_and_hold(page.view, Qt.Key.Key_Delete)
    assert engine.called("forget") == []
    (sheet,) = sheets
    assert isinstance(sheet, QuestionSheet)
    qtbot.addWidget(sheet)
    assert sheet.title.text() == "Remove gam␣ma.mov from the list?"
    assert sheet.goes.text() == "What was done so far is removed."
    sheet.no.click()
    assert engine.called("forget") == []
    page._forget()
    again = sheets[-1]
    assert isinstance(again, QuestionSheet)
    qtbot.addWidget(again)
    again.yes.click()
    qtbot.waitUntil(lambda: engine.called("forget") == [(3,)])


def test_a_film_whose_report_waits_is_not_removed(page: HistoryPage) -> None:
    page.context.store.take([UnsentChanged(frozenset({1}))])
    choose(page, "Alpha.mov")
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    assert shell_of(page.context).sheets == []


def test_ten_thousand_films_are_found_and_sorted_at_once(context: Context, qtbot: QtBot) -> None:
    rows = tuple(make_row(n, run=Run.DONE, folder=f"Series {n % 40}", updated=NOW - n) for n in range(10_000))
    context.store.take([RowsChanged(rows)])
    page = HistoryPage(context)
    page.retranslate()
    window = show_in_window(qtbot, page)
    assert page.model.rowCount() == 10_000
    page.filters.search.setText("e9999")
    page.filters.search.settle()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        page.refresh()
        times.append(time.perf_counter() - began)
    assert page.model.rowCount() == 1
    assert min(times) < 0.15, times  # some 20 ms on a quiet machine; two cores are shared here
    window.hide()


def test_the_language_changes_while_it_is_shown(page: HistoryPage) -> None:
    assert page.model.headerData(FILM, Qt.Orientation.Horizontal) == "Film"
    set_language("zh")
    page.retranslate()
    assert text(page, 1, RESULT) == "已就绪，逐字节校验无误"
