"""The real program with a hand on the mouse: `python -m tests.ui.window_driver [LINK]`.

Starts the window as `reelkey` does. A robot looks at it as a person would: it presses the main button of
each sheet that comes, and the gold button of a page once it can be pressed. Nothing else is touched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.ui import main as program
from app.ui.application import Application
from app.ui.confirm.base import RequestSheet
from app.ui.sheet import Sheet

_LOOKS_EVERY_MS = 200


class Robot(QObject):
    """Presses what waits to be pressed, and writes what it saw to `notes` as JSON lines."""

    def __init__(self, running: Application, notes: Path) -> None:
        super().__init__(running)
        self._running = running
        self._notes = notes
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOKS_EVERY_MS)
        self._seen: list[Sheet] = []
        self._asked: set[int] = set()
        self._note(window="shown", pid=os.getpid())

    def _note(self, **what: object) -> None:
        with self._notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(what, ensure_ascii=False) + "\n")

    def _note_request(self, sheet: Sheet) -> bool:
        """What a question holds, once it says whose sign-in it is: the library's name for it, not the token.
        Whether it may be answered."""
        if not isinstance(sheet, RequestSheet) or sheet.request.number in self._asked:
            return True
        if sheet.head.account is None:
            return False
        self._asked.add(sheet.request.number)
        request, account = sheet.request, sheet.head.account
        self._note(
            asked=request.action,
            series=request.series_id,
            source=request.source_id,
            folders=[str(folder) for folder in request.folders],
            server=request.server,
            account=account.name,
            change=account.change,
            trouble=account.error.code if account.error is not None else "",
            subtitle=sheet.subtitle.text(),
        )
        return True

    def _look(self) -> None:
        window = self._running.window
        sheet = window.scrim.current
        if sheet is not None:
            # Of a release the preset button is Cancel; a person who means it presses the gold one.
            pressable = (_gold(sheet) or [sheet.accept_button])[0]
            if sheet.isVisible() and not any(sheet is one for one in self._seen):
                self._seen.append(sheet)
                self._note(sheet=type(sheet).__name__, title=sheet.title.text(), window=window.windowTitle())
            if not self._note_request(sheet):
                return
        else:
            pressable = (_gold(window.page) or [None])[0]
        if pressable is not None and pressable.isVisible() and pressable.isEnabled():
            self._note(pressed=pressable.text())
            middle = QPoint(pressable.width() // 2, pressable.height() // 2)
            QTest.mouseClick(pressable, Qt.MouseButton.LeftButton, pos=middle)


def _gold(parent: QWidget) -> list[QPushButton | None]:
    """The gold buttons that are seen, whether they can be pressed yet or not."""
    return [
        one for one in parent.findChildren(QPushButton) if one.property("look") == "key" and one.isVisible()
    ]


def drive(notes: Path, argv: list[str]) -> int:
    """Run the program with a robot in it."""
    start = Application.start

    def start_with_robot(running: Application) -> None:
        start(running)
        Robot(running, notes)

    Application.start = start_with_robot  # type: ignore[method-assign,assignment]
    return program.run_window(argv)


if __name__ == "__main__":
    raise SystemExit(drive(Path(sys.argv[1]), sys.argv[2:]))
