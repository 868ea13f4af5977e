"""The SQLite file that holds everything: it is there again after a restart or a kill.

All calls come from the one event loop and none awaits in the middle, so each is a transaction of its own
or stands in `change`.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

# Task and source ids start far apart, so that a client that mixes them up is found out.
FIRST_TASK, FIRST_SOURCE = 101, 7001

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, roles TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens(
    token TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), expired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sources(
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL REFERENCES users(id),
    series_id INTEGER NOT NULL, uuid TEXT NOT NULL UNIQUE, source_name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks(
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, owner INTEGER NOT NULL REFERENCES users(id),
    source INTEGER NOT NULL REFERENCES sources(id), release INTEGER REFERENCES tasks(id),
    status INTEGER NOT NULL DEFAULT 0, percent INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL DEFAULT '',
    file TEXT NOT NULL DEFAULT '', hash TEXT NOT NULL DEFAULT '', size INTEGER NOT NULL DEFAULT 0,
    ip TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tasks_of_source ON tasks(source, kind);
CREATE TABLE IF NOT EXISTS rights(
    source INTEGER NOT NULL REFERENCES sources(id), user INTEGER NOT NULL REFERENCES users(id),
    allowed INTEGER NOT NULL, PRIMARY KEY(source, user));
CREATE TABLE IF NOT EXISTS settings(id INTEGER PRIMARY KEY CHECK(id = 1), value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, form TEXT NOT NULL, content_type TEXT NOT NULL, user TEXT, token INTEGER NOT NULL,
    http_token INTEGER NOT NULL, status INTEGER, outcome TEXT, fault TEXT);
CREATE TABLE IF NOT EXISTS faults(
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0);
"""


class Settings(BaseModel):
    """What the document leaves open, as switches."""

    model_config = ConfigDict(extra="forbid")

    me: bool = True  # the user's own address answers; else 404, for it is undocumented
    repeat_create: Literal["same", "refuse"] = "same"  # a create with a uuid seen before
    open_to_all: bool = True  # a buyer may download what nobody refused them
    list_done: bool = False  # finished releases stay in the list of those due
    release_once: bool = False  # a film that was released once needs no second release


class Store:
    """The open database. `path` is its file; its folder exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.executescript(_SCHEMA)
        self._number_from()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Several statements, all or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> int:
        """One statement; the id of the row it inserted."""
        return self._db.execute(sql, values).lastrowid or 0

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return row

    def insert(self, table: str, **values: object) -> int:
        """Insert a row; `table` and the column names are ours, never a request's."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        return self.run(f"INSERT INTO {table}({names}) VALUES({marks})", *values.values())

    def update(self, table: str, key: int, **values: object) -> None:
        """Update the row with id `key`; names are ours."""
        names = ", ".join(f"{name} = ?" for name in values)
        self.run(f"UPDATE {table} SET {names} WHERE id = ?", *values.values(), key)  # noqa: S608

    @property
    def settings(self) -> Settings:
        row = self.one("SELECT value FROM settings WHERE id = 1")
        return Settings.model_validate_json(row["value"]) if row else Settings()

    def set_settings(self, **changes: Any) -> Settings:
        """Change some switches; a wrong name or value raises pydantic's ValidationError."""
        new = Settings.model_validate(self.settings.model_dump() | changes)
        self.run("INSERT OR REPLACE INTO settings VALUES(1, ?)", json.dumps(new.model_dump()))
        return new

    def reset(self) -> None:
        """Forget all but users and tokens; expired tokens count again, numbers begin anew."""
        with self.change():
            for table in ("rights", "settings", "requests", "faults"):
                self.run(f"DELETE FROM {table}")  # noqa: S608
            self.run("UPDATE tasks SET release = NULL")
            self.run("DELETE FROM tasks")
            self.run("DELETE FROM sources")
            self.run("DELETE FROM sqlite_sequence")
            self.run("UPDATE tokens SET expired = 0")
        self._number_from()

    def _number_from(self) -> None:
        for table, first in (("tasks", FIRST_TASK), ("sources", FIRST_SOURCE)):
            if self.one("SELECT 1 FROM sqlite_sequence WHERE name = ?", table) is None:
                self.run("INSERT INTO sqlite_sequence(name, seq) VALUES(?, ?)", table, first - 1)


def now() -> str:
    """The server's clock as the document writes it, without a zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S")
