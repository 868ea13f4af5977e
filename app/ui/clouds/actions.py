"""What people do with an export: each act once, whether a button, a menu or a key asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.domain.errors import CloudFull
from app.domain.names import safe_name
from app.domain.words import N_, tr
from app.jobs.exports.report import ExportReport
from app.journal.exports import ExportRow
from app.ui.clouds.model import ExportsModel
from app.ui.clouds.values import Export, name_of
from app.ui.context import Context
from app.ui.films.acting import act_of, open_menu
from app.ui.films.questions import Question, QuestionSheet
from app.ui.films.values import Act, Card

_STOP = Question(
    N_("Cancel the export of {film}?"),
    N_("Your files stay where they are; what was sent whole stays at the cloud."),
    N_("The parts already sent of unfinished files are removed from the cloud."),
    N_("Cancel export"),
    N_("Go on"),
)
_REMOVE = Question(
    N_("Remove {film} from the list?"),
    N_("Your files and what is at the cloud stay where they are."),
    N_("Its report can't be saved any more."),
    N_("Remove from list"),
)


class ExportActions(QObject):
    """Carries out acts on exports of a model. `parent` is the widget that dialogs and menus belong to."""

    #: An export's details are wanted.
    details_asked = Signal(int)
    #: The account has to be signed in.
    sign_in_asked = Signal()

    def __init__(self, context: Context, model: ExportsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._model, self._widget = context, model, parent
        self._acts: dict[Act, Callable[[Export], None]] = {
            Act.PAUSE: self._pause,
            Act.RESUME: self._resume,
            Act.RETRY: self._retry,
            Act.STOP: lambda one: self._ask(_STOP, one.row, self._stop),
            Act.REMOVE: lambda one: self._ask(_REMOVE, one.row, self._remove),
            Act.DETAILS: lambda one: self.details_asked.emit(one.row.number),
            Act.REPORT: self._report,
            Act.OPEN_THERE: self._open_there,
            Act.SIGN_IN: lambda _: self.sign_in_asked.emit(),
        }

    def do(self, number: int, act: Act | str) -> None:
        """Do `act` with an export; "main" is its main button. What can't be done now does nothing."""
        if number not in self._context.store.clouds.exports:
            return
        wanted = act_of(self._model.card(number), act, _meant)
        if wanted is not None:
            self._acts[wanted](self._model.export(number))

    def menu(self, number: int, where: QPoint) -> QMenu | None:
        """The export's menu, shown at `where` (global)."""
        if number not in self._context.store.clouds.exports:
            return None
        return open_menu(self._model.card(number), where, self._widget, lambda act: self.do(number, act))

    # --- going on and stopping -----------------------------------------------------------------------

    def _pause(self, one: Export) -> None:
        number = one.row.number
        self._context.run(lambda engine: engine.clouds.pause(number))

    def _resume(self, one: Export) -> None:
        number = one.row.number
        self._context.run(lambda engine: engine.clouds.resume(number))

    def _retry(self, one: Export) -> None:
        """Its failed files once more; where the whole export was stopped, all of it goes on; where nothing is
        missing but the word to the gallery, that."""
        number = one.row.number
        if one.tally.failed and not isinstance(one.standing, CloudFull):
            self._context.run(lambda engine: engine.clouds.retry(number))
        else:
            self._context.run(lambda engine: engine.clouds.resume(number))

    def _stop(self, number: int) -> None:
        self._context.run(lambda engine: engine.clouds.cancel(number))

    def _remove(self, number: int) -> None:
        self._context.run(lambda engine: engine.clouds.forget(number))

    def _ask(self, question: Question, row: ExportRow, act: Callable[[int], None]) -> None:
        sheet = QuestionSheet(question, name_of(row), lambda: act(row.number))
        self._context.shell.open_sheet(sheet)

    # --- looking -------------------------------------------------------------------------------------

    def _report(self, one: Export) -> None:
        number = one.row.number
        name = safe_name(f"{one.row.title}.csv", platform="any").name

        def keep(text: str) -> None:
            self._context.run(lambda engine: engine.clouds.save_report(number, Path(text)))

        dialog = QFileDialog(self._widget, tr(N_("Save the report")), str(Path.home()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr(N_("Table (*.csv)"))])
        dialog.selectFile(name)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(keep)
        dialog.open()

    def _open_there(self, one: Export) -> None:
        number = one.row.number
        home = one.account.kind.home if one.account is not None else ""
        if one.tally.items != 1:
            open_page(home)
            return
        self._context.run(
            lambda engine: engine.clouds.report(number), lambda report: open_page(_link_of(report) or home)
        )


def open_page(address: str) -> None:
    """Open an address of a cloud in the browser: encrypted ones, or none."""
    url = QUrl(address)
    if url.scheme() == "https":
        QDesktopServices.openUrl(url)


def _link_of(report: ExportReport) -> str:
    return next((item.link for item in report.items if item.link), "")


def _meant(act: Act, card: Card) -> Act:
    """One key pauses and resumes; Del stops what runs and removes what is over."""
    if act is Act.PAUSE and act not in card.menu:
        return Act.RESUME
    if act is Act.CANCEL:
        return Act.STOP if Act.STOP in card.menu else Act.REMOVE
    return act
