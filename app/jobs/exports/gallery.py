"""The gallery's side of a gallery's export: its list, its photos, and the word at its end."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

from app.cloud.retrying import Patience
from app.domain.errors import CloudError, SecretDamaged
from app.domain.events import warned
from app.domain.words import N_
from app.gallery.photo import Fetcher, Wanted
from app.gallery.request import GalleryRequest
from app.gallery.site import GallerySite
from app.jobs.desk import Desk
from app.jobs.exports.memory import Chunked
from app.jobs.exports.work import Opened, Work
from app.journal.exports import ExportRow, From, ItemChanges, ItemRow
from app.journal.records import Run

_ADDRESS, _SEALED = "archive_url", "archive_url_sealed"
_PURPOSE = "gallery"
#: What galleries call the destinations, where that is not the kind's own id.
_CLOUD_TYPES = {"google-drive": "google_drive", "yandex-disk": "yadisk"}


class GalleryOf:
    """The gallery of one export at work. Its `patience`, made by that of the name, is for the gallery's site
    as an account's is for its cloud."""

    def __init__(self, work: Work, site: GallerySite, patience: Callable[..., Patience]) -> None:
        self._work = work
        self._site = site
        self._request = GalleryRequest.of_fields(unsealed(work.desk, work.export.gallery))
        self.patience = patience(lambda: site.ask_whether_there(self._request))
        self._fetcher: Fetcher | None = None

    async def list(self) -> None:
        """Journal the gallery's photos, all in one commit; those that can't be fetched as failed."""
        photos = await self.patience.call(lambda: self._site.photos(self._request))
        born = f"{int(self._work.export.created * 1000):x}"
        items: list[ItemChanges] = []
        for photo in photos:
            item: ItemChanges = {
                "source": From.PHOTO,
                "place": photo.url,
                "key": f"{born}-{photo.key}",
                "name": photo.name,
                "subpath": photo.subpath,
                "size": photo.size,
                "mtime_ns": None if photo.created is None else int(photo.created * 1e9),
                "crc": photo.crc,
            }
            if (refused := photo.refused) is not None:
                item |= {"run": Run.FAILED, "error": refused.record()}
            items.append(item)
        number = self._work.export.number
        await self._work.ledger.add_items(number, items, listed=True)
        self._work.export = replace(self._work.export, listed=True)

    @asynccontextmanager
    async def photo(self, item: ItemRow) -> AsyncIterator[Opened]:
        """The photo of an item, fetched and checked."""
        if self._fetcher is None:
            places = await self._work.ledger.places(item.export)
            self._fetcher = self._site.fetcher(self._request, places)
        fetcher = self._fetcher
        wanted = Wanted(name=item.name, url=item.place, size=item.size or 0, crc=item.crc)
        async with AsyncExitStack() as stack:
            photo = await self.patience.call(lambda: stack.enter_async_context(fetcher.photo(wanted)))
            yield Opened(Chunked(photo.read, self._work.memory), item.size or 0, item.mtime_ns, _as_it_is)

    async def tell(self) -> None:
        """Tell the gallery of the end. That it can't be told harms nothing that was sent, and is made up for
        later (`app.jobs.exports.loose_ends`)."""
        work = self._work
        with suppress(CloudError):
            await tell(work.desk, work.export, self._site)


async def tell(desk: Desk, export: ExportRow, site: GallerySite, *, quiet: bool = False) -> ExportRow:
    """Tell an export's gallery of its end; the row as it is then. Raises CloudError, after a warning unless
    it is to be `quiet`."""
    ledger = desk.journal.exports
    request = GalleryRequest.of_fields(unsealed(desk, export.gallery))
    failed = (await ledger.tallies([export.number]))[export.number].failed
    kind = (await ledger.account(export.account)).kind
    try:
        await site.tell_done(request, failed, _CLOUD_TYPES.get(kind, kind))
    except CloudError as error:
        if not quiet:
            key = N_("{title}: all that could be sent is there, but the gallery could not be told: {reason}")
            desk.emit(warned(key, title=export.title, reason=error.message))
        raise
    return await ledger.update(export.number, told=True)


def sealed(desk: Desk, fields: Mapping[str, str]) -> dict[str, str]:
    """A request's fields as the journal keeps them: who has the archive address can read the gallery."""
    address = desk.seal(fields.get(_ADDRESS, "").encode(), _PURPOSE)
    rest = {name: text for name, text in fields.items() if name != _ADDRESS}
    return {**rest, _SEALED: base64.b64encode(address).decode()}


def unsealed(desk: Desk, fields: Mapping[str, str]) -> dict[str, str]:
    """What `sealed` was given. Raises SecretDamaged."""
    try:
        secret = base64.b64decode(fields.get(_SEALED, ""), validate=True)
    except ValueError:
        raise SecretDamaged(what=_SEALED) from None
    rest = {name: text for name, text in fields.items() if name != _SEALED}
    return {**rest, _ADDRESS: desk.unseal(secret, _PURPOSE).decode()}


async def _as_it_is() -> None:
    """It was checked when it was fetched."""
