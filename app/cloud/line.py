"""One HTTP/1.1 connection over a blocking socket (`http.client`): its steps are called from threads."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, InvalidURL
from typing import Any

import httpx2

from app.net.answers import Answer, retry_after_seconds

# Longer than that a connection that nobody uses is not trusted to be there still.
_IDLE = 30.0
# The time limit of a write is for all of it: so much must leave within it, on the slowest of lines.
_SLICE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """How a request begins."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)


class Line:
    """One connection. Its steps are called from threads, one after the other; the rest from the loop."""

    def __init__(self, sock: socket.socket, stall: float) -> None:
        self._sock = sock
        self._stall = stall
        self._http = HTTPConnection("")  # its sock is ours: it never connects
        self._http.sock = sock
        self._left_whole = True
        self._idle_since = 0.0
        self.is_good = False
        #: The step under way, or the last one.
        self.busy: Future[Any] | None = None
        if not isinstance(sock, ssl.SSLSocket):
            sock.settimeout(stall)

    def shake_hands(self) -> None:
        assert isinstance(self._sock, ssl.SSLSocket)  # noqa: S101 - for the type checker
        self._sock.do_handshake()
        self._sock.settimeout(self._stall)

    def exchange(self, head: Head | None, parts: Sequence[bytes], limit: int) -> Answer:
        """A whole request, or the rest of one that was begun (no `head`), and its answer."""
        self.send(head, parts)
        return self._answer(limit)

    def send(self, head: Head | None, parts: Sequence[bytes]) -> bool:
        """A request's `head`, where it isn't sent yet, and some of its body. False where the other side
        doesn't listen any more: it may have said why."""
        if head is not None:
            self.is_good, self._left_whole = False, True
            self._begin(head, sum(map(len, parts)))
        try:
            for part in parts if self._left_whole else ():
                view = memoryview(part)
                for start in range(0, len(view), _SLICE):
                    self._sock.sendall(view[start : start + _SLICE])
        except (BrokenPipeError, ConnectionResetError):
            self._left_whole = False
        return self._left_whole

    def _begin(self, head: Head, length: int) -> None:
        self._http.putrequest(head.method, head.target, skip_host=True, skip_accept_encoding=True)
        for name, value in head.headers.items():
            self._http.putheader(name, value)
        if "Content-Length" not in head.headers and (length or head.method in ("POST", "PUT", "PATCH")):
            self._http.putheader("Content-Length", str(length))
        self._http.endheaders()

    def _answer(self, limit: int) -> Answer:
        """The answer; its body None where it is longer than `limit` or encoded."""
        with self._http.getresponse() as response:
            if not response.getheaders():  # it broke off within the head, which `http.client` lets pass
                raise httpx2.RemoteProtocolError("")
            body = _body(response, limit)
            self.is_good = (
                self._left_whole and not response.will_close and response.isclosed() and body is not None
            )
            headers = httpx2.Headers(response.getheaders())
        self._idle_since = time.monotonic()
        return Answer(response.status, body, retry_after_seconds(headers.get("Retry-After")), headers)

    def is_fresh(self) -> bool:
        """Whether a request may be tried on it: nothing came since the last answer, no end either."""
        if time.monotonic() - self._idle_since > _IDLE:
            return False
        self._sock.settimeout(0)
        try:
            # Below TLS, which would want to read a whole record.
            socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
        except BlockingIOError:
            self._sock.settimeout(self._stall)
            return True
        except OSError:
            return False
        return False

    def abort(self) -> None:
        """Close it, at once where a thread waits for it: that one is woken, and closes it as it ends."""
        with suppress(OSError):
            # Not SSLSocket's own, which takes the encryption away before it shuts the socket.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        if self.busy is None:
            self._close(None)
        else:
            self.busy.add_done_callback(self._close)  # called at once where it is over

    def _close(self, _: object) -> None:
        with suppress(OSError):
            self._http.close()
            self._sock.close()


def _body(response: HTTPResponse, limit: int) -> bytes | None:
    """As `app.net.answers.read_answer`. Raises HTTPException, or httpx2's, for one that breaks off."""
    if (response.headers.get("Content-Encoding") or "identity").strip().lower() not in ("", "identity"):
        return None
    if response.length is not None and response.length > limit:
        return None
    body = bytearray()
    while len(body) <= limit and (some := response.read(limit + 1 - len(body))):
        body += some
    if len(body) > limit:
        return None
    if response.length:
        raise httpx2.RemoteProtocolError("")
    return bytes(body)


@contextmanager
def as_httpx2() -> Iterator[None]:
    """What `http.client` raises, as httpx2 would. Texts are left away: they may quote the address."""
    try:
        yield
    except OSError:
        raise  # some are of two kinds: a certificate that isn't trusted is a ValueError too
    except (InvalidURL, UnicodeError):
        raise httpx2.InvalidURL("") from None
    except (HTTPException, ValueError):
        raise httpx2.RemoteProtocolError("") from None
