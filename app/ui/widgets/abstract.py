"""Abstract classes of Qt's objects."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from PySide6.QtCore import QObject


class AbstractQt(ABCMeta, type(QObject)):  # type: ignore[misc]  # Qt's metaclass has no name of its own
    """The metaclass of a Qt class with abstract methods: what lacks one of them can't be made. (Qt's objects
    are made past the check that Python has for it.)"""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if cls.__abstractmethods__:
            raise TypeError(f"{cls.__name__} is abstract: {', '.join(sorted(cls.__abstractmethods__))}")
        return super().__call__(*args, **named)
