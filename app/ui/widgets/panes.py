"""A list and the details of one of its rows: side by side, or the details over the list."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui.widgets.basics import name_tool, tool
from app.ui.widgets.elided import ElidedLabel

_OVER_BELOW = 1080
_NARROWEST, _WIDEST = 320, 560
_GRIP = 5


class DetailsPane(QFrame):
    """The pane: a head with name, menu and ×, below it what a subclass adds to `column`."""

    closed = Signal()
    #: A row (its number) and the Act that is wanted.
    acted = Signal(int, object)
    #: The row's menu is wanted at this button.
    menu_wanted = Signal(int, QWidget)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pane")
        self.number = 0
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(18, 14, 10, 14)
        row.setSpacing(4)
        self.name = ElidedLabel()
        self.name.setProperty("look", "strong")
        self._more, self._close = tool("ellipsis"), tool("x")
        self._more.clicked.connect(lambda: self.menu_wanted.emit(self.number, self._more))
        self._close.clicked.connect(self.closed.emit)
        row.addWidget(self.name, 1)
        row.addWidget(self._more)
        row.addWidget(self._close)
        self.column.addLayout(row)

    def show_number(self, number: int) -> None:
        """Show the row of that number."""
        if number != self.number:
            self.number = number
            self.begin_anew()
        self.refresh()

    def begin_anew(self) -> None:
        """Another row is shown from now on: what was kept of the last one goes."""

    def refresh(self) -> None:
        """What is new of the row that is shown."""

    def retranslate(self) -> None:
        name_tool(self._more, tr(N_("More")))
        name_tool(self._close, tr(N_("Close")))
        self.setAccessibleName(tr(N_("Details")))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class ListAndPane(QWidget):
    """`left` holds the list, `view` is what the focus goes back to. The pane stands beside `left` where there
    is room for both, else over it; where `drawn`, its edge can be drawn. Esc closes it."""

    #: It was opened for the row of that number.
    opened = Signal(int)
    #: Both have their places: the width of `left`, and whether the pane stands beside it.
    placed = Signal(int, bool)

    def __init__(
        self, left: QWidget, view: QWidget, pane: DetailsPane, width: int, *, drawn: bool = False
    ) -> None:
        super().__init__()
        self.left, self._view, self.pane = left, view, pane
        self.pane_width = width
        self._grip = _Grip(self) if drawn else None
        left.setParent(self)
        pane.setParent(self)
        pane.hide()
        pane.closed.connect(self.close_pane)

    def toggle(self, number: int) -> None:
        """Show that row's details; no longer where they are shown."""
        if self.pane.isVisible() and self.pane.number == number:
            self.close_pane()
        else:
            self.open(number)

    def open(self, number: int) -> None:
        """Show that row's details."""
        self.pane.show()
        self.pane.raise_()
        self._place()
        self.pane.show_number(number)
        self.opened.emit(number)

    def close_pane(self) -> None:
        if self.pane.isVisible():
            focused = self.focusWidget()
            inside = focused is not None and self.pane.isAncestorOf(focused)
            self.pane.hide()
            self._place()
            if inside:
                self._view.setFocus()

    def follow(self, number: int) -> None:
        """The selected row is that one (0: none): an open pane shows it."""
        if number and self.pane.isVisible():
            self.pane.show_number(number)

    def draw_to(self, x: int) -> None:
        """Let the pane begin at `x`."""
        self.set_pane_width(self.width() - x)

    def set_pane_width(self, width: int) -> None:
        """Let the pane be so wide, within its bounds."""
        self.pane_width = min(_WIDEST, max(_NARROWEST, width))
        self._place()

    def _place(self) -> None:
        opened, width = self.pane.isVisible(), min(self.pane_width, self.width())
        beside = opened and self.width() >= _OVER_BELOW
        room = self.width() - (width if beside else 0)
        self.left.setGeometry(0, 0, room, self.height())
        self.pane.setGeometry(QRect(self.width() - width, 0, width, self.height()))
        if self._grip is not None:
            self._grip.setVisible(opened)
            self._grip.setGeometry(self.width() - width - _GRIP // 2, 0, _GRIP, self.height())
            self._grip.raise_()
        self.placed.emit(room, beside)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape and self.pane.isVisible():
            self.close_pane()
        else:
            super().keyPressEvent(event)


class _Grip(QWidget):
    """The edge of the pane, which can be drawn."""

    def __init__(self, panes: ListAndPane) -> None:
        super().__init__(panes)
        self._panes = panes
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.hide()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._panes.draw_to(self._panes.mapFromGlobal(event.globalPosition().toPoint()).x())
