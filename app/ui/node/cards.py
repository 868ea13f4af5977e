"""The cards of the page: how the node stands, what takes room, what is served, who is connected."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.words import N_, tr
from app.ui import amounts, counts
from app.ui.messages import NodeSeen, PeerSeen
from app.ui.node.bar import SpaceView
from app.ui.node.rows import Line, LinesModel, LinesView
from app.ui.node.space import Space
from app.ui.node.standing import WORDS, Reach, host_of, is_loopback, reach_of
from app.ui.widgets import ErrorCard, IconLabel, button, label, line
from app.ui.widgets.elided import ElidedLabel

_COPIED_FOR_MS = 2000


class StandingCard(QFrame):
    """A sentence first: who can reach this computer. Beside it the address to give away, or the way to the
    settings where there is none that others could use."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "raised")
        self._node = NodeSeen()
        self._served = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(16)
        self._icon = IconLabel("hourglass", "text2", 32)
        self._sentence, self._more = label("sentence", wrap=True), label("second", wrap=True)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addStretch(1)
        said.addWidget(self._sentence)
        said.addWidget(self._more)
        said.addStretch(1)
        row.addWidget(self._icon)
        row.addLayout(said, 2)
        row.addWidget(self._address_part(), 3)
        row.addWidget(self._no_address_part(), 3)
        column.addLayout(row)
        self.error = ErrorCard()
        self.error.hide()
        self.restart = button("", "rotate-cw")
        self.error.add_button(self.restart)
        column.addWidget(self.error)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.timeout.connect(self._show_copy)

    def _address_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._address_title = label("third", wrap=True)
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setProperty("look", "mono")
        self.copy = button("", "copy")
        self.copy.clicked.connect(self._copy_address)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.address, 1)
        row.addWidget(self.copy)
        column.addWidget(self._address_title)
        column.addLayout(row)
        self._address = part
        return part

    def _no_address_part(self) -> QWidget:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._no_address_text = label("second", wrap=True)
        self.settings = button("", "settings")
        row.addWidget(self._no_address_text, 1)
        row.addWidget(self.settings)
        self._no_address = part
        return part

    def show_node(self, node: NodeSeen, served: int) -> None:
        self._node, self._served = node, served
        reach = reach_of(node)
        words = WORDS[reach]
        self._icon.set_icon(words.icon, words.tone)
        self._sentence.setText(tr(words.sentence))
        self._more.setText(self._meaning(reach, tr(words.meaning)))
        self.setAccessibleName(f"{self._sentence.text()}. {self._more.text()}")
        # An address of this computer alone leads whoever gets it back to their own.
        here = is_loopback(node.address)
        self._address.setVisible(bool(node.address) and not here)
        self._no_address.setVisible(node.online and here)
        if self.address.text() != node.address:
            self.address.setText(node.address)
            self.address.setCursorPosition(0)
            self.address.setToolTip(node.address)
        self.error.show_error(node.error)

    def _meaning(self, reach: Reach, meaning: str) -> str:
        if not self._node.online:
            return meaning
        runs = tr(
            N_("Running for {time}, {films} can be fetched"),
            time=amounts.so_far(max(0.0, time.time() - self._node.since)),
            films=counts.films(self._served),
        )
        return f"{runs}\n{meaning}" if meaning else runs

    def _copy_address(self) -> None:
        QGuiApplication.clipboard().setText(self._node.address)
        self.copy.setText(tr(N_("Copied")))
        self._copied.start(_COPIED_FOR_MS)

    def _show_copy(self) -> None:
        self.copy.setText(tr(N_("Copy")))

    def retranslate(self) -> None:
        self._address_title.setText(tr(N_("Address to share (send it to anyone who can't connect)")))
        self.address.setAccessibleName(tr(N_("Address to share")))
        self._no_address_text.setText(
            tr(N_("Others can't reach this computer yet, so there is no address to share."))
        )
        self.settings.setText(tr(N_("Settings")))
        self.restart.setText(tr(N_("Restart node")))
        self._show_copy()
        self.show_node(self._node, self._served)
        self.error.retranslate()


