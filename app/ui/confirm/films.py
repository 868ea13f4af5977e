"""The films of a request with their ticks: a model and a delegate, no widget a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.domain.words import N_, tr
from app.media import MediaFacts
from app.ui import amounts, theme
from app.ui.messages import FilmFound
from app.ui.widgets import painting
from app.ui.widgets.elided import one_line

ROW = 46
POSTER = QSize(56, 32)
_ROWS_AT_ONCE = 6
_FILM = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class FoundFilms(QAbstractListModel):
    """Films that were found; those that were not sent before are ticked."""

    #: The ticks changed.
    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.films: list[FilmFound] = []
        self.roots: list[Path] = []
        self.facts: dict[Path, MediaFacts] = {}
        self._on: set[Path] = set()

    def set_films(self, films: Sequence[FilmFound], roots: Sequence[Path]) -> None:
        self.beginResetModel()
        self.films, self.roots, self.facts = list(films), list(roots), {}
        self._on = {film.path for film in films if film.sent_at is None}
        self.endResetModel()
        self.ticked.emit()

    def set_facts(self, path: Path, facts: MediaFacts) -> None:
        self.facts[path] = facts
        for row, film in enumerate(self.films):
            if film.path == path:
                self.dataChanged.emit(self.index(row), self.index(row))

    def chosen(self) -> list[FilmFound]:
        return [film for film in self.films if film.path in self._on]

    @property
    def state(self) -> Qt.CheckState:
        """Of all ticks together."""
        if not self._on:
            return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked if len(self._on) == len(self.films) else Qt.CheckState.PartiallyChecked

    def tick_all(self, on: bool) -> None:
        self._on = {film.path for film in self.films} if on else set()
        self._all_changed()

    def toggle(self, row: int) -> None:
        self._on ^= {self.films[row].path}
        self.dataChanged.emit(self.index(row), self.index(row))
        self.ticked.emit()

    def _all_changed(self) -> None:
        if self.films:
            self.dataChanged.emit(self.index(0), self.index(len(self.films) - 1))
        self.ticked.emit()

    # --- what Qt asks --------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _TOP) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.films)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        film = self.films[index.row()]
        if role == _FILM:
            return film
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return one_line(film.path.name)
        if role == Qt.ItemDataRole.CheckStateRole:
            on = film.path in self._on
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (film.path.name, self.detail(film), amounts.size(film.size), sent_words(film))
            return ", ".join(one_line(part) for part in parts if part)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Screen readers tick by it."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        if Qt.CheckState(value) is not self.data(index, role):
            self.toggle(index.row())
        return True

    def detail(self, film: FilmFound) -> str:
        """Where below the folder it lies, and what is known of it."""
        parts = [self._below(film.path)]
        facts = self.facts.get(film.path)
        if facts is not None:
            parts += [facts.codec, facts.resolution, amounts.duration(facts.duration)]
        return " · ".join(part for part in parts if part)

    def _below(self, path: Path) -> str:
        for root in self.roots:
            if path != root and path.is_relative_to(root):
                below = path.parent.relative_to(root).as_posix()
                return "" if below == "." else below
        return ""


def sent_words(film: FilmFound) -> str:
    """When this very file was sent before; "" where it was not."""
    if film.sent_at is None:
        return ""
    return tr(N_("Sent on {date}"), date=amounts.clock(film.sent_at))


Picture = Callable[[FilmFound, QSize, float], QPixmap | None]


class _FilmDelegate(QStyledItemDelegate):
    """Tick, poster, name over facts, chip, size."""

    def __init__(self, parent: QWidget, picture: Picture) -> None:
        super().__init__(parent)
        self._picture = picture

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        del index
        return QSize(option.rect.width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.current()
        film: FilmFound = index.data(_FILM)
        model = index.model()
        assert isinstance(model, FoundFilms)  # noqa: S101 - made for this model
        rect = option.rect
        painter.save()
        current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.fillRect(rect, QColor(colours.selection if current else colours.surface))
        if index.row() < model.rowCount() - 1:
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(colours.border))
        on = index.data(Qt.ItemDataRole.CheckStateRole)
        painting.tick_box(painter, QRect(rect.left() + 12, rect.top(), 20, rect.height()), on)
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        place = QRect(QPoint(rect.left() + 42, rect.top() + 7), POSTER)
        painting.poster(painter, place, self._picture(film, POSTER, ratio))
        right = rect.right() - 14
        size = amounts.size(film.size)
        width = option.fontMetrics.horizontalAdvance(size) + 4
        size_rect = QRect(right - width, rect.top(), width, rect.height())
        painting.text(painter, size_rect, size, colours.text, painting.font())
        right -= width + 12
        sent = sent_words(film)
        if sent:
            right -= painting.chip(painter, right, rect.center().y(), sent, colours.done, colours.done_soft)
            right -= 12
        detail = model.detail(film)
        left, top = rect.left() + 110, rect.top() + (4 if detail else 13)
        name_rect = QRect(left, top, right - left, 19)
        painting.text(painter, name_rect, film.path.name, colours.text, painting.font(),
                      Qt.TextElideMode.ElideMiddle)  # fmt: skip
        if detail:
            detail_rect = QRect(left, top + 19, right - left, 17)
            painting.text(painter, detail_rect, detail, colours.text2, painting.font(12))
        painter.restore()

    def editorEvent(  # noqa: N802 - Qt's name
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        del option
        if event.type() != QEvent.Type.MouseButtonRelease or not isinstance(model, FoundFilms):
            return False
        if isinstance(event, QMouseEvent) and event.button() is Qt.MouseButton.LeftButton:
            model.toggle(index.row())
            return True
        return False


class FilmTicks(QListView):
    """The list; Space ticks, the arrows go. As high as its films up to six, more scroll inside."""

    def __init__(self, model: FoundFilms, picture: Picture, parent: QWidget | None = None) -> None:
        """`picture` gives a film's poster by its size and the screen's ratio; None where there is none."""
        super().__init__(parent)
        self.setObjectName("filmTicks")
        self.setModel(model)
        self.setItemDelegate(_FilmDelegate(self, picture))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        model.modelReset.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        count = self.model().rowCount()
        self.setFixedHeight(min(count, _ROWS_AT_ONCE) * ROW + 10 if count else 0)
        self.setVisible(bool(count))
        if count:
            self.setCurrentIndex(self.model().index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        model, index = self.model(), self.currentIndex()
        if event.key() == Qt.Key.Key_Space and isinstance(model, FoundFilms) and index.isValid():
            model.toggle(index.row())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the sheet's
        else:
            super().keyPressEvent(event)
