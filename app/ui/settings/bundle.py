"""The bundle for support: shown text by text before it is kept, for it is the person who gives it away."""

from __future__ import annotations

from pathlib import Path

import PySide6
from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.jobs.diagnostics import Bundle
from app.ui.context import Context
from app.ui.sheet import Sheet
from app.ui.widgets import button, label, line

# More than anybody reads here; the file has all of it.
_SHOWN_CHARS = 200_000


class BundleSheet(Sheet):
    """Names on the left, the chosen text beside; one button keeps all of it as a zip."""

    #: The bundle was kept there.
    kept = Signal(Path)

    def __init__(self, context: Context, bundle: Bundle) -> None:
        super().__init__(860)
        self._context, self._bundle = context, bundle
        self._target = Path()
        self.names = QListWidget()
        self.names.addItems([file.name for file in bundle.files])
        self.names.setProperty("look", "names")
        self.names.setFixedWidth(190)
        self.names.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.about = label("second", wrap=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("look", "mono")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.names)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.about)
        column.addWidget(self.text, 1)
        row.addLayout(column, 1)
        held = QWidget()
        held.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        held.setMinimumHeight(360)
        self.body.addWidget(held, 1)
        self._cancel, self.accept_button = self.add_answers(self._ask_where, "primary", "download")
        self.names.currentRowChanged.connect(self._show)
        self.retranslate()
        self.names.setCurrentRow(0)

    def _show(self, place: int) -> None:
        if 0 <= place < len(self._bundle.files):
            file = self._bundle.files[place]
            self.about.setText(file.about)
            self.text.setPlainText(file.text[:_SHOWN_CHARS])

    def _ask_where(self) -> None:
        below = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.title.text(), below)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr(N_("Archive (*.zip)"))])
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(self._bundle.file_name)
        dialog.fileSelected.connect(lambda text: self.keep(Path(text)))
        dialog.open()

    def keep(self, target: Path) -> None:
        """Write the bundle to `target`."""
        self._target = target
        self._context.run(lambda engine: engine.care.write_bundle(self._bundle, target), self._kept)

    def _kept(self, _answer: object) -> None:
        self.kept.emit(self._target)
        self.close_sheet()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Support bundle")))
        self.subtitle.setText(
            tr(
                N_(
                    "Look through it before you send it: it names films, folders and libraries, but holds no "
                    "sign-in and no key."
                )
            )
        )
        self.names.setAccessibleName(tr(N_("What is in the bundle")))
        self.text.setAccessibleName(tr(N_("The chosen text")))
        self._cancel.setText(tr(N_("Cancel")))
        if self.accept_button is not None:
            self.accept_button.setText(tr(N_("Save as zip…")))


class BundleView(QWidget):
    """The button that gathers the bundle."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._gathering = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._title, self._text = label("strong"), label("second", wrap=True)
        self.gather = button("", "file-text")
        self.gather.clicked.connect(self._gather)
        self.note = label("second", wrap=True, selectable=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.gather)
        row.addWidget(self.note, 1)
        column.addWidget(line())
        column.addSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(row)

    def _gather(self) -> None:
        self._set_gathering(True)
        versions = {"PySide6": PySide6.__version__}
        self._context.run(lambda engine: engine.care.bundle(versions), self._gathered, self._failed)

    def _gathered(self, bundle: Bundle) -> None:
        self._set_gathering(False)
        sheet = BundleSheet(self._context, bundle)
        sheet.kept.connect(lambda target: self.note.setText(tr(N_("Saved as {name}"), name=target.name)))
        self._context.shell.open_sheet(sheet)

    def _failed(self, error: ReelkeyError) -> None:
        self._set_gathering(False)
        self._context.shell.show_error(error)

    def _set_gathering(self, on: bool) -> None:
        self._gathering = on
        self.gather.setEnabled(not on)
        self.retranslate()

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Support bundle")))
        self._text.setText(
            tr(N_("Versions, settings, logs and films, with no secrets, for our support team."))
        )
        self.gather.setText(tr(N_("Collecting…")) if self._gathering else tr(N_("Collect…")))
