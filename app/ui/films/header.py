"""The page's head: title, filter with counts, grouping, search, Paste link, Send films."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, QTimer, Signal
from PySide6.QtGui import QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton

from app.domain.words import N_, tr
from app.ui import amounts, theme
from app.ui.films import ink
from app.ui.films.arrange import Grouping, Which
from app.ui.widgets import button, label, tool
from app.ui.widgets.basics import name_tool, restyle_button
from app.ui.widgets.search import SearchField
from app.ui.widgets.segments import Segments

HEIGHT = 60
_CHEVRON = 14
_SEARCH_AFTER_MS = 120
_COMPACT_BELOW = 1060
_TINY_BELOW = 700
_WHICH = ((Which.ALL, N_("All")), (Which.SENDING, N_("Sending")), (Which.RECEIVING, N_("Receiving")))
_GROUPINGS = ((Grouping.NEXT, N_("By next step")), (Grouping.SERIES, N_("By series")))


class MenuButton(QPushButton):
    """A button that opens a menu, with a chevron that says so."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRect(self.width() - _CHEVRON - 8, 0, _CHEVRON, self.height())
        ink.draw_icon(painter, place, "chevron-down", theme.current().text2, _CHEVRON)
        painter.end()


class Header(QFrame):
    """Tells what a person chooses; the page does it."""

    which_chosen = Signal(object)
    grouping_chosen = Signal(object)
    searched = Signal(str)
    #: The search is left for the list (arrow down, Enter).
    left_search = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._compact = False
        self._tiny = False
        self._grouping = Grouping.NEXT
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(12)
        self.title = label("title")
        row.addWidget(self.title)
        self.which = Segments(which for which, _ in _WHICH)
        self.which.chosen.connect(self.which_chosen)
        row.addWidget(self.which)
        row.addWidget(self._build_grouping())
        row.addStretch(1)
        self.search = SearchField(_SEARCH_AFTER_MS)
        self.search.setFixedWidth(220)
        self.search.searched.connect(self.searched)
        self.search.left.connect(self.left_search)
        self.search.blurred.connect(lambda: QTimer.singleShot(0, self, self._arrange_search))
        self.find_icon = tool("search", framed=True)
        self.find_icon.clicked.connect(self.focus_search)
        self.paste: QPushButton = button("", "link-2")
        self.paste_icon = tool("link-2", framed=True)
        self.paste_icon.clicked.connect(self.paste.click)
        self.send: QPushButton = button("primary", "plus")
        for one in (self.search, self.find_icon, self.paste, self.paste_icon, self.send):
            row.addWidget(one)
        self.set_room(_COMPACT_BELOW, beside=False)

    def _build_grouping(self) -> MenuButton:
        self.grouping = MenuButton()
        self.grouping.setProperty("look", "quiet")
        self.grouping.setProperty("lucide", "layers")
        self.grouping.setIconSize(QSize(16, 16))
        restyle_button(self.grouping)
        menu = QMenu(self.grouping)
        choices = QActionGroup(menu)
        self._choices = {}
        for grouping, _ in _GROUPINGS:
            action = menu.addAction("")
            action.setCheckable(True)
            action.setActionGroup(choices)
            action.triggered.connect(lambda _checked=False, grouping=grouping: self._group(grouping))
            self._choices[grouping] = action
        self._choices[Grouping.NEXT].setChecked(True)
        self.grouping.setMenu(menu)
        return self.grouping

    def _group(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self._name_grouping()
        self.grouping_chosen.emit(grouping)

    def _name_grouping(self) -> None:
        words = tr(dict(_GROUPINGS)[self._grouping])
        self.grouping.setText("" if self._tiny else words)
        self.grouping.setAccessibleName(tr(N_("Grouping: {how}"), how=words))

    # --- what is shown -------------------------------------------------------------------------------

    def set_counts(self, counts: tuple[int, int, int]) -> None:
        """Films in all, sent, received."""
        for (which, words), count in zip(_WHICH, counts, strict=True):
            shown = f"{tr(words)}  {amounts.count(count)}" if counts[0] else tr(words)
            self.which.set_words(which, shown)

    def show_which(self, which: Which) -> None:
        self.which.check(which)

    def show_search(self, text: str) -> None:
        """The search is another one: not by typing."""
        self.search.show_text(text)
        self._arrange_search()

    def set_room(self, width: int, *, beside: bool) -> None:
        """Search and paste link are icons where there is little room."""
        self._compact = beside or width < _COMPACT_BELOW
        self._tiny = width < _TINY_BELOW
        self.title.setVisible(not self._tiny)
        self.paste.setVisible(not self._compact)
        self.paste_icon.setVisible(self._compact)
        self._name_grouping()
        self._arrange_search()

    def _arrange_search(self) -> None:
        wanted = not self._compact or self.search.hasFocus() or bool(self.search.text())
        self.search.setVisible(wanted)
        self.search.setFixedWidth(220 if not self._compact else 160)
        self.find_icon.setVisible(not wanted)

    def focus_search(self) -> None:
        self.search.setVisible(True)
        self.find_icon.setVisible(False)
        self.search.begin()

    def retranslate(self) -> None:
        self.title.setText(tr(N_("Films")))
        for grouping, words in _GROUPINGS:
            self._choices[grouping].setText(tr(words))
        self._name_grouping()
        self.search.retranslate(tr(N_("Search films and series")))
        name_tool(self.find_icon, tr(N_("Search films and series")))
        self.paste.setText(tr(N_("Paste link")))
        name_tool(self.paste_icon, tr(N_("Paste link")))
        self.send.setText(tr(N_("Send films…")))
