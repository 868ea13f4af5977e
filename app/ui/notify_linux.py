"""Linux without a tray: notifications over D-Bus (the Desktop Notifications Specification 1.2)."""

from __future__ import annotations

import html
import logging
import os
import selectors
import socket
import threading
from collections import OrderedDict, deque
from contextlib import suppress
from queue import SimpleQueue

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QObject, Qt, Signal

log = logging.getLogger(__name__)

# What a bus that is not there, hangs up or talks nonsense raises.
_NO_BUS = (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError)
_ANSWERS_WITHIN = 2.0
_REMEMBERED = 50
_WAITING = 20
_SERVICE = DBusAddress(
    "/org/freedesktop/Notifications",
    bus_name="org.freedesktop.Notifications",
    interface="org.freedesktop.Notifications",
)
_SIGNALS = MatchRule(type="signal", interface=_SERVICE.interface, path=_SERVICE.object_path)
_CLICK = "default"  # the action of a click on the notification itself
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - a variable's name: where Qt looks for it


class DBusNotifier(QObject):
    """Shows notifications and hears of clicks on them, in a thread of its own: a bus that does not answer
    keeps nobody. Where it is gone, the next notification looks for it anew."""

    #: What the notification that was clicked is about, as `show` was told.
    clicked = Signal(object)
    _heard = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: SimpleQueue[tuple[str, str, object] | None] = SimpleQueue()
        self._ear, self._bell = socket.socketpair()
        self._connection: DBusConnection | None = None
        self._abilities: frozenset[str] = frozenset()
        self._signals: deque[Message] = deque(maxlen=_REMEMBERED)
        self._about: OrderedDict[int, object] = OrderedDict()
        self._token = ""
        self._heard.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="notify", daemon=True)
        self._thread.start()

    def show(self, title: str, text: str, about: object) -> None:
        """Show a notification soon; given up where the desktop takes none."""
        if self._wanted.qsize() < _WAITING:
            self._put((title, text, about))

    def stop(self) -> None:
        """The end: nothing is shown and no click is heard from now on."""
        self._put(None)

    def _put(self, wanted: tuple[str, str, object] | None) -> None:
        self._wanted.put(wanted)
        with suppress(OSError):  # stopped already
            self._bell.send(b"\0")

    def _tell(self, about: object, token: str) -> None:
        if token:  # by which Wayland lets the window come forward
            os.environ[_TOKEN] = token
        self.clicked.emit(about)
        os.environ.pop(_TOKEN, None)

    # --- in the thread -------------------------------------------------------------------------------

    def _work(self) -> None:
        with self._ear, self._bell:
            while self._turn():
                self._listen()  # what came with an answer is here already, and wakes nobody
                self._take_signals()
            self._let_go()

    def _turn(self) -> bool:
        """Wait for something to show, and show it, or for something to hear; False at the end."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._ear, selectors.EVENT_READ)
            if self._connection is not None:
                waiting.register(self._connection.sock, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in waiting.select()]
        if self._ear not in ready:
            return True
        self._ear.recv(1)
        wanted = self._wanted.get()
        if wanted is not None:
            self._show(*wanted)
        return wanted is not None

    def _show(self, title: str, text: str, about: object) -> None:
        try:
            number = self._notify(title, text)
        except _NO_BUS as error:
            log.warning("no notification could be shown: %s", type(error).__name__)
            self._let_go()
            return
        self._about[number] = about
        while len(self._about) > _REMEMBERED:
            self._about.popitem(last=False)

    def _notify(self, title: str, text: str) -> int:
        """Its number, as the desktop counts them."""
        connection = self._connection or self._connect()
        if "body-markup" in self._abilities:  # names of films are no markup
            text = html.escape(text, quote=False)
        actions = [_CLICK, ""] if "actions" in self._abilities else []
        body = ("Reelkey", 0, "reelkey", title, text, actions, {"desktop-entry": ("s", "reelkey")}, -1)
        answer = _ask(connection, new_method_call(_SERVICE, "Notify", "susssasa{sv}i", body))
        return int(answer.body[0])

    def _connect(self) -> DBusConnection:
        connection = self._connection = open_dbus_connection("SESSION")
        connection.filter(_SIGNALS, queue=self._signals)
        _ask(connection, message_bus.AddMatch(_SIGNALS))  # some tell whom it concerns, some tell all
        answer = _ask(connection, new_method_call(_SERVICE, "GetCapabilities"))
        self._abilities = frozenset(answer.body[0])
        return connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._about.clear()

    def _listen(self) -> None:
        try:
            while self._connection is not None:
                self._connection.recv_messages(timeout=0)
        except TimeoutError:
            return  # that was all
        except _NO_BUS:
            self._let_go()

    def _take_signals(self) -> None:
        while self._signals:
            signal = self._signals.popleft()
            if signal.header.fields.get(HeaderFields.signature) != "us":
                continue
            number, said = signal.body
            member = signal.header.fields.get(HeaderFields.member)
            if number not in self._about:
                continue  # another program's
            if member == "ActivationToken":  # comes before the click that it is for
                self._token = said
            elif member == "ActionInvoked" and said == _CLICK:
                token, self._token = self._token, ""
                with suppress(RuntimeError):  # Qt's side of the window is gone
                    self._heard.emit(self._about[number], token)


def _ask(connection: DBusConnection, call: Message) -> Message:
    """The answer to a call. Raises ValueError where the service says no or is not there."""
    answer = connection.send_and_get_reply(call, timeout=_ANSWERS_WITHIN)
    if answer.header.message_type is not MessageType.method_return:
        raise ValueError(str(answer.header.message_type))
    return answer
