"""The main window: side bar, pages, status bar, sheets over them, and what comes from outside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import set_language
from app.launch.link import is_link
from app.settings.settings import Settings
from app.ui import theme
from app.ui.bridge import Bridge
from app.ui.clouds.in_window import CloudPages
from app.ui.context import Context, Page
from app.ui.links import Links
from app.ui.messages import Request
from app.ui.notice import NoticeSheet
from app.ui.page_stack import PageStack
from app.ui.pages import PAGES, entry_of
from app.ui.qt_words import translate_qt
from app.ui.sheet import Scrim, Sheet
from app.ui.sidebar import Sidebar
from app.ui.standing import Standing
from app.ui.statusbar import StatusBar
from app.ui.store import Store
from app.ui.widgets.basics import restyle_children

if TYPE_CHECKING:
    from app.ui.log_window import LogWindow

log = logging.getLogger(__name__)

SMALLEST = (960, 600)
USUAL = (1440, 900)
_NARROW_BELOW = 1300


class MainWindow(QMainWindow):
    """Reelkey's window. Implements what pages ask of the shell (`context.Shell`)."""

    #: The person wants the window away (the close button): the application decides what that means.
    closing = Signal()
    #: The person wants Reelkey to end (Ctrl+Q).
    quit_asked = Signal()

    def __init__(self, bridge: Bridge, store: Store, settings: Settings, env: Mapping[str, str]) -> None:
        super().__init__()
        self.store = store
        self.settings = settings
        self.context = Context(bridge, store, settings, self, env)
        self._links = Links(self.context, self._ask, self)
        self.may_close = False
        self._log: LogWindow | None = None
        self._build()
        self._keys()
        self.setAcceptDrops(True)
        store.settings_changed.connect(self._setting_changed)
        self.retranslate()
        self._restyle()
        self.show_page("films")

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("Reelkey")
        self.setMinimumSize(*self._smallest())
        self.resize(*USUAL)
        root = QWidget()
        root.setObjectName("window")
        row = QHBoxLayout(root)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.sidebar = Sidebar(self.store)
        self.sidebar.wanted.connect(self.show_page)
        self.clouds = CloudPages(self)  # behind the side bar, which it asks to show accounts
        self.sidebar.account_asked.connect(self.clouds.ask_for_account)
        column = QVBoxLayout()
        column.setSpacing(0)
        self.stack = PageStack(self.context)
        self.status = StatusBar(self.store)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        row.addWidget(self.sidebar)
        row.addLayout(column, 1)
        self.setCentralWidget(root)
        self._root = root
        self._cover: QWidget | None = None
        self.scrim = Scrim(root)
        self.standing = Standing(self.store, root, self.stack, self.scrim)
        self.standing.again.connect(self.context.bridge.again)

    def _smallest(self) -> tuple[int, int]:
        """The smallest size yields to a screen that is smaller still (a laptop at 200 %)."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        return min(SMALLEST[0], room.width()), min(SMALLEST[1], room.height())

    def _keys(self) -> None:
        for number, entry in enumerate(PAGES, start=1):
            if number <= 9:
                self._key(f"Ctrl+{number}", lambda page=entry.id: self.show_page(page))
        for place, number in enumerate(range(len(PAGES) + 1, 10)):
            self._key(f"Ctrl+{number}", lambda place=place: self.clouds.show_place(place))
        self._key("Ctrl+F", self._focus_search)
        self._key("Ctrl+,", lambda: self.show_page("settings"))
        self._key("Ctrl+L", self.show_log)
        self._key("Ctrl+O", self.ask_for_films)
        self._key("Ctrl+Q", self.quit_asked.emit)
        self._key("F1", self.show_guide)
        paste = QShortcut(QKeySequence.StandardKey.Paste, self)
        paste.activated.connect(self.paste_link)

    def _key(self, keys: str, act: object) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(act)

    # --- pages ---------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page in front."""
        return self.stack.page

    def _focus_search(self) -> None:
        self.page.focus_search()

    def show_page(self, page: str) -> None:
        if entry_of(page, self.store) is None:
            page = PAGES[0].id
        shown = self.stack.page_of(page)
        self.stack.setCurrentWidget(shown)
        self.sidebar.check(page)
        shown.shown()

    def show_film(self, number: int) -> None:
        self.show_page("films")
        select = getattr(self.page, "select", None)
        if select is not None:
            select(number)

    def cover_with(self, widget: QWidget) -> None:
        """Fill the window with `widget` (the first start) instead of side bar and pages."""
        self._cover = widget
        widget.setParent(self._root)
        widget.setGeometry(self._root.rect())
        widget.show()
        widget.raise_()
        widget.setFocus()

    def uncover(self) -> None:
        """Take the cover away again."""
        if self._cover is not None:
            cover, self._cover = self._cover, None
            cover.hide()
            cover.deleteLater()

    def drop_pages(self) -> None:
        """Take away the pages of accounts that are gone."""
        if self.stack.drop_gone():
            self.show_page(PAGES[0].id)

    def show_export(self, number: int) -> None:
        """Go to an export's row and select it."""
        self.clouds.show_export(number)

    # --- sheets and errors ---------------------------------------------------------------------------

    def open_sheet(self, sheet: Sheet) -> None:
        self.scrim.open(sheet)

    def show_error(self, error: ReelkeyError) -> None:
        if not any(isinstance(sheet, NoticeSheet) and sheet.tells(error) for sheet in self.scrim.sheets):
            self.open_sheet(NoticeSheet(error))

    def bring_forward(self) -> None:
        """Show the window in front of others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_log(self, number: int = 0) -> None:
        from app.ui.log_window import LogWindow  # noqa: PLC0415 - built when it is wanted

        if self._log is None:
            self._log = LogWindow(self.context)
        self._log.show_of(number)
        self._log.bring_forward()

    def show_guide(self) -> None:
        from app.ui.guide import open_guide  # noqa: PLC0415

        open_guide()

    # --- links, drops, films -------------------------------------------------------------------------

    def take_links(self, ready: bool) -> None:
        """From now on (`ready`) links are asked about; those that came before come now, in order."""
        self._links.set_ready(ready)

    def take_link(self, text: str) -> None:
        self._links.take(text)

    def _ask(self, request: Request) -> None:
        from app.ui.confirm.base import RequestSheet  # noqa: PLC0415
        from app.ui.confirm.sheets import sheet_for  # noqa: PLC0415

        asked = [sheet.request.number for sheet in self.scrim.sheets if isinstance(sheet, RequestSheet)]
        if request.number in asked:
            return  # the same link once more: its question is open
        self.open_sheet(sheet_for(self.context, request))

    def paste_link(self) -> None:
        from app.ui.paste import paste_link  # noqa: PLC0415

        paste_link(self.context)

    def send_films(self, folders: list[Path]) -> None:
        self.context.run(lambda engine: engine.requests.of_person("upload", folders), self._ask)

    def ask_for_films(self) -> None:
        """Let the person choose a folder of films."""
        from app.ui.confirm.folders import choose_folder  # noqa: PLC0415

        choose_folder(self, lambda folder: self.send_films([folder]))

    def export_films(self, numbers: list[int]) -> None:
        self.clouds.export_films(numbers)

    def release_folders(self, folders: list[Path]) -> None:
        self.show_page("blocks")
        self.page.take_drop(folders)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        mime = event.mimeData()
        if mime.hasUrls() or (mime.hasText() and is_link(mime.text().strip())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        mime = event.mimeData()
        if mime.hasText() and is_link(mime.text().strip()):
            self.take_link(mime.text().strip())
            event.acceptProposedAction()
            return
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if paths and not self.page.take_drop(paths):
            self.send_films(paths)
        event.acceptProposedAction()

    # --- language, theme, size -----------------------------------------------------------------------

    def _setting_changed(self, keys: tuple[str, ...]) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # noqa: S101 - there is no window without it
        if "language" in keys:
            set_language(self.settings.text("language") or None)
            translate_qt(app)
            self.retranslate()
        if "theme" in keys:
            theme.use_theme(app, self.settings.text("theme"))
            self._restyle()
        if any(key == "server" or key.startswith("server.") for key in keys):
            self._show_default_server()

    def _show_default_server(self) -> None:
        chosen = self.settings.text("server")
        servers = self.settings.servers()
        self.sidebar.set_default_server(servers.get(chosen, chosen))
        self.status.set_named(bool(servers))

    def retranslate(self) -> None:
        """All texts anew, in the language of now."""
        self.sidebar.retranslate()
        self.status.retranslate()
        self._show_default_server()
        self.stack.retranslate()
        self.standing.retranslate()
        for sheet in self.scrim.sheets:
            sheet.retranslate()
        if self._log is not None:
            self._log.retranslate()
        cover = getattr(self._cover, "retranslate", None)
        if cover is not None:
            cover()

    def _restyle(self) -> None:
        restyle_children(self)
        self.sidebar.restyle()
        self.status.restyle()
        self.stack.restyle()
        self.standing.restyle()

    def system_colours_changed(self) -> None:
        """The system went dark or light."""
        if self.settings.text("theme") == "system":
            self._setting_changed(("theme",))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if self._cover is not None:
            self._cover.setGeometry(self._root.rect())
        self.sidebar.set_narrow(self.width() < _NARROW_BELOW)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self.may_close:
            event.accept()
            return
        event.ignore()
        QTimer.singleShot(0, self.closing.emit)

    # --- where the window was ------------------------------------------------------------------------

    def remember_place(self, file: Path) -> None:
        """Keep size and place of the window, and of what pages keep, for the next start."""
        kept = QSettings(str(file), QSettings.Format.IniFormat)
        kept.setValue("geometry", self.saveGeometry())
        self.stack.remember(kept)

    def recall_place(self, file: Path) -> None:
        kept = QSettings(str(file), QSettings.Format.IniFormat)
        geometry = kept.value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.stack.recall(kept)
