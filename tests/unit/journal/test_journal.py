"""The journal: commits, legal moves, reports that wait, names that are reserved, and other processes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.errors import JournalDamaged, JournalNewer, NoSpace, NotNow, UnknownTask, UsageError
from app.domain.status import TaskKind, TaskStatus
from app.journal import Journal, PartRow, Run
from app.journal.records import TaskChanges

FILM: TaskChanges = {"source_name": "仙剑奇侠传.mov", "source_path": "/films/仙剑奇侠传.mov", "size": 5}
SERVER = "https://studio.example"


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal(tmp_path / "journal.db") as opened:
        yield opened


async def test_films_of_one_command_come_back_as_they_were_kept(journal: Journal) -> None:
    first, second = await journal.add(TaskKind.UPLOAD, SERVER, [FILM, {**FILM, "media": {"codec": "ProRes"}}])
    assert (first.id, second.id) == ("u1", "u2")
    assert second.media == {"codec": "ProRes"}
    assert (await journal.get(1)).run is Run.QUEUED
    assert await journal.all() == [first, second]


async def test_one_bad_film_keeps_the_whole_command_out(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged):
        await journal.add(TaskKind.UPLOAD, SERVER, [FILM, {"no_such_column": 1}])  # type: ignore[typeddict-unknown-key]
    assert await journal.all() == []


async def test_a_full_disk_is_told_as_that_and_room_lets_the_journal_go_on(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal._db.run(lambda db: db.execute("PRAGMA max_page_count = 1").fetchall())
    for _ in range(2):
        with pytest.raises(NoSpace):
            await journal.update(1, source_path="x" * 1_000_000)
        assert (await journal.get(1)).source_path == FILM["source_path"]
    await journal._db.run(lambda db: db.execute("PRAGMA max_page_count = 1000000").fetchall())
    assert (await journal.update(1, source_path="x" * 1_000_000)).source_path[0] == "x"


async def test_what_is_committed_is_there_for_another_process(journal: Journal, tmp_path: Path) -> None:
    await journal.add(TaskKind.DOWNLOAD, SERVER, [{"source_id": 7}])
    with sqlite3.connect(tmp_path / "journal.db") as other:
        assert other.execute("SELECT source_id FROM tasks").fetchall() == [(7,)]
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


async def test_a_film_is_found_by_our_id_and_by_the_servers_where_it_is_clear(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [{**FILM, "remote_id": 233}])
    await journal.add(TaskKind.DOWNLOAD, SERVER, [{"remote_id": 233}, {"remote_id": 5}])
    assert (await journal.find("d2")).remote_id == 233
    assert (await journal.find("5")).id == "d3"
    with pytest.raises(UsageError):
        await journal.find("233")
    for unknown in ("u2", "x1", "u", "", "٣", "9" * 40, "-1"):
        with pytest.raises(UnknownTask):
            await journal.find(unknown)


async def test_reports_are_sent_in_order_and_percent_never_falls(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal.report(1, TaskStatus.SPLITTING, None, {})
    await journal.report(1, TaskStatus.ENCRYPTING, None, {})
    await journal.report(1, TaskStatus.ENCRYPTING, 40, {})
    row = await journal.report(1, TaskStatus.ENCRYPTING, 30, {})
    assert row.percent == 40
    sent = []
    while (report := await journal.next_report(1)) is not None:
        sent.append((report.status, report.percent))
        await journal.report_done(report.id)
    assert sent == [(TaskStatus.SPLITTING, None), (TaskStatus.ENCRYPTING, None), (TaskStatus.ENCRYPTING, 40)]


async def test_only_the_newest_percent_waits_and_one_under_way_is_left_alone(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [{**FILM, "status": TaskStatus.ENCRYPTING}])
    await journal.report(1, TaskStatus.ENCRYPTING, 10, {})
    under_way = await journal.next_report(1)
    await journal.report(1, TaskStatus.ENCRYPTING, 20, {})
    await journal.report(1, TaskStatus.ENCRYPTING, 30, {})
    assert [report.percent for report in await journal.unsent(1)] == [10, 30]
    assert under_way is not None
    await journal.report_done(under_way.id)
    assert [report.percent for report in await journal.unsent(1)] == [30]


async def test_a_move_that_is_not_legal_changes_nothing(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    with pytest.raises(NotNow):
        await journal.report(1, TaskStatus.DONE, 100, {}, changes={"cid": "bafy"})
    row = await journal.get(1)
    assert (row.status, row.cid, await journal.unsent(1)) == (TaskStatus.NOT_STARTED, "", [])


async def test_a_refused_report_stays_to_be_read_and_is_not_sent_again(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal.report(1, TaskStatus.SPLITTING, None, {})
    report = await journal.next_report(1)
    assert report is not None
    await journal.report_refused(report.id, {"code": "server_refused"})
    assert await journal.next_report(1) is None
    assert [one.error for one in await journal.unsent(1)] == [{"code": "server_refused"}]


async def test_a_name_is_reserved_for_one_film_until_it_is_finished(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM, FILM, FILM])
    names = ["/p/film.mov.rkkey", "/p/film.mov (2).rkkey"]
    assert (await journal.reserve(1, "private_path", names)).private_path == names[0]
    assert (await journal.reserve(2, "private_path", names)).private_path == names[1]
    with pytest.raises(NotNow):
        await journal.reserve(3, "private_path", names)
    assert (await journal.reserve(1, "private_path", names)).private_path == names[0]


async def test_parts_are_replaced_and_dropped_with_the_films_change(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal.put_part(1, PartRow(0, "bafy0", 3, 4, b"\1" * 32))
    await journal.put_part(1, PartRow(0, "bafy1", 3, 4, b"\2" * 32, fetched=True))
    assert await journal.parts(1) == {0: PartRow(0, "bafy1", 3, 4, b"\2" * 32, fetched=True)}
    row = await journal.drop_parts(1, step="created", secrets_sealed=None)
    assert (await journal.parts(1), row.step) == ({}, "created")


async def test_history_tells_what_happened_in_order(journal: Journal) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal.report(1, TaskStatus.SPLITTING, None, {})
    await journal.update(1, run=Run.FAILED, error={"code": "source_gone"})
    assert [(event, detail) for _, event, detail in await journal.history(1)] == [
        ("journalled", ""),
        ("status 1", ""),
        ("failed", "source_gone"),
    ]


async def test_marks_are_the_last_time_of_what_happened(journal: Journal) -> None:
    films: list[TaskChanges] = [{"source_name": f"{number}.mov"} for number in range(3)]
    first, second, third = await journal.add(TaskKind.UPLOAD, SERVER, films)
    await journal.update(first.number, run=Run.PAUSED)
    await journal.update(first.number, run=Run.ACTIVE)
    between = time.time()
    await journal.update(first.number, run=Run.PAUSED)
    await journal.update(second.number, run=Run.DONE)
    marks = await journal.marks([first.number, second.number, third.number, *range(900, 2200)])
    assert set(marks) == {first.number, second.number}
    assert set(marks[first.number]) == {"paused"} and marks[first.number]["paused"] >= between
    assert set(marks[second.number]) == {"done"}


async def test_forgetting_a_film_leaves_no_rows_of_it(journal: Journal, tmp_path: Path) -> None:
    await journal.add(TaskKind.UPLOAD, SERVER, [FILM])
    await journal.put_part(1, PartRow(0, "bafy", 1))
    await journal.report(1, TaskStatus.SPLITTING, None, {})
    await journal.forget(1)
    with sqlite3.connect(tmp_path / "journal.db") as db:
        for table in ("tasks", "parts", "reports", "history"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    db.close()


async def test_a_newer_journal_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(JournalNewer):
        async with Journal(path):
            pass
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (999,)
    db.close()


async def test_a_file_that_is_no_journal_is_an_error_for_people(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(JournalDamaged):
        async with Journal(path):
            pass
    assert path.read_bytes().startswith(b"this is no database")


async def test_a_collection_answers_for_what_was_owed_when_it_began(journal: Journal) -> None:
    owed = journal.collections
    assert await owed.owed() == 0
    await owed.owe()
    began = await owed.owed()
    await owed.owe()
    await owed.done(began)
    assert await owed.owed() > began
    await owed.done(await owed.owed())
    assert await owed.owed() == 0
    await owed.owe()
    assert await owed.owed() > began + 1, "a number is never given twice"
