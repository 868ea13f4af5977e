"""The Films page with six films in it."""

from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from app.journal import Run
from app.ui.context import Context
from app.ui.films.page import FilmsPage
from app.ui.messages import DueChanged, FilmStory, HistoryLine, RowsChanged, ServerSeen
from tests.ui.fakes import engine_of
from tests.ui.films.makers import FULL, S, due, held, received, sent
from tests.ui.films.test_model import numbered

NOW = time.time()
SERVER = "https://library.example"


@pytest.fixture(autouse=True)
def now_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The films of these tests were made when the tests were loaded: it is that moment when each begins,
    however long others took before."""
    begun = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: NOW + time.monotonic() - begun)


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> FilmsPage:
    engine_of(context).answers["story"] = lambda number: FilmStory(
        context.store.rows[number], (HistoryLine(NOW - 90, "status 1"), HistoryLine(NOW - 80, "status 4"))
    )
    made = FilmsPage(context)
    qtbot.addWidget(made)
    made.retranslate()
    made.resize(1228, 800)
    made.show()
    context.store.take(
        [
            RowsChanged(
                (
                    numbered(1, held(source_id=5)),
                    numbered(2, received(run=Run.FAILED, status=S.ERROR, error=FULL.record())),
                    numbered(3, sent(source_id=3, private_dir="/keys/Long River")),
                    numbered(4, received(run=Run.PAUSED)),
                    numbered(
                        5, received(run=Run.DONE, status=S.DONE, final_path="/films/A/a.mov", cid="bafyA")
                    ),
                    numbered(6, received(run=Run.WAITING, status=S.AWAITING_PRIVATE)),
                ),
                (),
                {5: {"done": NOW}, 6: {"status 5": NOW - 7200}},
            ),
            ServerSeen(SERVER, "Huaying Film Library", "Clara", signed_in=True),
            DueChanged(SERVER, (due(1),)),
        ]
    )
    return made
