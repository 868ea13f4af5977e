"""Paints the rows of exports: as films', with what is exported in the picture's place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.ui import theme
from app.ui.films import forms, ink
from app.ui.films.delegate import FilmsDelegate
from app.ui.films.forms import Form
from app.ui.films.values import Card
from app.ui.widgets import painting

_ICON = 20


class ExportsDelegate(FilmsDelegate):
    """`icon` gives the Lucide icon of an export by its number."""

    def __init__(self, poster: Callable[[int, int, int], QPixmap | None], icon: Callable[[int], str]) -> None:
        super().__init__(poster)
        self._icon = icon
        self.form = Form.EXPORT

    def form_for(self, width: int, *, beside: bool) -> Form:
        """Nobody has to be told who can open an export: its stage has that room."""
        found = forms.form_for(width, beside=beside)
        return Form.EXPORT if found in (Form.WIDE, Form.MEDIUM) else found

    def _paint_poster(self, painter: QPainter, rect: QRect, card: Card) -> None:
        picture = self._poster(card.number, rect.width(), rect.height())
        if picture is not None:
            painting.poster(painter, rect, picture)
            return
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.track))
        painter.drawRoundedRect(QRectF(rect), 4, 4)
        painter.restore()
        ink.draw_icon(painter, rect, self._icon(card.number), colours.text2, _ICON)

    def _paint_facts(self, painter: QPainter, rect: QRect, card: Card) -> None:
        ink.write(painter, rect, " · ".join(card.facts), theme.current().text2, 12)
