"""The blocking client that uploads go through: against servers of a few lines, on loopback."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from app.cloud.ways import connect, find_way, origin_of, target_of
from app.cloud.web import Web
from app.cloud.wire import Wire
from app.domain.errors import CloudUnreachable
from sandbox.clouds.front import running_front
from sandbox.serving import listen

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """An HTTP server that does `serve` with each connection; its origin."""
    at_work: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            at_work.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, sock=listen())
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(at_work):
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)


@asynccontextmanager
async def wired(stall: float = 20.0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    def context() -> ssl.SSLContext:
        assert tls is not None
        return tls

    wire = Wire({"User-Agent": "test"}, context, stall=stall, connect=10.0, trust_env=tls is not None)
    try:
        yield wire
    finally:
        await wire.aclose()


async def request_of(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """A request's head and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"(?i)content-length: (\d+)", head)
    return head, await reader.readexactly(int(length[1]) if length else 0)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class Recorder:
    """Answers each request with `answers` in turn, the last one for ever, and writes down what came."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers or (OK,))
        self.came: list[tuple[str, bytes]] = []
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            self.came.append(await request_of(reader))
            writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            await writer.drain()


async def test_requests_follow_each_other_on_one_connection() -> None:
    server = Recorder()
    async with serving(server) as origin, wired() as wire:
        first = await wire.ask("GET", f"{origin}/a?b=c%20d", {"X-One": "1"}, None)
        second = await wire.ask("POST", origin, {}, b"body")
    assert (first.status, first.body, second.body) == (200, b"ok", b"ok")
    assert server.connections == 1
    head, _ = server.came[0]
    assert head.startswith("GET /a?b=c%20d HTTP/1.1\r\n")
    assert f"Host: {origin.removeprefix('http://')}\r\n" in head
    assert "X-One: 1\r\n" in head and "User-Agent: test\r\n" in head
    assert "Content-Length" not in head
    assert server.came[1][1] == b"body"


async def test_a_put_without_a_body_says_that_there_is_none() -> None:
    server = Recorder()
    async with serving(server) as origin, wired() as wire:
        await wire.ask("PUT", origin, {}, None)
    assert "Content-Length: 0\r\n" in server.came[0][0]


@pytest.mark.parametrize("parts", [[b"small", b"", b"er"], [b"x" * 700_000] * 4, [b"y" * 3_000_000], []])
async def test_a_stream_arrives_whole_and_in_order(parts: list[bytes]) -> None:
    server = Recorder()
    body = b"".join(parts)
    async with serving(server) as origin, wired() as wire:
        answer = await wire.ask("PUT", origin, {"Content-Length": str(len(body))}, chunks(*parts))
        again = await wire.ask("GET", origin, {}, None)
    assert answer.status == again.status == 200
    assert server.came[0][1] == body
    assert server.connections == 1


async def test_what_comes_slowly_does_not_wait_for_more() -> None:
    """A line that falls silent is cut by servers: kept to a low rate, each portion leaves in its time."""
    arrived = asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while some := await reader.read(1000):
            arrived.put_nowait(some)
            if some.endswith(b"3"):
                writer.write(OK)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"1"
        await asyncio.sleep(0.15)  # longer than what counts as one moment
        yield b"2"
        came = b""
        while came != b"12":  # before the third exists
            came += await arrived.get()
        yield b"3"

    async with serving(serve) as origin, wired() as wire, asyncio.timeout(10):
        answer = await wire.ask("PUT", origin, {"Content-Length": "3"}, slowly())
    assert answer.body == b"ok"


async def test_an_answer_that_comes_early_is_heard() -> None:
    """A refusal in the middle of a film: the server says why and leaves."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull")
        await writer.drain()
        writer.write_eof()
        while await reader.read(1 << 20):  # what was on its way; else the system resets the connection
            if writer.transport.is_closing():
                break

    taken = 0

    async def film() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(64):
            taken += 1
            yield b"f" * (1 << 20)

    async with serving(serve) as origin, wired() as wire:
        answer = await wire.ask("PUT", origin, {"Content-Length": str(64 << 20)}, film())
    assert (answer.status, answer.body) == (403, b"full")


async def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    closed = asyncio.Event()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request_of(reader)
        writer.write(OK)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with serving(serve) as origin, wired() as wire:
        for _ in range(3):
            closed.clear()
            assert (await wire.ask("POST", origin, {}, b"x")).status == 200
            await closed.wait()
    assert connections == 3


