"""What is pushed: packets in the order they happened, and who waits for the next."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.errors import Number, Refused

_KEPT = 5000


class Events:
    """All accounts' packets under one running number (`sn`). For the event loop alone."""

    def __init__(self) -> None:
        self._number = 1
        self._packets: list[tuple[int, str, dict[str, Any]]] = []
        self._waits: dict[str, tuple[str, int]] = {}
        self._changed = asyncio.Event()

    @property
    def now(self) -> str:
        """The number of the last packet, as clients name it."""
        return crypto.b64(self._number.to_bytes(8, "big"))

    def push(self, user: str, packet: dict[str, Any]) -> None:
        self._number += 1
        self._packets.append((self._number, user, packet))
        del self._packets[:-_KEPT]
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, user: str, sn: str) -> list[dict[str, Any]]:
        """The user's packets after that number. Raises Refused for no number."""
        number = _number(sn)
        return [packet for at, whose, packet in self._packets if at > number and whose == user]

    def waiting_place(self, user: str, sn: str) -> str:
        """A token for an address that answers once there is news."""
        token = secrets.token_urlsafe(12)
        self._waits[token] = (user, _number(sn))
        return token

    async def wait(self, token: str) -> None:
        """Until there is news for whoever got this token. Raises Refused for an unknown one."""
        if token not in self._waits:
            raise Refused(Number.NOENT)
        user, number = self._waits[token]
        while not any(at > number and whose == user for at, whose, _ in self._packets):
            await self._changed.wait()


def _number(sn: str) -> int:
    try:
        data = crypto.unb64(sn)
    except ValueError:
        data = b""
    if len(data) != 8:
        raise Refused(Number.ARGS)
    return int.from_bytes(data, "big")
