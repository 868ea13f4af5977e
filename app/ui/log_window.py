"""The log: what happened, film by film, with the codes that support asks for. Never a secret."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from app.domain.events import Failed, ServerSaid, StateChanged, Warned
from app.domain.words import N_, tr
from app.jobs.wording import stage
from app.ui import amounts
from app.ui.context import Context
from app.ui.store import LogLine, Store
from app.ui.widgets import button
from app.ui.widgets.elided import one_line

_Index = QModelIndex | QPersistentModelIndex


def line_text(line: LogLine) -> str:
    """A line of the log in the language of now, on one line."""
    return f"{amounts.date(line.at)}  {line.film:>5}  {one_line(_event_text(line.event))}"


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
    return ""


class LogModel(QAbstractListModel):
    """The store's log, filtered by a text."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._store = store
        self._needle = ""
        self._lines: list[LogLine] = list(store.log)
        store.told.connect(self._more)

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            return line_text(self._lines[index.row()])
        return None

    def look_for(self, needle: str) -> None:
        """Show the lines that hold `needle`."""
        self.beginResetModel()
        self._needle = needle.casefold()
        self._lines = [line for line in self._store.log if self._fits(line)]
        self.endResetModel()

    def _fits(self, line: LogLine) -> bool:
        return not self._needle or self._needle in line_text(line).casefold()

    def _more(self, line: LogLine) -> None:
        if self._fits(line):
            at = len(self._lines)
            self.beginInsertRows(QModelIndex(), at, at)
            self._lines.append(line)
            self.endInsertRows()

    def retranslate(self) -> None:
        self.look_for(self._needle)


class LogWindow(QWidget):
    """A window of its own, so that it can stay open beside the films."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self.resize(860, 480)
        self._model = LogModel(context.store)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        row = QHBoxLayout()
        self._search = QLineEdit()
        self._search.textChanged.connect(self._model.look_for)
        self._copy = button(icon="copy")
        self._copy.clicked.connect(self._copy_lines)
        row.addWidget(self._search, 1)
        row.addWidget(self._copy)
        self._view = QListView()
        self._view.setModel(self._model)
        self._view.setUniformItemSizes(True)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        layout.addLayout(row)
        layout.addWidget(self._view, 1)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.activated.connect(self._copy_lines)
        close = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        close.activated.connect(self.close)
        self.retranslate()

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
        self._copy.setText(tr(N_("Copy")))
        self._model.retranslate()
