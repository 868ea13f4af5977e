"""Icons: Lucide's drawings (ISC), tinted from the palette, sharp at every scale.

`python -m scripts.icons` takes those that the program names from Lucide's package.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SCALES = (1, 2)
_FOLDER = Path(__file__).parent.parent.parent / "resources" / "icons"
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
    'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{inside}</svg>'
)


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
    """Lucide's icon `name`, `size` logical pixels wide, for a screen of that scale."""
    return draw_svg(_SVG.format(colour=colour, inside=_drawings()[name]), size, scale)


@lru_cache(maxsize=1)
def _drawings() -> dict[str, str]:
    """What is inside the SVG of each icon, by Lucide's name."""
    read: dict[str, str] = json.loads((_FOLDER / "lucide.json").read_text("utf-8"))
    return read


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
def icon(name: str, colour: str, size: int = 16, disabled: str = "", width: int = 0) -> QIcon:
    """The icon for buttons and menus, with the drawings for 1× and 2×. `width` leaves room at its right."""
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(_widened(pixmap(name, colour, size, scale), width))
        if disabled:
            made.addPixmap(_widened(pixmap(name, disabled, size, scale), width), QIcon.Mode.Disabled)
    return made


def _widened(drawn: QPixmap, width: int) -> QPixmap:
    """The drawing with nothing at its right, `width` logical pixels in all."""
    scale = drawn.devicePixelRatio()
    if width * scale <= drawn.width():
        return drawn
    wide = QPixmap(round(width * scale), drawn.height())
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(QRectF(0, 0, drawn.width(), drawn.height()), drawn, QRectF(drawn.rect()))
    painter.end()
    wide.setDevicePixelRatio(scale)
    return wide


# Ours: the reel that is a key. A file, because desktops take it too (app/launch/linux_scheme.py).
_APP_FILE = _FOLDER / "reelkey.svg"


@lru_cache(maxsize=8)
def app_icon(dot: str = "") -> QIcon:
    """The program's icon; with `dot`, a colour, the tray's variant: small, drawn in the midst of work."""
    mark = f'<circle cx="51" cy="51" r="11" fill="{dot}" stroke="#FFFFFF" stroke-width="3"/>' if dot else ""
    drawing = _APP_FILE.read_text("utf-8")
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64) if dot else (16, 22, 24, 32, 48, 64, 128, 256):
        made.addPixmap(draw_svg(drawing.replace("</svg>", f"{mark}</svg>"), size, 1.0))
    return made
