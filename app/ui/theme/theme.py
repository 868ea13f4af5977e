"""The theme in use: a palette, the fonts, and the one style sheet made of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication

from app.ui.theme.style import style_sheet
from app.ui.theme.tokens import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Palette

# Behind the system's own font, for what it lacks: Chinese in the shapes of the mainland. Left to itself the
# system may take a Japanese font, with its punctuation in the middle of the line.
_CHINESE = {"win32": "Microsoft YaHei UI", "darwin": "PingFang SC"}
_CHINESE_ELSEWHERE = "Noto Sans CJK SC"
_GENERAL = QFontDatabase.SystemFont.GeneralFont


@dataclass(slots=True)
class Theme:
    """What widgets ask when they paint."""

    palette: Palette


class _Changes(QObject):
    #: The palette is another one: caches of drawings are old.
    changed = Signal()


_theme = Theme(LIGHT)
changes = _Changes()


def current() -> Palette:
    """The palette in use."""
    return _theme.palette


def use_theme(app: QApplication, choice: str) -> Palette:
    """Put on ``light``, ``dark``, ``contrast`` or what the ``system`` says. Where the system asks for more
    contrast, each of them has it."""
    hints = app.styleHints()
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints.setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))
    dark = choice == "dark" or (choice != "light" and hints.colorScheme() is Qt.ColorScheme.Dark)
    if choice == "contrast" or _more_contrast(hints):
        palette = CONTRAST_DARK if dark else CONTRAST_LIGHT
    else:
        palette = DARK if dark else LIGHT
    _theme.palette = palette
    app.setFont(body_font())
    app.setPalette(_qt_palette(palette))
    app.setStyleSheet(style_sheet(palette))
    changes.changed.emit()
    return palette


def _more_contrast(hints: QStyleHints) -> bool:
    """Whether the person asked the system for it (Windows' contrast themes, a setting elsewhere)."""
    return hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast


def body_font(pixels: int = 13, *, bold: bool = False) -> QFont:
    """The system's font with tabular digits."""
    font = QFont(QApplication.font())
    # By its real name: behind a family that is only a wish ("Sans Serif") the next one takes all letters.
    chinese = _CHINESE.get(sys.platform, _CHINESE_ELSEWHERE)
    font.setFamilies([QFontInfo(QFontDatabase.systemFont(_GENERAL)).family(), chinese])
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _qt_palette(colours: Palette) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, colours.bg),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.Button, colours.surface),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.text3),
        (role.Highlight, colours.accent_fill),
        (role.HighlightedText, colours.on_fill),
        (role.Link, colours.accent),
        (role.Mid, colours.border),
        (role.Light, colours.raised),
        (role.Dark, colours.strong),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.text3))
    return palette
