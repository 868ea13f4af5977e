"""The list of films as Qt sees it: group heads and films in one column, cards made when they are looked at.

The store tells what changed (at most four times a second). A card is dropped and made anew when it is next
painted; only a film that changes its group, or comes, or goes, puts the list in order again.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from app.journal import Run, TaskRow
from app.ui import amounts
from app.ui.films.arrange import Grouping, Place, Section, Which, arrange, chosen, place_of
from app.ui.films.card import card_of, group_of, name_of
from app.ui.films.heads import remark
from app.ui.films.rows import GroupedRows
from app.ui.films.values import Card, Film, Group
from app.ui.store import Live, Store

_CARDS_KEPT = 600
_AGE_AFTER = 20.0
_FOLDED_AT_FIRST = frozenset({f"next:{Group.EARLIER.name}"})
# How many films out of sight are looked at again at once, for what time alone changes in them.
_AGE_AT_ONCE = 100


class FilmsModel(GroupedRows):
    """The films of the store. Rows are heads and films in the order of the list."""

    #: How many films there are of each kind may be others.
    counted = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(_FOLDED_AT_FIRST, parent)
        self._store = store
        #: Of a film: what was chosen for it alone, and whether it is told of as things stand.
        self.bell: Callable[[TaskRow], tuple[bool | None, bool]] = lambda _row: (None, True)
        self.grouping = Grouping.NEXT
        self.which = Which.ALL
        self.search = ""
        self._held: frozenset[int] = frozenset()
        self._places: dict[int, Place] = {}
        self._queued: list[int] = []
        self._waiting: set[int] = set()
        self._due_sources: set[tuple[str, int | None]] = set()
        self._cards: dict[int, tuple[float, Card]] = {}
        self._late: set[int] = set()
        self._open_rate: float | None = None
        self._aged = 0
        self._day = ""
        store.films_changed.connect(self._changed)
        store.films_gone.connect(self._gone)
        store.due_changed.connect(self._note_due)
        self.reload()

    # --- what is shown -------------------------------------------------------------------------------

    def film(self, number: int) -> Film:
        """All that is known of a film of the store."""
        store, row = self._store, self._store.rows[number]
        releases = tuple((one, store.live.get(one.number) or Live()) for one in store.releases_of(row))
        return Film(
            row,
            store.live.get(number) or Live(),
            time.time(),
            releases,
            tuple(store.due_of(row)) if (row.server, row.source_id) in self._due_sources else (),
            number in store.unsent or any(one.number in store.unsent for one, _ in releases),
            store.servers.get(row.server),
            bisect_left(self._queued, number),
            self._open_rate,
            *self.bell(row),
        )

    def card(self, number: int) -> Card:
        """The film's card; made when it is asked for, and again when what it says is old."""
        kept = self._cards.get(number)
        now = time.time()
        if kept is not None and now - kept[0] < _AGE_AFTER:
            return kept[1]
        place = self._places.get(number)
        card = card_of(self.film(number), place.group if place is not None else None)
        if len(self._cards) >= _CARDS_KEPT:
            for old in list(self._cards)[: _CARDS_KEPT // 2]:
                del self._cards[old]
        self._cards[number] = (now, card)
        return card

    def name(self, number: int) -> str:
        row = self._store.rows.get(number)
        return "" if row is None else name_of(row)

    def _remark(self, section: Section) -> str:
        return remark(section, self._left)

    def _left(self, number: int) -> float | None:
        return self.card(number).way.left if number in self._store.rows else None

    def counts(self) -> tuple[int, int, int]:
        """Films in all, sent, received: of those that the search finds."""
        found = chosen(self._places.values(), Which.ALL, self.search)
        sending = sum([place.sending for place in found])
        return len(found), sending, len(found) - sending

    @property
    def empty(self) -> bool:
        """There is no film at all, whatever the filter."""
        return not self._places

    # --- what a person chooses -----------------------------------------------------------------------

    def set_which(self, which: Which) -> None:
        self.which = which
        self._arrange()

    def set_search(self, text: str) -> None:
        self.search = text.strip()
        self._arrange()
        self.counted.emit()

    def set_grouping(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self._arrange()

    def reveal(self, number: int) -> int | None:
        """The row of a film, its group unfolded, filter and search lifted if they hide it; None: not here."""
        place = self._places.get(number)
        if place is None:
            return None
        if not chosen([place], self.which, self.search):
            self.which, self.search = Which.ALL, ""
            self._arrange()
            self.counted.emit()
        self._unfold_around(number)
        return self._row_of.get(number)

    # --- what the store tells ------------------------------------------------------------------------

    def reload(self) -> None:
        """All films anew: at the start, and when the language changes."""
        self._cards.clear()
        self._note_due()
        for number in self._store.rows:
            self._note_waiting(number)
        self._places = {row.number: self._place(row) for row in self._store.films()}
        self._note_queue()
        self._day = amounts.date(time.time())[:11]
        self._arrange()
        self.counted.emit()

    def hold(self, numbers: Iterable[int]) -> None:
        """The films under the mouse and the focus: they keep their group until they are let go."""
        held = frozenset(numbers)
        if held != self._held:
            self._held = held
            if self._late - held:
                self._changed(sorted(self._late - held))

    def age(self, seen: Sequence[int] = ()) -> None:
        """Time goes on: what ended today is earlier tomorrow, waits grow. Called every few seconds.

        The films that are `seen` are looked at each time, of the others so many that nobody notices.
        """
        day = amounts.date(time.time())[:11]
        if day != self._day:
            self.reload()
        elif self._rows:
            ends = {Group.TODAY, Group.EARLIER}
            moving = [n for n, place in self._places.items() if place.group not in ends and self._moves(n)]
            self._aged = self._aged + _AGE_AT_ONCE if self._aged < len(moving) else 0
            turn = moving[self._aged : self._aged + _AGE_AT_ONCE]
            stalled = [n for n in dict.fromkeys([*seen, *turn]) if n in self._places]
            if stalled:
                self._changed(stalled)

    def _moves(self, number: int) -> bool:
        row = self._store.rows.get(number)
        return row is not None and row.run in (Run.ACTIVE, Run.WAITING)

    def _place(self, row: TaskRow) -> Place:
        film = self.film(row.number)
        group = group_of(film)
        ended = 0.0
        if group in (Group.TODAY, Group.EARLIER):
            marks = (live.marks for _, live in film.releases)
            ended = max([film.mark("done"), *(mark.get("done", 0.0) for mark in marks)])
        return place_of(row, group, ended)

    def _changed(self, numbers: Sequence[int]) -> None:
        moved = False
        for number in numbers:
            self._note_waiting(number)
            moved |= self._take(number)
        if self._note_queue():
            numbers = [*numbers, *self._queued]
        if moved:
            self._arrange()
            self.counted.emit()
        self._tell(numbers)

    def _take(self, number: int) -> bool:
        """Note what is new of a film; whether the list's order may be another one."""
        row = self._store.rows.get(number)
        self._cards.pop(number, None)
        if row is None or not self._store.is_film(row):
            return self._places.pop(number, None) is not None
        self._learn_rate(number)
        before, place = self._places.get(number), self._place(row)
        self._late.discard(number)
        if before is not None and number in self._held and place.group is not before.group:
            self._late.add(number)
            return False
        self._places[number] = place
        self._say(number)
        return before is None or (before.group, before.order(), before.series, before.text) != (
            place.group, place.order(), place.series, place.text,
        )  # fmt: skip

    def _learn_rate(self, number: int) -> None:
        opening = self._store.progress_of(number, "open")
        if opening is not None and opening.rate:
            self._open_rate = opening.rate

    def _note_due(self) -> None:
        self._due_sources = {
            (server, task.source_id) for server, tasks in self._store.due.items() for task in tasks
        }

    def _note_queue(self) -> bool:
        """Who waits for a place, in the order in which they come to it; whether that is new."""
        queued = sorted(self._waiting)
        if queued == self._queued:
            return False
        for number in {*queued, *self._queued}:
            self._cards.pop(number, None)
        self._queued = queued
        return True

    def _note_waiting(self, number: int) -> None:
        """Whether this one, a film or a release, waits for a place."""
        row = self._store.rows.get(number)
        waits = row is not None and row.run is Run.QUEUED and not row.error
        (self._waiting.add if waits else self._waiting.discard)(number)

    def _gone(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._places.pop(number, None)
            self._waiting.discard(number)
            self._cards.pop(number, None)
            self._said.pop(number, None)
        self._arrange()
        self.counted.emit()

    def _sections(self) -> list[Section]:
        return arrange(self._places.values(), self.grouping, self.which, self.search)
