"""A folder that can be changed: shown whole, chosen by the system's dialog or dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui.widgets.basics import IconLabel, button, label, repolish


class Remark(QWidget):
    """A line below a folder: what is good to know of it, with a sign before it where it is a warning."""

    def __init__(self, look: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._sign = IconLabel("triangle-alert", "key", 14)
        self._words = label(look, wrap=True)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.set_remark("", look)

    def text(self) -> str:
        return self._words.text()

    @property
    def warns(self) -> bool:
        return not self._sign.isHidden()

    def set_remark(self, text: str, look: str) -> None:
        """Say `text`, "" to be gone; the look ``key`` is a warning's."""
        self._words.setProperty("look", look)
        self._words.setText(text)
        repolish(self._words)
        self._sign.setVisible(look == "key")
        self.setVisible(bool(text))


class PathField(QWidget):
    """A folder with a button to change it, and below it a remark (free space, a warning)."""

    #: The folder that a person chose.
    chosen = Signal(Path)

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        layout = QHBoxLayout()
        layout.setSpacing(8)
        self.edit = QLineEdit()
        self.edit.setReadOnly(True)
        self.remark = Remark("third")
        self.change = button()
        self.change.clicked.connect(self.ask)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.change)
        outer.addLayout(layout)
        outer.addWidget(self.remark)
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
        """What to say of the folder; the look ``key`` is a warning's."""
        self.remark.set_remark(text, look)

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
