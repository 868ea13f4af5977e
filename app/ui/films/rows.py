"""Groups and their rows as one column of a Qt model: what lists of films and of exports have alike.

A subclass says which sections there are (`_sections`), makes the cards, and calls `_arrange` when the order
may be another one.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAccessible

from app.ui.films.arrange import Section
from app.ui.films.heads import Head
from app.ui.films.values import Card
from app.ui.widgets.abstract import AbstractQt

_Index = QModelIndex | QPersistentModelIndex


class GroupedRows(QAbstractListModel, metaclass=AbstractQt):
    """Rows are heads and what is listed below them, by its number; a folded group is its head alone."""

    #: The order is another one: rows came, went or moved.
    arranged = Signal()
    #: A row's stage or a quarter of its percent is new, and there are ears for it: its number.
    moved_on = Signal(int)

    def __init__(self, folded: Iterable[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folded = set(folded)
        self.sections: list[Section] = []
        self.firsts: list[int] = []
        self._rows = 0
        self._row_of: dict[int, int] = {}
        self._said: dict[int, tuple[str, int]] = {}

    # --- what a subclass says ------------------------------------------------------------------------

    @abstractmethod
    def card(self, number: int) -> Card:
        """What the row of that number says now."""

    @abstractmethod
    def name(self, number: int) -> str:
        """Its name; "" where there is none."""

    @abstractmethod
    def reveal(self, number: int) -> int | None:
        """Its row, whatever hides it lifted; None where it is not here."""

    @abstractmethod
    def hold(self, numbers: Iterable[int]) -> None:
        """Those under the mouse and the focus: they keep their group until they are let go."""

    @abstractmethod
    def age(self, seen: Sequence[int] = ()) -> None:
        """Time goes on. Called every few seconds with those in sight."""

    @abstractmethod
    def _sections(self) -> list[Section]:
        """The groups that are shown, in order."""

    @abstractmethod
    def _remark(self, section: Section) -> str:
        """What is worth saying of a whole group."""

    # --- where things are ----------------------------------------------------------------------------

    def number_at(self, row: int) -> int | None:
        """What is listed in this row; None for a head, or no row."""
        section, at = self._section_at(row)
        return section.numbers[at - 1] if section is not None and at > 0 else None

    def head_at(self, row: int) -> Head | None:
        section, at = self._section_at(row)
        return self._head(section) if section is not None and at == 0 else None

    def _section_at(self, row: int) -> tuple[Section | None, int]:
        if not 0 <= row < self._rows:
            return None, 0
        found = bisect_right(self.firsts, row) - 1
        return self.sections[found], row - self.firsts[found]

    def _head(self, section: Section) -> Head:
        said = self._remark(section)
        return Head(section.key, section.title, len(section.numbers), said, section.key in self._folded)

    def row_of(self, number: int) -> int | None:
        return self._row_of.get(number)

    def find_name(self, text: str, after: int) -> int | None:
        """The next row from `after` on, around the end, whose name begins with `text`."""
        wanted = text.casefold()
        fitting = [
            row for number, row in self._row_of.items() if self.name(number).casefold().startswith(wanted)
        ]
        return min(fitting, key=lambda row: (row < after, row), default=None)

    # --- folding -------------------------------------------------------------------------------------

    def is_folded(self, key: str) -> bool:
        return key in self._folded

    def fold(self, key: str, *, folded: bool) -> None:
        """Fold or unfold a group."""
        if folded is not (key in self._folded):
            (self._folded.add if folded else self._folded.discard)(key)
            self._arrange()

    def _unfold_around(self, number: int) -> None:
        """Unfold the group that it is in."""
        for section in self.sections:
            if number in section.numbers:
                self.fold(section.key, folded=False)
                break

    # --- changes -------------------------------------------------------------------------------------

    def _tell(self, numbers: Iterable[int]) -> None:
        """dataChanged, a range for rows that lie together."""
        rows = sorted({self._row_of[number] for number in numbers if number in self._row_of})
        start = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at] != rows[at - 1] + 1:
                self.dataChanged.emit(self.index(rows[start]), self.index(rows[at - 1]))
                start = at

    def _say(self, number: int) -> None:
        """For ears: each new stage, and each quarter of a percent, once. Nobody listens, as a rule: then no
        card is made for it."""
        if not QAccessible.isActive() or number not in self._row_of:
            return
        way = self.card(number).way
        said = (way.stage.split(" · ")[0], (way.percent or 0) // 25)
        if self._said.get(number) not in (None, said):
            self.moved_on.emit(number)
        self._said[number] = said

    def _arrange(self) -> None:
        """Put the list in order. It is a change of layout to Qt: selection and focus go with their row."""
        sections = self._sections()
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        kept = [self._identity(index.row()) for index in old]
        self.sections, self.firsts, self._row_of = sections, [], {}
        row = 0
        for section in sections:
            self.firsts.append(row)
            row += 1
            if section.key not in self._folded:
                self._row_of.update(zip(section.numbers, range(row, row + len(section.numbers)), strict=True))
                row += len(section.numbers)
        self._rows = row
        self.changePersistentIndexList(old, [self._index_of(one) for one in kept])
        self.layoutChanged.emit()
        self.arranged.emit()

    def _identity(self, row: int) -> int | str | None:
        section, at = self._section_at(row)
        if section is None:
            return None
        return section.numbers[at - 1] if at else section.key

    def _index_of(self, identity: int | str | None) -> QModelIndex:
        if isinstance(identity, int):
            row = self._row_of.get(identity)
        else:
            found = (n for n, section in enumerate(self.sections) if section.key == identity)
            at = next(found, None)
            row = None if at is None else self.firsts[at]
        return QModelIndex() if row is None else self.index(row)

    # --- Qt's questions ------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and signature
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and signature
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The name to be shown; for ears the whole row as one sentence."""
        number = self.number_at(index.row())
        if number is None:
            head = self.head_at(index.row())
            if head is None:
                return None
            spoken = role == Qt.ItemDataRole.AccessibleTextRole
            return head.sentence if spoken else head.title if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.card(number).sentence
        return self.name(number) if role == Qt.ItemDataRole.DisplayRole else None
