"""Poster frames of exports: a film's own, wherever the film is known. Looked up once a row is painted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QPixmap

from app.domain.status import TaskKind
from app.jobs.places import PRIVATE_ENDING
from app.journal import Run, TaskRow
from app.journal.exports import ExportRow, From, What
from app.ui.cloud_messages import Pictured
from app.ui.context import Context


class ExportFrames(QObject):
    """The frames of exports by their numbers, from the same collection as the films' own."""

    #: The number of an export whose frame may be there now.
    ready = Signal(int)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._asked: dict[int, tuple[Run, bool]] = {}
        self._pictured: dict[int, Pictured] = {}
        self._films: dict[int, int] = {}
        self._looked_among: dict[int, int] = {}
        context.pictures.ready.connect(self._of_film_ready)
        context.pictures.taken.connect(self._of_file_ready)
        context.store.clouds.exports_gone.connect(self._gone)

    def get(self, number: int, size: QSize, ratio: float) -> QPixmap | None:
        """The frame at `size` logical pixels; None while there is none, or for good. Never blocks."""
        export = self._context.store.clouds.exports.get(number)
        if export is None or export.what is What.GALLERY:
            return None
        found = self._pictured.get(number)
        if found is None or found.source is From.FILM:
            self._ask(export)
        if found is None:
            return None
        film = self._film(number, found)
        if film is not None:
            return self._context.pictures.get(film, size, ratio)
        block = found.place.casefold().endswith(PRIVATE_ENDING)
        if found.source is not From.FILE or block or not found.size:
            return None
        return self._context.pictures.of_file(Path(found.place), found.size, size, ratio)

    def _ask(self, export: ExportRow) -> None:
        """What stands for it: once, and again when it came further (a film that was waited for is a file)."""
        number, now = export.number, (export.run, export.listed)
        if self._asked.get(number) == now:
            return
        self._asked[number] = now

        def take(found: Pictured | None) -> None:
            if found is not None and found != self._pictured.get(number):
                self._pictured[number] = found
                self._films.pop(number, None)
                self._looked_among.pop(number, None)
                self.ready.emit(number)

        self._context.run(lambda engine: engine.clouds.pictured(number), take, lambda _: None)

    def _film(self, number: int, found: Pictured) -> TaskRow | None:
        """The film of the journal that it is, or is a block of. Looked for again once others are known."""
        rows = self._context.store.rows
        if number not in self._films and self._looked_among.get(number) != len(rows):
            self._looked_among[number] = len(rows)
            film = next(filter(_fits(found), rows.values()), None)
            if film is not None:
                self._films[number] = film.number
        return rows.get(self._films.get(number, 0))

    # --- what comes ----------------------------------------------------------------------------------

    def _of_film_ready(self, film: int) -> None:
        for number, one in self._films.items():
            if one == film:
                self.ready.emit(number)

    def _of_file_ready(self, place: str) -> None:
        for number, one in self._pictured.items():
            if one.source is From.FILE and one.place == place:
                self.ready.emit(number)

    def _gone(self, numbers: list[int]) -> None:
        for number in numbers:
            for known in (self._asked, self._pictured, self._films, self._looked_among):
                known.pop(number, None)


def _fits(found: Pictured) -> Callable[[TaskRow], bool]:
    """Which film of the journal is meant; never a release, which has no file of the film."""
    return lambda row: row.kind is not TaskKind.RELEASE and found.place in (
        (row.id,) if found.source is From.FILM
        else (row.cid,) if found.source is From.BLOCK
        else (row.source_path, row.final_path, row.private_path)
    )  # fmt: skip
