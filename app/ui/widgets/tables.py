"""Tables of whole rows without a grid: what all of them share, whatever their model."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.ui import theme
from app.ui.widgets import painting

Index = QModelIndex | QPersistentModelIndex
_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_HEADER = 29
_ARROW, _GAP = 12, 4


class PlainTable(QTableView):
    """Rows of one height, one of them chosen at a time; the column `stretched` takes the room that is left.

    A ring shows the current row only to those who came to it by keys: `ringed`.
    """

    def __init__(self, model: QAbstractItemModel, row: int, stretched: int, edge: int = 8) -> None:
        super().__init__()
        self.ringed = False
        self.setModel(model)
        self.setHorizontalHeader(TableHeader(self, edge))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(row)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)

    def _ring(self, shown: bool) -> None:
        if shown is not self.ringed:
            self.ringed = shown
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Home and End go through rows, as in lists; in a table Qt goes through columns."""
        self._ring(True)
        rows = self.model().rowCount()
        target = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: rows - 1}.get(Qt.Key(event.key()))
        if target is not None and rows and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.setCurrentIndex(self.model().index(target, max(0, self.currentIndex().column())))
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._ring(False)
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._ring(event.reason() in _BY_TAB)
        super().focusInEvent(event)


class RowDelegate(QStyledItemDelegate):
    """Cells as Qt draws them, and around the current row, not its cell, the ring."""

    def __init__(self, view: PlainTable) -> None:
        super().__init__(view)
        self._view = view

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        ring(painter, self._view, option, index)


def ring(painter: QPainter, view: PlainTable, option: QStyleOptionViewItem, index: Index) -> None:
    """This cell's part of the ring around the current row, where there is one to be shown."""
    if not view.ringed or not view.hasFocus() or index.row() != view.currentIndex().row():
        return
    row = QRect(0, option.rect.top(), view.viewport().width(), option.rect.height())
    painter.save()
    painter.setClipRect(option.rect)
    painter.setPen(QColor(theme.current().accent))
    for inset in (0, 1):
        painter.drawRect(row.adjusted(inset, inset, -1 - inset, -1 - inset))
    painter.restore()


class TableHeader(QHeaderView):
    """The columns' names over their texts, and which one sorts with an arrow clear of its name."""

    def __init__(self, parent: QWidget, edge: int) -> None:
        """`edge`: how far from the column's sides its texts begin."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._edge = edge
        self.setHighlightSections(False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), _HEADER)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802 - Qt's name
        colours = theme.current()
        painter.save()
        painter.fillRect(rect, QColor(colours.surface))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.border))
        model, way = self.model(), Qt.Orientation.Horizontal
        words = str(model.headerData(section, way) or "")
        aligned = model.headerData(section, way, Qt.ItemDataRole.TextAlignmentRole)
        right = bool(aligned) and bool(Qt.AlignmentFlag(aligned) & Qt.AlignmentFlag.AlignRight)
        made = painting.font(12)
        sorts = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        # What `width_of` gives for safety is not seen at the right.
        room = rect.adjusted(self._edge, 0, 2 - self._edge if right else -self._edge, -1)
        text, arrow = places(room, painting.width_of(words, made), right=right)
        tone = colours.text if sorts else colours.text2
        painting.text(painter, text, words, tone, made)
        if sorts:
            up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
            painting.draw_icon(painter, arrow, "chevron-up" if up else "chevron-down", tone, _ARROW)
        painter.restore()


def places(room: QRect, wide: int, *, right: bool) -> tuple[QRect, QRect]:
    """Where a column's name of that width and the arrow beside it stand: the arrow behind the name, before it
    where the column is flush right."""
    if right:
        text = QRect(room)
        text.setLeft(max(room.left() + _ARROW + _GAP, room.right() + 1 - wide))
        return text, QRect(text.left() - _GAP - _ARROW, room.top(), _ARROW, room.height())
    width = min(wide, room.width() - _GAP - _ARROW)
    text = QRect(room.left(), room.top(), width, room.height())
    return text, QRect(text.right() + 1 + _GAP, room.top(), _ARROW, room.height())
