"""What the story of one export works with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.cloud.destination import Source, Upload
from app.cloud.metered import Meter
from app.domain.errors import FolderGone
from app.domain.events import EventSink, ExportRef
from app.jobs.desk import Desk
from app.jobs.exports.connection import Connection
from app.jobs.exports.folders import BELIEVED
from app.jobs.exports.listing import Listing
from app.jobs.exports.memory import Memory
from app.jobs.exports.moves import Moves
from app.jobs.exports.names import file_name, joined
from app.jobs.exports.sources import FileSource, block_source
from app.journal.export_ledger import ExportLedger
from app.journal.exports import ExportRow, From, ItemRow


@dataclass(frozen=True, slots=True)
class Opened:
    """An item's source, ready to be read: its size now, its time (None: it has none), and `check`, which
    raises SourceChanged where it is no longer the same."""

    source: Source
    size: int
    mtime_ns: int | None
    check: Callable[[], Awaitable[None]]


class Gallery(Protocol):
    """What the story of a gallery's export asks of `app.jobs.exports.gallery`."""

    async def list(self) -> None:
        """Journal the gallery's photos. Raises GalleryRefused, CloudUnreachable."""
        ...

    def photo(self, item: ItemRow) -> AbstractAsyncContextManager[Opened]:
        """A photo, fetched and checked. Raises PhotoNotWhole, CloudUnreachable, NoSpace."""
        ...

    async def tell(self) -> None:
        """Tell the gallery how it went."""
        ...


@dataclass(slots=True)
class Work:
    """One export at work."""

    desk: Desk
    connection: Connection
    export: ExportRow
    ref: ExportRef
    moves: Moves
    memory: Memory
    gallery: Gallery | None = None
    _listings: dict[str, tuple[str, Listing]] = field(default_factory=dict)
    _listing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: dict[int, Upload] = field(default_factory=dict)

    @property
    def ledger(self) -> ExportLedger:
        return self.desk.journal.exports

    @property
    def emit(self) -> EventSink:
        return self.desk.emit

    @property
    def cloud(self) -> str:
        """The cloud's name, for messages."""
        return self.connection.kind.title

    @property
    def maker(self) -> str:
        """What the folders that this export makes are known by."""
        return f"{self.export.id} {self.export.created!r}"

    async def folder_of(self, item: ItemRow) -> str:
        """The id of the destination's folder for an item."""
        return await self.connection.folders.id_of(joined(self.export.folder, item.subpath), self.maker)

    async def in_place_of(self, gone: str, item: ItemRow) -> str:
        """The id of the item's folder, found or made anew, where the one of id `gone` was."""
        await self.connection.folders.forget(gone)
        return await self.folder_of(item)

    async def folder_or_next(self, folder: str, item: ItemRow) -> str:
        """`folder` where it is still there, else as `in_place_of`."""
        try:
            async for _ in self.connection.destination.list(folder):
                pass
        except FolderGone:
            return await self.in_place_of(folder, item)
        return folder

    async def listing(self, folder: str, subpath: str) -> Listing:
        """What lies in a folder of the destination, read once. Raises FolderGone."""
        async with self._listing:
            known = self._listings.get(subpath)
            if known is None or known[0] != folder:
                longest = self.connection.kind.abilities.name_bytes
                names = await self.ledger.names(self.export.number, subpath)
                wanted = [file_name(name, longest) for name in names]
                path = joined(self.export.folder, subpath)
                lately = await self.ledger.sent_lately(self.export.account, time.time() - BELIEVED)
                here = [(name, remote) for *above, name, remote in lately if joined(*above) == path]
                known = (folder, await Listing.of(self.connection.destination, folder, wanted, here))
                self._listings[subpath] = known
            return known[1]

    @asynccontextmanager
    async def opened(self, item: ItemRow) -> AsyncIterator[Opened]:
        """The item's bytes. Raises SourceGone and the like."""
        if item.source is From.PHOTO:
            assert self.gallery is not None  # noqa: S101 - a gallery's export has it
            async with self.gallery.photo(item) as photo:
                yield photo
        elif item.source is From.BLOCK:
            block = block_source(item.place, self.desk.with_node, self.memory)
            yield Opened(block, item.size or 0, None, _as_it_is)
        else:
            file = await FileSource.at(Path(item.place), self.memory)
            yield Opened(file, file.look.size, file.look.mtime_ns, file.check)

    @contextmanager
    def under_way(self, item: ItemRow, meter: Meter, upload: Upload) -> Iterator[None]:
        """For the block the item's bytes count as being sent."""
        self._under_way[item.number] = upload
        self.moves.under_way(item.number, meter)
        try:
            yield
        finally:
            self._under_way.pop(item.number, None)
            self.moves.stopped(item.number)

    async def note_sent(self) -> None:
        """Bring to the journal how much of the files under way stands at the destination."""
        for number, upload in tuple(self._under_way.items()):
            await self.ledger.change_item(number, sent=upload.done)


async def _as_it_is() -> None:
    """What is named by its hash can't change."""
