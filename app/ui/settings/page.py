"""The page Settings: sections on the left, the chosen one beside; saved at once, no OK button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.words import N_, tr
from app.settings.table import TABLE
from app.ui.context import Context, Page
from app.ui.settings.bundle import BundleView
from app.ui.settings.libraries import LibrariesView
from app.ui.settings.link import LinkView
from app.ui.settings.rows import SettingRow
from app.ui.settings.words import ELSEWHERE, SECTIONS, Section
from app.ui.widgets import PageHead, button, label, line
from app.ui.widgets.basics import restyle_children

_NAV, _NAV_NARROW = 200, 184
_NARROW_BELOW = 800
_WIDEST = 860


class SettingsPage(Page):
    """See ui.md §10. Rows are built from the table of settings; one that no section names is in Advanced."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.rows: dict[str, SettingRow] = {}
        self._notes: list[tuple[QWidget, str]] = []
        self._build()
        context.store.settings_changed.connect(self._changed)

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._head = PageHead()
        outer.addWidget(self._head)
        outer.addWidget(line())
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.stack = QStackedWidget()
        self.libraries = LibrariesView(self.context)
        self.link = LinkView(self.context)
        self.bundle = BundleView(self.context)
        self._nav = _Nav()
        self._group = QButtonGroup(self)
        self._sections: list[tuple[Section, QPushButton]] = []
        for place, section in enumerate(SECTIONS):
            made = button("nav", section.icon)
            made.setCheckable(True)
            self._group.addButton(made, place)
            self._nav.column.addWidget(made)
            self._sections.append((section, made))
            self.stack.addWidget(self._section(section))
        self._nav.column.addStretch(1)
        self._group.idClicked.connect(self._show_section)
        self._group.button(0).setChecked(True)
        row.addWidget(self._nav)
        row.addWidget(self.stack, 1)
        outer.addLayout(row, 1)

    def _section(self, section: Section) -> QWidget:
        inside = QWidget()
        inside.setObjectName("scrolled")
        side = QHBoxLayout(inside)
        side.setContentsMargins(20, 20, 20, 20)
        held = QWidget()
        held.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(22)
        side.addWidget(held, 10)
        side.addStretch(1)
        if section.note:
            note = label("second", wrap=True)
            self._notes.append((note, section.note))
            column.addWidget(note)
        if section.id == "library":
            column.addWidget(self.libraries)
        for key in self._keys(section):
            self.rows[key] = SettingRow(self.context, key)
            column.addWidget(self.rows[key])
        if section.id == "advanced":
            column.addWidget(self.link)
            column.addWidget(self.bundle)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        return scroll

    @staticmethod
    def _keys(section: Section) -> list[str]:
        known = [key for key in section.keys if key in TABLE]
        if section.id == "advanced":
            named = {key for one in SECTIONS for key in one.keys}
            known += [key for key in TABLE if key not in named and key not in ELSEWHERE]
        return known

    # --- showing -------------------------------------------------------------------------------------

    def _show_section(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        if SECTIONS[place].id == "advanced":
            self.link.ask()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Show all values as they are now: a command line may have changed them."""
        for row in self.rows.values():
            row.refresh()
        self.libraries.refresh()

    def _changed(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            if key in self.rows:
                self.rows[key].refresh()
        if any(key == "server" or key.startswith("server.") for key in keys):
            self.libraries.refresh()

    # --- language, theme, size -----------------------------------------------------------------------

    def retranslate(self) -> None:
        self._head.title.setText(tr(N_("Settings")))
        self._head.beside.setText(tr(N_("Changes are saved at once")))
        for section, made in self._sections:
            made.setText(f"  {tr(section.title)}")  # as far from its icon as in the side bar
            made.setAccessibleName(tr(section.title))
        for note, words in self._notes:
            note.setProperty("text", tr(words))
        for row in self.rows.values():
            row.retranslate()
        self.libraries.retranslate()
        self.link.retranslate()
        self.bundle.retranslate()

    def restyle(self) -> None:
        restyle_children(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._nav.setFixedWidth(_NAV_NARROW if self.width() < _NARROW_BELOW else _NAV)


class _Nav(QFrame):
    """The sections' names, one below the other; arrows go through them."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 16, 0, 16)
        self.column.setSpacing(4)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        forward = {Qt.Key.Key_Down: True, Qt.Key.Key_Up: False}.get(Qt.Key(event.key()))
        if forward is None:
            super().keyPressEvent(event)
        else:
            self.focusNextPrevChild(forward)
