"""Painting of a row's parts: text that is cut once and kept, the strip on device pixels, painted buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from app.ui import theme
from app.ui.films.values import Fill, Piece
from app.ui.theme.theme import body_font, changes
from app.ui.theme.tokens import Palette
from app.ui.widgets.elided import isolated_cut, one_line
from app.ui.widgets.painting import baseline

NORMAL, MEDIUM, BOLD = 400, 500, 600
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_GAP = 3.0
_RADIUS = 2.0
_Mode = Qt.TextElideMode


@lru_cache(maxsize=16)
def font(pixels: int, weight: int) -> QFont:
    made = body_font(pixels)
    made.setWeight(QFont.Weight(weight))
    return made


@lru_cache(maxsize=16)
def _metrics(pixels: int, weight: int) -> QFontMetrics:
    return QFontMetrics(font(pixels, weight))


@lru_cache(maxsize=8192)
def cut(text: str, pixels: int, weight: int, width: int, middle: bool) -> str:
    """`text` on one line, cut to `width`, its direction kept to itself."""
    mode = _Mode.ElideMiddle if middle else _Mode.ElideRight
    return isolated_cut(_metrics(pixels, weight).elidedText(one_line(text), mode, width))


@lru_cache(maxsize=4096)
def width_of(text: str, pixels: int, weight: int) -> int:
    return _metrics(pixels, weight).horizontalAdvance(one_line(text)) + 1


@lru_cache(maxsize=8192)
def _advance(shown: str, pixels: int, weight: int) -> int:
    """How wide a text is that was cut."""
    return _metrics(pixels, weight).horizontalAdvance(shown)


def around(text: str, place: str, pixels: int, weight: int, width: int) -> str:
    """`text` with the path `place` in it cut in the middle, so that the whole fits into `width`."""
    if not place or place not in text or width_of(text, pixels, weight) <= width:
        return text
    before, _, after = text.partition(place)
    room = max(0, width - width_of(before, pixels, weight) - width_of(after, pixels, weight))
    return before + _metrics(pixels, weight).elidedText(one_line(place), _Mode.ElideMiddle, room) + after


def forget() -> None:
    """The font is another one: what was measured is old."""
    for one in (font, _metrics, cut, width_of, _advance):
        one.cache_clear()


changes.changed.connect(forget)


def write(
    painter: QPainter,
    rect: QRect,
    text: str,
    colour: str,
    pixels: int = 13,
    weight: int = NORMAL,
    align: int = LEFT,
    *,
    middle: bool = False,
) -> None:
    """One line of plain text."""
    if not text or rect.width() <= 0:
        return
    shown = cut(text, pixels, weight, rect.width(), middle)
    x = rect.left()
    if align != LEFT:
        over = rect.width() - _advance(shown, pixels, weight)
        x += over if align == RIGHT else over // 2
    painter.setFont(font(pixels, weight))
    painter.setPen(QColor(colour))
    painter.drawText(x, baseline(rect, _metrics(pixels, weight)), shown)


def colours_of(fill: Fill, colours: Palette) -> str:
    return {
        Fill.PART: colours.accent,
        Fill.WAITS: colours.key_strip,
        Fill.FAILED: colours.error,
        Fill.PAUSED: colours.paused,
        Fill.FINAL: colours.done_strip,
    }.get(fill, colours.track)


def draw_strip(painter: QPainter, rect: QRect, pieces: Sequence[Piece]) -> None:
    """The stages side by side; edges lie on device pixels, so that they are sharp at every scale."""
    if rect.width() <= 0 or not pieces:
        return
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    colours = theme.current()
    shares = sum(piece.width for piece in pieces)
    room = rect.width() - _GAP * (len(pieces) - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    x = float(rect.left())
    for piece in pieces:
        width = room * piece.width / shares
        left, right = _snap(x, ratio), _snap(x + width, ratio)
        whole = QRectF(left, rect.top(), right - left, rect.height())
        if piece.full < 1.0:
            painter.setBrush(QColor(colours.track))
            painter.drawRoundedRect(whole, _RADIUS, _RADIUS)
        if piece.full > 0.0:
            done = QRectF(whole)
            done.setWidth(max(_RADIUS * 2, _snap(whole.width() * min(1.0, piece.full), ratio)))
            painter.setBrush(QColor(colours_of(piece.fill, colours)))
            painter.drawRoundedRect(done, _RADIUS, _RADIUS)
        x += width + _GAP
    painter.restore()


def _snap(value: float, ratio: float) -> float:
    return round(value * ratio) / ratio


def draw_icon(painter: QPainter, rect: QRect, name: str, colour: str, size: int = 16) -> None:
    """Lucide's icon in the middle of `rect`."""
    device = painter.device()
    drawn = theme.pixmap(name, colour, size, device.devicePixelRatioF() if device is not None else 1.0)
    painter.drawPixmap(
        rect.left() + (rect.width() - size) // 2, rect.top() + (rect.height() - size) // 2, drawn
    )
