"""The story of one file of an export: looked for, named, sent, completed, compared.

Whatever is done outward stands in the journal first: the name that was taken, then the upload's state. A kill
at any moment is followed by the same story, which goes on where the destination stands."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.cloud.destination import Entry, Outgoing, Source, State, Upload
from app.cloud.metered import Meter
from app.cloud.retrying import TRIES, SteadyUpload
from app.domain.errors import (
    ChangedWhileSent,
    CloudRefused,
    FolderGone,
    NotTheSame,
    ReelkeyError,
    SecretDamaged,
    SourceGone,
    TooLargeForCloud,
    UploadLost,
)
from app.domain.events import ItemEnded
from app.jobs.exports.checking import compared, is_same
from app.jobs.exports.names import file_name, joined
from app.jobs.exports.work import Opened, Work
from app.jobs.together import together
from app.journal.exports import ItemRow
from app.journal.records import Run

_NOTE_EVERY = 1.0


async def send_item(work: Work, item: ItemRow) -> None:
    """Bring one item to the destination. Raises what stops it; `fail_item` notes that."""
    item = await _at_the_same_place(work, item)
    async with work.opened(item) as opened:
        item = await _same_as_before(work, item, opened)
        folder = await work.folder_of(item)
        if item.state_sealed is None:
            folder = await _readable(work, item, folder)
            there = await _there_already(work, item, opened, folder)
            if there is not None:
                await _done(work, item, there[0], there[1], skipped=there[0].key != item.key)
                return
            item = await _named(work, item, opened, folder)
        entry, hashes = await _sent(work, item, opened, folder)
    await _done(work, item, entry, hashes, skipped=False)


async def fail_item(work: Work, item: ItemRow, error: ReelkeyError) -> None:
    """Note that an item failed; the others go on."""
    await work.ledger.change_item(item.number, run=Run.FAILED, error=error.record())
    work.moves.ended(item.number, 0)
    work.emit(ItemEnded(work.ref, item.name, "failed", error))


async def throw_away(work: Work, item: ItemRow) -> None:
    """Leave nothing of an unfinished item at the destination. Raises CloudError where it can't be told."""
    state = _state(work, item)
    if state is not None:
        folder = await work.connection.folders.there(joined(work.export.folder, item.subpath))
        outgoing = _outgoing(item, _Nothing(), folder or "", _Kept(work, item))
        with suppress(UploadLost):  # forgotten there by itself
            upload = await work.connection.destination.open(outgoing, state)
            await upload.close(keep=False)
    await work.ledger.change_item(item.number, state_sealed=None, remote_name="", sent=0)


# --- the steps -------------------------------------------------------------------------------------------


async def _at_the_same_place(work: Work, item: ItemRow) -> ItemRow:
    """The item; to be begun anew where it was begun at a place that the account's options no longer name."""
    begun = _begun(work, item)
    if begun is None or begun["place"] == work.connection.place:
        return item
    with suppress(CloudRefused):  # nothing but litter
        await throw_away(work, item)
    await work.ledger.change_item(item.number, state_sealed=None, remote_name="", sent=0)
    return replace(item, state_sealed=None, remote_name="", sent=0)


async def _same_as_before(work: Work, item: ItemRow, opened: Opened) -> ItemRow:
    """The item with the size of its source. One that changed since a part of it was sent begins anew, after a
    person has seen it. Raises ChangedWhileSent, TooLargeForCloud."""
    changed = item.size is not None and (opened.size, opened.mtime_ns) != (item.size, item.mtime_ns)
    if changed and item.state_sealed is not None:
        await throw_away(work, item)
        await _note_look(work, item, opened)
        raise ChangedWhileSent(path=item.place)
    limit = work.connection.kind.abilities.largest
    if limit is not None and opened.size > limit:
        raise TooLargeForCloud(cloud=work.cloud, size=opened.size, limit=limit)
    if item.size != opened.size:
        work.moves.grew(opened.size - (item.size or 0))
    return replace(item, size=opened.size, mtime_ns=opened.mtime_ns)


async def _note_look(work: Work, item: ItemRow, opened: Opened) -> None:
    await work.ledger.change_item(item.number, size=opened.size, mtime_ns=opened.mtime_ns)


async def _readable(work: Work, item: ItemRow, folder: str) -> str:
    """The item's folder, whose list is known then. One that was remembered may be gone since."""
    for _ in range(TRIES - 1):
        try:
            await work.listing(folder, item.subpath)
        except FolderGone:
            folder = await work.in_place_of(folder, item)
        else:
            return folder
    await work.listing(folder, item.subpath)
    return folder


async def _there_already(
    work: Work, item: ItemRow, opened: Opened, folder: str
) -> tuple[Entry, dict[str, str]] | None:
    """An entry of the item's name, or of a twin's, that has the same bytes."""
    listing = await work.listing(folder, item.subpath)
    abilities = work.connection.kind.abilities
    for entry in listing.alike(file_name(item.name, abilities.name_bytes), opened.size):
        if await is_same(entry, opened.source, opened.size, abilities):
            return entry, {name: text for name, text in entry.hashes.items() if name in abilities.hashers}
    return None


async def _named(work: Work, item: ItemRow, opened: Opened, folder: str) -> ItemRow:
    """Take a name that nothing has there, and that no other item takes."""
    listing = await work.listing(folder, item.subpath)
    name = file_name(item.name, work.connection.kind.abilities.name_bytes)
    taken = await work.ledger.reserve_name(
        item.number,
        listing.free(name),
        run=Run.ACTIVE,
        tries=item.tries + 1,
        size=opened.size,
        mtime_ns=opened.mtime_ns,
        error=None,
    )
    return replace(item, remote_name=taken)


