"""What the window keeps of a film beyond its row: how far it came, when things happened."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.events import Progressed
from app.domain.progress import Progress
from app.journal import Run
from app.ui.messages import RowsChanged, Told
from app.ui.store import Live, Store
from tests.ui.films.makers import S, sent


@pytest.fixture
def store(qapp: QApplication) -> Store:
    del qapp
    return Store()


def sealed(store: Store, done: int, total: int = 100) -> Live:
    store.take([Told(Progressed(store.rows[1].ref, Progress("seal", done, total)), 5.0)])
    return store.live[1]


def test_the_furthest_is_kept_through_a_pause(store: Store) -> None:
    store.take([RowsChanged((sent(),))])
    sealed(store, 62)
    assert sealed(store, 50).best["seal"].done == 62
    store.take([RowsChanged((sent(run=Run.PAUSED),))])
    assert store.live[1].best["seal"].done == 62
    assert store.live[1].begun == {}
    assert sealed(store, 70).best["seal"].done == 70


def test_a_film_that_begins_anew_counts_from_nothing(store: Store) -> None:
    store.take([RowsChanged((sent(),))])
    sealed(store, 62)
    store.take([RowsChanged((sent(status=S.SPLITTING),))])
    assert store.live[1].best == {}


def test_a_film_that_failed_keeps_what_it_had(store: Store) -> None:
    store.take([RowsChanged((sent(),))])
    sealed(store, 62)
    store.take([RowsChanged((sent(run=Run.FAILED, status=S.ERROR),))])
    assert store.live[1].best["seal"].done == 62


def test_marks_come_with_the_rows_and_stay(store: Store) -> None:
    store.take([RowsChanged((sent(run=Run.PAUSED),), (), {1: {"paused": 4.0}})])
    store.take([RowsChanged((sent(),))])
    assert store.live[1].marks == {"paused": 4.0}
