"""No sleep while films move: the system's own inhibitor, dropped when nothing does."""

from __future__ import annotations

import ctypes
import logging
import subprocess
import sys
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtDBus import QDBusConnection, QDBusMessage

from app.domain.words import N_, tr
from app.journal import Run
from app.ui.store import Store

log = logging.getLogger(__name__)

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
    """The session's inhibitor on Linux: power management, else the screen saver's; the first that answers."""

    _SERVICES = (
        ("org.freedesktop.PowerManagement.Inhibit", "/org/freedesktop/PowerManagement/Inhibit",
         "org.freedesktop.PowerManagement.Inhibit"),
        ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"),
    )  # fmt: skip

    def __init__(self) -> None:
        self._cookie: tuple[tuple[str, str, str], int] | None = None

    def hold(self, reason: str) -> bool:
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return False
        for service in self._SERVICES:
            message = QDBusMessage.createMethodCall(*service, "Inhibit")
            message.setArguments(["Reelkey", reason])
            answer = bus.call(message, timeout=2000)
            if answer.type() is QDBusMessage.MessageType.ReplyMessage and answer.arguments():
                self._cookie = (service, int(answer.arguments()[0]))
                return True
        return False

    def drop(self) -> None:
        if self._cookie is None:
            return
        service, cookie = self._cookie
        self._cookie = None
        message = QDBusMessage.createMethodCall(*service, "UnInhibit")
        message.setArguments([cookie])
        QDBusConnection.sessionBus().call(message, timeout=2000)
