"""The way out to galleries: names looked up once, addresses checked, redirects by hand."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import httpcore2
import pytest

from app.domain.errors import CloudUnreachable, GalleryRefused
from app.gallery.reach import Reach
from sandbox.clouds.front import write_certificate

PUBLIC, OTHER = "93.184.216.34", "93.184.216.35"
HOST = "up-d.lite.gallery"
ORIGIN = f"https://{HOST}"


class Wire(httpcore2.AsyncNetworkBackend):
    """Writes down where connections go, and makes them to a port of this computer; `dead` addresses
    refuse."""

    def __init__(self, port: int = 0, dead: Iterable[str] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self._port = port
        self._dead = frozenset(dead)
        self._below = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.asked.append((host, port))
        if not self._port or host in self._dead:
            raise httpcore2.ConnectError
        return await self._below.connect_tcp("127.0.0.1", self._port, timeout)


class Names:
    """A resolver that gives one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Server:
    """An https server for `HOST` that answers from a table and closes each connection after `answers`
    answers."""

    def __init__(self, folder: Path) -> None:
        certificate, key = write_certificate([HOST], folder)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self.trust = ssl.create_default_context(cafile=certificate)
        self.pages: dict[str, bytes] = {}
        self.heads: list[str] = []
        self._open: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                writer.write(self.pages.get(head.split(" ")[1], answer(404)))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.transport.abort()


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path) as running:
        yield running


async def fetch(reach: Reach, address: str, allowed: set[str] | None = None) -> tuple[int, bytes]:
    async with reach.get(address, allowed or {ORIGIN}) as response:
        return response.status_code, b"".join([data async for data in response.aiter_raw()])


async def test_the_checked_address_is_the_one_that_is_asked(server: Server) -> None:
    """TLS is for the name, the connection goes to the number."""
    server.pages["/a.jpg"] = answer(200, b"photo")
    wire, names = Wire(server.port), Names([PUBLIC])
    reach = Reach(resolve=names, tls=server.trust, backend=wire)
    assert await fetch(reach, f"{ORIGIN}/a.jpg") == (200, b"photo")
    assert await fetch(reach, f"{ORIGIN}/a.jpg") == (200, b"photo")
    assert wire.asked == [(PUBLIC, 443)]
    assert names.asked == [HOST]
    assert f"host: {HOST}\r\n" in server.heads[0].lower()
    await reach.aclose()


async def test_a_certificate_of_another_name_is_refused(server: Server) -> None:
    reach = Reach(resolve=Names([PUBLIC]), tls=server.trust, backend=Wire(server.port))
    with pytest.raises(CloudUnreachable) as caught:
        await fetch(reach, "https://other.lite.gallery/a.jpg", {"https://other.lite.gallery"})
    assert "certificate" in caught.value.message
    await reach.aclose()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%2",
    ],
)
async def test_a_name_that_leads_into_a_private_network(address: str) -> None:
    wire = Wire()
    reach = Reach(resolve=Names([address]), backend=wire)
    with pytest.raises(CloudUnreachable, match="private network"):
        await fetch(reach, f"{ORIGIN}/a.jpg")
    assert wire.asked == []
    await reach.aclose()


async def test_a_name_that_leads_elsewhere_the_next_time(server: Server) -> None:
    """DNS rebinding: the first answer is checked and used; the second is checked again."""
    server.pages["/a.jpg"] = answer(200, b"photo", "Connection: close")
    wire, names = Wire(server.port), Names([PUBLIC], ["127.0.0.1"])
    reach = Reach(resolve=names, tls=server.trust, backend=wire)
    assert (await fetch(reach, f"{ORIGIN}/a.jpg"))[0] == 200
    with pytest.raises(CloudUnreachable, match="private network"):
        await fetch(reach, f"{ORIGIN}/a.jpg")
    assert wire.asked == [(PUBLIC, 443)]
    await reach.aclose()


async def test_of_several_addresses_the_next_is_tried_and_private_ones_never(server: Server) -> None:
    server.pages["/a.jpg"] = answer(200, b"photo")
    wire = Wire(server.port, dead=[PUBLIC])
    reach = Reach(resolve=Names(["127.0.0.1", PUBLIC, "10.0.0.1", OTHER]), tls=server.trust, backend=wire)
    assert (await fetch(reach, f"{ORIGIN}/a.jpg"))[0] == 200
    assert wire.asked == [(PUBLIC, 443), (OTHER, 443)]
    await reach.aclose()


@pytest.mark.parametrize(
    "address",
    [
        "http://up-d.lite.gallery/a.jpg",
        "https://up-d.lite.gallery:8443/a.jpg",
        "https://elsewhere.example/a.jpg",
        "https://user@up-d.lite.gallery/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "file:///etc/passwd",
    ],
)
async def test_only_origins_of_the_gallery_are_asked(address: str, server: Server) -> None:
    server.pages["/r"] = answer(302, b"", f"Location: {address}")
    wire = Wire(server.port)
    reach = Reach(resolve=Names([PUBLIC]), tls=server.trust, backend=wire)
    with pytest.raises(GalleryRefused):
        await fetch(reach, address)
    assert wire.asked == []
    with pytest.raises(GalleryRefused):
        await fetch(reach, f"{ORIGIN}/r")
    assert wire.asked == [(PUBLIC, 443)]
    await reach.aclose()


async def test_redirects_within_the_gallery_are_followed_three_times(server: Server) -> None:
    server.pages |= {f"/{number}": answer(307, b"", f"Location: /{number - 1}") for number in (1, 2, 3, 4)}
    server.pages["/0"] = answer(200, b"photo", "Set-Cookie: sid=7")
    reach = Reach(resolve=Names([PUBLIC]), tls=server.trust, backend=Wire(server.port))
    assert await fetch(reach, f"{ORIGIN}/3") == (200, b"photo")
    with pytest.raises(GalleryRefused):
        await fetch(reach, f"{ORIGIN}/4")
    assert await fetch(reach, f"{ORIGIN}/0") == (200, b"photo")
    assert not any("cookie" in head.lower() or "authorization" in head.lower() for head in server.heads)
    await reach.aclose()


async def test_a_redirect_to_nowhere(server: Server) -> None:
    server.pages["/r"] = answer(302)
    server.pages["/s"] = answer(302, b"", "Location: http://[::1")
    reach = Reach(resolve=Names([PUBLIC]), tls=server.trust, backend=Wire(server.port))
    for path in ("/r", "/s"):
        with pytest.raises(GalleryRefused):
            await fetch(reach, ORIGIN + path)
    await reach.aclose()


async def test_what_is_not_there_is_said(server: Server) -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    reach = Reach(resolve=unknown)
    with pytest.raises(CloudUnreachable) as caught:
        await fetch(reach, f"{ORIGIN}/a.jpg")
    assert caught.value.facts == {"cloud": HOST, "reason": "its name is not known"}
    await reach.aclose()

    silent = Reach(resolve=Names([PUBLIC]), backend=Wire())
    with pytest.raises(CloudUnreachable):
        await fetch(silent, f"{ORIGIN}/a.jpg")
    await silent.aclose()


async def test_no_proxy_and_no_keys_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.pages["/a.jpg"] = answer(200, b"photo")
    reach = Reach(resolve=Names([PUBLIC]), tls=server.trust, backend=Wire(server.port))
    assert (await fetch(reach, f"{ORIGIN}/a.jpg"))[0] == 200
    await reach.aclose()
