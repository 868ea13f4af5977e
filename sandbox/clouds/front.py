"""For clients whose https hosts are fixed: a proxy on loopback that answers CONNECT, speaks TLS itself with a
certificate of its own making, and hands the plain stream to the stand-in.

with running_front({"www.googleapis.com": origin}, folder) as front:
    … HTTPS_PROXY=front.proxy, and front.certificate as the one authority to be trusted …

A host that isn't named gets 403 and stands in `refused`: nothing ever leaves this computer.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.serving import HOST, listen

_PIECE = 256 * 1024
_HEAD = 16 * 1024
_START = 30
_OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
_NO = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Front:
    """The listener. `proxy` is its URL, `certificate` a PEM file; `refused` lists hosts asked for in vain."""

    def __init__(self, origins: Mapping[str, str], folder: Path) -> None:
        self._ports = {host: urlsplit(origin).port or 80 for host, origin in origins.items()}
        self.certificate, key = write_certificate(list(origins), folder)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.certificate, key)
        self._listener = listen()
        self.proxy = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self.refused: list[str] = []
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, stop: asyncio.Event, started: threading.Event) -> None:
        """Serve until `stop` is set; connections under way are cut then."""
        server = await asyncio.start_server(self._connected, sock=self._listener, limit=_PIECE)
        started.set()
        await stop.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._tunnel(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # either side may leave at any moment
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n"))[:_HEAD].decode("latin-1")
        method, target, *_ = [*head.split(" ", 2), "", ""]
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or port != "443" or host not in self._ports:
            self.refused.append(target)
            writer.write(_NO)
            await writer.drain()
            return
        writer.write(_OK)
        await writer.drain()
        await writer.start_tls(self._tls)
        far_reader, far_writer = await asyncio.open_connection(HOST, self._ports[host], limit=_PIECE)
        try:
            there = asyncio.create_task(_pass_on(reader, far_writer))
            back = asyncio.create_task(_pass_on(far_reader, writer))
            try:
                # Either end gone means both: HTTP/1.1 clients don't close half a connection.
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        finally:
            far_writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()


def write_certificate(hosts: list[str], folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for `hosts`, valid for a day: PEM files of it and of its key in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = folder / "front.pem", folder / "front.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


@contextmanager
def running_front(origins: Mapping[str, str], folder: Path) -> Iterator[Front]:
    """A front for the `origins` by host name, served in a thread until the block ends."""
    front, started = Front(origins, folder), threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(front.serve(stop, started))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="front", daemon=True)
    thread.start()
    try:
        if not started.wait(_START):
            raise RuntimeError("the front does not start")
        yield front
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
