"""The tray: one line of state, and what people want without opening the window."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.ui import amounts, counts, theme
from app.ui.shell import MainWindow
from app.ui.store import Store
from app.ui.theme.icons import app_icon


class Tray(QObject):
    """The icon shows by a dot what is going on: blue works, gold needs you, red stopped."""

    quit_asked = Signal()

    def __init__(self, window: MainWindow, store: Store) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._all_paused = False
        self.available = QSystemTrayIcon.isSystemTrayAvailable()
        self.icon = QSystemTrayIcon(app_icon(), self)
        self.menu = QMenu()
        self._state = self._entry(None)
        self._state.setEnabled(False)
        self.menu.addSeparator()
        self._open = self._entry(window.bring_forward)
        self._paste = self._entry(self._paste_link)
        self._pause = self._entry(self._pause_or_resume)
        self._release = self._entry(self._to_release)
        self.menu.addSeparator()
        self._quit = self._entry(self.quit_asked.emit)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._clicked)
        self.menu.aboutToShow.connect(self.refresh)
        clouds = store.clouds
        for signal in (
            store.films_changed,
            store.films_gone,
            store.due_changed,
            store.standing_changed,
            clouds.exports_changed,
            clouds.exports_gone,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def _entry(self, act: object) -> QAction:
        action = QAction(self.menu)
        if act is not None:
            action.triggered.connect(act)
        self.menu.addAction(action)
        return action

    def show(self) -> None:
        if self.available:
            self.icon.show()

    def hide(self) -> None:
        self.icon.hide()

    def refresh(self, *_: object) -> None:
        """State line, entries and dot from the films that have not ended."""
        rows, due = self._store.open_films(), len(self._store.all_due())
        line, dot = self._state_of(rows, due)
        self._state.setText(line)
        self.icon.setToolTip(f"Reelkey · {line}")
        self.icon.setIcon(app_icon(dot))
        self._open.setText(tr(N_("Open Reelkey")))
        self._paste.setText(tr(N_("Paste link")))
        runs = [row.run for row in rows]
        runs += [row.run for row in self._store.clouds.exports.values()]
        works = self._store.fault is None
        moves = works and (bool(_moving(rows)) or self._store.clouds.at_work() > 0)
        self._all_paused = works and not moves and Run.PAUSED in runs
        self._pause.setText(tr(N_("Resume all")) if self._all_paused else tr(N_("Pause all")))
        self._pause.setEnabled(self._all_paused or moves)
        self._release.setText(tr(N_("Release… ({n})"), n=due) if due else tr(N_("Release…")))
        self._release.setEnabled(works and bool(due))
        self._quit.setText(tr(N_("Quit")))

    def _state_of(self, rows: list[TaskRow], due: int) -> tuple[str, str]:
        """The line (``2 films · 38 min``) and the colour of the dot, "" for none."""
        colours = theme.current()
        if self._store.fault is not None:
            return self._store.fault.title, colours.error_fill
        if any(row.run is Run.FAILED for row in rows):
            return tr(N_("A film has stopped")), colours.error_fill
        if any(row.run is Run.FAILED for row in self._store.clouds.exports.values()):
            return tr(N_("An export has stopped")), colours.error_fill
        if due:
            return tr(N_("Buyers wait for your release")), colours.key_button
        moving, exports = _moving(rows), self._store.clouds.at_work()
        if not moving and not exports:
            return tr(N_("Nothing under way")), ""
        parts = [counts.films(len(moving))] if moving else []
        parts += [counts.exports(exports)] if exports else []
        words = " · ".join(parts)
        seconds = self._seconds_left(moving)
        if seconds is not None:
            words += " · " + amounts.time_left(seconds)
        return words, colours.accent_fill

    def _seconds_left(self, moving: list[TaskRow]) -> float | None:
        """The longest of the films' times, where one is known."""
        times = [
            progress.seconds_left
            for row in moving
            for progress in self._store.live[row.number].progress.values()
            if progress.seconds_left is not None
        ]
        now = time.time()
        left = [self._store.clouds.live(number).left(now) for number in self._store.clouds.exports]
        return max([*times, *(one for one in left if one is not None)], default=None)

    def _pause_or_resume(self) -> None:
        resume = self._all_paused
        self._window.context.run(lambda engine: engine.resume_all() if resume else engine.pause_all())

    def _paste_link(self) -> None:
        self._window.bring_forward()
        self._window.paste_link()

    def _to_release(self) -> None:
        self._window.bring_forward()
        self._window.show_page("blocks")

    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self._window.bring_forward()


def _moving(rows: list[TaskRow]) -> list[TaskRow]:
    return [row for row in rows if row.run in (Run.ACTIVE, Run.QUEUED)]
