"""The page Node (mockup 06): a sentence first, then the address to give away, room, what is served, peers."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import ReelkeyError
from app.domain.status import TaskKind
from app.domain.words import N_, tr
from app.journal import Run, TaskRow
from app.ui import amounts, counts, theme
from app.ui.context import Context, Page
from app.ui.node.cards import ListCard, SpaceCard, StandingCard, peer_line
from app.ui.node.rows import POSTER, ROW, FilmLines, Line, LinesModel
from app.ui.node.sheets import FreeSheet, LineSheet
from app.ui.node.space import Space, free_each, space_of, with_disk
from app.ui.widgets import PageHead, button, tool
from app.ui.widgets.basics import name_tool, restyle_children

# What the node holds changes when films end or are freed: asked soon after such a change, not at each one.
_ASK_AFTER_MS = 500
_NARROW_BELOW = 900
_PEERS_SEEN = 12


class NodePage(Page):
    """See ui.md §9. All of it is shown from the store and from what the node holds (`care.pinned`)."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pinned: frozenset[str] | None = None
        self._space = Space()
        self._build()
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(_ASK_AFTER_MS)
        self._asking.timeout.connect(self._ask_pinned)
        store = context.store
        store.node_changed.connect(self._node_changed)
        store.films_changed.connect(self._films_changed)
        store.films_gone.connect(self._films_changed)
        store.due_changed.connect(self.refresh)
        store.settings_changed.connect(self._setting_changed)
        self._was_online = False

    # --- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._head())
        inside = QWidget()
        inside.setObjectName("scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(20, 0, 20, 16)
        column.setSpacing(16)
        self.standing = StandingCard()
        self.standing.restart.clicked.connect(self._restart)
        self.standing.settings.clicked.connect(lambda: self.context.shell.show_page("settings"))
        self.space = SpaceCard()
        self.space.free.clicked.connect(self._ask_to_free)
        self._films = FilmLines((N_("Film"), N_("Size")), self._served_line)
        self.served = ListCard(self._films, (190,), with_header=False)
        self.all = button("link", small=True)
        self.all.clicked.connect(lambda: self.context.shell.show_page("films"))
        self.served.head.addWidget(self.all)
        self.served.view.activated.connect(self._show_served)
        self.served.view.picture = self._picture
        self.context.pictures.ready.connect(lambda _number: self.served.view.viewport().update())
        self._computers = LinesModel((N_("Computer"), N_("Sent"), N_("Received"), N_("Way")))
        self.peers = ListCard(self._computers, (110, 110, 100), with_header=True)
        self.peers.view.customContextMenuRequested.connect(self._peer_menu)
        self.peers.view.activated.connect(self._name_peer)
        self._middle = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._middle.setSpacing(16)
        self._middle.addWidget(self.space, 4)
        self._middle.addWidget(self.served, 3)
        column.addWidget(self.standing)
        column.addLayout(self._middle)
        column.addWidget(self.peers)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        outer.addWidget(scroll, 1)

    def _head(self) -> PageHead:
        self.check = button("", "activity")
        self.check.clicked.connect(self._check)
        self.more = tool("ellipsis", framed=True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.more.setMenu(self.menu)
        head = PageHead()
        self._title, self._about = head.title, head.beside
        head.add(self.check, self.more)
        return head

    # --- showing -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._ask_pinned()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._asking.stop()

    def _node_changed(self) -> None:
        online = self.context.store.node.online
        if online and not self._was_online and self.isVisible():
            self._asking.start()
        self._was_online = online
        if self.isVisible():
            self._space = with_disk(self._space, self.context.store.node)
            self._show_node()

    def _films_changed(self, _numbers: list[int]) -> None:
        if self.isVisible():
            self._asking.start()

    def _setting_changed(self, keys: tuple[str, ...]) -> None:
        if "node.names" in keys:
            self.refresh()

    def _ask_pinned(self) -> None:
        if self.context.store.node.online:
            self.context.run(lambda engine: engine.care.pinned(), self._take_pinned, lambda _error: None)

    def _take_pinned(self, pinned: frozenset[str]) -> None:
        self._pinned = pinned
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now. Cheap, and left out while another page is in front."""
        if not self.isVisible():
            return
        store = self.context.store
        self._space = space_of(store.rows.values(), store.node, self._pinned)
        served = [*self._space.sent_films, *self._space.copied_films]
        self.served.count.setText(counts.films(len(served)) if served else "")
        self._films.set_films(served)
        self.served.refresh()
        self.served.view.setMinimumHeight(min(3, len(served)) * ROW)
        self.all.setVisible(bool(served))
        self._show_node()

    def _show_node(self) -> None:
        """What the node says every few seconds: how it stands, its disk, who is connected."""
        node = self.context.store.node
        self.standing.show_node(node, self._films.rowCount())
        self.space.show_space(self._space, node.place)
        names = self._names()
        self.peers.count.setText(
            tr(N_("{n} connected to you now"), n=amounts.count(len(node.peers))) if node.peers else ""
        )
        self._computers.set_lines([peer_line(peer, names) for peer in node.peers])
        self.peers.refresh()
        self.peers.view.setFixedHeight(self.peers.view.height_of(min(_PEERS_SEEN, len(node.peers))))
        self.check.setEnabled(node.online)

    def _served_line(self, row: TaskRow) -> Line:
        second, tone = self._served_words(row)
        return Line(
            row.number,
            row.source_name,
            second,
            (tr(N_("Public block {size}"), size=amounts.size(row.public_size or row.size)),),
            film=True,
            second_tone=tone,
        )

    def _picture(self, number: object, ratio: float) -> QPixmap | None:
        row = self.context.store.rows.get(number) if isinstance(number, int) else None
        return None if row is None else self.context.pictures.get(row, POSTER, ratio)

    def _served_words(self, row: TaskRow) -> tuple[str, str]:
        if row.kind is TaskKind.DOWNLOAD:
            return tr(N_("A copy of a received film")), "text2"
        store = self.context.store
        due = len(store.due_of(row))
        if due == 1:
            return tr(N_("A buyer waits for your release")), "key"
        if due:
            return tr(N_("{buyers} wait for your release"), buyers=counts.buyers(due)), "key"
        released = sum(one.run is Run.DONE for one in store.releases_of(row))
        if released:
            return tr(N_("Released to {buyers}"), buyers=counts.buyers(released)), "text2"
        return tr(N_("Held by you until a buyer asks")), "text2"

    # --- what the buttons do -------------------------------------------------------------------------

    def _check(self) -> None:
        self.check.setEnabled(False)
        self.check.setText(tr(N_("Checking…")))
        self.context.run(lambda engine: engine.care.look_at_node(), self._checked, self._check_failed)
        self._ask_pinned()

    def _checked(self, _answer: object) -> None:
        self.check.setText(tr(N_("Check connection")))
        self.refresh()

    def _check_failed(self, error: ReelkeyError) -> None:
        self._checked(None)
        self.context.shell.show_error(error)

    def _ask_to_free(self) -> None:
        sheet = FreeSheet(self._space.copied_films)
        sheet.confirmed.connect(self._free)
        self.context.shell.open_sheet(sheet)

    def _free(self, numbers: list[int]) -> None:
        self.space.busy = True
        self.refresh()
        self.context.run(lambda engine: free_each(engine, numbers), self._freed)

    def _freed(self, error: ReelkeyError | None) -> None:
        self.space.busy = False
        self._ask_pinned()
        self.refresh()
        if error is not None:
            self.context.shell.show_error(error)

    def _restart(self) -> None:
        self.context.run(lambda engine: engine.restart_node())

    def _copy_peer_id(self) -> None:
        QGuiApplication.clipboard().setText(self.context.store.node.peer_id)

    def _connect(self) -> None:
        sheet = LineSheet(
            N_("Connect to an address"),
            N_("What the other side gave you; it looks like /ip4/…/tcp/4001/p2p/…"),
            N_("Connect"),
        )
        sheet.entered.connect(
            lambda text: self.context.run(lambda engine: engine.connect_to(text), self._checked)
        )
        self.context.shell.open_sheet(sheet)

    def _show_log(self) -> None:
        self.context.shell.show_log()

    def _show_served(self) -> None:
        line = self.served.view.chosen()
        if line is not None and isinstance(line.key, int):
            self.context.shell.show_film(line.key)

    # --- names of computers --------------------------------------------------------------------------

    def _names(self) -> dict[str, str]:
        pairs = (item.partition(" ") for item in self.context.settings.items("node.names"))
        return {peer_id: name for peer_id, _, name in pairs}

    def _peer_menu(self, at: QPoint) -> None:
        line = self.peers.view.chosen()
        if line is None:
            return
        menu = QMenu(self)
        menu.addAction(tr(N_("Name…")), self._name_peer)
        peer_id = str(line.key)
        menu.addAction(tr(N_("Copy peer ID")), lambda: QGuiApplication.clipboard().setText(peer_id))
        menu.popup(self.peers.view.viewport().mapToGlobal(at))

    def _name_peer(self) -> None:
        line = self.peers.view.chosen()
        if line is None:
            return
        peer_id = str(line.key)
        sheet = LineSheet(
            N_("Name this computer"),
            N_("Only you see this name. Leave it empty to show the address again."),
            N_("Keep"),
            self._names().get(peer_id, ""),
            may_be_empty=True,
        )
        sheet.entered.connect(lambda name: self._keep_name(peer_id, name))
        self.context.shell.open_sheet(sheet)

    def _keep_name(self, peer_id: str, name: str) -> None:
        names = self._names() | {peer_id: name}
        text = "\n".join(f"{one} {given}" for one, given in names.items() if given)
        self.context.run(lambda engine: engine.set_setting("node.names", text))

    # --- language, theme, size -----------------------------------------------------------------------

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Node")))
        self._about.setText(tr(N_("Films stay on your computer; buyers fetch them from here")))
        self.check.setText(tr(N_("Check connection")))
        name_tool(self.more, tr(N_("More about the node")))
        self._fill_menu()
        self.served.title.setText(tr(N_("Served now")))
        self.served.view.setAccessibleName(tr(N_("Films that are served")))
        self.served.nothing.setText(
            tr(N_("No film is served yet. Films that you send can be fetched from here."))
        )
        self.all.setText(tr(N_("All")))
        self.all.setAccessibleName(tr(N_("All films")))
        self.peers.title.setText(tr(N_("Peers")))
        self.peers.view.setAccessibleName(tr(N_("Computers that are connected")))
        self.peers.nothing.setText(
            tr(N_("Nobody is connected yet — Buyers connect when they fetch; nothing is wrong."))
        )
        for part in (self.served, self.peers):
            part.model.retranslate()
        self.standing.retranslate()
        self.space.retranslate()
        self.refresh()

    def _fill_menu(self) -> None:
        self.menu.clear()
        tone = theme.current().text2
        for icon, words, act in (
            ("copy", N_("Copy peer ID"), self._copy_peer_id),
            ("rotate-cw", N_("Restart node"), self._restart),
            ("plug", N_("Connect to an address…"), self._connect),
            ("file-text", N_("Log"), self._show_log),
        ):
            self.menu.addAction(theme.icon(icon, tone), tr(words), act)

    def restyle(self) -> None:
        restyle_children(self)
        self._fill_menu()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        narrow = self.width() < _NARROW_BELOW
        self._about.setVisible(not narrow)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._middle.setDirection(way)
