"""A field to search in: a glass at its left, Esc empties it, Down and Enter go on to what was found."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QToolButton

from app.domain.words import N_, tr
from app.ui import theme
from app.ui.widgets.painting import draw_icon

_GLASS = 16


class SearchField(QLineEdit):
    """The glass is painted, not a button: there is nothing to be pressed."""

    #: What is searched for: told once no key came for a moment, and at once when the list is gone on to.
    searched = Signal(str)
    #: On to the list.
    left = Signal()
    #: The focus went elsewhere.
    blurred = Signal()

    def __init__(self, wait: int = 0) -> None:
        """`wait`: how many ms the moment is; 0: there is none."""
        super().__init__()
        self.setTextMargins(_GLASS + 8, 0, 0, 0)
        self.setClearButtonEnabled(True)
        self.setMaxLength(200)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(wait)
        self._wait.timeout.connect(self.settle)
        self._nobody_typed = False
        self.textChanged.connect(self._text_changed)

    def settle(self) -> None:
        """No key is waited for any more."""
        self._wait.stop()
        self.searched.emit(self.text())

    def show_text(self, text: str) -> None:
        """Show what is searched for already: nobody typed it."""
        if self.text().strip() != text:
            self._nobody_typed = True
            self.setText(text)
            self._nobody_typed = False
            self._wait.stop()

    def begin(self) -> None:
        """A person asked for the search by its key: what is written is chosen, so that typing replaces it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _text_changed(self) -> None:
        if not self._nobody_typed:
            self._wait.start() if self._wait.interval() else self.settle()

    def _leave(self) -> None:
        self.settle()
        self.left.emit()

    def retranslate(self, name: str, shown: str = "") -> None:
        """`name` says what is searched: for ears, and for eyes (if not `shown`) while the field is empty."""
        self.setPlaceholderText(shown or name)
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
            self._leave()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.blurred.emit()
