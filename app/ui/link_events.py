"""Links that come as events: macOS hands a link to the running program as a QFileOpenEvent."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.launch.link import is_link


class LinkEvents(QObject):
    """A filter on the application, in place before its loop runs, so that the first link is not missed."""

    link = Signal(str)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent):
            text = bytes(event.url().toEncoded().data()).decode("ascii", "replace")
            if is_link(text):
                self.link.emit(text)
                return True
        return False
