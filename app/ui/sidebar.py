"""The side bar: pages by section with their badges, and who is signed in. Narrow windows show icons only."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.errors import TokenRefused
from app.domain.words import N_, tr
from app.net.hosts import is_plain_http_beyond_loopback
from app.ui import theme
from app.ui.pages import PAGES, Badge, PageEntry, cloud_entries
from app.ui.store import Store
from app.ui.widgets import Dot, ElidedLabel, label, line
from app.ui.widgets.basics import ICON, repolish

WIDE, NARROW = 212, 56
_INDENT = 8


class Named(Protocol):
    """What an entry of the side bar says: an icon of Lucide's, and words in the language of now."""

    @property
    def icon(self) -> str: ...

    @property
    def words(self) -> str: ...


class _AddAccount:
    """Adds an account at a cloud: a sheet, no page."""

    icon = "plus"

    @property
    def words(self) -> str:
        return tr(N_("Add account"))


class NavButton(QPushButton):
    """An entry of the side bar: icon, name, and a badge at its right."""

    def __init__(self, entry: Named) -> None:
        super().__init__()
        self.entry = entry
        self.setProperty("look", "nav")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(ICON, ICON))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(6)
        row.addStretch(1)
        self._dot = Dot()
        self._badge = label("badge")
        self._badge.setFixedHeight(20)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self._shown = Badge()
        self._narrow = False
        self.set_badge(Badge())

    def set_badge(self, badge: Badge) -> None:
        self._shown = badge
        self._badge.setProperty("look", "badge-key" if badge.key and badge.text else "badge")
        repolish(self._badge)
        self._badge.setText(tr(badge.text) if badge.dot else badge.text)
        self._badge.setVisible(bool(badge.text) and not self._narrow)
        self._dot.set_tone(badge.dot or "track")
        self._dot.setVisible(bool(badge.dot) and not self._narrow)
        name = self.entry.words
        said = badge.meaning or self._badge.text()
        self.setAccessibleName(f"{name}, {said}" if badge.text else name)
        self.setToolTip(self.accessibleName() if self._narrow else badge.meaning)

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self.retranslate()

    def retranslate(self) -> None:
        # "&" would be a mnemonic; names have none, but a cloud account's may.
        self.setText("" if self._narrow else "  " + self.entry.words.replace("&", "&&"))
        self.set_badge(self._shown)

    def restyle(self) -> None:
        colours = theme.current()
        self.setIcon(theme.icon(self.entry.icon, colours.text if self.isChecked() else colours.text2, ICON))


