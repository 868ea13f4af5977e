"""The question before a film is received."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.confirm.base import RequestSheet
from app.ui.confirm.folders import FolderField, proposed_output_dir
from app.ui.context import Context
from app.ui.messages import Begun, Request, Room
from app.ui.widgets.elided import breakable

if TYPE_CHECKING:
    from app.ui.engine import Engine


@dataclass(frozen=True, slots=True)
class KnownFilm:
    """A film's name, and its size in bytes where that is known."""

    name: str
    size: int | None = None


class DownloadSheet(RequestSheet):
    """Which film, from which library, into which folder."""

    def __init__(self, context: Context, request: Request) -> None:
        super().__init__(context, request)
        self._room: Room | None = None
        self.known = self._known_film()
        self.folder = FolderField("folder")
        self.folder.chosen.connect(self._set_folder)
        self.card.addWidget(self.folder)
        self.add_will()
        self.body.addStretch(1)
        text = context.settings.text("output_dir")
        self.folder.set_folders((Path(text) if text else proposed_output_dir(),))
        self.retranslate()

    def first_shown(self) -> None:
        super().first_shown()
        self._ask_room()

    def _known_film(self) -> KnownFilm | None:
        """What is known here of this film: from a task of it, else from what buyers of it wait for. The
        library tells nothing of a film before its task is made, which is for the yes."""
        request, store = self.request, self.context.store
        rows = [
            row
            for row in store.rows.values()
            if row.server == request.server and row.source_id == request.source_id
        ]
        due = [task for task in store.due.get(request.server, ()) if task.source_id == request.source_id]
        names = [row.source_name for row in rows] + [task.source_name for task in due]
        name = next((name for name in reversed(names) if name), "")
        films = [row for row in rows if row.kind is not TaskKind.RELEASE]
        sizes = [row.size or row.public_size for row in films]
        return KnownFilm(name, next((size for size in reversed(sizes) if size), None)) if name else None

    def _set_folder(self, folder: Path) -> None:
        self.folder.set_folders((folder,))
        self.refresh()
        self._ask_room()

    def _ask_room(self) -> None:
        folder = self.folder.folder
        self.ask(lambda engine: engine.requests.room(folder), self._take_room)

    def _take_room(self, room: Room) -> None:
        self._room = room
        self.refresh()

    def _set_words(self) -> None:
        number, known = self.request.source_id, self.known
        if known is not None:
            self.title.setText(tr(N_("Receive “{film}”?"), film=breakable(known.name)))
        else:
            self.title.setText(tr(N_("Receive film number {n}?"), n=number))
        if known is not None:
            text = N_("A request from the site · film number {n}. Nothing is fetched until you say yes.")
            if known.size:
                text = N_(
                    "A request from the site · film number {n}, {size}. Nothing is fetched until you say yes."
                )
            self.subtitle.setText(tr(text, n=number, size=amounts.size(known.size)))
        else:  # the title says the number
            self.subtitle.setText(tr(N_("A request from the site. Nothing is fetched until you say yes.")))
        self.folder.set_words(tr(N_("Folder")))
        self._set_remark()
        self.will.setText(
            tr(
                N_(
                    "The film is fetched, sealed, from the seller's computer. Once the seller releases the "
                    "private block, it opens by itself and is checked byte by byte, however long the "
                    "wait. It takes up space twice: sealed on your node, and as the film in this folder."
                )
            )
        )

    def _set_remark(self) -> None:
        """The room there is, and a warning where it is less than the film."""
        room, size = self._room, self.known.size if self.known is not None else None
        if room is None or room.free is None:
            self.folder.set_remark("")
            return
        free = amounts.size(room.free)
        if size and room.free < size:
            words = tr(
                N_("{free} free on that disk; the film needs {size}"), free=free, size=amounts.size(size)
            )
            self.folder.set_remark(words, "key")
            return
        self.folder.set_remark(tr(N_("{free} free on that disk"), free=free))

    def _yes_words(self) -> str:
        known = self.known
        if known is not None and known.size:
            return tr(N_("Receive 1 film · {size}"), size=amounts.size(known.size))
        return tr(N_("Receive 1 film"))

    def _ready(self) -> bool:
        return self.folder.folder is not None and self.request.source_id is not None

    def _yes(self) -> Callable[[Engine], Coroutine[Any, Any, Begun]]:
        number, folder = self.request.number, self.folder.folder or proposed_output_dir()
        return self._presetting(
            "output_dir", folder, lambda engine: engine.requests.accept_download(number, folder)
        )

    def _done(self, begun: Begun) -> None:
        if begun.rows:
            self.context.shell.show_film(begun.rows[0].number)
