"""No sleep while films move: the system's own inhibitor, dropped when nothing does."""

from __future__ import annotations

import ctypes
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

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
    """Holds the inhibitor while any film or export is in work.

    Asked in a thread of its own: a bus that does not answer must not keep the window from painting. It is the
    same thread each time, since Windows' inhibitor belongs to the thread that asked.
    """

    changed = Signal(bool)
    _answered = Signal(bool)

    def __init__(self, store: Store, inhibitor: Inhibitor | None = None) -> None:
        super().__init__(store)
        self._store = store
        self._inhibitor = inhibitor
        self._asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="awake")
        self._wanted = False
        self.held = False
        # Between two films there is a moment without work: not worth giving up for.
        self._dropping = QTimer(self)
        self._dropping.setSingleShot(True)
        self._dropping.setInterval(_LET_GO_AFTER_MS)
        self._dropping.timeout.connect(self.let_go)
        self._answered.connect(self._show, Qt.ConnectionType.QueuedConnection)
        store.films_changed.connect(self._look)
        store.films_gone.connect(self._look)
        store.standing_changed.connect(self._look)
        store.clouds.exports_changed.connect(self._look)
        store.clouds.exports_gone.connect(self._look)

    def _look(self) -> None:
        runs = [row.run for row in self._store.rows.values()]
        runs += [row.run for row in self._store.clouds.exports.values()]
        working = Run.ACTIVE in runs and self._store.fault is None
        if working:
            self._dropping.stop()
            if not self._wanted:
                self._wanted = True
                self._asking.submit(self._hold, tr(N_("Films are being handed over")))
        elif self._wanted and not self._dropping.isActive():
            self._dropping.start()

    def _hold(self, reason: str) -> None:
        self._inhibitor = self._inhibitor or system_inhibitor()
        self._answered.emit(self._inhibitor.hold(reason))

    def _drop(self) -> None:
        if self._inhibitor is not None:
            self._inhibitor.drop()

    def _show(self, held: bool) -> None:
        self.held = held and self._wanted
        self.changed.emit(self.held)

    def let_go(self) -> None:
        """The computer may sleep again."""
        self._dropping.stop()
        if self._wanted:
            self._wanted = False
            self._asking.submit(self._drop)
            self._show(False)

    def stop(self) -> None:
        """The end: let go, and wait for it, for as long as a bus may take."""
        self.let_go()
        self._asking.shutdown(wait=True)


def system_inhibitor() -> Inhibitor:
    """This system's way to stay awake."""
    if sys.platform == "win32":
        return WindowsInhibitor()
    if sys.platform == "darwin":
        return MacInhibitor()
    from app.ui.awake_linux import DBusInhibitor  # noqa: PLC0415 - with the first film, not with the window

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
