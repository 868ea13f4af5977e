"""What can be exported, as the export sheet offers it: films of the journal, files and folders, a gallery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.gallery.request import ArchiveType, mismatch, type_in
from app.jobs.exports.choose import Which
from app.journal import Run, TaskRow
from app.ui import amounts
from app.ui.films.card import name_of
from app.ui.node.rows import Line, LinesModel, LinesView
from app.ui.widgets import button, label
from app.ui.widgets.elided import one_line

_ROWS_SEEN = 5
_WORDS: dict[Which, str] = {
    "film": N_("The film itself"),
    "public": N_("Public block (sealed)"),
    "private": N_("Private block"),
}


class Source(IntEnum):
    """What is exported."""

    FILMS = 0
    FILES = 1
    GALLERY = 2


SOURCES = (
    (Source.FILMS, N_("Films")),
    (Source.FILES, N_("Files and folders")),
    (Source.GALLERY, N_("Gallery")),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a film's files. `waits`: it is not opened yet; its export begins when it is."""

    number: int
    which: Which
    name: str
    size: int | None
    waits: bool = False


def choices_of(rows: Iterable[TaskRow]) -> list[Choice]:
    """What of these films can be exported, newest first: opened films, films that are still received, and
    the blocks of films that were sent."""
    found: list[Choice] = []
    for row in sorted(rows, key=lambda row: -row.number):
        name = name_of(row)
        if row.kind is TaskKind.DOWNLOAD and row.run is not Run.CANCELLED:
            opened = row.run is Run.DONE and bool(row.final_path)
            if opened or row.run is not Run.DONE:
                found.append(Choice(row.number, "film", name, row.size, waits=not opened))
        elif row.kind is TaskKind.UPLOAD and row.run is Run.DONE:
            if row.source_path:
                found.append(Choice(row.number, "film", name, row.size))
            if row.cid:
                found.append(Choice(row.number, "public", name, row.public_size))
            if row.private_path:
                found.append(Choice(row.number, "private", name, row.private_size))
    return found


class FilmChoices(QWidget):
    """Films with ticks, painted rows."""

    changed = Signal()

    def __init__(self, choices: Sequence[Choice], ticked: Iterable[tuple[int, Which]] = ()) -> None:
        super().__init__()
        self._choices = list(choices)
        self._on = set(ticked)
        # What is ticked already comes first: it is what was asked for.
        self._choices.sort(key=lambda one: (one.number, one.which) not in self._on)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.list = LinesView(LinesModel((N_("Film"), N_("Size"))), (110,))
        self.list.horizontalHeader().hide()
        self.list.setFixedHeight(self.list.height_of(min(_ROWS_SEEN, max(2, len(self._choices)))) + 2)
        self.list.clicked.connect(self._toggle)
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.list)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self._toggle)
        self._none = label("second", wrap=True)
        column.addWidget(self.list)
        column.addWidget(self._none)
        self.list.setVisible(bool(self._choices))
        self._none.setVisible(not self._choices)
        self.retranslate()

    def chosen(self) -> list[Choice]:
        return [one for one in self._choices if (one.number, one.which) in self._on]

    def _toggle(self) -> None:
        line = self.list.chosen()
        if line is not None:
            self._on ^= {line.key}  # type: ignore[arg-type]  # the keys of our lines
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        self.list.lines.set_lines([self._line(one) for one in self._choices])

    def _line(self, one: Choice) -> Line:
        key = (one.number, one.which)
        words = tr(_WORDS[one.which])
        if one.waits:
            words = tr(N_("Not opened yet: its export begins by itself when it is"))
        return Line(key, one.name, words, (amounts.size(one.size),), ticked=key in self._on)

    def retranslate(self) -> None:
        self.list.setAccessibleName(tr(N_("Films to export")))
        self._none.setText(tr(N_("No film here yet that can be exported.")))
        self._show()


