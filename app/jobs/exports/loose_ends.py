"""What exports leave to be done when they end, seen to again and again as long as the process runs: a gallery
that could not be told, uploads of a cancelled export that could not be thrown away."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from app.domain.errors import Busy, CloudUnreachable, ReelkeyError
from app.jobs.exports.running import Running
from app.jobs.leases import Leases
from app.journal.export_ledger import ExportLedger
from app.journal.exports import ExportRow

log = logging.getLogger(__name__)
_LOOK_EVERY = 900.0


class LooseEnds:
    """Sees to them from `begin` on."""

    def __init__(self, running: Running, ledger: ExportLedger, leases: Leases) -> None:
        self._running = running
        self._ledger = ledger
        self._leases = leases
        self._look = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look now, and from now on. Again: look at once."""
        self._look.set()
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    async def last_look(self, row: ExportRow) -> None:
        """Before an export is forgotten, for nothing else knows of what it left at the cloud. Raises
        CloudUnreachable where that is away, Busy; no other reason keeps an export on the list."""
        if row.littered:
            error = (await self._running.start(row.number)).error
            if isinstance(error, CloudUnreachable | Busy):
                raise error

    async def aclose(self) -> None:
        """What is not done by now is left for the next start."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self._look.clear()
            try:
                for row in await self._ledger.loose_ends():
                    await self._tie_up(row)
            except Exception:
                log.exception("what exports left to be done could not be seen to; the next look comes")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._look.wait()

    async def _tie_up(self, row: ExportRow) -> None:
        """Nothing where somebody is at it, or where the one that was away still is."""
        with self._leases.take(row.id) as mine, suppress(ReelkeyError):
            if mine:
                await self._running.tie_up(row.number, quiet=True)
