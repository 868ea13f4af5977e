"""The crossing between the threads."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import Internal, NotNow, ProfileKeyLost
from app.domain.events import Progressed, ServerSaid
from app.domain.progress import Progress
from app.ui.bridge import Bridge, thinned
from app.ui.engine import Engine
from app.ui.messages import EngineStopped, Message, NodeSeen, RowsChanged, Told
from tests.ui.fakes import make_row


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


@pytest.fixture
def bridge(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bridge]:
    """A bridge to a real engine whose node can't start: no Kubo is needed for crossing threads."""
    del window_loop
    env = {"REELKEY_KUBO": str(tmp_path / "none")}
    made = Bridge(tmp_path / "profile", env)
    yield made
    made.close(stop_node=False)


def ask(qtbot: QtBot, loop: asyncio.AbstractEventLoop, bridge: Bridge, work: object) -> object:
    task: asyncio.Task[object] = loop.create_task(bridge.call(work))  # type: ignore[arg-type]
    qtbot.waitUntil(task.done, timeout=10_000)
    return task.result()


def test_work_runs_on_the_engines_thread_and_answers_here(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, bridge: Bridge
) -> None:
    bridge.start()

    async def where(_engine: Engine) -> str:
        return threading.current_thread().name

    assert ask(qtbot, window_loop, bridge, where) == "engine"


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a thread has its own priority on Linux alone"
)
def test_the_engine_lets_the_window_go_first(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, bridge: Bridge
) -> None:
    bridge.start()

    async def mine(_engine: Engine) -> tuple[int, int]:
        def priority() -> int:
            return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

        return priority(), await asyncio.to_thread(priority)

    here = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    there = ask(qtbot, window_loop, bridge, mine)
    assert there == (max(here, 5), max(here, 5)), "and so do the threads that seal"


def test_what_is_raised_there_is_raised_here_and_faults_of_ours_are_named(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, bridge: Bridge
) -> None:
    bridge.start()

    async def refuse(_engine: Engine) -> None:
        raise NotNow(source_name="a", reason="b")

    async def fail(_engine: Engine) -> None:
        raise ZeroDivisionError("with a secret in it")

    with pytest.raises(NotNow):
        ask(qtbot, window_loop, bridge, refuse)
    with pytest.raises(Internal) as caught:
        ask(qtbot, window_loop, bridge, fail)
    assert "secret" not in str(caught.value)


def test_messages_come_in_batches_at_most_four_times_a_second(qtbot: QtBot, bridge: Bridge) -> None:
    batches: list[list[Message]] = []
    bridge.arrived.connect(batches.append)
    bridge.start()
    qtbot.waitUntil(lambda: any(isinstance(one, NodeSeen) for batch in batches for one in batch))
    batches.clear()
    many = threading.Event()

    def flood() -> None:
        for number in range(5000):
            bridge.engine.post(Told(Progressed(make_row(1).ref, Progress("seal", number, 5000)), 0.0))
        many.set()

    threading.Thread(target=flood).start()
    qtbot.waitUntil(
        lambda: (
            many.is_set()
            and bool(batches)
            and getattr(getattr(batches[-1][-1], "event", None), "progress", Progress("", 0, 1)).done == 4999
        ),
        timeout=5000,
    )
    assert len(batches) <= 4


def test_a_profile_that_does_not_open_is_told(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost(_self: Engine) -> None:
        raise ProfileKeyLost(place="here", reason="gone")

    monkeypatch.setattr(Engine, "open", lost)
    got: list[Message] = []
    bridge.arrived.connect(got.extend)
    bridge.start()
    qtbot.waitUntil(lambda: any(isinstance(one, EngineStopped) for one in got))

    async def anything(_engine: Engine) -> None:
        raise AssertionError

    with pytest.raises(ProfileKeyLost):
        ask(qtbot, window_loop, bridge, anything)


def test_after_closing_nothing_is_asked_any_more(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, bridge: Bridge
) -> None:
    bridge.start()
    bridge.close(stop_node=False)

    async def anything(_engine: Engine) -> None:
        raise AssertionError

    with pytest.raises(Internal):
        ask(qtbot, window_loop, bridge, anything)


def test_closing_while_it_opens_ends_it_and_who_waited_for_it(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def slow(_self: Engine) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(Engine, "open", slow)
    bridge.start()
    assert begun.wait(10)

    async def anything(_engine: Engine) -> None:
        raise AssertionError

    asked = window_loop.create_task(bridge.call(anything))
    qtbot.waitUntil(lambda: bool(bridge._calls))
    bridge.close(stop_node=True)
    assert ended.is_set()
    assert bridge.ended
    qtbot.waitUntil(asked.done)
    assert asked.cancelled() or isinstance(asked.exception(), Internal)


def test_what_the_window_asked_is_ended_before_the_profile_is_closed(
    qtbot: QtBot, window_loop: asyncio.AbstractEventLoop, bridge: Bridge
) -> None:
    bridge.start()
    at_the_end: list[bool] = []

    async def long(engine: Engine) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            at_the_end.append(bool(await engine.place.desk.journal.all() == []))

    asked = window_loop.create_task(bridge.call(long))
    qtbot.waitUntil(lambda: bool(bridge._calls) and bridge._opened.done())
    bridge.close(stop_node=False)
    assert at_the_end == [True], "the journal was open to the last"
    qtbot.waitUntil(asked.done)


def test_a_thread_that_hangs_does_not_keep_the_window_from_closing(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.ui.bridge._THREADS_END_WITHIN", 0.2)
    bridge.start()
    hangs, goes_on = threading.Event(), threading.Event()

    def scan() -> None:
        hangs.set()
        goes_on.wait(60)

    asked = window_loop.create_task(bridge.call(lambda _engine: asyncio.to_thread(scan)))
    qtbot.waitUntil(hangs.is_set, timeout=10_000)
    bridge.close(stop_node=False)
    assert not bridge.ended
    goes_on.set()
    qtbot.waitUntil(lambda: bridge.ended, timeout=10_000)
    qtbot.waitUntil(asked.done)
