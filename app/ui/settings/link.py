"""At the foot of *Advanced*: who opens links of the browser."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.launch.scheme import SchemeState, Standing
from app.ui.context import Context
from app.ui.widgets import button, label, line


class LinkView(QWidget):
    """Who opens links of the browser, and the way to change it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._state: SchemeState | None = None
        self._error: ReelkeyError | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._title = label("strong")
        self.state = label("second", wrap=True, selectable=True)
        self.register, self.unregister = button("", "link-2"), button()
        self.register.clicked.connect(self._register)
        self.unregister.clicked.connect(self._unregister)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.register)
        row.addWidget(self.unregister)
        row.addStretch(1)
        column.addWidget(line())
        column.addSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self.state)
        column.addLayout(row)

    def ask(self) -> None:
        """Ask the system who opens our links."""
        self._context.run(lambda engine: engine.care.link_state(), self._take, self._failed)

    def _register(self) -> None:
        self._context.run(lambda engine: engine.care.register_link(), self._take, self._failed)

    def _unregister(self) -> None:
        self._context.run(lambda engine: engine.care.unregister_link(), self._take, self._failed)

    def _take(self, state: SchemeState) -> None:
        self._state, self._error = state, None
        self.refresh()

    def _failed(self, error: ReelkeyError) -> None:
        self._error = error
        self.refresh()

    def refresh(self) -> None:
        if self._error is not None:
            self.state.setText(f"{self._error.title}. {self._error.message} → {self._error.hint}")
        else:
            self.state.setText("" if self._state is None else self._state.text())
        standing = None if self._state is None else self._state.standing
        self.register.setVisible(standing in (None, Standing.MISSING, Standing.OTHER))
        self.unregister.setVisible(standing is Standing.REGISTERED)

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Links from the browser")))
        self.register.setText(tr(N_("Open links with this Reelkey")))
        self.unregister.setText(tr(N_("Stop opening links")))
        self.refresh()
