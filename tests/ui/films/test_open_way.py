"""A film of a library whose address is not encrypted: it says why it waits, and goes on after a yes."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.domain.errors import NotEncrypted
from app.journal import Run
from app.ui.films.card import card_of
from app.ui.films.page import FilmsPage
from app.ui.films.questions import QuestionSheet
from app.ui.films.values import Act, Group
from app.ui.messages import RowsChanged
from tests.ui.fakes import engine_of, shell_of
from tests.ui.films.makers import film_of, received, sent
from tests.ui.films.test_model import numbered

OPEN = "http://library.example"
WHY = NotEncrypted(server=OPEN).record()


def test_it_needs_a_person_and_says_why() -> None:
    for row in (sent(run=Run.QUEUED, error=WHY), received(run=Run.QUEUED, error=WHY)):
        way = card_of(film_of(row)).way
        assert way.group is Group.NEEDS_YOU
        assert way.stage == "Stopped: the way to this library is not encrypted"
        assert way.main is not None
        assert (way.main.act, way.main.label) == (Act.RETRY, "Go on…")


def test_nothing_is_sent_before_the_yes(qtbot: QtBot, page: FilmsPage) -> None:
    page.context.store.take([RowsChanged((numbered(9, sent(server=OPEN, run=Run.QUEUED, error=WHY)),))])
    engine, shell = engine_of(page.context), shell_of(page.context)
    page.acting.do(9, "main")
    (sheet,) = shell.sheets
    assert isinstance(sheet, QuestionSheet)
    qtbot.addWidget(sheet)
    assert sheet.accept_button is sheet.no, "Enter says no"
    assert engine.called("allow_in_clear") == engine.called("resume") == []
    sheet.yes.click()
    qtbot.waitUntil(lambda: engine.called("resume") == [(9,)])
    assert engine.called("allow_in_clear") == [(OPEN,)]
