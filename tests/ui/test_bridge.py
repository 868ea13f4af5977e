"""The crossing between the window and the engine's process."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import EngineEnded, Internal, ReelkeyError, SettingRefused
from app.domain.events import Progressed, ServerSaid
from app.domain.progress import Progress
from app.ui.bridge import Bridge
from app.ui.crossing import Answered, Ask, Begin, GiveUp, Pipe, Refused
from app.ui.engine import Engine
from app.ui.engine_process import Outbound, Served
from app.ui.messages import (
    EngineOpens,
    EngineStopped,
    Message,
    NodeSeen,
    RowsChanged,
    SettingsChanged,
    Told,
)
from app.ui.thinning import thinned
from tests.ui.fakes import make_row

WAIT = 30_000
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_of_progress_only_the_last_word_is_kept() -> None:
    first, second = make_row(1).ref, make_row(2).ref
    batch: list[Message] = [
        Told(Progressed(first, Progress("fetch", 1, 9)), 1.0),
        NodeSeen("starting"),
        Told(Progressed(second, Progress("fetch", 2, 9)), 2.0),
        Told(Progressed(first, Progress("open", 3, 9)), 3.0),
        RowsChanged((make_row(1),)),
        Told(Progressed(first, Progress("fetch", 4, 9)), 4.0),
        Told(ServerSaid("a"), 5.0),
        Told(ServerSaid("a"), 6.0),
        NodeSeen("online"),
    ]
    kept = thinned(batch)
    assert [getattr(one, "at", None) for one in kept] == [2.0, 3.0, None, 4.0, 5.0, 6.0, None]
    assert kept[-1] == NodeSeen("online")


class Real:
    """A bridge to a real engine whose node can't start: no Kubo is needed for crossing processes."""

    def __init__(self, qtbot: QtBot, loop: asyncio.AbstractEventLoop, bridge: Bridge) -> None:
        self.qtbot, self.loop, self.bridge = qtbot, loop, bridge
        self.batches: list[list[Message]] = []
        bridge.arrived.connect(self.batches.append)
        bridge.start()

    def begin(self, work: Callable[[Engine], Any]) -> asyncio.Task[Any]:
        return self.loop.create_task(self.bridge.call(work))

    def ask(self, work: Callable[[Engine], Any]) -> Any:
        task = self.begin(work)
        self.qtbot.waitUntil(task.done, timeout=WAIT)
        return task.result()

    def messages(self) -> list[Message]:
        return [message for batch in self.batches for message in batch]

    def until(self, is_true: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(is_true()), timeout=WAIT)

    @property
    def pid(self) -> int:
        child = self.bridge._child
        assert child is not None
        return child._process.pid


@pytest.fixture
def real(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Real]:
    monkeypatch.setenv("REELKEY_TOKEN", "canary-7a0b")
    bridge = Bridge(tmp_path / "profile", {"REELKEY_KUBO": str(tmp_path / "none"), "SECRET": "canary-4c1e"})
    yield Real(qtbot, window_loop, bridge)
    bridge.close(stop_node=False)
    assert bridge.ended


def test_what_is_asked_is_answered_and_told(real: Real) -> None:
    async def keep(engine: Engine) -> str:
        await engine.set_setting("server.studio", "https://library.example")
        return str((await engine.paths()).settings_file)

    assert "https://library.example" in Path(real.ask(keep)).read_text()
    real.until(lambda: SettingsChanged(("server.studio",)) in real.messages())

    with pytest.raises(SettingRefused) as caught:
        real.ask(lambda engine: engine.care.keep_library("no name!", "https://one.example"))
    assert caught.value.facts["key"] == "server.no name!"

    # Faults of ours are named and no more, on either side.
    with pytest.raises(Internal) as fault:
        real.ask(lambda engine: engine.care.keep_library("one", 345678))  # type: ignore[arg-type]
    assert "345678" not in str(fault.value)

    async def fault_of_the_window(_engine: Engine) -> None:
        raise ZeroDivisionError("with a secret in it")

    with pytest.raises(Internal) as here:
        real.ask(fault_of_the_window)
    assert "secret" not in str(here.value)

    # What can't cross is one too, and nothing waits for it.
    with pytest.raises(Internal):
        real.ask(lambda engine: engine.care.keep_library("one", lambda: None))  # type: ignore[arg-type]
    assert real.bridge._waiting == {}

    # What is given up here is given up there, and the engine goes on.
    asked = real.begin(lambda engine: engine.requests.facts(Path(__file__)))
    real.until(lambda: real.bridge._waiting)
    asked.cancel()
    real.until(asked.done)
    assert real.bridge._waiting == {}
    assert real.ask(lambda engine: engine.paths())


async def test_an_answer_that_can_not_cross_is_a_fault_that_can() -> None:
    to_window, from_engine = os.pipe()
    with os.fdopen(to_window, "rb") as reads, os.fdopen(from_engine, "wb") as writes:
        told = Outbound(Pipe(reads, writes))
        await told.send(Answered(7, lambda: "no pickle"))
        frame = Pipe(reads, writes).read()
    assert isinstance(frame, Refused)
    assert frame.number == 7
    assert isinstance(frame.error, Internal)


