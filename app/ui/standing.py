"""Instead of pages that would say "nothing yet": the profile is opening, or why the engine has stopped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.errors import EngineEnded, ReelkeyError
from app.domain.words import N_, tr
from app.ui import hints
from app.ui.store import Store
from app.ui.widgets import button
from app.ui.widgets.basics import restyle_children
from app.ui.widgets.empty import EmptyState

_QUIET_MS = 1000


class Standing(QWidget):
    """Lies over the pages while the profile opens, silent in its first second, and over all of the window,
    which can do nothing then, once the engine has stopped: what happened, what to do, *Retry*."""

    #: The person wants the engine to begin anew.
    again = Signal()

    def __init__(self, store: Store, window: QWidget, pages: QWidget, sheets: QWidget) -> None:
        """`pages` and `sheets` (what holds them) are children of `window`."""
        super().__init__(window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._store, self._window, self._pages, self._sheets = store, window, pages, sheets
        self._opening, self._stopped = EmptyState("film"), EmptyState("triangle-alert")
        self.retry = button("primary", "rotate-cw")
        self.retry.clicked.connect(self.again)
        self._stopped.add_button(self.retry)
        layout = QVBoxLayout(self)
        layout.addWidget(self._opening)
        layout.addWidget(self._stopped)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._opening.show)
        store.standing_changed.connect(self.look)
        for one in (window, pages):
            one.installEventFilter(self)
        self._stopped.hide()
        self.look()

    @property
    def said(self) -> str:
        """What it says now, to ears too; "" while it says nothing."""
        return self.accessibleName() if not (self._opening.isHidden() and self._stopped.isHidden()) else ""

    def look(self) -> None:
        """Show what is so now."""
        fault, before = self._store.fault, not self._stopped.isHidden()
        self._quiet.stop()
        self._stopped.setVisible(fault is not None)
        self._opening.setVisible(fault is None and before)  # who pressed Retry sees at once that it is tried
        self.setVisible(fault is not None or not self._store.loaded)
        for one in self._window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if one not in (self, self._sheets):
                one.setEnabled(fault is None)  # what lies behind takes neither keys nor Tab
        self._lie_over()
        self.retranslate()
        if fault is not None:
            self.raise_()
            self._sheets.raise_()
            self.retry.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.lower()  # over the pages, under the first start
        self._pages.lower()
        if not self._store.loaded and not before:
            self._quiet.start()

    def _lie_over(self) -> None:
        stopped = self._store.fault is not None
        self.setGeometry(self._window.rect() if stopped else self._pages.geometry())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._lie_over()
        return False

    def retranslate(self) -> None:
        self._opening.set_words(
            tr(N_("Opening your films…")), tr(N_("A slow disk or keyring may take a moment."))
        )
        self.retry.setText(tr(N_("Retry")))
        fault = self._store.fault
        if fault is None:
            self.setAccessibleName(tr(N_("Opening your films…")))
            return
        self._stopped.set_words(fault.title, f"{hints.message(fault)}\n\n{_hint(fault)}")
        self.setAccessibleName(fault.title)

    def restyle(self) -> None:
        restyle_children(self)


def _hint(fault: ReelkeyError) -> str:
    if isinstance(fault, EngineEnded):  # so often that it is not started by itself any more
        return tr(
            N_(
                "All progress is kept. If it ends again after Retry, restart the computer, and send us the "
                "log (Ctrl+L)"
            )
        )
    return hints.hint(fault)
