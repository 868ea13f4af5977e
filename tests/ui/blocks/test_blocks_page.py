"""The page *Private blocks*: what it lists, where it looks, and that it releases after one question."""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import NodeFault, ServerUnreachable, TokenRefused
from app.domain.events import Progressed
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.ui.blocks import words
from app.ui.blocks.due import DueFilm, moment_of
from app.ui.blocks.model import ROW, Group
from app.ui.blocks.page import BlocksPage
from app.ui.blocks.release import ReleaseSheet
from app.ui.blocks.view import _button_rect
from app.ui.context import Context
from app.ui.messages import BlockMatch, BlocksFound, DueChanged, DueTask, RowsChanged, ServerSeen, Told
from app.ui.sheet import Scrim
from tests.ui.fakes import engine_of, make_row, shell_of

ORIGIN, OTHER = "https://films.example", "https://other.example"
BLOCKS = Path("/blocks")


def due(
    number: int, name: str, folder: str = "Long River", *, source: int = 0, server: str = ORIGIN
) -> DueTask:
    since = f"2026-11-{number:02}T09:20:00"
    return DueTask(server, number, source or number, 233, name, folder, f"cid-{name}", 10**9, since)


E02A, E02B = due(1, "E02.mov", source=50), due(2, "E02.mov", source=50)
E03, E05 = due(3, "E03.mov"), due(4, "E05.mov")
OLD = due(5, "Old.mov", "Old Town")
TASKS = (E02A, E02B, E03, E05, OLD)
STATES = {"E02.mov": "matched", "E03.mov": "matched", "E05.mov": "other", "Old.mov": "missing"}


def found(origin: str, folders: Sequence[Path], tasks: Sequence[DueTask] = TASKS) -> BlocksFound:
    """What a look through the folders answers: a block of each state."""
    matches = []
    for task in tasks:
        state = STATES[task.source_name]
        name = "renamed.rkkey" if task is E03 else f"{task.source_name}.rkkey"
        path = None if state == "missing" else BLOCKS / name
        kept = "/media/T7/Old Town/Old.mov.rkkey" if state == "missing" else ""
        matches.append(BlockMatch(replace(task, server=origin), state, path, 138_000_000, kept))
    unasked = (BLOCKS / "E05.mov.rkkey", BLOCKS / "x.rkkey", BLOCKS / "y.rkkey")
    return BlocksFound(tuple(folders), tuple(matches), 5, unasked, (), 0.4)


def release_row(number: int, task: DueTask, run: Run, **changes: object) -> TaskRow:
    values = {
        "kind": TaskKind.RELEASE,
        "server": task.server,
        "remote_id": task.id,
        "source_id": task.source_id,
    }
    names = {"source_name": task.source_name, "cid": task.hash, "run": run}
    return make_row(number, **values, **names, **changes)


@pytest.fixture
def page(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlocksPage]:
    """The page, opened, with something due and a folder that is looked through."""
    monkeypatch.setattr("app.ui.sheet._ENTER_AFTER_MS", 50)
    context.settings.set("private_folders", str(BLOCKS))
    engine_of(context).answers["requests.find_blocks"] = found
    engine_of(context).answers["requests.release"] = [make_row(99)]
    context.store.take([ServerSeen(ORIGIN, "Huaying", "Lin", signed_in=True), DueChanged(ORIGIN, TASKS)])
    window = QWidget()
    window.resize(1200, 800)
    qtbot.addWidget(window)
    made = BlocksPage(context)
    made.setParent(window)
    made.resize(1200, 800)
    made.retranslate()
    window.show()
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: not made.looking)
    yield made


def film(page: BlocksPage, name: str) -> DueFilm:
    return next(one for one in page.model.films if one.name == name)


def said(page: BlocksPage, name: str) -> words.Result:
    return words.result(film(page, name), page.context.store, looking=page.looking)


def texts(page: BlocksPage) -> list[str]:
    return [page.model.index(row).data() for row in range(page.model.rowCount())]


# --- what is listed ----------------------------------------------------------------------------------


