"""Commits of many at once: a commit waits for the disk, and those that come while it waits share the next."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from app.journal.database import Database

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]


class Grouped:
    """Works of one database, committed together. Each is done whole or not at all, whatever the others do."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives, once it is committed. A cancelled caller doesn't undo it."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        # Nobody may be left to hear of a failure: it is fetched here, and raised to whoever waits.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waiting.append((work, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await asyncio.shield(future)

    async def _flush(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            works = [work for work, _ in some]
            try:
                results = await self._db.run(lambda db, works=works: _each(db, works))  # type: ignore[misc]
            except BaseException as error:
                results = [error] * len(some)
            for (_, future), result in zip(some, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)


def _each(db: sqlite3.Connection, works: list[Work]) -> list[Any]:
    results: list[Any] = []
    for work in works:
        db.execute("SAVEPOINT one")
        try:
            results.append(work(db))
        except Exception as error:
            db.execute("ROLLBACK TO one")
            results.append(error)
        db.execute("RELEASE one")
    return results
