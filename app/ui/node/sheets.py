"""The page's questions: which copies to free, a name for a computer, an address to connect to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit

from app.domain.words import N_, tr
from app.journal import TaskRow
from app.ui import amounts, counts
from app.ui.node.rows import Line, LinesModel, LinesView
from app.ui.sheet import Sheet
from app.ui.widgets import label
from app.ui.widgets.elided import one_line

_ROWS_SEEN = 8


class FreeSheet(Sheet):
    """Each copy ticked, with what stays possible without it; then the numbers that were left ticked."""

    #: The journal numbers of the films whose copies may go.
    confirmed = Signal(list)

    def __init__(self, films: Sequence[TaskRow]) -> None:
        super().__init__()
        self._films = {film.number: film for film in films}
        self._ticked = dict.fromkeys(self._films, True)
        self.list = LinesView(LinesModel((N_("Film"), N_("Size"))), (120,))
        self.list.horizontalHeader().hide()
        self.list.setFixedHeight(self.list.height_of(min(_ROWS_SEEN, max(1, len(films)))) + 2)
        self.list.clicked.connect(self._toggle)
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.list)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self._toggle)
        self._stays = label("", wrap=True)
        self.body.addWidget(self.list)
        self.body.addWidget(self._stays)
        self._cancel, self.accept_button = self.add_answers(self._say_yes, "primary", "eraser")
        self.retranslate()

    def ticked(self) -> list[int]:
        """The numbers that are ticked."""
        return [number for number, on in self._ticked.items() if on]

    def _toggle(self, _index: object = None) -> None:
        line = self.list.chosen()
        if line is not None and isinstance(line.key, int):
            self._ticked[line.key] = not self._ticked[line.key]
            self._show()

    def _show(self) -> None:
        self.list.lines.set_lines([self._line(film) for film in self._films.values()])
        chosen = [self._films[number] for number in self.ticked()]
        size = amounts.size(sum(_size(film) for film in chosen))
        self.foot_note.setText(f"{counts.films(len(chosen))} · {size}" if chosen else "")
        if self.accept_button is not None:
            self.accept_button.setEnabled(bool(chosen))
            self.accept_button.setText(tr(N_("Free {size}"), size=size) if chosen else tr(N_("Free")))

    def _line(self, film: TaskRow) -> Line:
        folder = str(Path(film.final_path).parent) if film.final_path else film.output_dir
        stays = tr(N_("The film stays in {folder}"), folder=one_line(folder)) if folder else ""
        return Line(
            film.number,
            film.source_name,
            stays,
            (amounts.size(_size(film)),),
            ticked=self._ticked[film.number],
        )

    def _say_yes(self) -> None:
        self.confirmed.emit(self.ticked())
        self.close_sheet()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Free up space: copies of received films")))
        self.subtitle.setText(
            tr(N_("These films are opened and checked; the node still keeps their public blocks."))
        )
        self._stays.setText(
            tr(
                N_(
                    "The films themselves stay in their folders, ready to play. Other computers can no longer"
                    " fetch these public blocks from you; to open a film again it has to be fetched again."
                )
            )
        )
        self._cancel.setText(tr(N_("Cancel")))
        self.list.setAccessibleName(tr(N_("Copies that can go")))
        self._show()


def _size(film: TaskRow) -> int:
    return film.public_size or film.size or 0


class LineSheet(Sheet):
    """One line of text that is asked for."""

    #: What was written, without spaces around it.
    entered = Signal(str)

    def __init__(
        self, title: str, subtitle: str, action: str, text: str = "", *, may_be_empty: bool = False
    ) -> None:
        """The words are catalogue keys."""
        super().__init__(560)
        self._words = (title, subtitle, action)
        self._may_be_empty = may_be_empty
        self.edit = QLineEdit(text)
        self.edit.setMaxLength(500)
        self.edit.textChanged.connect(self._changed)
        self.body.addWidget(self.edit)
        self._cancel, self.accept_button = self.add_answers(self._say_yes)
        self.retranslate()
        self._changed()

    def shown(self) -> None:
        super().shown()
        self.edit.setFocus(Qt.FocusReason.PopupFocusReason)
        self.edit.selectAll()

    def _changed(self) -> None:
        assert self.accept_button is not None  # noqa: S101 - made in __init__
        self.accept_button.setEnabled(self._may_be_empty or bool(self.edit.text().strip()))

    def _say_yes(self) -> None:
        self.entered.emit(self.edit.text().strip())
        self.close_sheet()

    def retranslate(self) -> None:
        title, subtitle, action = self._words
        self.title.setText(tr(title))
        self.subtitle.setText(tr(subtitle))
        self.edit.setAccessibleName(tr(title))
        self._cancel.setText(tr(N_("Cancel")))
        if self.accept_button is not None:
            self.accept_button.setText(tr(action))
