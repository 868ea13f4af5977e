"""The list: groups, filters, search, folding; what changes and what stays where it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from app.domain.events import Progressed
from app.domain.progress import Progress
from app.domain.words import set_language
from app.journal import Run, TaskRow
from app.ui.films.arrange import Grouping, Which
from app.ui.films.model import FilmsModel
from app.ui.messages import DueChanged, RowsChanged, Told
from app.ui.store import Store
from tests.ui.films.makers import S, a_release, due, held, received, sent

NOW = time.time()


@pytest.fixture
def store(qapp: QApplication) -> Store:
    del qapp
    set_language("en")
    return Store()


def a_list(store: Store, *rows: TaskRow, **marks: Mapping[str, float]) -> FilmsModel:
    """A model of these films; marks by ``n<number>``."""
    model = FilmsModel(store)
    give(store, *rows, **marks)
    return model


def give(store: Store, *rows: TaskRow, **marks: Mapping[str, float]) -> None:
    """Rows that are new or other than before."""
    store.take([RowsChanged(rows, (), {int(name[1:]): mark for name, mark in marks.items()})])


def take_away(store: Store, *numbers: int) -> None:
    store.take([RowsChanged((), numbers)])


def shown(model: FilmsModel) -> list[str | int]:
    """The rows as one sees them: heads as words, films as numbers."""
    rows: list[str | int] = []
    for row in range(model.rowCount()):
        number, head = model.number_at(row), model.head_at(row)
        rows.append(number if number is not None else head.title if head is not None else "?")
    return rows


def numbered(number: int, row: TaskRow, **changes: object) -> TaskRow:
    return replace(row, number=number, source_name=f"Film {number}.mov", **changes)  # type: ignore[arg-type]


def full_list(store: Store) -> FilmsModel:
    return a_list(
        store,
        numbered(1, held(source_id=5)),
        numbered(2, received(run=Run.FAILED, status=S.ERROR, error={"code": "no_space", "facts": {}})),
        numbered(3, sent()),
        numbered(4, received(run=Run.PAUSED)),
        numbered(5, received(run=Run.DONE, status=S.DONE, folder="White Bird")),
        numbered(6, received(run=Run.DONE, status=S.DONE)),
        n5={"done": NOW},
        n6={"done": NOW - 9 * 86400},
    )


def test_films_are_grouped_by_who_must_act(store: Store) -> None:
    model = full_list(store)
    wanted = [
        "Needs you", 2, "Under way", 3, "Waiting", 1, 4, "Finished today", 5, "Earlier",
    ]  # fmt: skip
    assert shown(model) == wanted
    store.take([DueChanged("https://library.example", (due(1),))])
    assert shown(model)[:3] == ["Needs you", 1, 2]


def test_qts_own_tester_finds_nothing(store: Store) -> None:
    model = FilmsModel(store)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    full = full_list(store)
    give(store, numbered(3, sent(run=Run.PAUSED)))
    take_away(store, 4, 5)
    model.set_search("film")
    model.fold("next:WAITING", folded=True)
    assert shown(full) and tester.model() is model


def test_a_filter_a_search_and_series(store: Store) -> None:
    model = full_list(store)
    assert model.counts() == (6, 2, 4)
    model.set_which(Which.SENDING)
    assert [one for one in shown(model) if isinstance(one, int)] == [3, 1]
    model.set_which(Which.ALL)
    model.set_search("WHITE bird")
    assert shown(model) == ["Finished today", 5]
    assert model.counts() == (1, 0, 1)
    model.set_search("")
    model.set_grouping(Grouping.SERIES)
    assert shown(model)[0] == "Long River Sunset" and shown(model)[-2:] == ["White Bird", 5]


def test_a_film_that_is_looked_for_is_brought_to_light(store: Store) -> None:
    model = full_list(store)
    model.set_which(Which.SENDING)
    model.set_search("nothing like it")
    row = model.reveal(6)
    assert row is not None and model.number_at(row) == 6
    assert model.reveal(77) is None


def test_a_folded_group_is_its_head_alone(store: Store) -> None:
    model = full_list(store)
    model.fold("next:WAITING", folded=True)
    assert 4 not in shown(model) and "Waiting" in shown(model)
    head = model.head_at(shown(model).index("Waiting"))
    assert head is not None and (head.count, head.folded) == (2, True)


def test_heads_say_what_holds_for_all(store: Store) -> None:
    model = a_list(
        store, numbered(3, sent()), numbered(4, received(run=Run.PAUSED)),
        numbered(7, received(run=Run.WAITING, status=S.AWAITING_PRIVATE)),
    )  # fmt: skip
    waiting = model.head_at(shown(model).index("Waiting"))
    assert waiting is not None and waiting.note == "1 goes on by itself · 1 paused"
    store.take([Told(Progressed(store.rows[3].ref, Progress("seal", 1, 101, 1.0)), NOW)])
    store.live[3].begun["seal"] -= 60
    store.films_changed.emit([3])
    under_way = model.head_at(0)
    assert under_way is not None and under_way.note == "all done in about 1 min 40 s"


def test_progress_changes_rows_and_not_the_order(store: Store) -> None:
    model = full_list(store)
    changed: list[tuple[int, int]] = []
    arranged: list[bool] = []
    model.dataChanged.connect(lambda first, last, _roles: changed.append((first.row(), last.row())))
    model.arranged.connect(lambda: arranged.append(True))
    row = model.row_of(3)
    store.take([Told(Progressed(store.rows[3].ref, Progress("seal", 62, 100)), NOW)])
    assert changed == [(row, row)] and not arranged
    assert model.card(3).way.percent == 62


def test_rows_that_lie_together_are_told_as_one_range(store: Store) -> None:
    model = a_list(store, *[numbered(n, sent()) for n in range(1, 6)])
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, _roles: changed.append((first.row(), last.row())))
    store.films_changed.emit([1, 2, 3, 5])
    assert changed == [(1, 3), (5, 5)]


def test_selection_goes_with_its_film(store: Store) -> None:
    model = full_list(store)
    index = QPersistentModelIndex(model.index(shown(model).index(4)))
    give(store, numbered(3, sent(run=Run.FAILED, status=S.ERROR, error={"code": "x", "facts": {}})))
    assert model.number_at(index.row()) == 4
    take_away(store, 4)
    assert not index.isValid()


def test_a_film_under_the_mouse_keeps_its_group_until_it_is_let_go(store: Store) -> None:
    model = full_list(store)
    model.hold([3])
    give(store, numbered(3, sent(run=Run.PAUSED)))
    assert shown(model)[2:4] == ["Under way", 3]
    assert model.card(3).way.stage == "Paused"
    model.hold([])
    assert "Under way" not in shown(model)


def test_who_waits_for_a_place_knows_how_many_are_before(store: Store) -> None:
    queued = sent(run=Run.QUEUED, status=S.NOT_STARTED, step="new", remote_id=None)
    model = a_list(store, *[numbered(n, queued) for n in (1, 2, 3)])
    assert [model.card(n).way.stage for n in (1, 2, 3)] == ["Queued", "Queued (1 ahead)", "Queued (2 ahead)"]
    give(store, numbered(1, sent()))
    assert [model.card(n).way.stage for n in (2, 3)] == ["Queued", "Queued (1 ahead)"]


def test_a_release_belongs_to_its_films_row(store: Store) -> None:
    model = a_list(store, numbered(1, held(source_id=5)))
    give(store, a_release(31, source_id=5))
    assert shown(model) == ["Under way", 1]
    give(store, a_release(31, source_id=5, run=Run.DONE, status=S.DONE), n31={"done": NOW})
    assert shown(model) == ["Finished today", 1]
    assert model.card(1).way.who == "1 buyer"


def test_a_row_is_one_sentence_for_ears(store: Store) -> None:
    model = full_list(store)
    row = model.row_of(3)
    assert row is not None
    said = model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole)
    assert str(said).startswith("Film 3.mov. Sealing and storing")
    head = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert head == "Needs you, 1"


def test_each_stage_and_each_quarter_is_told_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.films.rows.QAccessible.isActive", lambda: True)
    model = full_list(store)
    told: list[int] = []
    model.moved_on.connect(told.append)
    for done in (10, 20, 24, 26, 30, 55):
        store.take([Told(Progressed(store.rows[3].ref, Progress("seal", done, 100)), NOW)])
    assert told == [3, 3]


def test_no_card_is_made_for_ears_that_nobody_has(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    model = full_list(store)

    def made(*_: object) -> None:
        raise AssertionError("a card was made of a film that nobody looks at")

    monkeypatch.setattr("app.ui.films.model.card_of", made)
    for done in (10, 30, 55):
        store.take([Told(Progressed(store.rows[3].ref, Progress("seal", done, 100)), NOW)])
    assert model.row_of(3) is not None


def test_the_language_changes_all_of_it(store: Store) -> None:
    model = full_list(store)
    set_language("zh")
    model.reload()
    assert model.card(4).way.stage == "已暂停"
    set_language("en")


def test_ten_thousand_films_are_searched_at_once(store: Store) -> None:
    rows = [
        numbered(n, received(run=Run.DONE, status=S.DONE, folder=f"Series {n % 50}"))
        for n in range(1, 10_001)
    ]
    model = a_list(store, *rows)
    begun = time.perf_counter()
    model.set_search("film 9999 series")
    took = time.perf_counter() - begun
    assert model.counts() == (1, 0, 1)
    assert took < 0.05, f"{took * 1000:.0f} ms"
    begun = time.perf_counter()
    store.films_changed.emit([5, 6, 7])
    assert time.perf_counter() - begun < 0.05
