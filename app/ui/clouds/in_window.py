"""Pages of accounts in the window: they come and go while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.status import TaskKind
from app.jobs.exports.choose import Which
from app.journal.exports import AccountRow
from app.ui.pages import cloud_entries, cloud_page, entry_of

if TYPE_CHECKING:
    from app.ui.shell import MainWindow


class CloudPages(QObject):
    """What the window does about accounts at clouds."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._wanted = ""
        self._ordered = 0
        window.store.clouds.accounts_changed.connect(self._changed)
        window.store.clouds.exports_changed.connect(self._look_for_ordered)

    def show_place(self, place: int) -> None:
        """Go to the account at that place of the side bar, from 0."""
        entries = cloud_entries(self._window.store)
        if place < len(entries):
            self._window.show_page(entries[place].id)

    def show_export(self, number: int) -> None:
        """Go to an export's row and select it."""
        row = self._window.store.clouds.exports.get(number)
        if row is not None:
            self._window.show_page(cloud_page(row.account))
            select = getattr(self._window.page, "select", None)
            if select is not None:
                select(number)

    def ask_for_account(self) -> None:
        """Let the person add an account."""
        from app.ui.clouds.sign_in import AccountSheet  # noqa: PLC0415 - built when it is wanted

        sheet = AccountSheet(self._window.context)
        sheet.signed_in.connect(self._added)
        self._window.open_sheet(sheet)

    def export_films(self, numbers: list[int]) -> None:
        """Ask where these films are to be exported; without an account, one is added first."""
        from app.ui.clouds.export import ExportSheet  # noqa: PLC0415
        from app.ui.clouds.page import folder_of  # noqa: PLC0415

        shelf = self._window.store.clouds
        ready = [one.row.number for one in shelf.accounts.values() if one.row.signed_in]
        if not ready:
            self.ask_for_account()
            return
        last = max(shelf.exports.values(), key=lambda row: row.number, default=None)
        account = last.account if last is not None and last.account in ready else ready[0]
        films = [choice for choice in map(self._choice, numbers) if choice is not None]
        sheet = ExportSheet(self._window.context, account, folder_of(shelf, account), films=films)
        sheet.ordered.connect(self.show_ordered)
        self._window.open_sheet(sheet)

    def _choice(self, number: int) -> tuple[int, Which] | None:
        """The film itself where it was opened here, the public block of a film that was sent."""
        row = self._window.store.rows.get(number)
        if row is None:
            return None
        return (number, "film") if row.kind is TaskKind.DOWNLOAD else (number, "public")

    def show_ordered(self, number: int) -> None:
        """Go to an export that was just begun, as soon as the engine has told of it."""
        self._ordered = number
        self._look_for_ordered()

    def _look_for_ordered(self) -> None:
        if self._ordered in self._window.store.clouds.exports:
            number, self._ordered = self._ordered, 0
            self.show_export(number)

    def _added(self, row: AccountRow) -> None:
        """Its page comes as soon as the engine has told of it."""
        self._wanted = cloud_page(row.number)
        self._changed()

    def _changed(self) -> None:
        """Pages of accounts that are gone go; the one that was just added is shown."""
        self._window.drop_pages()
        if self._wanted and entry_of(self._wanted, self._window.store) is not None:
            page, self._wanted = self._wanted, ""
            self._window.show_page(page)
