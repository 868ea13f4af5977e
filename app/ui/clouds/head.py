"""The head of an account's page: whose it is, whether it is signed in, its room, where exports go, limits."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.cloud_messages import AccountSeen
from app.ui.clouds.values import folder_words
from app.ui.widgets import IconLabel, button, label
from app.ui.widgets.basics import repolish
from app.ui.widgets.elided import one_line
from app.ui.widgets.head import PageHead

_STEPS = 1000
_CAPTION, _VALUE = 18, 20
_FULL = 0.97


class AccountHead(PageHead):
    """Title, account, badge; Open in browser and Export… at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.badge: QLabel = label("done-chip")
        self._row.insertWidget(2, self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self.browser: QPushButton = button("", "external-link")
        self.export: QPushButton = button("primary", "plus")
        self.add(self.browser, self.export)

    def show_account(self, account: AccountSeen) -> None:
        signed_in = account.row.signed_in
        self.title.setText(one_line(account.kind.title))
        self.beside.setText(one_line(account.shown))
        self.beside.setToolTip(one_line(account.row.name))
        self.badge.setText(tr(N_("Signed in")) if signed_in else tr(N_("Signed out")))
        self.badge.setProperty("look", "done-chip" if signed_in else "key-chip")
        repolish(self.badge)
        self.browser.setVisible(bool(account.kind.home))
        self.browser.setText(tr(N_("Open in browser")))
        self.export.setText(tr(N_("Export…")))
        self.export.setEnabled(signed_in)


class _Fact(QWidget):
    """A caption and below it what it is."""

    def __init__(self, icon: str = "") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.caption, self.value = label("third"), label("medium")
        # Values stand beside each other: none is higher than the other because of its script.
        self.caption.setFixedHeight(_CAPTION)
        self.value.setFixedHeight(_VALUE)
        column.addWidget(self.caption)
        row = QHBoxLayout()
        row.setSpacing(6)
        if icon:
            row.addWidget(IconLabel(icon, "text2", 14))
        row.addWidget(self.value)
        row.addStretch(1)
        column.addLayout(row)


class RoomCard(QFrame):
    """The room at the account, where exports go, the speed limit, and the options."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "raised")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 12, 10)
        row.setSpacing(20)
        self._room = QWidget()
        self._room.setMaximumWidth(360)
        column = QVBoxLayout(self._room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        words = QHBoxLayout()
        self.used, self.free = label("medium"), label("third")
        words.addWidget(self.used)
        words.addStretch(1)
        words.addWidget(self.free)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _STEPS)
        column.addLayout(words)
        column.addWidget(self.bar)
        self.goes_to, self.limit = _Fact("folder"), _Fact()
        row.addWidget(self._room, 1)
        for one in (self.goes_to, self.limit):
            row.addWidget(_upright())
            row.addWidget(one)
        row.addStretch(1)
        self.options: QPushButton = button("", "settings", small=True)
        row.addWidget(self.options)

    def show_account(self, account: AccountSeen, folder: str) -> None:
        """`folder`: where the next export goes, as it is proposed."""
        self._show_room(account.row.used, account.row.total)
        self.goes_to.caption.setText(tr(N_("Goes to")))
        self.goes_to.value.setText(folder_words(one_line(folder)))
        self.limit.caption.setText(tr(N_("Speed limit")))
        rate = account.row.options.get("rate", "")
        limited = rate.isdigit() and int(rate) > 0
        self.limit.value.setText(amounts.rate(int(rate)) if limited else tr(N_("None")))
        self.options.setText(tr(N_("Options")))

    def _show_room(self, used: int | None, total: int | None) -> None:
        self.bar.setVisible(bool(total) and used is not None)
        self.free.setText("")
        if used is None:
            self.used.setText(tr(N_("Room not known yet")))
            return
        if not total:
            self.used.setText(tr(N_("{used} used"), used=amounts.size(used)))
            return
        words = tr(N_("{used} of {total} used"), used=amounts.size(used), total=amounts.size(total))
        free = tr(N_("{free} free"), free=amounts.size(max(0, total - used)))
        self.used.setText(words)
        self.free.setText(free)
        self.bar.setValue(min(_STEPS, round(used / total * _STEPS)))
        self.bar.setAccessibleName(f"{words}, {free}")
        look = "error" if used / total >= _FULL else ""
        if self.free.property("look") != (f"{look}-small" if look else "third"):
            self.free.setProperty("look", f"{look}-small" if look else "third")
            repolish(self.free)


def _upright() -> QFrame:
    """A hairline that stands."""
    made = QFrame()
    made.setProperty("look", "upright")
    return made


class SignedOutCard(QFrame):
    """One card while the account is signed out: what waits, and the one thing to do."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "key")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(IconLabel("log-in", "key", 20))
        column = QVBoxLayout()
        column.setSpacing(2)
        self._title, self._text = label("strong", wrap=True), label("second", wrap=True)
        column.addWidget(self._title)
        column.addWidget(self._text)
        row.addLayout(column, 1)
        self.sign_in: QPushButton = button("key")
        row.addWidget(self.sign_in)

    def show_account(self, account: AccountSeen, waiting: int) -> None:
        self.setVisible(not account.row.signed_in)
        self._title.setText(tr(N_("Sign-in to {cloud} has ended"), cloud=account.kind.title))
        words = N_("Nothing is lost: what was sent is kept, and unfinished exports wait for you.")
        if waiting == 1:
            words = N_("Nothing is lost: 1 export waits and goes on once you are signed in.")
        elif waiting:
            words = N_("Nothing is lost: {n} exports wait and go on once you are signed in.")
        self._text.setText(tr(words, n=amounts.count(waiting)))
        self.sign_in.setText(tr(N_("Sign in…")))
