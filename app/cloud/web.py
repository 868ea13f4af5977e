"""HTTP for destinations: one client for an account, bounded answers, no redirects, typed errors.

Each call is one request. Retrying stands around the destination's calls (`app.cloud.retrying`).
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from json import dumps
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from app import __version__
from app.cloud.limits import Pace
from app.cloud.wire import Wire
from app.domain.errors import CloudUnreachable, UsageError
from app.net.answers import MAX_BODY, Answer, read_answer
from app.net.foreign import FOREIGN, by_the_environments_proxies, reason
from app.net.hosts import is_loopback, is_plain_http_beyond_loopback

#: Where the environment names other certificates.
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

_HEADERS = {"User-Agent": f"reelkey/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
_FORM = "application/x-www-form-urlencoded"
_CONNECT = 20.0

Content = bytes | AsyncIterator[bytes]


class Web:
    """Requests to `cloud` (its name, for messages). `origin` only says whether a proxy may be used: none
    leads to this computer. `stall`: seconds without a byte going or coming; `total`: seconds for a small
    request; `pace`: waited for before each. `transport` replaces the network in tests."""

    def __init__(
        self,
        cloud: str,
        origin: str,
        *,
        stall: float = 60.0,
        total: float = 120.0,
        pace: Pace | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._cloud = cloud
        self._total = total
        self._pace = pace or Pace(0)
        self._stall = stall
        self._transport = transport
        self._trusting = not is_loopback(urlsplit(origin).hostname or "")
        self._wire = Wire(
            _HEADERS,
            self._certificates,
            stall=stall,
            connect=min(stall, _CONNECT),
            trust_env=self._trusting,
        )
        self._other: httpx2.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: Content | None = None,
        limit: int = MAX_BODY,
    ) -> Answer:
        """One request and its whole answer of up to `limit` bytes, of any status. `content` that is a
        stream has no time limit but `stall`, and its Content-Length in `headers`. Raises CloudUnreachable
        where no answer comes."""
        await self._pace.wait()
        seconds = None if content is not None and not isinstance(content, bytes) else self._total
        with self.errors():
            if query:
                url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote)
            whole = dict(headers or {})
            if json is not None:
                content, whole["Content-Type"] = _json(json), "application/json"
            elif form is not None:
                content, whole["Content-Type"] = urlencode(form).encode("ascii"), _FORM
            async with asyncio.timeout(seconds):
                if self._transport is None and self._wire.reaches(url):
                    return await self._wire.ask(method, url, whole, content, limit=limit)
                async with self._client.stream(method, url, headers=whole, content=content) as response:
                    return await read_answer(response, limit)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """One request whose answer the caller reads bit by bit (`aiter_bytes`). Raises CloudUnreachable,
        while it is read too."""
        await self._pace.wait()
        with self.errors():
            async with self._client.stream(method, url, headers=headers) as response:
                yield response

    @contextmanager
    def errors(self) -> Iterator[None]:
        """A block in which foreign errors become CloudUnreachable."""
        try:
            yield
        except FOREIGN as error:
            # `from None`: the foreign error's request carries the token.
            raise CloudUnreachable(cloud=self._cloud, reason=reason(error)) from None

    async def aclose(self) -> None:
        with self.errors():
            await self._wire.aclose()
            if self._other is not None:
                await self._other.aclose()

    @property
    def _client(self) -> httpx2.AsyncClient:
        """For what `Wire` doesn't do: answers read bit by bit, proxies of other kinds; tests without a
        network."""
        if self._other is None:
            with by_the_environments_proxies():
                self._other = httpx2.AsyncClient(
                    transport=self._transport,
                    timeout=httpx2.Timeout(self._stall, connect=min(self._stall, _CONNECT)),
                    follow_redirects=False,
                    verify=self._certificates(),
                    trust_env=self._trusting,
                    cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                    limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64),
                    headers=_HEADERS,
                )
        return self._other

    def _certificates(self) -> ssl.SSLContext:
        return _trusted(self._trusting, *(os.environ.get(name) for name in _CERTIFICATES))


def _json(value: Any) -> bytes:
    return dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


@lru_cache(maxsize=4)
def _trusted(trust_env: bool, *where: str | None) -> ssl.SSLContext:
    """The certificates to go by: reading them takes 60 ms, and every account and sign-in has a client.
    `where` is read by the library from the environment; here it only tells one answer from another."""
    del where
    return httpx2.create_ssl_context(trust_env=trust_env)


def stand_in(env: Mapping[str, str], name: str, usual: str) -> str:
    """The origin that environment variable `name` puts in the place of `usual` (tests and the sandbox):
    https anywhere, http on this computer alone. Raises UsageError."""
    given = env.get(name, "").rstrip("/")
    if not given:
        return usual
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or is_plain_http_beyond_loopback(given) or not parts.hostname:
        raise UsageError(reason=name)
    return given
