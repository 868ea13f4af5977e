"""The page's fixed parts: where folders are dropped, the line of result, and the bar that releases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import amounts, counts
from app.ui.blocks.due import DueFilm, Summary
from app.ui.blocks.model import DueModel
from app.ui.widgets import ElidedLabel, IconLabel, button, label
from app.ui.widgets.basics import repolish

# Below this width the line has room for the numbers alone.
_ROOMY = 960


class DropZone(QFrame):
    """Says what to drop; the whole page takes the drop, this lights up."""

    choose = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "drop")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(16)
        badge = QFrame()
        badge.setProperty("look", "key-badge")
        badge.setFixedSize(44, 44)
        inside = QHBoxLayout(badge)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(IconLabel("folder-key", "key", 20), 0, Qt.AlignmentFlag.AlignCenter)
        row.addWidget(badge)
        column = QVBoxLayout()
        column.setSpacing(2)
        self._title = label("heading", wrap=True)
        self._text = label("second", wrap=True)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addStretch(1)
        row.addLayout(column, 1)
        self.button = button(icon="folder-open")
        self.button.clicked.connect(self.choose)
        row.addWidget(self.button)

    def set_lit(self, lit: bool) -> None:
        self.setProperty("lit", lit)
        repolish(self)

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Drop the folder with your private blocks here")))
        self._text.setText(
            tr(
                N_(
                    "Blocks are matched by content, whatever their name. Your files are only read, never "
                    "moved or changed."
                )
            )
        )
        self.button.setText(tr(N_("Choose folder…")))


class _Count(QWidget):
    """An icon with a number and what it counts; gone where the number is 0."""

    def __init__(self, icon: str, tone: str, look: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(IconLabel(icon, tone, 14))
        self._label = label(look)
        row.addWidget(self._label)

    def show_count(self, words: str, number: int) -> None:
        """`words` as marked for translation, with {n} in them."""
        self._label.setText(tr(words, n=amounts.count(number)))
        self.setVisible(number > 0)


class ResultLine(QFrame):
    """Where was looked, what was found in how long, and how many films stand how."""

    remember = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "raised")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(12)
        row.addWidget(IconLabel("folder", "text2", 14))
        self._where = ElidedLabel()
        self._where.setMinimumWidth(110)
        self._where.setMaximumWidth(320)
        # As wide as its words: what was found stands right behind them.
        self._where.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row.addWidget(self._where)
        self._found = label("third")
        row.addWidget(self._found)
        self.remember_button = button("link")
        self.remember_button.clicked.connect(self.remember)
        row.addWidget(self.remember_button)
        row.addStretch(1)
        self._counts = {
            "matched": _Count("circle-check", "done", "done"),
            "other": _Count("triangle-alert", "error", "error"),
            "damaged": _Count("octagon-alert", "error", "error"),
            "missing": _Count("circle-dashed", "key", "key"),
            "unreadable": _Count("circle-alert", "error", "error"),
            "unasked": _Count("info", "text2", ""),
        }
        for one in self._counts.values():
            row.addWidget(one)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._found.setVisible(self.width() >= _ROOMY)

    def show_result(
        self, folders: Sequence[Path], found: Summary | None, *, looking: bool, remember: bool
    ) -> None:
        """`found` is None before anybody looked. `remember`: whether a folder is not among the kept ones."""
        self._where.set_text(_places(folders))
        self._where.setToolTip("\n".join(str(folder) for folder in folders))
        self._found.setText(self._words(folders, found, looking=looking))
        self.remember_button.setText(tr(N_("Remember this place")))
        self.remember_button.setVisible(remember)
        shown = found or Summary()
        for name, words in (
            ("matched", N_("{n} matched")),
            ("other", N_("{n} from another sending")),
            ("damaged", N_("{n} damaged")),
            ("missing", N_("{n} missing")),
            ("unreadable", N_("{n} can't be read")),
            ("unasked", N_("{n} not asked for yet")),
        ):
            self._counts[name].show_count(words, getattr(shown, name))

    def _words(self, folders: Sequence[Path], found: Summary | None, *, looking: bool) -> str:
        if not folders:
            return tr(N_("No folder to search yet"))
        if found is None or looking:
            return tr(N_("Looking…")) if looking else ""
        if found.absent:
            return tr(N_("{place} is not there; connect the drive"), place=found.absent[0])
        seconds = amounts.locale().toString(max(0.1, found.seconds), "f", 1)
        if found.blocks == 1:
            return tr(N_("1 private block found in {seconds} s"), seconds=seconds)
        return tr(
            N_("{n} private blocks found in {seconds} s"), n=amounts.count(found.blocks), seconds=seconds
        )


def _places(folders: Sequence[Path]) -> str:
    if not folders:
        return ""
    if len(folders) == 1:
        return str(folders[0])
    return tr(N_("{folder} and {n} more"), folder=folders[0], n=len(folders) - 1)


class ReleaseBar(QFrame):
    """How many films and buyers, that it can't be taken back, and the gold button."""

    release = Signal()

    def __init__(self, model: DueModel) -> None:
        super().__init__()
        self.setObjectName("releaseBar")
        self._model = model
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 10, 20, 10)
        row.setSpacing(12)
        self.all = QCheckBox()
        self.all.setTristate(True)
        self.all.clicked.connect(lambda: model.tick_all(model.state is not Qt.CheckState.Checked))
        row.addWidget(self.all)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._words: QLabel = label("strong", wrap=True)
        self._warning: QLabel = label("second", wrap=True)
        column.addWidget(self._words)
        column.addWidget(self._warning)
        row.addLayout(column, 1)
        self.button = button("key", "key-round")
        self.button.clicked.connect(self.release)
        row.addWidget(self.button)

    def refresh(self) -> None:
        chosen = self._model.chosen()
        waiting = waiting_for(chosen)
        if chosen:
            words = tr(
                N_("{films} selected, for {buyers}"),
                films=counts.films(len(chosen)),
                buyers=counts.buyers(waiting),
            )
        else:
            words = tr(N_("No film selected"))
        self._words.setText(words)
        self._warning.setText(
            tr(N_("Buyers can open them right away, and this can't be undone. Your own files stay with you."))
        )
        self.all.setAccessibleName(tr(N_("All films whose block was found")))
        self.all.setToolTip(self.all.accessibleName())
        self.all.setCheckState(self._model.state)
        self.all.setEnabled(bool(self._model.ready()))
        self.button.setEnabled(bool(chosen))
        self.button.setText(release_words(len(chosen)) if chosen else tr(N_("Release…")))


def release_words(films: int) -> str:
    return tr(N_("Release {films}…"), films=counts.films(films))


def waiting_for(films: Sequence[DueFilm]) -> int:
    """How many buyers' requests a release of these films would answer."""
    return sum(len(film.releasable) for film in films)
