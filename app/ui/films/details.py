"""The pane beside the list: one film with its error, its way, what opens it, and its facts."""

from __future__ import annotations

import time

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.journal import Run
from app.ui import amounts
from app.ui.context import Context
from app.ui.films import story
from app.ui.films.lines import FactLine, OpenerLine, StepLine
from app.ui.films.measures import STEPS
from app.ui.films.model import FilmsModel
from app.ui.films.values import ACTS, Act, Button, Card, Film
from app.ui.messages import FilmStory
from app.ui.widgets import ErrorCard, button, card, heading, label, line
from app.ui.widgets.panes import DetailsPane

WIDTH = 380


class Details(DetailsPane):
    """Shows one film of the model, and what may be done with it."""

    log_wanted = Signal(int)

    def __init__(self, context: Context, model: FilmsModel) -> None:
        super().__init__()
        self._context, self._model = context, model
        self._story: FilmStory | None = None
        self._asked_for: tuple[object, ...] = ()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._inside = QVBoxLayout(inside)
        self._inside.setContentsMargins(18, 0, 18, 16)
        self._inside.setSpacing(8)
        scroll.setWidget(inside)
        self.column.addWidget(scroll, 1)
        self._build_body()
        self.column.addWidget(line())
        self.column.addLayout(self._build_foot())
        self._model.dataChanged.connect(lambda *_: self.refresh())
        self._model.arranged.connect(self.refresh)

    # --- building ------------------------------------------------------------------------------------

    def _build_body(self) -> None:
        self._error = ErrorCard()
        self._mend: QPushButton = button("primary", small=True)
        self._mend.clicked.connect(self._do_main)
        self._error.add_button(self._mend)
        self._said = label("second", wrap=True, selectable=True)
        self._way_head, self._opens_head, self._facts_head = heading(), heading(), heading()
        self._steps = [StepLine(last=number == STEPS - 1) for number in range(STEPS)]
        self._waiting = self._build_waiting()
        frame, inside = card()
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._openers = [OpenerLine() for _ in range(3)]
        for number, opener in enumerate(self._openers):
            if number:
                inside.addWidget(line())
            inside.addWidget(opener)
        self._facts: list[FactLine] = []
        self._facts_box = QVBoxLayout()
        self._facts_box.setSpacing(2)
        self._inside.addWidget(self._error)
        self._inside.addWidget(self._said)
        self._inside.addWidget(self._way_head)
        steps = QVBoxLayout()
        steps.setSpacing(0)
        for step in self._steps:
            steps.addWidget(step)
        self._inside.addLayout(steps)
        self._inside.addWidget(self._waiting)
        self._inside.addWidget(self._opens_head)
        self._inside.addWidget(frame)
        self._inside.addSpacing(4)
        self._inside.addWidget(self._facts_head)
        self._inside.addLayout(self._facts_box)
        self._inside.addStretch(1)

    def _build_waiting(self) -> QWidget:
        """Of a film that waits for the seller: when the library was last asked, and what can be done."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 8)
        self._asked = label("second", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._ask: QPushButton = button("", small=True)
        self._ask.clicked.connect(lambda: self.acted.emit(self.number, Act.ASK))
        self._remind: QPushButton = button("", small=True)
        self._remind.clicked.connect(lambda: self.acted.emit(self.number, Act.REMIND))
        row.addWidget(self._ask)
        row.addWidget(self._remind)
        row.addStretch(1)
        column.addWidget(self._asked)
        column.addLayout(row)
        return box

    def _build_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 12, 12, 12)
        row.setSpacing(8)
        self._folder: QPushButton = button("", "folder-open", small=True)
        self._folder.clicked.connect(lambda: self.acted.emit(self.number, Act.FOLDER))
        self._receipt: QPushButton = button("", "file-text", small=True)
        self._receipt.clicked.connect(lambda: self.acted.emit(self.number, Act.RECEIPT))
        self._log: QPushButton = button("", "file-text", small=True)
        self._log.clicked.connect(lambda: self.log_wanted.emit(self.number))
        self._cancel: QPushButton = button("danger", small=True)
        self._cancel.clicked.connect(lambda: self.acted.emit(self.number, Act.CANCEL))
        for one in (self._folder, self._receipt, self._log):
            row.addWidget(one)
        row.addStretch(1)
        row.addWidget(self._cancel)
        return row

    # --- what is shown -------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(WIDTH, super().sizeHint().height())

    def begin_anew(self) -> None:
        self._story, self._asked_for = None, ()

    def refresh(self) -> None:
        """What is new of the film that is shown."""
        row = self._context.store.rows.get(self.number)
        if not self.isVisible():
            return
        if row is None:
            self.closed.emit()
            return
        self._ask_story()
        film, made = self._model.film(self.number), self._model.card(self.number)
        library = self._library(row.server)
        self.name.set_text(made.name)
        self._show_error(film, made)
        said = film.live.said
        self._said.setText(tr(N_("The library says: {text}"), text=said))
        self._said.setVisible(bool(said))
        for line_, step in zip(self._steps, story.way_of(film, made, self._story), strict=True):
            line_.show_step(step)
        self._show_waiting(film, made)
        for box, opener in zip(self._openers, story.openers_of(film, made, library), strict=True):
            box.show_opener(opener)
        self._show_facts(story.facts_of(row, library))
        self._show_foot(made)

    def _library(self, origin: str) -> str:
        server = self._context.store.servers.get(origin)
        return (server.name if server is not None else "") or origin.rsplit("://", maxsplit=1)[-1]

    def _ask_story(self) -> None:
        """The history, anew whenever the film came to another stage."""
        row = self._context.store.rows[self.number]
        releases = tuple(one.run for one in self._context.store.releases_of(row))
        now = (self.number, row.run, row.status, row.step, releases)
        if now != self._asked_for:
            self._asked_for, number = now, self.number
            self._context.run(lambda engine: engine.story(number), self._take_story)

    def _take_story(self, answer: FilmStory) -> None:
        if answer is not None and answer.row.number == self.number:
            self._story = answer
            self.refresh()

    def _show_error(self, film: Film, made: Card) -> None:
        error = self._error_of(film)
        self._error.show_error(error)
        button_ = made.way.main
        mends = error is not None and button_ is not None and bool(button_.words)
        self._mend.setVisible(mends)
        if mends and isinstance(button_, Button):
            self._mend.setText(tr(button_.label))

    def _error_of(self, film: Film) -> ReelkeyError | None:
        if film.row.run in (Run.FAILED, Run.QUEUED) and film.error is not None:
            return film.error
        for release, _ in film.releases:
            if release.run is Run.FAILED and release.error:
                return self._model.film(release.number).error
        if film.signed_out and film.unsent and film.server is not None:
            return film.server.error
        if self._story is not None and self._story.refused_reports:
            return self._story.refused_reports[-1]
        return film.live.trouble if film.row.run in (Run.ACTIVE, Run.WAITING) else None

    def _show_waiting(self, film: Film, made: Card) -> None:
        waits = Act.ASK in made.menu
        self._waiting.setVisible(waits)
        if waits:
            ago = amounts.so_far(time.time() - film.row.updated)
            self._asked.setText(tr(N_("The library was last asked {time} ago"), time=ago))

    def _show_facts(self, facts: list[story.Fact]) -> None:
        while len(self._facts) < len(facts):
            made = FactLine()
            self._facts.append(made)
            self._facts_box.addWidget(made)
        for number, box in enumerate(self._facts):
            box.setVisible(number < len(facts))
            if number < len(facts):
                box.show_fact(facts[number])

    def _show_foot(self, made: Card) -> None:
        self._folder.setVisible(Act.FOLDER in made.menu)
        self._receipt.setVisible(Act.RECEIPT in made.menu)
        cancel = next((act for act in (Act.CANCEL, Act.CALL_OFF) if act in made.menu), None)
        self._cancel.setVisible(cancel is not None)
        self._cancel.setText(tr(ACTS[cancel or Act.CANCEL][0]))

    def _do_main(self) -> None:
        main = self._model.card(self.number).way.main
        if main is not None:
            self.acted.emit(self.number, main.act)

    # --- language ------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._opens_head.setText(tr(N_("What opens it")))
        self._facts_head.setText(tr(N_("Facts")))
        self._way_head.setText(tr(N_("Its way")))
        self._ask.setText(tr(ACTS[Act.ASK][0]))
        self._remind.setText(tr(ACTS[Act.REMIND][0]))
        self._folder.setText(tr(ACTS[Act.FOLDER][0]))
        self._receipt.setText(tr(ACTS[Act.RECEIPT][0]))
        self._log.setText(tr(N_("Log")))
        self._cancel.setText(tr(ACTS[Act.CANCEL][0]))
        self._mend.setText(tr(ACTS[Act.RETRY][0]))
        self._error.retranslate()
        self.refresh()
