"""The window's frame: what its badges count, and which disk the status bar speaks of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from app.ui.context import Context
from app.ui.messages import DiskSeen, NodeSeen, RowsChanged
from app.ui.sidebar import Sidebar
from app.ui.statusbar import StatusBar
from tests.ui.fakes import make_row


def test_a_badge_says_what_it_counts_and_groups_its_digits(context: Context, qtbot: QtBot) -> None:
    context.store.take([RowsChanged(tuple(make_row(number) for number in range(1, 1235)))])
    bar = Sidebar(context.store)
    qtbot.addWidget(bar)
    bar.retranslate()
    films = bar.buttons["films"]
    count = QLocale(QLocale.Language.English).toString(1234)
    assert films._badge.text() == count == "1,234"
    assert films.toolTip() == f"{count} films not finished"
    assert films.accessibleName() == f"Films, {count} films not finished"
    bar.set_narrow(True)
    assert films.toolTip() == films.accessibleName()


@pytest.mark.parametrize(
    ("disk", "said"), [("D:", "D: 1.84 TB free"), ("Masters", "Masters: 1.84 TB free"), ("", "1.84 TB free")]
)
def test_the_status_bar_names_the_disk(context: Context, qtbot: QtBot, disk: str, said: str) -> None:
    bar = StatusBar(context.store)
    qtbot.addWidget(bar)
    context.store.take([NodeSeen("online", free_bytes=1_840_000_000_000, disk=disk)])
    assert bar._disk.text() == said


def test_the_status_bar_speaks_of_the_disk_that_fills_first(context: Context, qtbot: QtBot) -> None:
    bar = StatusBar(context.store)
    qtbot.addWidget(bar)
    own = NodeSeen("online", free_bytes=50 * 10**9, disk="Node", place="/node")
    context.store.take([replace(own, tight=DiskSeen("/masters/a", "Masters", 20 * 10**9))])
    assert (bar._disk.text(), bar._disk.toolTip()) == ("Masters: 20.0 GB free", "/masters/a")
    context.store.take([replace(own, tight=DiskSeen("/masters/a", "Masters", 80 * 10**9))])
    assert (bar._disk.text(), bar._disk.toolTip()) == ("Node: 50.0 GB free", "/node")
    context.store.take([NodeSeen("online")])
    assert bar._disk.isHidden()
