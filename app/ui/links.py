"""Links on their way to a question: they wait until the window takes them and an engine is there to ask."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import EngineEnded, ReelkeyError, TooManyLinks
from app.ui.context import Context
from app.ui.messages import Request

# As many as wait in the engine for an answer.
_MOST = 20


class Links(QObject):
    """`ask` gets the request of each link, in the order in which they came."""

    def __init__(self, context: Context, ask: Callable[[Request], None], parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._ask = context, ask
        self._texts: list[str] = []
        self._ready = False
        context.store.standing_changed.connect(self._go_on)

    def set_ready(self, ready: bool) -> None:
        """From now on (`ready`) links are asked about; those that came before come now."""
        self._ready = ready
        self._go_on()

    def take(self, text: str) -> None:
        if not self._is_open:
            self._keep(text)
            return
        self._context.run(
            lambda engine: engine.requests.of_link(text),
            self._ask,
            lambda error: self._not_taken(text, error),
        )

    @property
    def _is_open(self) -> bool:
        store = self._context.store
        return self._ready and store.loaded and store.fault is None

    def _keep(self, text: str) -> None:
        if text in self._texts:
            return  # the button was pressed twice: one question
        if len(self._texts) == _MOST:
            self._context.shell.show_error(TooManyLinks(most=_MOST))
            return
        self._texts.append(text)

    def _not_taken(self, text: str, error: ReelkeyError) -> None:
        """An engine that ends asks nothing: the next one does."""
        if not isinstance(error, EngineEnded) and self._context.store.fault is None:
            self._context.shell.show_error(error)
            return
        self._keep(text)
        self._go_on()

    def _go_on(self) -> None:
        if self._is_open:
            texts, self._texts = self._texts, []
            for text in texts:
                self.take(text)
