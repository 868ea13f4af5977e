"""The question when the window is closed while films are in work or served (mockup 10)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFrame, QHBoxLayout, QRadioButton, QVBoxLayout

from app.domain.words import N_, tr
from app.ui import amounts, counts
from app.ui.context import Context
from app.ui.sheet import Sheet
from app.ui.widgets import label
from app.ui.widgets.basics import repolish

# The choices that can be remembered, and what the setting `closing` calls them.
_KEPT_AS = {"background": "background", "now": "quit"}


class _Choice(QFrame):
    """A card with a radio button, what it is called and what it means; the whole card can be pressed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setProperty("look", "choice")
        self.radio = QRadioButton()
        self.radio.toggled.connect(self._toggled)
        self._title = label("strong", wrap=True)
        self._text = label("second", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(self.radio, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._text)
        row.addLayout(column, 1)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_words(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self.radio.setAccessibleName(title)
        self.radio.setAccessibleDescription(text)

    def _toggled(self, on: bool) -> None:
        self.setProperty("on", on)
        repolish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.radio.setChecked(True)
        self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)


class ClosingSheet(Sheet):
    """Go on in the background (preset), quit when done, or quit now."""

    #: ``background``, ``when_done`` or ``now``.
    chosen = Signal(str)

    def __init__(
        self,
        context: Context,
        at_work: int,
        serving: int,
        *,
        exports: int = 0,
        tray: bool = True,
        quitting: bool = False,
    ) -> None:
        """How many films are in work, how many are served, how many exports are in work. `quitting`: asked by
        *Quit*, for which no choice is kept."""
        super().__init__(520)
        self._tray = tray
        self.context = context
        self._at_work, self._serving, self._exports = at_work, serving, exports
        self.choices = {name: _Choice(name) for name in ("background", "when_done", "now")}
        group = QButtonGroup(self)
        for choice in self.choices.values():
            group.addButton(choice.radio)
            choice.radio.toggled.connect(self._picked)
            self.body.addWidget(choice)
        self.body.addStretch(1)
        # Nothing in work: there is no "when done".
        self.choices["when_done"].setVisible(at_work + exports > 0)
        self.keep = QCheckBox()
        self.buttons.insertWidget(0, self.keep)
        self.keep.setVisible(not quitting)
        self.cancel, self.yes = self.add_answers(self._choose)
        self.accept_button = self.yes
        self.choices["background"].radio.setChecked(True)
        self.retranslate()

    @property
    def choice(self) -> str:
        return next(name for name, one in self.choices.items() if one.radio.isChecked())

    def retranslate(self) -> None:
        if self._serving:
            self.title.setText(tr(N_("Keep serving after you close the window?")))
        else:
            self.title.setText(tr(N_("Keep working after you close the window?")))
        self.subtitle.setText(self._what_goes_on())
        self.choices["background"].set_words(
            tr(N_("Keep running in the background (recommended)")),
            tr(
                N_(
                    "The window closes; sending, receiving and serving go on. Click the tray icon to open it "
                    "again."
                )
            )
            if self._tray
            else tr(N_("The window is minimised; sending, receiving and serving go on.")),
        )
        self.choices["when_done"].set_words(
            tr(N_("Quit when done")),
            tr(
                N_("Quits once {films} under way are done. After that, buyers can't fetch for a while."),
                films=self._in_work(),
            ),
        )
        self.choices["now"].set_words(
            tr(N_("Quit now")),
            tr(N_("Everything stops where it is and picks up next time; nothing is lost.")),
        )
        self.keep.setText(tr(N_("Don't ask again")))
        self.cancel.setText(tr(N_("Cancel")))
        self._picked()
        self.setAccessibleName(self.title.text())

    def _what_goes_on(self) -> str:
        parts = [tr(N_("Buyers fetch films from your computer: while it is off, they wait."))]
        if self._at_work or self._exports:
            parts.append(tr(N_("Under way now: {films}."), films=self._in_work()))
        if self._serving:
            parts.append(self._what_is_served())
        return counts.paragraph(*parts)

    def _in_work(self) -> str:
        """``3 films``, ``1 export``, ``3 films and 1 export``."""
        films, exports = counts.films(self._at_work), counts.exports(self._exports)
        if self._at_work and self._exports:
            return tr(N_("{films} and {exports}"), films=films, exports=exports)
        return exports if self._exports else films

    def _what_is_served(self) -> str:
        films, rate = counts.films(self._serving), self.context.store.node.rate_out
        if rate > 0:
            text = N_("{films} can be fetched from here; {rate} is going out now.")
            return tr(text, films=films, rate=amounts.rate(rate))
        return tr(N_("{films} can be fetched from here; nobody is fetching now."), films=films)

    def _picked(self) -> None:
        choice = self.choice
        self.yes.setText(tr(N_("Close window")) if choice != "now" else tr(N_("Quit")))
        # "When done" is about the films of today: nothing to be remembered for every day.
        self.keep.setEnabled(choice in _KEPT_AS)
        if choice not in _KEPT_AS:
            self.keep.setChecked(False)

    def _choose(self) -> None:
        choice = self.choice
        if self.keep.isChecked():
            kept = _KEPT_AS[choice]
            self.context.run(lambda engine: engine.set_setting("closing", kept))
        self.close_sheet()
        self.chosen.emit(choice)
