"""The Films page: head, columns, list, what is shown while there is nothing, and the details beside."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, QSize, QUrl
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui.bells import Bells
from app.ui.confirm.folders import choose_folder
from app.ui.context import Context, Page
from app.ui.films.actions import Actions
from app.ui.films.columns import ColumnHeads, HeadedList
from app.ui.films.delegate import FilmsDelegate
from app.ui.films.details import WIDTH, Details
from app.ui.films.empty import NoFilms
from app.ui.films.expired import ExpiredBar
from app.ui.films.header import Header
from app.ui.films.model import FilmsModel
from app.ui.films.view import FilmsView
from app.ui.history.papers import Papers
from app.ui.paste import paste_link
from app.ui.widgets import EmptyState, button
from app.ui.widgets.basics import restyle_children
from app.ui.widgets.panes import ListAndPane

_KEPT_WIDTH = "films/details"


class FilmsPage(Page):
    """Where each film is, who can open it, what happens next, and how long it takes."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._library = ""
        self.model = FilmsModel(context.store, self)
        self._bells = Bells(context.settings)
        self.model.bell = self._bells.of
        self.view = FilmsView(self.model, FilmsDelegate(self._poster))
        self.acting = Actions(context, self.model, self)
        self.papers = Papers(context, self)
        self.header = Header()
        self.heads = ColumnHeads(self.view)
        self.details = Details(context, self.model)
        self.panes = ListAndPane(self._build_list(), self.view, self.details, WIDTH, drawn=True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.panes)
        self._connect()
        self._fill()

    def _build_list(self) -> QWidget:
        self.none = NoFilms()
        self.no_match = EmptyState("search")
        self._clear = button()
        self._clear.clicked.connect(self._clear_search)
        self.no_match.add_button(self._clear)
        self._table = HeadedList(self.heads, self.view)
        self.stack = QStackedWidget()
        for one in (self._table, self.none, self.no_match):
            self.stack.addWidget(one)
        left = QWidget()
        outer = QVBoxLayout(left)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.header)
        margins = QVBoxLayout()
        margins.setContentsMargins(20, 0, 20, 0)
        self.expired = ExpiredBar(self.context.store)
        margins.addWidget(self.expired)
        outer.addLayout(margins)
        outer.addWidget(self.stack, 1)
        return left

    def _connect(self) -> None:
        self.context.pictures.ready.connect(self.view.poster_ready)
        model, view, header = self.model, self.view, self.header
        header.which_chosen.connect(model.set_which)
        header.grouping_chosen.connect(model.set_grouping)
        header.searched.connect(model.set_search)
        header.left_search.connect(view.setFocus)
        header.paste.clicked.connect(lambda: paste_link(self.context))
        header.send.clicked.connect(self._ask_for_films)
        self.none.paste.clicked.connect(lambda: paste_link(self.context))
        self.none.folder.clicked.connect(self._ask_for_films)
        self.none.library.clicked.connect(self._open_library)
        model.arranged.connect(self._fill)
        model.counted.connect(self._count)
        view.acted.connect(self.acting.do)
        view.menu_wanted.connect(self._menu)
        view.details_wanted.connect(self.panes.toggle)
        view.chosen.connect(self.panes.follow)
        self.panes.opened.connect(view.select_film)
        self.panes.placed.connect(self._placed)
        details = self.details
        details.acted.connect(self.acting.do)
        details.menu_wanted.connect(self._menu_at)
        details.log_wanted.connect(self.context.shell.show_log)
        self.acting.receipt_asked.connect(self.papers.receipt)
        self.acting.details_asked.connect(self.panes.open)
        self.context.store.servers_changed.connect(self._name_library)
        self.context.store.settings_changed.connect(self._settings_changed)

    # --- what the shell asks of the page -------------------------------------------------------------

    def select(self, number: int) -> None:
        """Go to a film's row: what hides it is lifted."""
        if self.view.select_film(number):
            self.header.show_which(self.model.which)
            self.header.show_search(self.model.search)
            self.view.setFocus()

    def focus_search(self) -> None:
        self.header.focus_search()

    def take_drop(self, paths: list[Path]) -> bool:
        self.context.shell.send_films(paths)
        return True

    def shown(self) -> None:
        self.view.setFocus()

    def retranslate(self) -> None:
        self.header.retranslate()
        self.expired.retranslate()
        self.none.retranslate()
        self.no_match.set_words(tr(N_("Nothing found for “{q}”"), q=self.model.search), "")
        self._clear.setText(tr(N_("Clear search")))
        self.view.setAccessibleName(tr(N_("Films")))
        self.model.reload()
        self.details.retranslate()
        self._name_library()
        self._count()
        self.heads.update()

    def restyle(self) -> None:
        restyle_children(self)
        self.view.viewport().update()

    # --- list ----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """The list, or what is said while there is nothing in it."""
        if self.model.empty:
            shown: QWidget = self.none
        elif not self.model.sections and self.model.search:
            self.no_match.set_words(tr(N_("Nothing found for “{q}”"), q=self.model.search), "")
            shown = self.no_match
        else:
            shown = self._table
        if self.stack.currentWidget() is not shown:
            self.stack.setCurrentWidget(shown)
        self.heads.fit()

    def _settings_changed(self, keys: tuple[str, ...]) -> None:
        if any(key.startswith("notify.") for key in keys):
            self._bells.read()
            self.model.reload()
            self.view.viewport().update()

    def _count(self) -> None:
        self.header.set_counts(self.model.counts())

    def _clear_search(self) -> None:
        self.header.search.clear()
        self.model.set_search("")

    def _name_library(self) -> None:
        servers = self.context.settings.servers()
        chosen = self.context.settings.text("server")
        name = chosen if chosen in servers else next(iter(servers), "")
        self._library = servers.get(name, chosen)
        seen = self.context.store.servers.get(self._library)
        self.none.set_library((seen.name if seen is not None else "") or name or self._library)

    def _open_library(self) -> None:
        if self._library:
            QDesktopServices.openUrl(QUrl(self._library))

    def _ask_for_films(self) -> QFileDialog:
        return choose_folder(self, lambda folder: self.context.shell.send_films([folder]))

    def _menu(self, number: int, where: QPoint) -> None:
        self.acting.menu(number, where)

    def _menu_at(self, number: int, at: QWidget) -> None:
        self.acting.menu(number, at.mapToGlobal(QPoint(0, at.height())))

    # --- posters -------------------------------------------------------------------------------------

    def _poster(self, number: int, width: int, height: int) -> QPixmap | None:
        row = self.context.store.rows.get(number)
        if row is None:
            return None
        return self.context.pictures.get(row, QSize(width, height), self.devicePixelRatioF())

    # --- the details beside --------------------------------------------------------------------------

    def remember(self, kept: QSettings) -> None:
        kept.setValue(_KEPT_WIDTH, self.panes.pane_width)

    def recall(self, kept: QSettings) -> None:
        width = str(kept.value(_KEPT_WIDTH, ""))
        if width.isascii() and width.isdigit():
            self.panes.set_pane_width(int(width[:9]))

    def _placed(self, width: int, beside: bool) -> None:
        self.header.set_room(width, beside=beside)
        self.view.set_beside(beside)
        self.heads.fit()
