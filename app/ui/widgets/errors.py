"""An error as people meet it: what happened, what is safe, what to do, and a button that does it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.ui import hints
from app.ui.widgets.basics import IconLabel, label, name_tool, tool


class ErrorCard(QFrame):
    """Shows one error; `add_button` for what mends it. Copying takes the code with it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "error")
        self._error: ReelkeyError | None = None
        outer = QHBoxLayout(self)
        outer.setContentsMargins(14, 12, 10, 12)
        outer.setSpacing(8)
        outer.addWidget(IconLabel("circle-alert", "error", 16), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        self._title = label("error", wrap=True, selectable=True)
        self._title.setStyleSheet("font-weight: 600;")
        self._message = label("", wrap=True, selectable=True)
        self._hint = label("second", wrap=True, selectable=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._copy = tool("copy")
        self._copy.clicked.connect(self._copy_details)
        for one in (self._title, self._message, self._hint):
            column.addWidget(one)
        row = QHBoxLayout()
        row.addLayout(self._buttons)
        row.addStretch(1)
        column.addLayout(row)
        outer.addLayout(column, 1)
        outer.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)

    def add_button(self, made: QPushButton) -> None:
        self._buttons.addWidget(made)

    def show_error(self, error: ReelkeyError | None) -> None:
        """Show `error`, or nothing."""
        self._error = error
        self.setVisible(error is not None)
        if error is not None:
            self._title.setText(error.title)
            self._message.setText(hints.message(error))
            self._hint.setText(hints.hint(error))
            self.setAccessibleName(error.title)
            self.setAccessibleDescription(f"{hints.message(error)} {hints.hint(error)}")
        name_tool(self._copy, tr(N_("Copy details")))

    def retranslate(self) -> None:
        self.show_error(self._error)

    def _copy_details(self) -> None:
        if self._error is not None:
            QGuiApplication.clipboard().setText(details(self._error))


def details(error: ReelkeyError) -> str:
    """An error for a mail to support: with its code, without any secret (facts never hold one)."""
    return f"{error.title}\n{error.message}\n{error.hint}\n[{error.code}]"
