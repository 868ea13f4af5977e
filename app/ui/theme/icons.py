"""Icons: Lucide's drawings (ISC) from their package, tinted from the palette, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from lucide import lucide_icon
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKE = "1.75"
_SCALES = (1, 2)


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
    """Lucide's icon `name`, `size` logical pixels wide, for a screen of that scale."""
    svg = lucide_icon(name, stroke=colour, stroke_width=_STROKE)
    return draw_svg(svg, size, scale)


def draw_svg(svg: str, size: int, scale: float) -> QPixmap:
    """An SVG as a pixmap of `size` logical pixels."""
    device = max(1, round(size * scale))
    drawn = QPixmap(device, device)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, device, device))
    painter.end()
    drawn.setDevicePixelRatio(scale)
    return drawn


@lru_cache(maxsize=512)
def icon(name: str, colour: str, size: int = 16, disabled: str = "") -> QIcon:
    """The icon for buttons and menus, with the drawings for 1× and 2×."""
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(pixmap(name, colour, size, scale))
        if disabled:
            made.addPixmap(pixmap(name, disabled, size, scale), QIcon.Mode.Disabled)
    return made


# Ours: the reel that is a key.
APP_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="14" fill="#1B1C1F"/>
<g fill="none" stroke="#E3AC42" stroke-width="5" stroke-linecap="round">
<circle cx="26" cy="32" r="13"/><path d="M39 32h15m-7 0v7m7-7v5"/></g>
<circle cx="26" cy="32" r="4" fill="#E3AC42"/>{dot}</svg>"""


@lru_cache(maxsize=8)
def app_icon(dot: str = "") -> QIcon:
    """The program's icon; with `dot`, a colour, the tray's variant."""
    mark = f'<circle cx="51" cy="51" r="11" fill="{dot}" stroke="#FFFFFF" stroke-width="3"/>' if dot else ""
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64, 128, 256):
        made.addPixmap(draw_svg(APP_SVG.replace("{dot}", mark), size, 1.0))
    return made
