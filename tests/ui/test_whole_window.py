"""The window as a whole: every page in both languages, by keyboard and by ear; links, drops, themes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain.errors import SourceGone
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language, tr
from app.journal import Run
from app.settings.settings import Settings
from app.ui import theme
from app.ui.context import Context, Page
from app.ui.messages import DueChanged, DueTask, NodeSeen, PeerSeen, RowsChanged, ServerSeen, SettingsChanged
from app.ui.pages import PAGES
from app.ui.shell import MainWindow
from app.ui.store import Store
from scripts.catalogue import read
from tests.ui.fakes import FakeBridge, make_row

SERVER = "https://library.example"


@pytest.fixture
def window(qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[MainWindow]:
    del window_loop
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, "light")
    settings = Settings(tmp_path / "settings.json")
    settings.set("server.studio", SERVER)
    store = Store()
    made = MainWindow(cast("Any", FakeBridge()), store, settings, {})
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    store.take(everything())
    yield made
    made.may_close = True
    set_language("en")


def everything() -> list[Any]:
    """A film of each kind and state, a node with a peer, a library, something due."""
    rows = [
        make_row(1, server=SERVER, status=TaskStatus.ENCRYPTING, percent=40),
        make_row(2, server=SERVER, run=Run.DONE, status=TaskStatus.DONE, source_id=9, cid="bafybeia"),
        make_row(
            3, server=SERVER, kind=TaskKind.DOWNLOAD, run=Run.WAITING, status=TaskStatus.AWAITING_PRIVATE
        ),
        make_row(4, server=SERVER, kind=TaskKind.DOWNLOAD, run=Run.PAUSED, status=TaskStatus.DOWNLOADING),
        make_row(5, server=SERVER, run=Run.CANCELLED, status=TaskStatus.ERROR),
        make_row(
            6,
            server=SERVER,
            run=Run.FAILED,
            status=TaskStatus.ERROR,
            error={"code": "no_space", "facts": {"place": "/disk", "need": 1, "free": 0}, "retry": True},
        ),
    ]
    due = DueTask(SERVER, 71, 9, 233, "E02.mov", "Long River", "bafybeia", 1, "2026-11-20T09:20:00")
    peer = PeerSeen("12D3KooWQ8hZ", "/ip4/198.51.100.7/tcp/4001")
    node = NodeSeen("online", peer_id="12D3KooWx", address="/ip4/127.0.0.1/tcp/1", peers=(peer,), rate_in=1e6)
    return [RowsChanged(tuple(rows)), DueChanged(SERVER, (due,)), node, ServerSeen(SERVER, "studio", "Clara")]


def texts(widget: QWidget) -> Iterator[str]:
    """All that the widgets below `widget` say, to eyes and ears."""
    for one in [widget, *widget.findChildren(QWidget)]:
        yield one.toolTip()
        yield one.accessibleName()
        yield one.accessibleDescription()
        if isinstance(one, QLabel | QAbstractButton):
            yield one.text()
        if isinstance(one, QLineEdit):
            yield one.placeholderText()
        if isinstance(one, QComboBox):
            yield from (one.itemText(at) for at in range(one.count()))
        if isinstance(one, QAbstractItemView) and one.model() is not None:
            model = one.model()
            columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
            for column in range(columns):
                yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
                for row in range(min(50, model.rowCount(QModelIndex()))):
                    index = model.index(row, column)
                    yield str(model.data(index, Qt.ItemDataRole.DisplayRole) or "")
                    yield str(model.data(index, Qt.ItemDataRole.AccessibleTextRole) or "")


def each_page(window: MainWindow) -> Iterator[str]:
    """Shows one page after the other; the id of the one that is shown."""
    for entry in PAGES:
        window.show_page(entry.id)
        QApplication.processEvents()
        yield entry.id


@lru_cache(maxsize=1)
def english_texts() -> set[str]:
    """Whole texts of the catalogue whose Chinese differs."""
    return {
        str(message.id)
        for message in read("zh")
        if message.id and message.string and message.string != message.id and " " in str(message.id)
    }


def test_nothing_stays_english_in_a_chinese_window(window: MainWindow) -> None:
    for page in each_page(window):
        before = {text for text in texts(window) if text.strip()}
        assert before & english_texts(), f"the test sees no texts of {page}"
        window.settings.set("language", "zh")
        window.store.take([SettingsChanged(("language",))])
        QApplication.processEvents()
        left = {text for text in texts(window) if text.strip().removesuffix("…") in english_texts()}
        assert left == set(), page
        window.settings.set("language", "en")
        window.store.take([SettingsChanged(("language",))])
        QApplication.processEvents()


def belongs_to_qt(widget: QWidget) -> bool:
    """Parts of Qt's own controls: a field's clear button, a combo box's list, a table's corner."""
    parent = widget.parentWidget()
    return (
        widget.objectName().startswith(("qt_", "_q_"))
        or isinstance(parent, QComboBox | QAbstractItemView | QLineEdit)
        or (parent is not None and parent.metaObject().className() == "QComboBoxPrivateContainer")
    )


def test_qts_own_texts_follow_the_language(window: MainWindow) -> None:
    def menu() -> list[str]:
        field = QLineEdit()
        made = field.createStandardContextMenu()
        return [action.text().partition("\t")[0] for action in made.actions()]

    def choose(language: str) -> None:
        window.settings.set("language", language)
        window.store.take([SettingsChanged(("language",))])

    choose("zh")
    chinese = menu()
    assert not any("Copy" in one for one in chinese)
    choose("en")
    assert "&Copy" in menu()
    choose("zh")
    assert menu() == chinese
    choose("en")


def test_every_control_has_a_name(window: MainWindow) -> None:
    nameless = [
        f"{page}: {type(one).__name__} {one.objectName()} in {type(one.parentWidget()).__name__}"
        for page in each_page(window)
        for one in window.page.findChildren(QWidget)
        if isinstance(one, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView)
        and not belongs_to_qt(one)
        and not (one.accessibleName() or (isinstance(one, QAbstractButton) and one.text()))
    ]
    assert nameless == []


def test_the_keyboard_reaches_every_control(window: MainWindow) -> None:
    unreachable = [
        f"{page}: {type(one).__name__} {one.accessibleName() or getattr(one, 'text', str)()}"
        for page in each_page(window)
        for one in window.page.findChildren(QAbstractButton)
        if one.isVisible()
        and one.isEnabled()
        and not one.focusPolicy() & Qt.FocusPolicy.TabFocus
        # Of a row of sections the chosen one is reached by Tab, the others from there by arrows.
        and not (one.group() is not None and one.group().exclusive())
        and not belongs_to_qt(one)
    ]
    assert unreachable == []


def test_pages_are_reached_by_number(window: MainWindow) -> None:
    for number, entry in enumerate(PAGES, start=1):
        key: Qt.Key = getattr(Qt.Key, f"Key_{number}")
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert type(window.page).__module__.startswith(f"app.ui.{entry.id}")
        assert window.sidebar.buttons[entry.id].isChecked()


def test_links_wait_until_the_profile_is_there_and_come_in_order(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Context, "run", lambda _self, work, *_: asked.append(str(work)))
    window.take_link("reelkey://private?v=1&token=a")
    window.take_link("reelkey://private?v=1&token=b")
    assert asked == []
    window.take_links(True)
    assert len(asked) == 2


def test_the_same_notice_comes_once(window: MainWindow) -> None:
    for _ in range(50):
        window.show_error(SourceGone(path="/x"))
    window.show_error(SourceGone(path="/y"))
    assert len(window.scrim.sheets) == 2
    for sheet in window.scrim.sheets:
        sheet.close_sheet()
    window.show_error(SourceGone(path="/x"))
    assert len(window.scrim.sheets) == 1, "it was closed: it is news again"


def drop(window: MainWindow, mime: QMimeData) -> None:
    event = QDropEvent(
        QPointF(QPoint(400, 300)),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def test_a_link_or_folders_can_be_dropped(window: MainWindow, tmp_path: Path) -> None:
    links: list[str] = []
    sent: list[list[Path]] = []
    taken: list[list[Path]] = []
    window.take_link = links.append  # type: ignore[method-assign,assignment]
    window.send_films = sent.append  # type: ignore[method-assign,assignment]
    mime = QMimeData()
    mime.setText(" reelkey://private?v=1&token=a\n")
    drop(window, mime)
    folders = QMimeData()
    folders.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://evil.example/x")])
    window.show_page("history")
    drop(window, folders)
    window.show_page("blocks")
    page: Page = window.page

    def take(paths: list[Path]) -> bool:
        taken.append(paths)
        return True

    page.take_drop = take  # type: ignore[method-assign]
    drop(window, folders)
    assert links == ["reelkey://private?v=1&token=a"]
    assert sent == [[tmp_path]]
    assert taken == [[tmp_path]]


def test_the_theme_follows_the_setting_and_the_system(window: MainWindow) -> None:
    window.settings.set("theme", "dark")
    window.store.take([SettingsChanged(("theme",))])
    assert theme.current().dark
    window.system_colours_changed()
    assert theme.current().dark, "the system has no say while one is chosen"
    window.settings.set("theme", "light")
    window.store.take([SettingsChanged(("theme",))])
    assert not theme.current().dark


def test_narrow_windows_keep_every_page_within_reach(window: MainWindow) -> None:
    window.resize(1000, 640)
    QApplication.processEvents()
    assert window.sidebar.width() < 80
    for entry in PAGES:
        made = window.sidebar.buttons[entry.id]
        assert made.isVisible()
        assert tr(entry.title) in made.toolTip()


def test_closing_asks_the_application(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()
    assert window.isVisible()
