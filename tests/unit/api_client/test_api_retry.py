from __future__ import annotations

import asyncio

import pytest

from app.api_client import until_answered
from app.domain.errors import (
    ServerAnswerUnclear,
    ServerError,
    ServerRedirected,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Calls:
    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.count = 0

    async def __call__(self) -> str:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def gone(retry_after: float | None = None) -> ServerUnreachable:
    return ServerUnreachable(server="x", reason="y", retry_after=retry_after)


async def test_it_asks_again_until_there_is_an_answer() -> None:
    clock, calls = Clock(), Calls(gone(), ServerAnswerUnclear(reason="page"), gone())
    heard: list[tuple[str, float]] = []

    def on_wait(error: ServerError, wait: float) -> None:
        heard.append((error.code, wait))

    answer = await until_answered(
        calls, give_up_after=None, clock=clock, sleep=clock.sleep, on_wait=on_wait, jitter=lambda: 1.0
    )
    assert answer == "answer"
    assert clock.slept == [1.0, 2.0, 4.0]
    assert heard == [("server_unreachable", 1.0), ("server_answer", 2.0), ("server_unreachable", 4.0)]


async def test_waits_are_capped_and_jittered() -> None:
    clock, calls = Clock(), Calls(*[gone() for _ in range(12)])
    await until_answered(calls, give_up_after=None, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]


async def test_a_longer_retry_after_is_kept() -> None:
    clock, calls = Clock(), Calls(gone(90.0), gone(0.0))
    await until_answered(calls, give_up_after=None, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0)
    assert clock.slept == [90.0, 2.0]


@pytest.mark.parametrize(
    "error",
    [
        ServerRefused(text="no", status=400),
        TokenRefused(text="no"),
        ServerRedirected(server="x", status=301),
        ValueError("ours"),
    ],
)
async def test_a_refusal_is_not_asked_again(error: Exception) -> None:
    clock, calls = Clock(), Calls(error)
    with pytest.raises(type(error)):
        await until_answered(calls, give_up_after=None, clock=clock, sleep=clock.sleep)
    assert calls.count == 1


async def test_patience_ends_with_a_last_try_and_the_last_error() -> None:
    clock, last = Clock(), gone()
    calls = Calls(*[gone() for _ in range(6)], last, gone())
    with pytest.raises(ServerUnreachable) as caught:
        await until_answered(calls, give_up_after=60.0, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0)
    assert caught.value is last
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 29.0]  # the last wait is cut, then one try more
    assert clock.now == 1060.0


async def test_a_retry_after_beyond_the_patience_ends_it_at_once() -> None:
    clock, calls = Clock(), Calls(gone(300.0))
    with pytest.raises(ServerUnreachable):
        await until_answered(calls, give_up_after=60.0, clock=clock, sleep=clock.sleep)
    assert clock.slept == []


async def test_a_call_that_hangs_does_not_outlast_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api_client.retry._SHORTEST_TRY", 0.05)

    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ServerUnreachable):
        await until_answered(hang, give_up_after=0.1, jitter=lambda: 0.0)


async def test_cancelling_is_let_through() -> None:
    started = asyncio.Event()

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(until_answered(hang, give_up_after=60.0))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