class SpaceCard(QFrame):
    """What takes room, and what of it may go."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self._space, self._place = Space(), ""
        self.busy = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        self._title, self._ours = label("heading"), label("second")
        self._disk = ElidedLabel()
        self._disk.setProperty("look", "second")
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._disk, 1)
        head.addWidget(self._ours)
        inside = QVBoxLayout()
        inside.setContentsMargins(16, 0, 16, 4)
        self.view = SpaceView()
        self._unknown = label("second", wrap=True)
        inside.addWidget(self.view)
        inside.addWidget(self._unknown)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 0, 16, 12)
        foot.setSpacing(12)
        self._promise = label("second", wrap=True)
        self.free = button("", "eraser")
        foot.addWidget(self._promise, 1)
        foot.addWidget(self.free)
        column.addLayout(head)
        column.addLayout(inside)
        column.addStretch(1)
        column.addWidget(line())
        column.addLayout(foot)

    def show_space(self, space: Space, place: str) -> None:
        self._space, self._place = space, place
        self.view.show_space(space)
        known = space.total is not None
        total = amounts.size(space.total)
        self._disk.set_text(tr(N_("Disk of {place}: {total}"), place=place, total=total) if known else "")
        ours = tr(N_("Reelkey uses {size}"), size=amounts.size(space.reelkey))
        self._ours.setText(ours if space.known else "")
        self._unknown.setVisible(not space.known)
        if self.busy:
            self.free.setText(tr(N_("Freeing…")))
        elif space.copies:
            self.free.setText(tr(N_("{size} can be freed…"), size=amounts.size(space.copies)))
        else:
            self.free.setText(tr(N_("Nothing to free")))
        self.free.setEnabled(bool(space.copies) and not self.busy)

    def retranslate(self) -> None:
        self._title.setText(tr(N_("Disk space")))
        self._unknown.setText(tr(N_("Disk use is shown once the node is running.")))
        self._promise.setText(
            tr(N_("What goes is listed first; masters and private blocks are never touched."))
        )
        self.show_space(self._space, self._place)


class ListCard(QFrame):
    """A title with a count, a list, and a sentence while the list is empty."""

    def __init__(self, model: LinesModel, widths: tuple[int, ...], *, with_header: bool) -> None:
        super().__init__()
        self.setProperty("look", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 14, 1, 1)
        column.setSpacing(10)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(15, 0, 15, 0)
        self.head.setSpacing(8)
        self.title, self.count = label("heading"), label("second")
        self.head.addWidget(self.title)
        self.head.addWidget(self.count)
        self.head.addStretch(1)
        column.addLayout(self.head)
        self.model = model
        self.view = LinesView(model, widths)
        self.view.horizontalHeader().setVisible(with_header)
        self.nothing = label("second", wrap=True)
        self.nothing.setContentsMargins(15, 0, 15, 14)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.view, 1)
        column.addWidget(self.nothing, 1)

    def refresh(self) -> None:
        """The list, or the sentence, as the model has it now."""
        empty = not self.model.rowCount()
        self.view.setVisible(not empty)
        self.nothing.setVisible(empty)


def peer_line(peer: PeerSeen, names: dict[str, str]) -> Line:
    """A connected computer: the name that was given to it, else its address."""
    host, tail = host_of(peer.address), f"…{peer.peer_id[-6:]}"
    name = names.get(peer.peer_id)
    out, came = _moving(peer.rate_out), _moving(peer.rate_in)
    way = tr(N_("Relayed")) if peer.relayed else tr(N_("Direct"))
    dot = "key_strip" if peer.relayed else "done_strip"
    return Line(peer.peer_id, name or host, f"{host} · {tail}" if name else tail, (out, came, way), dot=dot)


def _moving(rate: float | None) -> str:
    if rate is None:
        return ""
    return amounts.rate(rate) if rate >= 1 else "–"
