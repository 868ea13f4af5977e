"""Garbage is collected on the window's thread alone.

Python's collector runs in whatever thread happens to allocate. Widgets in reference cycles (a lambda that
knows its own dialog is enough) would be destroyed by the thread that reads from the engine, and Qt crashes
when a timer or a widget is destroyed outside of its own. So the automatic collector is switched off and asked
from here.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_EVERY_MS = 1000


class Collector(QObject):
    """Collects by Python's own thresholds, once a second, on the thread it was made on."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        # What the imports made stays for good: it need not be walked again and again.
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_LOOK_EVERY_MS)

    def collect(self) -> int | None:
        """The generation that was collected; None where none was due."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return generation
        return None

    def stop(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
