"""Painting and handling of the list: columns, tick boxes, *Look elsewhere…*, keys and the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.domain.words import N_, tr
from app.journal import TaskRow
from app.ui import amounts, theme
from app.ui.blocks import words
from app.ui.blocks.due import DueFilm
from app.ui.blocks.model import ROW, DueModel, Group
from app.ui.store import Store
from app.ui.widgets import painting

_FILM_HEIGHT, _GROUP_HEIGHT = 56, 32
_MARGIN = 20
_LOOKS_ELSEWHERE = ("missing", "other", "damaged")
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Columns:
    """Left edge and width of each column; `who` is 0 wide where it folds into the facts."""

    film: tuple[int, int]
    who: tuple[int, int]
    result: tuple[int, int]
    action: int


def columns(width: int) -> Columns:
    """The columns of a list of this width."""
    left = 126
    action = action_width() + _MARGIN
    room = max(0, width - left - action - _MARGIN)
    who = 0 if room < 620 else 190 if room < 860 else 232
    result = min(430, int(room * 0.44)) if who else int(room * 0.5)
    film = room - who - result
    return Columns((left, film - 16), (left + film, who), (left + film + who, result), action)


def action_width() -> int:
    """Of the button *Look elsewhere…*, in the language of now."""
    return QFontMetrics(painting.font()).horizontalAdvance(tr(N_("Look elsewhere…"))) + 22


def _button_rect(row: QRect) -> QRect:
    width = action_width()
    return QRect(row.right() - _MARGIN - width + 1, row.center().y() - 13, width, 26)


#: A picture's size in a row, in logical pixels.
POSTER = QSize(64, 36)


class DueDelegate(QStyledItemDelegate):
    """Paints a group or a film."""

    def __init__(self, store: Store, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        #: A sent film's poster, where there is one.
        self.picture: Callable[[TaskRow, float], QPixmap | None] = lambda _row, _ratio: None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        height = _GROUP_HEIGHT if isinstance(index.data(ROW), Group) else _FILM_HEIGHT
        return QSize(option.rect.width(), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        painter.save()
        colours = theme.current()
        ground = colours.raised if isinstance(row, Group) else colours.surface
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, QColor(colours.selection if selected else ground))
        painter.fillRect(
            option.rect.left(), option.rect.bottom(), option.rect.width(), 1, QColor(colours.border)
        )
        if isinstance(row, Group):
            self._group(painter, option.rect, row)
        elif isinstance(row, DueFilm):
            model = index.model()
            assert isinstance(model, DueModel)  # noqa: S101 - made for this model
            self._film(painter, option.rect, row, model)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))
        painter.restore()

    def _group(self, painter: QPainter, rect: QRect, group: Group) -> None:
        colours = theme.current()
        arrow = "chevron-right" if group.folded else "chevron-down"
        painting.draw_icon(
            painter, QRect(rect.left() + _MARGIN, rect.top(), 14, rect.height()), arrow, colours.text2, 14
        )
        bold, plain = painting.font(12, bold=True), painting.font(12)
        name = " · ".join(
            part for part in (group.library, group.folder or tr(N_("Without a folder"))) if part
        )
        left = rect.left() + _MARGIN + 24
        room = max(0, rect.width() - left - 260)
        width = min(room, QFontMetrics(bold).horizontalAdvance(name) + 8)
        painting.text(painter, QRect(left, rect.top(), width, rect.height()), name, colours.text, bold,
                      Qt.TextElideMode.ElideMiddle)  # fmt: skip
        tally = amounts.count(group.count)
        said = f"{tally}    {group.words}" if group.words else tally
        painting.text(
            painter, QRect(left + width + 8, rect.top(), 240, rect.height()), said, colours.text3, plain
        )

    def _film(self, painter: QPainter, rect: QRect, film: DueFilm, model: DueModel) -> None:
        colours = theme.current()
        if film.state not in ("working", "done"):
            tick = Qt.CheckState.Checked if model.is_ticked(film) else Qt.CheckState.Unchecked
            box = QRect(rect.left() + _MARGIN, rect.top(), 18, rect.height())
            painting.tick_box(painter, box, tick, enabled=bool(film.releasable))
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        picture = self.picture(film.film, ratio) if film.film is not None else None
        painting.poster(painter, QRect(rect.left() + 50, rect.top() + 10, 64, 36), picture)
        places = columns(rect.width())
        who, since = words.who(film)
        facts = words.facts(film)
        if not places.who[1]:
            facts = " · ".join(part for part in (who, facts) if part)
        self._lines(
            painter, rect, places.film, (film.name, colours.text), (facts, colours.text2), cut_name=True
        )
        if places.who[1]:
            width = places.who[1] - 16
            self._lines(painter, rect, (places.who[0], width), (who, colours.text), (since, colours.text3))
        self._result(painter, rect, places, film, model)
        if film.state in _LOOKS_ELSEWHERE:
            self._button(painter, _button_rect(rect))

    def _result(
        self, painter: QPainter, rect: QRect, places: Columns, film: DueFilm, model: DueModel
    ) -> None:
        said = words.result(film, self._store, looking=model.looking)
        colour = str(getattr(theme.current(), said.tone))
        left, width = places.result
        top = rect.top() + (9 if said.more else 18)
        painting.draw_icon(painter, QRect(rect.left() + left, top, 16, 19), said.icon, colour, 14)
        if film.state not in _LOOKS_ELSEWHERE:
            width += places.action - _MARGIN
        text_place = (left + 22, width - 34)
        self._lines(painter, rect, text_place, (said.words, colour), (said.more, theme.current().text2))

    def _lines(
        self,
        painter: QPainter,
        rect: QRect,
        place: tuple[int, int],
        first: tuple[str, str],
        second: tuple[str, str],
        *,
        cut_name: bool = False,
    ) -> None:
        left, width = rect.left() + place[0], max(0, place[1])
        top = rect.top() + (9 if second[0] else 18)
        middle, end = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
        mode = middle if cut_name else end
        painting.text(painter, QRect(left, top, width, 19), *first, painting.font(bold=cut_name), mode)
        if second[0]:
            painting.text(painter, QRect(left, top + 19, width, 17), *second, painting.font(12), end)

    def _button(self, painter: QPainter, rect: QRect) -> None:
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(rect, 6, 6)
        painter.setPen(QColor(colours.text))
        painter.setFont(painting.font())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), tr(N_("Look elsewhere…")))
        painter.restore()


class DueList(QListView):
    """The list. Space ticks, ← → fold a group, Enter looks elsewhere, the menu key opens the menu."""

    look_elsewhere = Signal(object)
    show_file = Signal(object)

    def __init__(self, model: DueModel, store: Store) -> None:
        super().__init__()
        self._model = model
        self.delegate = DueDelegate(store, self)
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self._current: object = None
        model.modelAboutToBeReset.connect(self._note_current)
        model.modelReset.connect(self._find_current)

    def _note_current(self) -> None:
        self._current = self._model.identity(self.currentIndex().row())

    def _find_current(self) -> None:
        row = self._model.row_of(self._current)
        if row >= 0:
            self.setCurrentIndex(self._model.index(row))

    def _film(self, index: Index) -> DueFilm | None:
        row = index.data(ROW)
        return row if isinstance(row, DueFilm) else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            return
        film = self._film(index)
        rect = self.visualRect(index)
        if film is None:
            self._fold(index.row())
        elif film.state in _LOOKS_ELSEWHERE and _button_rect(rect).contains(event.position().toPoint()):
            self.look_elsewhere.emit(film)
        elif event.position().x() < rect.left() + 48:
            self._model.toggle(index.row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        film = self._film(index) if index.isValid() else None
        over = film is not None and film.state in _LOOKS_ELSEWHERE
        over = over and _button_rect(self.visualRect(index)).contains(event.position().toPoint())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def _fold(self, row: int, folded: bool | None = None) -> None:
        group = next((n for n in range(row, -1, -1) if isinstance(self._model.rows[n], Group)), -1)
        self._model.fold(row, folded)
        if group >= 0:  # a group keeps its place when it is folded
            self.setCurrentIndex(self._model.index(group))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        index = self.currentIndex()
        film = self._film(index) if index.isValid() else None
        if not index.isValid():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self._model.toggle(index.row())
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold(index.row(), event.key() == Qt.Key.Key_Left)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and film is not None:
            if film.state in _LOOKS_ELSEWHERE:
                self.look_elsewhere.emit(film)
            else:
                self._model.toggle(index.row())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        index = self.currentIndex()
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
        film = self._film(index) if index.isValid() else None
        if film is not None:
            where = event.globalPos()
            if event.reason() is not QContextMenuEvent.Reason.Mouse:
                where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft() + QPoint(60, 0))
            self.menu(film).popup(where)

    def menu(self, film: DueFilm) -> QMenu:
        """What can be done with a film."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        elsewhere = menu.addAction(tr(N_("Look elsewhere…")))
        elsewhere.triggered.connect(lambda: self.look_elsewhere.emit(film))
        folder = menu.addAction(tr(N_("Show folder")))
        folder.setEnabled(film.match is not None and film.match.path is not None)
        folder.triggered.connect(lambda: self.show_file.emit(film))
        return menu


class ColumnNames(QWidget):
    """The names over the columns."""

    def __init__(self, below: DueList) -> None:
        super().__init__()
        self._below = below
        below.verticalScrollBar().rangeChanged.connect(self.update)
        self.setFixedHeight(28)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(0, 0, self.width(), 1, QColor(colours.border))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(colours.border))
        places = columns(self._below.viewport().width())
        names = (
            (places.film, tr(N_("Film"))),
            (places.who, tr(N_("Who waits"))),
            (places.result, tr(N_("Result"))),
        )
        for (left, width), name in names:
            if width:
                painting.text(
                    painter, QRect(left, 0, width, self.height()), name, colours.text2, painting.font(12)
                )
        painter.end()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        self.update()
