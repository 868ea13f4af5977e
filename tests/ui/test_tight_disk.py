"""Which disk fills first, of those that films in work write to."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.domain.status import TaskKind
from app.journal import Run
from app.ui.messages import DiskSeen
from app.ui.tight_disk import TightDisk
from tests.ui.fakes import make_row

FREE = {"/films": 500, "/keys": 300, "/old": 1}
ROWS = (
    make_row(1, kind=TaskKind.DOWNLOAD, output_dir="/films", private_dir="/old"),
    make_row(2, kind=TaskKind.UPLOAD, private_dir="/keys"),
    make_row(3, kind=TaskKind.DOWNLOAD, output_dir="/old", run=Run.DONE),
    make_row(4, kind=TaskKind.DOWNLOAD, output_dir="/gone"),
)


@pytest.fixture(autouse=True)
def disks(monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(folder: Path) -> SimpleNamespace:
        if str(folder) not in FREE:
            raise OSError("no such disk")
        return SimpleNamespace(free=FREE[str(folder)])

    monkeypatch.setattr("app.ui.tight_disk.shutil.disk_usage", usage)
    monkeypatch.setattr("app.ui.tight_disk.nearest", lambda folder: folder)
    monkeypatch.setattr("app.ui.tight_disk.disk_name", lambda folder: folder.name)


def ended() -> None:
    """Every look is over."""
    for thread in threading.enumerate():
        if thread.name == "disks":
            thread.join(10)


def test_the_least_room_of_what_films_in_work_write_to() -> None:
    tight = TightDisk()
    tight.look(ROWS)
    ended()
    assert tight.seen == DiskSeen("/keys", "keys", 300)
    tight.look(ROWS[2:])
    ended()
    assert tight.seen is None


def test_a_disk_that_does_not_answer_keeps_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = threading.Event(), threading.Event()

    def hangs(folder: Path) -> str:
        asked.set()
        answers.wait(10)
        return folder.name

    monkeypatch.setattr("app.ui.tight_disk.disk_name", hangs)
    tight = TightDisk()
    for _ in range(5):
        tight.look(ROWS[:1])
    assert asked.wait(10)
    assert sum(thread.name == "disks" for thread in threading.enumerate()) == 1
    assert tight.seen is None
    answers.set()
    ended()
    assert tight.seen == DiskSeen("/films", "films", 500)
