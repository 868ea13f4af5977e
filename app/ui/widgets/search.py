"""A field to search in: a glass at its left, Esc empties it, Down and Enter go on to what was found."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QToolButton

from app.domain.words import N_, tr
from app.ui import theme
from app.ui.widgets.painting import draw_icon

_GLASS = 16


class SearchField(QLineEdit):
    """The glass is painted, not a button: there is nothing to be pressed."""

    #: On to the list.
    left = Signal()
    #: The focus went elsewhere.
    blurred = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTextMargins(_GLASS + 8, 0, 0, 0)
        self.setClearButtonEnabled(True)
        self.setMaxLength(200)

    def retranslate(self, name: str) -> None:
        """`name` says what is searched: for the eyes where it is empty, and for ears."""
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        for clear in self.findChildren(QToolButton):
            clear.setAccessibleName(tr(N_("Clear search")))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        draw_icon(painter, QRect(10, 0, _GLASS, self.height()), "search", theme.current().text3, 14)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.blurred.emit()
