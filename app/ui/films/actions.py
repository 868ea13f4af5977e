"""What people do with a film: each act once, whether a button, a menu or a key asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from app.domain.errors import NoProvider, NotEncrypted
from app.domain.words import N_, tr
from app.journal import TaskRow
from app.ui import amounts, bells
from app.ui.confirm.folders import choose_folder
from app.ui.context import Context
from app.ui.films import questions
from app.ui.films.acting import act_of, open_menu
from app.ui.films.card import name_of
from app.ui.films.model import FilmsModel
from app.ui.films.reveal import folder_of, reveal
from app.ui.films.values import Act, Card
from app.ui.widgets.errors import details

if TYPE_CHECKING:
    from app.ui.engine import Engine

_NOTE_MS = 1500


class Actions(QObject):
    """Carries out acts on films of a model. `parent` is the widget that dialogs and menus belong to."""

    #: A receipt of the film (its journal number) is wanted.
    receipt_asked = Signal(int)
    #: The film's details are wanted.
    details_asked = Signal(int)

    def __init__(self, context: Context, model: FilmsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._model, self._widget = context, model, parent
        self._acts: dict[Act, Callable[[TaskRow, Card], None]] = {
            Act.RELEASE: self._release,
            Act.PAUSE: self._pause,
            Act.RESUME: self._go_on,
            Act.RETRY: self._go_on,
            Act.ASK: self._go_on,
            Act.FOLDER: self._folder,
            Act.COPY_CID: lambda row, _: self._copy(row.cid),
            Act.RECEIPT: lambda row, _: self.receipt_asked.emit(row.number),
            Act.RING: lambda row, _: self._ring(row, on=True),
            Act.MUTE: lambda row, _: self._ring(row, on=False),
            Act.MOVE: self._move,
            Act.FREE: self._free,
            Act.MAKE_ROOM: lambda _row, _card: self._context.shell.show_page("node"),
            Act.REMIND: self._remind,
            Act.LIBRARY: lambda row, _: _open(row.server),
            Act.NODE: lambda _row, _card: self._run(lambda engine: engine.restart_node()),
            Act.COPY_ERROR: self._copy_error,
            Act.LOOK: lambda _row, _card: self._context.shell.show_page("blocks"),
            Act.EXPORT: lambda row, _: self._context.shell.export_films([row.number]),
            Act.DETAILS: lambda row, _: self.details_asked.emit(row.number),
            Act.CANCEL: self._cancel,
            Act.CALL_OFF: self._cancel,
            Act.REMOVE: self._remove,
        }

    def do(self, number: int, act: Act | str) -> None:
        """Do `act` with a film; "main" is its main button. What can't be done with it now does nothing."""
        row = self._context.store.rows.get(number)
        if row is None:
            return
        card = self._model.card(number)
        wanted = act_of(card, act, _meant)
        if wanted is not None:
            self._acts[wanted](row, card)

    def menu(self, number: int, where: QPoint) -> QMenu | None:
        """The film's menu, shown at `where` (global)."""
        if number not in self._context.store.rows:
            return None
        return open_menu(self._model.card(number), where, self._widget, lambda act: self.do(number, act))

    def _run(
        self, work: Callable[[Engine], Coroutine[Any, Any, Any]], then: Callable[[Any], None] | None = None
    ) -> None:
        self._context.run(work, then)

    # --- going on and stopping -----------------------------------------------------------------------

    def _pause(self, row: TaskRow, card: Card) -> None:
        number = card.way.target or row.number
        self._run(lambda engine: engine.pause(number))

    def _go_on(self, row: TaskRow, card: Card) -> None:
        number = card.way.target or row.number
        if _code(self._context.store.rows.get(number)) == NotEncrypted.code:
            self._ask(questions.of_open_way(), row, lambda: self._allow(row.server, number))
            return
        self._run(lambda engine: engine.resume(number))

    def _allow(self, server: str, number: int) -> None:
        """A person agreed to an open way: this film goes on, and others of the library that waited for it."""

        async def work(engine: Engine) -> None:
            await engine.allow_in_clear(server)
            await engine.resume(number)

        self._run(work)

    def _cancel(self, row: TaskRow, card: Card) -> None:
        target = self._context.store.rows.get(card.way.target or row.number, row)
        number = target.number
        self._ask(questions.of_cancel(target), row, lambda: self._run(lambda engine: engine.cancel(number)))

    def _remove(self, row: TaskRow, _card: Card) -> None:
        def forget() -> None:
            self._run(lambda engine: engine.forget(row.number))

        self._ask(questions.of_remove(row), row, forget)

    def _ask(self, question: questions.Question, row: TaskRow, act: Callable[[], None]) -> None:
        self._context.shell.open_sheet(questions.QuestionSheet(question, name_of(row), act))

    def _release(self, _row: TaskRow, _card: Card) -> None:
        self._context.shell.show_page("blocks")

    def _ring(self, row: TaskRow, *, on: bool) -> None:
        text = bells.changed(self._context.settings, row, on=on)
        self._run(lambda engine: engine.set_setting(bells.KEY, text))

    # --- places --------------------------------------------------------------------------------------

    def _folder(self, row: TaskRow, _card: Card) -> None:
        path = folder_of(row)
        if path is not None:
            reveal(path)

    def _move(self, row: TaskRow, _card: Card) -> None:
        def move(folder: Path) -> None:
            self._run(lambda engine: engine.move(row.number, folder))

        start = Path(row.output_dir or row.private_dir or Path.home())
        choose_folder(self._widget, move, start if start.is_dir() else None)

    def _free(self, row: TaskRow, _card: Card) -> None:
        def free() -> None:
            self._run(lambda engine: engine.free([row.number]), self._freed)

        self._ask(questions.of_free(row), row, free)

    def _freed(self, count: int) -> None:
        self._note(tr(N_("{size} freed"), size=amounts.size(count)))

    # --- the clipboard -------------------------------------------------------------------------------

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._note(tr(N_("Copied")))

    def _note(self, text: str) -> None:
        """A word beside the mouse that goes by itself."""
        QToolTip.showText(QCursor.pos(), text, self._widget, self._widget.rect(), _NOTE_MS)

    def _copy_error(self, row: TaskRow, _card: Card) -> None:
        error = self._model.film(row.number).error
        if error is not None:
            self._copy(f"{name_of(row)}\n{details(error)}")

    def _remind(self, row: TaskRow, _card: Card) -> None:
        self._copy(reminder(self._model, row.number))


