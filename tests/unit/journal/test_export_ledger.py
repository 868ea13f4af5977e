"""Exports in the journal: accounts, items, names that are taken, tallies, commits that are shared."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.errors import JournalDamaged, NotNow, UnknownAccount, UnknownExport
from app.journal import Journal, Run, Wanted
from app.journal.export_ledger import ExportLedger
from app.journal.export_queries import QUEUED, TAKEN
from app.journal.exports import From, ItemChanges, Tally, What


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[ExportLedger]:
    async with Journal(tmp_path / "journal.db") as journal:
        await journal.exports.put_account("drive", "a@example.com", options={"rate": "0"})
        yield journal.exports


def items(count: int, **more: object) -> list[ItemChanges]:
    return [
        {"source": From.FILE, "place": f"/films/{n}", "key": f"k{n}", "name": f"{n}.mov", "size": n, **more}  # type: ignore[typeddict-item]
        for n in range(count)
    ]


async def test_the_same_account_again_is_the_same_row(ledger: ExportLedger) -> None:
    again = await ledger.put_account("drive", "A@example.com", options={"rate": "5"})
    other = await ledger.put_account("mega", "a@example.com")
    assert (again.number, again.options, other.number) == (1, {"rate": "5"}, 2)
    assert [row.id for row in await ledger.accounts()] == ["a1", "a2"]
    await ledger.update_account(1, signed_in=False, credentials_sealed=b"secret")
    row = await ledger.account(1)
    assert not row.signed_in
    assert "secret" not in repr(row)
    with pytest.raises(UnknownAccount):
        await ledger.account(9)


async def test_an_account_with_exports_stays(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="A/B", items=items(1))
    assert not await ledger.remove_account(1)
    await ledger.forget(1)
    assert await ledger.remove_account(1)
    assert await ledger.accounts() == []


async def test_an_export_comes_back_as_it_was_kept(ledger: ExportLedger) -> None:
    before = time.time()
    row = await ledger.add(1, What.FILMS, title="t", folder="A/B", items=items(3))
    assert (row.id, row.run, row.wanted, row.listed) == ("x1", Run.QUEUED, Wanted.RUN, True)
    assert await ledger.all() == await ledger.since(before) == [row]
    assert await ledger.all(2) == []
    await ledger.update(1, wanted=Wanted.PAUSE)
    assert await ledger.wants([1]) == {1: Wanted.PAUSE}
    assert [item.name for item in await ledger.items(1)] == ["0.mov", "1.mov", "2.mov"]
    assert [item.number for item in await ledger.items(1, (Run.QUEUED,), limit=1)] == [1]
    with pytest.raises(UnknownExport):
        await ledger.get(5)


async def test_a_list_that_is_read_again_adds_nothing_twice(ledger: ExportLedger) -> None:
    row = await ledger.add(1, What.GALLERY, title="g", folder="", gallery={"gallery_name": "g"})
    assert not row.listed
    await ledger.add_items(1, items(3))
    await ledger.add_items(1, items(5), listed=True)
    assert len(await ledger.items(1)) == 5
    assert (await ledger.get(1)).listed


async def test_one_bad_item_keeps_the_whole_export_out(ledger: ExportLedger) -> None:
    with pytest.raises(JournalDamaged):
        await ledger.add(1, What.FILMS, title="t", folder="", items=[*items(2), {"no": 1}])  # type: ignore[typeddict-unknown-key]
    assert await ledger.all() == []


async def test_names_are_taken_once_in_a_folder(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="A", items=items(3))
    await ledger.add(1, What.FILMS, title="t", folder="A", items=items(2))
    await ledger.add(1, What.FILMS, title="t", folder="B", items=items(1))
    assert await ledger.reserve_name(1, ["film.mov", "film (2).mov"]) == "film.mov"
    assert await ledger.reserve_name(2, ["FILM.mov", "film (2).mov"]) == "film (2).mov"
    assert await ledger.reserve_name(4, ["film.mov", "film (3).mov"]) == "film (3).mov"
    assert await ledger.reserve_name(6, ["film.mov"]) == "film.mov", "another folder"
    with pytest.raises(NotNow):
        await ledger.reserve_name(5, ["film.mov"])
    await ledger.change_item(1, run=Run.FAILED)
    assert await ledger.reserve_name(5, ["film.mov"], tries=1) == "film.mov"
    item = (await ledger.items(2))[1]
    assert (item.remote_name, item.tries) == ("film.mov", 1)


async def test_tallies(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="", items=items(5, size=10))
    await ledger.change_item(1, run=Run.DONE, sent=10)
    await ledger.change_item(2, run=Run.DONE, skipped=True, sent=10)
    await ledger.change_item(3, run=Run.FAILED, sent=4)
    await ledger.change_item(4, run=Run.ACTIVE, sent=3)
    tally = (await ledger.tallies([1]))[1]
    assert tally == Tally(5, 1, 1, 1, 50, 23)
    assert tally.left == 2
    assert await ledger.tallies([7]) == {7: Tally()}
    assert await ledger.tallies() == {1: tally}


async def test_ten_thousand_items_are_cheap(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="", items=items(10_000))
    start = time.perf_counter()
    for _ in range(5):
        assert (await ledger.tallies())[1].items == 10_000
    assert (time.perf_counter() - start) / 5 < 0.1


async def test_changes_of_one_moment_share_a_commit(
    ledger: ExportLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="", items=items(40))
    commits, real = 0, ledger._db.run

    async def counted(work: object) -> object:
        nonlocal commits
        commits += 1
        return await real(work)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger._db, "run", counted)
    results = await asyncio.gather(
        *(ledger.change_item(number, sent=number) for number in range(1, 41)),
        ledger.change_item(1, nothing=1),  # type: ignore[call-arg]
        return_exceptions=True,
    )
    assert commits <= 2
    assert [type(one) for one in results if one is not None] == [KeyError], "one that fails fails alone"
    assert [item.sent for item in await ledger.items(1)] == list(range(1, 41))


async def test_failed_items_again(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="", items=items(3))
    await ledger.change_item(2, run=Run.FAILED, error={"code": "x"}, state_sealed=b"s")
    assert [item.number for item in await ledger.begun(1)] == [2]
    assert await ledger.again(1, (Run.FAILED,)) == 1
    assert (await ledger.items(1))[1].error is None
    await ledger.change_item(3, run=Run.DONE)
    await ledger.give_up(1)
    assert [item.run for item in await ledger.items(1)] == [Run.CANCELLED, Run.CANCELLED, Run.DONE]


async def test_folders_are_remembered_for_a_while(ledger: ExportLedger) -> None:
    await ledger.keep_folder(1, "A", "id")
    assert await ledger.folder(1, "A", since=time.time() - 5) == "id"
    assert await ledger.folder(1, "A", since=time.time() + 5) is None
    await ledger.forget_folders(1)
    assert await ledger.folder(1, "A", since=0) is None


async def test_what_is_queued_comes_a_page_at_a_time(ledger: ExportLedger) -> None:
    await ledger.add(1, What.FILMS, title="t", folder="", items=items(5))
    await ledger.add(1, What.FILMS, title="u", folder="", items=items(3))
    await ledger.change_item(2, run=Run.DONE)
    assert [item.number for item in await ledger.queued(1, after=0, limit=2)] == [1, 3]
    assert [item.number for item in await ledger.queued(1, after=3, limit=9)] == [4, 5]
    assert [item.number for item in await ledger.queued(2, after=0, limit=9)] == [6, 7, 8]


@pytest.mark.parametrize(("query", "way"), [(TAKEN, "items_by_remote_name"), (QUEUED, "INTEGER PRIMARY KEY")])
async def test_a_gallery_of_thousands_is_not_read_or_sorted_for_each_photo(
    ledger: ExportLedger, tmp_path: Path, query: str, way: str
) -> None:
    del ledger  # the journal is there
    asked = dict.fromkeys(re.findall(r":(\w+)", query), "x")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", asked)]
    assert any(way in step for step in steps), steps
    assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in steps), steps
