"""The libraries: added, renamed, removed, the default chosen; who is signed in, and signing out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.net.hosts import is_plain_http_beyond_loopback
from app.ui.context import Context
from app.ui.messages import ServerSeen
from app.ui.sheet import Sheet
from app.ui.welcome.library import name_for
from app.ui.widgets import ElidedLabel, button, label


class LibrarySheet(Sheet):
    """Name and address of a library, new or changed. Stays until the engine has kept them."""

    def __init__(self, context: Context, name: str = "", origin: str = "") -> None:
        super().__init__(560)
        self._context = context
        self._before = name
        self._address_name, self._name_name = label("strong"), label("strong")
        self.address, self.name = QLineEdit(origin), QLineEdit(name)
        self.address.setMaxLength(300)
        self.name.setMaxLength(40)
        self.address.setPlaceholderText("https://")
        self.address.textChanged.connect(self._changed)
        self.error = label("error", wrap=True, selectable=True)
        self.error.hide()
        for one in (self._address_name, self.address, self._name_name, self.name, self.error):
            self.body.addWidget(one)
        self._cancel, self.accept_button = self.add_answers(self._keep)
        self.retranslate()
        self._changed()

    def shown(self) -> None:
        super().shown()
        self.address.setFocus(Qt.FocusReason.PopupFocusReason)

    def _changed(self) -> None:
        address = self.address.text().strip()
        self.name.setPlaceholderText(name_for(address) if address else "")
        if self.accept_button is not None:
            self.accept_button.setEnabled(bool(address))

    def _keep(self) -> None:
        address = self.address.text().strip()
        name = self.name.text().strip() or name_for(address)
        whole = address if "://" in address else f"https://{address}"
        self._context.run(
            lambda engine: engine.care.keep_library(name, whole, before=self._before),
            self._kept,
            self._refused,
        )

    def _kept(self, _answer: object) -> None:
        self.close_sheet()

    def _refused(self, error: ReelkeyError) -> None:
        self.error.setText(error.reason or error.message)
        self.error.show()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Change library")) if self._before else tr(N_("Add library")))
        self.subtitle.setText(
            tr(N_("The site's address, and its name here. Links may refer to it by that name."))
        )
        self._address_name.setText(tr(N_("Address")))
        self._name_name.setText(tr(N_("Name")))
        self.address.setAccessibleName(tr(N_("The library's address")))
        self.name.setAccessibleName(tr(N_("The library's name")))
        self._cancel.setText(tr(N_("Cancel")))
        if self.accept_button is not None:
            self.accept_button.setText(tr(N_("Keep")))


class ConfirmSheet(Sheet):
    """A question with a yes that can't be taken back easily; Cancel has the focus."""

    agreed = Signal()

    def __init__(self, title: str, text: str, action: str, **facts: object) -> None:
        """The words are catalogue keys, filled with `facts`."""
        super().__init__(520)
        self._words, self._facts = (title, text, action), facts
        self._cancel, self.yes = self.add_answers(self._say_yes, "danger")
        self.accept_button = self._cancel
        self.retranslate()

    def _say_yes(self) -> None:
        self.agreed.emit()
        self.close_sheet()

    def retranslate(self) -> None:
        title, text, action = self._words
        self.title.setText(tr(title, **self._facts))
        self.subtitle.setText(tr(text, **self._facts))
        self.yes.setText(tr(action, **self._facts))
        self._cancel.setText(tr(N_("Cancel")))


