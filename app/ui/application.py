"""The running program: window, engine, tray, notifications, sleep, and what closing means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.domain.errors import ReelkeyError
from app.journal import Run
from app.settings.paths import ProfilePaths
from app.settings.settings import Settings
from app.ui.awake import Awake
from app.ui.bridge import Bridge
from app.ui.notifications import Notifications
from app.ui.shell import MainWindow
from app.ui.store import Store
from app.ui.tray import Tray

log = logging.getLogger(__name__)
_AT_WORK = (Run.ACTIVE, Run.QUEUED)


class Application(QObject):
    """Owns everything that lives as long as the program does."""

    def __init__(
        self,
        app: QApplication,
        profile: Path | None,
        paths: ProfilePaths,
        settings: Settings,
        env: Mapping[str, str],
        *,
        server: str | None = None,
        take_nothing_more: Callable[[], None] = lambda: None,
    ) -> None:
        """`take_nothing_more` is called before the end begins: no link is taken from then on."""
        super().__init__(app)
        self._take_nothing_more = take_nothing_more
        self._app = app
        self._settings = settings
        self._paths = paths
        self._place_file = paths.config_dir / "window.ini"
        self.finished: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        self.bridge = Bridge(profile, env, self, server=server)
        self.store = Store(self)
        self.bridge.arrived.connect(self.store.take)
        self.window = MainWindow(self.bridge, self.store, settings, env)
        self.window.closing.connect(self.ask_to_close)
        self.window.quit_asked.connect(self.ask_to_quit)
        self.tray = Tray(self.window, self.store)
        self.tray.quit_asked.connect(self.ask_to_quit)
        self.notifications = Notifications(self.window, self.store, self.tray)
        self.awake = Awake(self.store)
        self.awake.changed.connect(self.window.status.set_awake)
        self._quit_when_done = False
        self._quitting = False
        self.store.films_changed.connect(self._perhaps_done)
        self.store.clouds.exports_changed.connect(self._perhaps_done)
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self.window.system_colours_changed)
        # More contrast goes for every theme, the chosen ones too.
        hints.accessibility().contrastPreferenceChanged.connect(self._colours_changed)

    def _colours_changed(self) -> None:
        self.store.settings_changed.emit(("theme",))

    # --- beginning -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Show the window, then open the profile behind it: a slow disk or node never keeps it away."""
        self.window.recall_place(self._place_file)
        self.tray.show()
        self.window.show()
        QTimer.singleShot(0, self._open)

    def _open(self) -> None:
        self.bridge.start()
        self.window.context.pictures.use(self._paths)
        if not self._settings.flag("first_start"):
            from app.ui.first_start import FirstStart  # noqa: PLC0415 - once in a profile's life

            welcome = FirstStart(self.window.context)
            welcome.finished.connect(self._welcomed)
            self.window.cover_with(welcome)
        else:
            self.window.take_links(True)

    def _welcomed(self) -> None:
        self.window.uncover()
        self.window.take_links(True)

    def take_link(self, text: str) -> None:
        """A link from the browser: the window comes forward and asks."""
        self.window.bring_forward()
        self.window.take_link(text)

    # --- ending --------------------------------------------------------------------------------------

    def at_work(self) -> int:
        """How many films move by themselves now; exports to clouds count besides (`CloudShelf.at_work`)."""
        # One that stopped for a person to act does not move, and nobody waits for it.
        return sum(row.run in _AT_WORK and not row.error for row in self.store.films())

    def serving(self) -> int:
        """How many films buyers may fetch from here."""
        return sum(
            bool(row.cid) and row.run is Run.DONE and row.kind.value == "upload" for row in self.store.films()
        )

    def ask_to_close(self) -> None:
        """The window's close button: what closing means while something runs or serves is asked once, or
        kept."""
        kept = self._kept_choice() if self._goes_on() else "quit"
        if kept in ("background", "quit"):
            self._close("now" if kept == "quit" else kept)
        else:
            self._ask(quitting=False)

    def ask_to_quit(self) -> None:
        """*Quit* in the tray, Ctrl+Q: the same question in the window, where going on in the background is
        what was kept too. Who asks to quit must be able to."""
        if not self._goes_on() or self._kept_choice() == "quit":
            self.quit_now()
            return
        self.window.bring_forward()
        self._ask(quitting=True)

    def _goes_on(self) -> bool:
        """Whether anything would go on, or be served, behind a closed window."""
        if self.store.fault is not None:
            return False
        return bool(self.at_work() or self.serving() or self.store.clouds.at_work())

    def _kept_choice(self) -> str:
        try:
            return self._settings.text("closing")
        except ReelkeyError:  # the file was damaged meanwhile: nobody's choice is known
            return "ask"

    def _ask(self, *, quitting: bool) -> None:
        """The question comes before all others, and is there once however often the button is pressed."""
        from app.ui.closing import ClosingSheet  # noqa: PLC0415 - not before the window is seen

        before = [one for one in self.window.scrim.sheets if isinstance(one, ClosingSheet)]
        sheet = ClosingSheet(
            self.window.context,
            self.at_work(),
            self.serving(),
            exports=self.store.clouds.at_work(),
            tray=self.tray.available,
            quitting=quitting,
        )
        sheet.chosen.connect(self._close)
        self.window.scrim.open(sheet, first=True)
        for one in before:  # what is in work, and how it was asked, may be other by now
            one.close_sheet()

    def _close(self, choice: str) -> None:
        if choice == "now":
            self.quit_now()
            return
        self._quit_when_done = choice == "when_done"
        if self.tray.available:
            self.window.hide()
        else:
            self.window.showMinimized()

    def _perhaps_done(self) -> None:
        if self._quit_when_done and not self.at_work() and not self.store.clouds.at_work():
            if self.window.isVisible() and not self.window.isMinimized():
                self._quit_when_done = False  # somebody came back to it: not under their hands
            else:
                self.quit_now()

    def quit_now(self) -> None:
        """Everything stays where it stands; the node stops, and all of it goes on at the next start."""
        if self._quitting:
            return
        self._quitting = True
        try:
            self._take_nothing_more()
            self.window.remember_place(self._place_file)
            self.window.may_close = True
            self.window.hide()
            self.tray.hide()
            self.notifications.stop()
            self.awake.stop()
            self.bridge.close(stop_node=True)
            self.window.close()
        finally:
            self.finished.set_result(None)
