"""The first start (mockup 07): three steps at most, and nothing is asked that can be found out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.words import N_, language, tr
from app.ui.context import Context
from app.ui.theme.icons import app_icon
from app.ui.welcome.checks import NAMES, Checks, FindingsCard
from app.ui.welcome.library import LibraryStep
from app.ui.welcome.places import PlacesStep
from app.ui.widgets import ChoiceBox, button, label, line
from app.ui.widgets.basics import repolish, restyle_children

_WIDTH = 640
_ICON = 40
LANGUAGES = (("zh", "简体中文"), ("en", "English"))
_STEPS = (N_("Places"), N_("This computer"), N_("Library"))


class _Steps(QStackedWidget):
    """As high as the step that is shown, not as the highest."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        shown = self.currentWidget()
        return shown.sizeHint() if shown is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown is not None else super().minimumSizeHint()


class FirstStart(QWidget):
    """Fills the window until its questions are answered."""

    #: All is answered, or left for later.
    finished = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self.checks = Checks(context, self)
        self.next = button("primary")
        self.back = button()
        self._build()
        self.checks.changed.connect(self.refresh)
        self.checks.start()
        self._show_step(0)
        self.retranslate()

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        row = QHBoxLayout()
        row.addStretch(1)
        card = QFrame()
        card.setProperty("look", "card")
        card.setMaximumWidth(_WIDTH)
        row.addWidget(card, 100)
        row.addStretch(1)
        outer.addStretch(1)
        outer.addLayout(row, 100)
        outer.addStretch(1)
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(line())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._steps())
        column.addWidget(scroll, 1)
        column.addWidget(line())
        column.addWidget(self._foot())
        card.setMinimumHeight(0)
        card.setMaximumHeight(760)

    def _head(self) -> QWidget:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(32, 28, 32, 20)
        column.setSpacing(20)
        row = QHBoxLayout()
        row.setSpacing(14)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(2)
        self._title, self._subtitle = label("title"), label("second", wrap=True)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        row.addWidget(picture)
        row.addLayout(words, 1)
        column.addLayout(row)
        marks = QHBoxLayout()
        marks.setSpacing(8)
        self._marks = [(label("step"), label()) for _ in _STEPS]
        for place, (mark, name) in enumerate(self._marks):
            if place:
                dash = line()
                dash.setFixedWidth(40)
                marks.addSpacing(4)
                marks.addWidget(dash)
                marks.addSpacing(4)
            mark.setText(str(place + 1))
            mark.setFixedSize(22, 22)
            mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
            marks.addWidget(mark)
            marks.addWidget(name)
        marks.addStretch(1)
        column.addLayout(marks)
        return head

    def _steps(self) -> QWidget:
        self.places = PlacesStep(self._context)
        self.places.kept.connect(self._places_kept)
        self.places.refused.connect(lambda: self.next.setEnabled(True))
        self.library = LibraryStep(self._context)
        self.library.done.connect(self._done)
        self.library.address.textChanged.connect(self._show_next)
        self._early = FindingsCard(self.checks, ("link", "keyring", "node"), with_more=False)
        self._all = FindingsCard(self.checks, NAMES, with_more=True)
        self._take_links = button("", "link-2")
        self._take_links.clicked.connect(self.checks.register)
        self._again = button("", "rotate-cw")
        self._again.clicked.connect(self.checks.again)
        self.stack = _Steps()
        self.stack.setObjectName("scrolled")
        first = [self.places, self._early]
        second: list[QWidget] = [self._all]
        for parts in (first, second, [self.library]):
            page = QWidget()
            inside = QVBoxLayout(page)
            inside.setContentsMargins(32, 24, 32, 24)
            inside.setSpacing(18)
            for part in parts:
                inside.addWidget(part)
            if parts is second:
                row = QHBoxLayout()
                row.addWidget(self._again)
                row.addWidget(self._take_links)
                row.addStretch(1)
                inside.addLayout(row)
            inside.addStretch(1)
            self.stack.addWidget(page)
        return self.stack

    def _foot(self) -> QWidget:
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(32, 14, 32, 14)
        row.setSpacing(10)
        self.languages = ChoiceBox()
        for code, name in LANGUAGES:
            self.languages.addItem(name, code)
        self.languages.activated.connect(self._choose_language)
        self._later = label("second")
        self.back.clicked.connect(lambda: self._show_step(self.stack.currentIndex() - 1))
        self.next.setMinimumWidth(96)
        self.next.clicked.connect(self._next)
        row.addWidget(self.languages)
        row.addStretch(1)
        row.addWidget(self._later)
        row.addWidget(self.back)
        row.addWidget(self.next)
        return foot

    # --- going on ------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """The step that is shown, from 0."""
        return self.stack.currentIndex()

    def _show_step(self, step: int) -> None:
        self.stack.setCurrentIndex(max(0, min(step, len(_STEPS) - 1)))
        self.stack.updateGeometry()
        self.refresh()
        self.next.setFocus()

    def _next(self) -> None:
        if self.step == 0:
            self.next.setEnabled(False)
            self.places.keep()
        elif self.step == 1:
            self._show_step(2)
        else:
            self.library.keep()

    def _places_kept(self) -> None:
        self.next.setEnabled(True)
        self._show_step(2 if self.checks.all_good else 1)

    def _done(self) -> None:
        self._context.run(
            lambda engine: engine.set_setting("first_start", "on"), lambda _answer: self.finished.emit()
        )

    def _choose_language(self, place: int) -> None:
        code = str(self.languages.itemData(place))
        self._context.run(lambda engine: engine.set_setting("language", code))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.next.isEnabled():
            self.next.click()
        else:
            super().keyPressEvent(event)

    # --- showing -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Steps, findings and buttons as they are now."""
        for place, (mark, name) in enumerate(self._marks):
            on = place <= self.step
            mark.setProperty("on", on)
            mark.setText("✓" if place < self.step else str(place + 1))
            name.setProperty("look", "strong" if place == self.step else "")
            repolish(mark)
            repolish(name)
        self._early.refresh()
        self._all.refresh()
        self._take_links.setVisible(self.checks.other_program)
        self.back.setVisible(self.step > 0)
        self._show_next()

    def _show_next(self) -> None:
        last = self.step == len(_STEPS) - 1
        if not last:
            self.next.setText(tr(N_("Next")))
        else:
            self.next.setText(tr(N_("Begin")) if self.library.has_library else tr(N_("Later")))

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Welcome to Reelkey")))
        self._subtitle.setText(
            tr(N_("Deliver films safely to their buyers. Three steps; we find out the rest."))
        )
        for (_, name), words in zip(self._marks, _STEPS, strict=True):
            name.setText(tr(words))
        self.places.retranslate()
        self.library.retranslate()
        self.checks.retranslate()
        self._early.title.setText(tr(N_("Checked so far")))
        self._all.title.setText(tr(N_("What we found on this computer")))
        self._again.setText(tr(N_("Check again")))
        self._take_links.setText(tr(N_("Open links with this Reelkey")))
        self._later.setText(tr(N_("You can change all of this in Settings")))
        self.back.setText(tr(N_("Back")))
        self.languages.setCurrentIndex(max(0, self.languages.findData(language())))
        self.languages.setAccessibleName(tr(N_("Language")))
        self.refresh()

    def restyle(self) -> None:
        restyle_children(self)
