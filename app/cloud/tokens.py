"""Tokens of OAuth 2.0 (RFC 6749): asked for, renewed in time, by one at a time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.cloud.texts import cleaned
from app.cloud.web import Web
from app.domain.errors import (
    CloudAnswerUnclear,
    CloudBusy,
    CloudUnreachable,
    SignInExpired,
    SignInRefused,
)
from app.domain.words import N_, tr
from app.net.answers import Answer

# Renewed so long before its end: a request on its way must not meet it.
_EARLY = 300.0
_USUAL_LIFE = 3600.0
_LONGEST_LIFE = 86400.0 * 365
# It goes into a header: nothing that could end the line.
_TOKEN = re.compile(r"[!-~]{1,4096}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gives. `expires`: the access token's end in seconds since 1970 by this
    computer's clock; `refresh` is "" where none was given; `scopes` None where they are not said."""

    access: str = field(repr=False)
    expires: float
    refresh: str = field(default="", repr=False)
    scopes: frozenset[str] | None = None


async def ask_tokens(web: Web, cloud: str, url: str, form: Mapping[str, str]) -> Tokens:
    """One request to the token endpoint at `url`. Raises SignInRefused with its code as the fact `error`,
    CloudBusy, CloudUnreachable, CloudAnswerUnclear."""
    answer = await web.ask("POST", url, form=form, headers={"Accept": "application/json"})
    said = _object(answer)
    if answer.status == 200:
        return _tokens(cloud, said)
    if answer.status == 429:
        raise CloudBusy(cloud=cloud, **_later(answer))
    if answer.status >= 500 or answer.status == 408:
        raise CloudUnreachable(cloud=cloud, reason=f"HTTP {answer.status}", **_later(answer))
    error = said.get("error")
    if isinstance(error, str) and 400 <= answer.status < 500:
        text = cleaned(said.get("error_description")) or cleaned(error)
        raise SignInRefused(
            cloud=cloud, error=cleaned(error, 60), reason=tr(N_("It says: “{text}”"), text=text)
        )
    raise CloudAnswerUnclear(cloud=cloud, reason=N_("Something else answered when you were signed in"))


def _object(answer: Answer) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _later(answer: Answer) -> dict[str, float]:
    return {} if answer.retry_after is None else {"retry_after": answer.retry_after}


def _tokens(cloud: str, said: Mapping[str, Any]) -> Tokens:
    access, refresh, life, scope = (
        said.get(name) for name in ("access_token", "refresh_token", "expires_in", "scope")
    )
    kind = said.get("token_type", "Bearer")
    right = isinstance(kind, str) and kind.lower() == "bearer" and _is_token(access)
    if not right or not (refresh is None or _is_token(refresh)):
        raise CloudAnswerUnclear(cloud=cloud, reason=N_("The sign-in lacks what it should hold"))
    # Nothing good comes of an odd number here: a wrong life shows as a 401, and the token is renewed.
    given = float(life) if isinstance(life, int | float) and 0 < life <= _LONGEST_LIFE else _USUAL_LIFE
    return Tokens(
        access=str(access),
        expires=time.time() + given,
        refresh=str(refresh or ""),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
    )


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


class Keeper:
    """The tokens of one account. `form` is what the token endpoint wants beside grant type and refresh token
    (the client's id and secret); `keep` is awaited with renewed tokens before they are used."""

    def __init__(
        self,
        web: Web,
        cloud: str,
        url: str,
        form: Mapping[str, str],
        tokens: Tokens,
        keep: Callable[[Tokens], Awaitable[None]],
    ) -> None:
        self._web = web
        self._cloud = cloud
        self._url = url
        self._form = form
        self._tokens = tokens
        self._keep = keep
        self._one = asyncio.Lock()

    async def access(self) -> str:
        """An access token that is good for minutes; a new one where the old is at its end. Raises
        SignInExpired where there is no more, and what `ask_tokens` raises."""
        now = time.time()
        # One that lasts longer than any token does was dated by a clock that was set back since.
        if self._tokens.access and now + _EARLY < self._tokens.expires < now + _LONGEST_LIFE + _EARLY:
            return self._tokens.access
        return await self.renew(self._tokens.access)

    async def renew(self, refused: str) -> str:
        """A token other than `refused`: the one that somebody has fetched meanwhile, or a new one."""
        async with self._one:
            if self._tokens.access and self._tokens.access != refused:
                return self._tokens.access
            form = {"grant_type": "refresh_token", "refresh_token": self._tokens.refresh, **self._form}
            try:
                fresh = await ask_tokens(self._web, self._cloud, self._url, form)
            except SignInRefused as refusal:
                # Revoked, too old, or the client is gone: only the person can go on from here.
                error = refusal.facts.get("error", "")
                raise SignInExpired(cloud=self._cloud, error=error) from None
            fresh = replace(fresh, refresh=fresh.refresh or self._tokens.refresh)
            await self._keep(fresh)
            self._tokens = fresh
            return fresh.access
