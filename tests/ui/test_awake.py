"""The computer stays awake while films move, and may sleep when nothing does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.journal import Run
from app.ui.awake import Awake, DBusInhibitor
from app.ui.messages import RowsChanged
from app.ui.store import Store
from tests.ui.fakes import make_row


class Recorder:
    def __init__(self, *, can: bool = True) -> None:
        self.calls: list[str] = []
        self._can = can

    def hold(self, reason: str) -> bool:
        assert reason
        self.calls.append("hold")
        return self._can

    def drop(self) -> None:
        self.calls.append("drop")


def test_held_once_while_anything_moves_and_dropped_after_the_last(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.awake._LET_GO_AFTER_MS", 20)
    store, recorder = Store(), Recorder()
    awake = Awake(store, recorder)
    first, second = make_row(1), make_row(2)
    store.take([RowsChanged((first, second))])
    store.take([RowsChanged((replace(first, run=Run.DONE),))])
    assert (recorder.calls, awake.held) == (["hold"], True)
    store.take([RowsChanged((replace(second, run=Run.WAITING),))])
    qtbot.waitUntil(lambda: not awake.held)
    assert recorder.calls == ["hold", "drop"]


def test_a_film_that_follows_at_once_keeps_it(qtbot: QtBot) -> None:
    store, recorder = Store(), Recorder()
    awake = Awake(store, recorder)
    row = make_row(1)
    store.take([RowsChanged((row,))])
    store.take([RowsChanged((replace(row, run=Run.DONE),))])
    store.take([RowsChanged((make_row(2),))])
    assert awake._dropping.isActive() is False
    assert recorder.calls == ["hold"]
    awake.let_go()
    assert recorder.calls == ["hold", "drop"]


def test_where_there_is_no_inhibitor_it_does_not_say_that_it_stays_awake(qtbot: QtBot) -> None:
    store = Store()
    awake = Awake(store, Recorder(can=False))
    with qtbot.waitSignal(awake.changed) as told:
        store.take([RowsChanged((make_row(1),))])
    assert told.args == [False]


def test_without_a_session_bus_nothing_breaks(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    inhibitor = DBusInhibitor()
    assert inhibitor.hold("films") is False
    inhibitor.drop()
