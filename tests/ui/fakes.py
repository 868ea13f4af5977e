"""Stand-ins for what surrounds a page: the bridge, the engine behind it, and the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import ReelkeyError
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.journal.records import Wanted
from app.settings.settings import Settings
from app.ui.bridge import Bridge
from app.ui.context import Context
from app.ui.sheet import Sheet
from app.ui.store import Store


def make_row(number: int = 1, **changes: Any) -> TaskRow:
    """A film of the journal; `changes` are its columns."""
    values: dict[str, Any] = {
        "number": number,
        "kind": TaskKind.UPLOAD,
        "server": "https://library.example",
        "created": 1_790_000_000.0,
        "updated": 1_790_003_600.0,
        "run": Run.ACTIVE,
        "wanted": Wanted.RUN,
        "step": "",
        "status": TaskStatus.NOT_STARTED,
        "percent": 0,
        "remote_id": None,
        "source_id": None,
        "series_id": 233,
        "source_name": f"Long River Sunset E{number:02} master.mov",
        "folder": "Long River Sunset",
        "subpath": "",
        "source_path": "",
        "size": 142_800_000_000,
        "mtime_ns": None,
        "hold_back": None,
        "uuid_sealed": None,
        "secrets_sealed": None,
        "cid": "",
        "public_size": None,
        "announced": "",
        "private_dir": "",
        "private_path": "",
        "private_cid": "",
        "private_size": None,
        "output_dir": "",
        "final_path": "",
        "overwrite": False,
        "blake3": "",
        "media": {},
        "error": None,
    }
    return TaskRow(**{**values, **changes})


class FakeEngine:
    """Notes every call as (name, arguments…) and answers what `answers` holds under its name: a value, an
    error to raise, or a callable that makes the answer of the arguments. Its parts (``requests``, ``looks``)
    note theirs under ``requests.…``."""

    def __init__(self, prefix: str = "", parent: FakeEngine | None = None) -> None:
        self.prefix = prefix
        self.calls: list[tuple[Any, ...]] = [] if parent is None else parent.calls
        self.answers: dict[str, Any] = {} if parent is None else parent.answers
        if parent is None:
            self.requests = FakeEngine("requests.", self)
            self.looks = FakeEngine("looks.", self)
            self.care = FakeEngine("care.", self)
            self.clouds = FakeEngine("clouds.", self)

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name.startswith("__"):
            raise AttributeError(name)

        async def answer(*args: Any, **named: Any) -> Any:
            key = self.prefix + name
            self.calls.append((key, *args, *named.values()))
            found = self.answers.get(key)
            if isinstance(found, BaseException):
                raise found
            answer = found(*args, **named) if callable(found) else found
            return await answer if asyncio.iscoroutine(answer) else answer

        return answer

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of `name`."""
        return [call[1:] for call in self.calls if call[0] == name]


class FakeBridge:
    """Runs what is asked at once, on the window's own loop."""

    def __init__(self) -> None:
        self._engine = FakeEngine()

    def again(self) -> None:
        self._engine.calls.append(("again",))

    async def call(self, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        return await work(self._engine)


class FakeShell:
    """Notes what pages ask of the window."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.films: list[int] = []
        self.sheets: list[Sheet] = []
        self.errors: list[ReelkeyError] = []
        self.links: list[str] = []
        self.sent: list[list[Path]] = []
        self.released: list[list[Path]] = []
        self.exported: list[list[int]] = []
        self.logs: list[int] = []

    def show_page(self, page: str) -> None:
        self.pages.append(page)

    def show_film(self, number: int) -> None:
        self.films.append(number)

    def open_sheet(self, sheet: Sheet) -> None:
        self.sheets.append(sheet)

    def show_log(self, number: int = 0) -> None:
        self.logs.append(number)

    def show_error(self, error: ReelkeyError) -> None:
        self.errors.append(error)

    def take_link(self, text: str) -> None:
        self.links.append(text)

    def send_films(self, folders: list[Path]) -> None:
        self.sent.append(folders)

    def export_films(self, numbers: list[int]) -> None:
        self.exported.append(numbers)

    def release_folders(self, folders: list[Path]) -> None:
        self.released.append(folders)


def fake_context(folder: Path) -> Context:
    """A context of stand-ins, its settings in `folder`."""
    bridge = cast("Bridge", FakeBridge())
    return Context(bridge, Store(), Settings(folder / "settings.json"), FakeShell(), {})


def engine_of(context: Context) -> FakeEngine:
    """The fake engine of a fake context."""
    return cast("FakeEngine", context.bridge._engine)


def shell_of(context: Context) -> FakeShell:
    """The fake shell of a fake context."""
    return cast("FakeShell", context.shell)


def show_in_window(qtbot: QtBot, widget: QWidget, width: int = 1200, height: int = 800) -> QWidget:
    """Show `widget` as part of a plain window, as pages are; the window, which the caller keeps.

    A window with a layout of its own makes Qt's offscreen platform warn of size hints.
    """
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(width, height)
    widget.setParent(window)
    widget.resize(width, height)
    window.show()
    widget.show()
    return window


def press_and_hold(widget: QWidget, key: Qt.Key) -> None:
    """Press a key and hold it until it has repeated twice."""
    for again in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", again)
        QApplication.sendEvent(widget, event)
