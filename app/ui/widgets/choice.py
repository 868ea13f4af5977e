"""A box of a few choices, of which the mouse's wheel takes none."""

from __future__ import annotations

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox


class ChoiceBox(QComboBox):
    """Qt's box takes the next choice when the wheel turns over it, though a person only scrolls the page it
    stands on; most of ours are kept at once. The wheel goes to the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()
