"""A blocking generator, driven from threads and closed for certain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(work: Callable[..., T], *arguments: Any) -> T:
    """`work` in a thread, waited for even when we are cancelled: what it uses (a descriptor, a buffer) must
    not be closed or filled anew under its hands.
    """
    step = asyncio.get_running_loop().run_in_executor(None, partial(work, *arguments))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise


async def from_threads(blocking: Iterator[T]) -> AsyncGenerator[T, None]:
    """The values of `blocking`, each made in a thread. Given up half-way, it is closed once its thread let go
    of it: its files and its own threads end with it.
    """
    try:
        while (value := await to_the_end(next, blocking, None)) is not None:
            yield value
    finally:
        if isinstance(blocking, Generator):
            await asyncio.to_thread(blocking.close)
