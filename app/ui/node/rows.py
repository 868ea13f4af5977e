"""Lists of the page: films that are served, computers that are connected. Two lines a row, drawn by a
delegate from the model, no widget per row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.domain.words import tr
from app.journal import TaskRow
from app.ui import theme
from app.ui.widgets import painting
from app.ui.widgets.tables import PlainTable, ring

Index = QModelIndex | QPersistentModelIndex
ROW = 46
POSTER = QSize(52, 30)
_EDGE = 16
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what `key` it stands for, a dot's tone, two lines of text, and the further columns.

    `film`: it has a poster; `second_tone` is the palette's name for the second line's colour; `ticked` None
    where there is no tick box."""

    key: object
    title: str
    second: str
    cells: tuple[str, ...] = ()
    dot: str = ""
    film: bool = False
    second_tone: str = "text2"
    ticked: bool | None = None

    @property
    def sentence(self) -> str:
        """The row for ears."""
        return ", ".join(text for text in (self.title, self.second, *self.cells) if text)


class LinesModel(QAbstractTableModel):
    """Rows of `Line`; the header's words are catalogue keys, translated when they are shown."""

    def __init__(self, header: Sequence[str]) -> None:
        super().__init__()
        self._header = tuple(header)
        self._lines: list[Line] = []

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Only what changed is drawn anew; the selection stays where rows only changed."""
        new = list(lines)
        if [line.key for line in new] != [line.key for line in self._lines]:
            self.beginResetModel()
            self._lines = new
            self.endResetModel()
            return
        for row, line in enumerate(new):
            if line != self._lines[row]:
                self._lines[row] = line
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._header) - 1))

    def line(self, row: int) -> Line | None:
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._header) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._header)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(self._header[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section > 0:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """No tooltips: names from outside must not become rich text."""
        line = self.line(index.row())
        if line is None:
            return None
        found: Any = None
        if role == Qt.ItemDataRole.UserRole:
            found = line
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            found = line.sentence
        elif role == Qt.ItemDataRole.CheckStateRole and line.ticked is not None and index.column() == 0:
            found = Qt.CheckState.Checked if line.ticked else Qt.CheckState.Unchecked
        elif role == Qt.ItemDataRole.DisplayRole:
            found = line.title if index.column() == 0 else line.cells[index.column() - 1]
        return found


class FilmLines(LinesModel):
    """Lines of films, each made when it is looked at: there may be thousands, of which ten are seen."""

    def __init__(self, header: Sequence[str], make: Callable[[TaskRow], Line]) -> None:
        super().__init__(header)
        self._make = make
        self._films: list[TaskRow] = []

    def set_films(self, films: Sequence[TaskRow]) -> None:
        """The selection stays where only what is said of them may be new."""
        same = [film.number for film in films] == [film.number for film in self._films]
        if not same:
            self.beginResetModel()
        self._films = list(films)
        if not same:
            self.endResetModel()
        elif films:
            self.dataChanged.emit(self.index(0, 0), self.index(len(films) - 1, self.columnCount() - 1))

    def line(self, row: int) -> Line | None:
        return self._make(self._films[row]) if 0 <= row < len(self._films) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self._films)


class LinesDelegate(QStyledItemDelegate):
    """Draws a `Line`: the first column with tick, dot or poster and both lines, the others flush right."""

    def __init__(self, view: LinesView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint(option, index).width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(line, Line):
            return
        colours = theme.current()
        rect = QRect(option.rect)
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.selection))
        if index.row() or not self._view.horizontalHeader().isVisible():
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(rect.topLeft(), rect.topRight())
        if index.column() == 0:
            self._first(painter, rect, line)
        else:
            painter.setFont(painting.font())
            painter.setPen(QColor(colours.text2))
            painter.drawText(rect.adjusted(4, 0, -_EDGE, 0), _RIGHT, line.cells[index.column() - 1])
        painter.restore()
        ring(painter, self._view, option, index)

    def _first(self, painter: QPainter, rect: QRect, line: Line) -> None:
        colours = theme.current()
        left = rect.left() + _EDGE
        if line.ticked is not None:
            state = Qt.CheckState.Checked if line.ticked else Qt.CheckState.Unchecked
            painting.tick_box(painter, QRect(left, rect.top(), painting.TICK, rect.height()), state)
            left += 28
        if line.dot:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(str(getattr(colours, line.dot))))
            painter.drawEllipse(left, rect.center().y() - 3, 8, 8)
            left += 18
        if line.film:
            box = QRect(left, rect.center().y() - 15, POSTER.width(), POSTER.height())
            painting.poster(painter, box, self._view.picture(line.key, self._view.devicePixelRatioF()))
            left += 64
        room = rect.right() - left - 8
        middle = Qt.TextElideMode.ElideMiddle
        first = QRect(left, rect.top() + 5, room, 18)
        second = QRect(left, rect.top() + 24, room, 16)
        painting.text(painter, first, line.title, colours.text, painting.font(), middle)
        tone = str(getattr(colours, line.second_tone))
        painting.text(painter, second, line.second, tone, painting.font(12), middle)


class LinesView(PlainTable):
    """The table of a `LinesModel`; the first column takes the room that is left."""

    def __init__(self, model: LinesModel, widths: Sequence[int]) -> None:
        super().__init__(model, ROW, 0, _EDGE)
        self.lines = model
        #: A film's poster by its row's key and the screen's ratio; None where there is none.
        self.picture: Callable[[object, float], QPixmap | None] = lambda _key, _ratio: None
        self.setItemDelegate(LinesDelegate(self))
        for column, width in enumerate(widths, start=1):
            self.horizontalHeader().resizeSection(column, width)

    def chosen(self) -> Line | None:
        """The row that is selected."""
        return self.lines.line(self.currentIndex().row())

    def height_of(self, rows: int) -> int:
        """The height at which `rows` rows are seen whole."""
        header = self.horizontalHeader()
        return rows * ROW + (header.sizeHint().height() if header.isVisibleTo(self) else 0)
