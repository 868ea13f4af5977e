"""Qt's objects are destroyed on Qt's thread, however much another thread allocates."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from app.ui.collector import Collector


class Knot(QObject):
    """A widget as they often are: it knows a function that knows it."""

    def __init__(self) -> None:
        super().__init__()
        self.timer = QTimer(self)
        self.act = lambda: self


def test_knots_are_untied_on_this_thread(qtbot: QtBot) -> None:
    parent = QObject()
    collector = Collector(parent)
    where: list[str] = []
    try:
        for _ in range(50):
            knot = Knot()
            weakref.finalize(knot, lambda: where.append(threading.current_thread().name))
            del knot

        def allocate() -> None:
            for _ in range(300):
                rings: list[list[object]] = []
                for _ in range(100):
                    ring: list[object] = []
                    ring.append(ring)
                    rings.append(ring)

        busy = threading.Thread(target=allocate, name="engine")
        busy.start()
        busy.join()
        assert where == [], "nothing is collected by the thread that allocates"
        qtbot.waitUntil(lambda: len(where) == 50, timeout=5000)
        assert set(where) == {threading.current_thread().name}
    finally:
        collector.stop()
        gc.disable()


def test_it_goes_by_pythons_thresholds_and_gives_back(qtbot: QtBot) -> None:
    del qtbot
    parent = QObject()
    collector = Collector(parent)
    try:
        assert not gc.isenabled()
        gc.collect()
        assert collector.collect() is None, "nothing is due"
        kept = [[] for _ in range(gc.get_threshold()[0] + 10)]  # type: ignore[var-annotated]
        assert collector.collect() == 0
        del kept
    finally:
        collector.stop()
    assert gc.isenabled()
    gc.disable()
