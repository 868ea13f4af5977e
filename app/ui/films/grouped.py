"""A view of groups: heads of one height and rows of another, so that ten thousand cost no more than ten.

A view of its own because Qt's list asks for the height of every row each time one of them changes; here it
is reckoned.
"""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QWidget

from app.ui.films.forms import HEAD
from app.ui.films.rows import GroupedRows

_Action = QAbstractItemView.CursorAction
Index = QModelIndex | QPersistentModelIndex


class GroupedView(QAbstractItemView):
    """Knows where each of the GroupedRows lies; what is painted there is its subclass's."""

    def __init__(self, model: GroupedRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.films = model
        self.height_of_film = 66
        self._tops: list[int] = []
        self._height = 0
        self._anchor: tuple[int, int] | None = None
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def take_model(self) -> None:
        """To be called once the subclass is built: Qt asks it at once."""
        self.setModel(self.films)
        self.films.arranged.connect(self.reckon)
        self.films.layoutAboutToBeChanged.connect(self.note_anchor)
        self.reckon()

    def held_numbers(self) -> list[int]:
        """The films that must not move on the screen, the most important first."""
        return []

    def reckon(self) -> None:
        """Rows came, went or moved: reckon where each group begins."""
        self._tops, y = [], 0
        for section in self.films.sections:
            self._tops.append(y)
            shown = 0 if self.films.is_folded(section.key) else len(section.numbers)
            y += HEAD + shown * self.height_of_film
        self._height = y
        self.updateGeometries()
        self._keep_anchor()
        self.viewport().update()

    def top_of(self, row: int) -> int:
        """Where the row begins, from the top of the list."""
        if not self._tops:
            return 0
        at = bisect_right(self.films.firsts, row) - 1
        below = row - self.films.firsts[at]
        return self._tops[at] + (HEAD + (below - 1) * self.height_of_film if below else 0)

    def row_at(self, y: int) -> int:
        """The row at a height from the top of the list; -1 below the last one."""
        if not 0 <= y < self._height:
            return -1
        at = bisect_right(self._tops, y) - 1
        inside = y - self._tops[at] - HEAD
        return self.films.firsts[at] + (0 if inside < 0 else 1 + inside // self.height_of_film)

    def row_rect(self, row: int) -> QRect:
        """Where a row lies in the viewport."""
        height = HEAD if row in self.films.firsts else self.height_of_film
        top = self.top_of(row) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), height)

    # --- what every view of Qt has to answer ---------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:  # noqa: N802 - Qt's name
        return self.row_rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802 - Qt's name
        row = self.row_at(point.y() + self.verticalOffset())
        return self.films.index(row) if row >= 0 else QModelIndex()

    def scrollTo(  # noqa: N802 - Qt's name
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        rect, room = self.row_rect(index.row()), self.viewport().height()
        bar = self.verticalScrollBar()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - room // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= room:
            bar.setValue(bar.value() + rect.bottom() - room + 1)

    def horizontalOffset(self) -> int:  # noqa: N802 - Qt's name
        return 0

    def verticalOffset(self) -> int:  # noqa: N802 - Qt's name
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:  # noqa: N802 - Qt's name
        del index
        return False

    def moveCursor(self, action: _Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:  # noqa: N802
        del modifiers
        rows = self.films.rowCount()
        if not rows:
            return QModelIndex()
        now = self.currentIndex().row()
        page = max(1, self.viewport().height() // self.height_of_film - 1)
        steps = {
            _Action.MoveUp: now - 1,
            _Action.MovePrevious: now - 1,
            _Action.MoveDown: now + 1,
            _Action.MoveNext: now + 1,
            _Action.MovePageUp: now - page,
            _Action.MovePageDown: now + page,
            _Action.MoveHome: 0,
            _Action.MoveEnd: rows - 1,
        }
        return self.films.index(min(rows - 1, max(0, steps.get(action, now))))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # noqa: N802
        index = self.indexAt(rect.center())
        selected = QItemSelection(index, index) if index.isValid() else QItemSelection()
        self.selectionModel().select(selected, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802 - Qt's name
        region = QRegion()
        for index in selection.indexes():
            region = region.united(QRegion(self.visualRect(index)))
        return region

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(room)
        bar.setSingleStep(self.height_of_film // 2)
        bar.setRange(0, max(0, self._height - room))
        super().updateGeometries()

    # --- what must not move on the screen --------------------------------------------------------------

    def note_anchor(self) -> None:
        """What must not move on the screen: the row under the mouse, else the one with the focus, else the
        first that is seen."""
        offset = self.verticalOffset()
        for number in self.held_numbers():
            row = self.films.row_of(number) if number else None
            if row is not None:
                self._anchor = (number, self.top_of(row) - offset)
                return
        if offset == 0:
            self._anchor = None
            return
        row = self.row_at(offset + self.height_of_film - 1)
        seen = self.films.number_at(row) if row >= 0 else None
        self._anchor = None if seen is None else (seen, self.top_of(row) - offset)

    def _keep_anchor(self) -> None:
        anchor, self._anchor = self._anchor, None
        row = self.films.row_of(anchor[0]) if anchor is not None else None
        if anchor is not None and row is not None:
            self.verticalScrollBar().setValue(self.top_of(row) - anchor[1])
