"""Signed requests to Drive: each with a token that is good, renewed once where it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from app.cloud.destinations.google_drive.hosts import CLOUD, Hosts
from app.cloud.tokens import Keeper
from app.cloud.web import Content, Web
from app.domain.errors import SignInExpired
from app.net.answers import MAX_BODY, Answer


class Api:
    """Drive at `hosts` for whom `tokens` sign in."""

    def __init__(self, web: Web, tokens: Keeper, hosts: Hosts) -> None:
        self._web = web
        self._tokens = tokens
        self.hosts = hosts

    async def ask(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        content: Callable[[], Content] | None = None,
        again: Callable[[], bool] = lambda: True,
        limit: int = MAX_BODY,
    ) -> Answer:
        """One request and its answer, whatever it says but 401: then once more with a renewed token, or
        SignInExpired. `content` makes the body, for each of the two anew; where `again` says no after the
        renewal, the 401 is the answer."""
        token = await self._tokens.access()
        for last in (False, True):
            async with _closed(content() if content is not None else None) as body:
                answer = await self._web.ask(
                    method,
                    url,
                    query=query,
                    json=json,
                    headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                    content=body,
                    limit=limit,
                )
            if answer.status != 401:
                return answer
            if last:
                break
            token = await self._tokens.renew(token)
            if not again():
                return answer
        raise SignInExpired(cloud=CLOUD)

    async def aclose(self) -> None:
        await self._web.aclose()


@asynccontextmanager
async def _closed(body: Content | None) -> AsyncIterator[Content | None]:
    """A body that is a stream is closed at its request's end, however early that is: it holds a file open."""
    try:
        yield body
    finally:
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()
