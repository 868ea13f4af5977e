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
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2

from app import __version__
from app.domain.errors import CloudUnreachable, GalleryRefused
from app.domain.words import N_
from app.gallery.addresses import is_public, origin_of, url_of
from app.net.answers import Answer, read_answer
from app.net.foreign import FOREIGN, reason

MAX_REDIRECTS = 3
_CONNECT = 20.0
_NEXT_ADDRESS = 5.0  # one of several addresses has so long to answer
_REDIRECTS = (301, 302, 303, 307, 308)

#: The addresses of a name, best first.
Resolve = Callable[[str, int], Awaitable[list[str]]]


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
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(),  # SSL_CERT_FILE counts
            max_connections=64,
            max_keepalive_connections=64,
            keepalive_expiry=15.0,
            network_backend=_CheckedBackend(stand_in, resolve, backend or httpcore2.AnyIOBackend()),
        )
        self._client = httpx2.AsyncClient(
            transport=_Transport(pool),
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


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses alone, each checked and then used as it is; and to the stand-in."""

    def __init__(self, stand_in: str, resolve: Resolve, below: httpcore2.AsyncNetworkBackend) -> None:
        url = httpx2.URL(stand_in) if stand_in else None
        self._stand_in = (url.host, url.port or (443 if url.scheme == "https" else 80)) if url else None
        self._resolve = resolve
        self._below = below

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to `host`. Raises CloudUnreachable where its name leads to no public address."""
        if (host, port) == self._stand_in:
            return await self._below.connect_tcp(host, port, timeout, local_address, socket_options)
        addresses = await self._public(host, port, timeout)
        for address in addresses[:-1]:
            try:
                seconds = min(timeout or _NEXT_ADDRESS, _NEXT_ADDRESS)
                return await self._below.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._below.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def _public(self, host: str, port: int, timeout: float | None) -> list[str]:
        """The addresses of `host` that may be asked, one at least."""
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError from error
        public = [address for address in found if is_public(address)]
        if not public:
            # Not for good: the page of a network that wants a sign-in first looks like this too.
            raise CloudUnreachable(cloud=host, reason=N_("its name leads into a private network"))
        return public

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport(httpx2.AsyncBaseTransport):
    """A client's transport over a pool of ours: httpx2's own knows no backend."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert isinstance(request.stream, httpx2.AsyncByteStream)  # noqa: S101 - for the type checker
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _as_httpx2():
            response = await self._pool.handle_async_request(
                httpcore2.Request(
                    request.method,
                    target,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx2.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx2():
            async for piece in self._response.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


@contextmanager
def _as_httpx2() -> Iterator[None]:
    """httpcore2's errors as the ones that `app.net.foreign` has reasons for."""
    try:
        yield
    except httpcore2.ConnectTimeout as error:
        raise httpx2.ConnectTimeout("") from error
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout("") from error
    except httpcore2.ConnectError as error:
        raise httpx2.ConnectError("") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.ReadError("") from error