class FileChoices(QWidget):
    """Files and folders of this computer."""

    changed = Signal()

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self.paths: list[Path] = []
        self._sizes: dict[Path, tuple[int, int]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.list = QListWidget()
        self.list.setProperty("look", "names")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight(150)
        self.list.currentRowChanged.connect(lambda _: self._show_remove())
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.setAutoRepeat(False)
        delete.activated.connect(self._remove)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.add_files: QPushButton = button("", "plus", small=True)
        self.add_folder: QPushButton = button("", "folder", small=True)
        self.remove: QPushButton = button("", "x", small=True)
        self.add_files.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFiles))
        self.add_folder.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        self.remove.clicked.connect(self._remove)
        for one in (self.add_files, self.add_folder, self.remove):
            row.addWidget(one)
        row.addStretch(1)
        column.addWidget(self.list)
        column.addLayout(row)
        self.take(paths)
        self.retranslate()

    def take(self, paths: Sequence[Path]) -> None:
        """Add files and folders."""
        self.paths = list(dict.fromkeys([*self.paths, *paths]))
        self._show()

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, self.add_files.text(), str(Path.home()))
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(lambda found: self.take([Path(one) for one in found]))
        dialog.open()

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.paths):
            del self.paths[row]
            self._show()

    def _show(self) -> None:
        self.list.clear()
        self.list.addItems([one_line(str(path)) for path in self.paths])
        self._show_remove()
        self.changed.emit()

    def _show_remove(self) -> None:
        self.remove.setEnabled(0 <= self.list.currentRow() < len(self.paths))

    def retranslate(self) -> None:
        self.list.setAccessibleName(tr(N_("Files and folders to export")))
        self.add_files.setText(tr(N_("Add files…")))
        self.add_folder.setText(tr(N_("Add folder…")))
        self.remove.setText(tr(N_("Remove")))


class GalleryChoice(QWidget):
    """A gallery: the address that its page copies, its name, and which photos."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._address_title, self._name_title = label("medium"), label("medium")
        self._address_help, self._type_help = label("second", wrap=True), label("second", wrap=True)
        self.address, self.name = QLineEdit(), QLineEdit()
        self.address.setMaxLength(2000)
        self.name.setMaxLength(200)
        self.webs, self.originals = QRadioButton(), QRadioButton()
        self.webs.setChecked(True)
        group = QButtonGroup(self)
        for radio in (self.webs, self.originals):
            group.addButton(radio)
        for one in (self._address_title, self.address, self._address_help):
            column.addWidget(one)
        column.addSpacing(8)
        column.addWidget(self._name_title)
        column.addWidget(self.name)
        column.addWidget(self.webs)
        column.addWidget(self.originals)
        column.addWidget(self._type_help)
        self.note = label("key-note", wrap=True)
        column.addWidget(self.note)
        self.address.textChanged.connect(self._choose_type)
        for edit in (self.address, self.name):
            edit.textChanged.connect(lambda _: self.changed.emit())
        self.originals.toggled.connect(lambda _: self._show_note())
        self.retranslate()

    def _choose_type(self, address: str) -> None:
        """Which photos come is decided by the address."""
        of = type_in(address)
        if of is not None:
            (self.originals if of is ArchiveType.ORIGINALS else self.webs).setChecked(True)
        self._show_note()

    @property
    def _type(self) -> ArchiveType:
        return ArchiveType.ORIGINALS if self.originals.isChecked() else ArchiveType.WEBS

    def _show_note(self) -> None:
        """Where the choice is not what the address says, that stands in the place of the help."""
        key = mismatch(self.address.text(), self._type)
        self.note.setText(tr(key) if key else "")
        self.note.setVisible(bool(key))
        self._type_help.setVisible(not key)

    @property
    def complete(self) -> bool:
        return bool(self.address.text().strip() and self.name.text().strip())

    def fields(self) -> dict[str, str]:
        """As `GalleryRequest.of_fields` takes them."""
        return {
            "archive_url": self.address.text().strip(),
            "gallery_name": self.name.text().strip(),
            "archive_type": self._type.value,
        }

    def retranslate(self) -> None:
        self._address_title.setText(tr(N_("Archive address")))
        self._address_help.setText(
            tr(N_("Copied from the gallery's page; it looks like https://…/g/api/stream/…"))
        )
        self._name_title.setText(tr(N_("Name of the gallery")))
        self.address.setAccessibleName(self._address_title.text())
        self.address.setAccessibleDescription(self._address_help.text())
        self.name.setAccessibleName(self._name_title.text())
        self.webs.setText(tr(N_("Photos for the web")))
        self.originals.setText(tr(N_("Originals, as they came from the camera")))
        self._type_help.setText(
            tr(N_("Which photos come is decided by the address; the gallery's service is told this choice"))
        )
        self._show_note()
