"""One SQLite file, one thread that owns it: work is handed over as functions and awaited.

WAL with ``synchronous=FULL``: what is committed survives a power cut, and several processes may open one
profile. The schema moves by numbered files in ``migrations/``, counted in ``user_version``.
"""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from app.domain.errors import JournalDamaged, JournalNewer
from app.domain.room import no_room

T = TypeVar("T")
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 30.0


class Database:
    """An open journal file. `run` executes a function of the connection in one transaction.

    All of it raises NoSpace where the disk is full, and JournalDamaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open and migrate. Raises JournalNewer."""
        await self._submit(self._open)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Commit what `work` does, whole or not at all; its result. A cancelled caller doesn't undo it."""
        return await self._submit(lambda: self._transact(work))

    async def close(self) -> None:
        await self._submit(self._close)
        self._owner.shutdown(wait=True)

    async def _submit(self, work: Callable[[], T]) -> T:
        # Shielded: once handed over it is carried out, so that what the caller acts on is what is kept.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._owner, work))

    def _open(self) -> None:
        with self._our_errors():
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                _set_up(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        if connection is None:
            raise JournalDamaged(path=str(self._path), reason="closed")
        with self._our_errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have ended it, or not
                    connection.execute("ROLLBACK")
                raise
            return result

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            if _is_full(error):
                raise no_room(self._path.parent) from error
            raise JournalDamaged(path=str(self._path), reason=str(error)) from error


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = getattr(error, "sqlite_errorcode", None)  # an error of Python's own binding has none
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


def _set_up(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    migrations = sorted(_MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    # Asked inside the write lock: two processes at a first start must not both migrate.
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found > len(migrations):
            raise JournalNewer(found=found, known=len(migrations))
        for number, file in enumerate(migrations, start=1):
            if number > found:
                _execute_all(connection, file.read_text(encoding="utf-8"))
                connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _execute_all(connection: sqlite3.Connection, script: str) -> None:
    """`executescript` would commit first; statement by statement the migration stays one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
