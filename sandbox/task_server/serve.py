"""The server itself: one loopback socket, one uvicorn, a clean end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.task_server.accounts import Accounts, Seed
from sandbox.task_server.app import build
from sandbox.task_server.store import Store

HOST = "127.0.0.1"
DATABASE = "task_server.sqlite"
# Hanging answers must not keep the server from ending.
_GRACE = 1


class Connections:
    """The open connections by the client's address, so that a fault can cut one."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def abort(self, scope: Scope) -> None:
        """Cut the connection that `scope` came by; nothing that waits to be sent is sent."""
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """A uvicorn protocol that keeps these connections known."""
        transports = self._transports

        class Known(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                transports[tuple(transport.get_extra_info("peername")[:2])] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(tuple(self.transport.get_extra_info("peername")[:2]), None)
                super().connection_lost(exc)

        return Known


class TaskServer(uvicorn.Server):
    """The stand-in on its own socket. `on_listening` is called with its URL once it accepts requests."""

    def __init__(self, data: Path, *, port: int = 0, on_listening: Callable[[str], None]) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._socket = _listen(port)
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._on_listening = on_listening
        try:
            self.store = Store(data / DATABASE)
        except BaseException:
            self._socket.close()
            raise
        connections = Connections()
        app = build(self.store, connections.abort)
        settings: dict[str, Any] = {"log_level": "critical", "access_log": False, "lifespan": "off"}
        settings["timeout_graceful_shutdown"] = _GRACE
        super().__init__(uvicorn.Config(app, http=connections.protocol(), ws="none", **settings))

    def seed(self, seeds: list[Seed]) -> None:
        """Add the tokens that are not there yet."""
        accounts = Accounts(self.store)
        for seed in seeds:
            accounts.add(seed)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening(self.url)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the server and nothing more: uvicorn would raise them once again after."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    def serve_until_stopped(self) -> None:
        """Serve in this thread until `should_exit` is set or, in the main thread, SIGTERM or SIGINT comes."""
        try:
            self.run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        """Free socket and database; for a server that never ran, too."""
        self._socket.close()
        self.store.close()


def _listen(port: int) -> socket.socket:
    """A listening socket on loopback; with port 0 the system chooses one."""
    # Named TCP, since asyncio sends small pieces at once only where it is: else each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A restart on the same port must not wait for the old connections' last minutes.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener
