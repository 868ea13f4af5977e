"""HTTP/1.1 over blocking sockets, a thread for each step: what all requests to clouds go through.

A gigabyte, or a thousand photos, cost an asynchronous client more processor time than hashing and encrypting
them. Here the standard library's client writes into the socket from a thread, with Python's lock let go of;
connecting, and waiting for turns, is the event loop's. A request that is cancelled shuts its connection
down, which wakes the thread.

Errors are httpx2's, or the system's (OSError, ssl.SSLError): `app.net.foreign` has the words for both.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TypeVar
from urllib.request import getproxies

import httpx2

from app.cloud.line import Head, Line, as_httpx2
from app.cloud.ways import Way, connect, find_way, origin_of, target_of
from app.net.answers import MAX_BODY, Answer

T = TypeVar("T")

_MOST = 64
# Chunks that wait to leave together: of one request, and of all.
_TOGETHER, _TOGETHER_OF_ALL = 2**20, 8 * 2**20
_WAITS = 0.1


class Wire:
    """Requests with these `headers` beside their own. `stall`: seconds without a byte going or coming;
    `connect`: seconds for a connection; `trust_env`: whether the environment's proxies count."""

    def __init__(
        self,
        headers: Mapping[str, str],
        tls: Callable[[], ssl.SSLContext],
        *,
        stall: float,
        connect: float,
        trust_env: bool,
    ) -> None:
        self._headers = dict(headers)
        self._tls = tls
        self._stall, self._connect = stall, connect
        proxies = getproxies() if trust_env else {}
        self._idle: dict[Way, list[Line]] = {}
        self._streams = 0
        self._threads = ThreadPoolExecutor(_MOST, thread_name_prefix="wire")
        self._way = lru_cache(maxsize=64)(lambda origin: find_way(origin, proxies))

    def reaches(self, url: str) -> bool:
        """Whether this client can make requests to `url`: no other proxy than one of plain HTTP leads
        there."""
        return self._way(origin_of(url)) is not None

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | AsyncIterator[bytes] | None,
        *,
        limit: int = MAX_BODY,
    ) -> Answer:
        """One request and its answer of up to `limit` bytes. With `content` that is a stream, `headers` have
        its Content-Length. Where the other side stops listening, its answer says why."""
        way = self._way(origin_of(url))
        if way is None:
            raise httpx2.UnsupportedProtocol("")
        head = Head(method, target_of(url), {"Host": way.authority, **self._headers, **headers})
        line = self._kept(way) or await self._connected(way)
        try:
            if content is None or isinstance(content, bytes):
                answer = await self._step(line, lambda: line.exchange(head, (content or b"",), limit))
            else:
                self._streams += 1
                try:
                    answer = await self._streamed(line, head, content, limit)
                finally:
                    self._streams -= 1
        except BaseException:
            line.abort()
            raise
        if line.is_good:
            self._idle.setdefault(way, []).append(line)
        else:
            line.abort()
        return answer

    async def _streamed(
        self, line: Line, head: Head | None, content: AsyncIterator[bytes], limit: int
    ) -> Answer:
        """Chunks of the moment leave in one step, for each step costs: a photo is one."""
        loop = asyncio.get_running_loop()
        parts: list[bytes] = []
        size, since = 0, 0.0
        async for chunk in content:
            now = loop.time()
            since = since if parts else now
            parts.append(chunk)
            size += len(chunk)
            # What came slowly must not wait: no line may fall silent for long.
            enough = min(_TOGETHER, _TOGETHER_OF_ALL // self._streams)
            if size >= enough or now - since > _WAITS:
                whole = await self._step(line, partial(line.send, head, parts))
                head, parts, size = None, [], 0
                if not whole:
                    break
        return await self._step(line, lambda: line.exchange(head, parts, limit))

    async def aclose(self) -> None:
        """Let go of all connections."""
        for lines in self._idle.values():
            for line in lines:
                line.abort()
        self._idle.clear()
        self._threads.shutdown(wait=False)

    async def _step(self, line: Line, work: Callable[[], T]) -> T:
        with as_httpx2():
            line.busy = busy = self._threads.submit(work)
            return await asyncio.wrap_future(busy)

    def _kept(self, way: Way) -> Line | None:
        """A connection that is free, and still there as far as can be seen."""
        lines = self._idle.get(way, [])
        while lines:
            line = lines.pop()
            if line.is_fresh():
                return line
            line.abort()
        return None

    async def _connected(self, way: Way) -> Line:
        try:
            async with asyncio.timeout(self._connect):
                sock = await connect(way)
        except TimeoutError:
            raise httpx2.ConnectTimeout("") from None
        sock.settimeout(self._connect)
        if not way.secure:
            return Line(sock, self._stall)
        line = Line(_wrapped(sock, self._tls(), way.host), self._stall)
        try:
            await self._step(line, line.shake_hands)
        except TimeoutError:
            line.abort()
            raise httpx2.ConnectTimeout("") from None
        except BaseException:
            line.abort()
            raise
        return line


def _wrapped(sock: socket.socket, tls: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    try:
        return tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
