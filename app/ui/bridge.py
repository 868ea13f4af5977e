"""The one crossing between the window and the engine, which runs in a process of its own.

Downwards a call of the engine's is sent and its answer awaited on the window's loop (qasync); upwards frozen
messages come in batches, at most four times a second. An engine that ends unasked (killed, out of memory) is
started again: the journal holds all that it did, so the films go on where they stood.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.domain.errors import EngineEnded, Internal, ReelkeyError
from app.domain.words import language
from app.media.limited import child_command, clean_environment
from app.ui.crossing import Answered, Ask, Begin, Close, Frame, GiveUp, Happened, Noted, Pipe, Refused, pack
from app.ui.messages import EngineOpens, EngineStopped, Message

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)
T = TypeVar("T")

# Longer than stories and node may take to stop, shorter than a system waits before it ends us.
CLOSES_WITHIN = 50.0
_ENDS_WITHIN = 2.0
# One that could not open the profile has little to close.
_LEAVES_WITHIN_MS = 10_000
# So many ends unasked within so many seconds are no accident any more.
_ENDS_BORNE, _ENDS_REMEMBERED = 3, 300.0


class Bridge(QObject):
    """Starts the engine's process, submits work to it, and hands its messages to the window in batches."""

    #: A list of messages in the order in which they came, at most every 250 ms.
    arrived = Signal(list)
    # What a process sent, or None at its end; by a queued signal from the thread that reads.
    _came = Signal(object, object)

    def __init__(
        self,
        profile: Path | None,
        env: Mapping[str, str],
        parent: QObject | None = None,
        *,
        server: str | None = None,
    ) -> None:
        super().__init__(parent)
        self._profile, self._env, self._server = profile, dict(env), server
        self._child: _Child | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ends: deque[float] = deque(maxlen=_ENDS_BORNE)
        self._closed = False
        self._anew = False
        self._engine = cast("Engine", _Remote(self._ask))
        self._log = _ToEngine(self._note)
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # --- the engine's process ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process, which opens the profile. What keeps it closed comes as EngineStopped."""
        self._log.install()
        self._begin()

    def _begin(self) -> None:
        try:
            self._child = _Child(self._came.emit)
        except OSError:  # no memory, no processes left: nothing to try again soon
            log.exception("the engine does not start")
            self._child = None
            self.arrived.emit([EngineStopped(EngineEnded())])
            return
        self._child.write(Begin(self._profile, self._env, self._server, language()))

    def again(self) -> None:
        """Begin anew after EngineStopped. A process that could not open the profile ends before that: it may
        hold on to a part of it."""
        self._ends.clear()
        self.arrived.emit([EngineOpens()])
        child = self._child
        if child is None:
            self._begin()
        elif not self._anew:
            self._anew = True
            child.write(Close(stop_node=False))
            QTimer.singleShot(_LEAVES_WITHIN_MS, self, child.kill)

    def _ended(self) -> None:
        """The process ended: what waits for it hears so, and another goes on with the films."""
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EngineEnded())
        if not self._anew:
            now = time.monotonic()
            self._ends.append(now)
            log.error("the engine ended by itself")
            if len(self._ends) == _ENDS_BORNE and now - self._ends[0] < _ENDS_REMEMBERED:
                self._child = None
                self.arrived.emit([EngineStopped(EngineEnded())])
                return
        self._anew = False
        self._begin()

    # --- downwards -----------------------------------------------------------------------------------

    async def call(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """What `work` answers. It runs here, on the window's loop; what it calls of the engine, part by part
        (``engine.requests.films(…)``), runs there once the profile is open, with copies of the arguments.

        Raises what the engine raises: ReelkeyError, or Internal for a fault of ours.
        """
        try:
            return await work(self._engine)
        except (ReelkeyError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("a fault of ours, asked by the window")
            raise Internal(kind=type(error).__name__) from error

    async def _ask(self, path: tuple[str, ...], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        child = self._child
        if self._closed:
            raise Internal(kind="closed")
        if child is None:
            raise EngineEnded
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            child.write(Ask(number, path, arguments, named))
            return await answer
        except asyncio.CancelledError:
            if not answer.done() or answer.cancelled():
                child.write(GiveUp(number))
            raise
        finally:
            del self._waiting[number]

    def _note(self, line: Noted) -> None:
        if self._child is not None:
            self._child.write(line)

    def close(self, *, stop_node: bool) -> None:
        """End all work where it stands, and the process. Blocks for a moment: the window is gone by then."""
        if self._closed:
            return
        self._closed = True
        self._log.remove()
        for future in self._waiting.values():
            future.cancel()
        if self._child is not None and not self._child.close(stop_node=stop_node):
            log.warning("the profile was not closed in order; all of it goes on next time")

    @property
    def ended(self) -> bool:
        """Whether nothing of the engine runs any more."""
        return self._child is None or self._child.ended

    # --- upwards -------------------------------------------------------------------------------------

    def _take(self, child: object, frame: Frame | None) -> None:
        if self._closed or child is not self._child:
            return  # nobody looks any more
        match frame:
            case Happened():
                self.arrived.emit(list[Message](frame.messages))
            case Answered():
                self._settle(frame.number, lambda future: future.set_result(frame.value))
            case Refused():
                error = frame.error
                self._settle(
                    frame.number,
                    lambda future: future.cancel() if error is None else future.set_exception(error),
                )
            case None:
                self._ended()

    def _settle(self, number: int, settle: Callable[[asyncio.Future[Any]], object]) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done():
            settle(future)


class _Remote:
    """Stands for the engine, or a part of it: a call of anything below it is one of the engine's."""

    def __init__(self, ask: Callable[..., Coroutine[Any, Any, Any]], path: tuple[str, ...] = ()) -> None:
        self._ask, self._path = ask, path

    def __getattr__(self, name: str) -> _Remote:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Remote(self._ask, (*self._path, name))

    def __call__(self, *arguments: Any, **named: Any) -> Coroutine[Any, Any, Any]:
        return self._ask(self._path, arguments, named)


class _Child:
    """One process with the engine in it: a thread that writes to it, so that a full pipe keeps nobody, and
    one that reads from it and hands each frame (None: the end) to `came` with this object."""

    def __init__(self, came: Callable[[_Child, Frame | None], object]) -> None:
        self._came = came
        self._process = _started()
        assert self._process.stdout is not None  # noqa: S101 - both were asked for
        assert self._process.stdin is not None  # noqa: S101
        self._pipe = Pipe(cast("BinaryIO", self._process.stdout), cast("BinaryIO", self._process.stdin))
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for work, name in ((self._read, "from-engine"), (self._write, "to-engine"))
        ]
        for thread in self._threads:
            thread.start()

    def write(self, frame: Frame) -> None:
        """Send a frame as it is now. Raises pickle's errors for what can't cross."""
        self._out.put(pack(frame))

    def _write(self) -> None:
        while (packed := self._out.get()) is not None:
            with suppress(OSError, ValueError):  # it is gone; who reads from it says so
                self._pipe.send(packed)
        self._process.wait()
        self._pipe.close()

    def _read(self) -> None:
        with suppress(RuntimeError):  # Qt's side of the window is gone
            while (frame := self._pipe.read()) is not None:
                self._came(self, frame)
            self._process.wait()
            self._out.put(None)
            self._came(self, None)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it by force, where it did not end."""
        self._process.kill()

    def close(self, *, stop_node: bool) -> bool:
        """Let it end in order, by force where it does not. Whether it did so by itself."""
        self.write(Close(stop_node))
        self._out.put(None)
        in_order = True
        try:
            self._process.wait(CLOSES_WITHIN)
        except subprocess.TimeoutExpired:
            in_order = False
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDS_WITHIN)
        for thread in self._threads:
            thread.join(_ENDS_WITHIN)
        return in_order


def _started() -> subprocess.Popen[bytes]:
    windows = sys.platform == "win32"
    flags = ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS") if windows else ()
    return subprocess.Popen(
        child_command("app.ui.engine_process"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A window without a console has nowhere to write to.
        stderr=None if sys.stderr is not None else subprocess.DEVNULL,
        env=clean_environment(os.environ),
        creationflags=sum(int(getattr(subprocess, flag)) for flag in flags),
        # Ctrl-C in a terminal is the window's alone to heed. No session of its own: Linux shares processors
        # among sessions first, and the window would get no more than the engine.
        process_group=None if windows else 0,
    )


class _ToEngine(logging.Handler):
    """Hands what the window logs to the engine's process, the one that writes the profile's log."""

    def __init__(self, note: Callable[[Noted], None]) -> None:
        super().__init__(logging.INFO)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):
            self._note(Noted(record.name, record.levelno, self.format(record)))

    def install(self) -> None:
        ours = logging.getLogger("app")
        ours.addHandler(self)
        ours.setLevel(logging.INFO)

    def remove(self) -> None:
        logging.getLogger("app").removeHandler(self)
