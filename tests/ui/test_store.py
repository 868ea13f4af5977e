"""The window's view of the engine's messages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.domain.errors import NoProvider, TokenRefused
from app.domain.events import Failed, Progressed, ServerSaid
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run
from app.ui.messages import DueChanged, DueTask, RowsChanged, ServerSeen, Told, UnsentChanged
from app.ui.store import Store
from tests.ui.fakes import make_row

SERVER = "https://library.example"


@pytest.fixture
def store(qapp: QApplication) -> Store:
    return Store()


def heard(signal: object) -> list[object]:
    got: list[object] = []
    signal.connect(got.append)  # type: ignore[attr-defined]
    return got


def due_task(number: int = 71, source_id: int | None = 9, cid: str = "bafy") -> DueTask:
    return DueTask(SERVER, number, source_id, 233, "E01.mov", "Long River", cid, 1, "2026-11-20T09:20:00")


def test_a_batch_is_told_once(store: Store) -> None:
    changed = heard(store.films_changed)
    row = make_row(1)
    progress = Progressed(row.ref, Progress("seal", 5, 10, 1.0))
    store.take([RowsChanged((row,)), Told(progress, 1.0), Told(progress, 2.0)])
    assert changed == [[1]]
    assert store.progress_of(1, "fetch", "seal") == progress.progress


def test_progress_of_a_film_that_is_not_known_yet_is_let_go(store: Store) -> None:
    store.take([Told(Progressed(make_row(5).ref, Progress("seal", 5, 10)), 1.0)])
    assert store.progress_of(5, "seal") is None


def test_progress_goes_when_a_film_no_longer_runs(store: Store) -> None:
    row = make_row(1)
    store.take([RowsChanged((row,)), Told(Progressed(row.ref, Progress("seal", 5, 10)), 1.0)])
    store.take([RowsChanged((replace(row, run=Run.PAUSED),))])
    assert store.progress_of(1, "seal") is None


def test_trouble_stays_until_something_moves(store: Store) -> None:
    row = make_row(1)
    store.take([RowsChanged((row,)), Told(Failed(NoProvider(seconds=9, tried="…"), row.ref), 1.0)])
    assert isinstance(store.live[1].trouble, NoProvider)
    store.take([Told(ServerSaid("hello", row.ref), 1.5)])
    assert store.live[1].said == "hello"
    assert store.live[1].trouble is not None
    store.take([Told(Progressed(row.ref, Progress("fetch", 1, 10)), 2.0)])
    assert store.live[1].trouble is None


def test_releases_belong_to_their_film(store: Store) -> None:
    sent = make_row(1, source_id=9, cid="bafy", run=Run.DONE, status=TaskStatus.DONE)
    released = make_row(2, kind=TaskKind.RELEASE, source_id=9, remote_id=71)
    alone = make_row(3, kind=TaskKind.RELEASE, source_id=10)
    elsewhere = make_row(4, kind=TaskKind.RELEASE, source_id=9, server="https://other.example")
    changed = heard(store.films_changed)
    store.take([RowsChanged((sent, released, alone, elsewhere))])
    assert [row.number for row in store.films()] == [1, 3, 4]
    assert [row.number for row in store.releases_of(sent)] == [2]
    store.take([RowsChanged((replace(released, run=Run.DONE),))])
    assert changed[-1] == [2, 1], "the film's row changes with its release"


def test_what_is_due_is_told_and_gone_when_released(store: Store) -> None:
    sent = make_row(1, source_id=9, cid="bafy", run=Run.DONE, status=TaskStatus.DONE)
    new = heard(store.newly_due)
    store.take([RowsChanged((sent,)), DueChanged(SERVER, ())])
    store.take([DueChanged(SERVER, (due_task(), due_task(72, cid="another")))])
    assert [task.id for task in store.due_of(sent)] == [71], "another sending's task is not this film's"
    assert len(store.all_due()) == 2
    assert new == [[due_task(), due_task(72, cid="another")]]
    done = make_row(2, kind=TaskKind.RELEASE, source_id=9, remote_id=71, run=Run.DONE)
    store.take([RowsChanged((done,))])
    assert store.due_of(sent) == []
    assert [task.id for task in store.all_due()] == [72]


def test_what_was_due_before_the_window_came_is_no_news(store: Store) -> None:
    new = heard(store.newly_due)
    store.take([DueChanged(SERVER, (due_task(),))])
    assert new == []


def test_only_films_that_a_buyer_asks_for_or_no_longer_does_are_marked(store: Store) -> None:
    films = [make_row(n, source_id=n, cid="bafy", run=Run.DONE, status=TaskStatus.DONE) for n in (1, 2, 3)]
    without = make_row(4, source_id=None)
    store.take([RowsChanged((*films, without)), DueChanged(SERVER, (due_task(71, 1), due_task(72, 2)))])
    changed = heard(store.films_changed)
    store.take([DueChanged(SERVER, (due_task(72, 2), due_task(73, 3), due_task(74, None)))])
    assert changed == [[1, 3]]
    store.take([DueChanged(SERVER, (due_task(72, 2), due_task(73, 3), due_task(74, None)))])
    assert changed == [[1, 3]], "the same answer as before is no news"


def test_only_films_that_need_a_sign_in_are_marked_when_the_library_refuses_it(store: Store) -> None:
    done = {"run": Run.DONE, "status": TaskStatus.DONE}
    rows = (
        make_row(1, source_id=1, **done),
        make_row(2, source_id=2, **done),
        make_row(3, kind=TaskKind.RELEASE, source_id=2, **done),
        make_row(4, source_id=4),
        make_row(5, server="https://other.example"),
    )
    store.take([RowsChanged(rows), UnsentChanged(frozenset({3}))])
    changed = heard(store.films_changed)
    store.take([ServerSeen(SERVER, "studio", "Clara", signed_in=True)])
    store.take([ServerSeen(SERVER, "studio", "Clara Bow", signed_in=True)])
    assert changed == []
    store.take([ServerSeen(SERVER, "studio", error=TokenRefused(server=SERVER))])
    assert changed == [[3, 2, 4]], "what owes a report, with the film that shows it, and what is at work"
    store.take([ServerSeen(SERVER, "studio", "Clara", signed_in=True)])
    assert changed == [[3, 2, 4]] * 2


def test_films_that_have_not_ended(store: Store) -> None:
    rows = (
        make_row(1, source_id=9, run=Run.DONE),
        make_row(2, kind=TaskKind.RELEASE, source_id=9),
        make_row(3, kind=TaskKind.RELEASE, source_id=10, run=Run.PAUSED),
        make_row(4, run=Run.CANCELLED),
        make_row(5, run=Run.FAILED),
    )
    store.take([RowsChanged(rows)])
    assert [row.number for row in store.open_films()] == [3, 5]


def test_films_go_when_they_are_forgotten(store: Store) -> None:
    gone = heard(store.films_gone)
    store.take([RowsChanged((make_row(1), make_row(2)))])
    store.take([RowsChanged(gone=(1, 7))])
    assert gone == [[1]]
    assert list(store.rows) == [2]


def test_reports_that_wait_change_their_film(store: Store) -> None:
    store.take([RowsChanged((make_row(1), make_row(2)))])
    changed = heard(store.films_changed)
    store.take([UnsentChanged(frozenset({1}))])
    store.take([UnsentChanged(frozenset())])
    assert changed == [[1], [1]]


def test_progress_of_a_release_changes_its_film(store: Store) -> None:
    release = make_row(2, kind=TaskKind.RELEASE, source_id=9)
    store.take([RowsChanged((make_row(1, source_id=9, run=Run.DONE), release))])
    changed = heard(store.films_changed)
    store.take([Told(Progressed(release.ref, Progress("release", 1, 2)), 1.0)])
    assert changed == [[2, 1]]


def test_changes_are_told_with_what_was_before_but_not_those_of_the_start(store: Store) -> None:
    told: list[tuple[object, object]] = []
    store.moved.connect(lambda before, row: told.append((before, row)))
    row = make_row(1)
    store.take([RowsChanged((row,))])
    done = replace(row, run=Run.DONE)
    store.take([RowsChanged((done,))])
    assert told == [(row, done)]


def test_the_log_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.store._LOG_LINES", 3)
    store.take([Told(ServerSaid(str(n)), float(n)) for n in range(5)])
    assert [line.at for line in store.log] == [2.0, 3.0, 4.0]
    assert isinstance(store, QObject)
