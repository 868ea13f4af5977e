"""A blocking generator, driven from threads and closed for certain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def from_threads(blocking: Iterator[T]) -> AsyncGenerator[T, None]:
    """The values of `blocking`, each made in a thread. Given up half-way, it is closed once its thread let go
    of it: its files and its own threads end with it.
    """
    step: asyncio.Future[T | None] | None = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, blocking, None))
            value = await asyncio.shield(step)
            if value is None:
                return
            yield value
    finally:
        if step is not None and not step.done():
            with suppress(BaseException):
                await asyncio.wait([step])
        if isinstance(blocking, Generator):
            await asyncio.to_thread(blocking.close)
