"""Notifications: only when a film is done, stops, its private block comes, a buyer waits for a release, or a
cloud no longer takes a sign-in.

Grouped within 10 s; none while the window is in front; never a path or an account; a click selects the row.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from app.domain.errors import revive
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.journal.exports import ExportRow
from app.ui import bells
from app.ui.cloud_messages import AccountSeen
from app.ui.messages import DueTask
from app.ui.pages import cloud_page
from app.ui.shell import MainWindow
from app.ui.store import Store
from app.ui.tray import Tray
from app.ui.widgets.elided import one_line

if TYPE_CHECKING:
    from app.ui.notify_linux import DBusNotifier

_GROUP_WITHIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: the setting that allows it, the text, and the film, export or else page that it is
    about. `asked`: it was asked already whether it may be told."""

    setting: str
    text: str
    film: int | None = None
    export: int | None = None
    page: str = "blocks"
    asked: bool = False


class Notifications(QObject):
    """Watches the store and tells through the tray; without one, on Linux, through the desktop itself."""

    #: Title, text: as it was told (also what tests look at).
    told = Signal(str, str)

    def __init__(self, window: MainWindow, store: Store, tray: Tray) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._tray = tray
        self._waiting: list[Notice] = []
        self._last: Notice | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GROUP_WITHIN_MS)
        self._timer.timeout.connect(self._tell_waiting)
        store.moved.connect(self._moved)
        store.newly_due.connect(self._due)
        store.standing_changed.connect(self._stopped)
        store.clouds.moved.connect(self._export_moved)
        store.clouds.expired.connect(self._expired)
        tray.icon.messageClicked.connect(self._last_clicked)
        self._desktop: DBusNotifier | None = None

    def _stopped(self) -> None:
        """The engine has: nothing goes on behind a closed window any more."""
        if self._store.fault is not None:
            text = tr(N_("Reelkey has stopped: {title}"), title=self._store.fault.title)
            self.tell(Notice("notify.failed", text, page="films"))

    def _moved(self, before: TaskRow | None, row: TaskRow) -> None:
        notice = notice_of(before, row)
        if notice is not None:
            self.tell(notice)

    def _export_moved(self, before: ExportRow | None, row: ExportRow) -> None:
        cloud = self._window.store.clouds.accounts.get(row.account)
        notice = notice_of_export(before, row, cloud.kind.title if cloud is not None else "")
        if notice is not None:
            self.tell(notice)

    def _expired(self, account: AccountSeen) -> None:
        """Exports wait for it, or the next one would: told by the account alone, however many wait."""
        text = tr(N_("Sign-in to {cloud} has expired"), cloud=account.kind.title)
        self.tell(Notice("notify.failed", text, page=cloud_page(account.row.number)))

    def _due(self, tasks: list[DueTask]) -> None:
        """Those of films whose bell is off are left out; the rest is told as one."""
        settings, store = self._window.settings, self._store
        tasks = [task for task in tasks if bells.rings(settings, store.film_of(task), "notify.release")]
        if not tasks:
            return
        text = tr(N_("{n} buyers wait for your release"), n=len(tasks))
        if len(tasks) == 1:
            text = tr(N_("A buyer waits for your release: {film}"), film=one_line(tasks[0].source_name))
        self.tell(Notice("notify.release", text, asked=True))

    def tell(self, notice: Notice) -> None:
        """Tell now, or with others that come within 10 s of the last."""
        row = self._store.rows.get(notice.film or 0)
        wanted = notice.asked or bells.rings(self._window.settings, row, notice.setting)
        if not wanted or self._in_front():
            return
        if self._timer.isActive():
            self._waiting.append(notice)
            return
        self._show([notice])
        self._timer.start()

    def _tell_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self._in_front():
            self._show(waiting)
            self._timer.start()

    def _show(self, notices: list[Notice]) -> None:
        self._last = notices[-1]
        text = "\n".join(one.text for one in notices[:4])
        if len(notices) > 4:
            text += "\n" + tr(N_("and {n} more"), n=len(notices) - 4)
        self.told.emit("Reelkey", text)
        if self._tray.available:
            self._tray.icon.showMessage("Reelkey", text, QSystemTrayIcon.MessageIcon.NoIcon)
        elif sys.platform == "linux":
            self._show_on_desktop(text, notices[-1])

    def _show_on_desktop(self, text: str, notice: Notice) -> None:
        if self._desktop is None:
            from app.ui.notify_linux import DBusNotifier  # noqa: PLC0415 - with the first one

            self._desktop = DBusNotifier(self)
            self._desktop.clicked.connect(self._clicked)
        self._desktop.show("Reelkey", text, notice)

    def stop(self) -> None:
        """The end: no click is heard from now on."""
        if self._desktop is not None:
            self._desktop.stop()

    def _in_front(self) -> bool:
        return self._window.isVisible() and self._window.isActiveWindow()

    def _last_clicked(self) -> None:
        self._clicked(self._last)

    def _clicked(self, notice: Notice | None) -> None:
        self._window.bring_forward()
        if notice is not None and notice.film is not None:
            self._window.show_film(notice.film)
        elif notice is not None and notice.export is not None:
            self._window.show_export(notice.export)
        elif notice is not None:
            self._window.show_page(notice.page)


def notice_of(before: TaskRow | None, row: TaskRow) -> Notice | None:
    """What a change of a row is worth telling; None for nothing."""
    film = one_line(row.source_name)
    if before is None or not film:
        return None
    if row.run is Run.DONE and before.run is not Run.DONE and row.kind is not TaskKind.RELEASE:
        sent = row.kind is TaskKind.UPLOAD
        text = (
            tr(N_("{film} is sent, held by you"), film=film) if sent else tr(N_("{film} is ready"), film=film)
        )
        return Notice("notify.done", text, row.number)
    if row.run is Run.FAILED and before.run is not Run.FAILED:
        title = revive(row.error).title if row.error else ""
        return Notice("notify.failed", tr(N_("{film} stopped: {title}"), film=film, title=title), row.number)
    came = row.status in (TaskStatus.FETCHING_PRIVATE, TaskStatus.MERGING)
    waited = before.status is TaskStatus.AWAITING_PRIVATE
    if row.kind is TaskKind.DOWNLOAD and came and waited:
        text = tr(N_("The private block for {film} is here, opening"), film=film)
        return Notice("notify.block", text, row.number)
    return None


def notice_of_export(before: ExportRow | None, row: ExportRow, cloud: str) -> Notice | None:
    """What a change of an export is worth telling; None for nothing."""
    title = one_line(row.title)
    if before is None or before.run is row.run:
        return None
    if row.run is Run.DONE:
        text = tr(N_("{export} is at {cloud}, checked"), export=title, cloud=cloud)
        return Notice("notify.done", text, export=row.number)
    if row.run is Run.FAILED:
        why = revive(row.error).title if row.error else ""
        text = tr(N_("The export of {export} stopped: {title}"), export=title, title=why)
        return Notice("notify.failed", text, export=row.number)
    return None
