"""Signing in at a cloud: which one, what it asks, and the wait for the browser or the six digits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QRegularExpression, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QRegularExpressionValidator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.cloud.options import When
from app.domain.errors import Cancelled, OptionRefused, ReelkeyError
from app.domain.words import N_, tr
from app.journal.exports import AccountRow
from app.ui.cloud_messages import AccountSeen, CloudKind, SignInAsks
from app.ui.clouds.form import OptionForm
from app.ui.context import Context
from app.ui.sheet import Sheet
from app.ui.widgets import ErrorCard, IconLabel, button, label
from app.ui.widgets.elided import breakable

_NUMBERS = itertools.count(1)
_DIGITS = QRegularExpression("[0-9]{0,6}")


class Stage(Enum):
    """What the sheet shows."""

    CHOOSE = "choose"
    FORM = "form"
    WAIT = "wait"
    PAGE = "page"
    CODE = "code"
    OTHER = "other"


class _KindCard(QPushButton):
    """A cloud to be chosen."""

    def __init__(self, kind: CloudKind) -> None:
        super().__init__()
        self.setProperty("look", "cloud")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(kind.title)
        self.setFixedHeight(52)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(12)
        row.addWidget(IconLabel(kind.icon, "accent", 20))
        row.addWidget(label("strong", kind.title))
        row.addStretch(1)
        row.addWidget(IconLabel("chevron-right", "text3"))


class AccountSheet(Sheet):
    """Adds an account, or signs in again at one (`account`), which keeps all of its exports."""

    #: The account (an AccountRow) is signed in.
    signed_in = Signal(object)

    def __init__(self, context: Context, account: AccountSeen | None = None) -> None:
        super().__init__(560)
        self.context = context
        self.account = account
        self.number = 0
        self.stage = Stage.CHOOSE
        self.kind: CloudKind | None = None
        self.form: OptionForm | None = None
        self._page = ""
        self._over = False
        self.error = ErrorCard()
        self.error.hide()
        self.body.addWidget(self.error)
        self.kinds: dict[str, QPushButton] = {}
        self._choose = QWidget()
        self._choose_column = QVBoxLayout(self._choose)
        self._form_box = QWidget()
        self._form_column = QVBoxLayout(self._form_box)
        self._waits = self._build_waits()
        self._codes = self._build_codes()
        self.other = label("key-note", wrap=True)
        for box in (self._choose, self._form_box, self._waits, self._codes):
            layout = box.layout()
            if layout is not None:
                layout.setContentsMargins(0, 0, 0, 0)
            self.body.addWidget(box)
        self.body.addWidget(self.other)
        self.body.addStretch(1)
        self.cancel: QPushButton = button()
        self.cancel.clicked.connect(self.reject)
        self.yes: QPushButton = button("primary")
        self.yes.clicked.connect(self._on_yes)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.yes)
        self.accept_button = self.yes
        context.store.clouds.sign_in_asks.connect(self._asked)
        if account is not None:
            self.choose(account.kind)
        else:
            context.run(lambda engine: engine.clouds.kinds(), self._take_kinds)
        self.retranslate()

    # --- building ------------------------------------------------------------------------------------

    def _build_waits(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("look", "raised")
        column = QVBoxLayout(frame)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(14, 14, 14, 0)
        head.setSpacing(10)
        self._waits_words = label("", wrap=True)
        head.addWidget(IconLabel("hourglass", "accent", 20), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._waits_words, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 14, 14)
        row.setSpacing(8)
        self.again: QPushButton = button("", "external-link", small=True)
        self.again.clicked.connect(self._open_page)
        self.copy: QPushButton = button("", "copy", small=True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._page))
        row.addWidget(self.again)
        row.addWidget(self.copy)
        row.addStretch(1)
        column.addLayout(row)
        return frame

    def _build_codes(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setSpacing(8)
        self._code_words = label("", wrap=True)
        self.code = QLineEdit()
        self.code.setValidator(QRegularExpressionValidator(_DIGITS, self.code))
        self.code.setFixedWidth(140)
        self.code.textChanged.connect(lambda _: self.refresh())
        column.addWidget(self._code_words)
        column.addWidget(self.code)
        return box

    def _take_kinds(self, kinds: Sequence[CloudKind] | None) -> None:
        for kind in kinds or ():
            made = _KindCard(kind)
            made.clicked.connect(lambda _=False, kind=kind: self.choose(kind))
            self.kinds[kind.id] = made
            self._choose_column.addWidget(made)
        first = next(iter(self.kinds.values()), None)
        if first is not None and self.isVisible():
            first.setFocus()

    # --- the stages ----------------------------------------------------------------------------------

    def choose(self, kind: CloudKind) -> None:
        """The cloud is chosen: show what it asks."""
        self.kind = kind
        options = [option for option in kind.options if option.when is When.SIGN_IN]
        kept = self.account.row.options if self.account is not None else {}
        self.form = OptionForm(options, kept)
        self.form.changed.connect(self.refresh)
        self._form_column.addWidget(self.form)
        self._go(Stage.FORM)
        self.form.focus_first()

    def _go(self, stage: Stage) -> None:
        self.stage = stage
        self.refresh()

    def refresh(self) -> None:
        """Texts and buttons by the stage."""
        stage, cloud = self.stage, self.kind.title if self.kind is not None else ""
        self._choose.setVisible(stage is Stage.CHOOSE)
        self._form_box.setVisible(stage is Stage.FORM)
        self._waits.setVisible(stage in (Stage.WAIT, Stage.PAGE))
        self._codes.setVisible(stage is Stage.CODE)
        self.other.setVisible(stage is Stage.OTHER)
        self.cancel.setText(tr(N_("Close")) if stage is Stage.OTHER else tr(N_("Cancel")))
        self.again.setVisible(stage is Stage.PAGE)
        self.copy.setVisible(stage is Stage.PAGE)
        self.yes.setVisible(stage in (Stage.FORM, Stage.CODE))
        complete = self.form is not None and self.form.complete
        self.yes.setEnabled(complete if stage is Stage.FORM else len(self.code.text()) == 6)
        if stage is Stage.PAGE:
            words = N_(
                "Your browser shows the page of {cloud}. Allow access there; this continues by itself."
            )
        else:
            words = N_("Asking {cloud}…")
        self._waits_words.setText(tr(words, cloud=cloud))
        self._show_title(cloud)

    def _show_title(self, cloud: str) -> None:
        again = self.account is not None
        if self.kind is None:
            self.title.setText(tr(N_("Add account")))
            self.subtitle.setText(tr(N_("Where do you want to export to?")))
        elif again:
            self.title.setText(tr(N_("Sign in to {cloud} again"), cloud=cloud))
            self.subtitle.setText(tr(N_("All exports are kept and go on by themselves.")))
        else:
            self.title.setText(tr(N_("Add an account at {cloud}"), cloud=cloud))
            self.subtitle.setText(tr(N_("The sign-in is kept in the system's keyring, never a password.")))
        self.setAccessibleName(self.title.text())

    def retranslate(self) -> None:
        self.yes.setText(tr(N_("Sign in")))
        self.again.setText(tr(N_("Open the page again")))
        self.copy.setText(tr(N_("Copy address")))
        self._code_words.setText(tr(N_("The six digits that your authenticator shows now")))
        self.code.setAccessibleName(self._code_words.text())
        self.error.retranslate()
        if self.form is not None:
            self.form.retranslate()
        self.refresh()

    # --- signing in ----------------------------------------------------------------------------------

    def _on_yes(self) -> None:
        if self.stage is Stage.CODE:
            number, digits = self.number, self.code.text()
            self.code.clear()
            self._go(Stage.WAIT)
            self.context.run(lambda engine: engine.clouds.answer(number, digits))
        elif self.form is not None and self.kind is not None:
            given = self.form.check()
            if given is not None:
                self._begin(self.kind.id, given)

    def _begin(self, kind: str, given: dict[str, str]) -> None:
        self.number = number = next(_NUMBERS)
        self._page = ""
        self.error.show_error(None)
        self._go(Stage.WAIT)
        again = self.account.row.number if self.account is not None else None
        self.context.run(
            lambda engine: engine.clouds.sign_in(number, kind, given, again), self._done, self._failed
        )

    def _asked(self, asks: SignInAsks) -> None:
        if asks.number != self.number or self._over:
            return
        if asks.code:
            self._go(Stage.CODE)
            self.code.setFocus()
            return
        self._page = asks.page
        self._go(Stage.PAGE)
        self._open_page()

    def _open_page(self) -> None:
        url = QUrl(self._page)
        if url.scheme() in ("https", "http"):
            QDesktopServices.openUrl(url)

    def _done(self, row: AccountRow) -> None:
        if self.form is not None:
            self.form.clear_secrets()
        self.signed_in.emit(row)
        before = self.account.row if self.account is not None else row
        if row.number == before.number or self._over:
            self.close_sheet()
            return
        words = N_("You signed in as {name}. That is another account: what waits for {before} still waits.")
        self.other.setText(tr(words, name=breakable(row.name), before=breakable(before.name)))
        self._go(Stage.OTHER)

    def _failed(self, error: ReelkeyError) -> None:
        if self._over:
            return
        self._go(Stage.FORM)
        self.code.clear()
        refused = isinstance(error, OptionRefused) and self.form is not None and self.form.refuse(error)
        if not refused and not isinstance(error, Cancelled):
            self.error.show_error(error)

    # --- ending --------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Cancel: a sign-in that goes on is given up; of a new account the form stays."""
        if self.stage in (Stage.WAIT, Stage.PAGE, Stage.CODE):
            number = self.number
            self.context.run(lambda engine: engine.clouds.give_up(number))
            self.number = 0
            self._go(Stage.FORM)
            return
        self.close_sheet()

    def close_sheet(self) -> None:
        self._over = True
        super().close_sheet()
