"""The bar under the head: a library refuses the sign-in that is kept, and where a new one is got."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.domain.words import N_, tr
from app.ui.store import Store
from app.ui.widgets import button, label
from app.ui.widgets.basics import IconLabel


class ExpiredBar(QFrame):
    """Shown while a library of `store` refuses its sign-in; hidden else."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.setProperty("look", "error")
        self._store = store
        self.origin = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(IconLabel("circle-alert", "error"), 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(0)
        self.words = label("strong", wrap=True)
        self._below = label("second", wrap=True)
        column.addWidget(self.words)
        column.addWidget(self._below)
        row.addLayout(column, 1)
        self.library = button("", "external-link", small=True)
        self.library.clicked.connect(self._open)
        row.addWidget(self.library)
        store.servers_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the first library that refuses; hide where none does."""
        refusing = [seen for seen in self._store.servers.values() if seen.refuses_sign_in]
        self.library.setText(tr(N_("Open library")))
        self.setVisible(bool(refusing))
        if not refusing:
            self.origin = ""
            return
        seen = refusing[0]
        self.origin = seen.origin
        name = seen.name or seen.origin.partition("://")[2]
        self.words.setText(tr(N_("Sign-in at {library} has expired"), library=name))
        self._below.setText(tr(N_("All progress is kept; reports can't be sent until you sign in again.")))

    def retranslate(self) -> None:
        self.refresh()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl(self.origin))
