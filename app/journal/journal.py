"""Reading and writing the journal: tasks, parts, reports, history. Each call is one transaction."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Unpack

from app.domain.errors import NotNow, UnknownTask, UsageError
from app.domain.status import TaskKind, TaskStatus, may_move
from app.journal.database import Database
from app.journal.export_ledger import ExportLedger
from app.journal.owed import OwedCollections
from app.journal.records import (
    COLUMNS,
    FINISHED,
    PartRow,
    Report,
    Run,
    TaskChanges,
    TaskRow,
    Wanted,
    from_row,
    to_column,
)


class Journal:
    """The profile's journal. Use as ``async with``."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path)
        #: Accounts at clouds and what is exported to them.
        self.exports = ExportLedger(self._db)
        self.collections = OwedCollections(self._db)

    async def __aenter__(self) -> Journal:
        await self._db.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._db.close()

    # --- tasks ---------------------------------------------------------------------------------------

    async def add(self, kind: TaskKind, server: str, films: Sequence[TaskChanges]) -> list[TaskRow]:
        """Journal several films of one command in one commit; their rows in order."""
        return await self._db.run(lambda db: [_insert(db, kind, server, film) for film in films])

    async def get(self, number: int) -> TaskRow:
        """The task of that number. Raises UnknownTask."""
        return await self._db.run(lambda db: _get(db, number))

    async def find(self, text: str) -> TaskRow:
        """The task a person means by `text`: the journal's id (``u1``), or the server's task id where
        only one task here has it. Raises UnknownTask, UsageError."""
        return await self._db.run(lambda db: _find(db, text))

    async def all(self) -> list[TaskRow]:
        return await self._db.run(
            lambda db: [from_row(row) for row in db.execute("SELECT * FROM tasks ORDER BY id")]
        )

    async def since(self, moment: float) -> list[TaskRow]:
        """Tasks that changed at or after `moment` (seconds since 1970), whoever changed them."""
        query = "SELECT * FROM tasks WHERE updated >= ? ORDER BY id"
        return await self._db.run(lambda db: [from_row(row) for row in db.execute(query, (moment,))])

    async def numbers(self) -> list[int]:
        """The numbers of all tasks: what is not among them any more was forgotten."""
        query = "SELECT id FROM tasks ORDER BY id"
        return await self._db.run(lambda db: [int(row["id"]) for row in db.execute(query)])

    async def of_source(
        self, kind: TaskKind, server: str, *, source_path: str = "", source_id: int | None = None
    ) -> list[TaskRow]:
        """Tasks of the same film: newest first."""
        query = (
            "SELECT * FROM tasks WHERE kind = ? AND server = ? AND source_path = ? "
            "AND (? IS NULL OR source_id = ?) ORDER BY id DESC"
        )
        values = (kind.value, server, source_path, source_id, source_id)
        return await self._db.run(lambda db: [from_row(row) for row in db.execute(query, values)])

    async def update(self, number: int, **changes: Unpack[TaskChanges]) -> TaskRow:
        """Change columns of one task; the row as it is then."""
        return await self._db.run(lambda db: _update(db, number, changes))

    async def forget(self, number: int) -> None:
        """Remove a task and all of its rows."""
        await self._db.run(lambda db: db.execute("DELETE FROM tasks WHERE id = ?", (number,)))

    async def reserve(
        self, number: int, column: str, candidates: Sequence[str], **changes: Unpack[TaskChanges]
    ) -> TaskRow:
        """Take the first of `candidates` that no other task has taken in `column`
        (``private_path`` or ``final_path``), so that what is found there after a crash is known as ours."""
        return await self._db.run(lambda db: _reserve(db, number, column, candidates, changes))

    async def at_reserved(self, number: int, column: str, act: Callable[[str], None]) -> None:
        """Call `act` with the path that this task has reserved in `column`, unless another one took the same
        name since. None can take it while `act` runs: that must be short."""
        await self._db.run(lambda db: _at_reserved(db, number, column, act))

    async def wants(self, numbers: Sequence[int]) -> dict[int, Wanted]:
        """What other processes ask of these tasks."""
        marks = ",".join("?" * len(numbers))
        query = f"SELECT id, wanted FROM tasks WHERE id IN ({marks})"  # noqa: S608 - only question marks
        rows = await self._db.run(lambda db: db.execute(query, tuple(numbers)).fetchall())
        return {row["id"]: Wanted(row["wanted"]) for row in rows}

    async def note(self, number: int, event: str, detail: str = "") -> None:
        """A line of the film's history."""
        await self._db.run(lambda db: _note(db, number, event, detail))

    async def marks(self, numbers: Sequence[int]) -> dict[int, dict[str, float]]:
        """When each of these films was last done, cancelled, paused, stopped, or began its wait for the
        release (``status 5``): event → seconds since 1970."""
        return await self._db.run(lambda db: _marks(db, numbers))

    async def history(self, number: int) -> list[tuple[float, str, str]]:
        """The film's history: (when, event, detail), oldest first."""
        query = "SELECT at, event, detail FROM history WHERE task = ? ORDER BY id"
        rows = await self._db.run(lambda db: db.execute(query, (number,)).fetchall())
        return [(row["at"], row["event"], row["detail"]) for row in rows]

    # --- parts ---------------------------------------------------------------------------------------

    async def parts(self, number: int) -> dict[int, PartRow]:
        query = "SELECT * FROM parts WHERE task = ? ORDER BY number"
        rows = await self._db.run(lambda db: db.execute(query, (number,)).fetchall())
        return {row["number"]: _part(row) for row in rows}

    async def put_part(self, number: int, part: PartRow) -> None:
        """Note one part as it is now, replacing what was known of it."""
        flags = (int(part.fetched), int(part.opened))
        values = (number, part.number, part.cid, part.size, part.tsize, part.digest, *flags)
        query = (
            "INSERT OR REPLACE INTO parts (task, number, cid, size, tsize, digest, fetched, opened) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        await self._db.run(lambda db: db.execute(query, values))

    async def drop_parts(self, number: int, **changes: Unpack[TaskChanges]) -> TaskRow:
        """Forget all parts and change the task in the same commit (a film that starts anew)."""

        def work(db: sqlite3.Connection) -> TaskRow:
            db.execute("DELETE FROM parts WHERE task = ?", (number,))
            return _update(db, number, changes)

        return await self._db.run(work)

    # --- reports -------------------------------------------------------------------------------------

    async def report(
        self,
        number: int,
        status: TaskStatus,
        percent: int | None,
        form: dict[str, str],
        *,
        anew: bool = False,
        changes: TaskChanges | None = None,
    ) -> TaskRow:
        """Queue a report and move the task to its status, in one commit.

        Percent within one status never falls, and a waiting report of mere percent is replaced by a newer
        one. `anew` keeps a report that repeats a status (a finished upload whose address changed).
        Raises NotNow for a move that is not legal.
        """
        return await self._db.run(lambda db: _report(db, number, status, percent, form, anew, changes or {}))

    async def next_report(self, number: int) -> Report | None:
        """The oldest report of this task that waits, marked as being sent; None where none waits."""
        return await self._db.run(lambda db: _next_report(db, number))

    async def report_done(self, report: int) -> None:
        """The server has answered: the report leaves the journal."""
        await self._db.run(lambda db: db.execute("DELETE FROM reports WHERE id = ?", (report,)))

    async def report_refused(self, report: int, error: dict[str, Any]) -> None:
        """The server said no to this one: it stays for people to read and is not sent again."""
        query = "UPDATE reports SET state = 'refused', error = ? WHERE id = ?"
        await self._db.run(lambda db: db.execute(query, (json.dumps(error, ensure_ascii=False), report)))

    async def report_again(self, number: int) -> None:
        """What was being sent when a process died waits again."""
        query = "UPDATE reports SET state = 'queued' WHERE task = ? AND state = 'sending'"
        await self._db.run(lambda db: db.execute(query, (number,)))

    async def drop_refused(self, number: int) -> None:
        """Forget the reports that the server refused: a newer one takes their place."""
        query = "DELETE FROM reports WHERE task = ? AND state = 'refused'"
        await self._db.run(lambda db: db.execute(query, (number,)))

    async def unsent(self, number: int | None = None) -> list[Report]:
        """Reports not yet answered, refused ones among them, oldest first."""
        query = "SELECT * FROM reports WHERE ? IS NULL OR task = ? ORDER BY id"
        rows = await self._db.run(lambda db: db.execute(query, (number, number)).fetchall())
        return [_report_of(row) for row in rows]


def _insert(db: sqlite3.Connection, kind: TaskKind, server: str, film: TaskChanges) -> TaskRow:
    now = time.time()
    values: dict[str, object] = {"kind": kind.value, "server": server, "created": now, "updated": now}
    values |= {name: to_column(name, value) for name, value in film.items()}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO tasks ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
    number = cursor.lastrowid or 0
    _note(db, number, "journalled", "")
    return _get(db, number)


def _get(db: sqlite3.Connection, number: int) -> TaskRow:
    row = db.execute("SELECT * FROM tasks WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownTask(task_id=str(number))
    return from_row(row)


def _find(db: sqlite3.Connection, text: str) -> TaskRow:
    by_letter = {kind.value[0]: kind for kind in TaskKind}
    if text[:1] in by_letter and text[1:].isascii() and text[1:].isdigit():
        with suppress(UnknownTask):
            row = _get(db, int(text[1:19]))
            if row.kind is by_letter[text[0]]:
                return row
        raise UnknownTask(task_id=text)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise UnknownTask(task_id=text)
    rows = db.execute("SELECT * FROM tasks WHERE remote_id = ? ORDER BY id", (int(text),)).fetchall()
    if len(rows) > 1:
        names = ", ".join(from_row(row).id for row in rows)
        raise UsageError(reason=f"{text}: {names}?")
    if not rows:
        raise UnknownTask(task_id=text)
    return from_row(rows[0])


def _update(db: sqlite3.Connection, number: int, changes: TaskChanges) -> TaskRow:
    unknown = set(changes) - set(COLUMNS)
    if unknown:
        raise KeyError(f"no such columns: {unknown}")
    before = _get(db, number)
    values: dict[str, object] = {name: to_column(name, value) for name, value in changes.items()}
    values["updated"] = time.time()
    sets = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE tasks SET {sets} WHERE id = ?", (*values.values(), number))  # noqa: S608
    after = _get(db, number)
    if after.run is not before.run and after.run in (*FINISHED, Run.FAILED, Run.PAUSED, Run.WAITING):
        _note(db, number, after.run.value, str((after.error or {}).get("code", "")))
    return after


def _reserve(
    db: sqlite3.Connection, number: int, column: str, candidates: Sequence[str], changes: TaskChanges
) -> TaskRow:
    for candidate in candidates:
        if not _taken(db, number, column, candidate):
            _update(db, number, changes)
            db.execute(f"UPDATE tasks SET {column} = ? WHERE id = ?", (candidate, number))  # noqa: S608
            return _get(db, number)
    raise NotNow(source_name=_get(db, number).source_name, reason=candidates[0] if candidates else "")


def _at_reserved(db: sqlite3.Connection, number: int, column: str, act: Callable[[str], None]) -> None:
    path = str(getattr(_get(db, number), column))
    if path and not _taken(db, number, column, path):
        act(path)


def _taken(db: sqlite3.Connection, number: int, column: str, path: str) -> bool:
    """Whether another task that is not finished has reserved `path`."""
    if column not in ("private_path", "final_path"):
        raise KeyError(column)
    query = f"SELECT 1 FROM tasks WHERE {column} = ? AND id != ? AND run NOT IN ('done', 'cancelled')"  # noqa: S608
    return db.execute(query, (path, number)).fetchone() is not None


def _report(
    db: sqlite3.Connection,
    number: int,
    status: TaskStatus,
    percent: int | None,
    form: dict[str, str],
    anew: bool,
    changes: TaskChanges,
) -> TaskRow:
    task = _get(db, number)
    if not may_move(task.kind, task.status, status):
        raise NotNow(source_name=task.source_name, reason=f"{int(task.status)} → {int(status)}")
    moves = anew or task.status is not status
    if percent is not None:
        percent = percent if moves else max(percent, task.percent)
        form = {**form, "percent": str(percent)}
    if not moves:
        db.execute("DELETE FROM reports WHERE task = ? AND state = 'queued' AND moves = 0", (number,))
    db.execute(
        "INSERT INTO reports (task, status, percent, form, moves, created) VALUES (?, ?, ?, ?, ?, ?)",
        (number, int(status), percent, json.dumps(form, ensure_ascii=False), int(moves), time.time()),
    )
    if moves:
        _note(db, number, f"status {int(status)}", "")
    fresh = 0 if moves else task.percent
    return _update(
        db, number, {**changes, "status": status, "percent": fresh if percent is None else percent}
    )


def _next_report(db: sqlite3.Connection, number: int) -> Report | None:
    query = "SELECT * FROM reports WHERE task = ? AND state != 'refused' ORDER BY id LIMIT 1"
    row = db.execute(query, (number,)).fetchone()
    if row is None:
        return None
    db.execute("UPDATE reports SET state = 'sending' WHERE id = ?", (row["id"],))
    return _report_of(row)


def _note(db: sqlite3.Connection, number: int, event: str, detail: str) -> None:
    query = "INSERT INTO history (task, at, event, detail) VALUES (?, ?, ?, ?)"
    db.execute(query, (number, time.time(), event, detail))


_MARKS = ("done", "cancelled", "paused", "failed", "status 5")
_NUMBERS_AT_ONCE = 500


def _marks(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    events = ", ".join("?" * len(_MARKS))
    for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
        some = numbers[start : start + _NUMBERS_AT_ONCE]
        tasks = ", ".join("?" * len(some))
        asked = f"task IN ({tasks}) AND event IN ({events})"
        query = f"SELECT task, event, MAX(at) AS at FROM history WHERE {asked} GROUP BY task, event"  # noqa: S608
        for row in db.execute(query, (*some, *_MARKS)):
            found.setdefault(row["task"], {})[row["event"]] = row["at"]
    return found


def _part(row: sqlite3.Row) -> PartRow:
    return PartRow(
        row["number"],
        row["cid"],
        row["size"],
        row["tsize"],
        row["digest"],
        bool(row["fetched"]),
        bool(row["opened"]),
    )


def _report_of(row: sqlite3.Row) -> Report:
    error = json.loads(row["error"]) if row["error"] else None
    form = {str(key): str(value) for key, value in json.loads(row["form"]).items()}
    return Report(
        row["id"], row["task"], TaskStatus(row["status"]), row["percent"], form, bool(row["moves"]), error
    )
