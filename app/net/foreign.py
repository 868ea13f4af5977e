"""What httpx2, TLS and sockets raise, as a reason for people.

The foreign error itself is never quoted: its text may hold the URL, its request the token.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from app.domain.words import N_

FOREIGN = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, TimeoutError, UnicodeError)


class ProxyUnusable(httpx2.ProxyError):
    """The environment names a proxy of a kind that httpx2 has no way through: SOCKS."""


@contextmanager
def by_the_environments_proxies() -> Iterator[None]:
    """A block that makes a client of httpx2 which goes by them. Raises ProxyUnusable."""
    try:
        yield
    except (ImportError, ValueError):
        raise ProxyUnusable("") from None


def reason(error: BaseException) -> str:
    """A catalogue key, by what lies at the bottom: httpx2 wraps what the socket or TLS has said."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return N_("its certificate can't be verified")
        return N_("no encrypted connection comes about")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return N_("its name is not known")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return N_("nothing listens there")
    if isinstance(error, ProxyUnusable):
        return N_("SOCKS proxies can't be used: set HTTPS_PROXY to the proxy's HTTP address")
    return _plain_reason(error)


def _plain_reason(error: BaseException) -> str:
    if isinstance(error, httpx2.ConnectTimeout):
        return N_("no connection in time")
    if isinstance(error, (httpx2.TimeoutException, TimeoutError)):
        return N_("no answer in time")
    if isinstance(error, httpx2.ProxyError):
        return N_("the proxy refuses")
    if isinstance(error, (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError)):
        return N_("its address can't be used")
    if isinstance(error, httpx2.ConnectError):
        return N_("no connection")
    return N_("the connection broke off")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
