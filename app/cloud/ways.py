"""Ways to servers: by which proxy, if any, and a connected socket."""

from __future__ import annotations

import asyncio
import re
import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass

import httpx2

_HEAD = 16 * 1024
# An address that does not answer (IPv6 that leads nowhere) holds the next one up for so long.
_STAGGER = 0.25
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Way:
    """Where connections of one kind lead: the server, and the proxy before it with what it wants to hear."""

    secure: bool
    host: str
    port: int
    proxy: tuple[str, int] | None = None
    proxy_says: str = field(default="", repr=False)

    @property
    def authority(self) -> str:
        """The server as a request names it (``Host``). UnicodeError for a name that can't be."""
        usual = self.port == _PORTS["https" if self.secure else "http"]
        return _name(self.host) if usual else f"{_name(self.host)}:{self.port}"


def find_way(origin: str, proxies: Mapping[str, str]) -> Way | None:
    """The way to an origin by `proxies` (as `urllib.request.getproxies` gives them); None where it leads by
    a proxy of another kind than plain HTTP with CONNECT. Raises httpx2's InvalidURL, UnsupportedProtocol."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        given = _proxy(parts.scheme, host, proxies)
        proxy = urlsplit(given) if given else None
        before = (proxy.hostname or "", proxy.port or 80) if proxy else None
    except ValueError:
        raise httpx2.InvalidURL("") from None
    if parts.scheme not in _PORTS or not host:
        raise httpx2.UnsupportedProtocol("")
    secure = parts.scheme == "https"
    if proxy is not None and (proxy.scheme != "http" or not proxy.hostname or not secure):
        return None
    return Way(secure, host, port, before, _authorization(proxy) if proxy else "")


def _proxy(scheme: str, host: str, proxies: Mapping[str, str]) -> str:
    """The address of the proxy that leads there; "" where none does."""
    given = proxies.get(scheme) or proxies.get("all") or ""
    if not given or proxy_bypass(host):
        return ""
    return given if "://" in given else f"http://{given}"


def origin_of(url: str) -> str:
    """Scheme and authority of an address."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}"


def target_of(url: str) -> str:
    """What a request line says of an address."""
    _, _, rest = url.partition("#")[0].partition("://")
    found = re.search("[/?]", rest)
    target = rest[found.start() :] if found else ""
    return target if target.startswith("/") else f"/{target}"


async def connect(way: Way) -> socket.socket:
    """A socket that leads to the server, through its proxy. Raises OSError, httpx2's ProxyError."""
    sock = await _connect(*(way.proxy or (way.host, way.port)))
    if way.proxy is not None:
        try:
            await _through_proxy(sock, way)
        except BaseException:
            sock.close()
            raise
    return sock


async def _connect(host: str, port: int) -> socket.socket:
    """A connection to the first address of `host` that answers. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    tries = [
        asyncio.create_task(_connect_to(family, address, number * _STAGGER))
        for number, (family, _, _, _, address) in enumerate(found)
    ]
    won: socket.socket | None = None
    error = OSError()

    def close(late: asyncio.Task[socket.socket]) -> None:
        if not late.cancelled() and late.exception() is None and late.result() is not won:
            late.result().close()

    try:
        for one in asyncio.as_completed(tries):
            try:
                won = await one
            except OSError as failed:
                error = failed
            else:
                return won
        raise error
    finally:
        # Not waited for: who is cancelled here would have a socket that nobody closes.
        for late in tries:
            late.cancel()
            late.add_done_callback(close)


async def _connect_to(family: int, address: tuple[Any, ...], after: float) -> socket.socket:
    await asyncio.sleep(after)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _through_proxy(sock: socket.socket, way: Way) -> None:
    """Have the proxy lead on to the server (RFC 9110, section 9.3.6)."""
    loop, there = asyncio.get_running_loop(), f"{_name(way.host)}:{way.port}"
    head = f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{way.proxy_says}\r\n"
    await loop.sock_sendall(sock, head.encode("ascii"))
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        some = await loop.sock_recv(sock, 1)  # not a byte more: what follows is the server's
        said += some
        if not some or len(said) > _HEAD:
            raise httpx2.ProxyError("")
    version, status, *_ = [*said.split(b"\r\n", 1)[0].split(b" ", 2), b"", b""]
    if not version.startswith(b"HTTP/1.") or len(status) != 3 or not status.startswith(b"2"):
        raise httpx2.ProxyError("")


def _name(host: str) -> str:
    """A host as it stands in an address. UnicodeError for one that can't."""
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _authorization(proxy: SplitResult) -> str:
    """What a proxy hears of who asks, as a line of the head; "" where its address names nobody."""
    if proxy.username is None:
        return ""
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {b64encode(pair.encode()).decode('ascii')}\r\n"
