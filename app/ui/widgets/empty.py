"""What a page shows while it has nothing: what it is for and how something comes here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets.basics import IconLabel, label


class EmptyState(QWidget):
    """An icon, a title, a sentence, and buttons that the page adds."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.setSpacing(8)
        self._icon = IconLabel(icon, "text3", 32)
        self._title = label("heading")
        self._text = label("second", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setFixedWidth(440)
        self._row = QHBoxLayout()
        self._row.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row.setSpacing(8)
        self._row.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._text, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addLayout(self._row)

    def set_words(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def add_button(self, made: QPushButton) -> None:
        self._row.addWidget(made)
