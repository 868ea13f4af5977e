"""The story of one export: its list, its files, its end.

    list     a gallery is asked for its photos; films and files are listed since they were ordered
    send     so many files at once as the account allows, each a story of its own (`item`)
    wait     for films that are still being received, then they are sent
    tell     a gallery hears how it went

One file's failure does not stop the others. What stops all of them (no sign-in, no room) is raised."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from app.domain.errors import (
    CloudFull,
    Internal,
    JournalDamaged,
    NoSpace,
    NotNow,
    ReelkeyError,
    SignInExpired,
    TargetUnwritable,
    UnknownTask,
)
from app.domain.words import N_
from app.jobs.exports.choose import opened_file
from app.jobs.exports.item import fail_item, send_item
from app.jobs.exports.work import Work
from app.jobs.runner import Places
from app.jobs.together import together
from app.journal.exports import From, ItemRow
from app.journal.records import Run

log = logging.getLogger(__name__)
_PAGE = 64
_WORKERS = 16
_LOOK_EVERY = 1.0
_NOTE_EVERY = 5.0
# These are no item's own fault: the export rests until a person has mended them.
STOPS_ALL = (SignInExpired, CloudFull, NoSpace, TargetUnwritable, JournalDamaged)


async def export(work: Work) -> None:
    """Bring an export to its end, from wherever it stands. Raises what stops all of it."""
    if work.gallery is not None and not work.export.listed:
        await work.gallery.list()
    await _send(work)
    if work.gallery is not None and not work.export.told:
        await work.gallery.tell()


async def _send(work: Work) -> None:
    """Send what an export holds and has not sent. Items that failed before stay failed."""
    ledger, number = work.ledger, work.export.number
    await ledger.again(number, (Run.ACTIVE, Run.WAITING, Run.PAUSED))
    begun = sum(item.sent for item in await ledger.begun(number) if item.run is not Run.FAILED)
    tally = (await ledger.tallies([number]))[number]
    work.moves.begin(tally, tally.bytes_done - begun)
    noting = asyncio.create_task(_note_often(work))
    try:
        await work.connection.folders.id_of(work.export.folder, work.maker)
        films = await _send_all(work, _Queue(work))
        await _send_as_they_come(work, films)
    finally:
        noting.cancel()
        await asyncio.gather(noting, return_exceptions=True)
        work.moves.told()


class _Queue:
    """What an export has to send, in its order, a page at a time: 100,000 photos are never in memory at
    once."""

    def __init__(self, work: Work, items: Sequence[ItemRow] | None = None) -> None:
        self._work = work
        self._page = deque(items or ())
        self._more = items is None
        self._after = 0
        self._one_at_a_time = asyncio.Lock()

    async def next(self) -> ItemRow | None:
        """The next item, None where there is none."""
        async with self._one_at_a_time:
            if not self._page and self._more:
                page = await self._work.ledger.queued(
                    self._work.export.number, after=self._after, limit=_PAGE
                )
                self._more = len(page) == _PAGE
                self._after = page[-1].number if page else self._after
                self._page.extend(page)
            return self._page.popleft() if self._page else None


async def _send_all(work: Work, items: _Queue) -> list[ItemRow]:
    """Send `items`, several at once; those that are films which haven't arrived yet come back."""
    films: list[ItemRow] = []

    async def worker(mine: Places) -> None:
        while True:
            # A place for each item anew: exports of one account take turns.
            async with _place(work, mine):
                if (item := await items.next()) is None:
                    return
                if item.source is From.FILM:
                    films.append(item)
                else:
                    await _send_one(work, item)

    with work.connection.share() as mine:
        await together(*(worker(mine) for _ in range(_WORKERS)))
    return films


@asynccontextmanager
async def _place(work: Work, mine: Places) -> AsyncIterator[None]:
    """A place of the account. An export stands in that queue with no more than it may have at once (`mine`),
    so that one with 2,000 photos is not in the way of one with a film."""
    async with _held(mine), _held(work.connection.places):
        yield


@asynccontextmanager
async def _held(places: Places) -> AsyncIterator[None]:
    await places.acquire()
    try:
        yield
    finally:
        places.release()


async def _send_one(work: Work, item: ItemRow) -> None:
    try:
        await send_item(work, item)
    except STOPS_ALL:
        raise
    except ReelkeyError as error:
        await fail_item(work, item, error)
    except Exception as error:
        log.exception("an item of %s stopped by a fault of ours", work.ref.id)
        await fail_item(work, item, Internal(kind=type(error).__name__))


async def _send_as_they_come(work: Work, films: list[ItemRow]) -> None:
    """Films that are still being received: each is sent once it is opened."""
    ledger, number = work.ledger, work.export.number
    while films:
        await ledger.update(number, run=Run.WAITING)
        arrived: list[ItemRow] = []
        while not arrived and films:
            for item in tuple(films):
                if (sent := await _arrived(work, item)) is not None:
                    films.remove(item)
                    arrived += sent
            if not arrived and films:
                await asyncio.sleep(_LOOK_EVERY)
        await ledger.update(number, run=Run.ACTIVE)
        await _send_all(work, _Queue(work, arrived))


async def _arrived(work: Work, item: ItemRow) -> list[ItemRow] | None:
    """The item as the file it has become; none where the film was given up; None while it is on its way."""
    try:
        film = await work.desk.journal.get(int(item.place[1:]))
        if film.run is Run.CANCELLED:
            raise NotNow(source_name=item.name, reason=N_("it was cancelled"))
    except (UnknownTask, NotNow) as error:
        await fail_item(work, item, error)
        return []
    path = opened_file(film)
    if path is None:
        return None
    await work.ledger.change_item(item.number, source=From.FILE, place=str(path), name=path.name)
    return [replace(item, source=From.FILE, place=str(path), name=path.name)]


async def _note_often(work: Work) -> None:
    while True:
        await asyncio.sleep(_NOTE_EVERY)
        await work.note_sent()
