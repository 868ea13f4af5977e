"""The engine's own process: opens the profile, does what the window asks, tells what happens.

In a process of its own, sealing at full rate never takes the interpreter from the window, and the modules
that the work needs are loaded beside the window's, on another processor. It ends when the window tells it to,
or is gone: then the pipe ends. What it had in work goes on at the next start, as after any other end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

from app.domain.errors import Internal, ReelkeyError
from app.domain.words import set_language
from app.ui.crossing import Answered, Ask, Begin, Close, Frame, GiveUp, Happened, Noted, Pipe, Refused, pack
from app.ui.engine import Engine
from app.ui.messages import EngineStopped, Message
from app.ui.thinning import thinned

log = logging.getLogger(__name__)

_NICE = 10
_FLUSH_EVERY = 0.25
_CALLS_END_WITHIN = 5.0


def main(_argv: Sequence[str] = ()) -> int:
    """Serve the window at the other end of standard input and output until it is gone."""
    pipe = Pipe(*_own_streams())
    _step_back()
    begin = pipe.read()
    if not isinstance(begin, Begin):
        return 1
    set_language(begin.language)
    with suppress(ValueError):  # Ctrl-C is the window's to heed
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(Served(pipe, begin).run())
    loop.run_until_complete(loop.shutdown_asyncgens())
    # All is written by now: a thread that hangs in a disk or a keyring must not keep the process.
    logging.shutdown()
    os._exit(0)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for us alone: what a library prints goes to where errors go."""
    reads, writes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2 if sys.stderr is not None else nothing, 1)
    os.close(nothing)
    return reads, writes


def _step_back() -> None:
    """Let the window go before the engine: sealing takes every processor there is, and painting a row takes
    next to nothing. The node that we start does as we do (`app.ipfs.process`). On Windows the window gives us
    our priority when it starts us."""
    with suppress(AttributeError, OSError):
        os.nice(_NICE)


class Served:
    """The engine and what the window asked of it."""

    def __init__(self, pipe: Pipe, begin: Begin) -> None:
        self._pipe = pipe
        self._told = Outbound(pipe)
        self._engine = Engine(begin.profile, begin.env, self._told.post, server=begin.server)
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._opened: asyncio.Task[ReelkeyError | None] | None = None
        self._ends: asyncio.Future[Close] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._ends = loop.create_future()
        with suppress(NotImplementedError):  # Windows has no such signal to heed
            loop.add_signal_handler(signal.SIGTERM, self._end, Close(stop_node=False))
        self._opened = loop.create_task(self._open())
        threading.Thread(target=self._read, args=(loop,), name="from-window", daemon=True).start()
        telling = loop.create_task(self._told.run())
        end = await self._ends
        await self._close(end)
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling

    # --- the profile ---------------------------------------------------------------------------------

    async def _open(self) -> ReelkeyError | None:
        """What keeps the profile closed; None where it is open."""
        try:
            await self._engine.open()
        except ReelkeyError as error:
            stopped = error
        except Exception as error:
            log.exception("the profile could not be opened")
            stopped = Internal(kind=type(error).__name__)
        else:
            return None
        self._told.post(EngineStopped(stopped))
        return stopped

    async def _close(self, end: Close) -> None:
        """First what is still opening and what the window asked for, then the engine under them."""
        self._told.closed = True
        asked = [one for one in (self._opened, *self._calls.values()) if one is not None and not one.done()]
        for one in asked:
            one.cancel()
        if asked:
            await asyncio.wait(asked, timeout=_CALLS_END_WITHIN)
        try:
            await self._engine.close(stop_node=end.stop_node)
        except Exception:
            log.exception("the profile was not closed in order; all of it goes on next time")

    # --- what the window asks ------------------------------------------------------------------------

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        while (frame := self._pipe.read()) is not None:
            loop.call_soon_threadsafe(self._take, frame)
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(self._end, Close(stop_node=False))

    def _take(self, frame: Frame) -> None:
        match frame:
            case Ask():
                task = asyncio.get_running_loop().create_task(self._answer(frame))
                self._calls[frame.number] = task
                task.add_done_callback(lambda _: self._calls.pop(frame.number, None))
            case GiveUp():
                if frame.number in self._calls:
                    self._calls[frame.number].cancel()
            case Noted():
                self._note(frame)
            case Close():
                self._end(frame)
            case _:
                log.error("the window sent a %s", type(frame).__name__)

    def _note(self, line: Noted) -> None:
        """Write a line of the window's into the profile's log, which is there once the profile is open."""

        def write(_: object = None) -> None:
            logging.getLogger(line.name).log(line.level, "%s", line.text)

        assert self._opened is not None  # noqa: S101 - read after it began
        if self._opened.done():
            write()
        else:
            self._opened.add_done_callback(write)

    def _end(self, end: Close) -> None:
        if self._ends is not None and not self._ends.done():
            self._ends.set_result(end)

    async def _answer(self, ask: Ask) -> None:
        answer: Answered | Refused
        try:
            answer = Answered(ask.number, await self._work(ask))
        except asyncio.CancelledError:
            await self._told.send(Refused(ask.number, None))
            raise
        except ReelkeyError as error:
            answer = Refused(ask.number, error)
        except Exception as error:
            log.exception("a fault of ours, asked by the window")
            answer = Refused(ask.number, Internal(kind=type(error).__name__))
        await self._told.send(answer)

    async def _work(self, ask: Ask) -> Any:
        assert self._opened is not None  # noqa: S101 - asked for after it began
        stopped = await asyncio.shield(self._opened)
        if stopped is not None:
            raise stopped
        return await asked_of(self._engine, ask)


