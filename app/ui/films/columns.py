"""The names of the columns over a list of films or of exports."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import theme
from app.ui.films import ink
from app.ui.films.forms import Form, slots
from app.ui.films.view import FilmsView


class HeadedList(QWidget):
    """A list below the names of its columns."""

    def __init__(self, heads: ColumnHeads, view: FilmsView) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heads)
        column.addWidget(view, 1)


class ColumnHeads(QWidget):
    """The names of the columns, where the rows' form has them."""

    def __init__(self, view: FilmsView, first: str = N_("Film")) -> None:
        """`view`: the list below. `first`: the name of the first column, a catalogue key."""
        super().__init__()
        self.setFixedHeight(28)
        self._view, self._first = view, first
        self._form = Form.WIDE
        self._width = 0
        view.viewport().installEventFilter(self)

    def fit(self) -> None:
        """Take the form of the rows, and their width, without the scroll bar."""
        self._form, self._width = self._view.painting.form, self._view.viewport().width()
        self.setVisible(self._form is not Form.TINY)
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """The names stay over their columns when a scroll bar comes or goes."""
        if event.type() == QEvent.Type.Resize and watched is self._view.viewport():
            self.fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = theme.current()
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(colours.border))
        place = slots(self._form, QRect(0, 0, self._width or self.width(), 66))
        for rect, words, align in (
            (place.poster.united(place.name), self._first, ink.LEFT),
            (place.stage, N_("Stage"), ink.LEFT),
            (place.who.adjusted(20, 0, 0, 0), N_("Who can open it"), ink.LEFT),
            (place.time, N_("Time left"), ink.RIGHT),
        ):
            if rect.width() > 20:
                line = QRect(rect.left(), 0, rect.width(), self.height())
                ink.write(painter, line, tr(words), colours.text3, 12, ink.NORMAL, align)
        painter.end()