async def _sent(work: Work, item: ItemRow, opened: Opened, folder: str) -> tuple[Entry, dict[str, str]]:
    """Send the item and compare what stands there then; the entry and the hashes that agree."""
    kept = _Kept(work, item)
    for tries in range(1, TRIES + 1):
        meter = Meter(opened.source, work.connection.bandwidth, work.moves.moved)
        outgoing = _outgoing(item, meter, folder, kept)
        try:
            upload = await work.connection.destination.open(outgoing, kept.state)
            with work.under_way(item, meter, upload):
                return await _completed(work, item, opened, upload, meter, kept)
        except UploadLost:
            if tries == TRIES:
                raise
            await kept.drop()
            folder = await work.folder_or_next(folder, item)
        except FolderGone:
            if tries == TRIES:
                raise
            folder = await work.in_place_of(folder, item)
    raise AssertionError("the last try has returned or raised")


async def _completed(
    work: Work, item: ItemRow, opened: Opened, upload: SteadyUpload, meter: Meter, kept: _Kept
) -> tuple[Entry, dict[str, str]]:
    try:
        await _all_pieces(work, upload, meter, kept)
        await opened.check()
        entry = await upload.close(keep=True)
        if entry is None:
            raise UploadLost(cloud=work.cloud)
        abilities = work.connection.kind.abilities
        hashes = await compared(entry, upload.digests, opened.source, opened.size, abilities, work.cloud)
    except (ChangedWhileSent, NotTheSame):
        await upload.close(keep=False)
        await work.ledger.change_item(item.number, state_sealed=None, remote_name="", sent=0)
        await _note_look(work, item, opened)
        raise
    return entry, hashes


async def _all_pieces(work: Work, upload: SteadyUpload, meter: Meter, kept: _Kept) -> None:
    async def worker() -> None:
        while (piece := upload.next_piece()) is not None:
            meter.begin(piece)
            try:
                await upload.send(piece)
            finally:
                meter.end(piece, upload.done)
            await kept.note(upload)

    meter.correct(upload.done)
    # A piece that failed is taken up again by the worker that had it: none is left behind.
    try:
        await together(*(worker() for _ in range(work.connection.pieces_at_once)))
    finally:
        await kept.note(upload, now=True)


async def _done(work: Work, item: ItemRow, entry: Entry, hashes: dict[str, str], *, skipped: bool) -> None:
    size = entry.size or 0
    await work.ledger.change_item(
        item.number,
        run=Run.DONE,
        skipped=skipped,
        sent=size,
        size=item.size,
        mtime_ns=item.mtime_ns,
        state_sealed=None,
        remote_name=entry.name,
        remote_id=entry.id,
        link=entry.link,
        hashes=hashes,
        error=None,
    )
    work.moves.ended(item.number, size, skipped=skipped)
    work.emit(ItemEnded(work.ref, item.name, "skipped" if skipped else "sent"))


# --- what a destination is given -------------------------------------------------------------------------


class _Kept:
    """The state of an item's upload, in the journal before anything follows from it."""

    def __init__(self, work: Work, item: ItemRow) -> None:
        self._work, self._item = work, item
        self.state = _state(work, item)
        self._noted_at = float("-inf")

    async def keep(self, state: State) -> None:
        begun = {"place": self._work.connection.place, "state": dict(state)}
        sealed = self._work.desk.seal(json.dumps(begun).encode(), _purpose(self._item))
        await self._work.ledger.change_item(self._item.number, state_sealed=sealed)
        self.state = state

    async def note(self, upload: Upload, *, now: bool = False) -> None:
        """The upload came forward: what a kill would take from it is about a second's work. Clouds that can
        be asked where they stand have nothing new to be noted."""
        if not now and time.monotonic() - self._noted_at < _NOTE_EVERY:
            return
        self._noted_at = time.monotonic()
        state = upload.state
        if state and state != self.state:
            await self.keep(state)

    async def drop(self) -> None:
        """There is no such upload any more."""
        await self._work.ledger.change_item(self._item.number, state_sealed=None, sent=0)
        self.state = None


def _outgoing(item: ItemRow, source: Source, folder: str, kept: _Kept) -> Outgoing:
    return Outgoing(
        name=item.remote_name,
        size=item.size or 0,
        folder=folder,
        key=item.key,
        source=source,
        keep=kept.keep,
        modified=None if item.mtime_ns is None else item.mtime_ns / 1e9,
        media_type=mimetypes.guess_type(item.name)[0] or "application/octet-stream",
    )


def _state(work: Work, item: ItemRow) -> State | None:
    begun = _begun(work, item)
    return None if begun is None else begun["state"]


def _begun(work: Work, item: ItemRow) -> dict[str, Any] | None:
    """Where the item's upload was begun (`place`), and its `state`."""
    if item.state_sealed is None:
        return None
    with suppress(SecretDamaged, ValueError):
        begun = json.loads(work.desk.unseal(item.state_sealed, _purpose(item)))
        return begun if isinstance(begun, dict) and set(begun) == {"place", "state"} else None
    return None


def _purpose(item: ItemRow) -> str:
    """What a state is sealed for: this very item, so that none can stand in another's place."""
    return f"upload x{item.export} {item.key}"


class _Nothing:
    """The source of an upload that is only thrown away."""

    def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        raise SourceGone(path="")
