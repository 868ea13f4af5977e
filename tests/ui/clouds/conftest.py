"""An account's page on a busy day, and sheets over a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.clouds.page import AccountPage
from app.ui.context import Context
from app.ui.sheet import Scrim, Sheet
from tests.ui.clouds.makers import busy_day
from tests.ui.fakes import show_in_window

Show = Callable[[Sheet], None]


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> Iterator[AccountPage]:
    context.store.take(busy_day())
    made = AccountPage(context, 1)
    made.retranslate()
    window = show_in_window(qtbot, made, 1228, 800)
    yield made
    window.close()


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Puts a sheet over a window."""
    window = QWidget()
    window.resize(1200, 800)
    qtbot.addWidget(window)
    scrim = Scrim(window)
    window.show()
    yield scrim.open
    window.close()
