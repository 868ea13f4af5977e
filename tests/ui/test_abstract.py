"""Abstract classes of Qt's objects can't be made; what fills them in can."""

from __future__ import annotations

from abc import abstractmethod

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.confirm.base import RequestSheet
from app.ui.films.rows import GroupedRows
from app.ui.settings.controls import Control
from app.ui.widgets.abstract import AbstractQt


class Shape(QWidget, metaclass=AbstractQt):
    drawn = Signal(int)

    @abstractmethod
    def corners(self) -> int:
        """How many."""


class Square(Shape):
    def corners(self) -> int:
        return 4


@pytest.mark.parametrize("kind", [Shape, RequestSheet, GroupedRows, Control])
def test_what_lacks_a_method_can_not_be_made(qapp: QApplication, kind: type[QObject]) -> None:
    with pytest.raises(TypeError, match=f"{kind.__name__} is abstract"):
        kind()


def test_what_has_them_all_is_one_of_qts_objects(qapp: QApplication) -> None:
    seen: list[int] = []
    square = Square()
    square.drawn.connect(seen.append)
    square.drawn.emit(square.corners())
    assert seen == [4] and isinstance(square, Shape) and square.isWidgetType()
