"""The palette's contrasts, computed from the shipped values by the formula of WCAG 2."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessibilityHints, QStyleHints
from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.theme.drawings import drawing
from app.ui.theme.icons import app_icon, icon
from app.ui.theme.style import style_sheet
from app.ui.theme.tokens import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Palette
from scripts.icons import TARGET, as_text

GROUNDS = ("bg", "surface", "raised", "selection")
TEXTS = ("text", "text2", "text3", "accent", "key", "done", "error")
OWN_GROUND = {"key": "key_soft", "done": "done_soft", "error": "error_soft"}


PALETTES = (LIGHT, DARK, CONTRAST_LIGHT, CONTRAST_DARK)
IDS = ("light", "dark", "contrast light", "contrast dark")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_knows_black_and_white() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", PALETTES, ids=IDS)
def test_text_is_readable_on_every_ground_it_stands_on(palette: Palette) -> None:
    tokens = asdict(palette)
    for text in TEXTS:
        grounds = [*GROUNDS, OWN_GROUND[text]] if text in OWN_GROUND else GROUNDS
        for ground in grounds:
            assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    for fill in ("accent_fill", "error_fill"):
        assert contrast(palette.on_fill, tokens[fill]) >= 4.5, fill
    assert contrast(palette.on_key, palette.key_button) >= 7


@pytest.mark.parametrize("palette", [CONTRAST_LIGHT, CONTRAST_DARK], ids=["light", "dark"])
def test_high_contrast_is_seven_to_one_for_text_and_four_and_a_half_for_edges(palette: Palette) -> None:
    tokens = asdict(palette)
    for text in TEXTS:
        grounds = [*GROUNDS, OWN_GROUND[text]] if text in OWN_GROUND else GROUNDS
        assert min(contrast(tokens[text], tokens[ground]) for ground in grounds) >= 7, text
    for fill in ("accent_fill", "error_fill"):
        assert contrast(palette.on_fill, tokens[fill]) >= 7, fill
    for edge in ("border", "strong", "key_strip", "done_strip", "accent"):
        assert contrast(tokens[edge], palette.surface) >= 4.5, edge


@pytest.mark.parametrize("palette", PALETTES, ids=IDS)
def test_strips_and_controls_stand_out(palette: Palette) -> None:
    for name in ("accent", "key_strip", "done_strip", "error", "strong"):
        assert contrast(asdict(palette)[name], palette.surface) >= 3, name


def test_the_style_sheet_is_whole(qapp: QApplication) -> None:
    for palette in PALETTES:
        sheet = style_sheet(palette)
        assert "$" not in sheet
        assert sheet.count("{") == sheet.count("}")
    for name in ("check", "dash"):
        with open(drawing(name), encoding="utf-8") as file:  # noqa: PTH123 - as Qt opens it
            assert file.read().startswith("<svg")


def test_icons_are_drawn_in_their_colour_and_sharp_at_twice_the_size(qapp: QApplication) -> None:
    drawn = theme.pixmap("film", "#2855C5", 16, 2.0)
    assert (drawn.width(), drawn.devicePixelRatio()) == (32, 2.0)
    colours = {
        drawn.toImage().pixelColor(x, y).name()
        for x in range(32)
        for y in range(32)
        if drawn.toImage().pixelColor(x, y).alpha() == 255
    }
    assert colours == {"#2855c5"}
    assert not icon("film", "#2855C5").isNull()
    assert app_icon().pixmap(32).toImage() != app_icon("#E3AC42").pixmap(32).toImage()


@pytest.mark.parametrize(("choice", "dark"), [("light", False), ("dark", True)])
def test_a_theme_is_put_on(qapp: QApplication, choice: str, dark: bool) -> None:
    assert theme.use_theme(qapp, choice).dark is dark
    assert theme.current().dark is dark
    assert qapp.palette().window().color().name() == theme.current().bg.lower()


@pytest.mark.parametrize("dark", [False, True])
def test_more_contrast_is_put_on_by_choice_and_by_the_systems_wish(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, dark: bool
) -> None:
    scheme = Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _: scheme)
    wanted = CONTRAST_DARK if dark else CONTRAST_LIGHT
    assert theme.use_theme(qapp, "contrast") == wanted
    assert theme.use_theme(qapp, "system") == (DARK if dark else LIGHT)
    high = Qt.ContrastPreference.HighContrast
    monkeypatch.setattr(QAccessibilityHints, "contrastPreference", lambda _: high)
    assert theme.use_theme(qapp, "system") == wanted
    assert theme.use_theme(qapp, "light") == CONTRAST_LIGHT
    assert theme.use_theme(qapp, "dark") == CONTRAST_DARK


def test_the_drawings_are_those_of_lucides_package() -> None:
    assert TARGET.read_text("utf-8") == as_text(), "`python -m scripts.icons` writes them anew"