async def test_a_long_answer_is_not_read() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n"
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"
    for said in (long, chunked, packed):
        server = Recorder(said, OK)
        async with serving(server) as origin, wired() as wire:
            answer = await wire.ask("GET", origin, {}, None, limit=1999)
            assert answer.body is None
            assert (await wire.ask("GET", origin, {}, None)).body == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"",
    ],
)
async def test_an_answer_that_breaks_off_is_none(said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(said)

    async with serving(serve) as origin, wired() as wire:
        with pytest.raises((httpx2.RemoteProtocolError, ConnectionError)):
            await wire.ask("POST", origin, {}, b"x")


async def test_silence_ends_after_a_while() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader, writer  # a little is buffered, then nothing is taken any more
        await asyncio.Event().wait()

    async with serving(serve) as origin, wired(stall=0.2) as wire:
        with pytest.raises(TimeoutError):
            await wire.ask("POST", origin, {}, b"x")
        with pytest.raises(TimeoutError):
            await wire.ask("PUT", origin, {"Content-Length": str(1 << 40)}, _without_end())


async def _without_end() -> AsyncIterator[bytes]:
    while True:
        yield b"e" * (1 << 20)
        await asyncio.sleep(0)


@pytest.mark.parametrize("streams", [True, False])
async def test_a_cancelled_request_closes_its_connection(streams: bool) -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        try:
            while await reader.read(1 << 16):
                pass
        finally:
            gone.set()

    async with serving(serve) as origin, wired() as wire, asyncio.timeout(10):
        content = _without_end() if streams else b"x"
        headers = {"Content-Length": str(1 << 40)} if streams else {}
        request = asyncio.create_task(wire.ask("PUT", origin, headers, content))
        await came.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await gone.wait()


async def test_nobody_listens() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    async with wired() as wire:
        with pytest.raises(ConnectionRefusedError):
            await wire.ask("GET", f"http://127.0.0.1:{port}/", {}, None)
        for address in ("ftp://127.0.0.1/", "http:///x", "http://127.0.0.1:99999/"):
            with pytest.raises((httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
                await wire.ask("GET", address, {}, None)


@pytest.mark.parametrize(("target", "value"), [("/a b", "v"), ("/a\r\nX: y", "v"), ("/", "v\r\nX: y")])
async def test_nothing_gets_into_a_head_that_does_not_belong_there(target: str, value: str) -> None:
    server = Recorder()
    async with serving(server) as origin, wired() as wire:
        with pytest.raises((httpx2.InvalidURL, httpx2.RemoteProtocolError)):
            await wire.ask("GET", origin + target, {"X-Value": value}, None)
    assert server.came == []


async def test_an_address_that_refuses_makes_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Recorder()
    async with serving(server) as origin, wired() as wire:
        port = int(origin.rpartition(":")[2])

        async def two(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            assert host == "cloud.test"
            return [(socket.AF_INET, 0, 0, "", (place, port)) for place in ("127.0.0.2", "127.0.0.1")]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
        assert (await wire.ask("GET", f"http://cloud.test:{port}/", {}, None)).status == 200


async def test_a_connection_that_is_given_up_while_it_comes_about_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever moment the end comes at: a socket that nobody closes is warned of when it is collected."""
    server = Recorder()
    async with serving(server) as origin:
        way = find_way(origin, {})
        assert way is not None

        async def known(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, 0, 0, "", (host, port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", known)
        for steps in range(25):
            coming = asyncio.create_task(connect(way))
            for _ in range(steps):
                await asyncio.sleep(0)
            coming.cancel()
            with suppress(asyncio.CancelledError):
                (await coming).close()
        await asyncio.sleep(0)
        gc.collect()


# --- ways ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks5h://127.0.0.1:9", "socks://127.0.0.1:9"])
async def test_a_proxy_of_another_kind_is_refused_in_words(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    web = Web("Cloud", "https://cloud.test")
    with pytest.raises(CloudUnreachable) as caught:
        await web.ask("GET", "https://cloud.test/")
    assert "HTTPS_PROXY" in caught.value.message
    with pytest.raises(CloudUnreachable):
        async with web.stream("GET", "https://cloud.test/"):
            pass
    await web.aclose()


async def test_through_a_proxy_and_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Recorder()
    async with serving(server) as origin:
        with running_front({"cloud.test": origin}, tmp_path) as front:
            monkeypatch.setenv("HTTPS_PROXY", front.proxy)
            trusted = ssl.create_default_context(cafile=front.certificate)
            async with wired(tls=trusted) as wire:
                answer = await wire.ask("PUT", "https://cloud.test/x", {}, b"z" * 2_000_000)
                assert (answer.body, server.came[0][1]) == (b"ok", b"z" * 2_000_000)
                assert "Host: cloud.test\r\n" in server.came[0][0]
                with pytest.raises(httpx2.ProxyError):
                    await wire.ask("GET", "https://elsewhere.test/", {}, None)
            async with wired(tls=ssl.create_default_context()) as distrusting:
                with pytest.raises(ssl.SSLCertVerificationError):
                    await distrusting.ask("GET", "https://cloud.test/", {}, None)
    assert len(server.came) == 1


def test_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "near.test")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:p%40ss@proxy.test:3128")
    proxies = {"https": "http://me:p%40ss@proxy.test:3128"}
    far, near = find_way("https://far.test", proxies), find_way("https://near.test:444", proxies)
    assert far is not None and near is not None
    assert (far.proxy, far.authority) == (("proxy.test", 3128), "far.test")
    assert far.proxy_says == "Proxy-Authorization: Basic bWU6cEBzcw==\r\n"
    assert "bWU6" not in repr(far)
    assert (near.proxy, near.authority) == (None, "near.test:444")
    assert find_way("https://far.test", {"all": "socks5://proxy.test:1"}) is None
    assert find_way("https://far.test", {"https": "https://proxy.test"}) is None
    assert find_way("http://far.test", {"http": "http://proxy.test"}) is None
    v6 = find_way("https://[::1]:8443", {})
    assert v6 is not None and (v6.host, v6.authority) == ("::1", "[::1]:8443")


def test_addresses_are_taken_apart() -> None:
    whole = "https://a.test:8/b/c?d=/e#f"
    assert (origin_of(whole), target_of(whole)) == ("https://a.test:8", "/b/c?d=/e")
    assert target_of("https://a.test") == "/"
    assert target_of("https://a.test?q=1") == "/?q=1"
