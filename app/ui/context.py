"""What every page of the window is given: the engine's bridge, the store, and what the shell does for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.domain.errors import ReelkeyError, ours
from app.settings.settings import Settings
from app.ui.bridge import Bridge
from app.ui.pictures import Pictures
from app.ui.store import Store

if TYPE_CHECKING:
    from app.ui.engine import Engine
    from app.ui.sheet import Sheet

log = logging.getLogger(__name__)


class Shell(Protocol):
    """What the main window does for its pages."""

    def show_page(self, page: str) -> None: ...

    def show_film(self, number: int) -> None:
        """Go to the film's row and select it."""

    def open_sheet(self, sheet: Sheet) -> None:
        """Show a sheet over the window; one at a time, later ones wait for their turn."""

    def show_log(self, number: int = 0) -> None:
        """Show the log: what happened to this film (its journal number); 0 for all of it."""

    def show_error(self, error: ReelkeyError) -> None:
        """Show an error that belongs to nothing on the page."""

    def take_link(self, text: str) -> None:
        """What a link from the browser does: parsed, then a question."""

    def send_films(self, folders: list[Path]) -> None:
        """Begin sending what lies in these folders (or files): a question first."""

    def export_films(self, numbers: list[int]) -> None:
        """Ask where to export these films (journal numbers)."""

    def release_folders(self, folders: list[Path]) -> None:
        """Go to Private blocks and look through these folders."""


@dataclass(slots=True)
class Context:
    """Handed to each page's factory."""

    bridge: Bridge
    store: Store
    settings: Settings
    shell: Shell
    env: Mapping[str, str]
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    pictures: Pictures = field(default_factory=Pictures)

    def run(
        self,
        work: Callable[[Engine], Coroutine[Any, Any, Any]],
        then: Callable[[Any], None] | None = None,
        failed: Callable[[ReelkeyError], None] | None = None,
    ) -> asyncio.Task[Any]:
        """Let the engine do `work`; `then` gets its answer, `failed` (else the shell) its error, here."""

        async def go() -> None:
            try:
                answer = await self.bridge.call(work)
            except ReelkeyError as error:
                show = failed or self.shell.show_error
                if is_there(show):
                    show(error)
                return
            if then is not None and is_there(then):
                then(answer)

        return self.spawn(go())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine on the window's loop. A fault of ours in it is logged and shown."""
        task = asyncio.get_event_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("a fault of ours in the window", exc_info=error)
            self.shell.show_error(ours(error))


def is_there(call: Callable[..., Any]) -> bool:
    """Whether what `call` belongs to still exists: an answer may come when its page or sheet is gone."""
    owner = getattr(call, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)


class Page(QWidget):
    """A page of the window. Subclasses build their widgets in __init__ and set their texts in `retranslate`,
    which is called once after building and again whenever the language changes; `restyle` after a change of
    theme (icons are drawn anew there)."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("page")
        self.context = context

    def retranslate(self) -> None:
        """Set all texts anew."""

    def restyle(self) -> None:
        """Draw icons anew from the palette."""

    def shown(self) -> None:
        """The page came to the front: the focus is on no button of it before Tab is pressed."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def remember(self, kept: QSettings) -> None:
        """Put into `kept` what shall be as it is at the next start."""

    def recall(self, kept: QSettings) -> None:
        """Take from `kept` what an earlier window put there; it may hold anything."""

    def take_drop(self, paths: list[Path]) -> bool:
        """Files or folders were dropped on the page; whether they are taken."""
        del paths
        return False

    def focus_search(self) -> None:
        """Ctrl+F: put the cursor into the search field, if there is one."""
