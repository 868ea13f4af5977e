"""Asking again until the server answers: a wrapper, so that the calls and the jobs stay free of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from app.domain.errors import ServerAnswerUnclear, ServerError, ServerUnreachable
from app.domain.words import N_, tr

T = TypeVar("T")

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
# So that a last try is a real one, however little of the patience is left.
_SHORTEST_TRY = 5.0


async def until_answered(
    call: Callable[[], Awaitable[T]],
    *,
    give_up_after: float | None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_wait: Callable[[ServerError, float], None] | None = None,
    jitter: Callable[[], float] = random.random,
) -> T:
    """What `call` returns, called again while it raises ServerUnreachable or ServerAnswerUnclear.

    Waits double from 1 s to 60 s, each shortened by up to a half at random so that many clients don't come
    back at once; a longer Retry-After is kept. `give_up_after` seconds (None: never) after the start the last
    error is raised. `on_wait` hears each error and the wait in seconds that follows it.
    """
    start = clock()
    delay = FIRST_DELAY
    while True:
        left = None if give_up_after is None else give_up_after - (clock() - start)
        try:
            return await _one_try(call, left)
        except (ServerUnreachable, ServerAnswerUnclear) as error:
            wait = delay * (0.5 + 0.5 * jitter())
            asked = error.facts.get("retry_after")
            if isinstance(asked, (int, float)):
                wait = max(wait, float(asked))
            if give_up_after is not None:
                left = give_up_after - (clock() - start)
                if left <= 0 or (isinstance(asked, (int, float)) and asked > left):
                    raise
                wait = min(wait, left)
            failed = error
        if on_wait is not None:
            on_wait(failed, wait)
        await sleep(wait)
        delay = min(LONGEST_DELAY, delay * 2)


async def _one_try(call: Callable[[], Awaitable[T]], left: float | None) -> T:
    if left is None:
        return await call()
    with suppress(TimeoutError):
        async with asyncio.timeout(max(left, _SHORTEST_TRY)):
            return await call()
    raise ServerUnreachable(server=tr(N_("The library")), reason=N_("no answer in time"))
