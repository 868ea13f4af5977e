"""The page History: a table of what ended, its search and filters, and the papers of each film."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QProgressBar, QStackedWidget, QVBoxLayout

from app.domain.words import N_, tr
from app.journal import TaskRow
from app.ui import amounts, counts, theme
from app.ui.context import Context, Page
from app.ui.films.card import name_of
from app.ui.films.questions import QuestionSheet, of_remove
from app.ui.films.reveal import folder_of, reveal
from app.ui.history.entries import Ended, chosen
from app.ui.history.filters import FilterBar
from app.ui.history.papers import Papers, has_manifest
from app.ui.history.table import HistoryModel, HistoryView
from app.ui.widgets import EmptyState, PageHead, button, label, line
from app.ui.widgets.basics import restyle_children
from app.ui.widgets.elided import one_line

_REFRESH_AFTER_MS = 250
_NOTE_MS = 4000


class HistoryPage(Page):
    """See ui.md §10. Built from the store; the table is filled when the page is first shown."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._ended = Ended()
        self._filled = False
        self._changed: set[int] = set()
        self.papers = Papers(context, self)
        self.papers.written.connect(self._written)
        self.papers.progressed.connect(self._read_on)
        self.papers.busy_changed.connect(self._show_acts)
        self._build()
        self._keys()
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_REFRESH_AFTER_MS)
        self._waiting.timeout.connect(self._take_changes)
        context.store.films_changed.connect(self._films_changed)
        context.store.films_gone.connect(self._films_changed)

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._head = PageHead()
        self.export = button("", "sheet")
        self.export.clicked.connect(self._ask_to_export)
        self._head.add(self.export)
        self.filters = FilterBar()
        self.filters.changed.connect(self.refresh)
        self.model = HistoryModel()
        self.view = HistoryView(self.model)
        self.view.activated.connect(lambda _index: self._receipt())
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show_acts())
        self.model.modelReset.connect(self._show_acts)
        self.filters.search.left.connect(self._to_table)
        self.nothing = EmptyState("rotate-ccw-clock")
        self.no_match = EmptyState("search")
        self.clear = button()
        self.clear.clicked.connect(self.filters.clear)
        self.no_match.add_button(self.clear)
        self.stack = QStackedWidget()
        for one in (self.view, self.nothing, self.no_match):
            self.stack.addWidget(one)
        outer.addWidget(self._head)
        outer.addWidget(self.filters)
        outer.addWidget(line())
        middle = QHBoxLayout()
        middle.setContentsMargins(12, 0, 12, 0)
        middle.addWidget(self.stack)
        outer.addLayout(middle, 1)
        outer.addWidget(self._foot())

    def _foot(self) -> QFrame:
        foot = QFrame()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        row = QHBoxLayout()
        row.setContentsMargins(20, 8, 20, 8)
        row.setSpacing(8)
        self.receipt = button("", "file-check-corner")
        self.folder, self.cid = button("", "folder-open"), button("", "copy")
        self.receipt.clicked.connect(self._receipt)
        self.folder.clicked.connect(self._show_folder)
        self.cid.clicked.connect(self._copy_cid)
        self.manifest = button("", "file-key")
        self.manifest.clicked.connect(self._manifest)
        self.note = label("second")
        self.reading = QProgressBar()
        self.reading.setRange(0, 1000)
        self.reading.setTextVisible(False)
        self.reading.setFixedSize(120, 6)
        self.stop = button("", small=True)
        self.stop.clicked.connect(self.papers.cancel)
        for one in (self.receipt, self.manifest, self.folder, self.cid):
            row.addWidget(one)
        row.addSpacing(8)
        row.addWidget(self.note, 1)
        row.addWidget(self.reading)
        row.addWidget(self.stop)
        column.addLayout(row)
        self._foot_frame = foot
        return foot

    def _keys(self) -> None:
        for keys, act in (("C", self._copy_cid), ("Ctrl+C", self._copy_cid), ("Del", self._forget)):
            shortcut = QShortcut(QKeySequence(keys), self.view)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(act)

    # --- filling -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if not self._filled:
            self._filled = True
            self._ended.take_all(self.context.store)
        self._take_changes()
        self.refresh()

    def _films_changed(self, numbers: list[int]) -> None:
        if self._filled:
            self._changed.update(numbers)
            if self.isVisible() and not self._waiting.isActive():
                self._waiting.start()

    def _take_changes(self) -> None:
        if not self._changed:
            return
        before = {number: self._ended.entries.get(number) for number in self._changed}
        self._ended.take(self.context.store, self._changed)
        self._changed.clear()
        # Progress of films that still run changes nothing here.
        if any(self._ended.entries.get(number) != entry for number, entry in before.items()):
            self.refresh()

    def refresh(self) -> None:
        """Show what the filters let through."""
        entries = self._ended.entries
        kept, was_at = self.view.number(), max(0, self.view.currentIndex().row())
        self.filters.offer_series(entry.series for entry in entries.values())
        by = self.filters.filter()
        shown = chosen(entries.values(), by, time.time())
        self.model.show_entries(shown)
        place = -1 if kept is None else self.model.place_of(kept)
        if shown and (self.view.number() is None or self.view.number() != kept):
            # Nothing chosen would leave the buttons below dead; what went leaves the choice to its neighbour.
            at = place if place >= 0 else min(was_at, len(shown) - 1)
            self.view.setCurrentIndex(self.model.index(at, 0))
        empty = not entries
        self.stack.setCurrentWidget(self.nothing if empty else self.view if shown else self.no_match)
        self.filters.setVisible(not empty)
        self._foot_frame.setVisible(bool(shown))
        self.export.setEnabled(bool(shown))
        size = amounts.size(sum(entry.row.size or 0 for entry in shown))
        self._head.beside.setText(f"{counts.films(len(shown))} · {size}" if shown else "")
        self._show_no_match()
        self._show_acts()

    def _show_no_match(self) -> None:
        words = self.filters.search.text().strip()
        title = (
            tr(N_("Nothing found for “{q}”"), q=words) if words else tr(N_("No film matches these filters"))
        )
        self.no_match.set_words(title, "")
        self.clear.setText(tr(N_("Clear search")))

    # --- what can be done with a film ----------------------------------------------------------------

    def _row(self) -> TaskRow | None:
        number = self.view.number()
        return None if number is None else self.context.store.rows.get(number)

    def _show_acts(self) -> None:
        row = self._row()
        self.receipt.setEnabled(row is not None)
        self.folder.setEnabled(row is not None and folder_of(row) is not None)
        self.cid.setEnabled(row is not None and bool(row.cid))
        busy = self.papers.busy
        self.manifest.setEnabled(row is not None and has_manifest(row) and not busy)
        for one in (self.reading, self.stop):
            one.setVisible(busy)

    def _show_menu(self, at: QPoint) -> None:
        row = self._row()
        if row is None:
            return
        can_manifest = has_manifest(row) and not self.papers.busy
        menu = QMenu(self)
        tone = theme.current().text2
        for icon, words, act, can in (
            ("file-check-corner", N_("Receipt…"), self._receipt, True),
            ("file-key", N_("Manifest (ASC MHL)"), self._manifest, can_manifest),
            ("folder-open", N_("Show folder"), self._show_folder, folder_of(row) is not None),
            ("copy", N_("Copy CID"), self._copy_cid, bool(row.cid)),
            ("film", N_("Show in Films"), self._show_film, True),
            ("trash", N_("Remove from list"), self._forget, row.number not in self.context.store.unsent),
        ):
            action = menu.addAction(theme.icon(icon, tone), tr(words), act)
            action.setEnabled(can)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _receipt(self) -> None:
        number = self.view.number()
        if number is not None:
            self.papers.receipt(number)

    def _manifest(self) -> None:
        row = self._row()
        if row is not None:
            self.papers.manifest(row)

    def _read_on(self, done: int, total: int) -> None:
        if not self.papers.busy:
            return
        self.reading.setValue(done * 1000 // total if total else 1000)
        self.note.setText(
            tr(
                N_("Reading {film} for its manifest: {amount}"),
                film=one_line(self.papers.film),
                amount=amounts.size_of(done, total),
            )
        )

    def _written(self, target: Path) -> None:
        self._say(tr(N_("Saved as {name}"), name=target.name))

    def _show_folder(self) -> None:
        row = self._row()
        found = None if row is None else folder_of(row)
        if found is not None:
            reveal(found)

    def _copy_cid(self) -> None:
        row = self._row()
        if row is not None and row.cid:
            QGuiApplication.clipboard().setText(row.cid)
            self._say(tr(N_("CID copied")))

    def _show_film(self) -> None:
        number = self.view.number()
        if number is not None:
            self.context.shell.show_film(number)

    def _forget(self) -> None:
        """Asks first, as Films does: of a stopped film it takes away all that was fetched or sealed."""
        row = self._row()
        if row is None or row.number in self.context.store.unsent:
            return
        number = row.number

        def forget() -> None:
            self.context.run(lambda engine: engine.forget(number))

        self.context.shell.open_sheet(QuestionSheet(of_remove(row), name_of(row), forget))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        QTimer.singleShot(_NOTE_MS, self.note, lambda: self.note.setText(""))

    # --- export --------------------------------------------------------------------------------------

    def _ask_to_export(self) -> None:
        name = f"Reelkey {time.strftime('%Y-%m-%d')}.csv"
        self.papers.ask_file(tr(N_("Export the list")), name, (tr(N_("Table (*.csv)")),), self.export_to)

    def export_to(self, target: Path) -> None:
        """Write what the table shows, in its order."""
        rows = tuple(entry.row for entry in self.model.entries)
        self.context.run(
            lambda engine: engine.care.export_history(target, rows), lambda _: self._written(target)
        )

    # --- language, theme, keys -----------------------------------------------------------------------

    def shown(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_search(self) -> None:
        self.filters.search.begin()

    def _to_table(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.view.currentIndex().isValid() and self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def retranslate(self) -> None:
        self._head.title.setText(tr(N_("History")))
        self.export.setText(tr(N_("Export as CSV…")))
        self.export.setAccessibleDescription(tr(N_("What the table shows, in its order")))
        self.receipt.setText(tr(N_("Receipt…")))
        self.manifest.setText(tr(N_("Manifest (ASC MHL)")))
        self.manifest.setAccessibleDescription(
            tr(N_("Records the film's hash beside it, for checking later copies"))
        )
        self.reading.setAccessibleName(tr(N_("Manifest (ASC MHL)")))
        self.stop.setText(tr(N_("Cancel")))
        self.folder.setText(tr(N_("Show folder")))
        self.cid.setText(tr(N_("Copy CID")))
        self.view.setAccessibleName(tr(N_("History")))
        self.nothing.set_words(
            tr(N_("Nothing finished yet")), tr(N_("Finished films are kept here, each with its receipt."))
        )
        self.filters.retranslate()
        self.model.retranslate()
        self.refresh()

    def restyle(self) -> None:
        restyle_children(self)
        self.view.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.view.fit(self.width())
        self.filters.fit(self.width())
