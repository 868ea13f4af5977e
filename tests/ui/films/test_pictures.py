"""Rows as they are drawn, in every form, language and theme; what must not move does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.words import set_language
from app.journal import Run
from app.ui import theme
from app.ui.context import Context
from app.ui.films import ink
from app.ui.films.forms import Form, slots
from app.ui.films.page import FilmsPage
from app.ui.films.values import Act, Button
from app.ui.messages import RowsChanged
from tests.ui.films.makers import received
from tests.ui.films.test_model import numbered
from tests.ui.films.touch import centre_of

# --- pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_rows_are_drawn_in_every_form(qtbot: QtBot, page: FilmsPage, look: str, language: str) -> None:
    set_language(language)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, look)
    page.restyle()
    page.retranslate()
    page.select(3)
    for width in (1228, 1000, 904, 664, 320):
        page.resize(width, 700)
        QApplication.processEvents()
        image = page.view.viewport().grab().toImage()
        assert _has(image, _strip_of(page, 3), theme.current().accent), width
        assert _has(image, _strip_of(page, 2), theme.current().error), width
        assert _has(image, _strip_of(page, 1), theme.current().key_strip), width


def _strip_of(page: FilmsPage, number: int) -> tuple[int, int, int]:
    row = page.model.row_of(number)
    assert row is not None
    rect = slots(page.view.painting.form, page.view.row_rect(row)).strip
    return rect.left(), rect.right(), rect.center().y()


def _has(image: QImage, line: tuple[int, int, int], colour: str) -> bool:
    left, right, y = line
    ratio = image.devicePixelRatio()
    wanted = QColor(colour).rgb()
    return any(image.pixel(int(x * ratio), int(y * ratio)) == wanted for x in range(left, right))


def test_the_row_under_the_mouse_stays_where_it_is(qtbot: QtBot, page: FilmsPage, context: Context) -> None:
    page.resize(1228, 300)
    page.view.verticalScrollBar().setValue(120)
    where = centre_of(page, 3, "name")
    QTest.mouseMove(page.view.viewport(), where)
    page.view._hover_at(where)
    row = page.model.row_of(3)
    assert row is not None
    before = page.view.row_rect(row).top()
    context.store.take([RowsChanged((numbered(2, received(run=Run.PAUSED)),))])
    row = page.model.row_of(3)
    assert row is not None
    assert page.view.row_rect(row).top() == before


@pytest.mark.parametrize("width", [1228, 1000])
def test_the_time_keeps_clear_of_a_button_of_many_words(page: FilmsPage, width: int) -> None:
    page.resize(width, 700)
    row = page.model.row_of(2)
    assert row is not None
    rect, card = page.view.row_rect(row), page.model.card(2)
    wide = replace(card, way=replace(card.way, main=Button(Act.LOOK, "Look for the block elsewhere…")))
    painting = page.view.painting
    time = slots(painting.form, rect).time
    assert painting.main_rect(wide, rect).left() < time.right(), "else it tries nothing"
    assert painting.time_rect(time, wide, rect).right() + 16 <= painting.main_rect(wide, rect).left()


def test_latin_and_chinese_stand_on_one_line(page: FilmsPage) -> None:
    """Two columns of a row are read as one line, whatever their letters; Qt alone sets Chinese lower."""
    del page

    def reach(text: str) -> tuple[int, int]:
        """The first and last row of pixels that the first letter, an H, is painted on."""
        image = QImage(120, 40, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        ink.write(painter, QRect(0, 0, 120, 40), text, "#000000", 26)
        painter.end()
        left = range(ink.width_of("H", 26, ink.NORMAL) - 2)
        inked = [y for y in range(40) for x in left if QColor(image.pixel(x, y)).lightness() < 128]
        return min(inked), max(inked)

    top, foot = reach("H")
    assert abs(top + foot - 39) <= 1, "in the middle"
    assert reach("H长") == reach("H g") == (top, foot)


def test_right_and_centred_text_ends_where_its_place_ends(page: FilmsPage) -> None:
    del page

    def reach(align: int) -> tuple[int, int]:
        image = QImage(200, 20, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        ink.write(painter, QRect(20, 0, 160, 20), "HH", "#000000", 13, ink.NORMAL, align)
        painter.end()
        inked = [x for x in range(200) for y in range(20) if QColor(image.pixel(x, y)).lightness() < 128]
        return min(inked), max(inked)

    left, right, centre = reach(ink.LEFT), reach(ink.RIGHT), reach(ink.CENTRE)
    assert 20 <= left[0] <= 23 and 176 <= right[1] <= 180
    assert abs((centre[0] + centre[1]) - 199) <= 3


def test_a_long_path_is_cut_in_its_middle(page: FilmsPage) -> None:
    place = "/volumes/" + "of-the-studio/" * 8 + "keys"
    text = ink.around(f"Next: it appears in {place}", place, 12, ink.NORMAL, 300)
    assert text.startswith("Next: it appears in /vol") and text.endswith("keys")
    assert ink.width_of(text, 12, ink.NORMAL) <= 302
    assert ink.around("Next: it is sealed", "", 12, ink.NORMAL, 10) == "Next: it is sealed"
    assert ink.around("Next: it is sealed", place, 12, ink.NORMAL, 10) == "Next: it is sealed"


def test_the_stage_has_room_for_its_words_beside_the_details() -> None:
    """A usual window (1440) leaves 848 beside the pane; at the narrowest the name keeps what it has."""
    usual = slots(Form.BESIDE, QRect(0, 0, 848, 56))
    assert usual.stage.width() >= ink.width_of("Waiting for the seller's release", 13, ink.MEDIUM)
    for width in (700, 848, 1000, 1400):
        place = slots(Form.BESIDE, QRect(0, 0, width, 56))
        assert place.name.right() < place.stage.left()
        assert place.stage.right() < place.time.left()
        assert place.name.width() >= 68
