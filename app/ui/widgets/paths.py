"""A folder that can be changed: shown whole, chosen by the system's dialog or dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from app.domain.words import N_, tr
from app.ui.widgets.basics import button, label


class PathField(QWidget):
    """A folder with a button to change it and room for a remark (free space, a warning)."""

    #: The folder that a person chose.
    chosen = Signal(Path)

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.edit = QLineEdit()
        self.edit.setReadOnly(True)
        self.remark = label("third")
        self.change = button()
        self.change.clicked.connect(self.ask)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.remark)
        layout.addWidget(self.change)
        self._folder: Path | None = None
        self.set_folder(folder)
        self.retranslate()

    @property
    def folder(self) -> Path | None:
        return self._folder

    def set_folder(self, folder: Path | None) -> None:
        self._folder = folder
        self.edit.setText(str(folder) if folder else "")
        self.edit.setCursorPosition(0)
        self.edit.setToolTip(str(folder) if folder else "")

    def set_remark(self, text: str, look: str = "third") -> None:
        self.remark.setProperty("look", look)
        self.remark.setText(text)
        self.remark.setVisible(bool(text))
        self.remark.style().unpolish(self.remark)
        self.remark.style().polish(self.remark)

    def set_name(self, name: str) -> None:
        """The field's name for screen readers."""
        self.edit.setAccessibleName(name)
        self.change.setAccessibleName(tr(N_("Change: {name}"), name=name))

    def retranslate(self) -> None:
        self.change.setText(tr(N_("Change…")))

    def ask(self) -> None:
        """Let the person choose another folder."""
        dialog = QFileDialog(self, tr(N_("Choose a folder")), str(self._folder or Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take)
        dialog.open()

    def _take(self, text: str) -> None:
        folder = Path(text)
        self.set_folder(folder)
        self.chosen.emit(folder)
