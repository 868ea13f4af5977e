"""The page Node, by what a person sees and presses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QGuiApplication, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import NodeUnavailable, NotNow
from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.ui.context import Context
from app.ui.messages import DueChanged, DueTask, NodeSeen, PeerSeen, RowsChanged, SettingsChanged
from app.ui.node.page import NodePage
from app.ui.node.sheets import FreeSheet, LineSheet
from app.ui.pages import PAGES
from tests.ui.fakes import engine_of, make_row, shell_of, show_in_window

GB = 10**9
PEER = "12D3KooWPqKfB2DYqN3fyhxaRfsQeZoBSU78mzMgMX5HxTym3thm"
ADDRESS = f"/ip4/203.0.113.24/tcp/4001/p2p/{PEER}"
NODE = NodeSeen(
    "online",
    peer_id=PEER,
    address=ADDRESS,
    addresses=("/ip4/8.8.4.4/tcp/4001",),
    peers=(
        PeerSeen(PEER[:-1] + "1", "/ip4/8.8.8.8/tcp/1", inbound=True, rate_out=96e6, rate_in=0.0),
        PeerSeen(PEER[:-1] + "2", "/ip4/8.8.4.4/tcp/1/p2p/x/p2p-circuit"),
    ),
    repo_bytes=171 * GB,
    free_bytes=600 * GB,
    total_bytes=1000 * GB,
    since=time.time() - 90_000,
)
SERVER = "https://library.example"


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[NodePage]:
    rows = (
        make_row(1, run=Run.DONE, cid="sent", public_size=100 * GB, source_id=7),
        make_row(
            2, kind=TaskKind.DOWNLOAD, run=Run.DONE, cid="one", public_size=30 * GB, final_path="/f/one.mov"
        ),
        make_row(3, kind=TaskKind.DOWNLOAD, run=Run.DONE, cid="two", public_size=40 * GB),
    )
    context.store.take([RowsChanged(rows), NODE])
    engine_of(context).answers["care.pinned"] = frozenset({"sent", "one", "two"})
    made = NodePage(context)
    made.retranslate()
    window = show_in_window(qtbot, made)
    qtbot.waitUntil(lambda: "70" in made.space.free.text())
    yield made
    window.hide()


def sheet_of(page: NodePage) -> FreeSheet:
    sheet = shell_of(page.context).sheets[-1]
    assert isinstance(sheet, FreeSheet)
    return sheet


def test_it_says_how_the_node_stands_and_what_is_served(page: NodePage) -> None:
    assert page.standing.accessibleName().startswith("Online, reachable directly")
    assert "1 d 1 h" in page.standing.accessibleName()
    assert "3 films" in page.standing.accessibleName()
    assert page.served.view.model().rowCount() == 3


def test_the_whole_address_is_copied(page: NodePage, qtbot: QtBot) -> None:
    page.standing.copy.click()
    assert QGuiApplication.clipboard().text() == ADDRESS
    assert page.standing.copy.text() == "Copied"


def test_an_address_of_this_computer_alone_is_not_given_away(page: NodePage) -> None:
    card = page.standing
    assert card.copy.isVisible()
    assert not card.settings.isVisible()
    loop = "/ip4/127.0.0.1/tcp/4001"
    page.context.store.take([replace(NODE, address=f"{loop}/p2p/{PEER}", addresses=(loop,), peers=())])
    assert card.accessibleName().startswith("Only on this computer")
    assert not card.copy.isVisible()
    assert not card.address.isVisible()
    card.settings.click()
    assert shell_of(page.context).pages == ["settings"]

    page.context.store.take([replace(NODE, state="stopped", address="", addresses=(), peers=())])
    assert not card.settings.isVisible()


def test_the_side_bar_judges_as_the_page_does(page: NodePage) -> None:
    badge = next(entry.badge for entry in PAGES if entry.id == "node")
    store = page.context.store

    def shown(node: NodeSeen) -> tuple[str, str]:
        store.take([node])
        return badge(store).text, badge(store).dot

    assert shown(NODE) == ("Online", "done")
    alone = ("/ip4/127.0.0.1/tcp/4001",)
    assert shown(replace(NODE, addresses=alone, peers=())) == ("Only here", "key")
    home = ("/ip4/192.168.1.4/tcp/4001",)
    assert shown(replace(NODE, addresses=home, peers=())) == ("Local only", "key")
    assert shown(NodeSeen("starting")) == ("Starting", "track")
    assert shown(NodeSeen("failed")) == ("Stopped", "error")


def test_who_waits_for_a_release_is_seen(page: NodePage) -> None:
    task = DueTask(SERVER, 1, 7, 233, "x", "", "sent", None, "")
    page.context.store.take([DueChanged(SERVER, (task,))])
    line = page.served.model.line(0)
    assert line is not None
    assert (line.second, line.second_tone) == ("A buyer waits for your release", "key")


def test_freeing_lists_each_copy_and_asks_the_engine_for_those_ticked(page: NodePage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    page.space.free.click()
    sheet = sheet_of(page)
    qtbot.addWidget(sheet)
    assert sheet.ticked() == [2, 3]
    first = sheet.list.lines.line(0)
    assert first is not None
    assert first.second == "The film stays in /f"

    sheet.list.setCurrentIndex(sheet.list.lines.index(0, 0))
    sheet.list.clicked.emit(sheet.list.currentIndex())
    assert sheet.ticked() == [3]
    assert sheet.accept_button is not None
    assert "40.0 GB" in sheet.accept_button.text()
    engine.answers["care.pinned"] = frozenset({"sent", "one"})
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: engine.called("free") == [([3],)])
    qtbot.waitUntil(lambda: "30" in page.space.free.text())


def test_one_that_cannot_go_keeps_none_of_the_others(page: NodePage, qtbot: QtBot) -> None:
    engine, shell = engine_of(page.context), shell_of(page.context)

    def free(numbers: list[int]) -> int:
        if numbers == [2]:
            raise NotNow(source_name="one", reason="busy")
        return 1

    engine.answers["free"] = free
    page.space.free.click()
    sheet_of(page).confirmed.emit([2, 3])
    qtbot.waitUntil(lambda: len(shell.errors) == 1)
    assert engine.called("free") == [([2],), ([3],)]
    assert page.space.free.isEnabled()


def test_nothing_to_free_can_not_be_pressed(page: NodePage, qtbot: QtBot) -> None:
    engine_of(page.context).answers["care.pinned"] = frozenset({"sent"})
    page.context.store.take([RowsChanged((make_row(9, run=Run.DONE),))])
    qtbot.waitUntil(lambda: page.space.free.text() == "Nothing to free")
    assert not page.space.free.isEnabled()


def test_peers_bear_the_names_given_to_them(page: NodePage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    first = page.peers.model.line(0)
    assert first is not None
    assert first.title == "8.8.8.8"
    assert first.cells == ("96 MB/s", "–", "Direct")
    second = page.peers.model.line(1)
    assert second is not None
    assert second.cells == ("", "", "Relayed")

    page.peers.view.setCurrentIndex(page.peers.model.index(0, 0))
    page.peers.view.activated.emit(page.peers.model.index(0, 0))
    sheet = shell_of(page.context).sheets[-1]
    assert isinstance(sheet, LineSheet)
    sheet.edit.setText("  Post house ")
    assert sheet.accept_button is not None
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: bool(engine.called("set_setting")))
    key, text = engine.called("set_setting")[0]
    assert (key, text) == ("node.names", f"{PEER[:-1]}1 Post house")

    page.context.settings.set(key, text)
    page.context.store.take([SettingsChanged((key,))])
    named = page.peers.model.line(0)
    assert named is not None
    assert named.title == "Post house"
    assert named.second.startswith("8.8.8.8")


def test_nobody_is_connected_and_nothing_is_wrong(page: NodePage) -> None:
    page.context.store.take([replace(NODE, peers=())])
    assert page.peers.nothing.isVisible()
    assert "nothing is wrong" in page.peers.nothing.text()


def test_a_node_that_does_not_start_says_why_and_can_be_restarted(page: NodePage, qtbot: QtBot) -> None:
    page.context.store.take([NodeSeen("failed", NodeUnavailable(reason="port in use"))])
    assert page.standing.accessibleName().startswith("Stopped")
    assert page.standing.error.isVisible()
    assert not page.check.isEnabled()
    page.standing.restart.click()
    qtbot.waitUntil(lambda: engine_of(page.context).called("restart_node") == [()])


def test_checking_asks_anew(page: NodePage, qtbot: QtBot) -> None:
    engine = engine_of(page.context)
    asked = len(engine.called("care.pinned"))
    page.check.click()
    assert page.check.text() == "Checking…"
    qtbot.waitUntil(lambda: page.check.text() == "Check connection")
    assert engine.called("care.look_at_node") == [()]
    qtbot.waitUntil(lambda: len(engine.called("care.pinned")) == asked + 1)


def test_connecting_to_an_address(page: NodePage, qtbot: QtBot) -> None:
    page._connect()
    sheet = shell_of(page.context).sheets[-1]
    assert isinstance(sheet, LineSheet)
    assert sheet.accept_button is not None
    assert not sheet.accept_button.isEnabled()
    sheet.edit.setText(ADDRESS)
    sheet.accept_button.click()
    qtbot.waitUntil(lambda: engine_of(page.context).called("connect_to") == [(ADDRESS,)])


def test_a_page_behind_others_is_not_drawn(page: NodePage) -> None:
    page.hide()
    page.context.store.take([replace(NODE, peers=())])
    assert page.peers.model.rowCount() == 2
    page.show()
    assert page.peers.model.rowCount() == 0


def test_the_nodes_word_every_few_seconds_costs_no_look_at_all_films(
    page: NodePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("app.ui.node.page.space_of")
    reset = []
    page.served.model.modelReset.connect(lambda: reset.append("films"))
    page.context.store.take([replace(NODE, peers=(), repo_bytes=180 * GB, free_bytes=500 * GB)])
    assert page.peers.model.rowCount() == 0
    assert (page._space.work, page._space.free, page._space.other) == (10 * GB, 500 * GB, 320 * GB)
    assert reset == []


def test_a_line_is_made_of_the_films_that_are_seen(page: NodePage, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [make_row(n, run=Run.DONE, cid=f"c{n}", source_name=f"{n}.mov") for n in range(10, 400)]
    page.context.store.take([RowsChanged(tuple(rows))])
    made: list[int] = []
    whole = page._served_words

    def words(row: TaskRow) -> tuple[str, str]:
        made.append(row.number)
        return whole(row)

    monkeypatch.setattr(page, "_served_words", words)
    page._take_pinned(frozenset(row.cid for row in rows))
    QApplication.processEvents()
    assert page.served.model.rowCount() == 390
    assert 0 < len(set(made)) < 40
    last = page.served.model.line(389)
    assert last is not None
    assert last.title == "399.mov"


def test_films_that_are_served_show_their_posters(page: NodePage, monkeypatch: pytest.MonkeyPatch) -> None:
    red = QPixmap(52, 30)
    red.fill(QColor("#ff0000"))
    first = page.served.model.line(0)
    assert first is not None
    pictures = {first.key: red}
    monkeypatch.setattr(page.context.pictures, "get", lambda row, size, ratio: pictures.get(row.number))
    view = page.served.view
    picture = view.viewport().grab().toImage()
    shown = [
        picture.pixelColor(view.visualRect(view.lines.index(row, 0)).topLeft() + QPoint(24, 23)).name()
        for row in range(2)
    ]
    assert shown[0] == "#ff0000" != shown[1]
