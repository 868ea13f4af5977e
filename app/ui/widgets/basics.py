"""Labels, buttons, cards: Qt's own, with a look from the style sheet. All text is plain."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ui import theme

ICON = 16
_ICON_GAP = 4


def label(look: str = "", text: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label of plain text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if look:
        made.setProperty("look", look)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def heading(text: str = "") -> QLabel:
    return label("heading", text)


def button(look: str = "", icon: str = "", *, small: bool = False) -> QPushButton:
    """A push button: look ``""``, ``primary``, ``key``, ``danger`` or ``link``; `icon` is Lucide's name."""
    made = QPushButton()
    if look:
        made.setProperty("look", look)
    made.setProperty("small", small)
    made.setProperty("lucide", icon)
    made.setIconSize(QSize(ICON, ICON))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # its ring is for those who come by keys
    restyle_button(made)
    return made


def tool(icon: str, *, framed: bool = False) -> QToolButton:
    """A button of an icon alone; its accessible name and tooltip are the caller's to set (`name_tool`)."""
    made = QToolButton()
    if framed:
        made.setProperty("look", "button")
    made.setProperty("lucide", icon)
    made.setIconSize(QSize(ICON, ICON))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # its ring is for those who come by keys
    restyle_button(made)
    return made


def name_tool(made: QToolButton, text: str) -> None:
    """A tool button's name for eyes (tooltip) and ears (accessible name)."""
    made.setToolTip(text)
    made.setAccessibleName(text)


def restyle_button(made: QPushButton | QToolButton) -> None:
    """Draw the button's icon in the colours of the palette in use."""
    name = made.property("lucide")
    if not name:
        return
    colours = theme.current()
    # Qt leaves 4 px between icon and text: the drawing brings two more along at its right.
    beside_text = isinstance(made, QPushButton) and made.property("look") != "nav"
    width = ICON + _ICON_GAP if beside_text else ICON
    made.setIconSize(QSize(width, ICON))
    by_look = {
        "primary": colours.on_fill,
        "key": colours.on_key,
        "danger": colours.error,
        "link": colours.accent,
    }
    colour = by_look.get(str(made.property("look") or ""), colours.text2)
    made.setIcon(theme.icon(str(name), colour, ICON, colours.text3, width))


def restyle_children(parent: QWidget) -> None:
    """Draw anew all icons below `parent`."""
    for one in parent.findChildren(QPushButton):
        restyle_button(one)
    for other in parent.findChildren(QToolButton):
        restyle_button(other)
    for third in parent.findChildren(IconLabel):
        third.restyle()


def card(look: str = "card") -> tuple[QFrame, QVBoxLayout]:
    """A frame with rounded corners and its layout (16 px inside)."""
    frame = QFrame()
    frame.setProperty("look", look)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(16, 14, 16, 14)
    layout.setSpacing(8)
    return frame, layout


def line() -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("look", "line")
    return made


def repolish(widget: QWidget) -> None:
    """The look of `widget` changed: ask the style sheet again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class IconLabel(QLabel):
    """An icon that only shows; `tone` is a name of the palette (``text2``, ``key``, ``done`` …)."""

    def __init__(self, name: str, tone: str = "text2", size: int = ICON) -> None:
        super().__init__()
        self._name, self._tone, self._size = name, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.restyle()

    def set_icon(self, name: str, tone: str) -> None:
        self._name, self._tone = name, tone
        self.restyle()

    def restyle(self) -> None:
        colour = str(getattr(theme.current(), self._tone))
        self.setPixmap(theme.pixmap(self._name, colour, self._size, self.devicePixelRatioF()))


class Dot(QWidget):
    """A dot of 8 px in a tone of the palette; a word beside it always says the same."""

    def __init__(self, tone: str = "track") -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(8, 8)

    def set_tone(self, tone: str) -> None:
        self._tone = tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        tones = theme.current()
        colour = {"done": tones.done_strip, "key": tones.key_strip, "error": tones.error}.get(
            self._tone, tones.strong
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(self.rect())
        painter.end()