async def test_what_is_given_up_is_cancelled_there() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    class Slow:
        async def long(self) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    served = Served(Pipe(io.BytesIO(), io.BytesIO()), Begin(None, {}, None, "en"))
    served._engine = Slow()  # type: ignore[assignment]
    served._opened = asyncio.create_task(asyncio.sleep(0, None))
    served._take(Ask(3, ("long",)))
    await begun.wait()
    served._take(GiveUp(3))
    await ended.wait()


def test_every_error_crosses() -> None:
    import pickle

    from app.domain.errors.root import _all_kinds

    for kind in _all_kinds(ReelkeyError):
        error = kind(path="/films/长河.mov", need=3)
        same = pickle.loads(pickle.dumps(error))
        assert type(same) is kind
        assert same.facts == error.facts


@linux
def test_its_process_steps_back_names_no_secret_and_has_no_qt(real: Real, tmp_path: Path) -> None:
    real.until(real.messages)
    here, process = os.getpriority(os.PRIO_PROCESS, 0), Path(f"/proc/{real.pid}")
    assert os.getpriority(os.PRIO_PROCESS, real.pid) == min(19, here + 10)
    assert not any(b"canary" in (process / name).read_bytes() for name in ("cmdline", "environ"))
    assert "Qt6" not in (process / "maps").read_text()

    # It writes the profile's log, the window's lines too.
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("app.ui.somewhere").exception("a fault %s", "here")
    real.ask(lambda engine: engine.paths())
    real.bridge.close(stop_node=False)
    (text,) = (path.read_text("utf-8") for path in (tmp_path / "profile").rglob("reelkey.log"))
    assert "ERROR app.ui.somewhere a fault here" in text
    assert "ZeroDivisionError" in text

    # After closing nothing is asked any more.
    assert real.bridge.ended
    with pytest.raises(Internal):
        real.ask(lambda engine: engine.paths())


def test_a_profile_that_does_not_open_is_told(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    (tmp_path / "profile").write_text("no folder")
    bridge = Bridge(tmp_path / "profile", {})
    real = Real(qtbot, window_loop, bridge)
    real.until(lambda: any(isinstance(one, EngineStopped) for one in real.messages()))
    with pytest.raises(ReelkeyError):
        real.ask(lambda engine: engine.paths())
    before = real.pid
    (tmp_path / "profile").unlink()
    bridge.again()
    bridge.again()  # pressed twice
    real.until(lambda: RowsChanged() in real.messages())  # the window hears of an empty list too
    assert real.pid != before
    assert real.ask(lambda engine: engine.paths()).data_dir
    assert EngineOpens() in real.messages()
    bridge.close(stop_node=False)


def test_who_waits_while_it_is_closed_hears_so(real: Real) -> None:
    asked = real.begin(lambda engine: engine.paths())
    real.until(lambda: real.bridge._waiting)
    real.bridge.close(stop_node=True)
    real.until(asked.done)
    assert asked.cancelled()


@linux
def test_an_engine_that_is_killed_is_started_again_but_not_for_ever(real: Real) -> None:
    real.ask(lambda engine: engine.set_setting("server.studio", "https://library.example"))
    ended = [real.pid]
    os.kill(ended[-1], signal.SIGSTOP)  # so that it can't answer before its end
    asked = real.begin(lambda engine: engine.paths())
    real.until(lambda: real.bridge._waiting)
    os.kill(ended[-1], signal.SIGKILL)
    real.until(asked.done)
    assert isinstance(asked.exception(), EngineEnded)
    assert real.ask(lambda engine: engine.paths()).data_dir

    def stopped() -> bool:
        return any(isinstance(one, EngineStopped) for one in real.messages())

    assert real.pid not in ended
    assert not stopped()
    for last in (False, True):
        ended.append(real.pid)
        child = real.bridge._child
        assert child is not None
        os.kill(ended[-1], signal.SIGKILL)
        child._process.wait()
        # Asked when the window may not know yet that it ended: refused by its end, or answered by the next.
        asked = real.begin(lambda engine: engine.paths())
        real.until(asked.done)
        assert asked.exception() is None or isinstance(asked.exception(), EngineEnded)
        real.until(lambda: stopped() or real.pid not in ended)
        assert stopped() is last
    with pytest.raises(EngineEnded):
        real.ask(lambda engine: engine.paths())
    real.bridge.again()
    assert real.ask(lambda engine: engine.paths()).data_dir


@linux
def test_the_engine_ends_when_the_window_is_gone(tmp_path: Path) -> None:
    """The window is killed: a child of its own stands for it here."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from app.ui.bridge import _Child\n"
        "from app.ui.crossing import Begin, Happened\n"
        "def came(child, frame):\n"
        "    print(child._process.pid, type(frame).__name__, flush=True)\n"
        "child = _Child(came)\n"
        "child.write(Begin(Path(sys.argv[1]), {'REELKEY_KUBO': '/nowhere'}, None, 'en'))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "profile")], stdout=subprocess.PIPE, text=True
    ) as window:
        assert window.stdout is not None
        pid, _, frame = window.stdout.readline().partition(" ")
        assert frame == "Happened\n"
        window.kill()
        window.wait()
    ended = time.monotonic() + WAIT / 1000
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < ended
        time.sleep(0.01)
    assert not list((tmp_path / "profile").rglob("*-wal")), "the journal was closed in order"
