"""Pieces of painted rows, for lists whose rows are no widgets: tick box, poster, text that is cut to fit."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap

from app.ui import theme
from app.ui.theme.theme import body_font
from app.ui.widgets.elided import isolated_cut, one_line

TICK = 16


def tick_box(painter: QPainter, rect: QRect, state: Qt.CheckState, *, enabled: bool = True) -> None:
    """A tick box of 16 px in the middle of `rect`."""
    colours = theme.current()
    box = QRectF(0, 0, TICK, TICK)
    box.moveCenter(QRectF(rect).center())
    box.adjust(0.5, 0.5, -0.5, -0.5)
    on = state is not Qt.CheckState.Unchecked
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = colours.accent_fill if on else colours.strong
    painter.setPen(QColor(edge if enabled else colours.border))
    painter.setBrush(QColor(colours.accent_fill if on else colours.surface))
    painter.drawRoundedRect(box, 4, 4)
    if on:
        pen = QPen(QColor(colours.on_fill), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        whole = state is Qt.CheckState.Checked
        points = [(4, 8.2), (6.8, 11), (12, 5.2)] if whole else [(4.5, 8), (11.5, 8)]
        painter.drawPolyline([QPointF(box.x() + x - 0.5, box.y() + y - 0.5) for x, y in points])
    painter.restore()


def poster(painter: QPainter, rect: QRect, picture: QPixmap | None) -> None:
    """A film's picture, or a grey field with a film on it where there is none."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    clip = QPainterPath()
    clip.addRoundedRect(QRectF(rect), 4, 4)
    painter.setClipPath(clip)
    if picture is not None:
        painter.drawPixmap(rect, picture)
    else:
        colours = theme.current()
        painter.fillRect(rect, QColor(colours.track))
        draw_icon(painter, rect, "film", colours.text3)
    painter.restore()


def draw_icon(painter: QPainter, rect: QRect, name: str, colour: str, size: int = 16) -> None:
    """Lucide's icon `name` in the middle of `rect`."""
    device = painter.device()
    drawn = theme.pixmap(name, colour, size, device.devicePixelRatioF() if device is not None else 1.0)
    painter.drawPixmap(rect.center().x() - size // 2 + 1, rect.center().y() - size // 2 + 1, drawn)


def font(pixels: int = 13, *, bold: bool = False) -> QFont:
    return body_font(pixels, bold=bold)


def width_of(words: str, made: QFont) -> int:
    """How much room words need on one line so that none is cut, in logical pixels."""
    return QFontMetrics(made).horizontalAdvance(isolated_cut(words)) + 2


def baseline(rect: QRect, metrics: QFontMetrics) -> int:
    """Where a line of text stands in the middle of `rect`, by its capitals. Qt centres each text by the fonts
    that its letters came from: beside Latin ones, Chinese ones would stand lower."""
    return rect.top() + (rect.height() + metrics.capHeight() + 1) // 2


def text(
    painter: QPainter,
    rect: QRect,
    words: str,
    colour: str,
    made: QFont,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> bool:
    """One line of plain text, cut to fit; whether it had to be cut."""
    painter.setFont(made)
    painter.setPen(QColor(colour))
    shown = one_line(words)
    cut = QFontMetrics(made).elidedText(shown, mode, rect.width())
    painter.drawText(rect.left(), baseline(rect, painter.fontMetrics()), isolated_cut(cut))
    return cut != shown


def chip(painter: QPainter, right: int, middle: int, words: str, colour: str, ground: str) -> int:
    """A chip that ends at `right`, around the height `middle`; its width."""
    made = font(12)
    width = QFontMetrics(made).horizontalAdvance(words) + 12
    rect = QRect(right - width, middle - 10, width, 20)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setFont(made)
    painter.setPen(QColor(colour))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), words)
    painter.restore()
    return width
