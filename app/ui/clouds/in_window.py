"""Pages of accounts in the window: they come and go while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

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
        window.store.clouds.accounts_changed.connect(self._changed)

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