def reminder(model: FilmsModel, number: int) -> str:
    """What a buyer may send to the seller: the film and since when; nothing secret."""
    film = model.film(number)
    name = name_of(film.row)
    trouble = film.live.trouble or film.error
    if isinstance(trouble, NoProvider):
        since = amounts.date(film.live.told_at or film.row.updated)
        words = N_(
            "{film} can't be fetched: your computer has been offline since {since}. "
            "Please open Reelkey on it."
        )
        return tr(words, film=name, since=since)
    words = N_(
        "{film} is here, sealed, and has been waiting {time} for your release. "
        "Please open Reelkey and release its private block."
    )
    return tr(words, film=name, time=amounts.so_far(time.time() - film.mark("status 5")))


def _meant(act: Act, card: Card) -> Act:
    """One key pauses and resumes, one rings and mutes; Del calls off a release and removes what can't be
    cancelled any more; R asks again."""
    fits = card.menu
    if act is Act.PAUSE and act not in fits:
        return Act.RESUME
    if act is Act.RING and act not in fits:
        return Act.MUTE
    if act is Act.CANCEL and act not in fits:
        return Act.CALL_OFF if Act.CALL_OFF in fits else Act.REMOVE
    if act is Act.RETRY and act not in fits:
        return Act.ASK
    return act


def _code(row: TaskRow | None) -> str:
    """The code of the error that a film stands with."""
    return str(row.error.get("code", "")) if row is not None and row.error else ""


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))
