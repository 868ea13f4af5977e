"""The pane beside an account's exports: one export, its files with what became of each, and why."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout

from app.domain.errors import PhotoNotWhole, ReelkeyError, revive
from app.domain.words import N_, tr
from app.jobs.exports.report import ExportReport, outcome
from app.journal import Run
from app.journal.exports import ItemRow
from app.ui import amounts
from app.ui.clouds.model import ExportsModel
from app.ui.clouds.values import Export, folder_words, reason_of
from app.ui.context import Context
from app.ui.films.lines import FactLine
from app.ui.films.story import Fact
from app.ui.films.values import ACTS, Act
from app.ui.node.rows import Line, LinesModel, LinesView
from app.ui.widgets import ErrorCard, button, heading, label, line, tool
from app.ui.widgets.basics import name_tool
from app.ui.widgets.elided import one_line
from app.ui.widgets.panes import DetailsPane

WIDTH = 400
_ANEW_MS = 2000
_SHOWN_AT_MOST = 1000
# What became of a file: words, the dot's tone, the words' tone.
_OUTCOMES: dict[str, tuple[str, str, str]] = {
    "sent": (N_("Sent and checked"), "done_strip", "text2"),
    "skipped": (N_("Already there, identical"), "done_strip", "text2"),
    "failed": (N_("Failed"), "error", "error"),
    "active": (N_("Sending"), "accent", "text2"),
    "cancelled": (N_("Cancelled"), "strong", "text2"),
}
_WAITS = (N_("Not sent yet"), "track", "text2")


class ExportDetails(DetailsPane):
    """Shows one export of the model, and what may be done with it."""

    def __init__(self, context: Context, model: ExportsModel) -> None:
        super().__init__()
        self._context, self._model = context, model
        self._report: ExportReport | None = None
        self._asked_for: object = None
        body = QVBoxLayout()
        body.setContentsMargins(18, 0, 18, 12)
        body.setSpacing(8)
        self.column.addLayout(body, 1)
        self._error = ErrorCard()
        self._facts_head, self._files_head = heading(), heading()
        self._facts = [FactLine() for _ in range(5)]
        body.addWidget(self._error)
        body.addWidget(self._facts_head)
        for fact in self._facts:
            body.addWidget(fact)
        body.addLayout(self._build_files_head())
        self.files = LinesView(LinesModel((N_("File"), N_("Size"))), (86,))
        self.files.horizontalHeader().hide()
        body.addWidget(self.files, 1)
        self._more_files = label("third", wrap=True)
        body.addWidget(self._more_files)
        self.column.addWidget(line())
        self.column.addLayout(self._build_foot())
        self._anew = QTimer(self)
        self._anew.setSingleShot(True)
        self._anew.setInterval(_ANEW_MS)
        self._anew.timeout.connect(self._ask_report)
        model.dataChanged.connect(lambda *_: self.refresh())
        model.arranged.connect(self.refresh)

    # --- building ------------------------------------------------------------------------------------

    def _build_files_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.only_failed = QCheckBox()
        self.only_failed.toggled.connect(lambda _: self._show_files())
        self.copy = tool("copy")
        self.copy.clicked.connect(self._copy_files)
        row.addWidget(self._files_head)
        row.addStretch(1)
        row.addWidget(self.only_failed)
        row.addWidget(self.copy)
        return row

    def _build_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 12, 12, 12)
        row.setSpacing(8)
        self._buttons: dict[Act, QPushButton] = {}
        for act in (Act.RETRY, Act.REPORT):
            made = button("", ACTS[act][1], small=True)
            made.clicked.connect(lambda _=False, act=act: self.acted.emit(self.number, act))
            self._buttons[act] = made
            row.addWidget(made)
        row.addStretch(1)
        stop = button("danger", small=True)
        stop.clicked.connect(lambda: self.acted.emit(self.number, Act.STOP))
        self._buttons[Act.STOP] = stop
        row.addWidget(stop)
        return row

    # --- what is shown -------------------------------------------------------------------------------

    def begin_anew(self) -> None:
        self._report, self._asked_for = None, None
        self.only_failed.setChecked(False)
        self._show_files()

    def refresh(self) -> None:
        """What is new of the export that is shown."""
        if not self.isVisible():
            return
        if self.number not in self._context.store.clouds.exports:
            self.closed.emit()
            return
        export, card = self._model.export(self.number), self._model.card(self.number)
        now = (export.row.run, export.row.listed, export.tally)
        if now != self._asked_for:
            first, self._asked_for = self._asked_for is None, now
            if first:
                self._ask_report()
            elif not self._anew.isActive():
                self._anew.start()
        self.name.set_text(card.name)
        self._error.show_error(_error_of(export))
        for box, fact in zip(self._facts, _facts_of(export), strict=True):
            box.setVisible(bool(fact.text))
            box.show_fact(fact)
        for act, made in self._buttons.items():
            made.setVisible(act in card.menu)

    def _ask_report(self) -> None:
        number = self.number
        if number:
            self._context.run(lambda engine: engine.clouds.report(number), self._take_report)

    def _take_report(self, report: ExportReport | None) -> None:
        if report is not None and report.export.number == self.number:
            first, self._report = self._report is None, report
            if first and report.failed and len(report.items) > 1:
                self.only_failed.setChecked(True)
            self._show_files()

    def shown_items(self) -> list[ItemRow]:
        """The files that the list shows: failed ones first."""
        if self._report is None:
            return []
        failed = list(self._report.failed)
        if self.only_failed.isChecked():
            return failed
        return failed + [item for item in self._report.items if item.run is not Run.FAILED]

    def _show_files(self) -> None:
        items, report = self.shown_items(), self._report
        held = self._is_held()
        self.files.lines.set_lines([_line_of(item, held) for item in items[:_SHOWN_AT_MOST]])
        failed = len(report.failed) if report is not None else 0
        count = len(report.items) if report is not None else 0
        words = tr(N_("Files")) if count == 0 else f"{tr(N_('Files'))}  {amounts.count(count)}"
        self._files_head.setText(words)
        self.only_failed.setText(tr(N_("Only failed ({n})"), n=amounts.count(failed)))
        self.only_failed.setVisible(bool(failed))
        self.copy.setVisible(bool(items))
        more = len(items) - _SHOWN_AT_MOST
        self._more_files.setVisible(more > 0)
        self._more_files.setText(tr(N_("{n} more are in the report"), n=amounts.count(max(0, more))))

    def _is_held(self) -> bool:
        """Nothing of the export goes out now: a file that was begun waits with it."""
        if self.number not in self._context.store.clouds.exports:
            return False
        export = self._model.export(self.number)
        return export.standing is not None or export.signed_out or export.row.run is not Run.ACTIVE

    def _copy_files(self) -> None:
        """The files that are shown as lines of text, with the reasons."""
        held = self._is_held()
        lines = (f"{_path_of(item)}\t{_state_of(item, held)}" for item in self.shown_items())
        QGuiApplication.clipboard().setText("\n".join(lines))

    # --- language ------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        name_tool(self.copy, tr(N_("Copy the list")))
        self._facts_head.setText(tr(N_("Facts")))
        for act, made in self._buttons.items():
            made.setText(tr(ACTS[act][0]))
        self._error.retranslate()
        self.files.setAccessibleName(tr(N_("Files")))
        self._show_files()
        self.refresh()


def _error_of(export: Export) -> ReelkeyError | None:
    """What holds the whole export up; why single files failed stands beside each."""
    if export.row.run in (Run.DONE, Run.CANCELLED, Run.PAUSED):
        return None
    of_files = export.tally.items > 1 and export.tally.failed and not export.tally.left
    return None if of_files else export.standing


def _facts_of(export: Export) -> tuple[Fact, ...]:
    row, tally = export.row, export.tally
    account = export.account.shown if export.account is not None else ""
    counts = [tr(N_("{n} sent"), n=amounts.count(tally.sent))]
    if tally.skipped:
        counts.append(tr(N_("{n} identical there"), n=amounts.count(tally.skipped)))
    if tally.failed:
        counts.append(tr(N_("{n} failed"), n=amounts.count(tally.failed)))
    if tally.left:
        counts.append(tr(N_("{n} to go"), n=amounts.count(tally.left)))
    ended = amounts.date(row.ended) if row.ended else ""
    return (
        Fact(tr(N_("Account")), f"{export.cloud} · {one_line(account)}"),
        Fact(tr(N_("Goes to")), folder_words(one_line(row.folder))),
        Fact(tr(N_("Files")), " · ".join(counts) if tally.items else ""),
        Fact(tr(N_("Ordered")), amounts.date(row.created)),
        Fact(tr(N_("Ended")), ended),
    )


def _line_of(item: ItemRow, held: bool) -> Line:
    _, dot, tone = _looks_of(item, held)
    cells, state = (amounts.size(item.size),), _state_of(item, held)
    return Line(item.number, one_line(_path_of(item)), state, cells, dot=dot, second_tone=tone)


def _looks_of(item: ItemRow, held: bool) -> tuple[str, str, str]:
    if held and item.run is Run.ACTIVE:
        return _WAITS
    return _OUTCOMES.get(outcome(item), _WAITS)


def _path_of(item: ItemRow) -> str:
    return f"{item.subpath}/{item.name}" if item.subpath else item.name


def _state_of(item: ItemRow, held: bool) -> str:
    """What became of it, and why."""
    words = tr(_looks_of(item, held)[0])
    if item.run is Run.FAILED and item.error:
        error = revive(item.error)
        return reason_of(error) if isinstance(error, PhotoNotWhole) else error.message or error.title
    return words
