"""Colours, type, icons and the style sheet: one palette of tokens, light and dark."""

from app.ui.theme.icons import icon, pixmap
from app.ui.theme.theme import Theme, current, use_theme
from app.ui.theme.tokens import DARK, LIGHT, Palette

__all__ = ["DARK", "LIGHT", "Palette", "Theme", "current", "icon", "pixmap", "use_theme"]
