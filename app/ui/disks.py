"""Threads of their own for what a person's folders are asked.

A mount that does not answer keeps a thread for as long as it likes. The loop's own threads are few, and
sign-ins, the node's files and all films in work need them: no folder that somebody named may take those.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from app.domain.errors import PathMissing
from app.jobs.scan import Scan, find_films

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 8
# A person ticks films in a list: a request for more than that is one for a disk, not for films.
_MOST_FILES, _MOST_FILMS = 100_000, 2_000


class Disks:
    """Asks disks, and looks for films there."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "disks")

    async def ask(self, work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
        """What `work` answers, which may block."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *arguments, **named))

    async def find_films(
        self, folders: Sequence[Path], endings: Sequence[str], cancelled: threading.Event
    ) -> Scan:
        """The films in `folders`. The look ends when nobody waits for it any more, or with `cancelled`, which
        is set then. Raises NoFilms, TooManyFiles, Cancelled; PathMissing for what is a path elsewhere."""
        for folder in folders:
            if not folder.is_absolute():  # a link's, whole on another system alone
                raise PathMissing(path=str(folder))
        try:
            return await self.ask(
                find_films,
                folders,
                endings,
                most_files=_MOST_FILES,
                most_films=_MOST_FILMS,
                cancelled=cancelled,
            )
        finally:
            cancelled.set()  # where the wait for the thread was cancelled, the thread ends by this

    def close(self) -> None:
        """Begin nothing more, and wait for nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)
