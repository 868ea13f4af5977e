"""Paints the rows of the list. Nothing is measured or loaded here: cards, posters and cut texts are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from app.domain.words import tr
from app.ui import amounts, theme
from app.ui.films import forms, ink
from app.ui.films.forms import Form, Slots, columns, slots
from app.ui.films.heads import Head
from app.ui.films.values import ACTS, Act, Button, Card, Group, Way
from app.ui.widgets import painting

BADGE = 18
_BUTTON = 26
_FADED = 0.7
_CLEAR, _BELL_CLEAR = 16, 5


@dataclass(frozen=True, slots=True)
class Look:
    """How a row stands: selected, under the mouse, with the focus ring; the button under the mouse."""

    selected: bool = False
    hovered: bool = False
    ring: bool = False
    act: Act | str = ""
    pressed: bool = False


MORE = "more"


class FilmsDelegate:
    """Paints heads and films into their rectangles and knows where their buttons are."""

    def __init__(self, poster: Callable[[int, int, int], QPixmap | None]) -> None:
        """`poster` gives a film's picture by its number and its size in logical pixels."""
        self._poster = poster
        self.form = Form.WIDE

    @property
    def height(self) -> int:
        return columns(self.form).height

    def form_for(self, width: int, *, beside: bool) -> Form:
        """The form of rows of that width."""
        return forms.form_for(width, beside=beside)

    # --- buttons -------------------------------------------------------------------------------------

    def main_rect(self, card: Card, row: QRect) -> QRect:
        """Where the main button can be hit: at least 30 px each way."""
        place = slots(self.form, row).actions
        button = card.way.main
        if button is None:
            return QRect()
        width = _words_width(button) if button.words else place.height()
        return QRect(place.right() + 1 - width, place.top(), width, place.height())

    def bell_rect(self, card: Card, row: QRect) -> QRect:
        """Where the film's bell can be hit: left of the main button; none where it has no bell, and where the
        pane stands beside, which leaves no room for it."""
        if card.bell is None or self.form is Form.BESIDE:
            return QRect()
        place, button = slots(self.form, row).actions, self.main_rect(card, row)
        end = button.left() if button.isValid() else place.right() + 1
        return QRect(end - forms.HIT, place.top(), forms.HIT, place.height())

    def time_rect(self, line: QRect, card: Card, row: QRect) -> QRect:
        """A line of the time column, clear of buttons that are wider than their place."""
        button, bell = self.main_rect(card, row), self.bell_rect(card, row)
        left, clear = (bell.left(), _BELL_CLEAR) if bell.isValid() else (button.left(), _CLEAR)
        over = line.right() + clear - left + 1 if button.isValid() or bell.isValid() else 0
        return line.adjusted(0, 0, -max(0, over), 0)

    def hit(self, card: Card, row: QRect, point: QPoint) -> Act | str:
        """The button at `point`: an Act, MORE, or "" for none."""
        if card.way.main is not None and self.main_rect(card, row).contains(point):
            return card.way.main.act
        if self.bell_rect(card, row).contains(point):
            return Act.MUTE if card.bell else Act.RING
        return MORE if slots(self.form, row).more.contains(point) else ""

    def on_poster(self, row: QRect, point: QPoint) -> bool:
        return slots(self.form, row).poster.contains(point)

    def name_rect(self, row: QRect) -> QRect:
        return slots(self.form, row).name

    # --- painting ------------------------------------------------------------------------------------

    def paint_head(self, painter: QPainter, rect: QRect, head: Head, look: Look) -> None:
        colours = theme.current()
        painter.fillRect(rect, QColor(colours.selection if look.selected else colours.raised))
        _hairline(painter, rect)
        arrow = "chevron-right" if head.folded else "chevron-down"
        ink.draw_icon(
            painter, QRect(rect.left() + 20, rect.top(), 14, rect.height()), arrow, colours.text2, 14
        )
        x = rect.left() + 42
        for text, weight, colour in (
            (head.title, ink.BOLD, colours.text2),
            (amounts.count(head.count), ink.NORMAL, colours.text3),
            (head.note, ink.NORMAL, colours.text3),
        ):
            room = QRect(x, rect.top(), max(0, rect.right() - 20 - x), rect.height())
            ink.write(painter, room, text, colour, 12, weight)
            x += ink.width_of(text, 12, weight) + 10
        if look.ring:
            _ring(painter, rect)

    def paint_film(self, painter: QPainter, rect: QRect, card: Card, look: Look) -> None:
        colours = theme.current()
        ground = colours.selection if look.selected else colours.surface
        painter.fillRect(rect, QColor(ground))
        _hairline(painter, rect)
        if look.selected:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(colours.accent_fill))
        place = slots(self.form, rect)
        self._paint_poster(painter, place.poster, card)
        ink.write(painter, place.name, card.name, colours.text, 13, ink.BOLD, middle=True)
        self._paint_facts(painter, place.facts, card)
        self._paint_stage(painter, place, card)
        self._paint_who(painter, place, card)
        way = card.way
        time = place.time if way.below else place.time.united(place.below)  # alone it stands in the middle
        for line, text, colour, pixels, weight in (
            (time, way.time, colours.text, 13, ink.MEDIUM),
            (place.below, way.below, colours.text3, 12, ink.NORMAL),
        ):
            ink.write(painter, self.time_rect(line, card, rect), text, colour, pixels, weight, ink.RIGHT)
        self._paint_buttons(painter, rect, place, card, look)
        if look.ring:
            _ring(painter, rect)

    def _paint_poster(self, painter: QPainter, rect: QRect, card: Card) -> None:
        picture = self._poster(card.number, rect.width(), rect.height())
        painting.poster(painter, rect, picture)
        badge = QRect(rect.left() + 4, rect.top() + 4, BADGE, BADGE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(18, 19, 22, 209))
        painter.drawEllipse(badge)
        painter.restore()
        ink.draw_icon(painter, badge, "arrow-up" if card.sending else "arrow-down", "#FFFFFF", 12)

    def _paint_facts(self, painter: QPainter, rect: QRect, card: Card) -> None:
        colours, way = theme.current(), card.way
        facts = card.facts[:2] if self.form is Form.BESIDE else card.facts
        if self.form in (Form.MEDIUM, Form.NARROW) and rect.width() > 0:
            ink.draw_icon(
                painter, QRect(rect.left(), rect.top(), 14, rect.height()), way.who_icon, colours.text2, 14
            )
            width = min(ink.width_of(way.who, 12, ink.MEDIUM), rect.width() // 2)
            ink.write(painter, _at(rect, 18, width), way.who, colours.text2, 12, ink.MEDIUM)
            rect = rect.adjusted(18 + width + 8, 0, 0, 0)
        ink.write(painter, rect, " · ".join(facts), colours.text2, 12)

    def _paint_stage(self, painter: QPainter, place: Slots, card: Card) -> None:
        colours, way = theme.current(), card.way
        beside, narrow = self.form is Form.BESIDE, self.form is Form.NARROW
        right = ""
        if not beside and self.form is not Form.TINY:
            room = place.stage.width() - ink.width_of(way.stage, 13, ink.MEDIUM) - 8
            right = _fitting(_joined(way), way, room) if narrow else way.right
        width = min(ink.width_of(right, 12, ink.NORMAL), place.stage.width() * 2 // 3) if right else 0
        ink.write(painter, place.stage, right, colours.text2, 12, ink.NORMAL, ink.RIGHT)
        words = place.stage.adjusted(0, 0, -(width + 8) if width else 0, 0)
        tone = str(getattr(colours, way.tone.value))
        fits = not way.brief or ink.width_of(way.stage, 13, ink.MEDIUM) <= words.width()
        ink.write(painter, words, way.stage if fits else way.brief, tone, 13, ink.MEDIUM)
        ink.draw_strip(painter, place.strip, way.strip)
        asks = way.group is Group.NEEDS_YOU  # what a person must do goes before how far it is
        third = (way.right or way.next) if beside and not asks else way.next
        if self.form is Form.TINY and way.time not in ("", "—"):
            third = f"{way.time} · {third}"
        third = ink.around(third, way.place, 12, ink.NORMAL, place.next.width())
        ink.write(painter, place.next, third, colours.text2, 12)

    def _paint_who(self, painter: QPainter, place: Slots, card: Card) -> None:
        if place.who.width() <= 0:
            return
        colours, way = theme.current(), card.way
        quiet = way.who_icon == "circle-dashed"
        colour = colours.text2 if quiet else colours.text
        icon = QRect(place.who.left(), place.who.top(), 14, place.who.height())
        ink.draw_icon(painter, icon, way.who_icon, colour, 14)
        ink.write(painter, place.who.adjusted(20, 0, 0, 0), way.who, colour, 13, ink.MEDIUM)
        ink.write(painter, place.why, way.why, colours.text3, 12)

    def _paint_buttons(self, painter: QPainter, row: QRect, place: Slots, card: Card, look: Look) -> None:
        button = card.way.main
        if button is not None:
            rect = self.main_rect(card, row)
            if button.words:
                _paint_words(painter, rect, button, look)
            else:
                _paint_icon(painter, rect, ACTS[button.act][1], look, button.act)
        bell = self.bell_rect(card, row)
        if bell.isValid():
            # Off and on are other drawings, and what pressing does is the other one's act.
            icon, act = ("bell", Act.MUTE) if card.bell else ("bell-off", Act.RING)
            _paint_icon(painter, bell, icon, look, act)
        _paint_icon(painter, place.more, "ellipsis", look, MORE)


def _fitting(joined: str, way: Way, room: int) -> str:
    """Of amount and time what there is room for beside the stage's words, which go first."""
    time = way.time if way.time != "—" else ""
    choices = [text for text in (joined, time, way.right) if text]
    return next((text for text in choices if ink.width_of(text, 12, ink.NORMAL) <= room), "")


def _joined(way: Way) -> str:
    """The stage line's right side with the time in it, where there is no column for it."""
    return " · ".join(part for part in (way.right, way.time) if part and part != "—")


def _at(rect: QRect, x: int, width: int) -> QRect:
    """A piece of a line: `width` from `x` on."""
    return QRect(rect.left() + x, rect.top(), width, rect.height())


def _words_width(button: Button) -> int:
    return ink.width_of(tr(button.label), 12, ink.BOLD if button.act is Act.RELEASE else ink.MEDIUM) + 20


def _paint_words(painter: QPainter, rect: QRect, button: Button, look: Look) -> None:
    """A button of words: gold for the release, else a plain one."""
    colours = theme.current()
    gold = button.act is Act.RELEASE
    inside = QRectF(rect.left(), rect.top() + (rect.height() - _BUTTON) / 2, rect.width(), _BUTTON)
    inside.adjust(0.5, 0.5, -0.5, -0.5)
    lit = look.act is button.act
    edges = (colours.key_button, colours.text) if gold else (colours.border, colours.strong)
    ground = colours.key_button if gold else colours.raised if lit or colours.dark else colours.surface
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(edges[lit]), 1))
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(inside, 6, 6)
    painter.restore()
    weight = ink.BOLD if gold else ink.MEDIUM
    ink.write(
        painter, rect, tr(button.label), colours.on_key if gold else colours.text, 12, weight, ink.CENTRE
    )


def _paint_icon(painter: QPainter, rect: QRect, icon: str, look: Look, act: Act | str) -> None:
    colours = theme.current()
    lit = look.act == act and act != ""
    painter.save()
    if lit:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.track if look.selected else colours.raised))
        painter.drawRoundedRect(QRectF(rect), 6, 6)
    if not (look.hovered or look.selected):
        painter.setOpacity(_FADED)
    ink.draw_icon(painter, rect, icon, colours.text if lit else colours.text2)
    painter.restore()


def _hairline(painter: QPainter, rect: QRect) -> None:
    """One device pixel at the foot of a row."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    line = QRectF(rect.left(), rect.bottom() + 1 - 1 / ratio, rect.width(), 1 / ratio)
    painter.fillRect(line, QColor(theme.current().border))


def _ring(painter: QPainter, rect: QRect) -> None:
    painter.save()
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -2))
    painter.restore()
