"""An account's page: its head and room, its exports by who must act, and one export's details beside them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.journal import Run
from app.journal.exports import What
from app.ui.cloud_messages import AccountSeen
from app.ui.clouds.actions import ExportActions, open_page
from app.ui.clouds.delegate import ExportsDelegate
from app.ui.clouds.details import WIDTH, ExportDetails
from app.ui.clouds.frames import ExportFrames
from app.ui.clouds.head import AccountHead, RoomCard, SignedOutCard
from app.ui.clouds.model import ExportsModel
from app.ui.clouds.options import OptionsSheet
from app.ui.clouds.shelf import CloudShelf
from app.ui.clouds.sign_in import AccountSheet
from app.ui.clouds.values import checked_words, icon_of
from app.ui.context import Context, Page
from app.ui.films.columns import ColumnHeads, HeadedList
from app.ui.films.view import FilmsView
from app.ui.widgets import EmptyState, button
from app.ui.widgets.basics import restyle_children
from app.ui.widgets.panes import ListAndPane

_FIRST_FOLDER = "Reelkey"


class AccountPage(Page):
    """The page of one account (its journal number)."""

    def __init__(self, context: Context, account: int) -> None:
        super().__init__(context)
        self.number = account
        self._wanted = 0
        shelf = context.store.clouds
        self.model = ExportsModel(shelf, account, self)
        self.frames = ExportFrames(context, self)
        self.view = FilmsView(self.model, ExportsDelegate(self._poster, self._icon))
        self.acting = ExportActions(context, self.model, self)
        self.head = AccountHead()
        self.room = RoomCard()
        self.signed_out = SignedOutCard()
        self.heads = ColumnHeads(self.view, N_("Export"))
        self.details = ExportDetails(context, self.model)
        self.panes = ListAndPane(self._build(), self.view, self.details, WIDTH)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.panes)
        self._connect()
        self._show_account()
        self._fill()

    def _build(self) -> QWidget:
        self.none = EmptyState("cloud-upload")
        self._first: QPushButton = button("primary", "plus")
        self.none.add_button(self._first)
        self._table = HeadedList(self.heads, self.view)
        self.stack = QStackedWidget()
        for one in (self._table, self.none):
            self.stack.addWidget(one)
        left = QWidget()
        outer = QVBoxLayout(left)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.head)
        margins = QVBoxLayout()
        margins.setContentsMargins(20, 0, 20, 12)
        margins.setSpacing(12)
        margins.addWidget(self.signed_out)
        margins.addWidget(self.room)
        outer.addLayout(margins)
        outer.addWidget(self.stack, 1)
        return left

    def _connect(self) -> None:
        view, shelf = self.view, self.context.store.clouds
        shelf.accounts_changed.connect(self._show_account)
        shelf.exports_changed.connect(self._show_account)
        self.head.export.clicked.connect(self._ask_what)
        self._first.clicked.connect(self._ask_what)
        self.head.browser.clicked.connect(self._open_browser)
        self.room.options.clicked.connect(self._ask_options)
        self.signed_out.sign_in.clicked.connect(self.ask_sign_in)
        self.acting.sign_in_asked.connect(self.ask_sign_in)
        self.acting.details_asked.connect(self.panes.open)
        self.model.arranged.connect(self._fill)
        self.frames.ready.connect(view.poster_ready)
        self.model.counted.connect(self._look_for_wanted)
        view.acted.connect(self.acting.do)
        view.menu_wanted.connect(self._menu)
        view.details_wanted.connect(self.panes.toggle)
        view.chosen.connect(self.panes.follow)
        self.panes.opened.connect(view.select_film)
        self.panes.placed.connect(self._placed)
        self.details.acted.connect(self.acting.do)
        self.details.menu_wanted.connect(
            lambda number, at: self._menu(number, at.mapToGlobal(QPoint(0, at.height())))
        )

    # --- the account ---------------------------------------------------------------------------------

    @property
    def account(self) -> AccountSeen | None:
        return self.context.store.clouds.accounts.get(self.number)

    @property
    def folder(self) -> str:
        """Where the next export is proposed to go: where the last one went."""
        return folder_of(self.context.store.clouds, self.number)

    def _show_account(self) -> None:
        account = self.account
        if account is None:
            return
        rows = self.context.store.clouds.exports_of(self.number)
        waiting = sum(row.run not in (Run.DONE, Run.CANCELLED, Run.FAILED) for row in rows)
        self.head.show_account(account)
        self.room.show_account(account, self.folder)
        self.signed_out.show_account(account, waiting)
        self._first.setEnabled(account.row.signed_in)

    def ask_sign_in(self) -> None:
        """Sign in again: the form of this account's cloud."""
        if self.account is not None:
            self.context.shell.open_sheet(AccountSheet(self.context, self.account))

    def _ask_options(self) -> None:
        if self.account is not None:
            self.context.shell.open_sheet(OptionsSheet(self.context, self.account))

    def _open_browser(self) -> None:
        if self.account is not None:
            open_page(self.account.kind.home)

    def _ask_what(self) -> None:
        self.ask_export()

    def ask_export(self, paths: list[Path] | None = None) -> None:
        """Ask what to export; `paths` are proposed."""
        from app.ui.clouds.export import ExportSheet  # noqa: PLC0415 - not before it is wanted

        if self.account is not None and self.account.row.signed_in:
            sheet = ExportSheet(self.context, self.number, self.folder, paths or [])
            sheet.ordered.connect(self._ordered)
            self.context.shell.open_sheet(sheet)

    def _ordered(self, number: int) -> None:
        """Its row is selected as soon as the engine has told of it."""
        self._wanted = number
        self._look_for_wanted()

    def _look_for_wanted(self) -> None:
        if self._wanted and self.view.select_film(self._wanted):
            self._wanted = 0

    # --- what the shell asks of the page -------------------------------------------------------------

    def select(self, number: int) -> None:
        """Go to an export's row."""
        if self.view.select_film(number):
            self.view.setFocus()

    def take_drop(self, paths: list[Path]) -> bool:
        self.ask_export(paths)
        return True

    def shown(self) -> None:
        self.view.setFocus()
        number = self.number
        if self.account is not None and self.account.row.signed_in:
            self.context.run(lambda engine: engine.clouds.room(number), None, lambda _: None)

    def retranslate(self) -> None:
        self.none.set_words(
            tr(N_("Nothing exported yet")),
            tr(N_("Send films, blocks, folders or a gallery here. You can also drop files on this page."))
            + " "
            + checked_words(self.account.kind if self.account is not None else None),
        )
        self._first.setText(tr(N_("Export…")))
        self.view.setAccessibleName(tr(N_("Exports")))
        self._show_account()
        self.model.reload()
        self.details.retranslate()
        self.heads.update()

    def restyle(self) -> None:
        restyle_children(self)
        self.view.viewport().update()

    # --- list ----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        shown: QWidget = self.none if self.model.empty else self._table
        if self.stack.currentWidget() is not shown:
            self.stack.setCurrentWidget(shown)
        self.heads.fit()

    def _placed(self, _width: int, beside: bool) -> None:
        self.view.set_beside(beside)
        self.heads.fit()

    def _menu(self, number: int, where: QPoint) -> None:
        self.acting.menu(number, where)

    def _poster(self, number: int, width: int, height: int) -> QPixmap | None:
        return self.frames.get(number, QSize(width, height), self.devicePixelRatioF())

    def _icon(self, number: int) -> str:
        return icon_of(self.model.export(number))


def folder_of(shelf: CloudShelf, account: int) -> str:
    """Where an account's next export is proposed to go: where the last one went."""
    last = max(shelf.exports_of(account), key=lambda row: row.number, default=None)
    if last is None:
        return _FIRST_FOLDER
    # A gallery has a folder of its own name; the next export goes beside it, not into it.
    return last.folder.rpartition("/")[0] if last.what is What.GALLERY else last.folder
