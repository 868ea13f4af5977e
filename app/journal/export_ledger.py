"""Reading and writing accounts, exports and their items. Each call is one transaction; those of items may
share a commit with others of the same moment."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Unpack

from app.domain.errors import NotNow, UnknownAccount, UnknownExport
from app.journal.database import Database
from app.journal.export_queries import LOOSE_ENDS, QUEUED, SENT_LATELY, TAKEN, TALLY
from app.journal.exports import (
    ACCOUNT_COLUMNS,
    EXPORT_COLUMNS,
    ITEM_COLUMNS,
    AccountChanges,
    AccountRow,
    ExportChanges,
    ExportRow,
    ItemChanges,
    ItemRow,
    Tally,
    What,
    account_of,
    export_of,
    is_same_account,
    item_of,
    to_column,
)
from app.journal.grouped import Grouped
from app.journal.records import Run, Wanted

_AT_ONCE = 500


class ExportLedger:
    """What the journal holds of exports."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._grouped = Grouped(db)

    # --- accounts ------------------------------------------------------------------------------------

    async def accounts(self) -> list[AccountRow]:
        return await self._db.run(
            lambda db: [account_of(row) for row in db.execute("SELECT * FROM accounts ORDER BY id")]
        )

    async def account(self, number: int) -> AccountRow:
        """Raises UnknownAccount."""
        return await self._db.run(lambda db: _account(db, number))

    async def put_account(self, kind: str, called: str, **changes: Unpack[AccountChanges]) -> AccountRow:
        """The account of `kind` that is `called` so, with `changes`: the one there is, else a new one."""
        return await self._db.run(lambda db: _put_account(db, kind, called, changes))

    async def update_account(self, number: int, **changes: Unpack[AccountChanges]) -> AccountRow:
        """Change columns of one account; the row as it is then. Raises UnknownAccount."""

        def work(db: sqlite3.Connection) -> AccountRow:
            _change(db, "accounts", ACCOUNT_COLUMNS, number, changes)
            return _account(db, number)

        return await self._db.run(work)

    async def remove_account(self, number: int) -> bool:
        """Forget an account that has no exports; False where it has some, and stays."""

        def work(db: sqlite3.Connection) -> bool:
            if db.execute("SELECT 1 FROM exports WHERE account = ?", (number,)).fetchone():
                return False
            db.execute("DELETE FROM accounts WHERE id = ?", (number,))
            return True

        return await self._db.run(work)

    # --- exports -------------------------------------------------------------------------------------

    async def add(
        self,
        account: int,
        what: What,
        *,
        title: str,
        folder: str,
        items: Sequence[ItemChanges] = (),
        gallery: dict[str, str] | None = None,
    ) -> ExportRow:
        """Journal an export with its items in one commit; without items they are listed later (`listed`)."""
        return await self._db.run(
            lambda db: _add(db, account, what, title, folder, list(items), gallery or {})
        )

    async def get(self, number: int) -> ExportRow:
        """Raises UnknownExport."""
        return await self._db.run(lambda db: _export(db, number))

    async def all(self, account: int | None = None) -> list[ExportRow]:
        query = "SELECT * FROM exports WHERE ? IS NULL OR account = ? ORDER BY id"
        return await self._db.run(
            lambda db: [export_of(row) for row in db.execute(query, (account, account))]
        )

    async def since(self, moment: float) -> list[ExportRow]:
        """Exports that changed at or after `moment` (seconds since 1970), or whose items did."""
        query = "SELECT * FROM exports WHERE updated >= ? ORDER BY id"
        return await self._db.run(lambda db: [export_of(row) for row in db.execute(query, (moment,))])

    async def numbers(self) -> list[int]:
        """The numbers of all exports: what is not among them any more was forgotten."""
        query = "SELECT id FROM exports ORDER BY id"
        return await self._db.run(lambda db: [int(row["id"]) for row in db.execute(query)])

    async def update(self, number: int, **changes: Unpack[ExportChanges]) -> ExportRow:
        """Change columns of one export; the row as it is then. Raises UnknownExport."""

        def work(db: sqlite3.Connection) -> ExportRow:
            _change(db, "exports", EXPORT_COLUMNS, number, changes)
            return _export(db, number)

        return await self._db.run(work)

    async def loose_ends(self, number: int | None = None) -> list[ExportRow]:
        """Exports (or the one) that ended and left something to be done: a gallery that does not know of its
        export's end, unfinished uploads of a cancelled one."""
        values = {"number": number}
        return await self._db.run(lambda db: [export_of(row) for row in db.execute(LOOSE_ENDS, values)])

    async def forget(self, number: int) -> None:
        """Remove an export and its items."""
        await self._db.run(lambda db: db.execute("DELETE FROM exports WHERE id = ?", (number,)))

    async def wants(self, numbers: Sequence[int]) -> dict[int, Wanted]:
        """What other processes ask of these exports."""
        query = f"SELECT id, wanted FROM exports WHERE id IN ({_marks(numbers)})"  # noqa: S608
        rows = await self._db.run(lambda db: db.execute(query, tuple(numbers)).fetchall())
        return {row["id"]: Wanted(row["wanted"]) for row in rows}

    async def tallies(self, numbers: Sequence[int] | None = None) -> dict[int, Tally]:
        """How these exports stand (None: all): counts and bytes."""
        return await self._db.run(lambda db: _tallies(db, numbers))

    # --- items ---------------------------------------------------------------------------------------

    async def add_items(
        self, export: int, items: Sequence[ItemChanges], **then: Unpack[ExportChanges]
    ) -> None:
        """Journal items of an export, and change the export, in one commit. An item whose key is there
        already stays as it is: a list that is read again adds nothing twice."""

        def work(db: sqlite3.Connection) -> None:
            _insert_items(db, export, items)
            _change(db, "exports", EXPORT_COLUMNS, export, then)

        await self._db.run(work)

    async def items(self, export: int, runs: Sequence[Run] = tuple(Run), *, limit: int = -1) -> list[ItemRow]:
        """Items of an export in these states, up to `limit` (-1: all)."""
        condition = f"export = ? AND run IN ({_marks(runs)})"
        query = f"SELECT * FROM items WHERE {condition} ORDER BY id LIMIT ?"  # noqa: S608 - question marks
        values = (export, *(run.value for run in runs), limit)
        return await self._db.run(lambda db: [item_of(row) for row in db.execute(query, values)])

    async def queued(self, export: int, *, after: int, limit: int) -> list[ItemRow]:
        """Up to `limit` items of an export that wait to be sent, with numbers beyond `after`."""
        values = {"export": export, "after": after, "limit": limit}
        return await self._db.run(lambda db: [item_of(row) for row in db.execute(QUEUED, values)])

    async def begun(self, export: int) -> list[ItemRow]:
        """Items that aren't done and left something at the destination, or may have."""
        condition = "export = ? AND run != 'done' AND state_sealed IS NOT NULL"
        query = f"SELECT * FROM items WHERE {condition} ORDER BY id"  # noqa: S608 - our own words
        return await self._db.run(lambda db: [item_of(row) for row in db.execute(query, (export,))])

    async def names(self, export: int, subpath: str) -> set[str]:
        """The names of all items of an export below that path."""
        query = "SELECT DISTINCT name FROM items WHERE export = ? AND subpath = ?"
        rows = await self._db.run(lambda db: db.execute(query, (export, subpath)).fetchall())
        return {str(row["name"]) for row in rows}

    async def sent_lately(self, account: int, since: float) -> list[tuple[str, str, str, str]]:
        """What was sent to the account at or after `since`: folder, path below it, name and id there."""
        values = (account, since)
        return await self._db.run(lambda db: [tuple(row) for row in db.execute(SENT_LATELY, values)])

    async def subpaths(self, export: int) -> dict[str, bool]:
        """The folders of an export's items below its own, and whether any of those in it is done."""
        query = "SELECT subpath, MAX(run = 'done') AS done FROM items WHERE export = ? GROUP BY subpath"
        rows = await self._db.run(lambda db: db.execute(query, (export,)).fetchall())
        return {str(row["subpath"]): bool(row["done"]) for row in rows}

    async def change_item(self, number: int, **changes: Unpack[ItemChanges]) -> None:
        """Change columns of one item. Commits are shared with others of the moment."""
        await self._grouped.run(lambda db: _change_item(db, number, changes))

    async def reserve_name(
        self, number: int, candidates: Iterable[str], **changes: Unpack[ItemChanges]
    ) -> str:
        """Take the first of `candidates` as the item's `remote_name` that no unfinished or finished item of
        the same account and folder has, small and capital letters alike; the name. Raises NotNow."""
        return await self._grouped.run(lambda db: _reserve(db, number, candidates, changes))

    async def again(self, export: int, runs: Sequence[Run]) -> int:
        """Items in these states wait to be sent once more; how many they were."""
        changes = "run = 'queued', error = '', updated = ?"
        query = f"UPDATE items SET {changes} WHERE export = ? AND run IN ({_marks(runs)})"  # noqa: S608
        values = (time.time(), export, *(run.value for run in runs))
        return await self._db.run(lambda db: db.execute(query, values).rowcount)

    async def give_up(self, export: int) -> None:
        """Items that aren't done are cancelled: their names are free for others."""
        query = "UPDATE items SET run = 'cancelled', updated = ? WHERE export = ? AND run != 'done'"
        await self._db.run(lambda db: db.execute(query, (time.time(), export)))

    async def places(self, export: int) -> list[str]:
        """Where the bytes of all items of an export come from."""
        query = "SELECT place FROM items WHERE export = ?"
        rows = await self._db.run(lambda db: db.execute(query, (export,)).fetchall())
        return [str(row["place"]) for row in rows]

    # --- folders at the destination ------------------------------------------------------------------

    async def folder(self, account: int, path: str, *, since: float) -> str | None:
        """The id of the destination's folder of that path, where it was found or made at or after `since`."""
        query = "SELECT remote FROM folders WHERE account = ? AND path = ? AND at >= ?"
        row = await self._db.run(lambda db: db.execute(query, (account, path, since)).fetchone())
        return None if row is None else str(row["remote"])

    async def keep_folder(self, account: int, path: str, remote: str) -> None:
        """Remember a folder that was just found or made."""
        query = "INSERT OR REPLACE INTO folders (account, path, remote, at) VALUES (?, ?, ?, ?)"
        await self._db.run(lambda db: db.execute(query, (account, path, remote, time.time())))

    async def doubt_folders(self, account: int) -> None:
        """Some may be gone at the destination: all are looked for anew, but where they were stays known."""
        await self._db.run(lambda db: db.execute("UPDATE folders SET at = 0 WHERE account = ?", (account,)))

    async def forget_folders(self, account: int) -> None:
        """One of them is gone at the destination: all are looked for anew."""
        await self._db.run(lambda db: db.execute("DELETE FROM folders WHERE account = ?", (account,)))


