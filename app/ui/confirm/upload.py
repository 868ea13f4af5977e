"""The question before films are sent (mockup 04)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit

from app.domain.words import N_, tr
from app.media import MediaFacts
from app.ui import amounts, counts
from app.ui.confirm.base import RequestSheet
from app.ui.confirm.films import FilmTicks, FoundFilms
from app.ui.confirm.folders import FolderField, proposed_private_dir
from app.ui.confirm.left_out import LeftOut
from app.ui.context import Context
from app.ui.messages import Begun, FilmsFound, Request, Room
from app.ui.node.standing import Reach, reach_of
from app.ui.widgets import button, label
from app.ui.widgets.basics import repolish
from app.ui.widgets.elided import breakable

if TYPE_CHECKING:
    from app.ui.engine import Engine

# Facts are a comfort: of the films that are seen at once, one after the other.
_PROBED = 12
_WILL = N_(
    "The films are sealed on this computer and put on your node, where buyers fetch them; "
    "without the private block nobody can open them. The private blocks stay with you until "
    "the day you release them."
)


class UploadSheet(RequestSheet):
    """Which films of which folder go to which library, and where their private blocks stay."""

    def __init__(self, context: Context, request: Request) -> None:
        super().__init__(context, request)
        self.found: FilmsFound | None = None
        self._look = self._rooms = 0
        self._node_room: Room | None = None
        self._private_room: Room | None = None
        self._pace: float | None = None
        self.films = FoundFilms()
        self.films.ticked.connect(self.refresh)
        self._build()
        self.folder.set_folders(request.folders)
        self.private.set_folders((self._preset_private_dir(),))
        self.retranslate()

    def first_shown(self) -> None:
        super().first_shown()
        self._look_into(self.request.folders)
        self.ask(lambda engine: engine.requests.pace(), self._take_pace)

    def _preset_private_dir(self) -> Path:
        text = self.context.settings.text("private_dir")
        return Path(text) if text else proposed_private_dir()

    def _build(self) -> None:
        self.folder = FolderField("folder")
        self.folder.chosen.connect(lambda folder: self._look_into((folder,)))
        self.private = FolderField("folder-key")
        self.private.chosen.connect(self._set_private_dir)
        self.series_caption = label("second")
        self.series = QLineEdit(str(self.request.series_id) if self.request.series_id is not None else "")
        self.series.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]{1,16}")))
        self.series.setFixedWidth(180)
        self.series.textChanged.connect(self.refresh)
        for one in (self.series_caption, self.series):
            self.card.addWidget(one)
            one.setVisible(not self.request.from_link)
        self.card.addWidget(self.folder)
        self.card.addWidget(self.private)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.all = QCheckBox()
        self.all.setTristate(True)
        self.all.clicked.connect(self._tick_all)
        self.tally = label("second")
        self.aside = label("second")
        self.view = button("link")
        self.view.clicked.connect(self._view)
        row.addWidget(self.all)
        row.addWidget(self.tally)
        row.addStretch(1)
        row.addWidget(self.aside)
        row.addWidget(self.view)
        self.body.addLayout(row)
        self.left_out = LeftOut()
        self.left_out.hide()
        self.body.addWidget(self.left_out)
        pictures = self.context.pictures
        self.list = FilmTicks(
            self.films, lambda film, size, ratio: pictures.of_file(film.path, film.size, size, ratio)
        )
        pictures.taken.connect(self._picture_taken)
        self.body.addWidget(self.list)
        self.add_will()
        self.reach = label("key-note", wrap=True)
        self.context.store.node_changed.connect(self._show_reach)
        self.body.addWidget(self.reach)
        self.room = label("error", wrap=True)
        self.body.addWidget(self.room)
        self.body.addStretch(1)

    def _show_reach(self) -> None:
        """What matters most to a buyer, said before anything is sent: whether they can fetch it from here."""
        self.reach.setText(
            tr(
                N_(
                    "Buyers elsewhere can't reach this computer yet. Films are sealed and kept all the same; "
                    "the page Node says what to do before they can be fetched."
                )
            )
        )
        self.reach.setVisible(reach_of(self.context.store.node) in (Reach.LOCAL, Reach.HERE))

    # --- what is found -------------------------------------------------------------------------------

    def _look_into(self, folders: tuple[Path, ...]) -> None:
        self.folder.set_folders(folders)
        self.found = None
        self._look += 1
        look, number = self._look, self.request.number
        self.films.set_films([], [])
        self._private_room = None
        self._show_error(None)
        self.refresh()
        self.ask(
            lambda engine: engine.requests.films(number, folders), lambda found: self._take_found(look, found)
        )

    def _take_found(self, look: int, found: FilmsFound) -> None:
        if look != self._look:  # the person chose another folder meanwhile
            return
        self.found = found
        self.films.set_films(found.films, self.folder.folders)
        self.left_out.set_found(found)
        if found.refused and not found.films:
            self.left_out.show()
        if found.error is not None and not self.head.refused:
            self._show_error(found.error)
        self.refresh()
        self._ask_room()
        self.context.spawn(self._probe(look))

    async def _probe(self, look: int) -> None:
        """Facts of the first films, while the person reads."""
        for film in self.films.films[:_PROBED]:
            facts = await self._facts_of(film.path)
            if look != self._look or self.over:
                return
            self.films.set_facts(film.path, facts)

    async def _facts_of(self, path: Path) -> MediaFacts:
        facts = await self.context.bridge.call(lambda engine: engine.requests.facts(path))
        return facts if isinstance(facts, MediaFacts) else MediaFacts()

    def _set_private_dir(self, folder: Path) -> None:
        self.private.set_folders((folder,))
        self._ask_room()

    def _ask_room(self) -> None:
        """Only once the films' disk has answered. Answers may overtake each other: only those to the last
        question count."""
        films, private = self.folder.folder, self.private.folder
        if films is None or self.found is None:
            return
        self._rooms += 1
        turn = self._rooms
        self.ask(lambda engine: engine.requests.room(None, films), self._take_node_room)
        self.ask(
            lambda engine: engine.requests.room(private, films),
            lambda room: self._take_private_room(turn, room),
        )

    def _take_node_room(self, room: Room) -> None:
        self._node_room = room
        self.refresh()

    def _take_private_room(self, turn: int, room: Room) -> None:
        if turn == self._rooms:
            self._private_room = room
            self.refresh()

    def _take_pace(self, pace: float | None) -> None:
        self._pace = pace
        self.refresh()

    def _picture_taken(self, _path: str) -> None:
        self.list.viewport().update()

    # --- ticks and lists -----------------------------------------------------------------------------

    def _tick_all(self) -> None:
        self.films.tick_all(self.films.state is not Qt.CheckState.Checked)

    def _view(self) -> None:
        self.left_out.setVisible(self.left_out.isHidden())
        self.refresh()

    # --- words ---------------------------------------------------------------------------------------

    def _set_words(self) -> None:
        chosen = self.films.chosen()
        self.title.setText(self._question(len(chosen)))
        self.subtitle.setText(self._where_from())
        self.series_caption.setText(tr(N_("Series number")))
        self.series.setAccessibleName(tr(N_("Series number")))
        self.folder.set_words(tr(N_("Folder")))
        self.private.set_words(tr(N_("Private blocks are saved in")))
        self._set_private_remark()
        self.all.setText(tr(N_("Films")))
        self.all.setAccessibleName(tr(N_("All films")))
        self.all.setCheckState(self.films.state)
        self.all.setEnabled(bool(self.films.films))
        self.list.setAccessibleName(tr(N_("Films")))
        self.tally.setText(self._tally(len(chosen)))
        self._set_aside()
        self._set_will(sum(film.size for film in chosen))

    def _question(self, chosen: int) -> str:
        folder = self.folder.folder
        if self.found is None or folder is None:
            return tr(N_("Send these films?"))
        name = breakable(folder.name or str(folder))
        return tr(N_("Send {films} of “{folder}”?"), films=counts.films(chosen), folder=name)

    def _where_from(self) -> str:
        if not self.request.from_link:
            return tr(N_("Nothing is sent until you say yes."))
        return tr(
            N_("A request from the site · series number {n}. Nothing is sent until you say yes."),
            n=self.request.series_id,
        )

    def _set_private_remark(self) -> None:
        room = self._private_room
        if room is None or room.free is None:
            self.private.set_remark("")
        elif room.same_disk_as_films:
            text = tr(N_("On the same disk as the masters: one disk failure would take both"))
            self.private.set_remark(text, "key")
        else:
            self.private.set_remark(tr(N_("Not on the same disk as the masters")), "done-small")

    def _tally(self, chosen: int) -> str:
        found = self.found
        if found is None:
            return tr(N_("Looking through the folder…"))
        return tr(N_("{found} found · {chosen} selected"), found=len(found.films), chosen=chosen)

    def _set_aside(self) -> None:
        found = self.found
        parts = []
        if found is not None and found.refused:
            refused = amounts.count(len(found.refused) + found.more_refused)
            parts.append(tr(N_("{n} can't be sent"), n=refused))
        if found is not None and found.skipped:
            skipped = amounts.count(len(found.skipped) + found.more_skipped)
            parts.append(tr(N_("other files left out: {n}"), n=skipped))
        self.aside.setText(" · ".join(parts))
        self.aside.setProperty("look", "error-small" if found is not None and found.refused else "second")
        repolish(self.aside)
        self.view.setVisible(bool(parts))
        self.view.setText(tr(N_("View")) if self.left_out.isHidden() else tr(N_("Hide")))

    def _set_will(self, size: int) -> None:
        self.will.setText(counts.paragraph(tr(_WILL), self._time_words(size), self._room_words(size)))
        room = self._node_room
        full = room is not None and room.free is not None and size > room.free
        self.room.setVisible(full)
        if full and room is not None and room.free is not None:
            self.room.setText(
                tr(
                    N_("Not enough room on the node's disk: {need} more needed. Choose fewer films."),
                    need=amounts.size(size - room.free),
                )
            )

    def _time_words(self, size: int) -> str:
        """How long it takes, by how fast films were sealed here lately; nothing before the first."""
        if not self._pace or not size:
            return ""
        return tr(N_("It takes about {time}."), time=amounts.time_left(size / self._pace))

    def _room_words(self, size: int) -> str:
        room = self._node_room
        if room is None or room.free is None or not size:
            return ""
        return tr(
            N_("They need {need} on the node's disk; {free} free."),
            need=amounts.size(size),
            free=amounts.size(room.free),
        )

    def _yes_words(self) -> str:
        chosen = self.films.chosen()
        if not chosen:
            return tr(N_("Send"))
        size = amounts.size(sum(film.size for film in chosen))
        return tr(N_("Send {films} · {size}"), films=counts.films(len(chosen)), size=size)

    def retranslate(self) -> None:
        self.left_out.retranslate()
        super().retranslate()
        self._show_reach()

    # --- the yes -------------------------------------------------------------------------------------

    def _ready(self) -> bool:
        return bool(self.films.chosen()) and bool(self.series.text()) and self.private.folder is not None

    def _yes(self) -> Callable[[Engine], Coroutine[Any, Any, Begun]]:
        number, folders = self.request.number, self.folder.folders
        films = [film.path for film in self.films.chosen()]
        series, private = int(self.series.text()), self.private.folder or proposed_private_dir()
        return self._presetting(
            "private_dir",
            private,
            lambda engine: engine.requests.accept_upload(number, folders, films, private, series),
        )

    def _done(self, begun: Begun) -> None:
        if begun.rows:
            self.context.shell.show_film(begun.rows[0].number)
