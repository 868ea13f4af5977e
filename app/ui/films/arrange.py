"""How the list is put in order: groups by who must act, or by series; filtered, searched. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.ui.films.card import group_words
from app.ui.films.values import Group


class Grouping(StrEnum):
    NEXT = "next"
    SERIES = "series"


class Which(StrEnum):
    """The filter: all films, those sent, those received."""

    ALL = "all"
    SENDING = "sending"
    RECEIVING = "receiving"


@dataclass(frozen=True, slots=True)
class Place:
    """What the list needs of a film to put it in its place. `text` is what a search looks through."""

    number: int
    group: Group
    sending: bool
    run: Run
    waits: bool
    series: str
    name: str
    text: str
    ended: float

    def order(self) -> tuple[object, ...]:
        """Its place in its group: what runs before what is queued, what ended last first."""
        if self.group in (Group.TODAY, Group.EARLIER):
            return (-self.ended, -self.number)
        return (self.run is Run.QUEUED, self.number)


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its films, in order."""

    key: str
    title: str
    numbers: tuple[int, ...]
    paused: int = 0
    waiting: int = 0


def place_of(row: TaskRow, group: Group, ended: float) -> Place:
    series = row.folder or (str(row.series_id) if row.series_id is not None else "")
    waits = row.run is Run.WAITING or (row.kind is TaskKind.DOWNLOAD and row.run is Run.ACTIVE)
    text = " ".join((row.source_name, row.folder, row.subpath, str(row.series_id or ""))).casefold()
    return Place(
        row.number,
        group,
        row.kind is not TaskKind.DOWNLOAD,
        row.run,
        waits,
        series,
        row.source_name,
        text,
        ended,
    )


def chosen(places: Iterable[Place], which: Which, search: str) -> list[Place]:
    """The films of one kind that a search finds: all of its words, anywhere in a film's text."""
    found = list(places)
    if which is not Which.ALL:
        sending = which is Which.SENDING
        found = [place for place in found if place.sending is sending]
    for word in search.casefold().split():
        found = [place for place in found if word in place.text]
    return found


def arrange(places: Iterable[Place], grouping: Grouping, which: Which, search: str) -> list[Section]:
    """The sections of the list, the empty ones left out."""
    shown = chosen(places, which, search)
    return _by_series(shown) if grouping is Grouping.SERIES else _by_next(shown)


def _by_next(shown: list[Place]) -> list[Section]:
    groups: dict[Group, list[Place]] = {group: [] for group in Group}
    for place in shown:
        groups[place.group].append(place)
    return [
        _section(f"next:{group.name}", group_words(group), sorted(found, key=Place.order))
        for group, found in groups.items()
        if found
    ]


def _by_series(shown: list[Place]) -> list[Section]:
    series: dict[str, list[Place]] = {}
    for place in shown:
        series.setdefault(place.series, []).append(place)
    return [
        _section(
            f"series:{name}",
            name or tr(N_("Without a series")),
            sorted(series[name], key=lambda place: (place.name, place.number)),
        )
        for name in sorted(series, key=lambda name: (not name, name.casefold()))
    ]


def _section(key: str, title: str, places: list[Place]) -> Section:
    paused = sum(place.run is Run.PAUSED for place in places)
    waiting = sum(place.waits for place in places)
    return Section(key, title, tuple(place.number for place in places), paused, waiting)
