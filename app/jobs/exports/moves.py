"""How far an export is, told at most four times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.cloud.metered import Meter
from app.domain.events import EventSink, ExportMoved, ExportRef
from app.domain.progress import Progress, RateMeter
from app.journal.exports import Tally

_EVERY = 0.25


class Moves:
    """Bytes and files of one export, as they go."""

    def __init__(
        self, ref: ExportRef, emit: EventSink, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ref = ref
        self._emit = emit
        self._clock = clock
        self._rate = RateMeter()
        self._tally = Tally()
        self._done = self._skipped = self._ended = 0
        self._under_way: dict[int, Meter] = {}
        self._told_at = float("-inf")

    def begin(self, tally: Tally, done: int) -> None:
        """Where the export stands now: `done` bytes are of files that are done."""
        self._tally, self._done, self._skipped = tally, done, done
        self._ended = tally.sent + tally.skipped + tally.failed
        self.told()

    def grew(self, bytes_more: int) -> None:
        """A file has more bytes than was known."""
        self._tally = Tally(self._tally.items, bytes_total=max(0, self._tally.bytes_total + bytes_more))

    def under_way(self, item: int, meter: Meter) -> None:
        """The item's bytes count from now on."""
        self._under_way[item] = meter

    def stopped(self, item: int) -> None:
        """The item's bytes don't count any more."""
        self._under_way.pop(item, None)

    def ended(self, item: int, size: int, *, skipped: bool = False) -> None:
        """One file more ended; `size` bytes of it are there (0: it failed)."""
        self.stopped(item)
        self._ended += 1
        self._done += size
        self._skipped += size if skipped else 0
        self.moved()

    def moved(self) -> None:
        """Something moved: told if it is time to."""
        if self._clock() - self._told_at >= _EVERY:
            self.told()

    def told(self) -> None:
        """Tell how far it is now."""
        now = self._clock()
        self._told_at = now
        done = self._done + sum(meter.sent for meter in self._under_way.values())
        rate = self._rate.add(now, done - self._skipped)
        progress = Progress("send", done, max(done, self._tally.bytes_total), rate)
        self._emit(ExportMoved(self._ref, progress, self._ended, max(self._ended, self._tally.items)))
