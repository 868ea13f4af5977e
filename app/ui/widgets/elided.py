"""A label of one line that is cut in the middle: names keep their beginning and their ending."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.domain.errors import is_control

_LONGEST_WORD = 24
# First strong isolate … pop: a name in another direction does not turn what stands around it.
_ISOLATE, _POP = "\u2068", "\u2069"


def one_line(text: str) -> str:
    """Text from outside for one line: control and direction marks are shown as ␣."""
    return "".join("␣" if is_control(char) else char for char in text)


def isolated(text: str) -> str:
    """`one_line`, its direction kept to itself."""
    return f"{_ISOLATE}{one_line(text)}{_POP}"


def breakable(text: str) -> str:
    """`one_line` for labels that wrap: a word without end gets places (U+200B) at which it may break."""
    return " ".join(
        word if len(word) <= _LONGEST_WORD else "\u200b".join(word) for word in one_line(text).split(" ")
    )


class ElidedLabel(QFrame):
    """Shows `text` on one line; what does not fit is cut, and the whole is in the tooltip."""

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self._text = one_line(text)
        self.setAccessibleName(self._text)
        self.setToolTip(self._text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        cut = self.fontMetrics().elidedText(self._text, self._mode, self.width())
        painter.drawText(
            self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), isolated_cut(cut)
        )
        painter.end()


def isolated_cut(text: str) -> str:
    """A cut text, its direction kept to itself."""
    return f"{_ISOLATE}{text}{_POP}"
