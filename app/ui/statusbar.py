"""The status bar: what moves, whether the computer stays awake, the disk that fills first, peers, library."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from app.domain.words import N_, tr
from app.ui import amounts
from app.ui.messages import DiskSeen
from app.ui.store import Store
from app.ui.widgets import Dot, IconLabel, label
from app.ui.widgets.elided import one_line


class StatusBar(QFrame):
    """30 px at the foot of the window. Says in words what its icons and dots mean."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self.setFixedHeight(30)
        self._store = store
        self._awake_on = False
        self._named = False
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(6)
        self._up, self._down = label(), label()
        self._awake, self._disk, self._peers, self._server = label(), label(), label(), label()
        self._awake_icon = IconLabel("coffee", "text2", 14)
        self._disk_icon = IconLabel("hard-drive", "text2", 14)
        self._peer_dot, self._server_dot = Dot(), Dot()
        for icon, text in (("arrow-up", self._up), ("arrow-down", self._down)):
            row.addWidget(IconLabel(icon, "text2", 14))
            row.addWidget(text)
            row.addSpacing(12)
        row.addStretch(1)
        for lead, text in (
            (self._awake_icon, self._awake),
            (self._disk_icon, self._disk),
            (self._peer_dot, self._peers),
            (self._server_dot, self._server),
        ):
            row.addWidget(lead)
            row.addWidget(text)
            row.addSpacing(12)
        store.node_changed.connect(self.refresh)
        store.servers_changed.connect(self.refresh)
        store.clouds.exports_changed.connect(self._show_rates)

    def set_awake(self, on: bool) -> None:
        self._awake_on = on
        self.refresh()

    def set_named(self, named: bool) -> None:
        """Whether the settings name a library, which answers when it is asked."""
        self._named = named
        self._show_server()

    def refresh(self) -> None:
        node = self._store.node
        self._show_rates()
        self._awake.setText(tr(N_("Staying awake")))
        self._awake.setVisible(self._awake_on)
        self._awake_icon.setVisible(self._awake_on)
        self._show_disk(node.fills_first)
        self._show_peers()
        self._show_server()

    def _show_disk(self, disk: DiskSeen | None) -> None:
        for one in (self._disk, self._disk_icon):
            one.setVisible(disk is not None)
        if disk is None:
            return
        free, name = amounts.size(disk.free_bytes), one_line(disk.name)
        words = tr(N_("{disk} {free} free"), disk=name if name.endswith(":") else f"{name}:", free=free)
        self._disk.setText(words if name else tr(N_("{free} free"), free=free))
        self._disk.setToolTip(disk.place)

    def _show_rates(self) -> None:
        """What goes out, to buyers and clouds together, and what comes in."""
        node = self._store.node
        out = amounts.rate(node.rate_out + self._store.clouds.rate(time.time()))
        self._up.setText(out)
        self._up.setAccessibleName(tr(N_("Sending {rate}"), rate=out))
        self._down.setText(amounts.rate(node.rate_in))
        self._down.setAccessibleName(tr(N_("Receiving {rate}"), rate=amounts.rate(node.rate_in)))

    def _show_peers(self) -> None:
        node = self._store.node
        if not node.online:
            text = (
                tr(N_("The node is starting")) if node.state == "starting" else tr(N_("The node is stopped"))
            )
            self._peers.setText(text)
            self._peer_dot.set_tone("track" if node.state == "starting" else "error")
            return
        count = len(node.peers)
        self._peers.setText(tr(N_("1 peer")) if count == 1 else tr(N_("{n} peers"), n=count))
        self._peer_dot.set_tone("done" if count else "track")

    def _show_server(self) -> None:
        seen = list(self._store.servers.values())
        wrong = next((one for one in seen if one.error is not None), None)
        text: QLabel = self._server
        for one in (text, self._server_dot):
            one.setVisible(bool(seen) or not self._named)
        if not seen:
            text.setText(tr(N_("No library yet")))
            self._server_dot.set_tone("track")
        elif wrong is not None and wrong.error is not None:
            text.setText(wrong.error.title)
            self._server_dot.set_tone("error")
        elif not any(one.signed_in for one in seen):
            text.setText(tr(N_("Not signed in")))
            self._server_dot.set_tone("key")
        else:
            text.setText(tr(N_("Library connected")))
            self._server_dot.set_tone("done")

    def retranslate(self) -> None:
        self.refresh()

    def restyle(self) -> None:
        for one in self.findChildren(IconLabel):
            one.restyle()
