"""The computer stays awake while films move, and may sleep when nothing does."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.journal import Run
from app.ui.awake import Awake
from app.ui.awake_linux import DBusInhibitor
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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.awake._LET_GO_AFTER_MS", 20)


def test_held_once_while_anything_moves_and_dropped_after_the_last(qtbot: QtBot, quick: None) -> None:
    store, recorder = Store(), Recorder()
    awake = Awake(store, recorder)
    first, second = make_row(1), make_row(2)
    store.take([RowsChanged((first, second))])
    qtbot.waitUntil(lambda: awake.held)
    store.take([RowsChanged((replace(first, run=Run.DONE),))])
    assert awake.held
    store.take([RowsChanged((replace(second, run=Run.WAITING),))])
    qtbot.waitUntil(lambda: not awake.held)
    awake.stop()
    assert recorder.calls == ["hold", "drop"]


def test_a_film_that_follows_at_once_keeps_it(qtbot: QtBot) -> None:
    store, recorder = Store(), Recorder()
    awake = Awake(store, recorder)
    row = make_row(1)
    store.take([RowsChanged((row,))])
    store.take([RowsChanged((replace(row, run=Run.DONE),))])
    store.take([RowsChanged((make_row(2),))])
    assert awake._dropping.isActive() is False
    awake.stop()
    assert recorder.calls == ["hold", "drop"]


def test_a_bus_that_does_not_answer_keeps_nothing_waiting(qtbot: QtBot) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(Recorder):
        def hold(self, reason: str) -> bool:
            asked.set()
            answer.wait(10)
            return super().hold(reason)

    store = Store()
    awake = Awake(store, Slow())
    store.take([RowsChanged((make_row(1),))])
    assert asked.wait(5)
    assert not awake.held
    answer.set()
    qtbot.waitUntil(lambda: awake.held)
    awake.stop()


def test_where_there_is_no_inhibitor_it_does_not_say_that_it_stays_awake(qtbot: QtBot) -> None:
    store = Store()
    awake = Awake(store, Recorder(can=False))
    with qtbot.waitSignal(awake.changed) as told:
        store.take([RowsChanged((make_row(1),))])
    assert told.args == [False]
    awake.stop()


_SAVER = """
from jeepney import DBusAddress, MessageType, new_error, new_method_call, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.ScreenSaver"))
print("here", flush=True)
while True:
    call = connection.receive()
    fields = {field.name: value for field, value in call.header.fields.items()}
    if call.header.message_type is not MessageType.method_call:
        continue
    print(fields["member"], fields["signature"], call.body, flush=True)
    if fields["member"] == "Inhibit":
        connection.send(new_method_return(call, "u", (4_000_000_000,)))
    else:
        connection.send(new_method_return(call))
"""


def test_a_session_service_is_asked_and_told_when_it_is_over(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        saver = subprocess.Popen([sys.executable, "-c", _SAVER], stdout=subprocess.PIPE, text=True)
        assert saver.stdout is not None
        try:
            assert saver.stdout.readline() == "here\n"
            inhibitor = DBusInhibitor()
            assert inhibitor.hold("films")
            assert saver.stdout.readline() == "Inhibit ss ('Reelkey', 'films')\n"
            inhibitor.drop()
            assert saver.stdout.readline() == "UnInhibit u (4000000000,)\n"
        finally:
            saver.kill()
            saver.wait()
            saver.stdout.close()


@contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """A message bus of our own; its address."""
    command = [
        "dbus-daemon",
        "--session",
        "--nofork",
        "--print-address=1",
        f"--address=unix:path={folder}/bus",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        try:
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


def test_without_a_bus_nothing_breaks(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for bus in ("SESSION", "SYSTEM"):
        monkeypatch.setenv(f"DBUS_{bus}_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    inhibitor = DBusInhibitor()
    assert inhibitor.hold("films") is False
    inhibitor.drop()
