"""An account's exports as Qt sees them: grouped by who must act, cards made when they are looked at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from app.domain.words import N_, tr
from app.journal import Run
from app.ui import amounts
from app.ui.clouds.card import card_of, group_of
from app.ui.clouds.shelf import CloudShelf
from app.ui.clouds.values import Export, name_of
from app.ui.films.arrange import Section
from app.ui.films.card import group_words
from app.ui.films.rows import GroupedRows
from app.ui.films.values import Card, Group

_CARDS_KEPT = 600
_AGE_AFTER = 20.0
_FOLDED_AT_FIRST = frozenset({Group.EARLIER.name})
_ENDS = frozenset({Group.TODAY, Group.EARLIER})


class ExportsModel(GroupedRows):
    """The exports of one account."""

    #: How many exports there are may be another number.
    counted = Signal()

    def __init__(self, shelf: CloudShelf, account: int, parent: QObject | None = None) -> None:
        super().__init__(_FOLDED_AT_FIRST, parent)
        self._shelf, self._account = shelf, account
        self._groups: dict[int, Group] = {}
        self._held: frozenset[int] = frozenset()
        self._late: set[int] = set()
        self._cards: dict[int, tuple[float, Card]] = {}
        shelf.exports_changed.connect(self._changed)
        shelf.exports_gone.connect(self._gone)
        shelf.accounts_changed.connect(self.reload)
        self.reload()

    # --- what is shown -------------------------------------------------------------------------------

    def export(self, number: int) -> Export:
        """All that is known of an export."""
        shelf = self._shelf
        account = shelf.accounts.get(self._account)
        return Export(shelf.exports[number], shelf.tally(number), shelf.live(number), account, time.time())

    def card(self, number: int) -> Card:
        kept, now = self._cards.get(number), time.time()
        if kept is not None and now - kept[0] < _AGE_AFTER:
            return kept[1]
        card = card_of(self.export(number), self._groups.get(number))
        if len(self._cards) >= _CARDS_KEPT:
            self._cards.clear()
        self._cards[number] = (now, card)
        return card

    def name(self, number: int) -> str:
        row = self._shelf.exports.get(number)
        return "" if row is None else name_of(row)

    @property
    def empty(self) -> bool:
        return not self._groups

    def reveal(self, number: int) -> int | None:
        if number not in self._groups:
            return None
        self._unfold_around(number)
        return self.row_of(number)

    # --- what the shelf tells ------------------------------------------------------------------------

    def reload(self) -> None:
        """All exports anew: at the start, and when the language or the account changes."""
        self._cards.clear()
        rows = self._shelf.exports_of(self._account)
        self._groups = {row.number: group_of(self.export(row.number)) for row in rows}
        self._arrange()
        self.counted.emit()

    def hold(self, numbers: Iterable[int]) -> None:
        held = frozenset(numbers)
        if held != self._held:
            self._held = held
            let_go = self._late - held
            if let_go:
                self._changed(sorted(let_go))

    def age(self, seen: Sequence[int] = ()) -> None:
        moving = [number for number, group in self._groups.items() if group not in _ENDS]
        known = [number for number in dict.fromkeys([*moving, *seen]) if number in self._groups]
        if known:
            self._changed(known)

    def _changed(self, numbers: Sequence[int]) -> None:
        moved = False
        for number in numbers:
            row = self._shelf.exports.get(number)
            if row is not None and row.account == self._account:
                moved |= self._take(number)
        if moved:
            self._arrange()
            self.counted.emit()
        self._tell(numbers)

    def _take(self, number: int) -> bool:
        """Note what is new of an export; whether the list's order is another one."""
        self._cards.pop(number, None)
        before, group = self._groups.get(number), group_of(self.export(number))
        self._late.discard(number)
        if before is not None and group is not before and number in self._held:
            self._late.add(number)
            return False
        self._groups[number] = group
        self._say(number)
        return before is not group

    def _gone(self, numbers: Sequence[int]) -> None:
        ours = [number for number in numbers if number in self._groups]
        for number in ours:
            del self._groups[number]
            self._cards.pop(number, None)
            self._said.pop(number, None)
        if ours:
            self._arrange()
            self.counted.emit()

    # --- in order ------------------------------------------------------------------------------------

    def _sections(self) -> list[Section]:
        exports = self._shelf.exports
        sections = []
        for group in Group:
            numbers = [number for number, one in self._groups.items() if one is group and number in exports]
            if group in _ENDS:
                numbers.sort(
                    key=lambda number: (-(exports[number].ended or exports[number].updated), -number)
                )
            else:
                numbers.sort(key=lambda number: (exports[number].run is Run.QUEUED, number))
            if numbers:
                paused = sum(exports[number].run is Run.PAUSED for number in numbers)
                sections.append(Section(group.name, group_words(group), tuple(numbers), paused))
        return sections

    def _remark(self, section: Section) -> str:
        if section.key == Group.WAITING.name and section.paused:
            return tr(N_("{n} of them paused"), n=section.paused)
        if section.key != Group.UNDER_WAY.name:
            return ""
        times = [self.card(number).way.left for number in section.numbers if number in self._groups]
        known = [one for one in times if one is not None]
        if not known or len(known) < len(times):
            return ""
        return tr(N_("all done in about {time}"), time=amounts.time_left(max(known)))
