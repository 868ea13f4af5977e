"""Notifications on a desktop without a tray."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from app.domain.words import set_language
from app.journal import Run
from app.settings.settings import Settings
from app.ui.messages import RowsChanged
from app.ui.notifications import Notifications
from app.ui.notify_linux import DBusNotifier
from app.ui.store import Store
from tests.ui.fakes import make_row
from tests.ui.test_awake import session_bus
from tests.ui.test_notifications import Tray, Window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="D-Bus")

_DESKTOP = """
import sys
from jeepney import DBusAddress, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
name = "org.freedesktop.Notifications"
connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName(name))
here = DBusAddress("/org/freedesktop/Notifications", interface=name)
print("here", flush=True)
number = 6
while True:
    call = connection.receive()
    fields = {field.name: value for field, value in call.header.fields.items()}
    if call.header.message_type is not MessageType.method_call:
        continue
    if fields["member"] == "GetCapabilities":
        connection.send(new_method_return(call, "as", (sys.argv[1:],)))
        continue
    number += 1
    connection.send(new_method_return(call, "u", (number,)))
    print(fields["signature"], call.body, flush=True)
    if sys.stdin.readline() == "click\\n":
        connection.send(new_signal(here, "ActionInvoked", "us", (99, "default")))
        connection.send(new_signal(here, "ActivationToken", "us", (number, "token-7")))
        connection.send(new_signal(here, "ActionInvoked", "us", (number, "default")))
"""


@contextmanager
def desktop(*abilities: str) -> Iterator[subprocess.Popen[str]]:
    """A service of notifications that prints what it shows, and clicks when it is told to."""
    command = [sys.executable, "-c", _DESKTOP, *abilities]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        try:
            assert made.stdout.readline() == "here\n"
            yield made
        finally:
            made.kill()


def shown_by(made: subprocess.Popen[str]) -> str:
    """The next notification that it showed."""
    assert made.stdout is not None
    assert select.select([made.stdout], [], [], 5)[0], "nothing was shown"
    return made.stdout.readline()


def tell(made: subprocess.Popen[str], word: str) -> None:
    assert made.stdin is not None
    made.stdin.write(word + "\n")
    made.stdin.flush()


def notifier_of(made: Notifications) -> DBusNotifier:
    assert made._desktop is not None
    return made._desktop


def ended(notifier: DBusNotifier) -> None:
    notifier.stop()
    notifier._thread.join(5)
    assert not notifier._thread.is_alive()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


def test_without_a_tray_the_desktop_shows_it_and_a_click_goes_to_the_film(
    bus: str, qtbot: QtBot, tmp_path: Path
) -> None:
    set_language("en")
    store, window, tray = Store(), Window(Settings(tmp_path / "settings.json")), Tray()
    tray.available = False
    made = Notifications(cast("Any", window), store, cast("Any", tray))
    row = make_row(1, source_name="E01 <b>&.mov")
    store.take([RowsChanged((row, make_row(2)))])
    tokens: list[str | None] = []
    window.bring_forward = lambda: tokens.append(os.environ.get("XDG_ACTIVATION_TOKEN"))  # type: ignore[method-assign]
    with desktop("actions", "body", "body-markup") as shown:
        store.take([RowsChanged((replace(row, run=Run.DONE),))])
        assert tray.icon.shown == []
        said = shown_by(shown)
        assert said.startswith(
            "susssasa{sv}i ('Reelkey', 0, 'reelkey', 'Reelkey', 'E01 &lt;b&gt;&amp;.mov is"
        )
        assert "['default', '']" in said
        tell(shown, "click")
        qtbot.waitUntil(lambda: bool(window.went_to))
    assert window.went_to == [1] and tokens == ["token-7"]
    assert "XDG_ACTIVATION_TOKEN" not in os.environ
    made.stop()
    ended(notifier_of(made))


def test_a_desktop_that_knows_no_clicks_and_a_bus_that_was_begun_anew(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = DBusNotifier()
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        with session_bus(folder) as address:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            with desktop("body") as shown:
                made.show("Reelkey", "a <b> & c", 1)
                assert "'a <b> & c', []" in shown_by(shown)
    ended(made)


@pytest.mark.parametrize("address", ["unix:path=/nonexistent/bus", "nonsense", "unix:path={silent}"])
def test_a_bus_that_is_not_there_or_says_nothing_keeps_nobody(
    address: str,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("app.ui.notify_linux._ANSWERS_WITHIN", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/silent")
        silent.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address.format(silent=f"{tmp_path}/silent"))
        made = DBusNotifier()
        begun = time.monotonic()
        made.show("Reelkey", "text", 1)
        assert time.monotonic() - begun < 0.1
        qtbot.waitUntil(lambda: "no notification could be shown" in caplog.text)
    ended(made)
