"""The page *Private blocks* (mockup 03): what is due, what was found for it, and the release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.domain.errors import ReelkeyError, TokenRefused
from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.launch.link import is_link
from app.ui import amounts
from app.ui.blocks.due import DueFilm, due_films, summary
from app.ui.blocks.model import DueModel
from app.ui.blocks.parts import DropZone, ReleaseBar, ResultLine
from app.ui.blocks.release import ReleaseSheet
from app.ui.blocks.view import POSTER, ColumnNames, DueList
from app.ui.confirm.folders import choose_folder
from app.ui.confirm.head import host_of
from app.ui.context import Context, Page
from app.ui.messages import BlocksFound, DueTask
from app.ui.widgets import EmptyState, ErrorCard, PageHead, button, label
from app.ui.widgets.basics import restyle_children
from app.ui.widgets.search import SearchField


class BlocksPage(Page):
    """Looks through folders when it is opened and whenever something new is due; releases after a yes."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._found: dict[str, BlocksFound] = {}
        self._asked: dict[tuple[str, int], DueTask] = {}
        self._begun: set[tuple[str, int]] = set()
        self._added: list[Path] = []
        self._look = 0
        self._open_looks = 0
        self._looked_for: frozenset[tuple[str, int]] = frozenset()
        self._trouble: ReelkeyError | None = None
        self.model = DueModel(context.store, self.library_name)
        self._build()
        self.setAcceptDrops(True)
        self.model.ticked.connect(self._refresh_bar)
        store = context.store
        store.due_changed.connect(self._due_changed)
        store.films_changed.connect(self._films_changed)
        store.films_gone.connect(lambda _: self.refresh())
        store.servers_changed.connect(self.refresh)

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._head())
        top = QVBoxLayout()
        top.setContentsMargins(20, 0, 20, 14)
        top.setSpacing(14)
        self.zone = DropZone()
        self.zone.choose.connect(self._choose)
        self.line = ResultLine()
        self.line.remember.connect(self._remember)
        self.error = ErrorCard()
        self.error.hide()
        for one in (self.zone, self.error, self.line):
            top.addWidget(one)
        outer.addLayout(top)
        self.stack = QStackedWidget()
        self.list = DueList(self.model, self.context.store)
        self.names = ColumnNames(self.list)
        self.search.left.connect(self.list.setFocus)
        outer.addWidget(self.names)
        pictures = self.context.pictures
        self.list.delegate.picture = lambda row, ratio: pictures.get(row, POSTER, ratio)
        pictures.ready.connect(self._picture_ready)
        self.list.look_elsewhere.connect(self._look_elsewhere)
        self.list.show_file.connect(self._show_file)
        self.nothing = EmptyState("key-round")
        self.no_match = EmptyState("search")
        self._clear = button()
        self._clear.clicked.connect(self.search.clear)
        self.no_match.add_button(self._clear)
        for widget in (self.list, self.nothing, self.no_match):
            self.stack.addWidget(widget)
        outer.addWidget(self.stack, 1)
        self.bar = ReleaseBar(self.model)
        self.bar.release.connect(self._ask)
        outer.addWidget(self.bar)

    def _head(self) -> PageHead:
        self.chip = label("key-chip")
        self.search = SearchField()
        self.search.setFixedWidth(220)
        self.search.searched.connect(self._search)
        self.again = button(icon="rotate-cw")
        self.again.clicked.connect(self.look)
        head = PageHead(self.chip)
        self.heading = head.title
        head.add(self.search, self.again)
        return head

    # --- words and colours ---------------------------------------------------------------------------

    def _picture_ready(self, _number: int) -> None:
        self.list.viewport().update()

    def retranslate(self) -> None:
        self.heading.setText(tr(N_("Private blocks")))
        self.search.retranslate(tr(N_("Search films and series")))
        self.again.setText(tr(N_("Refresh")))
        self.zone.retranslate()
        self.error.retranslate()
        self.nothing.set_words(
            tr(N_("Nothing to release")),
            tr(N_("When a buyer asks, the film shows up here and you are notified.")),
        )
        self._clear.setText(tr(N_("Clear search")))
        self.list.setAccessibleName(tr(N_("Private blocks")))
        self.names.update()
        self._show()

    def restyle(self) -> None:
        restyle_children(self)
        self.list.viewport().update()
        self.names.update()

    def library_name(self, origin: str) -> str:
        seen = self.context.store.servers.get(origin)
        return seen.name if seen is not None and seen.name else host_of(origin)

    # --- what is shown -------------------------------------------------------------------------------

    @property
    def looking(self) -> bool:
        return self._open_looks > 0

    def films(self) -> list[DueFilm]:
        return due_films(self.context.store, self._found, self._asked, self._begun)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now. Left out while another page is in front."""
        if self.isVisible():
            self._show()

    def _show(self) -> None:
        if self._begun:
            self._begun -= self._in_journal()
        films = self.films()
        self.model.set_films(films, looking=self.looking)
        self.list.viewport().update()
        due = len(self.context.store.all_due())
        text = N_("1 to release") if due == 1 else N_("{n} to release")
        self.chip.setText(tr(text, n=amounts.count(due)))
        self.chip.setVisible(due > 0)
        found = summary(films, self._found) if self._found else None
        folders = self.folders()
        self.line.show_result(folders, found, looking=self.looking, remember=bool(self._not_kept()))
        self.line.setVisible(bool(films) or bool(self._found))
        self.names.setVisible(bool(self.model.rows))
        self.bar.setVisible(any(film.state not in ("working", "done") for film in films))
        self._show_trouble()
        if self.model.rows:
            self.stack.setCurrentWidget(self.list)
        elif films:
            title = tr(N_("Nothing found for “{q}”"), q=self.search.text())
            self.no_match.set_words(title, "")
            self.stack.setCurrentWidget(self.no_match)
        else:
            self.stack.setCurrentWidget(self.nothing)

    def _refresh_bar(self) -> None:
        self.bar.refresh()

    def _show_trouble(self) -> None:
        """Why a list may not be whole: a library that refuses our sign-in, or could not be asked."""
        refused = [seen.error for seen in self.context.store.servers.values()]
        trouble = self._trouble or next((one for one in refused if isinstance(one, TokenRefused)), None)
        self.error.show_error(trouble)

    def _search(self, text: str) -> None:
        self.model.search(text)
        self.refresh()

    def focus_search(self) -> None:
        self.search.begin()

    # --- folders -------------------------------------------------------------------------------------

    def kept(self) -> list[Path]:
        """The folders that are looked through each time: those of the settings."""
        settings = self.context.settings
        texts = [*settings.items("private_folders"), settings.text("private_dir")]
        return list(dict.fromkeys(Path(text) for text in texts if text))

    def folders(self) -> list[Path]:
        """All that is looked through: what was added on this page first, then what is kept, then where the
        blocks of the films in question were put when they were sent."""
        return list(dict.fromkeys([*self._added, *self.kept(), *self._where_films_went()]))

    def _where_films_went(self) -> list[Path]:
        rows = [film.film for film in self.model.films if film.film is not None]
        return [Path(row.private_dir) for row in rows if row.private_dir]

    def _not_kept(self) -> list[Path]:
        kept = self.kept()
        return [
            folder
            for folder in self._added
            if not any(folder == one or folder.is_relative_to(one) for one in kept)
        ]

    def _remember(self) -> None:
        texts = [*self.context.settings.items("private_folders"), *map(str, self._not_kept())]
        self.context.run(
            lambda engine: engine.set_setting("private_folders", "\n".join(texts)), lambda _: self.refresh()
        )

    def _choose(self) -> None:
        choose_folder(self, self._add, next(iter(self.folders()), None))

    def _look_elsewhere(self, film: DueFilm) -> None:
        match = film.match
        start = Path(match.kept_at).parent if match is not None and match.kept_at else None
        choose_folder(self, self._add, start)

    def _show_file(self, film: DueFilm) -> None:
        match = film.match
        if match is not None and match.path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(match.path.parent)))

    def _add(self, folder: Path) -> None:
        self.take_drop([folder])

    def take_drop(self, paths: list[Path]) -> bool:
        """Look through these folders (or files) too."""
        self._added = list(dict.fromkeys([*(path.absolute() for path in paths), *self._added]))
        self.look()
        return True

    # --- looking -------------------------------------------------------------------------------------

    def shown(self) -> None:
        """Opened: what was released earlier is history, and the folders are looked through anew."""
        super().shown()
        done = {
            (film.key[0], task.id) for film in self.films() if film.state == "done" for task in film.tasks
        }
        self._asked = {key: task for key, task in self._asked.items() if key not in done}
        self.look()

    def look(self) -> None:
        """Look through all folders for what is due at each library."""
        self._look += 1
        self._open_looks = 0
        self._trouble = None
        look, folders = self._look, self.folders()
        origins = self._origins()
        self._looked_for = self._due_keys()
        if folders:
            for origin in origins:
                self._look_at(look, origin, folders)
        self.refresh()

    def _look_at(self, look: int, origin: str, folders: Sequence[Path]) -> None:
        self._open_looks += 1

        def failed(error: ReelkeyError) -> None:
            if look == self._look:
                self._trouble = error
                self._end_look()

        def found(result: BlocksFound) -> None:
            if look == self._look:
                self._found[origin] = result
                self._end_look()

        self.context.run(lambda engine: engine.requests.find_blocks(origin, folders), found, failed)

    def _end_look(self) -> None:
        self._open_looks -= 1
        self.refresh()

    def _origins(self) -> list[str]:
        """The libraries to ask: those where something is due, else all where we are signed in."""
        store = self.context.store
        due = list(dict.fromkeys(task.server for task in store.all_due()))
        signed_in = [origin for origin, seen in store.servers.items() if seen.signed_in and not seen.error]
        return due or signed_in

    def _due_keys(self) -> frozenset[tuple[str, int]]:
        return frozenset((task.server, task.id) for task in self.context.store.all_due())

    def _due_changed(self) -> None:
        self.refresh()
        new = self._due_keys() - self._looked_for
        if new and self.isVisible() and not self.looking:
            self.look()

    def _films_changed(self, numbers: list[int]) -> None:
        """Films that nobody asks for are none of its business: their progress comes four times a second."""
        asked = {film.key[:2] for film in self.model.films}
        rows = [row for number in numbers if (row := self.context.store.rows.get(number)) is not None]
        if any(row.kind is TaskKind.RELEASE or (row.server, row.source_id) in asked for row in rows):
            self.refresh()

    def _in_journal(self) -> set[tuple[str, int]]:
        rows = self.context.store.rows.values()
        return {(row.server, row.remote_id) for row in rows if row.kind is TaskKind.RELEASE and row.remote_id}

    # --- the release ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        films = self.model.chosen()
        if films:
            sheet = ReleaseSheet(films, self.library_name)
            sheet.agreed.connect(lambda: self.release(films))
            self.context.shell.open_sheet(sheet)

    def release(self, films: Sequence[DueFilm]) -> None:
        """Hand over the private blocks of these films; a person has said yes."""
        by_library: dict[str, list[DueTask]] = {}
        for film in films:
            by_library.setdefault(film.key[0], []).extend(film.releasable)
        known = self._in_journal()
        for origin, tasks in by_library.items():
            self._asked.update({(origin, task.id): task for task in tasks})
            self._begun |= {(origin, task.id) for task in tasks} - known
            self._release_at(origin, [task.id for task in tasks])
        self.refresh()

    def _release_at(self, origin: str, ids: list[int]) -> None:
        def failed(error: ReelkeyError) -> None:
            self._begun -= {(origin, number) for number in ids}
            self.refresh()
            self.context.shell.show_error(error)

        def begun(rows: object) -> None:
            if not rows:  # what was found is out of date: nothing was begun
                self._begun -= {(origin, number) for number in ids}
                self.look()

        self.context.run(lambda engine: engine.requests.release(origin, ids), begun, failed)

    # --- drops ---------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        mime = event.mimeData()
        if mime.hasUrls() and not is_link(mime.text().strip()):
            event.acceptProposedAction()
            self.zone.set_lit(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        del event
        self.zone.set_lit(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        self.zone.set_lit(False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.take_drop(paths)
            event.acceptProposedAction()
