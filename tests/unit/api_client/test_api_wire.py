"""Against real sockets: what a broken network and a hostile server do. Every server speaks raw bytes."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from app.api_client import TaskApi
from app.domain.errors import ReelkeyError, ServerAnswerUnclear, ServerError, ServerUnreachable
from app.net.answers import MAX_BODY

TOKEN = "canary-token-52"
TASK = {"id": 233, "status": 4}
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback that reads a request's head and then does what `answer` does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def sending(raw: bytes) -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return answer


def ok(body: bytes, *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def ask(origin: str, **options: Any) -> ReelkeyError:
    async with TaskApi(origin, lambda: TOKEN, **options) as api:
        with pytest.raises(ServerError) as caught:
            await api.read_download(233)
    error = caught.value
    assert TOKEN not in "".join(traceback.format_exception(error))
    return error


async def test_a_real_answer_with_proxies_set_stays_on_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with (
        listening(sending(ok(json.dumps({"data": TASK}).encode()))) as port,
        TaskApi(f"http://127.0.0.1:{port}", lambda: TOKEN) as api,
    ):
        assert (await api.read_download(233)).id == 233


async def test_a_proxy_of_another_kind_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ServerUnreachable, match="HTTPS_PROXY"):
        await TaskApi("https://studio.test", lambda: TOKEN).__aenter__()


async def test_nobody_listens() -> None:
    async with listening(sending(b"")) as port:
        pass
    error = await ask(f"http://127.0.0.1:{port}")
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "nothing listens there"


async def test_a_name_that_is_not_known() -> None:
    error = await ask("http://no-such-host.invalid")
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "its name is not known"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 banana\r\n\r\n",
        b"\x00\xff" * 100,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_answers_that_break_off_or_are_no_http(raw: bytes) -> None:
    async with listening(sending(raw)) as port:
        assert isinstance(await ask(f"http://127.0.0.1:{port}"), ServerUnreachable)


async def test_an_answer_that_never_comes() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port:
        error = await ask(f"http://127.0.0.1:{port}", timeout=0.2)
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "no answer in time"


async def test_an_answer_that_drips_ends_with_the_time_for_the_whole_call() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as port:
        begun = time.monotonic()
        error = await ask(f"http://127.0.0.1:{port}", timeout=20.0, total=0.4)
        assert time.monotonic() - begun < 15
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "no answer in time"


@pytest.mark.parametrize("announced", [True, False])
async def test_ten_megabytes_are_not_read(announced: bool) -> None:
    taken = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        writer.write(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 10000000\r\n\r\n" if announced else b"\r\n"))
        for _n in range(1000):
            writer.write(b"x" * 10_000)
            await writer.drain()
            taken += 10_000

    async with listening(flood) as port:
        assert isinstance(await ask(f"http://127.0.0.1:{port}"), ServerAnswerUnclear)
    assert taken < 10_000_000  # the sockets' buffers hold some of it


async def test_the_limit_is_the_limit() -> None:
    room = MAX_BODY - len(json.dumps({"data": TASK}))
    for size, fits in ((room, True), (room + 1, False)):
        body = json.dumps({"data": TASK}).encode() + b" " * size
        async with (
            listening(sending(ok(body))) as port,
            TaskApi(f"http://127.0.0.1:{port}", lambda: TOKEN) as api,
        ):
            if fits:
                assert (await api.read_download(233)).id == 233
            else:
                with pytest.raises(ServerAnswerUnclear):
                    await api.read_download(233)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-odd"])
async def test_a_packed_answer_is_not_unpacked(encoding: str) -> None:
    raw = ok(b"\x1f\x8b" + b"\x00" * 50, f"Content-Encoding: {encoding}")
    async with listening(sending(raw)) as port:
        assert isinstance(await ask(f"http://127.0.0.1:{port}"), ServerAnswerUnclear)


def own_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "library.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def note(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        seen.append(b"a request came through")

    async with listening(note, own_certificate(tmp_path)) as port:
        error = await ask(f"https://127.0.0.1:{port}")
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "its certificate can't be verified"
    assert seen == []


async def test_no_tls_where_tls_is_asked_for() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        error = await ask(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()
    assert isinstance(error, ServerUnreachable)
    assert error.facts["reason"] == "no encrypted connection comes about"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["data", "message", "detail", "id", "status", "hash", "uuid", "size", "\ud800", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=25,
)


@given(
    body=st.one_of(st.binary(max_size=300), JSON.map(lambda value: json.dumps(value).encode())),
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503, 599]),
)
async def test_whatever_is_answered_is_a_value_or_one_of_our_errors(body: bytes, status: int) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=body))
    async with TaskApi("http://127.0.0.1:9", lambda: TOKEN, transport=transport) as api:
        for call in (
            api.me,
            api.due_private,
            lambda: api.create_download(233),
            lambda: api.read_download(233),
        ):
            try:
                await call()
            except ServerError as error:
                str(error).encode("utf-8")
                json.dumps(error.as_dict(), ensure_ascii=False).encode("utf-8")
