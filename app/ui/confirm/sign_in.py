"""The question before a link's sign-in is kept for releasing private blocks. It releases nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from app.domain.words import N_, tr
from app.ui.confirm.base import RequestSheet
from app.ui.context import Context
from app.ui.messages import Begun, Request

if TYPE_CHECKING:
    from app.ui.engine import Engine


class SignInSheet(RequestSheet):
    """Library and account; a yes keeps the sign-in and goes to Private blocks."""

    def __init__(self, context: Context, request: Request) -> None:
        super().__init__(context, request)
        self.add_will()
        self.body.addStretch(1)
        self.retranslate()

    def _set_words(self) -> None:
        self.title.setText(tr(N_("See which private blocks buyers are waiting for?")))
        self.subtitle.setText(tr(N_("A request from the site.")))
        self.will.setText(
            tr(
                N_(
                    "Your sign-in is saved, and your folders are searched for the private blocks buyers are "
                    "waiting for. Nothing is released until you say so on that page."
                )
            )
        )

    def _yes_words(self) -> str:
        return tr(N_("Sign in and look"))

    def _yes(self) -> Callable[[Engine], Coroutine[Any, Any, Begun]]:
        number = self.request.number
        return lambda engine: engine.requests.accept_sign_in(number)

    def _done(self, begun: Begun) -> None:
        del begun
        self.context.shell.show_page("blocks")
