"""The papers of a film: its delivery receipt as PDF or HTML, kept where a person says, and the ASC MHL
manifest of a film that was opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.errors import Cancelled, ReelkeyError
from app.domain.names import safe_name
from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.ui.context import Context
from app.ui.messages import FilmRead

if TYPE_CHECKING:
    from app.jobs.receipt import Receipt
    from app.media.mhl import Manifest

_PDF, _HTML = ".pdf", ".html"


def has_manifest(row: TaskRow) -> bool:
    """Whether a manifest can be made of it: a film that was opened here."""
    return row.kind is TaskKind.DOWNLOAD and row.run is Run.DONE and bool(row.final_path)


class Papers(QObject):
    """Makes papers for whoever asks; `parent` is the widget that dialogs belong to."""

    #: A file was written.
    written = Signal(Path)
    #: The manifest that is being made: bytes read, bytes in all.
    progressed = Signal(object, object)
    #: Whether a manifest is being made changed.
    busy_changed = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._widget = context, parent
        self._making: asyncio.Task[Any] | None = None
        self._path = ""
        self.film = ""
        context.store.read.connect(self._read)

    def receipt(self, number: int) -> None:
        """Ask where the receipt of a film shall lie, and write it there."""
        self._context.run(lambda engine: engine.care.receipt(number), self._ask_where)

    def _ask_where(self, receipt: Receipt) -> None:
        name = safe_name(receipt.file_name + _PDF, platform="any").name
        filters = (tr(N_("PDF (*.pdf)")), tr(N_("Web page (*.html)")))
        self.ask_file(
            tr(N_("Save receipt")), name, filters, lambda target: self.write_receipt(receipt, target)
        )

    def write_receipt(self, receipt: Receipt, target: Path) -> None:
        """Write the receipt as what its ending says."""
        from app.jobs.receipt import as_html  # noqa: PLC0415 - films are shown without
        from app.ui.receipt_pdf import write_pdf  # noqa: PLC0415

        if target.suffix.lower() in (_HTML, ".htm"):
            page = as_html(receipt)
            self._context.run(
                lambda engine: engine.care.write_page(target, page), lambda _: self.written.emit(target)
            )
            return
        try:
            write_pdf(receipt, target)
        except ReelkeyError as error:
            self._context.shell.show_error(error)
        else:
            self.written.emit(target)

    # --- the manifest --------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a manifest is being made: one at a time, for it reads a whole film."""
        return self._making is not None

    def manifest(self, row: TaskRow) -> None:
        """Record a received film in the ASC MHL history beside it."""
        if self.busy or not has_manifest(row):
            return
        self.film, self._path = row.source_name, row.final_path
        film = Path(row.final_path)
        self._making = self._context.run(
            lambda engine: engine.care.manifest(film), self._manifest_made, self._manifest_failed
        )
        self.busy_changed.emit()

    def _read(self, seen: FilmRead) -> None:
        if self.busy and seen.film == self._path:
            self.progressed.emit(seen.done, seen.total)

    def cancel(self) -> None:
        """Stop making the manifest; nothing is left of it."""
        if self._making is not None:
            self._making.cancel()
            self._over()

    def _manifest_made(self, made: Manifest) -> None:
        self._over()
        self.written.emit(made.path)

    def _manifest_failed(self, error: ReelkeyError) -> None:
        self._over()
        if not isinstance(error, Cancelled):
            self._context.shell.show_error(error)

    def _over(self) -> None:
        self._making = None
        self.busy_changed.emit()

    # --- where to ------------------------------------------------------------------------------------

    def ask_file(
        self, title: str, name: str, filters: tuple[str, ...], then: Callable[[Path], None]
    ) -> QFileDialog:
        """The system's dialog for a new file, in the folder for documents."""
        below = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self._widget, title, below)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.selectFile(name)
        dialog.setDefaultSuffix(Path(name).suffix)
        if len(filters) > 1:
            endings = [one.rpartition("*.")[2].rstrip(")") for one in filters]
            dialog.filterSelected.connect(
                lambda chosen: dialog.setDefaultSuffix(endings[filters.index(chosen)])
            )
        dialog.fileSelected.connect(lambda text: then(Path(text)))
        dialog.open()
        return dialog