async def asked_of(engine: object, ask: Ask) -> Any:
    """What the engine answers to `ask`."""
    target = engine
    for name in ask.path:
        target = getattr(target, name)
    call: Callable[..., Any] = target  # type: ignore[assignment]
    answer = call(*ask.arguments, **ask.named)
    return await answer if asyncio.iscoroutine(answer) else answer


class Outbound:
    """Messages on their way to the window: collected and handed over at most four times a second, since eyes
    need no more and a busy engine must not keep the window from painting."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._inbox: list[Message] = []
        self._lock = threading.Lock()
        self._some = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        # One thread, so that what is sent first arrives first; a full pipe keeps it and nobody else.
        self._out = ThreadPoolExecutor(1, "to-window")
        self.closed = False

    def post(self, message: Message) -> None:
        """Note a message for the window, from any thread."""
        if self.closed:
            return
        with self._lock:
            self._inbox.append(message)
            first = len(self._inbox) == 1
        if first and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._some.set)

    async def run(self) -> None:
        """Hand over what was posted, batch by batch."""
        self._loop = asyncio.get_running_loop()
        if self._inbox:
            self._some.set()
        while True:
            await self._some.wait()
            self._some.clear()
            with self._lock:
                batch, self._inbox = self._inbox, []
            if batch:
                await self.send(Happened(tuple(thinned(batch))))
                await asyncio.sleep(_FLUSH_EVERY)

    async def send(self, frame: Frame) -> None:
        """Hand a frame to the window; what can't cross is a fault of ours and said so."""
        await asyncio.get_running_loop().run_in_executor(self._out, self._send, frame)

    def _send(self, frame: Frame) -> None:
        try:
            packed = pack(frame)
        except Exception as error:
            log.exception("a fault of ours: this can't cross to the window")
            if not isinstance(frame, Answered):
                return
            packed = pack(Refused(frame.number, Internal(kind=type(error).__name__)))
        with suppress(OSError, ValueError):  # the window is gone; the thread that reads knows too
            self._pipe.send(packed)


if __name__ == "__main__":
    raise SystemExit(main())
