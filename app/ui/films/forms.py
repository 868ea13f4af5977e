"""Where the parts of a row lie, by how much room the list has: measures of ui.md, in logical pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRect

HEAD = 32
MARGIN = 20
HIT = 30
_GAP = 12
_MORE_GAP = 4


class Form(Enum):
    """Wide: all columns. Medium: who can open it stands in the facts line. Narrow: the time joins the stage
    line. Tiny: one column. Beside: the details pane stands beside the list. Export: rows of exports, which
    nobody has to open."""

    WIDE = "wide"
    MEDIUM = "medium"
    NARROW = "narrow"
    TINY = "tiny"
    BESIDE = "beside"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of poster, stage, who, time and actions; what is left is the name's."""

    height: int
    poster: tuple[int, int]
    stage: int
    who: int
    time: int
    actions: int


_COLUMNS = {
    Form.WIDE: Columns(66, (84, 48), 352, 150, 136, 132),
    Form.MEDIUM: Columns(66, (84, 48), 316, 0, 136, 132),
    Form.EXPORT: Columns(66, (84, 48), 420, 0, 136, 124),
    Form.NARROW: Columns(66, (84, 48), 380, 0, 0, 116),
    Form.TINY: Columns(66, (64, 36), 0, 0, 0, 132),
    Form.BESIDE: Columns(56, (64, 36), 240, 0, 132, 118),
}
# Beside the pane the stage's words take what the name can spare.
_NAME_AT_LEAST, _STAGE_AT_MOST = 200, 330
_LIMITS = ((1060, Form.WIDE), (930, Form.MEDIUM), (700, Form.NARROW))


def form_for(width: int, *, beside: bool) -> Form:
    """The form for a list of that width, with or without the details pane beside it."""
    if beside and width >= 700:
        return Form.BESIDE
    return next((form for least, form in _LIMITS if width >= least), Form.TINY)


def columns(form: Form) -> Columns:
    return _COLUMNS[form]


_NOTHING = (QRect(), QRect(), QRect(), QRect())


@dataclass(frozen=True, slots=True)
class Slots:
    """The rectangles of one row. Empty ones are not drawn."""

    poster: QRect
    name: QRect
    facts: QRect
    stage: QRect
    strip: QRect
    next: QRect
    who: QRect
    why: QRect
    time: QRect
    below: QRect
    actions: QRect
    more: QRect


def slots(form: Form, row: QRect) -> Slots:
    """Where everything lies in a row's rectangle."""
    made, nothing = _COLUMNS[form], QRect()
    left, right = row.left() + MARGIN, row.right() + 1 - MARGIN
    poster = QRect(left, row.top() + (made.height - made.poster[1]) // 2, *made.poster)
    more = QRect(right - HIT, row.top() + (made.height - HIT) // 2, HIT, HIT)
    actions = QRect(right - made.actions, more.top(), made.actions - HIT - _MORE_GAP, HIT)
    x = poster.right() + 1 + _GAP
    if form is Form.TINY:
        stage, strip, next_line = _lines(row.top() + 8, x, actions.left() - x - _GAP)
        name, stage = _halves(stage)
        return Slots(poster, name, QRect(), stage, strip, next_line, *_NOTHING, actions, more)
    end = right - made.actions
    time = QRect(end - made.time, _middle(row, made, 34), max(0, made.time - 16), 18)
    end -= made.time
    who = QRect(end - made.who, time.top(), max(0, made.who - 8), 18)
    end -= made.who
    stage_wide = made.stage
    if form is Form.BESIDE:
        stage_wide = max(stage_wide, min(_STAGE_AT_MOST, end - x - 24 - _NAME_AT_LEAST))
    stage_x = end - stage_wide
    top = row.top() + (made.height - 50) // 2 if form is not Form.BESIDE else row.top() + 4
    stage, strip, next_line = _lines(top, stage_x, stage_wide - 28)
    text_top = _middle(row, made, 37)
    name = QRect(x, text_top, stage_x - 24 - x, 18)
    facts = QRect(x, text_top + 21, name.width(), 16)
    why = QRect(who.left() + 20, who.bottom() + 1, max(0, who.width() - 20), 16) if made.who else nothing
    below = QRect(time.left(), time.bottom() + 1, time.width(), 16) if made.time else nothing
    return Slots(
        poster, name, facts, stage, strip, next_line,
        who if made.who else nothing, why, time if made.time else nothing, below, actions, more,
    )  # fmt: skip


def _lines(top: int, x: int, width: int) -> tuple[QRect, QRect, QRect]:
    """Stage, strip and the sentence below, one under the other."""
    return QRect(x, top, width, 18), QRect(x, top + 23, width, 6), QRect(x, top + 33, width, 16)


def _halves(line: QRect) -> tuple[QRect, QRect]:
    """One line for name and stage."""
    half = line.width() * 52 // 100
    name = QRect(line.left(), line.top(), half - 8, line.height())
    return name, QRect(line.left() + half, line.top(), line.width() - half, line.height())


def _middle(row: QRect, made: Columns, height: int) -> int:
    return row.top() + (made.height - height) // 2
