"""The one crossing between the window's thread and the engine's.

The engine runs its asyncio loop in a thread of its own. Downwards a coroutine is submitted and its answer
awaited on the window's loop (qasync); upwards frozen messages are collected and handed over at most four
times a second, since eyes need no more and a busy engine must not keep the window from painting.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.domain.errors import Internal, ReelkeyError
from app.domain.events import ExportMoved, Progressed
from app.ui.messages import EngineStopped, Message, NodeSeen, Told

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)
T = TypeVar("T")

_FLUSH_EVERY_MS = 250
# Longer than stories and node may take to stop, shorter than a system waits before it ends us.
_NICE = 5
_CLOSES_WITHIN = 45.0
_CALLS_END_WITHIN = 5.0
_THREADS_END_WITHIN = 5.0


class Bridge(QObject):
    """Starts the engine's thread, submits work to it, and hands its messages to the window in batches."""

    #: A list of messages in the order in which they came, at most every 250 ms.
    arrived = Signal(list)
    _woken = Signal()

    def __init__(
        self,
        profile: Path | None,
        env: Mapping[str, str],
        parent: QObject | None = None,
        *,
        server: str | None = None,
    ) -> None:
        super().__init__(parent)
        self._profile, self._env, self._server = profile, env, server
        self._engine: Engine | None = None
        self._inbox: list[Message] = []
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._opened: Future[None] = Future()
        self._opening: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FLUSH_EVERY_MS)
        self._timer.timeout.connect(self._flush)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    # --- the engine's thread -------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread and open the profile in it. What keeps it closed comes as EngineStopped."""
        self._thread.start()
        self._ready.wait()

    @property
    def engine(self) -> Engine:
        """The engine, once its thread has made it."""
        assert self._engine is not None  # noqa: S101 - nobody asks before `start`
        return self._engine

    def _run(self) -> None:
        _step_back()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        self._opening = loop.create_task(self._open())
        self._ready.set()
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _open(self) -> None:
        try:
            # Here and not above: the jobs and all they need take longer to load than a window to be shown.
            from app.ui.engine import Engine  # noqa: PLC0415

            self._engine = Engine(self._profile, self._env, self._post, server=self._server)
            await self._engine.open()
        except ReelkeyError as error:
            self._post(EngineStopped(error))
            self._opened.set_exception(error)
        except Exception as error:
            log.exception("the profile could not be opened")
            self._post(EngineStopped(Internal(kind=type(error).__name__)))
            self._opened.set_exception(Internal(kind=type(error).__name__))
        except asyncio.CancelledError:  # closed before it was open
            self._opened.set_exception(Internal(kind="closed"))
        else:
            self._opened.set_result(None)

    # --- downwards -----------------------------------------------------------------------------------

    async def call(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """What `work` answers, run on the engine's loop once the profile is open.

        Raises what it raises: ReelkeyError, or Internal for a fault of ours.
        """
        loop = self._loop
        if loop is None or not self._thread.is_alive():
            raise Internal(kind="closed")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._safely(work), loop))

    async def _safely(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        task = asyncio.current_task()
        if self._closed or task is None:
            raise Internal(kind="closed")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        await asyncio.wrap_future(self._opened)
        try:
            return await work(self.engine)
        except (ReelkeyError, asyncio.CancelledError):
            raise
        except Exception as error:
            log.exception("a fault of ours, asked by the window")
            raise Internal(kind=type(error).__name__) from error

    def close(self, *, stop_node: bool) -> None:
        """End all work where it stands, and the thread. Blocks for a moment: the window is gone by then."""
        loop = self._loop
        if loop is None or not self._thread.is_alive():
            return
        closing = asyncio.run_coroutine_threadsafe(self._close(stop_node=stop_node), loop)
        try:
            closing.result(_CLOSES_WITHIN)
        except Exception:
            log.exception("the profile was not closed in order; all of it goes on next time")
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_THREADS_END_WITHIN)

    @property
    def ended(self) -> bool:
        """Whether nothing of the engine runs any more: a disk or keyring that hangs keeps a thread of it."""
        return not self._thread.is_alive()

    async def _close(self, *, stop_node: bool) -> None:
        """First what is still opening and what the window asked for, then the engine under them."""
        self._closed = True
        asked = [one for one in (self._opening, *self._calls) if one is not None and not one.done()]
        for one in asked:
            one.cancel()
        if asked:
            await asyncio.wait(asked, timeout=_CALLS_END_WITHIN)
        if self._engine is not None:
            await self._engine.close(stop_node=stop_node)

    # --- upwards -------------------------------------------------------------------------------------

    def _post(self, message: Message) -> None:
        """From the engine's thread: note the message and wake the window, once a batch."""
        if self._closed:
            return  # nobody looks any more, and Qt's side of us may be gone
        with self._lock:
            first = not self._inbox
            self._inbox.append(message)
        if first:
            self._woken.emit()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._flush()
            self._timer.start()

    def _flush(self) -> None:
        with self._lock:
            batch, self._inbox = self._inbox, []
        if batch:
            self._timer.start()
            self.arrived.emit(thinned(batch))


def _step_back() -> None:
    """Let the window's thread go before the engine's: sealing takes every processor there is, and painting a
    row takes next to nothing. On Linux a thread has a priority of its own, which the threads and the node
    that it starts inherit; elsewhere the system favours the window in front by itself.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def thinned(batch: list[Message]) -> list[Message]:
    """Of progress the last word a film and phase, of the node the last look; the rest as it came."""
    kept: list[Message] = []
    seen: set[tuple[object, ...]] = set()
    for message in reversed(batch):
        key: tuple[object, ...] | None = None
        if isinstance(message, Told) and isinstance(message.event, Progressed):
            key = (message.event.task.id, message.event.progress.phase)
        elif isinstance(message, Told) and isinstance(message.event, ExportMoved):
            key = (message.event.export.id, message.event.progress.phase)
        elif isinstance(message, NodeSeen):
            key = ("node",)
        if key is not None and key in seen:
            continue
        if key is not None:
            seen.add(key)
        kept.append(message)
    kept.reverse()
    return kept
