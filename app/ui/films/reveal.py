"""Showing a file where it lies, selected where the system's file manager can."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.jobs.places import nearest
from app.journal import TaskRow


def folder_of(row: TaskRow) -> Path | None:
    """What *Show folder* shows: the film itself where it is, else the nearest folder that is there."""
    for text in (row.final_path, row.source_path, row.private_path, row.output_dir):
        if text:
            return nearest(Path(text))
    return None


def reveal(path: Path) -> None:
    """Open the folder of `path` in the system's file manager."""
    if path.is_file() and sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(path)])
    elif path.is_file() and sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    else:
        folder = path if path.is_dir() else path.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