class Sidebar(QFrame):
    """Emits which page is wanted."""

    wanted = Signal(str)
    #: An account at a cloud is to be added.
    account_asked = Signal()

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self._store = store
        self._server = ""
        self._narrow = False
        self.setFixedWidth(WIDE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 12)
        layout.setSpacing(4)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, NavButton] = {}
        self._entries: dict[str, PageEntry] = {}
        self._add_section(layout, "top")
        self._clouds = label("third")
        self._clouds.setIndent(_INDENT)
        layout.addSpacing(12)
        layout.addWidget(self._clouds)
        self._accounts = QVBoxLayout()
        self._accounts.setSpacing(4)
        layout.addLayout(self._accounts)
        self.add_account = NavButton(_AddAccount())
        self.add_account.setCheckable(False)
        self.add_account.clicked.connect(self.account_asked.emit)
        layout.addWidget(self.add_account)
        layout.addStretch(1)
        self._add_section(layout, "foot")
        layout.addWidget(line())
        layout.addLayout(self._account_row())
        store.films_changed.connect(self.refresh)
        store.films_gone.connect(self.refresh)
        store.due_changed.connect(self.refresh)
        store.node_changed.connect(self.refresh)
        store.servers_changed.connect(self._show_account)
        store.clouds.accounts_changed.connect(self.show_accounts)
        store.clouds.exports_changed.connect(self.refresh)
        store.clouds.exports_gone.connect(self.refresh)
        self.show_accounts()

    def _add_section(self, layout: QVBoxLayout, section: str) -> None:
        for entry in PAGES:
            if entry.section == section:
                self._add(layout, entry)

    def _add(self, layout: QVBoxLayout, entry: PageEntry) -> None:
        made = NavButton(entry)
        made.clicked.connect(lambda _=False, page=entry.id: self.wanted.emit(page))
        self._group.addButton(made)
        self.buttons[entry.id], self._entries[entry.id] = made, entry
        layout.addWidget(made)

    def show_accounts(self) -> None:
        """The accounts at clouds came, went or have other names."""
        wanted = {entry.id: entry for entry in cloud_entries(self._store)}
        for page, made in list(self.buttons.items()):
            if self._entries[page].section == "clouds" and page not in wanted:
                self._group.removeButton(made)
                self._accounts.removeWidget(made)
                del self.buttons[page], self._entries[page]
                made.hide()
                made.deleteLater()
        for page, entry in wanted.items():
            if page not in self.buttons:
                self._add(self._accounts, entry)
            made = self.buttons[page]
            made.entry = self._entries[page] = entry
            made.set_narrow(self._narrow)
            made.restyle()
        self.refresh()

    def _account_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(6, 8, 4, 0)
        row.setSpacing(10)
        self._initials = QLabel()
        self._initials.setFixedSize(28, 28)
        self._initials.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._initials.setTextFormat(Qt.TextFormat.PlainText)
        names = QVBoxLayout()
        names.setSpacing(0)
        self._account = ElidedLabel()
        self._library = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._library.setProperty("look", "second")
        names.addWidget(self._account)
        names.addWidget(self._library)
        row.addWidget(self._initials)
        self._names = QWidget()
        self._names.setLayout(names)
        names.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._names, 1)
        return row

    def check(self, page: str) -> None:
        """Mark the page that is shown."""
        self.buttons[page].setChecked(True)
        self.restyle()

    def refresh(self, *_: object) -> None:
        """Badges anew from the store."""
        for page, made in self.buttons.items():
            made.set_badge(self._entries[page].badge(self._store))

    def set_default_server(self, origin: str) -> None:
        self._server = origin
        self._show_account()

    def _show_account(self) -> None:
        seen = self._store.servers.get(self._server)
        if seen is None and self._store.servers:
            seen = next(iter(self._store.servers.values()))
        if seen is None:
            self._account.set_text(tr(N_("No library yet")))
            self._library.set_text("")
            self._initials.setText("–")
            return
        expired = isinstance(seen.error, TokenRefused)
        self._account.set_text(
            tr(N_("Sign-in has expired")) if expired else seen.account or tr(N_("Not signed in"))
        )
        host = seen.origin.partition("://")[2]
        self._library.set_text(seen.name or host)
        open_way = is_plain_http_beyond_loopback(seen.origin)
        self._library.setToolTip(f"{seen.origin}{' (!)' if open_way else ''}")
        self._initials.setText(_initials(seen.account))

    def set_narrow(self, narrow: bool) -> None:
        self.setFixedWidth(NARROW if narrow else WIDE)
        self._names.setVisible(not narrow)
        self._narrow = narrow
        self._clouds.setVisible(not narrow)
        for made in (*self.buttons.values(), self.add_account):
            made.set_narrow(narrow)

    def retranslate(self) -> None:
        self._clouds.setText(tr(N_("Clouds")))
        for made in (*self.buttons.values(), self.add_account):
            made.retranslate()
        self.refresh()
        self._show_account()

    def restyle(self) -> None:
        colours = theme.current()
        self._initials.setStyleSheet(
            f"background: {colours.selection}; color: {colours.accent}; border-radius: 14px;font-weight: 600;"
        )
        for made in (*self.buttons.values(), self.add_account):
            made.restyle()


def _initials(name: str) -> str:
    """Two letters of a name in Latin script, one of a Chinese one."""
    words = name.split()
    if not words:
        return "–"
    if not words[0][0].isascii():
        return words[0][0]
    return "".join(word[0] for word in words[:2] if word[0].isalnum()).upper() or "–"