def _account(db: sqlite3.Connection, number: int) -> AccountRow:
    row = db.execute("SELECT * FROM accounts WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownAccount(account=f"a{number}")
    return account_of(row)


def _put_account(db: sqlite3.Connection, kind: str, name: str, changes: AccountChanges) -> AccountRow:
    for row in map(account_of, db.execute("SELECT * FROM accounts ORDER BY id").fetchall()):
        if is_same_account(row, kind, name):
            _change(db, "accounts", ACCOUNT_COLUMNS, row.number, changes)
            return _account(db, row.number)
    now = time.time()
    values = {"kind": kind, "name": name, "created": now, "updated": now}
    return _account(db, _insert(db, "accounts", {**values, **changes}))


def _export(db: sqlite3.Connection, number: int) -> ExportRow:
    row = db.execute("SELECT * FROM exports WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownExport(export=f"x{number}")
    return export_of(row)


def _add(
    db: sqlite3.Connection,
    account: int,
    what: What,
    title: str,
    folder: str,
    items: list[ItemChanges],
    gallery: dict[str, str],
) -> ExportRow:
    _account(db, account)
    now = time.time()
    values: dict[str, Any] = {"account": account, "what": what, "title": title, "folder": folder}
    values |= {"gallery": gallery, "listed": bool(items), "created": now, "updated": now}
    number = _insert(db, "exports", values)
    _insert_items(db, number, items)
    return _export(db, number)


def _insert_items(db: sqlite3.Connection, export: int, items: Sequence[ItemChanges]) -> None:
    now = time.time()
    for item in items:
        _insert(db, "items", {"export": export, "updated": now, **item}, beside="OR IGNORE")


def _insert(db: sqlite3.Connection, table: str, values: dict[str, Any], beside: str = "") -> int:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    query = f"INSERT {beside} INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    cursor = db.execute(query, [to_column(name, value) for name, value in values.items()])
    return cursor.lastrowid or 0


def _change(db: sqlite3.Connection, table: str, columns: Sequence[str], number: int, changes: Any) -> None:
    unknown = set(changes) - set(columns)
    if unknown:
        raise KeyError(f"no such columns: {unknown}")
    values = {name: to_column(name, value) for name, value in changes.items()}
    values["updated"] = time.time()
    sets = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*values.values(), number))  # noqa: S608


