"""Limits of an account: requests a second and bytes a second, shared by all that goes to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

_BURST_SECONDS = 0.25
_LOOK_EVERY = 0.25
_SMALLEST = 4096


class Bucket:
    """Lets through `rate` units a second over time (0: all at once), up to `burst` at a time. First come,
    first served: who asks for more than there is waits, and those behind wait too."""

    def __init__(
        self,
        rate: float,
        burst: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate, self._burst = rate, burst
        self._clock, self._sleep = clock, sleep
        self._free_at = float("-inf")
        self._settings = 0

    def set(self, rate: float, burst: float) -> None:
        """Another rate from now on; who waits by the old one is let through."""
        self._rate, self._burst = rate, burst
        self._free_at = float("-inf")
        self._settings += 1

    async def take(self, amount: float) -> None:
        """Wait until `amount` may pass."""
        if self._rate <= 0:
            return
        now = self._clock()
        # The moment at which all that was let through is paid for; it may lie `burst` in the future.
        self._free_at = max(self._free_at, now - self._burst / self._rate) + amount / self._rate
        mine, settings = self._free_at, self._settings
        while (left := mine - self._clock()) > 0 and settings == self._settings:
            await self._sleep(min(left, _LOOK_EVERY))


class Pace:
    """Requests a second (0: no limit)."""

    def __init__(self, rate: float) -> None:
        self._bucket = Bucket(rate, max(1.0, rate))

    async def wait(self) -> None:
        """Wait for the turn of one request."""
        await self._bucket.take(1.0)


class Bandwidth:
    """Bytes a second (0: no limit); may be changed while files are on their way."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._bucket = Bucket(rate, rate * _BURST_SECONDS)

    def set(self, rate: int) -> None:
        self._rate = rate
        self._bucket.set(rate, rate * _BURST_SECONDS)

    async def portions(self, chunk: bytes) -> AsyncIterator[bytes]:
        """`chunk` in portions, each when it may leave: small ones where the rate is, so that no line falls
        silent for long."""
        at = 0
        while at < len(chunk):
            size = max(_SMALLEST, int(self._rate * _BURST_SECONDS)) if self._rate > 0 else len(chunk)
            portion = chunk if at == 0 and size >= len(chunk) else chunk[at : at + size]
            await self._bucket.take(len(portion))
            at += len(portion)
            yield portion
