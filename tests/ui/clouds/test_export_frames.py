"""The frames in the rows of exports: a film's own, also of its blocks; a gallery keeps its icon."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QColor, QPixmap
from pytestqt.qtbot import QtBot

from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.journal.exports import From
from app.ui.cloud_messages import ExportsChanged, Pictured
from app.ui.clouds.page import AccountPage
from app.ui.context import Context
from app.ui.films.forms import slots
from app.ui.messages import RowsChanged
from tests.ui.clouds.makers import DAY, GB
from tests.ui.fakes import engine_of, make_row

RED, BLUE = QColor("#C02020"), QColor("#2020C0")
SIZE = QSize(84, 48)


class Pictures(QObject):
    """Frames of one colour: red of a film that the journal knows, blue of any other file."""

    ready = Signal(int)
    taken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[object] = []
        self.there = True

    def get(self, row: TaskRow, size: QSize, ratio: float) -> QPixmap | None:
        return None if row.kind is TaskKind.RELEASE else self._made(row.number, size, ratio, RED)

    def of_file(self, path: Path, count: int, size: QSize, ratio: float) -> QPixmap | None:
        assert count
        return self._made(path, size, ratio, BLUE)

    def _made(self, asked: object, size: QSize, ratio: float, colour: QColor) -> QPixmap | None:
        self.asked.append(asked)
        made = QPixmap(size * ratio)
        made.fill(colour)
        return made if self.there else None


@pytest.fixture
def pictures(context: Context) -> Pictures:
    made = Pictures()
    context.pictures = made  # type: ignore[assignment]  # as much of it as rows ask for
    return made


@pytest.fixture(autouse=True)
def pictured(context: Context, pictures: Pictures) -> None:
    """The engine knows what stands for each export, before there is a page."""
    del pictures
    engine_of(context).answers["clouds.pictured"] = PICTURED.get


PICTURED = {
    2: Pictured(From.FILE, "/films/Between.mxf", 74 * GB),
    4: Pictured(From.FILM, "d12", None),
    5: Pictured(From.BLOCK, "bafyRiver", 139 * GB),
    7: Pictured(From.FILE, "/keys/Flowers.rkkey", 4000),
}


def colour_of(page: AccountPage, number: int) -> QColor:
    """What is painted where the row has its picture."""
    row = page.model.row_of(number)
    assert row is not None
    rect: QRect = slots(page.view.painting.form, page.view.row_rect(row)).poster
    image = page.view.viewport().grab().toImage()
    at = rect.topLeft() * image.devicePixelRatio()
    return image.pixelColor(at.x() + 8, at.y() + 8)


def shows(qtbot: QtBot, page: AccountPage, number: int, colour: QColor) -> None:
    qtbot.waitUntil(lambda: colour_of(page, number) == colour, timeout=2000)


def test_a_file_that_no_film_is_shows_its_own_frame(qtbot: QtBot, page: AccountPage) -> None:
    shows(qtbot, page, 2, BLUE)


def test_a_gallery_is_never_asked_for(qtbot: QtBot, page: AccountPage, context: Context) -> None:
    shows(qtbot, page, 2, BLUE)
    asked = {number for (number,) in engine_of(context).called("clouds.pictured")}
    assert asked and not asked & {1, 3}
    assert colour_of(page, 3) not in (RED, BLUE)


def test_blocks_show_their_film_once_it_is_known(qtbot: QtBot, page: AccountPage, context: Context) -> None:
    shows(qtbot, page, 2, BLUE)
    assert colour_of(page, 5) not in (RED, BLUE) and colour_of(page, 7) not in (RED, BLUE)
    sent = {"kind": TaskKind.UPLOAD, "run": Run.DONE, "status": TaskStatus.DONE}
    river = make_row(31, cid="bafyRiver", source_path="/films/River.mov", **sent)
    flowers = make_row(32, cid="bafyF", private_path="/keys/Flowers.rkkey", source_path="/f.mov", **sent)
    release = make_row(33, kind=TaskKind.RELEASE, cid="bafyRiver")
    context.store.take([RowsChanged((release, river, flowers))])
    page.view.viewport().update()
    shows(qtbot, page, 5, RED)
    shows(qtbot, page, 7, RED)


def test_a_film_that_was_waited_for_is_asked_again_when_it_goes_on(
    qtbot: QtBot, page: AccountPage, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(qtbot, page, 2, BLUE)
    assert colour_of(page, 4) != BLUE
    monkeypatch.setitem(PICTURED, 4, Pictured(From.FILE, "/films/White_Bird.mov", 96 * GB))
    row, tally = DAY[4]
    context.store.take([ExportsChanged((replace(row, run=Run.ACTIVE),), {4: tally})])
    shows(qtbot, page, 4, BLUE)
    engine_of(context).calls.clear()
    page.view.viewport().grab()
    assert not engine_of(context).called("clouds.pictured"), "it is known now"


def test_a_frame_that_comes_later_is_painted(
    qtbot: QtBot, page: AccountPage, context: Context, pictures: Pictures
) -> None:
    shows(qtbot, page, 2, BLUE)
    told: list[int] = []
    page.frames.ready.connect(told.append)
    pictures.taken.emit("/films/Between.mxf")
    assert told == [2]
    pictures.taken.emit("/films/other.mxf")
    assert told == [2]
    context.store.take([ExportsChanged((), {}, (2,))])
    pictures.taken.emit("/films/Between.mxf")
    assert told == [2], "it was forgotten"
