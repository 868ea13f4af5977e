"""The page before the first film: what it is for, how a film comes here, and three things worth knowing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import theme
from app.ui.widgets import IconLabel, button, label, line

_WIDTH = 716
_NOTES = (
    ("lock", N_("Sealed on this computer"),
     N_("A film leaves only as a sealed public block, which opens nothing on its own.")),
    ("key-round", N_("You keep the private block"),
     N_("A small file stays with you until the day of delivery. Only you can release it.")),
    ("circle-check", N_("Checked byte by byte"),
     N_("The buyer's copy gets its name only once it matches your master.")),
)  # fmt: skip


class NoFilms(QWidget):
    """Mockup 09. The page connects the three buttons."""

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 20)
        outer.addStretch(3)
        self.library: QPushButton = button("primary", "external-link")
        self.paste: QPushButton = button("", "link-2")
        self.folder: QPushButton = button("", "folder-open")
        self._title, self._text = label("title"), label("lead", wrap=True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setMinimumWidth(320)
        self._text.setMaximumWidth(520)
        outer.addWidget(_Drawing(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addSpacing(28)
        outer.addWidget(self._title)
        outer.addSpacing(4)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(self._text, 4)
        centred.addStretch(1)
        outer.addLayout(centred)
        outer.addSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for one in (self.library, self.paste, self.folder):
            row.addWidget(one)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addSpacing(40)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(self._notes(), 8)
        below.addStretch(1)
        outer.addLayout(below)
        outer.addStretch(4)

    def _notes(self) -> QWidget:
        box = QWidget()
        box.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(line())
        column.addSpacing(20)
        row = QHBoxLayout()
        row.setSpacing(32)
        self._words: list[tuple[QLabel, QLabel]] = []
        for icon, _, _ in _NOTES:
            note = QVBoxLayout()
            note.setSpacing(6)
            head, text = label("strong"), label("second", wrap=True)
            text.setMinimumWidth(170)
            text.setAlignment(Qt.AlignmentFlag.AlignTop)
            note.addWidget(IconLabel(icon, "accent", 20))
            note.addWidget(head)
            note.addWidget(text, 1)
            row.addLayout(note, 1)
            self._words.append((head, text))
        column.addLayout(row)
        return box

    def set_library(self, name: str) -> None:
        """The library that the first button opens; without one there is nothing to open."""
        self.library.setVisible(bool(name))
        self.library.setText(tr(N_("Open {library}"), library=name).replace("&", "&&"))

    def retranslate(self) -> None:
        self._title.setText(tr(N_("No films yet")))
        self._text.setText(
            tr(N_("Press Send or Receive on your studio's site; the request opens here. You can also drop a folder of films."))  # noqa: E501
        )  # fmt: skip
        self.paste.setText(tr(N_("Paste link")))
        self.folder.setText(tr(N_("Choose a folder…")))
        for (head, text), (_, title, words) in zip(self._words, _NOTES, strict=True):
            head.setText(tr(title))
            text.setText(tr(words))


class _Drawing(QWidget):
    """A reel, a dotted line, and the key that opens it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(190, 56)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1.5))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(QRectF(1, 1, 84, 53), 6, 6)
        for x in (16, 70):
            painter.drawLine(QPointF(x, 1), QPointF(x, 54))
        for y in (18, 36):
            painter.drawLine(QPointF(1, y), QPointF(16, y))
            painter.drawLine(QPointF(70, y), QPointF(85, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.strong))
        painter.drawPolygon([QPointF(37, 19), QPointF(37, 36), QPointF(50, 27.5)])
        for x in (96, 105, 114, 123):
            painter.drawEllipse(QPointF(x, 28), 1.4, 1.4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(QColor(colours.key_strip), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawEllipse(QPointF(147, 28), 12, 12)
        painter.drawLine(QPointF(159, 28), QPointF(187, 28))
        painter.drawLine(QPointF(175, 28), QPointF(175, 35))
        painter.drawLine(QPointF(183, 28), QPointF(183, 33))
        painter.setBrush(QColor(colours.key_strip))
        painter.drawEllipse(QPointF(147, 28), 2.5, 2.5)
        painter.end()
