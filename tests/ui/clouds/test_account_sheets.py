"""Adding an account, signing in again, and an account's options."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.domain.errors import Cancelled, OptionRefused, SignInRefused
from app.domain.words import set_language
from app.journal.exports import AccountRow
from app.ui.cloud_messages import SignInAsks
from app.ui.clouds.form import OptionForm, rate_text
from app.ui.clouds.options import OptionsSheet
from app.ui.clouds.sign_in import AccountSheet, Stage
from app.ui.context import Context
from app.ui.films.questions import QuestionSheet
from app.ui.sheet import Sheet
from app.ui.widgets import ChoiceBox
from tests.ui.clouds.makers import DRIVE, MEGA, OPTIONS, account
from tests.ui.fakes import engine_of, shell_of

Show = Callable[[Sheet], None]
PAGE = "https://accounts.google.com/o/oauth2/v2/auth?state=s"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were opened in the browser."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(url.toString()))
    return found


def edit_of(form: OptionForm, name: str) -> QLineEdit:
    control = form.fields[name].control
    assert isinstance(control, QLineEdit)
    return control


def begun(qtbot: QtBot, context: Context, show: Show) -> tuple[AccountSheet, asyncio.Future[AccountRow]]:
    """A sheet whose sign-in goes on until the future has its end."""
    engine = engine_of(context)
    end: asyncio.Future[AccountRow] = asyncio.get_event_loop().create_future()
    engine.answers["clouds.kinds"] = (DRIVE, MEGA)
    sheet = AccountSheet(context)
    show(sheet)
    qtbot.waitUntil(lambda: "drive" in sheet.kinds)

    async def sign_in(*args: object) -> AccountRow:
        engine.calls.append(("sign_in", *args))
        return await end

    engine.clouds.__dict__["sign_in"] = sign_in
    sheet.kinds["drive"].click()
    assert sheet.form is not None
    QTest.keyClicks(edit_of(sheet.form, "client-id"), "my-id")
    QTest.keyClicks(edit_of(sheet.form, "secret"), "s3cret")
    sheet.yes.click()
    qtbot.waitUntil(lambda: bool(engine.called("sign_in")))
    return sheet, end


def test_the_form_builds_itself_from_the_options(qtbot: QtBot) -> None:
    set_language("en")
    form = OptionForm(OPTIONS, {"rate": "20000000", "check": "on", "secret": "never shown"})
    qtbot.addWidget(form)
    kinds = {name: type(field.control) for name, field in form.fields.items()}
    assert kinds == {
        "client-id": QLineEdit, "secret": QLineEdit, "space": ChoiceBox, "rate": QLineEdit,
        "files-at-once": QLineEdit, "check": QCheckBox,
    }  # fmt: skip
    assert edit_of(form, "secret").echoMode() is QLineEdit.EchoMode.Password
    assert edit_of(form, "secret").text() == ""
    assert edit_of(form, "rate").text() == "20M"
    assert all(field.control.accessibleName() for field in form.fields.values())
    assert not form.complete
    assert form.check() is None
    assert form.fields["client-id"].error.text() == "it is needed"
    edit_of(form, "client-id").setText("id")
    edit_of(form, "files-at-once").setText("99")
    assert form.check() is None
    assert form.fields["client-id"].error.text() == ""
    assert form.fields["files-at-once"].error.text() == "1 – 16"
    edit_of(form, "files-at-once").setText("8")
    assert form.check() == {
        "client-id": "id", "secret": "", "space": "mine", "rate": "20M", "files-at-once": "8", "check": "on",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("0", ""), ("", ""), ("20000000", "20M"), ("1500000", "1.5M"), ("800000", "800k"), ("123", "123")],
)
def test_a_rate_is_shown_as_it_is_written(kept: str, shown: str) -> None:
    assert rate_text(kept) == shown


def test_the_browser_is_waited_for_and_can_be_opened_again(
    qtbot: QtBot, context: Context, show: Show, opened: list[str]
) -> None:
    sheet, end = begun(qtbot, context, show)
    assert sheet.stage is Stage.WAIT
    (call,) = engine_of(context).called("sign_in")
    assert call[1:] == ("drive", {"client-id": "my-id", "secret": "s3cret", "space": "mine"}, None)
    context.store.take([SignInAsks(sheet.number + 1, page="https://elsewhere.example")])
    assert opened == []
    context.store.take([SignInAsks(sheet.number, page=PAGE)])
    assert (sheet.stage, opened) == (Stage.PAGE, [PAGE])
    sheet.again.click()
    assert opened == [PAGE, PAGE]
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == PAGE
    assert "s3cret" not in repr(context.store.log)
    added: list[AccountRow] = []
    cleared: list[str] = []
    form = sheet.form
    assert form is not None
    sheet.signed_in.connect(lambda _: cleared.append(edit_of(form, "secret").text()))
    sheet.signed_in.connect(added.append)
    end.set_result(account().row)
    qtbot.waitUntil(lambda: bool(added))
    assert cleared == [""], "the secret is gone before the sheet is"


def test_six_digits_are_asked_for(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet, _ = begun(qtbot, context, show)
    context.store.take([SignInAsks(sheet.number, code=True)])
    assert sheet.stage is Stage.CODE
    QTest.keyClicks(sheet.code, "12ab34")
    assert sheet.code.text() == "1234"
    assert not sheet.yes.isEnabled()
    QTest.keyClicks(sheet.code, "56")
    sheet.yes.click()
    qtbot.waitUntil(lambda: bool(engine_of(context).called("clouds.answer")))
    assert engine_of(context).called("clouds.answer") == [(sheet.number, "123456")]
    assert (sheet.stage, sheet.code.text()) == (Stage.WAIT, "")


def test_giving_up_ends_the_sign_in_and_keeps_the_form(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet, end = begun(qtbot, context, show)
    number = sheet.number
    sheet.cancel.click()
    qtbot.waitUntil(lambda: engine_of(context).called("clouds.give_up") == [(number,)])
    end.set_exception(Cancelled(source_name=""))
    qtbot.wait(10)
    assert sheet.stage is Stage.FORM
    assert sheet.error.isHidden()
    assert sheet.form is not None and edit_of(sheet.form, "client-id").text() == "my-id"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_what_is_refused_stands_where_it_belongs(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet, end = begun(qtbot, context, show)
    end.set_exception(OptionRefused(option="client-id", reason="unknown there"))
    qtbot.waitUntil(lambda: sheet.stage is Stage.FORM)
    assert sheet.form is not None
    assert sheet.form.fields["client-id"].error.text() == "unknown there"
    assert sheet.error.isHidden()


def test_a_refused_sign_in_says_why(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet, end = begun(qtbot, context, show)
    end.set_exception(SignInRefused(cloud="Google Drive", reason="You said no"))
    qtbot.waitUntil(sheet.error.isVisible)
    assert sheet.yes.isEnabled()


def test_signing_in_again_is_for_that_account(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet = AccountSheet(context, account(3, options={"client-id": "kept-id"}, signed_in=False))
    show(sheet)
    assert sheet.title.text() == "Sign in to Google Drive again"
    assert sheet.form is not None and edit_of(sheet.form, "client-id").text() == "kept-id"
    sheet.yes.click()
    qtbot.waitUntil(lambda: bool(engine_of(context).called("clouds.sign_in")))
    assert engine_of(context).called("clouds.sign_in")[0][3] == 3


def test_options_are_kept_or_refused_at_their_field(qtbot: QtBot, context: Context, show: Show) -> None:
    engine = engine_of(context)
    sheet = OptionsSheet(context, account(4))
    show(sheet)
    assert set(sheet.form.fields) == {"rate", "files-at-once", "check"}
    edit_of(sheet.form, "rate").setText("fast")
    sheet.yes.click()
    assert sheet.form.fields["rate"].error.text() == "a rate looks like 20M or 800k"
    assert not engine.called("clouds.set_options")
    edit_of(sheet.form, "rate").setText("20M")
    sheet.name.setText("Deliveries")
    engine.answers["clouds.set_options"] = OptionRefused(option="rate", reason="too much")
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.form.fields["rate"].error.text() == "too much")
    engine.answers["clouds.set_options"] = None
    sheet.yes.click()
    qtbot.waitUntil(lambda: len(engine.called("clouds.set_options")) == 2)
    given = {"rate": "20M", "files-at-once": "", "check": "off"}
    assert engine.called("clouds.set_options")[-1] == (4, given, "Deliveries")


def test_signing_out_asks_first(qtbot: QtBot, context: Context, show: Show) -> None:
    sheet = OptionsSheet(context, account(4))
    show(sheet)
    sheet.sign_out.click()
    question = shell_of(context).sheets[-1]
    assert isinstance(question, QuestionSheet)
    assert not engine_of(context).called("clouds.sign_out")
    question.yes.click()
    qtbot.waitUntil(lambda: engine_of(context).called("clouds.sign_out") == [(4,)])


def test_both_languages(context: Context, show: Show) -> None:
    sheet = AccountSheet(context, account())
    show(sheet)
    for language in ("zh", "en"):
        set_language(language)
        sheet.retranslate()
        for stage in (Stage.FORM, Stage.WAIT, Stage.PAGE, Stage.CODE):
            sheet.stage = stage
            sheet.refresh()
            assert sheet.title.text() and sheet.accessibleName() == sheet.title.text()


def test_another_account_than_before_is_said(qtbot: QtBot, context: Context, show: Show) -> None:
    engine_of(context).answers["clouds.sign_in"] = account(9, name="other@huaying-film.example").row
    sheet = AccountSheet(context, account(3, options={"client-id": "id"}, signed_in=False))
    show(sheet)
    sheet.yes.click()
    qtbot.waitUntil(sheet.other.isVisible)
    assert "That is another account" in sheet.other.text()
    assert sheet.cancel.text() == "Close"
    sheet.cancel.click()
    assert not sheet.isVisible()
