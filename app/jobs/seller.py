"""The way to a film's seller: dialled by the address that the task names, tried for as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from app.domain.errors import NoProvider
from app.domain.events import Failed
from app.ipfs.fetch import connect_uploader
from app.ipfs.rpc import KuboRpc
from app.jobs.desk import Desk
from app.jobs.reports import Reporter
from app.jobs.runner import Slot

_PAUSE_AFTER_STALL = 2.0

T = TypeVar("T")


class Seller:
    """Where a film comes from. `read_again` reads its task, for the seller's newer address."""

    def __init__(
        self, desk: Desk, report: Reporter, slot: Slot, read_again: Callable[[], Awaitable[None]]
    ) -> None:
        self._desk = desk
        self._report = report
        self._slot = slot
        self._read_again = read_again
        self._tried: list[str] = []
        self._met: KuboRpc | None = None  # the node that knows the seller's

    async def bring(self, call: Callable[[KuboRpc, Sequence[str]], Awaitable[T]]) -> T:
        """What `call` brings, of our node and the addresses that were tried: a seller may be off for days.

        After each stall the task is read again, and other films have their turn: one seller who is away does
        not keep the others' films back. Raises NoProvider after `patience`.
        """
        started = time.monotonic()
        await self._desk.with_node(self._meet, self._report.task.ref)
        while True:
            try:
                return await self._at_node(call)
            except NoProvider as error:
                patience = self._desk.preferences.patience
                if patience is not None and time.monotonic() - started > patience:
                    raise
                self._desk.emit(Failed(error, self._report.task.ref))
            await self._slot.sleep(_PAUSE_AFTER_STALL)
            await self._read_again()
            await self._desk.with_node(self._meet, self._report.task.ref)

    async def _meet(self, rpc: KuboRpc) -> None:
        tried = await connect_uploader(rpc, self._report.task.announced)
        self._tried = [one.describe() for one in tried]
        self._met = rpc

    async def _at_node(self, call: Callable[[KuboRpc, Sequence[str]], Awaitable[T]]) -> T:
        """What the node answers to `call`. One that was started again has forgotten the seller's address."""

        async def met(rpc: KuboRpc) -> T:
            if rpc is not self._met:
                await self._meet(rpc)
            return await call(rpc, self._tried)

        return await self._desk.with_node(met, self._report.task.ref)
