"""A segmented control: a few choices side by side, one of which holds. Arrow keys go from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton

from app.ui.widgets import painting

# What the style sheet puts around the words.
_AROUND = 26


class Segments(QFrame):
    """The first of `choices` holds at the beginning. What a segment says (`set_words`) is its name for ears
    too."""

    #: A person chose: the choice.
    chosen = Signal(object)

    def __init__(self, choices: Iterable[Any]) -> None:
        super().__init__()
        self.setObjectName("segments")
        self.setFixedHeight(32)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        group = QButtonGroup(self)
        self.buttons: dict[Any, QPushButton] = {}
        for choice in choices:
            one = QPushButton()
            one.setCheckable(True)
            one.setCursor(Qt.CursorShape.PointingHandCursor)
            one.clicked.connect(lambda _checked=False, choice=choice: self.chosen.emit(choice))
            group.addButton(one)
            row.addWidget(one, 1)
            self.buttons[choice] = one
        self.check(next(iter(self.buttons)))

    def check(self, choice: Any) -> None:
        """Let `choice` hold: not by a person."""
        self.buttons[choice].setChecked(True)

    def set_words(self, choice: Any, words: str) -> None:
        """What the segment of `choice` says. It is wide enough for these words in bold, as they are once it
        is chosen."""
        one = self.buttons[choice]
        one.setText(words)
        one.setMinimumWidth(painting.width_of(words, painting.font(bold=True)) + _AROUND)
