"""What all questions about a request share. Nothing starts before the yes."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.ui import counts
from app.ui.confirm.head import LibraryHead, is_safe
from app.ui.confirm.not_kept import NotKeptSheet
from app.ui.context import Context
from app.ui.messages import Account, Begun, Request
from app.ui.sheet import Scrim, Sheet
from app.ui.widgets import ErrorCard, IconLabel, card, label
from app.ui.widgets.abstract import AbstractQt

if TYPE_CHECKING:
    from app.ui.engine import Engine

WIDTH = 680


class RequestSheet(Sheet, metaclass=AbstractQt):
    """Library, account, an error card, Cancel and the yes. Subclasses say what is ready, what a yes means
    (`_yes`) and what its button says (`_yes_words`).

    The yes can't be pressed in the first moments, by key or mouse: a sheet that comes up under a moving hand
    must not be answered by it. Where the library is unknown or the way to it open, no button is preset.
    """

    def __init__(self, context: Context, request: Request) -> None:
        super().__init__(WIDTH)
        self.context = context
        self.request = request
        self._busy = self._was_shown = False
        self._asked: set[asyncio.Task[Any]] = set()
        #: It was answered: what the engine still says comes too late.
        self.over = False
        self.error = ErrorCard()
        self.error.hide()
        self.body.addWidget(self.error)
        self.frame: QFrame
        self.card: QVBoxLayout
        self.frame, self.card = card("raised")
        self.head = LibraryHead(request)
        self.card.addWidget(self.head)
        self.body.addWidget(self.frame)
        self.will = label("second", wrap=True)
        safe = is_safe(request)
        self.cancel, self.yes = self.add_answers(self._on_yes, "primary" if safe else "")
        self.yes.setEnabled(False)
        self.accept_button = self.yes if safe else None

    def add_will(self) -> None:
        """What will happen, below what the sheet asks: `will`, for the subclass to fill."""
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(IconLabel("info", "accent", 16), 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self.will, 1)
        self.body.addLayout(foot)

    # --- what subclasses say -------------------------------------------------------------------------

    def _ready(self) -> bool:
        """Whether all that a yes needs is there."""
        return True

    @abstractmethod
    def _yes(self) -> Callable[[Engine], Coroutine[Any, Any, Begun]]:
        """What a yes lets the engine do, by what the sheet says at this moment."""

    def _done(self, begun: Begun) -> None:
        """The engine has begun: show where."""

    @abstractmethod
    def _set_words(self) -> None:
        """Title and all texts of the subclass."""

    @abstractmethod
    def _yes_words(self) -> str:
        """What the button of the yes says."""

    def _presetting(
        self, key: str, folder: Path, accept: Callable[[Engine], Coroutine[Any, Any, Begun]]
    ) -> Callable[[Engine], Coroutine[Any, Any, Begun]]:
        """`accept`, after which `folder` is the preset (the setting `key`) where there was none."""
        first_time = not self.context.settings.text(key)

        async def work(engine: Engine) -> Begun:
            begun = await accept(engine)
            if first_time:
                await engine.set_setting(key, str(folder))
            return begun

        return work

    # --- while it is shown ---------------------------------------------------------------------------

    def shown(self) -> None:
        super().shown()
        if not self._was_shown:
            self._was_shown = True
            self.first_shown()
        self._show_waiting()

    def first_shown(self) -> None:
        """A person sees the question: only now is anything asked or looked at for it."""
        scrim, number = self.parentWidget(), self.request.number
        if isinstance(scrim, Scrim):
            scrim.waiting_changed.connect(self._show_waiting)
        self.ask(lambda engine: engine.requests.account(number), self._take_account)

    def _arm(self) -> None:
        super()._arm()
        self.refresh()
        if self.accept_button is not None and self.accept_button.isEnabled() and self.hasFocus():
            self.accept_button.setFocus()

    def _show_waiting(self, *_: object) -> None:
        scrim = self.parentWidget()
        waiting = scrim.waiting if isinstance(scrim, Scrim) else 0
        self.foot_note.setText(counts.requests(waiting) if waiting and not self._busy else "")

    def _take_account(self, account: Account) -> None:
        self.head.set_account(account)
        if account.change != "none" and self.head.refused:
            self._show_error(account.error)
        self.refresh()

    def refresh(self) -> None:
        """Texts and the yes by what is known now; the sheet as high as it needs to be."""
        self._set_words()
        self.yes.setText(self._yes_words())
        ready = self._armed and not self._busy and not self.head.refused and self._ready()
        self.yes.setEnabled(ready)
        self.cancel.setEnabled(not self._busy)
        self._place_later()

    def _place_later(self) -> None:
        QTimer.singleShot(0, self, self._place)

    def _place(self) -> None:
        scrim = self.parentWidget()
        if isinstance(scrim, Scrim) and scrim.current is self:
            scrim.place()

    def retranslate(self) -> None:
        self.cancel.setText(tr(N_("Cancel")))
        self.head.retranslate()
        self.error.retranslate()
        self._show_waiting()
        self.refresh()
        self.setAccessibleName(self.title.text())

    def ask(self, work: Callable[[Engine], Coroutine[Any, Any, Any]], then: Callable[[Any], None]) -> None:
        """Ask the engine for something to show; `then` gets it as long as the sheet is open, with which the
        asking ends."""
        asked = self.context.run(work, lambda answer: None if self.over else then(answer), self._not_told)
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)

    def _not_told(self, error: ReelkeyError) -> None:
        if not self.over:
            self._show_error(error)

    def close_sheet(self) -> None:
        self.over = True
        for asked in self._asked:
            asked.cancel()
        super().close_sheet()

    # --- the answers ---------------------------------------------------------------------------------

    def _on_yes(self) -> None:
        if not self.yes.isEnabled():
            return
        self._busy = True
        self._show_error(None)
        self.foot_note.setText(tr(N_("Starting…")))
        self.refresh()
        self.context.run(self._yes(), self._accepted, self._failed)

    def _accepted(self, begun: Begun) -> None:
        if begun.not_kept is not None:
            sheet = NotKeptSheet(self.context, self.request.server, begun.not_kept)
            self.context.shell.open_sheet(sheet)
        self.close_sheet()
        self._done(begun)

    def _failed(self, error: ReelkeyError) -> None:
        self._busy = False
        self._show_waiting()
        self._show_error(error)
        self.refresh()
        self.cancel.setFocus()

    def _show_error(self, error: ReelkeyError | None) -> None:
        self.error.show_error(error)
        if error is not None:
            QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self.error))
        self._place_later()

    def reject(self) -> None:
        """No: the request and its sign-in are forgotten."""
        if self._busy:
            return
        number = self.request.number
        self.context.run(lambda engine: engine.requests.drop(number))
        self.close_sheet()