def _change_item(db: sqlite3.Connection, number: int, changes: ItemChanges) -> None:
    _change(db, "items", ITEM_COLUMNS, number, changes)
    if "run" in changes or "sent" in changes:
        query = "UPDATE exports SET updated = ? WHERE id = (SELECT export FROM items WHERE id = ?)"
        db.execute(query, (time.time(), number))


def _reserve(db: sqlite3.Connection, number: int, candidates: Iterable[str], changes: ItemChanges) -> str:
    query = (
        "SELECT items.subpath, items.export, items.name, exports.account, exports.folder FROM items "
        "JOIN exports ON exports.id = items.export WHERE items.id = ?"
    )
    mine = db.execute(query, (number,)).fetchone()
    where = {name: mine[name] for name in ("subpath", "export", "account", "folder")}
    for candidate in candidates:
        if db.execute(TAKEN, {**where, "me": number, "name": candidate}).fetchone() is None:
            _change_item(db, number, {**changes, "remote_name": candidate})
            return candidate
    raise NotNow(source_name=mine["name"], reason=mine["folder"])


def _tallies(db: sqlite3.Connection, numbers: Sequence[int] | None) -> dict[int, Tally]:
    if numbers is None:
        rows = db.execute(TALLY.format(where="")).fetchall()
        return {row["export"]: _tally(row) for row in rows}
    found = {number: Tally() for number in numbers}
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        query = TALLY.format(where=f"WHERE export IN ({_marks(some)})")
        found |= {row["export"]: _tally(row) for row in db.execute(query, tuple(some))}
    return found


def _tally(row: sqlite3.Row) -> Tally:
    return Tally(**{one.name: row[one.name] for one in fields(Tally)})


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
