"""The tasks themselves: what each request does to them, and how they are answered."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import Any

from sandbox.task_server.accounts import User
from sandbox.task_server.answers import Json, refuse_fields, refuse_message
from sandbox.task_server.fields import INTEGER_LIMIT
from sandbox.task_server.reports import BlockReport, NewUpload, Report
from sandbox.task_server.rules import (
    DONE,
    DOWNLOAD,
    ERROR,
    RELEASE,
    UPLOAD,
    check_finished,
    check_move,
    next_percent,
)
from sandbox.task_server.store import Store, now

_MAX_ID = INTEGER_LIMIT


class Tasks:
    """Uploads, downloads and releases in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- the seller's uploads ---------------------------------------------------------------------

    def create_upload(self, user: User, new: NewUpload) -> tuple[Json, bool]:
        """A new upload task and its source, or the one that this uuid already has; True where it is new."""
        source = self._store.one("SELECT * FROM sources WHERE uuid = ?", new.uuid)
        if source is not None:
            same = (source["owner"], source["series_id"], source["source_name"])
            if self._store.settings.repeat_create == "refuse" or same != (
                user.id,
                new.series_id,
                new.source_name,
            ):
                raise refuse_fields({"uuid": ["具有 uuid 的 任务 已存在。"]})
            return self._answer(self._upload_of(source["id"])), False
        with self._store.change():
            source_id = self._store.insert("sources", owner=user.id, **asdict(new))
            task_id = self._insert_task(UPLOAD, user.id, source_id)
        return self._answer(self._task(task_id)), True

    def report_upload(self, task: sqlite3.Row, report: BlockReport) -> Json:
        self._store.update("tasks", task["id"], **_reported_block(task, report))
        return self._answer(self._task(task["id"]))

    # --- the buyer's downloads --------------------------------------------------------------------

    def create_download(self, user: User, source_id: int) -> Json:
        """A new download task, and the release that its seller now owes. 404, 403 as envelopes."""
        source = self._store.one("SELECT * FROM sources WHERE id = ?", source_id)
        if source is None or self._upload_of(source_id)["status"] != DONE:
            raise refuse_message(404, "该节目不存在，或尚未上载完成")
        if not self._allowed(source_id, user):
            raise refuse_message(403, "该影片尚未授权给您，请联系片方")
        with self._store.change():
            release = self._released(source_id) if self._store.settings.release_once else None
            if release is None:
                release = self._insert_task(RELEASE, source["owner"], source_id)
            task_id = self._insert_task(DOWNLOAD, user.id, source_id, release)
        return self._answer(self._task(task_id))

    def report_download(self, task: sqlite3.Row, report: Report) -> Json:
        check_move(DOWNLOAD, task["status"], report.status)
        percent = next_percent(task["status"], task["percent"], report.status, report.percent)
        self._store.update("tasks", task["id"], status=report.status, percent=percent)
        return self._answer(self._task(task["id"]))

    def read_download(self, task: sqlite3.Row) -> Json:
        return self._answer(task)

    # --- the seller's releases --------------------------------------------------------------------

    def list_releases(self, user: User) -> list[Json]:
        """The private blocks due, oldest first; finished ones too where the switch `list_done` is on."""
        beyond = 99 if self._store.settings.list_done else DONE
        rows = self._store.all(
            "SELECT * FROM tasks WHERE kind = ? AND owner = ? AND status <> ? ORDER BY id",
            RELEASE,
            user.id,
            beyond,
        )
        return [self._answer(row) for row in rows]

    def report_release(self, task: sqlite3.Row, report: BlockReport) -> Json:
        self._store.update("tasks", task["id"], **_reported_block(task, report))
        return self._answer(self._task(task["id"]))

    # --- for all ----------------------------------------------------------------------------------

    def owned(self, kind: str, user: User, task_id: int) -> sqlite3.Row:
        """The user's own task of that kind; 404 for anybody else's, as for none."""
        row = None
        if task_id <= _MAX_ID:
            row = self._store.one(
                "SELECT * FROM tasks WHERE id = ? AND kind = ? AND owner = ?", task_id, kind, user.id
            )
        if row is None:
            raise refuse_message(404, "任务不存在")
        return row

    def answer_of(self, task_id: int) -> Json | None:
        """Any task as it is answered, for the control calls; None where there is none."""
        row = self._store.one("SELECT * FROM tasks WHERE id = ?", task_id)
        return None if row is None else {"kind": row["kind"], **self._answer(row)}

    def _task(self, task_id: int) -> sqlite3.Row:
        row = self._store.one("SELECT * FROM tasks WHERE id = ?", task_id)
        assert row is not None
        return row

    def _upload_of(self, source_id: int) -> sqlite3.Row:
        row = self._store.one("SELECT * FROM tasks WHERE source = ? AND kind = ?", source_id, UPLOAD)
        assert row is not None
        return row

    def _released(self, source_id: int) -> int | None:
        row = self._store.one(
            "SELECT id FROM tasks WHERE source = ? AND kind = ? AND status = ?", source_id, RELEASE, DONE
        )
        return None if row is None else row["id"]

    def _allowed(self, source_id: int, user: User) -> bool:
        row = self._store.one("SELECT allowed FROM rights WHERE source = ? AND user = ?", source_id, user.id)
        return self._store.settings.open_to_all if row is None else bool(row["allowed"])

    def _insert_task(self, kind: str, owner: int, source: int, release: int | None = None) -> int:
        return self._store.insert(
            "tasks", kind=kind, owner=owner, source=source, release=release, created_at=now()
        )

    def _answer(self, task: sqlite3.Row) -> Json:
        """The document's fields. A download and a release show the *public* block's name, hash, size and
        address, which live in the upload task, so that a new address reaches every buyer."""
        source = self._store.one("SELECT * FROM sources WHERE id = ?", task["source"])
        assert source is not None
        block = task if task["kind"] == UPLOAD else self._upload_of(source["id"])
        data: dict[str, Any] = {
            "id": task["id"],
            "status": task["status"],
            "percent": task["percent"],
            "series_id": source["series_id"],
            "source_id": source["id"],
            "source_name": source["source_name"],
            "uuid": source["uuid"],
            "ip": block["ip"],
            "file": block["file"],
            "name": block["name"],
            "size": block["size"],
            "hash": block["hash"],
            "created_at": task["created_at"],
        }
        if task["kind"] == DOWNLOAD:
            private = self._task(task["release"])
            data |= {
                "private_status": private["status"],
                "private_name": private["name"] or source["source_name"],
                "private_size": private["size"],
                "private_hash": private["hash"],
            }
        return data


def _reported_block(task: sqlite3.Row, report: BlockReport) -> Json:
    """The columns after a report on a block; refuses what the rules refuse."""
    check_move(task["kind"], task["status"], report.status)
    percent = next_percent(task["status"], task["percent"], report.status, report.percent)
    if report.status == DONE:
        check_finished(task, report.hash, report.size, report.ip)
    values = asdict(report) | {"percent": percent}
    if report.status == ERROR and not report.hash:
        # Who reports a failure may not know the hash any more; what was known stays known.
        del values["hash"]
    return values
