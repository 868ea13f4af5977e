"""The history as a table: ten thousand films without a widget for any of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run
from app.ui import amounts, theme
from app.ui.history.entries import DIRECTIONS, SORTS, Entry
from app.ui.widgets.elided import one_line
from app.ui.widgets.tables import PlainTable, RowDelegate

Index = QModelIndex | QPersistentModelIndex
WHEN, FILM, DIRECTION, SERIES, SIZE, RESULT = range(6)
_HEADER = (N_("When"), N_("Film"), N_("Direction"), N_("Series"), N_("Size"), N_("Outcome"))
_ICONS = {TaskKind.UPLOAD: "arrow-up", TaskKind.DOWNLOAD: "arrow-down", TaskKind.RELEASE: "key-round"}
_RESULT_LOOKS = {
    Run.DONE: ("circle-check", "done"),
    Run.FAILED: ("circle-alert", "error"),
    Run.CANCELLED: ("x", "text3"),
}
_HELD_LOOK = ("lock", "text2")
_ROW = 40
# What the style sheet keeps free beside a cell's text, and Qt's three pixels for the ring.
_EDGE = 11
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class HistoryModel(QAbstractTableModel):
    """Rows of `Entry`, sorted by a column, newest first at the beginning. Texts are made when shown."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._column, self._falling = WHEN, True

    def show_entries(self, entries: Iterable[Entry]) -> None:
        """Show these, sorted as before. Where the same films stand in the same order, rows are redrawn."""
        new = sorted(entries, key=SORTS[self._column], reverse=self._falling)
        if [entry.row.number for entry in new] == [entry.row.number for entry in self.entries]:
            old, self.entries = self.entries, new
            for place, (before, after) in enumerate(zip(old, new, strict=True)):
                if before != after:
                    self.dataChanged.emit(self.index(place, 0), self.index(place, RESULT))
            return
        self.beginResetModel()
        self.entries = new
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._falling = column, order is Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        self.entries = sorted(self.entries, key=SORTS[column], reverse=self._falling)
        self.layoutChanged.emit()

    def entry(self, row: int) -> Entry | None:
        return self.entries[row] if 0 <= row < len(self.entries) else None

    def place_of(self, number: int) -> int:
        """The row of a film, -1 where it is not shown."""
        return next((place for place, one in enumerate(self.entries) if one.row.number == number), -1)

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, RESULT)
        if self.entries:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.entries) - 1, RESULT))

    # --- what Qt asks --------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(_HEADER)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(_HEADER[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section == SIZE:
            return int(_RIGHT)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """No tooltips: names from outside must not become rich text."""
        entry = self.entry(index.row())
        if entry is None:
            return None
        column = index.column()
        found: Any = None
        if role == Qt.ItemDataRole.DisplayRole:
            found = self._text(entry, column)
        elif role == Qt.ItemDataRole.DecorationRole:
            found = self._icon(entry, column)
        elif role == Qt.ItemDataRole.ForegroundRole:
            found = QColor(str(getattr(theme.current(), self._tone(entry, column))))
        elif role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            found = int(_RIGHT)
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            found = self._text(entry, column) if column else self._sentence(entry)
        return found

    def _text(self, entry: Entry, column: int) -> str:
        row = entry.row
        match column:
            case 0:
                return amounts.date(entry.when)
            case 1:
                return one_line(row.source_name)
            case 2:
                return tr(DIRECTIONS[row.kind])
            case 3:
                return one_line(entry.series)
            case 4:
                return amounts.size(row.size)
            case _:
                return entry.result

    def _sentence(self, entry: Entry) -> str:
        """The row for ears."""
        texts = (self._text(entry, column) for column in (FILM, DIRECTION, RESULT, WHEN, SERIES, SIZE))
        return ", ".join(text for text in texts if text)

    @staticmethod
    def _tone(entry: Entry, column: int) -> str:
        if column == RESULT:
            return _result_look(entry)[1]
        return "text" if column == FILM else "text2"

    @staticmethod
    def _icon(entry: Entry, column: int) -> Any:
        if column == DIRECTION:
            return theme.icon(_ICONS[entry.row.kind], theme.current().text2, 14)
        if column == RESULT:
            name, tone = _result_look(entry)
            return theme.icon(name, str(getattr(theme.current(), tone)), 14)
        return None


def _result_look(entry: Entry) -> tuple[str, str]:
    """Icon and tone of what became of a film. Green is for what reached whom it was for."""
    return _HELD_LOOK if entry.is_held else _RESULT_LOOKS[entry.row.run]


class HistoryView(PlainTable):
    """The film's name takes the room that is left."""

    def __init__(self, model: HistoryModel) -> None:
        super().__init__(model, _ROW, FILM, _EDGE)
        self.setItemDelegate(RowDelegate(self))
        self.setSortingEnabled(True)
        self.sortByColumn(WHEN, Qt.SortOrder.DescendingOrder)
        self.fit(1100)

    def fit(self, width: int) -> None:
        """Columns for a page of that width: on a narrow one the series goes, on a very narrow one more."""
        self.setColumnHidden(SERIES, width < 960)
        for column in (DIRECTION, SIZE):
            self.setColumnHidden(column, width < 760)
        for column, wide in ((WHEN, 160), (DIRECTION, 110), (SERIES, 170), (SIZE, 100), (RESULT, 250)):
            self.horizontalHeader().resizeSection(column, wide)

    def number(self) -> int | None:
        """The journal number of the film that is chosen."""
        model = self.model()
        entry = model.entry(self.currentIndex().row()) if isinstance(model, HistoryModel) else None
        return None if entry is None else entry.row.number
