"""The log window: to the second, with a level a line, narrowed by both."""

from __future__ import annotations

import re
import time

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import NoSpace
from app.domain.events import Event, Failed, ServerSaid, Warned
from app.domain.status import TaskKind
from app.ui.context import Context
from app.ui.log_window import Level, LogWindow, level_of
from app.ui.messages import RowsChanged, Told
from tests.ui.fakes import make_row

FULL = Failed(NoSpace(place="/mnt", need=2, free=1))
SAID, WARNED = ServerSaid("Thank you"), Warned("Paused")


@pytest.mark.parametrize(
    ("event", "level"), [(FULL, Level.ERROR), (WARNED, Level.WARNING), (SAID, Level.NOTE)]
)
def test_what_stopped_is_an_error_and_what_is_said_a_note(event: Event, level: Level) -> None:
    assert level_of(event) is level


def test_lines_are_to_the_second_and_narrowed_by_level_and_words(context: Context, qtbot: QtBot) -> None:
    context.store.take([Told(event, time.time()) for event in (FULL, SAID)])
    window = LogWindow(context)
    qtbot.addWidget(window)
    model, level = window._view.model(), window._level

    def lines() -> list[str]:
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Error  \[no_space\] .*", lines()[0])
    assert lines()[1].endswith("  Note  The library says: Thank you")
    level.setCurrentIndex(level.findData(int(Level.WARNING)))
    assert [line.split("  ")[1] for line in lines()] == ["Error"]
    context.store.take([Told(WARNED, time.time()), Told(SAID, time.time())])
    assert [line.split("  ")[1] for line in lines()] == ["Error", "Warning"]
    window._search.setText("paused")
    assert [line.split("  ")[1] for line in lines()] == ["Warning"]


def test_a_films_log_holds_its_lines_and_those_of_its_releases_until_all_are_wanted(
    context: Context, qtbot: QtBot
) -> None:
    sent, other = make_row(1, source_id=9, source_name="Alpha.mov"), make_row(2)
    release = make_row(3, kind=TaskKind.RELEASE, source_id=9)
    context.store.take([RowsChanged((sent, other, release))])
    told = [ServerSaid("one", sent.ref), ServerSaid("two", other.ref), ServerSaid("three", release.ref), SAID]
    context.store.take([Told(event, time.time()) for event in told])
    window = LogWindow(context)
    qtbot.addWidget(window)
    model = window._view.model()

    def lines() -> list[str]:
        return [str(model.index(row, 0).data()).rpartition(" ")[2] for row in range(model.rowCount())]

    assert lines() == ["one", "two", "three", "you"]
    window.show_of(1)
    assert lines() == ["one", "three"]
    assert window._whose.isVisibleTo(window) and window._whose.text() == "Only what happened to Alpha.mov"
    context.store.take([Told(ServerSaid("four", other.ref), 0.0), Told(ServerSaid("five", sent.ref), 0.0)])
    assert lines() == ["one", "three", "five"]
    window.show_all.click()
    assert lines() == ["one", "two", "three", "you", "four", "five"]
    assert not window._whose.isVisibleTo(window)
