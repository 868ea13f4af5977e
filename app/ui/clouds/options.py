"""An account's options: what people call it, its limits, and signing out."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout

from app.cloud.options import When
from app.domain.errors import OptionRefused, ReelkeyError
from app.domain.words import N_, tr
from app.ui.cloud_messages import AccountSeen
from app.ui.clouds.form import OptionForm
from app.ui.context import Context
from app.ui.films.questions import Question, QuestionSheet
from app.ui.sheet import Sheet
from app.ui.widgets import ErrorCard, button, label
from app.ui.widgets.elided import one_line

_SIGN_OUT = Question(
    N_("Sign out of {film}?"),
    N_("What was sent stays at the cloud; exports stay in the list."),
    N_("The sign-in is forgotten, here and there; unfinished exports wait until you sign in again."),
    N_("Sign out"),
    N_("Stay signed in"),
)


class OptionsSheet(Sheet):
    """Kept with Save; what is wrong stands at its field."""

    def __init__(self, context: Context, account: AccountSeen) -> None:
        super().__init__(560)
        self.context, self.account = context, account
        self.error = ErrorCard()
        self.error.hide()
        self._name_title = label("medium")
        self.name = QLineEdit(account.row.label)
        self.name.setMaxLength(80)
        self.name.setPlaceholderText(one_line(account.row.name))
        options = [option for option in account.kind.options if option.when is When.ACCOUNT]
        self.form = OptionForm(options, account.row.options)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._name_title)
        column.addWidget(self.name)
        self.body.addWidget(self.error)
        self.body.addLayout(column)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.sign_out: QPushButton = button("danger", "log-out")
        self.sign_out.clicked.connect(self._sign_out)
        self.cancel: QPushButton = button()
        self.cancel.clicked.connect(self.reject)
        self.yes: QPushButton = button("primary")
        self.yes.clicked.connect(self._save)
        self.buttons.insertWidget(0, self.sign_out)
        self.sign_out.setVisible(account.row.signed_in)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.yes)
        self.accept_button = self.yes
        self.retranslate()

    def _save(self) -> None:
        given = self.form.check()
        if given is None:
            return
        number, name = self.account.row.number, self.name.text().strip()
        self.context.run(
            lambda engine: engine.clouds.set_options(number, given, name),
            self._kept,
            self._refused,
        )

    def _kept(self, _answer: object) -> None:
        self.close_sheet()

    def _refused(self, error: ReelkeyError) -> None:
        if not (isinstance(error, OptionRefused) and self.form.refuse(error)):
            self.error.show_error(error)

    def _sign_out(self) -> None:
        number = self.account.row.number
        sheet = QuestionSheet(
            _SIGN_OUT,
            one_line(f"{self.account.kind.title} ({self.account.shown})"),
            lambda: sign_out(self.context, number),
        )
        self.close_sheet()
        self.context.shell.open_sheet(sheet)

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Options of {account}"), account=one_line(self.account.shown)))
        self.subtitle.setText(self.account.kind.title)
        self._name_title.setText(tr(N_("What you call this account")))
        self.name.setAccessibleName(self._name_title.text())
        self.sign_out.setText(tr(N_("Sign out…")))
        self.cancel.setText(tr(N_("Cancel")))
        self.yes.setText(tr(N_("Save")))
        self.form.retranslate()
        self.error.retranslate()
        self.setAccessibleName(self.title.text())


def sign_out(context: Context, number: int) -> None:
    """Sign out of an account."""
    context.run(lambda engine: engine.clouds.sign_out(number))
