"""Requests to a gallery's computers, and to no others.

A name is looked up once for a connection, each address it leads to is checked, and the connection goes to the
very address that was: a name that leads elsewhere a moment later gains nothing. Redirects are followed by
hand, each target checked like a first address. No cookies, no sign-in, no proxy: a proxy would do the looking
up.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import httpx2

from app import __version__
from app.domain.errors import CloudUnreachable, GalleryRefused
from app.domain.words import N_
from app.gallery.addresses import origin_of, url_of
from app.net.answers import Answer, read_answer
from app.net.foreign import FOREIGN, reason

if TYPE_CHECKING:
    import httpcore2

    from app.gallery.checked import Resolve

MAX_REDIRECTS = 3
_CONNECT = 20.0
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_IMPLEMENTED = 501  # it does not know the small question, and is well


async def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class Reach:
    """The one way out to galleries. `stand_in`: an origin on this computer that may be asked too. `stall`:
    seconds without a byte coming. `resolve`, `tls` and `backend` are others in tests alone."""

    def __init__(
        self,
        stand_in: str = "",
        *,
        stall: float = 60.0,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
        backend: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._stand_in = stand_in
        # Not before it is needed: it takes longer to load than most of a short command.
        from app.gallery.checked import checked_transport  # noqa: PLC0415

        self._client = httpx2.AsyncClient(
            transport=checked_transport(stand_in, resolve, tls, backend),
            timeout=httpx2.Timeout(stall, connect=min(stall, _CONNECT)),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": f"reelkey/{__version__}", "Accept-Encoding": "identity"},
        )

    @asynccontextmanager
    async def get(
        self, address: str, allowed: Collection[str], method: str = "GET"
    ) -> AsyncIterator[httpx2.Response]:
        """The answer of `address`, which is read by the caller (`aiter_raw`); up to three redirects are
        followed. Only origins of `allowed` are asked. Raises GalleryRefused for any other, CloudUnreachable
        where no answer comes, while it is read too."""
        url = _checked(address, allowed)
        with self._errors(url):
            for _ in range(MAX_REDIRECTS + 1):
                async with self._client.stream(method, url) as response:
                    if response.status_code not in _REDIRECTS:
                        yield response
                        return
                    url = _checked(_target(url, response), allowed)
        raise GalleryRefused(reason=N_("it sends us from place to place"))

    async def post(self, address: str, body: Any, *, seconds: float = 60.0) -> Answer:
        """Tell `address` something, once, as JSON; redirects are answers like others. Raises
        CloudUnreachable."""
        url = url_of(address)
        with self._errors(url):
            async with asyncio.timeout(seconds), self._client.stream("POST", url, json=body) as response:
                return await read_answer(response)

    async def ask_whether_there(self, origin: str) -> None:
        """A small question. Any answer will do, a redirect too. Raises CloudUnreachable where none comes, or
        one by which the site is ill."""
        with suppress(GalleryRefused):
            async with self.get(f"{origin}/", {origin}, "HEAD") as response:
                status = response.status_code
                if status >= 500 and status != _NOT_IMPLEMENTED:
                    raise CloudUnreachable(cloud=url_of(origin).host, reason=f"HTTP {status}")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    @contextmanager
    def _errors(self, url: httpx2.URL) -> Iterator[None]:
        try:
            yield
        except FOREIGN as error:
            raise CloudUnreachable(cloud=url.host, reason=reason(error)) from None


def _target(url: httpx2.URL, response: httpx2.Response) -> str:
    """Where a redirect leads. Raises GalleryRefused."""
    try:
        return str(url.join(response.headers.get("Location", "")))
    except (httpx2.InvalidURL, UnicodeError):
        return ""


def _checked(address: str, allowed: Collection[str]) -> httpx2.URL:
    try:
        url = url_of(address)
    except ValueError:
        raise _elsewhere() from None
    if origin_of(url) not in allowed:
        raise _elsewhere()
    return url


def _elsewhere() -> GalleryRefused:
    return GalleryRefused(reason=N_("its address leads to a computer that is none of the gallery's"))
