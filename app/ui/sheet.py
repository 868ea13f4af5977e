"""Sheets: questions that lie over the window, on a flat scrim. Never a dialog in a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.ui.widgets.basics import button, label

_ENTER_AFTER_MS = 600


class Sheet(QFrame):
    """A question: a title, a body that scrolls inside, and a foot with buttons that never leave the screen.

    `accept_button` answers Enter, but only 600 ms after the sheet is shown, so that a key meant for something
    else does not say yes; Esc is `reject`. Subclasses fill `body`, `foot` (left side) and add buttons.
    """

    closed = Signal()

    def __init__(self, width: int = 680) -> None:
        super().__init__()
        self.setObjectName("sheet")
        self.wanted_width = width
        self.accept_button: QPushButton | None = None
        self._armed = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.inside = QWidget()
        self.inside.setObjectName("scrolled")
        self.body = QVBoxLayout(self.inside)
        self.body.setContentsMargins(24, 20, 24, 20)
        self.body.setSpacing(12)
        scroll.setWidget(self.inside)
        self._scroll = scroll
        self.title: QLabel = label("title", wrap=True)
        self.subtitle: QLabel = label("second", wrap=True)
        self.body.addWidget(self.title)
        self.body.addWidget(self.subtitle)
        foot = QFrame()
        foot.setObjectName("sheetFoot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 14, 24, 14)
        row.setSpacing(8)
        self.foot_note: QLabel = label("second")
        row.addWidget(self.foot_note)
        row.addStretch(1)
        self.buttons = row
        outer.addWidget(scroll, 1)
        outer.addWidget(foot)
        self.foot = foot

    def add_answers(
        self, act: Callable[[], None], look: str = "primary", icon: str = ""
    ) -> tuple[QPushButton, QPushButton]:
        """The no, which is `reject`, and the yes, which is `act`, at the foot's right; their words are the
        subclass' to set. What destroys something stands before the way back."""
        no, yes = button(), button(look, icon)
        no.clicked.connect(self.reject)
        yes.clicked.connect(act)
        for one in (yes, no) if look == "danger" else (no, yes):
            self.buttons.addWidget(one)
        return no, yes

    def height_wanted(self) -> int:
        """The height at which nothing needs to scroll."""
        width = self.wanted_width - 2
        inside = self.inside.layout()
        height = (
            inside.heightForWidth(width)
            if inside and inside.hasHeightForWidth()
            else self.inside.sizeHint().height()
        )
        return height + self.foot.sizeHint().height() + 4

    def hidden_height(self) -> int:
        """How many pixels of the body are out of sight."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
        return self._scroll.verticalScrollBar().maximum()

    def shown(self) -> None:
        """The sheet is on the screen: Enter counts from a moment later on."""
        self._armed = False
        QTimer.singleShot(_ENTER_AFTER_MS, self._arm)

    def _arm(self) -> None:
        self._armed = True

    def accept(self) -> None:
        """Enter: press the main button."""
        if self._armed and self.accept_button is not None and self.accept_button.isEnabled():
            self.accept_button.click()

    def reject(self) -> None:
        """Esc, or Cancel."""
        self.close_sheet()

    def close_sheet(self) -> None:
        """Take the sheet away; the next one that waits comes."""
        self.closed.emit()

    def retranslate(self) -> None:
        """Set all texts anew."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)


class Scrim(QWidget):
    """The ground under a sheet: covers the window, holds the focus, shows one sheet after the other."""

    #: How many sheets wait behind the one that is shown.
    waiting_changed = Signal(int)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._sheets: list[Sheet] = []
        self._focus_before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    @property
    def current(self) -> Sheet | None:
        return self._sheets[0] if self._sheets else None

    @property
    def sheets(self) -> list[Sheet]:
        """The one that is shown, then those that wait."""
        return list(self._sheets)

    @property
    def waiting(self) -> int:
        return max(0, len(self._sheets) - 1)

    def open(self, sheet: Sheet, *, first: bool = False) -> None:
        """Show the sheet, or let it wait until those before it are answered. `first`: it comes at once, and
        the one that is shown waits."""
        sheet.setParent(self)
        sheet.hide()
        sheet.inside.installEventFilter(self)
        sheet.closed.connect(lambda: self._close(sheet))
        shown = self.current
        self._sheets.insert(0 if first else len(self._sheets), sheet)
        if shown is None:
            window = self.window()
            self._focus_before = window.focusWidget() if window else None
        elif first:
            shown.hide()
        if self.current is sheet:
            self._show_first()
        self.waiting_changed.emit(self.waiting)

    def _show_first(self) -> None:
        sheet = self._sheets[0]
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        sheet.show()
        self.place()
        sheet.setFocus()
        first = sheet.accept_button if sheet.accept_button and sheet.accept_button.isEnabled() else None
        (first or sheet).setFocus(Qt.FocusReason.PopupFocusReason)
        sheet.shown()

    def _close(self, sheet: Sheet) -> None:
        if sheet not in self._sheets:
            return
        self._sheets.remove(sheet)
        sheet.hide()
        sheet.deleteLater()
        if self._sheets:
            self._show_first()
        else:
            self.hide()
            if self._focus_before is not None and isValid(self._focus_before):
                self._focus_before.setFocus()
        self.waiting_changed.emit(self.waiting)

    def place(self) -> None:
        """The sheet in the middle, inside the window with all of its buttons."""
        sheet = self.current
        if sheet is None:
            return
        width = min(sheet.wanted_width, self.width() - 32)
        most = self.height() - 48
        self._set_height(sheet, width, min(sheet.height_wanted(), most))
        # Wrapped words are as tall as their width makes them, which a layout only estimates: what is still
        # to be scrolled is added, where there is room.
        hidden = sheet.hidden_height()
        if hidden and sheet.height() < most:
            self._set_height(sheet, width, min(sheet.height() + hidden, most))

    def _set_height(self, sheet: Sheet, width: int, height: int) -> None:
        sheet.setGeometry((self.width() - width) // 2, max(24, (self.height() - height) // 2), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        sheet = self.current
        if sheet is not None and watched is sheet.inside:
            if event.type() == QEvent.Type.LayoutRequest:  # other words, more films: another height
                QTimer.singleShot(0, self, self.place)
        elif event.type() == QEvent.Type.Resize and watched is (window := self.parentWidget()):
            # The window's: a sheet that was just closed may be laid out once more.
            self.setGeometry(window.rect())
            self.place()
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """The focus stays in the sheet."""
        sheet = self.current
        if sheet is None:
            return super().focusNextPrevChild(forward)
        moved = super().focusNextPrevChild(forward)
        focus = self.window().focusWidget()
        if focus is None or not (focus is sheet or sheet.isAncestorOf(focus)):
            sheet.setFocus(Qt.FocusReason.TabFocusReason)
        return moved

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 120))
        painter.end()
