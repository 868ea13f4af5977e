"""Step 3: a library: its address, then its site or a link of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.launch.link import is_link
from app.settings.servers import resolve_server
from app.ui.context import Context
from app.ui.widgets import IconLabel, button, label

_COMMON = ("www", "api", "app", "films", "library")


def name_for(address: str) -> str:
    """A name for a library by its address: the part of the host that tells it from others."""
    host = (address if "://" in address else f"https://{address}").partition("://")[2]
    host = host.partition("/")[0].partition(":")[0]
    parts = [part for part in host.split(".") if part and part not in _COMMON]
    chosen = "".join(char for char in (parts[0] if parts else host) if char.isalnum() or char in "-_")
    return chosen.lstrip("-")[:40] or "library"


class LibraryStep(QWidget):
    """Keeps an address; then its site can be opened, or a link pasted that waits until the window is there.
    All of it may be left for later."""

    #: A library is kept, or all is left for later: the window may open.
    done = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._then: Callable[[], None] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._known_already())
        self._asked = self._by_address()
        column.addWidget(self._asked)
        column.addWidget(self._by_link())
        column.addStretch(1)
        self._show_name()

    def _known_already(self) -> QWidget:
        self._known_card = QFrame()
        self._known_card.setProperty("look", "raised")
        row = QHBoxLayout(self._known_card)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(8)
        self._known = label("strong", wrap=True)
        row.addWidget(IconLabel("circle-check", "done"))
        row.addWidget(self._known, 1)
        return self._known_card

    def _by_address(self) -> QWidget:
        frame = QFrame()
        frame.setProperty("look", "raised")
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        self._address_title, self._address_text = label("strong", wrap=True), label("second", wrap=True)
        self.address, self.name = QLineEdit(), QLineEdit()
        self.name.setMaxLength(40)
        self.address.setMaxLength(300)
        self.address.textChanged.connect(self._show_name)
        self._error = label("error", wrap=True)
        self._error.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.address, 2)
        row.addWidget(self.name, 1)
        for one in (self._address_title, self._address_text):
            column.addWidget(one)
        column.addLayout(row)
        column.addWidget(self._error)
        return frame

    def _by_link(self) -> QWidget:
        frame = QFrame()
        frame.setProperty("look", "raised")
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        self._link_title, self._link_text = label("strong", wrap=True), label("second", wrap=True)
        self._link_error = label("error", wrap=True)
        self._link_error.hide()
        self.open_site, self.paste = button("", "external-link"), button("", "link-2")
        self.open_site.clicked.connect(self._open_site)
        self.paste.clicked.connect(self._paste)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.open_site)
        row.addWidget(self.paste)
        row.addStretch(1)
        for one in (self._link_title, self._link_text, self._link_error):
            column.addWidget(one)
        column.addLayout(row)
        return frame

    # --- a link --------------------------------------------------------------------------------------

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text().strip()
        self._link_error.setVisible(not is_link(text))
        if is_link(text):
            self._keep_and(lambda: self._context.shell.take_link(text))

    def _open_site(self) -> None:
        self._keep_and(self._open)

    def _open(self) -> None:
        with suppress(ReelkeyError):
            QDesktopServices.openUrl(QUrl(resolve_server(None, self._context.settings)))

    # --- an address ----------------------------------------------------------------------------------

    def _show_name(self) -> None:
        address = self.address.text().strip()
        self.name.setPlaceholderText(name_for(address) if address else tr(N_("Name")))
        self._error.hide()
        for one in (self.open_site, self.paste):
            one.setEnabled(self.has_library)

    def keep(self) -> None:
        """Keep what was written, if anything was; `done` follows where it can be kept."""
        self._keep_and(None)

    def _keep_and(self, then: Callable[[], None] | None) -> None:
        self._then = then
        address = self.address.text().strip()
        if not address:
            self._kept()
            return
        if "://" not in address:
            address = f"https://{address}"
        name = self.name.text().strip() or name_for(address)
        before = name if name in self._context.settings.servers() else ""
        self._context.run(
            lambda engine: engine.care.keep_library(name, address, before=before),
            lambda _answer: self._kept(),
            self._refused,
        )

    def _kept(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
        self.done.emit()

    def _refused(self, error: ReelkeyError) -> None:
        self._error.setText(f"{error.message} → {error.hint}")
        self._error.show()

    @property
    def has_library(self) -> bool:
        """Whether a library is known already or was written."""
        return bool(self._context.settings.servers()) or bool(self.address.text().strip())

    def retranslate(self) -> None:
        names = ", ".join(self._context.settings.servers())
        self._known.setText(tr(N_("Already known: {names}"), names=names))
        self._known_card.setVisible(bool(names))
        # Further libraries are added in Settings: empty fields here would look like work left to do.
        self._asked.setVisible(not names)
        self._address_title.setText(tr(N_("Your library's address")))
        self._address_text.setText(
            tr(N_("The site on which you press Send or Receive, and a name for it here."))
        )
        self.address.setPlaceholderText("https://")
        self.address.setAccessibleName(tr(N_("The library's address")))
        self.name.setAccessibleName(tr(N_("The library's name")))
        self._link_title.setText(tr(N_("Open it and press Send or Receive")))
        self._link_text.setText(
            tr(N_("The request opens here and brings your sign-in. If nothing happens, copy the link there."))
        )
        self._link_error.setText(
            tr(N_("There is no Reelkey link on the clipboard: copy it from the site first."))
        )
        self.open_site.setText(tr(N_("Open library")))
        self.paste.setText(tr(N_("Paste link")))
        self._show_name()
