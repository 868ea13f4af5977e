"""*Paste link*: a link that the browser could not hand over, from the clipboard or typed into a field."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.launch.link import is_link
from app.ui.context import Context
from app.ui.messages import Request
from app.ui.sheet import Sheet
from app.ui.widgets import ErrorCard, label


def paste_link(context: Context) -> None:
    """Take the clipboard's link, or ask for one where it holds none."""
    text = QGuiApplication.clipboard().text().strip()
    if is_link(text):
        context.shell.take_link(text)
    else:
        context.shell.open_sheet(PasteSheet(context))


class PasteSheet(Sheet):
    """A field for a link. What is wrong with one is said here; a good one goes on as if the site had sent it.

    The field hides its text: a link carries a sign-in.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(480)
        self.context = context
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._take)
        self.hidden = label("third", wrap=True)
        self.error = ErrorCard()
        self.error.hide()
        self.body.addWidget(self.field)
        self.body.addWidget(self.hidden)
        self.body.addWidget(self.error)
        self.body.addStretch(1)
        self.cancel, self.yes = self.add_answers(self._take)
        self.yes.setEnabled(False)
        self.setFocusProxy(self.field)
        self.retranslate()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Paste link")))
        self.subtitle.setText(
            tr(
                N_(
                    "There is no link on the clipboard. Copy the one the site shows; it begins with reelkey://"
                )
            )
        )
        self.hidden.setText(tr(N_("Not shown, since it carries your sign-in.")))
        self.field.setAccessibleName(tr(N_("Link")))
        self.cancel.setText(tr(N_("Cancel")))
        self.yes.setText(tr(N_("Go on")))
        self.error.retranslate()
        self.setAccessibleName(self.title.text())

    def _typed(self, text: str) -> None:
        self.yes.setEnabled(bool(text.strip()))
        self.error.show_error(None)

    def _take(self) -> None:
        text = self.field.text().strip()
        if text and self.yes.isEnabled():
            self.yes.setEnabled(False)
            self.context.run(lambda engine: engine.requests.of_link(text), self._ask, self._refused)

    def _ask(self, request: Request) -> None:
        from app.ui.confirm.sheets import sheet_for  # noqa: PLC0415 - the questions use the sheets' parts too

        self.close_sheet()
        self.context.shell.open_sheet(sheet_for(self.context, request))

    def _refused(self, error: ReelkeyError) -> None:
        self.yes.setEnabled(True)
        self.error.show_error(error)
        scrim = self.parentWidget()
        place = getattr(scrim, "place", None)
        if place is not None:
            place()
