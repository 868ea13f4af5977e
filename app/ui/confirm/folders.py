"""A folder in a question: shown whole however long it is, with a button to change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui.widgets import IconLabel, button, label
from app.ui.widgets.elided import isolated, one_line
from app.ui.widgets.paths import Remark


class WholePath(QWidget):
    """A path on as many lines as it needs: broken at any letter, never shortened."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_text(text)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(one_line(text))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return self._lay_out(width, self.font())[1]

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = max(40, self.width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(40, self.fontMetrics().height())

    def _lay_out(self, width: int, font: QFont) -> tuple[QTextLayout, int]:
        layout = QTextLayout(isolated(self._text), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while True:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout, max(int(height + 0.999), self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._lay_out(self.width(), self.font())[0].draw(painter, QPointF(0, 0))
        painter.end()


class FolderField(QWidget):
    """Caption, the folder in a frame with an icon, *Change…*, and below a remark.

    `folders` may be several (things dropped together); changing leaves the one that was chosen.
    """

    #: The folder that a person chose.
    chosen = Signal(Path)

    def __init__(self, icon: str = "folder") -> None:
        super().__init__()
        self.folders: tuple[Path, ...] = ()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        self.caption = label("second")
        outer.addWidget(self.caption)
        row = QHBoxLayout()
        row.setSpacing(8)
        frame = QFrame()
        frame.setProperty("look", "field")
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(10, 6, 10, 6)
        inside.setSpacing(8)
        inside.addWidget(IconLabel(icon, "text2", 14), 0, Qt.AlignmentFlag.AlignTop)
        self._paths = QVBoxLayout()
        self._paths.setSpacing(4)
        inside.addLayout(self._paths, 1)
        row.addWidget(frame, 1)
        self.change = button()
        self.change.clicked.connect(self.ask)
        row.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(row)
        self.remark = Remark("second")
        outer.addWidget(self.remark)

    @property
    def folder(self) -> Path | None:
        return self.folders[0] if self.folders else None

    def set_folders(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        while (item := self._paths.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for folder in folders or ("",):
            self._paths.addWidget(WholePath(str(folder)))

    def set_words(self, caption: str) -> None:
        self.caption.setText(caption)
        self.change.setText(tr(N_("Change…")))
        self.change.setAccessibleName(tr(N_("Change: {name}"), name=caption))

    def set_remark(self, text: str, look: str = "second") -> None:
        """A remark below: look ``second``, ``done-small`` or a warning's, ``key``."""
        self.remark.set_remark(text, look)

    def ask(self) -> None:
        """Let the person choose another folder."""
        choose_folder(self, self._take, self.folder)

    def _take(self, folder: Path) -> None:
        self.set_folders((folder,))
        self.chosen.emit(folder)


def choose_folder(parent: QWidget, then: Callable[[Path], None], start: Path | None = None) -> QFileDialog:
    """The system's dialog for a folder; `then` gets what was chosen."""
    dialog = QFileDialog(parent, tr(N_("Choose a folder")), str(start or Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda text: then(Path(text)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def proposed_private_dir() -> Path:
    """Where private blocks go as long as no folder was chosen."""
    where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(where or Path.home()) / "Reelkey private blocks"


def proposed_output_dir() -> Path:
    """Where received films go as long as no folder was chosen."""
    where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(where or Path.home()) / "Reelkey"
