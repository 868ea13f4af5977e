"""A server that answers as no Kubo would: bytes written as a test says, on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    """A request: its target, headers, and body as far as the test reads it."""

    target: str
    headers: dict[str, str]
    reader: asyncio.StreamReader

    async def body(self) -> bytes:
        return await self.reader.readexactly(int(self.headers.get("content-length", "0")))


@dataclass
class FakeNode:
    """Where it listens, what was asked, and how many connections were closed by the client."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def api(self) -> str:
        return f"/ip4/127.0.0.1/tcp/{self.port}"


@asynccontextmanager
async def fake_node(answer: Answer) -> AsyncIterator[FakeNode]:
    """A server that gives each request to `answer` and then closes the connection."""
    node = FakeNode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            asked = Asked(head[0].split(" ")[1], headers, reader)
            node.asked.append(asked)
            await answer(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            node.hung_up.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    node.port = server.sockets[0].getsockname()[1]
    try:
        yield node
    finally:
        server.close()


def says(text: bytes | str, *, status: int = 200, headers: str = "") -> Answer:
    """Reads the whole request, then answers `text`."""
    data = text.encode() if isinstance(text, str) else text

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.body()
        writer.write(f"HTTP/1.0 {status} X\r\n{headers}\r\n".encode() + data)

    return answer


def by_call(**answers: Answer) -> Answer:
    """One answer a call: ``pin_add`` for ``/api/v0/pin/add``. Others get 404, as Kubo says it."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        name = asked.target.partition("?")[0].removeprefix("/api/v0/").replace("/", "_")
        await answers.get(name, says("404 page not found", status=404))(asked, writer)

    return answer
