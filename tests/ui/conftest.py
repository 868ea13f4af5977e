"""What tests of the window share: a loop that Qt drives, the light theme, a context of stand-ins."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.words import set_language
from app.ui import theme
from app.ui.context import Context
from tests.ui.fakes import fake_context


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Garbage is collected on Qt's thread alone, as in the program (app.ui.collector).

    What is alive before a test (modules above all) is set aside, so that each collection looks at what the
    test made and at nothing else."""
    gc.disable()
    gc.collect()  # the test before let go of its fixtures only now
    gc.freeze()
    yield
    # What was closed is gone before the next test: a style sheet goes over every window that is left.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture
def window_loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """The window's loop: tasks run whenever Qt handles events (qtbot.waitUntil)."""
    loop = qasync.QEventLoop(qapp)
    asyncio.events._set_running_loop(loop)
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    for _ in range(100):  # each takes its cancelling at a turn of its own
        qapp.processEvents()
        if not asyncio.all_tasks(loop):
            break
    asyncio.events._set_running_loop(None)
    loop.close()


@pytest.fixture
def context(qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Context]:
    """A context of stand-ins (tests.ui.fakes), in English and light."""
    del window_loop
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, "light")
    yield fake_context(tmp_path)
    set_language("en")
