"""The lines of the details pane: a step of the way, a thing that opens the film, a fact to be copied."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import theme
from app.ui.films.story import At, Fact, Opener, Step
from app.ui.widgets import ElidedLabel, IconLabel, label, tool
from app.ui.widgets.basics import name_tool, repolish

_NAME_WIDTH, _STEP = 104, 20


def _tone(made: QLabel, tone: str) -> None:
    """Colour a small label by a name of the palette."""
    looks = {"done": "done-small", "key": "key-small", "error": "error-small", "text3": "third"}
    look = looks.get(tone, "second")
    if made.property("look") != look:
        made.setProperty("look", look)
        repolish(made)


class StepLine(QWidget):
    """A step of the film's way, joined to the next by a line."""

    def __init__(self, *, last: bool) -> None:
        super().__init__()
        self._last = last
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 6)
        row.setSpacing(10)
        self._icon = IconLabel("circle", "text3")
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._words, self._below = label("", wrap=True), label("second", wrap=True)
        column.addWidget(self._words)
        column.addWidget(self._below)
        row.addLayout(column, 1)
        self._when = label("third")
        row.addWidget(self._when, 0, Qt.AlignmentFlag.AlignTop)
        for one in (self._icon, self._words, self._when):  # Chinese lines are higher than Latin ones
            one.setMinimumHeight(_STEP)

    def show_step(self, step: Step) -> None:
        icon, tone = step.at.value
        self._icon.set_icon(icon, tone)
        self._words.setText(step.words)
        quiet = "second" if step.at is At.TODO else "medium"
        if self._words.property("look") != quiet:
            self._words.setProperty("look", quiet)
            repolish(self._words)
        self._when.setText(step.when)
        self._below.setText(step.below)
        self._below.setVisible(bool(step.below))
        _tone(self._below, "error" if step.at is At.FAILED else "text2")

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._last:
            return
        painter = QPainter(self)
        top = _STEP + 1.0
        painter.fillRect(
            QRectF(7.5, top, 1, max(0.0, self.height() - top - 1)), QColor(theme.current().border)
        )
        painter.end()


class OpenerLine(QFrame):
    """Public block, private block or permission: where it is, here or not here."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        self._icon = IconLabel("film", "text2")
        column = QVBoxLayout()
        column.setSpacing(0)
        self._title = label("medium")
        self._where = ElidedLabel()
        self._where.setProperty("look", "second")
        self._state = label("second")
        column.addWidget(self._title)
        column.addWidget(self._where)
        row.addWidget(self._icon)
        row.addLayout(column, 1)
        row.addWidget(self._state)

    def show_opener(self, opener: Opener) -> None:
        self._icon.set_icon(opener.icon, "text2")
        self._title.setText(opener.title)
        if self._where.text() != opener.where:
            self._where.set_text(opener.where)
        self._state.setText(opener.state)
        _tone(self._state, opener.tone)


class FactText(QPlainTextEdit):
    """Text to be read and selected, as high as it is long; a long word breaks wherever it must."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("look", "fact")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)

    def show_text(self, text: str) -> None:
        if self.toPlainText() != text:
            self.setPlainText(text)
            self._fit()

    def _fit(self) -> None:
        """As high as its lines: the fonts of other scripts stand higher than the first."""
        document = self.document()
        height = document.documentLayout().blockBoundingRect(document.firstBlock()).height()
        self.setFixedHeight(max(self.fontMetrics().lineSpacing(), ceil(height)) + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()


class FactLine(QWidget):
    """A fact that can be selected, with a button that copies it whole."""

    def __init__(self) -> None:
        super().__init__()
        self._copied = ""
        self._row = QHBoxLayout(self)
        self._row.setSpacing(8)
        self._name = label("third")
        self._name.setFixedWidth(_NAME_WIDTH)
        self._text = FactText()
        self._copy = tool("copy")
        self._copy.clicked.connect(self._take)
        self._row.addWidget(self._name)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._copy)

    def show_fact(self, fact: Fact) -> None:
        self._name.setText(fact.name)
        look = "mono" if fact.mono else "fact"
        if self._text.property("look") != look:
            self._text.setProperty("look", look)
            repolish(self._text)
        self._text.show_text(fact.text)
        self._text.setAccessibleName(fact.name)
        self._copied = fact.copied
        self._copy.setVisible(bool(fact.copied))
        space = 0 if fact.copied else 3
        self._row.setContentsMargins(0, space, 0, space)
        name_tool(self._copy, tr(N_("Copy: {name}"), name=fact.name))

    def _take(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)