def test_films_are_grouped_by_series_and_two_buyers_are_one_row(page: BlocksPage) -> None:
    assert texts(page) == [
        "Long River, 3, 2 ready", "E02.mov", "E03.mov", "E05.mov",
        "Old Town, 1, 1 without a block", "Old.mov",
    ]  # fmt: skip
    assert words.who(film(page, "E02.mov")) == ("2 buyers", "First asked 1 Nov, 09:20")
    assert words.who(film(page, "E03.mov")) == ("1 buyer", "Asked 3 Nov, 09:20")
    assert page.chip.text() == "5 to release"


def test_each_result_says_what_it_is_by_icon_and_words(page: BlocksPage) -> None:
    assert said(page, "E02.mov") == words.Result(
        "circle-check", "done", "Matched", "E02.mov.rkkey · 138.0 MB"
    )
    assert said(page, "E03.mov").words == "Matched (file renamed)"
    assert said(page, "E05.mov").tone == "error"
    missing = said(page, "Old.mov")
    assert missing.tone == "key" and "/media/T7/Old Town" in missing.more


def test_the_line_of_result_counts_what_was_found(page: BlocksPage) -> None:
    counts = {name: one._label.text() for name, one in page.line._counts.items() if not one.isHidden()}
    assert counts == {
        "matched": "2 matched",
        "other": "1 from another sending",
        "missing": "1 missing",
        "unasked": "2 not asked for yet",
    }
    assert page.line._found.text() == "5 private blocks found in 0.4 s"


def test_several_libraries_are_named_in_the_groups(page: BlocksPage, context: Context, qtbot: QtBot) -> None:
    theirs = (replace(E03, server=OTHER),)
    engine_of(context).answers["requests.find_blocks"] = lambda origin, folders: found(
        origin, folders, theirs if origin == OTHER else TASKS
    )
    context.store.take([DueChanged(OTHER, theirs)])
    qtbot.waitUntil(lambda: not page.looking and len(page.model.chosen()) == 3)
    groups = [row for row in page.model.rows if isinstance(row, Group)]
    assert [group.library for group in groups] == ["Huaying", "Huaying", "other.example"]


def test_nothing_due_is_said(page: BlocksPage, context: Context) -> None:
    context.store.take([DueChanged(ORIGIN, (E03,))])
    assert page.chip.text() == "1 to release"
    context.store.take([DueChanged(ORIGIN, ())])
    assert page.stack.currentWidget() is page.nothing
    assert page.bar.isHidden() and page.chip.isHidden()


def test_a_refused_sign_in_is_said_where_the_list_would_lie(page: BlocksPage, context: Context) -> None:
    context.store.take([ServerSeen(ORIGIN, "Huaying", error=TokenRefused(text=""))])
    assert not page.error.isHidden()
    assert page.error.accessibleName() == "Sign-in has expired"


def test_a_search_narrows_the_list(page: BlocksPage) -> None:
    page.search.setText("old t")
    assert texts(page) == ["Old Town, 1, 1 without a block", "Old.mov"]
    page.search.setText("none of them")
    assert page.stack.currentWidget() is page.no_match
    page._clear.click()
    assert len(texts(page)) == 6


def test_rows_are_told_to_screen_readers_whole(page: BlocksPage) -> None:
    told = page.model.index(5).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told.startswith("Old.mov, 1 buyer, Asked 5 Nov, 09:20, No private block for it in these folders")


