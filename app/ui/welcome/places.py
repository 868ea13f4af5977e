"""Step 1: where films, private blocks and the node's store lie. All proposed; nothing must be changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.settings.settings import Settings
from app.ui import amounts
from app.ui.context import Context
from app.ui.messages import Room
from app.ui.widgets import IconLabel, PathField, label

_Location = QStandardPaths.StandardLocation


def proposed(settings: Settings, key: str) -> Path:
    """The folder of the settings, else one of ours below the system's own for such files."""
    kept = settings.text(key)
    if kept:
        return Path(kept)
    where = _Location.MoviesLocation if key == "output_dir" else _Location.DocumentsLocation
    below = QStandardPaths.writableLocation(where)
    return (Path(below) if below else Path.home()) / "Reelkey"


class Place(QWidget):
    """One folder: what it is for, the folder with a remark, and an error beneath."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._name, self._meaning = label("strong"), label("second", wrap=True)
        head.addWidget(IconLabel(icon))
        head.addWidget(self._name)
        head.addWidget(self._meaning, 1)
        self.field = PathField()
        self._error = label("error", wrap=True)
        self._error.hide()
        column.addLayout(head)
        column.addWidget(self.field)
        column.addWidget(self._error)

    def set_words(self, name: str, meaning: str) -> None:
        self._name.setText(name)
        self._meaning.setText(meaning)
        self.field.set_name(name)
        self.field.retranslate()

    def show_error(self, error: ReelkeyError | None) -> None:
        self._error.setVisible(error is not None)
        if error is not None:
            self._error.setText(f"{error.title}. {error.message} → {error.hint}")


class PlacesStep(QWidget):
    """Asks for nothing: shows three places, two of which can be changed."""

    #: The folders can be used and are kept.
    kept = Signal()
    #: One can't; its error stands beneath it.
    refused = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rooms: dict[str, Room] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        self.films, self.blocks, self.node = Place("film"), Place("key-round"), Place("server")
        self._places = {"output_dir": self.films, "private_dir": self.blocks}
        for key, place in self._places.items():
            place.field.set_folder(proposed(context.settings, key))
            place.field.chosen.connect(lambda _folder, key=key: self._changed(key))
        self.node.field.change.hide()
        for place in (self.films, self.blocks, self.node):
            column.addWidget(place)
        context.store.node_changed.connect(self._node_changed)
        self._node_changed()

    # --- rooms ---------------------------------------------------------------------------------------

    def _node_changed(self) -> None:
        place = self._context.store.node.place
        folder = Path(place) if place else None
        if folder is not None and folder != self.node.field.folder:
            self.node.field.set_folder(folder)
            self._look()
        self.node.setVisible(bool(place))

    def _look(self) -> None:
        """Ask how much room there is, and whether the private blocks lie apart from the node."""
        beside = self.node.field.folder
        folders = {key: place.field.folder for key, place in self._places.items()} | {"node": beside}
        for key, folder in folders.items():
            if folder is not None:
                self._ask_room(key, folder, beside)

    def _ask_room(self, key: str, folder: Path, beside: Path | None) -> None:
        self._context.run(
            lambda engine: engine.requests.room(folder, beside),
            lambda room: self._take_room(key, room),
            lambda _error: None,
        )

    def _take_room(self, key: str, room: Room) -> None:
        self._rooms[key] = room
        if isValid(self):  # the first start may be over when a slow disk answers
            self._show_rooms()

    def _show_rooms(self) -> None:
        for key, place in (("output_dir", self.films), ("node", self.node)):
            room = self._rooms.get(key)
            known = room is not None and room.free is not None
            words = tr(N_("{free} free"), free=amounts.size(room.free)) if room is not None and known else ""
            place.field.set_remark(words)
        room = self._rooms.get("private_dir")
        if room is None:
            self.blocks.field.set_remark("")
        elif room.same_disk_as_films:
            self.blocks.field.set_remark(tr(N_("On the node's disk: keep a backup")), "key")
        else:
            self.blocks.field.set_remark(tr(N_("Not on the node's disk: good")), "done")

    def _changed(self, key: str) -> None:
        self._places[key].show_error(None)
        self._look()

    # --- keeping -------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Make the folders and keep them; `kept` or `refused` follows."""
        self._context.spawn(self._keep())

    async def _keep(self) -> None:
        good = True
        for key, place in self._places.items():
            folder = place.field.folder
            if folder is None:
                continue
            try:
                await self._keep_one(key, folder)
            except ReelkeyError as error:
                place.show_error(error)
                good = False
            else:
                place.show_error(None)
        (self.kept if good else self.refused).emit()

    async def _keep_one(self, key: str, folder: Path) -> None:
        await self._context.bridge.call(lambda engine: engine.care.keep_folder(key, folder))

    def retranslate(self) -> None:
        self.films.set_words(tr(N_("Films you receive")), tr(N_("films you bought appear here")))
        self.blocks.set_words(
            tr(N_("Private blocks")), tr(N_("they open your films; best on a disk that is backed up"))
        )
        self.node.set_words(tr(N_("The node's store")), tr(N_("films you send take up as much space here")))
        self._show_rooms()
