"""The films of the history, and which of them a filter lets through. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum

from app.domain.errors import revive
from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.jobs.wording import state
from app.journal import Run, TaskRow
from app.ui import counts
from app.ui.store import Live, Store

ENDED = frozenset({Run.DONE, Run.CANCELLED, Run.FAILED})


class Period(Enum):
    """How far back the history is shown; the value is in days, 0 for all."""

    TODAY = 1
    WEEK = 7
    MONTH = 30
    ALL = 0


PERIODS = {
    Period.ALL: N_("All times"),
    Period.TODAY: N_("Today"),
    Period.WEEK: N_("7 days"),
    Period.MONTH: N_("30 days"),
}
DIRECTIONS = {
    TaskKind.UPLOAD: N_("Sent"),
    TaskKind.DOWNLOAD: N_("Received"),
    TaskKind.RELEASE: N_("Released"),
}
RESULTS = {Run.DONE: N_("Done"), Run.FAILED: N_("Stopped"), Run.CANCELLED: N_("Cancelled")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A film that ended. `when` in seconds since 1970; `text` is what a search looks through; `buyers` is
    how many of them a film that was sent was released to from here."""

    row: TaskRow
    when: float
    text: str
    buyers: int = 0

    @property
    def series(self) -> str:
        """The series: its folder's name, else the library's number for it."""
        row = self.row
        return row.folder or (str(row.series_id) if row.series_id is not None else "")

    @property
    def result(self) -> str:
        """What became of it, in the language of now."""
        if self.row.run is Run.DONE:
            if self.buyers:
                return tr(N_("Handed over · {buyers}"), buyers=counts.buyers(self.buyers))
            return state(self.row)
        if self.row.run is Run.FAILED and self.row.error:
            return revive(self.row.error).title
        return tr(RESULTS[self.row.run])

    @property
    def is_held(self) -> bool:
        """Sent, and released to nobody yet: an end for the sender, not for the film."""
        return self.row.kind is TaskKind.UPLOAD and self.row.run is Run.DONE and not self.buyers


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown: all of it by default. `series` None is any."""

    words: str = ""
    period: Period = Period.ALL
    direction: TaskKind | None = None
    series: str | None = None
    result: Run | None = None

    @property
    def on(self) -> bool:
        """Whether anything is left out."""
        return self != Filter()


def entry_of(row: TaskRow, live: Live | None, releases: Iterable[TaskRow] = ()) -> Entry:
    """The entry of a film that ended; `releases` are those of it that were begun here."""
    marks = live.marks if live is not None else {}
    when = marks.get(row.run.value, row.updated)
    text = " ".join((row.source_name, row.folder, row.subpath, str(row.series_id or ""), row.cid)).casefold()
    buyers = {one.remote_id for one in releases if one.run is Run.DONE}
    return Entry(row, when, text, len(buyers))


def chosen(entries: Iterable[Entry], by: Filter, now: float) -> list[Entry]:
    """Those that the filter lets through; every word of the search must be there."""
    since = _since(by.period, now)
    words = by.words.casefold().split()
    return [
        entry
        for entry in entries
        if entry.when >= since
        and (by.direction is None or entry.row.kind is by.direction)
        and (by.result is None or entry.row.run is by.result)
        and (by.series is None or entry.series == by.series)
        and all(word in entry.text for word in words)
    ]


def _since(period: Period, now: float) -> float:
    """Whole days of this computer's calendar, today among them."""
    if period is Period.ALL:
        return float("-inf")
    day = datetime.fromtimestamp(now).astimezone().date() - timedelta(days=period.value - 1)
    return datetime.combine(day, time.min).astimezone().timestamp()


@dataclass(slots=True)
class Ended:
    """The films of a store that ended, kept up by the numbers that change."""

    entries: dict[int, Entry] = field(default_factory=dict)

    def take_all(self, store: Store) -> None:
        """Begin anew with all films."""
        self.entries.clear()
        self.take(store, store.rows)

    def take(self, store: Store, numbers: Iterable[int]) -> None:
        """These changed, came or went."""
        for number in numbers:
            row = store.rows.get(number)
            if row is not None and row.run in ENDED and store.is_film(row):
                self.entries[number] = entry_of(row, store.live.get(number), store.releases_of(row))
            else:
                self.entries.pop(number, None)


SORTS: dict[int, Callable[[Entry], tuple[object, ...]]] = {
    0: lambda entry: (entry.when, entry.row.number),
    1: lambda entry: (entry.row.source_name.casefold(), entry.row.number),
    2: lambda entry: (entry.row.kind.value, entry.when),
    3: lambda entry: (entry.series.casefold(), entry.when),
    4: lambda entry: (entry.row.size or 0, entry.when),
    5: lambda entry: (entry.row.run.value, entry.when),
}
