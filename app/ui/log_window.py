"""The log: what happened, film by film, with the codes that support asks for. Never a secret."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from app.domain.events import ExportEnded, ExportWaits, Failed, ItemEnded, ServerSaid, StateChanged, Warned
from app.domain.words import N_, tr
from app.jobs.wording import stage
from app.ui import amounts, theme
from app.ui.context import Context
from app.ui.store import LogLine, Store
from app.ui.widgets import ChoiceBox, button
from app.ui.widgets.elided import ElidedLabel, one_line

_Index = QModelIndex | QPersistentModelIndex


class Level(IntEnum):
    """How much a line matters."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


# Words, icon and tone of each; and what the choice above the list calls it and all above it.
_LEVELS = {
    Level.NOTE: (N_("Note"), "info", "text2", N_("All lines")),
    Level.WARNING: (N_("Warning"), "triangle-alert", "key", N_("Warnings and errors")),
    Level.ERROR: (N_("Error"), "circle-alert", "error", N_("Errors only")),
}


def level_of(event: object) -> Level:
    """What stopped something is an error, what only delays it or is good to know a warning."""
    match event:
        case Failed():
            return Level.ERROR
        case ItemEnded() | ExportEnded():
            return Level.NOTE if event.error is None else Level.ERROR
        case Warned() | ExportWaits():
            return Level.WARNING
    return Level.NOTE


def line_text(line: LogLine) -> str:
    """A line of the log in the language of now, on one line: when, level, film, what."""
    level = tr(_LEVELS[level_of(line.event)][0])
    parts = (amounts.stamp(line.at), level, line.film, one_line(_event_text(line.event)))
    return "  ".join(part for part in parts if part)


def _event_text(event: object) -> str:
    match event:
        case Failed():
            return f"[{event.error.code}] {event.error.title}. {event.error.message}"
        case Warned():
            return tr(event.key, **dict(event.facts))
        case ServerSaid():
            return tr(N_("The library says: {text}"), text=event.text)
        case StateChanged():
            name = event.task.source_name or event.task.id
            return tr(N_("{film}: {stage}"), film=name, stage=stage(event.task.kind, event.status))
        case ItemEnded() | ExportWaits() | ExportEnded():
            return _export_text(event)
    return ""


def _export_text(event: ItemEnded | ExportWaits | ExportEnded) -> str:
    export = event.export.title
    match event:
        case ItemEnded():
            title = event.error.title if event.error is not None else event.how
            return tr(N_("{export}: {file}: {title}"), export=export, file=event.name, title=title)
        case ExportWaits():
            return tr(N_("{export} waits: {title}"), export=export, title=event.error.title)
        case ExportEnded():
            return tr(
                N_("{export}: {sent} sent, {skipped} there already, {failed} failed"),
                export=export, sent=event.sent, skipped=event.skipped, failed=event.failed,
            )  # fmt: skip


class LogModel(QAbstractListModel):
    """The store's log, filtered by a text and by how much a line matters."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._store = store
        self._needle = ""
        self._least = Level.NOTE
        self._films: frozenset[str] = frozenset()
        self._lines: list[LogLine] = list(store.log)
        store.told.connect(self._more)

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DecorationRole and index.isValid():
            _, icon, tone, _ = _LEVELS[level_of(self._lines[index.row()].event)]
            return theme.icon(icon, str(getattr(theme.current(), tone)), 14)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            return line_text(self._lines[index.row()])
        return None

    def look_for(self, needle: str) -> None:
        """Show the lines that hold `needle`."""
        self._needle = needle.casefold()
        self._choose()

    def show_from(self, level: Level) -> None:
        """Show the lines of this level and above."""
        self._least = level
        self._choose()

    def show_of(self, films: frozenset[str]) -> None:
        """Show the lines of these (their journal ids) alone; of all where there are none."""
        self._films = films
        self._choose()

    def _choose(self) -> None:
        self.beginResetModel()
        self._lines = [line for line in self._store.log if self._fits(line)]
        self.endResetModel()

    def _fits(self, line: LogLine) -> bool:
        if level_of(line.event) < self._least or (self._films and line.film not in self._films):
            return False
        return not self._needle or self._needle in line_text(line).casefold()

    def _more(self, line: LogLine) -> None:
        if self._fits(line):
            at = len(self._lines)
            self.beginInsertRows(QModelIndex(), at, at)
            self._lines.append(line)
            self.endInsertRows()

    def retranslate(self) -> None:
        self._choose()


class LogWindow(QWidget):
    """A window of its own, so that it can stay open beside the films."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self.resize(860, 480)
        self._store = context.store
        self._film = 0
        self._model = LogModel(context.store)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        row = QHBoxLayout()
        self._search = QLineEdit()
        self._search.textChanged.connect(self._model.look_for)
        self._copy = button(icon="copy")
        self._copy.clicked.connect(self._copy_lines)
        self._level = ChoiceBox()
        for level in Level:
            self._level.addItem("", int(level))
        self._level.currentIndexChanged.connect(
            lambda place: self._model.show_from(Level(self._level.itemData(place)))
        )
        row.addWidget(self._search, 1)
        row.addWidget(self._level)
        row.addWidget(self._copy)
        self._view = QListView()
        self._view.setModel(self._model)
        self._view.setUniformItemSizes(True)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        layout.addLayout(row)
        layout.addWidget(self._of_film())
        layout.addWidget(self._view, 1)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.activated.connect(self._copy_lines)
        close = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        close.activated.connect(self.close)
        self.retranslate()

    def _of_film(self) -> QWidget:
        """Says of which film the lines are, where they are not all."""
        self._only = QWidget()
        self._whose = ElidedLabel()
        self.show_all = button("link", small=True)
        self.show_all.clicked.connect(lambda: self.show_of(0))
        row = QHBoxLayout(self._only)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._whose, 1)
        row.addWidget(self.show_all)
        self._only.hide()
        return self._only

    def show_of(self, number: int) -> None:
        """Show what happened to this film (its journal number) and its releases; 0 for all there is."""
        film = self._store.rows.get(number)
        self._film = number if film is not None else 0
        rows = [] if film is None else [film, *self._store.releases_of(film)]
        self._model.show_of(frozenset(row.id for row in rows))
        self._only.setVisible(film is not None)
        self._say_whose()

    def _say_whose(self) -> None:
        film = self._store.rows.get(self._film)
        name = one_line(film.source_name or film.id) if film is not None else ""
        self._whose.set_text(tr(N_("Only what happened to {film}"), film=name) if name else "")
        self.show_all.setText(tr(N_("Show all")))

    def bring_forward(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()
        self._view.scrollToBottom()

    def _copy_lines(self) -> None:
        chosen = self._view.selectionModel().selectedIndexes()
        rows = sorted(index.row() for index in chosen) or range(self._model.rowCount())
        lines = [str(self._model.data(self._model.index(row))) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def retranslate(self) -> None:
        self.setWindowTitle(tr(N_("Reelkey: log")))
        self._search.setPlaceholderText(tr(N_("Search the log")))
        self._search.setAccessibleName(tr(N_("Search the log")))
        self._view.setAccessibleName(tr(N_("Log")))
        self._level.setAccessibleName(tr(N_("What is shown")))
        for place, (_, _, _, words) in enumerate(_LEVELS.values()):
            self._level.setItemText(place, tr(words))
        self._copy.setText(tr(N_("Copy")))
        self._say_whose()
        self._model.retranslate()
