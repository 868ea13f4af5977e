"""No sleep while films move: the system's own inhibitor, dropped when nothing does."""

from __future__ import annotations

import ctypes
import logging
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.words import N_, tr
from app.journal import Run
from app.ui.store import Store

if TYPE_CHECKING or sys.platform.startswith("linux"):
    from jeepney import DBusAddress, Message, MessageType, new_method_call
    from jeepney.fds import FileDescriptor
    from jeepney.io.blocking import DBusConnection, open_dbus_connection

log = logging.getLogger(__name__)

# What a bus that is not there, or hangs up, raises.
_NO_BUS = (OSError, ValueError, KeyError, TimeoutError, RuntimeError)
_BUS_WITHIN = 2.0
_SESSION_SERVICES = (
    ("org.freedesktop.PowerManagement.Inhibit", "/org/freedesktop/PowerManagement/Inhibit"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
)
_LET_GO_AFTER_MS = 5000
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


class Inhibitor(Protocol):
    """Keeps the system awake between `hold` and `drop`. `hold` says whether it does."""

    def hold(self, reason: str) -> bool: ...

    def drop(self) -> None: ...


class Awake(QObject):
    """Holds the inhibitor while any film is in work."""

    changed = Signal(bool)

    def __init__(self, store: Store, inhibitor: Inhibitor | None = None) -> None:
        super().__init__(store)
        self._store = store
        self._inhibitor = inhibitor or system_inhibitor()
        self._held = False
        # Between two films there is a moment without work: not worth giving up for.
        self._dropping = QTimer(self)
        self._dropping.setSingleShot(True)
        self._dropping.setInterval(_LET_GO_AFTER_MS)
        self._dropping.timeout.connect(self.let_go)
        store.films_changed.connect(self._look)
        store.films_gone.connect(self._look)

    @property
    def held(self) -> bool:
        return self._held

    def _look(self) -> None:
        working = any(row.run is Run.ACTIVE for row in self._store.rows.values())
        if working:
            self._dropping.stop()
            if not self._held:
                self._held = self._inhibitor.hold(tr(N_("Films are being handed over")))
                self.changed.emit(self._held)
        elif self._held and not self._dropping.isActive():
            self._dropping.start()

    def let_go(self) -> None:
        """The computer may sleep again."""
        self._dropping.stop()
        if self._held:
            self._inhibitor.drop()
            self._held = False
            self.changed.emit(False)


def system_inhibitor() -> Inhibitor:
    """This system's way to stay awake."""
    if sys.platform == "win32":
        return WindowsInhibitor()
    if sys.platform == "darwin":
        return MacInhibitor()
    return DBusInhibitor()


class WindowsInhibitor:
    """SetThreadExecutionState; it lasts until it is dropped or the thread ends."""

    def hold(self, reason: str) -> bool:
        del reason
        return self._set(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED)

    def drop(self) -> None:
        self._set(_ES_CONTINUOUS)

    def _set(self, state: int) -> bool:
        kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
        return bool(kernel.SetThreadExecutionState(state))


class MacInhibitor:
    """`caffeinate`, which every macOS has; ends with us (-w)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self, reason: str) -> bool:
        del reason
        import os  # noqa: PLC0415

        try:
            self._process = subprocess.Popen(["/usr/bin/caffeinate", "-i", "-w", str(os.getpid())])
        except OSError:
            return False
        return True

    def drop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)
            self._process = None


class DBusInhibitor:
    """Linux: systemd-logind's inhibitor, else the session's power management or screen saver; the first that
    answers. Each ends by itself with our connection, so a killed program keeps nobody awake.

    Spoken by jeepney: QtDBus sends every Python number as a signed one, and cookies are unsigned.
    """

    def __init__(self) -> None:
        self._connection: DBusConnection | None = None
        self._logind: FileDescriptor | None = None
        self._cookie: tuple[DBusAddress, int] | None = None

    def hold(self, reason: str) -> bool:
        return self._by_logind(reason) or any(
            self._by_session(DBusAddress(path, bus_name=name, interface=name), reason)
            for name, path in _SESSION_SERVICES
        )

    def _by_logind(self, reason: str) -> bool:
        address = DBusAddress(
            "/org/freedesktop/login1",
            bus_name="org.freedesktop.login1",
            interface="org.freedesktop.login1.Manager",
        )
        try:
            with open_dbus_connection("SYSTEM", enable_fds=True) as connection:
                body = ("sleep:idle", "Reelkey", reason, "block")
                answer = _ask(connection, new_method_call(address, "Inhibit", "ssss", body))
        except _NO_BUS:
            return False
        if answer is None or not answer.body or not isinstance(answer.body[0], FileDescriptor):
            return False
        self._logind = answer.body[0]  # held for as long as it is open
        return True

    def _by_session(self, address: DBusAddress, reason: str) -> bool:
        try:
            connection = open_dbus_connection("SESSION")
        except _NO_BUS:
            return False
        try:
            answer = _ask(connection, new_method_call(address, "Inhibit", "ss", ("Reelkey", reason)))
        except _NO_BUS:
            answer = None
        if answer is None:
            connection.close()
            return False
        self._connection = connection
        self._cookie = (address, int(answer.body[0]))
        return True

    def drop(self) -> None:
        if self._logind is not None:
            self._logind.close()
            self._logind = None
        if self._connection is not None and self._cookie is not None:
            (address, cookie), connection = self._cookie, self._connection
            self._connection = self._cookie = None
            with suppress(*_NO_BUS):
                _ask(connection, new_method_call(address, "UnInhibit", "u", (cookie,)))
            connection.close()


def _ask(connection: DBusConnection, call: Message) -> Message | None:
    """The answer to a call; None where the service says no or is not there."""
    answer = connection.send_and_get_reply(call, timeout=_BUS_WITHIN)
    return answer if answer.header.message_type is MessageType.method_return else None
