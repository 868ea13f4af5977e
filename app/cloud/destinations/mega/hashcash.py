"""The proof of work that MEGA asks for with HTTP 402, mostly at sign-in."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from dataclasses import dataclass

from app.cloud.destinations.mega.keys import Undecryptable, from_text, to_text

_TOKEN = 48
_REPEATS = 262_144
#: Easier ones are found in seconds; a server that asks for more than this many tries is not answered.
_MOST_TRIES = 50_000


class TooHard(Exception):
    """A proof that can't be made in a sensible time, or a demand that is none."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the header ``X-Hashcash`` asks for: ``1:<easiness>:<time>:<token>``."""

    token: bytes
    threshold: int

    @classmethod
    def read(cls, header: str) -> Demand:
        """Raises TooHard."""
        parts = header.strip().split(":")
        if len(parts) != 4 or parts[0] != "1" or not (parts[1].isascii() and parts[1].isdigit()):
            raise TooHard("form")
        easiness = int(parts[1][:4])
        try:
            token = from_text(parts[3])
        except Undecryptable:
            raise TooHard("token") from None
        threshold = (((easiness & 63) << 1) + 1) << ((easiness >> 6) * 7 + 3)
        if len(token) != _TOKEN or easiness > 255 or (1 << 32) // (threshold + 1) > _MOST_TRIES:
            raise TooHard("easiness")
        return cls(token, threshold)

    def answer(self, prefix: bytes) -> str:
        """The header that goes with the repeated request."""
        return f"1:{to_text(self.token)}:{to_text(prefix)}"

    def buffer(self) -> bytearray:
        """What is hashed: four bytes for the prefix, and the token again and again (12 MiB)."""
        return bytearray(4) + bytearray(self.token * _REPEATS)


def search(demand: Demand, stop: threading.Event, seconds: float) -> bytes:
    """The first prefix whose hash is low enough. Stops at `stop` or after `seconds`. Raises TooHard."""
    buffer = demand.buffer()
    end = time.monotonic() + seconds
    tries = 0
    while not stop.is_set() and time.monotonic() < end:
        buffer[0:4] = tries.to_bytes(4, "little")
        if int.from_bytes(hashlib.sha256(buffer).digest()[:4], "big") <= demand.threshold:
            return bytes(buffer[0:4])
        tries += 1
    raise TooHard("time")


async def solve(header: str, seconds: float = 120.0) -> str:
    """The answer to the demand in `header`, worked out in a thread: hashing leaves the loop free. Raises
    TooHard."""
    demand = Demand.read(header)
    stop = threading.Event()
    try:
        return demand.answer(await asyncio.to_thread(search, demand, stop, seconds))
    finally:
        stop.set()
