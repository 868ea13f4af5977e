"""The bulk's way to and from the node: one HTTP/1.0 exchange on a socket of our own.

httpx2 copies an upload's chunks three times, and takes a download apart frame by frame where Kubo sends
chunked frames of 4 KiB (6 s of our CPU a GiB). HTTP/1.0 has no frames: the body is what comes until the end,
and its length is checked against what was asked for. See docs/decisions/bulk-over-plain-sockets.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.ipfs.edge import Unclear, node_errors
from app.ipfs.endpoint import Endpoint

_HEAD_LIMIT = 32 * 2**10
_CONNECT_SECONDS = 10.0
# Loopback hands over little at a time; waking up for each 4 KiB costs more than reading them.
_WAKE_AT = 256 * 2**10
_SEND_BUFFER = 2**21


@dataclass(frozen=True, slots=True)
class Head:
    """An answer's status and headers (names in lower case)."""

    status: int
    headers: dict[str, str]


@dataclass(slots=True)
class Line:
    """An open exchange. `patience` is how many seconds the node may take nothing, or send nothing.

    Every method raises NodeUnavailable where the node broke off or stalls, NodeFault where what comes is
    no HTTP.
    """

    endpoint: Endpoint
    doing: str
    patience: float
    _socket: socket.socket
    _rest: bytes = field(default=b"", init=False)

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of `data`; when this returns nothing refers to it any more."""
        with node_errors(self.endpoint.url, self.doing):
            async with asyncio.timeout(self.patience):
                await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def head(self) -> Head:
        """The answer's head; what came behind it is kept for `read_into`."""
        with node_errors(self.endpoint.url, self.doing):
            data = b""
            while b"\r\n\r\n" not in data:
                if len(data) > _HEAD_LIMIT:
                    raise Unclear("a head without an end")
                piece = await self._receive(_HEAD_LIMIT)
                if not piece:
                    raise EOFError
                data += piece
            head, _, self._rest = data.partition(b"\r\n\r\n")
            return _parse_head(head)

    async def read_into(self, view: memoryview) -> int:
        """Fill `view` as far as the answer goes; bytes filled, fewer than its length only at the end."""
        filled = min(len(self._rest), len(view))
        view[:filled] = self._rest[:filled]
        self._rest = self._rest[filled:]
        loop = asyncio.get_running_loop()
        with node_errors(self.endpoint.url, self.doing):
            async with asyncio.timeout(self.patience):
                while filled < len(view):
                    count = await loop.sock_recv_into(self._socket, view[filled:])
                    if count == 0:
                        break
                    filled += count
        return filled

    async def read_rest(self, limit: int) -> bytes:
        """The rest of a small answer. One of more than `limit` bytes is NodeFault."""
        buffer = bytearray(limit + 1)
        count = await self.read_into(memoryview(buffer))
        with node_errors(self.endpoint.url, self.doing):
            if count > limit:
                raise Unclear("it is too long")
        return bytes(buffer[:count])

    def expect_bulk(self) -> None:
        """From here on much will come: wake up only for a good deal of it (not every system can)."""
        with contextlib.suppress(OSError, AttributeError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _WAKE_AT)

    async def _receive(self, size: int) -> bytes:
        async with asyncio.timeout(self.patience):
            return await asyncio.get_running_loop().sock_recv(self._socket, size)


@asynccontextmanager
async def open_line(endpoint: Endpoint, doing: str, *, patience: float) -> AsyncIterator[Line]:
    """A connection for one exchange, closed on the way out: the node then gives up what is unfinished."""
    with node_errors(endpoint.url, doing):
        connection = await _connect(endpoint)
    try:
        yield Line(endpoint, doing, patience, connection)
    finally:
        connection.close()


def request_head(endpoint: Endpoint, target: str, headers: dict[str, str]) -> bytes:
    """A POST's head. `target` is path and query, encoded."""
    lines = [f"POST {target} HTTP/1.0", f"Host: {endpoint.authority}", "User-Agent: reelkey"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


async def _connect(endpoint: Endpoint) -> socket.socket:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_CONNECT_SECONDS):
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        error: OSError = ConnectionError("no address")
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            connection.setblocking(False)
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                await loop.sock_connect(connection, address)
            except OSError as failure:
                connection.close()
                error = failure
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise error


def _parse_head(data: bytes) -> Head:
    first, *lines = data.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise Unclear("not HTTP")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "transfer-encoding" in headers:
        raise Unclear("framed, though asked for in HTTP/1.0")
    return Head(int(words[1]), headers)
