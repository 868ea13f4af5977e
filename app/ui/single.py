"""One window a profile: the first process keeps it, later ones hand their link over and end.

Who is first is settled by a lock in the profile, which dies with its process; only its holder touches the
socket, so what a killed window left behind is cleared without harm. Where the socket is stands in the profile
too, since a browser may start us with another environment than a terminal does.

A request is one frame: 4 bytes of length (big-endian), 32 hexadecimal digits that name the request, the link
in UTF-8 (nothing: raise the window). The answer is one byte, sent once the window has taken the link. A
request that comes twice, because its first answer was lost, is answered again and not taken again.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import re
import secrets
import socket
import stat
import struct
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from PySide6.QtCore import QCoreApplication, QMetaMethod, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.domain.errors import TargetUnwritable, WindowSilent
from app.settings.files import make_private_dir, write_private

log = logging.getLogger(__name__)

MAX_FRAME = 8 * 1024
TAKEN = b"\x06"
_HEAD = struct.Struct(">I")
_NAME_DIGITS = 32
_NAME = re.compile(rb"[0-9a-f]{32}")
_LONGEST_LINK = 2000  # characters handed over: more than parse_link takes, and never more than a frame
# Longer than a window may take to end (app.ui.bridge.CLOSES_WITHIN, and a little besides).
_PATIENCE = 65.0
_SLICE_MS = 250
_AGAIN_SECONDS = 0.05
_AGAIN_MS = 50
_FRAME_MS = 10_000
_REMEMBERED = 4096
_BACKLOG = 256
_LONGEST_PATH = 100  # the path of a socket has 104 bytes on macOS, 108 on Linux

# Where a socket says who is at its other end: level, option, and what is answered, the user as the second of
# it. Linux: SO_PEERCRED with struct ucred; macOS: LOCAL_PEERCRED with struct xucred (sys/un.h, sys/ucred.h).
_PEERS = {
    "linux": (socket.SOL_SOCKET, getattr(socket, "SO_PEERCRED", 0), "3i"),
    "darwin": (0, 1, "IIh16I"),
}


class Single(QObject):
    """The window's side and the later process' side. Wants a QCoreApplication.

    `link` and `raise_asked` come from later processes; what comes before somebody is connected to them waits.
    """

    link = Signal(object)  # a str; as a Signal(str) it would lose what is no text, and be valid without it
    raise_asked = Signal()

    def __init__(self, data_dir: Path, parent: QObject | None = None, *, patience: float = _PATIENCE) -> None:
        super().__init__(parent)
        self._data = data_dir
        self._record = data_dir / "window.socket"
        self._patience = patience
        self._lock = FileLock(
            data_dir / "window.lock",
            timeout=0,
            is_singleton=False,
            thread_local=False,
            preserve_lock_file=True,
        )
        self._server: QLocalServer | None = None
        self._own_folder: Path | None = None
        self._taken: dict[bytes, None] = {}

    def become_first(self, link: str | None) -> bool:
        """True: this process has the window, and keeps its own `link`. False: the window that is open has
        taken it, end now. Waits for one that is starting or ending. Raises WindowSilent, TargetUnwritable.
        """
        make_private_dir(self._data)
        frame = _frame(secrets.token_hex(_NAME_DIGITS // 2).encode("ascii"), link or "")
        until = time.monotonic() + self._patience
        while not self._elected():
            if _hand_over(self._record, frame, until):
                return False
            if time.monotonic() >= until:
                raise WindowSilent(seconds=round(self._patience))
            time.sleep(_AGAIN_SECONDS)
        self._listen()
        return True

    def stop(self) -> None:
        """Take nothing more, but stay the only one: for when quitting has begun. Who asks from now on waits
        for the end of this process, and has a window of its own then."""
        if self._server is not None:
            self._server.close()
            self._record.unlink(missing_ok=True)
            self._server.deleteLater()
            self._server = None
        if self._own_folder is not None:
            with suppress(OSError):  # somebody who cleans up was there before
                self._own_folder.rmdir()
            self._own_folder = None

    def close(self) -> None:
        """`stop`, and let another be first. The end of the process does the same."""
        self.stop()
        self._lock.release(force=True)

    # --- the window's side -------------------------------------------------------------------------------

    def _elected(self) -> bool:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            raise _unwritable(self._lock.lock_file, error) from None
        return True

    def _listen(self) -> None:
        """Listen, and write down where. Only the lock's holder comes here."""
        self._clear_stale()
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setListenBacklogSize(_BACKLOG)
        server.setMaxPendingConnections(_BACKLOG)
        server.newConnection.connect(self._welcome)
        name = self._socket_name()
        if not server.listen(name):
            # The window works without it; a second one waits in vain and says so.
            log.warning("no links can be handed over: %s", server.errorString())
            return
        self._server = server
        try:
            write_private(self._record, server.fullServerName().encode("utf-8"))
        except OSError as error:
            raise _unwritable(str(self._record), error) from None
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.stop)

    def _clear_stale(self) -> None:
        """Remove the socket of a window that was killed, wherever its environment had put it."""
        old = _recorded(self._record)
        self._record.unlink(missing_ok=True)
        if sys.platform == "win32" or not old.startswith("/"):
            return
        path = Path(old)
        try:
            if path.name.startswith("reelkey-") and stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
                if path.parent.name.startswith("reelkey-"):
                    path.parent.rmdir()
        except OSError:
            return

    def _socket_name(self) -> str:
        """A name of this user and profile. On Windows pipes live in one space for all users: a random end
        keeps others from being there first."""
        who = f"{_user()}\0{self._data.resolve()}"
        name = "reelkey-" + hashlib.sha256(who.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        if sys.platform == "win32":
            return f"{name}-{secrets.token_hex(8)}"
        for folder in (os.environ.get("XDG_RUNTIME_DIR"), str(self._data)):
            path = f"{folder}/{name}"
            if folder and _is_private(folder) and len(os.fsencode(path)) <= _LONGEST_PATH:
                return path
        self._own_folder = Path(tempfile.mkdtemp(prefix="reelkey-"))
        return f"{self._own_folder}/{name}"

    def _welcome(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            visitor = self._server.nextPendingConnection()
            if not _is_same_user(visitor):
                log.warning("somebody else asked for the window and was turned away")
                visitor.abort()
                visitor.deleteLater()
                continue
            limit = QTimer(visitor, singleShot=True, interval=_FRAME_MS)
            limit.timeout.connect(
                partial(visitor.abort)
            )  # no slot of Qt: PySide would make one on the socket
            limit.start()
            visitor.readyRead.connect(partial(self._read, visitor, limit))
            visitor.disconnected.connect(visitor.deleteLater)
            self._read(visitor, limit)

    def _read(self, visitor: QLocalSocket, limit: QTimer) -> None:
        """Once a frame is whole: its request. What is no frame of ours is cut off."""
        here = visitor.bytesAvailable()
        if here < _HEAD.size:
            return
        (length,) = _HEAD.unpack(visitor.peek(_HEAD.size).data())
        if not _NAME_DIGITS <= length <= MAX_FRAME:
            visitor.abort()
            return
        if here < _HEAD.size + length:
            return
        visitor.readyRead.disconnect()
        request = _request(bytes(visitor.read(_HEAD.size + length).data())[_HEAD.size :])
        if request is None:
            visitor.abort()
            return
        limit.stop()
        self._take(visitor, *request)

    def _take(self, visitor: QLocalSocket, name: bytes, link: str) -> None:
        """Give the request to the window, once, and say so. Without a window yet, try again soon."""
        if visitor.state() != QLocalSocket.LocalSocketState.ConnectedState and name not in self._taken:
            return  # it went away while it waited, and was told nothing: it comes again, or is no more
        if name not in self._taken:
            signal = self.link if link else self.raise_asked
            if not self.isSignalConnected(QMetaMethod.fromSignal(signal)):
                QTimer.singleShot(_AGAIN_MS, visitor, partial(self._take, visitor, name, link))
                return
            self._taken[name] = None
            if len(self._taken) > _REMEMBERED:
                del self._taken[next(iter(self._taken))]
            if link:
                self.link.emit(link)
            else:
                self.raise_asked.emit()
        visitor.write(TAKEN)
        visitor.flush()


# --- the later process' side -----------------------------------------------------------------------------


def _hand_over(record: Path, frame: bytes, until: float) -> bool:
    """Whether the window has taken it; False where there is none to be reached, or it went away."""
    name = _recorded(record)
    if not name:
        return False
    door = QLocalSocket()
    try:
        door.connectToServer(name)
        if not door.waitForConnected(_SLICE_MS) or not _is_same_user(door):
            return False
        _let_it_come_forward()
        door.write(frame)
        while time.monotonic() < until:
            if door.waitForReadyRead(_SLICE_MS):
                return door.read(1).data() == TAKEN
            if door.state() != QLocalSocket.LocalSocketState.ConnectedState:
                return False
        return False
    finally:
        door.abort()


def _frame(name: bytes, link: str) -> bytes:
    # A link that is no text is refused by who parses it; until then it stays what it is, byte for byte.
    body = name + link[:_LONGEST_LINK].encode("utf-8", "surrogatepass")
    return _HEAD.pack(len(body)) + body


def _request(body: bytes) -> tuple[bytes, str] | None:
    """(name, link) of a frame's body; None where it is none."""
    name, link = body[:_NAME_DIGITS], body[_NAME_DIGITS:]
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return name, link.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _recorded(record: Path) -> str:
    """Where the window listens; nothing where that is not written down."""
    try:
        return record.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _let_it_come_forward() -> None:
    """Windows lets a window come to the front only if the process that the person started allows it."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - only there

        ctypes.windll.user32.AllowSetForegroundWindow(-1)


# --- who is there ----------------------------------------------------------------------------------------


def _user() -> str:
    return getpass.getuser() if sys.platform == "win32" else str(os.getuid())


def _is_private(folder: str) -> bool:
    """Whether a folder is this user's alone."""
    try:
        found = Path(folder).stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _is_same_user(peer: QLocalSocket) -> bool:
    """Whether the process at the other end is this user's. Linux and macOS tell; on Windows nobody else gets
    as far as the pipe."""
    if sys.platform not in _PEERS:
        return True
    try:
        with socket.socket(socket.AF_UNIX, fileno=os.dup(int(peer.socketDescriptor()))) as same:
            return _peers_uid(same, _PEERS[sys.platform]) == os.getuid()
    except (OSError, struct.error):
        return False


def _peers_uid(same: socket.socket, asked: tuple[int, int, str]) -> int:
    """The user of the process at the other end. Raises OSError, struct.error."""
    level, option, form = asked
    _, uid, *_ = struct.unpack(form, same.getsockopt(level, option, struct.calcsize(form)))
    return int(uid)


def _unwritable(path: str, error: OSError) -> TargetUnwritable:
    return TargetUnwritable(path=path, reason=error.strerror or type(error).__name__)
