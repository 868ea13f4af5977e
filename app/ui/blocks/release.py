"""The one question before private blocks are handed over: it can't be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal

from app.domain.words import N_, tr
from app.ui import counts
from app.ui.blocks.due import DueFilm, day, moment_of
from app.ui.blocks.parts import waiting_for
from app.ui.messages import DueTask
from app.ui.sheet import Sheet
from app.ui.widgets import card, label
from app.ui.widgets.basics import repolish
from app.ui.widgets.elided import breakable


def _request(task: DueTask) -> str:
    """A buyer's request by its number and time: the library names no buyer."""
    asked = day(moment_of(task.since))
    if not asked:
        return tr(N_("Request {n}"), n=task.id)
    return tr(N_("Request {n} · asked {time}"), n=task.id, time=asked)


class ReleaseSheet(Sheet):
    """Names films and buyers; a gold button, and Cancel where the focus is."""

    agreed = Signal()

    def __init__(self, films: Sequence[DueFilm], library_name: Callable[[str], str]) -> None:
        super().__init__(560)
        self._films = list(films)
        self._library_name = library_name
        self._frame, inside = card("raised")
        self.list = label("", wrap=True, selectable=True)
        inside.addWidget(self.list)
        self.body.addWidget(self._frame)
        self._warning = label("key-note", wrap=True)
        self.body.addWidget(self._warning)
        self.body.addStretch(1)
        self.cancel, self.yes = self.add_answers(self._agree, "key", "key-round")
        self.yes.setEnabled(False)  # until Enter counts too: no hand in motion releases anything
        self.accept_button = self.cancel
        repolish(self._warning)
        self.retranslate()

    def _arm(self) -> None:
        super()._arm()
        self.yes.setEnabled(True)

    def retranslate(self) -> None:
        films = counts.films(len(self._films))
        buyers = counts.buyers(waiting_for(self._films))
        self.title.setText(tr(N_("Release {films} to {buyers}?"), films=films, buyers=buyers))
        self.subtitle.setText(
            tr(
                N_(
                    "The private blocks are put on your node, and the library tells the buyers. It names "
                    "them by their requests alone."
                )
            )
        )
        self.list.setText("\n".join(self._lines()))
        self._warning.setText(
            tr(N_("Anyone who gets the private block can open the film from then on. This can't be undone."))
        )
        self.cancel.setText(tr(N_("Cancel")))
        self.yes.setText(tr(N_("Release {films}"), films=films))
        self.setAccessibleName(self.title.text())

    def _lines(self) -> list[str]:
        libraries = {film.key[0] for film in self._films}
        lines = []
        for film in self._films:
            buyers = counts.buyers(len(film.releasable))
            library = f" · {breakable(self._library_name(film.key[0]))}" if len(libraries) > 1 else ""
            lines.append(f"{breakable(film.name)} — {buyers}{library}")
            lines += [f"    {_request(task)}" for task in film.releasable]
        return lines

    def _agree(self) -> None:
        self.close_sheet()
        self.agreed.emit()
