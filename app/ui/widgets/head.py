"""The head of a page: its title, a word beside it, and at the right what can be done on the whole page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.widgets.basics import label

HEIGHT = 60


class PageHead(QWidget):
    """60 px over the page. `beside` stands right behind the title: a count or a sentence, a chip if given."""

    def __init__(self, beside: QLabel | None = None) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(20, 0, 20, 0)
        self._row.setSpacing(12)
        self.title = label("title")
        self.beside = beside or label("second")
        self._row.addWidget(self.title)
        self._row.addWidget(self.beside, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addStretch(1)

    def add(self, *made: QWidget) -> None:
        """Put these at the right, one beside the other."""
        for one in made:
            self._row.addWidget(one)
