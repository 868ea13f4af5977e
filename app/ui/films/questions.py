"""What is asked before something is for good: a sheet that says what stays and what goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.ui.sheet import Sheet
from app.ui.widgets import IconLabel, label


@dataclass(frozen=True, slots=True)
class Question:
    """Catalogue keys; `{film}` is filled in. `stays` and `goes` are what happens with a yes."""

    title: str
    stays: str
    goes: str
    yes: str
    no: str = N_("Keep it")


_CANCEL_SENDING = Question(
    N_("Cancel sending {film}?"),
    N_("Your film stays where it is, unchanged."),
    N_("What has been sealed is removed, and the library is told you gave it up."),
    N_("Cancel film"),
    N_("Go on sending"),
)
_CANCEL_RECEIVING = Question(
    N_("Cancel receiving {film}?"),
    N_("Films that are ready stay where they are."),
    N_("What has been fetched of this one is removed, and the library is told you gave it up."),
    N_("Cancel film"),
    N_("Go on receiving"),
)
_CANCEL_RELEASE = Question(
    N_("Cancel the release of {film}?"),
    N_("The private block stays with you; what was released to others stays released."),
    N_("This buyer won't get it, and the library is told so."),
    N_("Cancel release"),
    N_("Go on"),
)
_FREE_SENT = Question(
    N_("Free the space {film} takes?"),
    N_("Your film and its private block stay where they are."),
    N_("The sealed copy on your node is removed: buyers who have not fetched it no longer can."),
    N_("Free space"),
)
_FREE_RECEIVED = Question(
    N_("Free the space {film} takes?"),
    N_("The opened film stays in its folder."),
    N_("The sealed copy on your node is removed: others can no longer fetch it from you."),
    N_("Free space"),
)
_REMOVE_STOPPED = Question(
    N_("Remove {film} from the list?"),
    N_("Your films and private blocks stay where they are."),
    N_("What was done so far is removed."),
    N_("Remove from list"),
)
_REMOVE_FINISHED = Question(
    N_("Remove {film} from the list?"),
    N_("Your films and private blocks stay where they are."),
    N_("It leaves History too, and no receipt can be written for it afterwards."),
    N_("Remove from list"),
)
_REMOVE_SENT = replace(
    _REMOVE_FINISHED,
    goes=N_(
        "The sealed copy on your node goes too: buyers who have not fetched it no longer can. "
        "The film leaves History, and no receipt can be written for it afterwards."
    ),
)
_REMOVE_RECEIVED = replace(
    _REMOVE_FINISHED,
    goes=N_(
        "The sealed copy on your node goes too: others can no longer fetch it from you. "
        "The film leaves History, and no receipt can be written for it afterwards."
    ),
)
_OPEN_WAY = Question(
    N_("Send your sign-in without encryption?"),
    N_("{film} and this library's other films go on until Reelkey quits."),
    N_("Your sign-in would cross the network in the clear: others on it could use it in your name."),
    N_("Send it"),
    N_("Wait"),
)


def of_open_way() -> Question:
    """A library whose address begins with http://: films there wait for a yes in each run."""
    return _OPEN_WAY


def of_cancel(row: TaskRow) -> Question:
    by_kind = {
        TaskKind.UPLOAD: _CANCEL_SENDING,
        TaskKind.DOWNLOAD: _CANCEL_RECEIVING,
        TaskKind.RELEASE: _CANCEL_RELEASE,
    }
    return by_kind[row.kind]


def of_free(row: TaskRow) -> Question:
    return _FREE_RECEIVED if row.kind is TaskKind.DOWNLOAD else _FREE_SENT


def of_remove(row: TaskRow) -> Question:
    if row.run is Run.FAILED:
        return _REMOVE_STOPPED
    if row.run is Run.CANCELLED:
        return _REMOVE_FINISHED
    return _REMOVE_RECEIVED if row.kind is TaskKind.DOWNLOAD else _REMOVE_SENT


class QuestionSheet(Sheet):
    """Asks one question; the way back has the focus, since a yes is for good."""

    def __init__(self, question: Question, name: str, act: Callable[[], None]) -> None:
        super().__init__(480)
        self._question, self._name, self._act = question, name, act
        self.subtitle.hide()
        self.stays, self.goes = label("", wrap=True), label("", wrap=True)
        for icon, tone, words in (("check", "done", self.stays), ("eraser", "error", self.goes)):
            self.body.addLayout(_line(IconLabel(icon, tone), words))
        self.body.addStretch(1)
        self.no, self.yes = self.add_answers(self._said_yes, "danger")
        self.accept_button = self.no
        self.retranslate()

    def retranslate(self) -> None:
        name = self._name
        self.title.setText(tr(self._question.title, film=name))
        self.stays.setText(tr(self._question.stays, film=name))
        self.goes.setText(tr(self._question.goes))
        self.yes.setText(tr(self._question.yes))
        self.no.setText(tr(self._question.no))
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(f"{self.stays.text()} {self.goes.text()}")

    def _said_yes(self) -> None:
        self.close_sheet()
        self._act()


def _line(icon: IconLabel, words: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(words, 1)
    return row
