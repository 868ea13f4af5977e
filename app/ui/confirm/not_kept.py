"""After a yes whose sign-in no keyring took: how long it lasts, and a way to keep it after all."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.ui.context import Context
from app.ui.notice import NoticeSheet
from app.ui.widgets import button


class NotKeptSheet(NoticeSheet):
    """The notice with *Retry*, for a keyring that was unlocked meanwhile."""

    retry: QPushButton | None = None

    def __init__(self, context: Context, server: str, error: ReelkeyError) -> None:
        super().__init__(error)
        self._context, self._server = context, server
        self.retry = button("", "rotate-cw")
        self.retry.clicked.connect(self._keep)
        self.buttons.insertWidget(self.buttons.count() - 1, self.retry)
        self.retranslate()

    def _keep(self) -> None:
        self._wait(True)  # the system may ask for a password meanwhile
        server = self._server
        self._context.run(lambda engine: engine.requests.keep_sign_in(server), self._kept, self._kept)

    def _wait(self, waiting: bool) -> None:
        if self.retry is not None:
            self.retry.setEnabled(not waiting)

    def _kept(self, error: ReelkeyError | None) -> None:
        if error is None:
            self.close_sheet()
            return
        self._wait(False)
        self.show_error(error)

    def retranslate(self) -> None:
        super().retranslate()
        if self.retry is not None:
            self.retry.setText(tr(N_("Retry")))
