"""The log window: to the second, with a level a line, narrowed by both."""

from __future__ import annotations

import re
import time

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import NoSpace
from app.domain.events import Event, Failed, ServerSaid, Warned
from app.ui.context import Context
from app.ui.log_window import Level, LogWindow, level_of
from app.ui.messages import Told

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
