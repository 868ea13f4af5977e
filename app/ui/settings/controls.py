"""The controls by which a setting is changed: each shows a text as `Setting` writes it, and tells when a
person wants another one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.words import N_, tr
from app.settings.table import Setting
from app.ui.settings.words import choice_of
from app.ui.widgets import ChoiceBox, PathField, button
from app.ui.widgets.abstract import AbstractQt

_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class Control(QWidget, metaclass=AbstractQt):
    """What changes a setting. `wanted` carries a text that `Setting.from_text` reads; "" is the default."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)

    @abstractmethod
    def show_text(self, text: str) -> None:
        """Show the value that counts now."""

    @abstractmethod
    def set_name(self, name: str, meaning: str) -> None:
        """The setting's name and meaning for screen readers."""

    def retranslate(self) -> None:
        """Set all texts anew."""


class LineControl(Control):
    """A line of text, kept when it is left or Enter is pressed."""

    def __init__(self, *, wide: bool) -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setMaxLength(4096)
        self.edit.editingFinished.connect(self._finished)
        self._shown = ""
        if not wide:
            self.edit.setFixedWidth(140)
        self.row.addWidget(self.edit)
        if not wide:
            self.row.addStretch(1)

    def _finished(self) -> None:
        text = self.edit.text()
        if text != self._shown:
            self._shown = text
            self.wanted.emit(text)

    def show_text(self, text: str) -> None:
        self._shown = text
        if self.edit.text() != text:
            self.edit.setText(text)
            self.edit.setCursorPosition(0)

    def set_name(self, name: str, meaning: str) -> None:
        self.edit.setAccessibleName(name)
        self.edit.setAccessibleDescription(meaning)


class FlagControl(Control):
    """On or off."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.toggled.connect(lambda on: self.wanted.emit("on" if on else "off"))
        self.row.addWidget(self.box)
        self.row.addStretch(1)

    def show_text(self, text: str) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(text == "on")
        self.box.blockSignals(False)

    def set_name(self, name: str, meaning: str) -> None:
        self.box.setAccessibleName(name)
        self.box.setAccessibleDescription(meaning)

    def retranslate(self) -> None:
        self.box.setText(tr(N_("On")))


class ChoiceControl(Control):
    """One of a few words."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._key = setting.key
        choices = setting.choices if setting.default in setting.choices else ("", *setting.choices)
        self.box = ChoiceBox()
        self.box.setMinimumWidth(240)
        for choice in choices:
            self.box.addItem("", choice)
        self.box.activated.connect(lambda place: self.wanted.emit(str(self.box.itemData(place))))
        self.row.addWidget(self.box)
        self.row.addStretch(1)

    def show_text(self, text: str) -> None:
        self.box.setCurrentIndex(self.box.findData(text))

    def set_name(self, name: str, meaning: str) -> None:
        self.box.setAccessibleName(name)
        self.box.setAccessibleDescription(meaning)

    def retranslate(self) -> None:
        for place in range(self.box.count()):
            self.box.setItemText(place, choice_of(self._key, str(self.box.itemData(place))))


class FolderControl(Control):
    """A folder, chosen by the system's dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.field = PathField()
        self.field.chosen.connect(lambda folder: self.wanted.emit(str(folder)))
        self.row.addWidget(self.field)

    def show_text(self, text: str) -> None:
        self.field.set_folder(Path(text) if text else None)

    def set_name(self, name: str, meaning: str) -> None:
        self.field.set_name(name)
        self.field.edit.setAccessibleDescription(meaning)

    def retranslate(self) -> None:
        self.field.retranslate()


class FileControl(LineControl):
    """A file's path, written or chosen."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.change = button()
        self.change.clicked.connect(self._ask)
        self.row.addWidget(self.change)

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.change.text(), self.edit.text())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.wanted.emit)
        dialog.open()

    def set_name(self, name: str, meaning: str) -> None:
        super().set_name(name, meaning)
        self.change.setAccessibleName(tr(N_("Change: {name}"), name=name))

    def retranslate(self) -> None:
        self.change.setText(tr(N_("Choose…")))


class _LeftText(QPlainTextEdit):
    """Plain text that tells when the cursor leaves it."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.left.emit()


class TextControl(Control):
    """Several lines of text, kept when they are left."""

    def __init__(self) -> None:
        super().__init__()
        self.edit = _LeftText()
        self.edit.setFixedHeight(84)
        self.edit.setTabChangesFocus(True)
        self.edit.left.connect(self._finished)
        self._shown = ""
        self.row.addWidget(self.edit)

    def _finished(self) -> None:
        text = self.edit.toPlainText()
        if text != self._shown:
            self._shown = text
            self.wanted.emit(text)

    def show_text(self, text: str) -> None:
        self._shown = text
        if self.edit.toPlainText() != text:
            self.edit.setPlainText(text)

    def set_name(self, name: str, meaning: str) -> None:
        self.edit.setAccessibleName(name)
        self.edit.setAccessibleDescription(meaning)


class FolderListControl(Control):
    """Several folders: added by the system's dialog, removed by Del or a button."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout()
        column.setSpacing(8)
        self.list = QListWidget()
        self.list.setProperty("look", "names")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight(96)
        self.list.installEventFilter(self)
        self.list.currentRowChanged.connect(lambda _row: self._show_remove())
        self.add, self.remove = button("", "plus", small=True), button("", "x", small=True)
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(self._remove)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        column.addWidget(self.list)
        column.addLayout(buttons)
        self.row.addLayout(column)

    def folders(self) -> list[str]:
        """The folders that are shown."""
        return [self.list.item(place).text() for place in range(self.list.count())]

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.add.text(), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, folder: str) -> None:
        """Add a folder."""
        self.wanted.emit("\n".join(dict.fromkeys([*self.folders(), folder])))

    def _remove(self) -> None:
        chosen = self.list.currentItem()
        if chosen is not None:
            self.wanted.emit("\n".join(folder for folder in self.folders() if folder != chosen.text()))

    def _show_remove(self) -> None:
        self.remove.setEnabled(self.list.currentItem() is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        pressed = watched is self.list and event.type() == QEvent.Type.KeyPress
        if not (pressed and isinstance(event, QKeyEvent) and event.key() in _REMOVE):
            return super().eventFilter(watched, event)
        if not event.isAutoRepeat():
            self._remove()
        return True

    def show_text(self, text: str) -> None:
        self.list.clear()
        self.list.addItems([folder for folder in text.split("\n") if folder])
        self._show_remove()

    def set_name(self, name: str, meaning: str) -> None:
        self.list.setAccessibleName(name)
        self.list.setAccessibleDescription(meaning)

    def retranslate(self) -> None:
        self.add.setText(tr(N_("Add folder…")))
        self.remove.setText(tr(N_("Remove")))


_SPECIAL: dict[str, Callable[[], Control]] = {
    "output_dir": FolderControl,
    "private_dir": FolderControl,
    "private_folders": FolderListControl,
    "node.kubo": FileControl,
    "node.swarm_key": FileControl,
}


def control_for(setting: Setting) -> Control:
    """The control that fits a declaration."""
    if setting.key in _SPECIAL:
        return _SPECIAL[setting.key]()
    if isinstance(setting.default, bool):
        return FlagControl()
    if setting.choices:
        return ChoiceControl(setting)
    if setting.separator == "\n":
        return TextControl()
    return LineControl(wide=isinstance(setting.default, str | tuple))
