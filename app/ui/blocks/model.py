"""The list of the page: groups by series folder, a row a film, ticks. No widget a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.blocks import words
from app.ui.blocks.due import DueFilm, Key
from app.ui.store import Store
from app.ui.widgets.elided import one_line

ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Group:
    """A series folder of a library. `ready` of its films can be released, `lacking` have no block yet."""

    server: str
    folder: str
    library: str
    count: int
    ready: int
    lacking: int
    folded: bool

    @property
    def words(self) -> str:
        """What stands behind the name."""
        if self.ready:
            return tr(N_("{n} ready"), n=amounts.count(self.ready))
        return tr(N_("{n} without a block"), n=amounts.count(self.lacking)) if self.lacking else ""


class DueModel(QAbstractListModel):
    """Rows: Group or DueFilm. A film is ticked as soon as its block is found, until the person unticks it."""

    ticked = Signal()

    def __init__(self, store: Store, library_name: Callable[[str], str]) -> None:
        super().__init__()
        self._store = store
        self._library_name = library_name
        self.films: list[DueFilm] = []
        self.rows: list[Group | DueFilm] = []
        self.looking = False
        self._off: set[Key] = set()
        self._folded: set[tuple[str, str]] = set()
        self._wanted = ""

    # --- what is shown -------------------------------------------------------------------------------

    def set_films(self, films: Sequence[DueFilm], *, looking: bool) -> None:
        self.films, self.looking = list(films), looking
        self._off &= {film.key for film in films}
        self._show()

    def search(self, text: str) -> None:
        """Show only films whose name or folder holds `text`."""
        self._wanted = text.strip().casefold()
        self._show()

    def _show(self) -> None:
        rows = self._made()
        before = [_identity(row) for row in self.rows]
        if before == [_identity(row) for row in rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        self.ticked.emit()

    def _made(self) -> list[Group | DueFilm]:
        libraries = {film.key[0] for film in self.films}
        groups: dict[tuple[str, str], list[DueFilm]] = {}
        for film in self._found():
            groups.setdefault((film.key[0], film.task.folder), []).append(film)
        rows: list[Group | DueFilm] = []
        for (server, folder), films in groups.items():
            folded = (server, folder) in self._folded
            lacking = sum(film.state in ("missing", "other", "damaged") for film in films)
            ready = sum(bool(film.releasable) for film in films)
            library = self._library_name(server) if len(libraries) > 1 else ""
            rows.append(Group(server, folder, library, len(films), ready, lacking, folded))
            rows += [] if folded else films
        return rows

    def _found(self) -> list[DueFilm]:
        """The films that the search lets through, in folded groups too."""
        return [film for film in self.films if self._wanted in f"{film.name}\n{film.task.folder}".casefold()]

    def fold(self, row: int, folded: bool | None = None) -> None:
        """Fold the group of a row, or unfold it; None turns it."""
        group = next((one for one in reversed(self.rows[: row + 1]) if isinstance(one, Group)), None)
        if group is None or folded == group.folded:
            return
        self._folded ^= {(group.server, group.folder)}
        self._show()

    def row_of(self, identity: object) -> int:
        """Where the film or group stands now, -1 where it does not."""
        return next((n for n, row in enumerate(self.rows) if _identity(row) == identity), -1)

    def identity(self, row: int) -> object:
        return _identity(self.rows[row]) if 0 <= row < len(self.rows) else None

    # --- ticks ---------------------------------------------------------------------------------------

    def is_ticked(self, film: DueFilm) -> bool:
        return bool(film.releasable) and film.key not in self._off

    def chosen(self) -> list[DueFilm]:
        """What a release would hand over: nothing that the search hides, for it can't be taken back."""
        return [film for film in self._found() if self.is_ticked(film)]

    def ready(self) -> list[DueFilm]:
        """The films that could be released, of those that the search lets through."""
        return [film for film in self._found() if film.releasable]

    @property
    def state(self) -> Qt.CheckState:
        """Of all ticks that are shown together."""
        chosen, ready = len(self.chosen()), len(self.ready())
        if not chosen:
            return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked if chosen == ready else Qt.CheckState.PartiallyChecked

    def toggle(self, row: int) -> None:
        film = self.rows[row]
        if isinstance(film, DueFilm) and film.releasable:
            self._off ^= {film.key}
            self._changed()

    def tick_all(self, on: bool) -> None:
        found = {film.key for film in self._found()}
        self._off = self._off - found if on else self._off | found
        self._changed()

    def _changed(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))
        self.ticked.emit()

    # --- what Qt asks --------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _TOP) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        return self._group_data(row, role) if isinstance(row, Group) else self._film_data(row, role)

    def _film_data(self, film: DueFilm, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(film.name)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self.is_ticked(film) else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            said = words.result(film, self._store, looking=self.looking)
            parts = (film.name, *words.who(film), said.words, said.more)
            mark = ", " if role == Qt.ItemDataRole.AccessibleTextRole else "\n"
            return mark.join(one_line(part) for part in parts if part)
        return None

    def _group_data(self, group: Group, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (group.library, group.folder, str(group.count), group.words)
            return ", ".join(one_line(part) for part in parts if part)
        return None


def _identity(row: Group | DueFilm) -> object:
    return ("group", row.server, row.folder, row.folded) if isinstance(row, Group) else row.key
