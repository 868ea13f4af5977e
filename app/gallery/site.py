"""A gallery service as Reelkey uses it: its lists, its photos, and being told of the end.

site = GallerySite(env, folder)
photos = await site.photos(request)
fetcher = site.fetcher(request, (photo.url for photo in photos))
async with fetcher.photo(Wanted(…)) as source: …
await site.tell_done(request, failed=0, cloud_type="google_drive")
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from app.domain.errors import CloudError, CloudRefused, CloudUnreachable, GalleryRefused
from app.domain.words import N_
from app.gallery.addresses import url_of
from app.gallery.keeping import IN_MEMORY
from app.gallery.listing import MAX_LIST, Listing, Photo, origins_of
from app.gallery.photo import DELAYS, LONGEST_WAIT, TRIES, Fetcher, Sleep
from app.gallery.reach import Reach
from app.gallery.request import GalleryRequest, done_url, list_url, main_origin, stand_in_origin
from app.net.answers import Answer, retry_after_seconds
from app.net.budget import Budget

T = TypeVar("T")

_LIST_TIME = 600.0


class GallerySite:
    """One for a process: its connections and the memory for photos (`budget`) are shared by all galleries.
    `folder` takes photos that are too large for memory. `env` may name a stand-in. Raises GalleryRefused for
    a stand-in that is not on this computer."""

    def __init__(
        self,
        env: Mapping[str, str],
        folder: Path,
        *,
        budget: Budget | None = None,
        reach: Reach | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._env = env
        self._folder = folder
        self._stand_in = stand_in_origin(env)
        self._budget = budget or Budget(IN_MEMORY)
        self._reach = reach or Reach(self._stand_in)
        self._sleep = sleep
        self._jitter = jitter

    async def photos(self, request: GalleryRequest) -> list[Photo]:
        """Every photo of the gallery, in the list's order; up to five tries. Photos with a `fault` can't be
        fetched. Raises GalleryRefused, CloudUnreachable."""
        return await self._tried(lambda: self._list(request))

    def fetcher(self, request: GalleryRequest, addresses: Iterable[str]) -> Fetcher:
        """What fetches photos. `addresses`: those of all photos of the list, the ones that are done too;
        beside the main host, only where they lie may anything be fetched."""
        main = main_origin(request, self._env)
        return Fetcher(
            self._reach,
            origins=origins_of(addresses, self._stand_in) | {main},
            main=main,
            folder=self._folder,
            budget=self._budget,
            sleep=self._sleep,
            jitter=self._jitter,
        )

    async def ask_whether_there(self, request: GalleryRequest) -> None:
        """Ask the main host a small question. Raises CloudUnreachable where it is away or ill."""
        await self._reach.ask_whether_there(main_origin(request, self._env))

    async def tell_done(self, request: GalleryRequest, failed: int, cloud_type: str) -> None:
        """Tell the service that the export has ended and how many photos `failed`; `cloud_type` is its name
        for the destination (``google_drive``, ``yadisk``). Up to five tries; telling it twice does no harm.
        Raises CloudUnreachable, CloudRefused."""
        address = done_url(request, main_origin(request, self._env))
        body = {
            "cloud_type": cloud_type,
            "failed_photos": failed,
            "archive_type": request.archive_type.value,
        }

        async def tell() -> None:
            answer = await self._reach.post(address, body)
            if not 200 <= answer.status < 300:
                raise _refusal(address, answer)

        await self._tried(tell)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._reach.aclose()

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` gives; again, up to five times, while it raises CloudUnreachable."""
        for delay in DELAYS:
            try:
                return await call()
            except CloudUnreachable as error:
                asked = error.facts.get("retry_after")
                wait = delay * (1 + self._jitter() / 4)
                if isinstance(asked, int | float):
                    wait = max(wait, min(float(asked), LONGEST_WAIT))
            await self._sleep(wait)
        return await call()

    async def _list(self, request: GalleryRequest) -> list[Photo]:
        main = main_origin(request, self._env)
        address = list_url(request, main)
        listing = Listing(self._stand_in)
        try:
            async with asyncio.timeout(_LIST_TIME), self._reach.get(address, {main}) as response:
                if response.status_code != 200:
                    wait = retry_after_seconds(response.headers.get("Retry-After"))
                    raise _no_list(address, response.status_code, wait)
                length = response.headers.get("Content-Length", "0")
                encoded = response.headers.get("Content-Encoding", "identity").lower() != "identity"
                if encoded or (length.isdecimal() and int(length[:19]) > MAX_LIST):
                    raise GalleryRefused(reason=N_("its list is too long"))
                async for data in response.aiter_raw(256 * 1024):
                    await asyncio.to_thread(listing.feed, data)
        except TimeoutError:
            raise _unreachable(address, N_("no answer in time"), None) from None
        return listing.finish()


def _no_list(address: str, status: int, wait: float | None) -> CloudError:
    if status in (408, 425, 429) or status >= 500:
        return _unreachable(address, f"HTTP {status}", wait)
    return GalleryRefused(reason=N_("its site does not know this address ({status})"), status=status)


def _refusal(address: str, answer: Answer) -> CloudError:
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return _unreachable(address, f"HTTP {answer.status}", answer.retry_after)
    text = (answer.body or b"")[:200].decode("utf-8", "replace").strip()
    return CloudRefused(cloud=url_of(address).host, text=text, status=answer.status)


def _unreachable(address: str, reason: str, wait: float | None) -> CloudUnreachable:
    if wait is None:
        return CloudUnreachable(cloud=url_of(address).host, reason=reason)
    return CloudUnreachable(cloud=url_of(address).host, reason=reason, retry_after=wait)


__all__ = ["TRIES", "GallerySite"]