class LibraryCard(QFrame):
    """One library: name, address, who is signed in, and what can be done with it."""

    def __init__(self, context: Context, name: str, origin: str) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self._context, self.name, self.origin = context, name, origin
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._title = label("strong", name or origin)
        self._chip = label("chip")
        self._address = ElidedLabel(origin)
        head.addWidget(self._title)
        head.addWidget(self._chip)
        head.addWidget(self._address, 1)
        self.account = label("second", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.default, self.change = button("", small=True), button("", small=True)
        self.sign_out, self.remove = button("", "log-out", small=True), button("danger", small=True)
        self.default.clicked.connect(self._make_default)
        self.change.clicked.connect(lambda: context.shell.open_sheet(LibrarySheet(context, name, origin)))
        self.sign_out.clicked.connect(self._ask_to_sign_out)
        self.remove.clicked.connect(self._ask_to_remove)
        for one in (self.default, self.change, self.sign_out):
            row.addWidget(one)
        row.addStretch(1)
        row.addWidget(self.remove)
        column.addLayout(head)
        column.addWidget(self.account)
        column.addLayout(row)

    def refresh(self, seen: ServerSeen | None, *, is_default: bool) -> None:
        """Show who is signed in, and whether this is the default."""
        self._chip.setText(tr(N_("Default")) if is_default else "")
        self._chip.setVisible(is_default)
        self.default.setVisible(bool(self.name) and not is_default)
        self.remove.setVisible(bool(self.name))
        self.change.setVisible(bool(self.name))
        self.sign_out.setVisible(seen is not None and (seen.signed_in or bool(seen.account)))
        self.account.setText(self._account_words(seen))

    def _account_words(self, seen: ServerSeen | None) -> str:
        if is_plain_http_beyond_loopback(self.origin):
            return tr(N_("The connection is not encrypted: your sign-in is sent only when you say so."))
        if seen is None:
            return tr(N_("Not asked yet"))
        if seen.error is not None:
            return f"{seen.error.title}. {seen.error.hint}"
        if not seen.signed_in:
            return tr(N_("Not signed in: press Send or Receive on its site"))
        return tr(N_("Signed in as {account}"), account=seen.account)

    def _make_default(self) -> None:
        self._context.run(lambda engine: engine.set_setting("server", self.name))

    def _ask_to_sign_out(self) -> None:
        sheet = ConfirmSheet(
            N_("Sign out of {name}?"),
            N_("Films there keep their progress and wait; a link from its site signs you in again."),
            N_("Sign out"),
            name=self.name or self.origin,
        )
        sheet.agreed.connect(lambda: self._context.run(lambda engine: engine.sign_out(self.origin)))
        self._context.shell.open_sheet(sheet)

    def _ask_to_remove(self) -> None:
        sheet = ConfirmSheet(
            N_("Remove {name} from the settings?"),
            N_("Its films stay as they are. Links that name it are refused until it is added again."),
            N_("Remove"),
            name=self.name,
        )
        sheet.agreed.connect(lambda: self._context.run(lambda engine: engine.care.remove_library(self.name)))
        self._context.shell.open_sheet(sheet)

    def retranslate(self) -> None:
        for made, words in (
            (self.default, N_("Make default")),
            (self.change, N_("Change…")),
            (self.sign_out, N_("Sign out…")),
            (self.remove, N_("Remove…")),
        ):
            made.setText(tr(words))
            made.setAccessibleName(f"{tr(words)} {self.name or self.origin}")


class LibrariesView(QWidget):
    """All libraries of the settings, and those that films name besides."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.cards: list[LibraryCard] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self._none = label("second", wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self.add = button("", "plus")
        self.add.clicked.connect(lambda: context.shell.open_sheet(LibrarySheet(context)))
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch(1)
        column.addWidget(self._none)
        column.addLayout(self._list)
        column.addLayout(row)
        context.store.servers_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Cards anew where libraries came or went, else only their words."""
        settings, seen = self._context.settings, self._context.store.servers
        try:
            named, chosen = settings.servers(), settings.text("server")
        except ReelkeyError:
            named, chosen = {}, ""
        extra = [origin for origin in seen if origin not in named.values()]
        wanted = [*named.items(), *(("", origin) for origin in extra)]
        if [(card.name, card.origin) for card in self.cards] != wanted:
            self._rebuild(wanted)
        only = len(named) == 1 and not chosen
        for card in self.cards:
            is_default = bool(card.name) and (chosen in (card.name, card.origin) or only)
            card.refresh(seen.get(card.origin), is_default=is_default)
        self._none.setVisible(not wanted)

    def _rebuild(self, wanted: list[tuple[str, str]]) -> None:
        for card in self.cards:
            self._list.removeWidget(card)
            card.deleteLater()
        self.cards = [LibraryCard(self._context, name, origin) for name, origin in wanted]
        for card in self.cards:
            card.retranslate()
            self._list.addWidget(card)

    def retranslate(self) -> None:
        self._none.setText(tr(N_("No library yet. Add the site on which you press Send or Receive.")))
        self.add.setText(tr(N_("Add library…")))
        for card in self.cards:
            card.retranslate()
        self.refresh()