def test_the_language_changes_while_it_is_open(page: BlocksPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.domain.words._catalogue", lambda _: Marked())
    page.retranslate()
    own = [one for one in page.findChildren(QLabel) if one.text() and not one.isHidden()]
    assert own and not [one.text() for one in own if not one.text().startswith("«")]
    buttons = [one for one in page.findChildren(QPushButton) if one.text()]
    assert buttons and not [one.text() for one in buttons if not one.text().startswith("«")]
    assert texts(page)[0] == "Long River, 3, «2 ready»"


class Marked(gettext.NullTranslations):
    """Another language: every text that was translated shows it."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00", "0001-01-01T00:00:00"])
def test_a_time_that_is_none_is_left_out(text: str) -> None:
    moment = moment_of(text)
    assert moment is None or isinstance(moment, float)
    assert text.startswith("0001") or moment is None


# --- where is looked ---------------------------------------------------------------------------------


def test_kept_folders_are_looked_through_on_opening(page: BlocksPage, context: Context) -> None:
    assert engine_of(context).called("requests.find_blocks") == [(ORIGIN, [BLOCKS])]
    assert page.line.remember_button.isHidden()


def test_the_place_where_a_films_block_was_put_is_looked_through_too(
    page: BlocksPage, context: Context
) -> None:
    sent = make_row(
        7, kind=TaskKind.UPLOAD, server=ORIGIN, source_id=3, cid="cid-E03.mov", private_dir="/kept"
    )
    context.store.take([RowsChanged((sent,))])
    assert page.folders() == [BLOCKS, Path("/kept")]


def test_behind_another_page_nothing_is_made_anew(page: BlocksPage, context: Context) -> None:
    made: list[int] = []
    page.model.dataChanged.connect(lambda *_: made.append(1))
    page.model.modelReset.connect(lambda: made.append(1))
    page.hide()
    release = release_row(21, E02A, Run.ACTIVE)
    context.store.take([RowsChanged((release,)), DueChanged(ORIGIN, TASKS[1:])])
    context.store.take([ServerSeen(ORIGIN, "Huaying Films", "Lin", signed_in=True)])
    assert made == []
    assert page.chip.text() == "5 to release"
    page.show()
    assert page.chip.text() == "4 to release"


def test_progress_of_films_that_nobody_asks_for_makes_nothing_anew(
    page: BlocksPage, context: Context
) -> None:
    made: list[int] = []
    other, asked = make_row(7, server=ORIGIN, source_id=700), make_row(8, server=ORIGIN, source_id=3)
    context.store.take([RowsChanged((other, asked))])
    page.model.dataChanged.connect(lambda *_: made.append(1))
    context.store.take([Told(Progressed(other.ref, Progress("seal", 1, 9)), 0.0)])
    assert made == []
    context.store.take([Told(Progressed(asked.ref, Progress("seal", 1, 9)), 0.0)])
    assert made == [1]


def drag(mime: QMimeData) -> QDragEnterEvent:
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    with pytest.warns(DeprecationWarning):  # Qt makes these itself; only tests call the constructor
        return QDragEnterEvent(QPoint(600, 500), Qt.DropAction.CopyAction, mime, left, none)


def drop_on(page: BlocksPage, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = drag(mime)
    page.dragEnterEvent(enter)
    assert enter.isAccepted() and page.zone.property("lit") is True
    page.dropEvent(QDropEvent(QPointF(600, 500), copy, mime, left, none))


def test_the_whole_page_takes_a_drop_and_offers_to_remember_it(
    qtbot: QtBot, page: BlocksPage, context: Context
) -> None:
    drop_on(page, [Path("/media/T7")])
    assert page.zone.property("lit") is False
    qtbot.waitUntil(lambda: not page.looking)
    engine = engine_of(context)
    assert engine.called("requests.find_blocks")[-1] == (ORIGIN, [Path("/media/T7"), BLOCKS])
    assert not page.line.remember_button.isHidden()
    page.line.remember_button.click()
    qtbot.waitUntil(lambda: engine.called("set_setting") == [("private_folders", "/blocks\n/media/T7")])


def test_a_drag_that_leaves_puts_the_light_out_and_links_pass(page: BlocksPage) -> None:
    page.zone.set_lit(True)
    page.dragLeaveEvent(QDragLeaveEvent())
    assert page.zone.property("lit") is False
    mime = QMimeData()
    mime.setText("reelkey://private?v=1&token=x")
    enter = drag(mime)
    page.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_something_newly_due_is_looked_for_once(qtbot: QtBot, page: BlocksPage, context: Context) -> None:
    before = len(engine_of(context).called("requests.find_blocks"))
    new = due(9, "E02.mov", source=50)
    context.store.take([DueChanged(ORIGIN, (*TASKS, new))])
    qtbot.waitUntil(lambda: not page.looking)
    assert len(engine_of(context).called("requests.find_blocks")) == before + 1
    context.store.due_changed.emit()
    assert not page.looking
    assert len(engine_of(context).called("requests.find_blocks")) == before + 1


def test_a_library_that_cannot_be_asked_is_said(qtbot: QtBot, page: BlocksPage, context: Context) -> None:
    engine_of(context).answers["requests.find_blocks"] = ServerUnreachable(server=ORIGIN, reason="")
    page.look()
    qtbot.waitUntil(lambda: not page.error.isHidden())
    assert not page.looking
    assert not shell_of(context).errors


def test_look_elsewhere_is_a_button_of_the_row(qtbot: QtBot, page: BlocksPage) -> None:
    index = page.model.index(5)
    asked: list[object] = []
    page.list.look_elsewhere.disconnect()
    page.list.look_elsewhere.connect(asked.append)
    where = _button_rect(page.list.visualRect(index)).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    page.list.setCurrentIndex(index)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert asked == [film(page, "Old.mov")] * 2


# --- ticks and groups --------------------------------------------------------------------------------


def test_what_was_found_is_ticked_and_can_be_unticked(page: BlocksPage) -> None:
    assert [one.name for one in page.model.chosen()] == ["E02.mov", "E03.mov"]
    assert page.bar.button.text() == "Release 2 films…"
    assert page.bar._words.text() == "2 films selected, for 3 buyers"
    page.list.setCurrentIndex(page.model.index(1))
    QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert [one.name for one in page.model.chosen()] == ["E03.mov"]
    assert page.bar.all.checkState() is Qt.CheckState.PartiallyChecked
    page.bar.all.click()
    assert len(page.model.chosen()) == 2
    page.bar.all.click()
    assert page.model.chosen() == [] and not page.bar.button.isEnabled()


def test_what_was_not_found_cannot_be_ticked(page: BlocksPage) -> None:
    page.model.toggle(5)
    assert film(page, "Old.mov") not in page.model.chosen()


def test_a_click_on_the_box_unticks(page: BlocksPage) -> None:
    where = page.list.visualRect(page.model.index(1)).topLeft() + QPoint(28, 28)
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert [one.name for one in page.model.chosen()] == ["E03.mov"]


def test_groups_fold_by_keys_and_keep_their_ticks(page: BlocksPage) -> None:
    page.list.setCurrentIndex(page.model.index(2))
    QTest.keyClick(page.list, Qt.Key.Key_Left)
    assert texts(page) == ["Long River, 3, 2 ready", "Old Town, 1, 1 without a block", "Old.mov"]
    assert page.list.currentIndex().row() == 0
    assert len(page.model.chosen()) == 2
    QTest.keyClick(page.list, Qt.Key.Key_Right)
    assert len(texts(page)) == 6


# --- the release -------------------------------------------------------------------------------------


def ask(page: BlocksPage, qtbot: QtBot, context: Context) -> ReleaseSheet:
    page.bar.button.click()
    sheet = shell_of(context).sheets[-1]
    assert isinstance(sheet, ReleaseSheet)
    scrim = Scrim(page)
    scrim.open(sheet)
    qtbot.waitUntil(sheet.yes.isEnabled)
    return sheet


def test_it_asks_once_naming_films_and_buyers_with_cancel_in_front(
    qtbot: QtBot, page: BlocksPage, context: Context
) -> None:
    sheet = ask(page, qtbot, context)
    assert sheet.title.text() == "Release 2 films to 3 buyers?"
    assert sheet.list.text().splitlines() == [
        "E02.mov — 2 buyers", "    Request 1 · asked 1 Nov, 09:20", "    Request 2 · asked 2 Nov, 09:20",
        "E03.mov — 1 buyer", "    Request 3 · asked 3 Nov, 09:20",
    ]  # fmt: skip
    assert "This can't be undone" in sheet._warning.text()
    assert sheet.yes.property("look") == "key"
    assert sheet.accept_button is sheet.cancel
    with qtbot.waitSignal(sheet.closed):
        QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert not engine_of(context).called("requests.release")


def test_the_yes_releases_just_what_was_named(qtbot: QtBot, page: BlocksPage, context: Context) -> None:
    sheet = ask(page, qtbot, context)
    sheet.yes.click()
    qtbot.waitUntil(lambda: bool(engine_of(context).called("requests.release")))
    assert engine_of(context).called("requests.release") == [(ORIGIN, [1, 2, 3])]
    assert film(page, "E02.mov").state == "working"
    assert page.model.chosen() == []


def test_what_a_search_hides_is_neither_released_nor_unticked(page: BlocksPage) -> None:
    page.search.setText("e03")
    page.search.settle()
    assert [one.name for one in page.model.chosen()] == ["E03.mov"]
    assert page.bar.button.text() == "Release 1 film…"
    page.bar.all.click()
    assert page.model.chosen() == [] and not page.bar.button.isEnabled()
    page.search.clear()
    page.search.settle()
    assert [one.name for one in page.model.chosen()] == ["E02.mov"]
    page.search.setText("none of them")
    page.search.settle()
    assert not page.bar.all.isEnabled()


def test_progress_and_outcome_stand_in_the_row(qtbot: QtBot, page: BlocksPage, context: Context) -> None:
    page.release(page.model.chosen())
    one, two = release_row(21, E02A, Run.ACTIVE), release_row(22, E02B, Run.ACTIVE)
    three = release_row(23, E03, Run.FAILED, error=NodeFault(reason="full").record())
    progress = Told(Progressed(one.ref, Progress("release", 62, 100, 1.0)), 0.0)
    context.store.take([RowsChanged((one, two, three)), progress])
    assert said(page, "E02.mov").words == "Releasing · 62 %"
    assert said(page, "E03.mov") == words.Result(
        "octagon-alert", "error", NodeFault(reason="").title, NodeFault(reason="").hint
    )
    done = [replace(row, run=Run.DONE, status=TaskStatus.DONE) for row in (one, two)]
    context.store.take([RowsChanged(tuple(done))])
    assert said(page, "E02.mov").words == "Handed over"
    assert [film.name for film in page.model.chosen()] == ["E03.mov"]  # what failed may be tried again
    context.store.take([DueChanged(ORIGIN, (E03, E05, OLD))])
    assert said(page, "E02.mov").words == "Handed over"
    assert words.who(film(page, "E02.mov"))[0] == "Released to 2 buyers"
    assert page.line._counts["matched"]._label.text() == "1 matched"  # E03: what is done waits for nobody
    page.shown()
    assert "E02.mov" not in texts(page)


def test_the_bar_goes_when_all_is_handed_over(page: BlocksPage, context: Context) -> None:
    assert not page.bar.isHidden()
    rows = [release_row(21, E02A, Run.DONE), release_row(22, E02B, Run.DONE)]
    context.store.take([RowsChanged(tuple(rows)), DueChanged(ORIGIN, (E02A, E02B))])
    assert page.bar.isHidden()
    assert page.line._counts["matched"].isHidden()


def test_one_of_two_buyers_has_it_and_the_other_waits_on(page: BlocksPage, context: Context) -> None:
    context.store.take([RowsChanged((release_row(21, E02A, Run.DONE),))])
    assert words.who(film(page, "E02.mov"))[0] == "1 buyer"
    assert [task.id for task in film(page, "E02.mov").releasable] == [2]


def test_a_release_that_began_nothing_is_looked_for_anew(
    qtbot: QtBot, page: BlocksPage, context: Context
) -> None:
    engine_of(context).answers["requests.release"] = []
    before = len(engine_of(context).called("requests.find_blocks"))
    page.release(page.model.chosen())
    qtbot.waitUntil(lambda: len(engine_of(context).called("requests.find_blocks")) > before)
    qtbot.waitUntil(lambda: not page.looking)
    assert film(page, "E02.mov").state == "matched"


def test_a_release_that_fails_at_once_is_said(qtbot: QtBot, page: BlocksPage, context: Context) -> None:
    engine_of(context).answers["requests.release"] = NodeFault(reason="full")
    page.release(page.model.chosen())
    qtbot.waitUntil(lambda: len(shell_of(context).errors) == 1)
    assert film(page, "E02.mov").state == "matched"


@pytest.mark.parametrize("width", [700, 904, 1200])
def test_it_paints_at_every_width(page: BlocksPage, context: Context, width: int) -> None:
    context.store.take([RowsChanged((release_row(21, E02A, Run.ACTIVE),))])
    page.resize(width, 600)
    picture = page.grab().toImage()
    assert picture.width() >= width
    colours = {picture.pixel(x, picture.height() // 2) for x in range(0, width, 3)}
    assert len(colours) > 3
    assert page.model.index(0).data(ROW) is not None
