"""The delivery receipt as PDF: the same page as the HTML, set by Qt's text document."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QSaveFile, QSizeF
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from app import __version__
from app.domain.errors import TargetUnwritable
from app.jobs.receipt import Receipt, as_html

_DPI = 300
_MARGIN_MM = 18.0


def write_pdf(receipt: Receipt, target: Path) -> None:
    """Write the receipt as PDF, A4; replaces `target` in one step, once it is whole.

    For the window's thread (fonts); takes some hundredths of a second. Raises TargetUnwritable.
    """
    file = QSaveFile(str(target))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise TargetUnwritable(path=str(target), reason=file.errorString())
    writer = QPdfWriter(file)
    writer.setTitle(receipt.file_name)
    writer.setCreator(f"Reelkey {__version__}")
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(
        QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM), QPageLayout.Unit.Millimeter
    )
    document = _document(receipt)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
    if not file.commit():
        raise TargetUnwritable(path=str(target), reason=file.errorString())


def _document(receipt: Receipt) -> QTextDocument:
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    font = QFont(QGuiApplication.font())
    font.setPointSizeF(10)
    document.setDefaultFont(font)
    document.setHtml(as_html(receipt))
    return document
