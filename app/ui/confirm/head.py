"""The head of a question: which library it comes from, and whose sign-in it carries."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import TokenRefused
from app.domain.words import N_, tr
from app.ui.messages import Account, Request
from app.ui.widgets import IconLabel, label
from app.ui.widgets.basics import repolish
from app.ui.widgets.elided import breakable

_CHANGES = {
    "first": N_("First sign-in at this library"),
    "renewed": N_("Sign-in renewed"),
    "renewed, same": N_("Sign-in renewed, same account as before"),
}


def host_of(origin: str) -> str:
    """``films.example`` of ``https://films.example``; plain http keeps its beginning, so that it shows."""
    return origin.removeprefix("https://")


def is_safe(request: Request) -> bool:
    """Whether the library is one of the settings and the way there is encrypted: else no button is preset."""
    return request.known and request.encrypted


def is_here(request: Request) -> bool:
    """Whether the library runs on this computer over plain http, as one does that is being tried out."""
    return request.encrypted and request.server.startswith("http://")


class LibraryHead(QWidget):
    """Library and account beside each other, and below them what a person must know before a yes."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request
        self.account: Account | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._library_caption = label("second")
        self._account_caption = label("second")
        grid.addWidget(self._library_caption, 0, 0)
        grid.addWidget(self._account_caption, 0, 1)
        shield = ("shield-check", "done") if is_safe(request) else ("shield-alert", "error")
        if is_safe(request) and is_here(request):  # nothing there to vouch for, nothing to fear
            shield = ("server", "text2")
        self._shield = IconLabel(*shield, 14)
        self._name = label("strong", wrap=True)
        self._host = label("second", wrap=True)
        library = QHBoxLayout()
        library.setSpacing(6)
        library.addWidget(self._shield, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._host)
        library.addLayout(words, 1)
        grid.addLayout(library, 1, 0)
        self._who = label("", wrap=True)
        self._chip = label("second", wrap=True)
        account = QVBoxLayout()
        account.setSpacing(0)
        account.addWidget(self._who)
        account.addWidget(self._chip)
        account.addStretch(1)
        grid.addLayout(account, 1, 1)
        self.danger = label("error-note", wrap=True)
        self.other = label("key-note", wrap=True)
        grid.setRowMinimumHeight(1, 36)
        grid.addWidget(self.danger, 2, 0, 1, 2)
        grid.addWidget(self.other, 3, 0, 1, 2)
        self.retranslate()

    def set_account(self, account: Account) -> None:
        self.account = account
        self.retranslate()

    @property
    def refused(self) -> bool:
        """Whether this sign-in can't be used: a yes would lead nowhere."""
        account = self.account
        return account is not None and (account.change == "none" or isinstance(account.error, TokenRefused))

    def retranslate(self) -> None:
        request = self._request
        self._library_caption.setText(tr(N_("Library")))
        self._account_caption.setText(tr(N_("Account")))
        host = host_of(request.server)
        self._name.setText(breakable(request.server_name or host))
        below = [breakable(host)] if request.server_name else []
        if is_here(request):
            below.append(tr(N_("test address on this computer")))
        self._host.setText(" · ".join(below))
        self._host.setVisible(bool(below))
        danger = _danger(request)
        self.danger.setText(danger)
        self.danger.setVisible(bool(danger))
        self._show_account()

    def _show_account(self) -> None:
        account = self.account
        who, below, look = _account_words(account)
        self._who.setText(breakable(who))
        self._chip.setText(below)
        self._chip.setProperty("look", look)
        repolish(self._chip)
        self._chip.setVisible(bool(below))
        other = ""
        if account is not None and account.change == "other":
            other = tr(
                N_("A different account: until now {before} was signed in here. Going on signs in {name}."),
                before=breakable(account.before),
                name=breakable(account.name),
            )
        self.other.setText(other)
        self.other.setVisible(bool(other))


def _danger(request: Request) -> str:
    lines = []
    if not request.known:
        lines.append(tr(N_("This library is not in your settings. Go on only if you know it.")))
    if not request.encrypted:
        lines.append(tr(N_("The connection is not encrypted: others on the network can read your sign-in.")))
    return "\n".join(lines)


def _account_words(account: Account | None) -> tuple[str, str, str]:
    """Name, what is to say of it, and in which look."""
    if account is None:
        return tr(N_("Asking…")), "", "second"
    if account.change == "none":
        return tr(N_("Not signed in")), tr(N_("Press the button on your studio's site first")), "error-small"
    if account.error is not None:
        return account.before or tr(N_("Not known yet")), account.error.title, "error-small"
    change = account.change
    if change == "renewed" and account.before == account.name:
        change = "renewed, same"
    return account.name, tr(_CHANGES.get(change, "")), "second"
