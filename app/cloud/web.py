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
from typing import Any
from urllib.parse import urlsplit

import httpx2

from app import __version__
from app.cloud.limits import Pace
from app.domain.errors import CloudUnreachable, UsageError
from app.net.answers import MAX_BODY, Answer, read_answer
from app.net.foreign import FOREIGN, reason
from app.net.hosts import is_loopback, is_plain_http_beyond_loopback

#: Where the environment names other certificates.
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

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
        trusting = not is_loopback(urlsplit(origin).hostname or "")
        self._client = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(stall, connect=min(stall, 20.0)),
            follow_redirects=False,
            verify=_trusted(trusting, *(os.environ.get(name) for name in _CERTIFICATES)),
            trust_env=trusting,
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64),
            headers={"User-Agent": f"reelkey/{__version__}", "Accept-Encoding": "identity"},
        )

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
        stream has no time limit but `stall`. Raises CloudUnreachable where no answer comes."""
        await self._pace.wait()
        seconds = None if content is not None and not isinstance(content, bytes) else self._total
        with self.errors():
            async with (
                asyncio.timeout(seconds),
                self._client.stream(
                    method, url, headers=headers, params=query, json=json, data=form, content=content
                ) as response,
            ):
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
            await self._client.aclose()


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
