"""Connections to a gallery's computers: public addresses alone, each checked and then used as it is."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

import httpcore2
import httpx2

from app.domain.errors import CloudUnreachable
from app.domain.words import N_
from app.gallery.addresses import is_public

_NEXT_ADDRESS = 5.0  # one of several addresses has so long to answer

#: The addresses of a name, best first.
Resolve = Callable[[str, int], Awaitable[list[str]]]


def checked_transport(
    stand_in: str,
    resolve: Resolve,
    tls: ssl.SSLContext | None,
    backend: httpcore2.AsyncNetworkBackend | None,
) -> httpx2.AsyncBaseTransport:
    """What a client for galleries sends by. `stand_in`: an origin on this computer that may be asked too."""
    return _Transport(
        httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(),  # SSL_CERT_FILE counts
            max_connections=64,
            max_keepalive_connections=64,
            keepalive_expiry=15.0,
            network_backend=_CheckedBackend(stand_in, resolve, backend or httpcore2.AnyIOBackend()),
        )
    )


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
