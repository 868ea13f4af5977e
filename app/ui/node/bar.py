"""The bar that shows what takes room, and the legend that says it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import amounts, counts, theme
from app.ui.node.space import Space
from app.ui.widgets import label

_HEIGHT = 14
_GAP = 2
_LEAST = 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the bar: its tone (a name of the palette; "" is empty room) and its bytes."""

    tone: str
    bytes: int


class SpaceBar(QWidget):
    """Pieces side by side, each as long as it is large; what is there at all is never thinner than 3 px."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: tuple[Piece, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, _HEIGHT)

    def set_pieces(self, pieces: Sequence[Piece]) -> None:
        self._pieces = tuple(piece for piece in pieces if piece.bytes > 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        for piece, width in zip(self._pieces, self._widths(), strict=True):
            _draw_piece(painter, QRectF(left, 0, width, _HEIGHT), piece.tone)
            left += width + _GAP
        painter.end()

    def _widths(self) -> list[float]:
        room = self.width() - _GAP * max(0, len(self._pieces) - 1)
        total = sum(piece.bytes for piece in self._pieces)
        widths = [max(_LEAST, room * piece.bytes / total) for piece in self._pieces]
        if widths:  # what the thin ones got, the longest gives
            longest = widths.index(max(widths))
            widths[longest] = max(_LEAST, widths[longest] - (sum(widths) - room))
        return widths


class Swatch(QWidget):
    """A square of the bar's colour beside the words."""

    def __init__(self, tone: str) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_piece(painter, QRectF(self.rect()), self._tone)
        painter.end()


def _draw_piece(painter: QPainter, rect: QRectF, tone: str) -> None:
    """A filled piece of that tone; an outline for what is empty."""
    colours = theme.current()
    if tone:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(str(getattr(colours, tone))))
    else:
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(rect, 2, 2)


class Entry(QWidget):
    """A line of the legend: swatch, what it is and how much, and what may become of it."""

    def __init__(self, tone: str) -> None:
        super().__init__()
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        column = QVBoxLayout()
        column.setSpacing(1)
        self._name = label("strong")
        self._meaning = label("second", wrap=True)
        lead = QVBoxLayout()
        lead.setContentsMargins(0, 4, 0, 0)
        lead.addWidget(Swatch(tone))
        lead.addStretch(1)
        outer.addLayout(lead)
        column.addWidget(self._name)
        column.addWidget(self._meaning)
        column.addStretch(1)
        outer.addLayout(column, 1)

    def set_words(self, name: str, meaning: str) -> None:
        self._name.setText(name)
        self._meaning.setText(meaning)


# Free room has no colour of its own: it is what the others leave empty.
TONES = {"sent": "accent_fill", "copies": "key_strip", "work": "paused", "other": "track", "free": ""}


def _sent_meaning(space: Space) -> str:
    """Names the blocks that are counted: a list of the films' public blocks alone sums up to less."""
    films = counts.films(len(space.sent_films))
    if space.blocks:
        blocks = amounts.size(space.blocks)
        return tr(
            N_("{films}, with {blocks} of released private blocks; keep them"), films=films, blocks=blocks
        )
    return tr(N_("{films}; buyers fetch them from here, so keep them"), films=films)


class SpaceView(QWidget):
    """The bar with its legend."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        self.bar = SpaceBar()
        column.addWidget(self.bar)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(12)
        self._entries = {name: Entry(tone) for name, tone in TONES.items()}
        for place, entry in enumerate(self._entries.values()):
            grid.addWidget(entry, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)

    def show_space(self, space: Space) -> None:
        self.setVisible(space.known)
        self.bar.set_pieces(
            [
                Piece(TONES["sent"], space.sent),
                Piece(TONES["copies"], space.copies),
                Piece(TONES["work"], space.work),
                Piece(TONES["other"], space.other or 0),
                Piece("", space.free or 0),
            ]
        )
        lines = {
            "sent": (
                tr(N_("Films you sent  {size}"), size=amounts.size(space.sent)),
                _sent_meaning(space) if space.sent_films else tr(N_("None yet")),
            ),
            "copies": (
                tr(N_("Copies of received films  {size}"), size=amounts.size(space.copies)),
                tr(N_("{films} opened; these can go"), films=counts.films(len(space.copied_films)))
                if space.copied_films
                else tr(N_("Nothing that can go")),
            ),
            "work": (
                tr(N_("In work  {size}"), size=amounts.size(space.work)),
                tr(N_("{films}; cleaned up when they are done"), films=counts.films(space.in_work)),
            )
            if space.in_work
            else (
                tr(N_("The node itself  {size}"), size=amounts.size(space.work)),
                tr(N_("Its records, and what is still to be cleaned up")),
            ),
            "other": (
                tr(N_("Other programs  {size}"), size=amounts.size(space.other)),
                tr(N_("On the same disk")),
            ),
            "free": (
                tr(N_("Free  {size}"), size=amounts.size(space.free)),
                tr(N_("Still free on the disk")),
            ),
        }
        there = {"other": space.other is not None, "free": space.free is not None}
        for name, words in lines.items():
            self._entries[name].set_words(*words)
            self._entries[name].setVisible(there.get(name, True))
        spoken = [f"{title}. {meaning}" for name, (title, meaning) in lines.items() if there.get(name, True)]
        self.bar.setAccessibleName(tr(N_("Disk space")))
        self.bar.setAccessibleDescription(" ".join(spoken))
