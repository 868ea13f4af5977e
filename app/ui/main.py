"""`reelkey` without a command: the window, or a hand-over to the one that is open."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import __version__
from app.domain.errors import ReelkeyError
from app.domain.words import set_language
from app.launch.link import is_link
from app.settings.paths import ProfilePaths
from app.settings.settings import Settings
from app.ui import theme
from app.ui.application import Application
from app.ui.collector import Collector
from app.ui.link_events import LinkEvents
from app.ui.notice import show_alone
from app.ui.qt_words import translate_qt
from app.ui.single import Single
from app.ui.theme.icons import app_icon

_SIGNALS_EVERY_MS = 300


def run_window(argv: Sequence[str]) -> int:
    """Show the window (exit code when it is closed), or hand `argv`'s link to the one that is open already.

    `argv` holds ``--profile``, ``--server`` and ``--lang`` as far as they were given, and a link or nothing.
    Raises what keeps the window from opening, but shows it first: who clicked on a link sees no terminal.
    """
    app = make_app()
    profile, link = _arguments(argv)
    paths = ProfilePaths.of(profile, os.environ)
    settings = Settings(paths.settings_file, os.environ)
    events = LinkEvents(app)  # before anything else: macOS sends the link as soon as the loop runs
    try:
        with closing(Single(paths.ensure().data_dir)) as single:
            if single.become_first(link):
                set_language(_option(argv, "--lang") or settings.text("language") or None)
                theme.use_theme(app, settings.text("theme"))
                translate_qt(app)
                server = _option(argv, "--server")
                begin = partial(Application, app, profile, paths, settings, os.environ, server=server)
                _run(app, begin, single, events, link)
    except ReelkeyError as error:
        chosen = _option(argv, "--lang")
        with suppress(ReelkeyError):  # the settings may be what is wrong
            chosen = chosen or settings.text("language")
        set_language(chosen or None)
        theme.use_theme(app, "system")
        _heed_signals(app, app.exit)
        show_alone(error)
        raise
    return 0


def _run(
    app: QApplication,
    begin: Callable[..., Application],
    single: Single,
    events: LinkEvents,
    link: str | None,
) -> None:
    """The program from its first window to its end."""
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    collector = Collector(app)
    with loop:
        running = begin(take_nothing_more=single.stop)
        single.link.connect(running.take_link)
        single.raise_asked.connect(running.window.bring_forward)
        events.link.connect(running.take_link)
        if link is not None:
            running.take_link(link)
        _heed_signals(app, running.quit_now)
        running.start()
        loop.run_until_complete(running.finished)
    collector.stop()


def _arguments(argv: Sequence[str]) -> tuple[Path | None, str | None]:
    """Profile and link. The link is told by its scheme, so nothing in it is taken for an option."""
    link = next((one for one in argv if is_link(one)), None)
    rest = [one for one in argv if one is not link]
    profile = _option(rest, "--profile") or os.environ.get("REELKEY_PROFILE")
    return (Path(profile).expanduser().absolute() if profile else None), link


def _option(arguments: Sequence[str], name: str) -> str | None:
    """The value of an option, written ``--name value`` or ``--name=value``."""
    for at, one in enumerate(arguments):
        if one == name and at + 1 < len(arguments):
            return arguments[at + 1]
        if one.startswith(f"{name}="):
            return one.partition("=")[2]
    return None


def make_app() -> QApplication:
    """The one QApplication, with the names under which systems know it."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["reelkey"])
    app.setApplicationName("Reelkey")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("reelkey")
    app.setOrganizationName("Reelkey")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)
    app.setStyle("Fusion")  # one look on every system, so that the style sheet means the same on each
    return app


def _heed_signals(app: QApplication, end: Callable[[], None]) -> None:
    """SIGTERM and Ctrl-C quit in order. Python sees signals only while it runs: a timer lets it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end())
    ticking = QTimer(app)
    ticking.timeout.connect(lambda: None)
    ticking.start(_SIGNALS_EVERY_MS)
