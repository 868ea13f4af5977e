"""A small sheet that tells of an error which belongs to nothing on the page, or keeps the window away."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QPushButton

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.ui import hints
from app.ui.sheet import Sheet
from app.ui.widgets import button, label


class NoticeSheet(Sheet):
    """Title, what happened, what to do, and one button that closes it."""

    def __init__(self, error: ReelkeyError) -> None:
        super().__init__(480)
        self._error = error
        self._message = label("", wrap=True, selectable=True)
        self._hint = label("second", wrap=True, selectable=True)
        self.body.addWidget(self._message)
        self.body.addWidget(self._hint)
        self.body.addStretch(1)
        self._close: QPushButton = button("primary")
        self._close.clicked.connect(self.close_sheet)
        self.buttons.addWidget(self._close)
        self.accept_button = self._close
        self.subtitle.hide()
        self.retranslate()

    def show_error(self, error: ReelkeyError) -> None:
        """Tell of this one instead."""
        self._error = error
        self.retranslate()

    def tells(self, error: ReelkeyError) -> bool:
        """Whether this says the very same."""
        return self._error.record() == error.record()

    def retranslate(self) -> None:
        self.title.setText(self._error.title)
        self._message.setText(hints.message(self._error))
        self._hint.setText(hints.hint(self._error))
        self._close.setText(tr(N_("Close")))
        self.setAccessibleName(self._error.title)


def show_alone(error: ReelkeyError) -> None:
    """Tell of an error where there is no window, in one of its own; returns once it is closed."""
    sheet = NoticeSheet(error)
    sheet.setWindowTitle("Reelkey")
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    until = QEventLoop()
    sheet.closed.connect(sheet.close)
    sheet.destroyed.connect(until.quit)
    sheet.resize(sheet.wanted_width, sheet.height_wanted())
    sheet.show()
    sheet.activateWindow()
    sheet.shown()
    until.exec()
