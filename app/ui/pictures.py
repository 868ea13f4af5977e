"""The window's poster frames: one collection for all pages, there as soon as the profile is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSize, Signal
from PySide6.QtGui import QPixmap

from app.journal import TaskRow
from app.settings.paths import ProfilePaths
from app.ui.posters import Posters, poster_folder


class Pictures(QObject):
    """Poster frames by row; none before `use` has named the profile whose cache holds them."""

    #: The journal's number of a film whose picture is there now.
    ready = Signal(int)
    #: The place of a film whose picture is there now.
    taken = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._posters: Posters | None = None

    def use(self, paths: ProfilePaths) -> None:
        """Keep pictures in this profile's folder from now on."""
        if self._posters is not None:
            return
        self._posters = Posters(poster_folder(paths), self)
        self._posters.ready.connect(self.ready)
        self._posters.taken.connect(self.taken)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.stop)

    def get(self, row: TaskRow, size: QSize, ratio: float) -> QPixmap | None:
        """The film's picture; None while there is none, or for good. Never blocks."""
        return None if self._posters is None else self._posters.get(row, size, ratio)

    def of_file(self, path: Path, count: int, size: QSize, ratio: float) -> QPixmap | None:
        """The picture of a film of `count` bytes that no row knows yet."""
        return None if self._posters is None else self._posters.of_file(path, count, size, ratio)

    def stop(self) -> None:
        """No more are taken; the child that takes one ends."""
        if self._posters is not None:
            self._posters.stop()
