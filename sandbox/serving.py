"""A stand-in on its loopback socket: one uvicorn that can cut connections, in a thread or in a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[1]
# Hanging answers must not keep a server from ending.
_GRACE = 1
_KEEP_ALIVE = 120
_START = 30

Abort = Callable[[Scope], None]
OnListening = Callable[[str], None]


class _Connections:
    """The open connections by the client's address, so that a fault can cut one."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], Any] = {}

    def abort(self, scope: Scope) -> None:
        """Cut the connection that `scope` came by; nothing that waits to be sent is sent."""
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """uvicorn's protocol (httptools where installed, else h11), its connections known."""
        transports = self._transports

        class Known(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
            def connection_made(self, transport: Any) -> None:
                transports[tuple(transport.get_extra_info("peername")[:2])] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(tuple(self.transport.get_extra_info("peername")[:2]), None)
                super().connection_lost(exc)

        return Known


class StandIn(uvicorn.Server):
    """A stand-in on a socket of its own. `build` makes its application from a function that cuts connections
    and from its origin (``http://127.0.0.1:PORT``); `on_listening` is called with the origin once it accepts
    requests."""

    def __init__(
        self,
        build: Callable[[Abort, str], ASGIApp],
        *,
        port: int = 0,
        on_listening: OnListening = lambda _: None,
    ) -> None:
        self._socket = listen(port)
        self.origin = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._on_listening = on_listening
        connections = _Connections()
        settings: dict[str, Any] = {"log_level": "critical", "access_log": False, "lifespan": "off"}
        settings |= {
            "timeout_graceful_shutdown": _GRACE,
            "timeout_keep_alive": _KEEP_ALIVE,
            "loop": "asyncio",
        }
        try:
            app = build(connections.abort, self.origin)
        except BaseException:
            self._socket.close()
            raise
        super().__init__(uvicorn.Config(app, http=connections.protocol(), ws="none", **settings))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening(self.origin)

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
        """Free the socket; of a server that never ran, too."""
        self._socket.close()


def listen(port: int = 0) -> socket.socket:
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


async def drop(abort: Abort, scope: Scope, receive: Receive) -> None:
    """Cut the client's connection, and end only once the server has seen it go: it would answer 500 for an
    application that ends in silence while the client is believed to be there."""
    abort(scope)
    while (await receive())["type"] != "http.disconnect":
        pass


async def wait(released: asyncio.Event, seconds: float) -> None:
    """Let `seconds` pass; at most until `released` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(released.wait(), seconds)


def announce(origin: str) -> None:
    """Say on stdout that a stand-in listens, as the one line that `Running` waits for."""
    sys.stdout.write(json.dumps({"event": "listening", "url": origin}) + "\n")
    sys.stdout.flush()


class Control:
    """The control calls of a running stand-in. Raises httpx2.HTTPStatusError for one that is refused."""

    def __init__(self, origin: str) -> None:
        # trust_env off: a proxy in the environment must never see loopback calls.
        # Nothing to verify on plain HTTP; reading the system's certificates would take 70 ms each time.
        self._http = httpx2.Client(
            base_url=f"{origin}/_control",
            trust_env=False,
            verify=False,
            timeout=60,
        )

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: object = None, /, **query: Any) -> Any:
        """One control call; its decoded answer."""
        answer = self._http.request(method, path, json=body, params=query)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind: str, **rule: Any) -> None:
        """Add a fault (fields: the `Fault` of the stand-in's own `faults`)."""
        self.call("POST", "/faults", {"kind": kind, **rule})

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/faults")
        return found

    def clear_faults(self) -> None:
        """Remove all faults; delays under way end at once."""
        self.call("DELETE", "/faults")

    def requests(self, **query: Any) -> list[dict[str, Any]]:
        """The last requests, the oldest first."""
        found: list[dict[str, Any]] = self.call("GET", "/requests", **query)
        return found

    def set(self, **settings: Any) -> None:
        """Change the stand-in's switches."""
        self.call("PATCH", "/settings", settings)

    def reset(self) -> None:
        """As new: nothing stored, no faults, nothing counted."""
        self.call("POST", "/reset")


class Running:
    """A running stand-in as a context manager: in a thread of this process, or (`process`) in one of its own
    that can be killed.

    `server` makes it from `port` and `on_listening`; `module` with `arguments` and `variables` is the same as
    a program (``python -m MODULE … --port PORT``). Started once more it serves the same port.
    """

    def __init__(
        self,
        server: Callable[..., StandIn],
        module: str,
        arguments: Sequence[str] = (),
        *,
        variables: Mapping[str, str] | None = None,
        process: bool = False,
    ) -> None:
        self._make = server
        self._command = [sys.executable, "-m", module, *arguments]
        self._variables = dict(variables or {})
        self._in_process = process
        self._port = 0
        self._server: StandIn | None = None
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:PORT``, once it was started."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process of its own; None in a thread."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start and wait until it accepts requests."""
        origin = self._start_process() if self._in_process else self._start_thread()
        self._port = int(origin.rpartition(":")[2])
        return self

    def stop(self) -> None:
        """Stop cleanly; nothing where it does not run."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None
        if self._process is not None:
            self._process.terminate()
            self._end_process()

    def kill(self) -> None:
        """End its process without a chance to tidy up (SIGKILL)."""
        assert self._process is not None, "only a process can be killed"
        os.kill(self._process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        self._end_process()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_thread(self) -> str:
        listening = threading.Event()
        server = self._make(port=self._port, on_listening=lambda _: listening.set())
        self._server = server
        self._thread = threading.Thread(target=server.serve_until_stopped, name="stand-in", daemon=True)
        self._thread.start()
        if not listening.wait(_START):
            raise RuntimeError("the stand-in does not start")
        return server.origin

    def _start_process(self) -> str:
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self._port)],
            cwd=ROOT,
            env=os.environ | self._variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._end_process()
            raise RuntimeError("the stand-in does not start")
        origin: str = json.loads(line)["url"]
        return origin

    def _end_process(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.wait(_START)
        self._process.stdout.close()
        self._process = None
