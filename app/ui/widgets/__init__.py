"""Small widgets that several pages use."""

from app.ui.widgets.basics import (
    Dot,
    IconLabel,
    button,
    card,
    heading,
    label,
    line,
    tool,
)
from app.ui.widgets.choice import ChoiceBox
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.errors import ErrorCard
from app.ui.widgets.head import PageHead
from app.ui.widgets.paths import PathField

__all__ = [
    "ChoiceBox",
    "Dot",
    "ElidedLabel",
    "EmptyState",
    "ErrorCard",
    "IconLabel",
    "PageHead",
    "PathField",
    "button",
    "card",
    "heading",
    "label",
    "line",
    "tool",
]
