"""Which films the history holds, and what its filters let through."""

from __future__ import annotations

import time

import pytest

from app.domain.status import TaskKind
from app.journal import Run
from app.ui.history.entries import Ended, Filter, Period, chosen, entry_of
from app.ui.messages import RowsChanged
from app.ui.store import Live, Store
from tests.ui.fakes import make_row

DAY = 86_400.0


@pytest.fixture
def store(qapp: object) -> Store:
    del qapp
    return Store()


def test_only_what_ended_is_history(store: Store) -> None:
    runs = (Run.ACTIVE, Run.DONE, Run.FAILED, Run.CANCELLED, Run.PAUSED, Run.QUEUED, Run.WAITING)
    store.take([RowsChanged(tuple(make_row(n, run=run) for n, run in enumerate(runs)))])
    ended = Ended()
    ended.take_all(store)
    assert sorted(ended.entries) == [1, 2, 3]

    store.take([RowsChanged((make_row(1, run=Run.ACTIVE), make_row(0, run=Run.DONE)), gone=(3,))])
    ended.take(store, [0, 1, 3])
    assert sorted(ended.entries) == [0, 2]


def test_a_release_belongs_to_its_film(store: Store) -> None:
    film = make_row(1, run=Run.DONE, source_id=7)
    own = make_row(2, kind=TaskKind.RELEASE, run=Run.DONE, source_id=7)
    other = make_row(3, kind=TaskKind.RELEASE, run=Run.DONE, source_id=8)
    store.take([RowsChanged((film, own, other))])
    ended = Ended()
    ended.take_all(store)
    assert sorted(ended.entries) == [1, 3]


def test_a_film_that_was_released_says_to_how_many(store: Store) -> None:
    ended = Ended()
    store.films_changed.connect(lambda numbers: ended.take(store, numbers))
    store.take([RowsChanged((make_row(1, run=Run.DONE, source_id=7),))])
    assert (ended.entries[1].result, ended.entries[1].is_held) == ("Sent, held by you", True)

    first = make_row(2, kind=TaskKind.RELEASE, run=Run.DONE, source_id=7, remote_id=21)
    running = make_row(3, kind=TaskKind.RELEASE, run=Run.ACTIVE, source_id=7, remote_id=22)
    store.take([RowsChanged((first, running))])
    assert (ended.entries[1].result, ended.entries[1].is_held) == ("Handed over · 1 buyer", False)

    again = make_row(4, kind=TaskKind.RELEASE, run=Run.DONE, source_id=7, remote_id=21)
    second = make_row(5, kind=TaskKind.RELEASE, run=Run.DONE, source_id=7, remote_id=23)
    store.take([RowsChanged((again, second))])
    assert ended.entries[1].result == "Handed over · 2 buyers"


def test_when_is_when_it_ended_not_when_it_last_changed() -> None:
    row = make_row(1, run=Run.DONE, updated=5000.0)
    assert entry_of(row, Live(marks={"done": 3000.0})).when == 3000.0
    assert entry_of(row, None).when == 5000.0


def test_filters() -> None:
    now = time.time()
    rows = [
        make_row(1, run=Run.DONE, updated=now - 1, source_name="长河落日.mov", cid="bafyabc"),
        make_row(2, run=Run.FAILED, updated=now - 3 * DAY, kind=TaskKind.DOWNLOAD),
        make_row(3, run=Run.CANCELLED, updated=now - 10 * DAY, folder="Night Flight"),
        make_row(4, run=Run.DONE, updated=now - 90 * DAY, folder="", series_id=77),
    ]
    entries = [entry_of(row, None) for row in rows]

    def numbers(**by: object) -> list[int]:
        return [entry.row.number for entry in chosen(entries, Filter(**by), now)]  # type: ignore[arg-type]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(period=Period.WEEK) == [1, 2]
    assert numbers(period=Period.MONTH) == [1, 2, 3]
    assert numbers(direction=TaskKind.DOWNLOAD) == [2]
    assert numbers(result=Run.DONE) == [1, 4]
    assert numbers(series="Night Flight") == [3]
    assert numbers(series="77") == [4]
    assert numbers(words="落日") == [1]
    assert numbers(words="  NIGHT e03 ") == [3]
    assert numbers(words="BAFYABC") == [1]
    assert numbers(words="nothing of the kind") == []


def test_today_is_the_calendars() -> None:
    noon = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
    rows = [
        make_row(1, run=Run.DONE, updated=noon - 11.9 * 3600),
        make_row(2, run=Run.DONE, updated=noon - 12.1 * 3600),
    ]
    entries = [entry_of(row, None) for row in rows]
    assert [one.row.number for one in chosen(entries, Filter(period=Period.TODAY), noon)] == [1]
