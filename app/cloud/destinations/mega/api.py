"""MEGA's API: commands as JSON to one address, numbers as errors, proof of work on demand.

A request has a number; repeated with the same number and the same body it is answered as the first time
and done once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.cloud.destinations.mega import hashcash
from app.cloud.destinations.mega.faults import NAME, Number, fault, http_fault, unclear
from app.cloud.limits import Pace
from app.cloud.web import Web, stand_in
from app.domain.errors import CloudBusy, CloudRefused
from app.domain.words import N_
from app.net.answers import MAX_BODY, Answer
from app.net.hosts import is_loopback

ORIGIN = "https://g.api.mega.co.nz"
STALL = 60.0
_STORAGE = (".mega.co.nz", ".mega.nz")
_PROOFS = 2
#: How much of the account's tree is read at once: some 500,000 nodes.
LARGEST_TREE = 256 * 1024 * 1024

Command = Mapping[str, Any]


def origin_of(env: Mapping[str, str]) -> str:
    """Where the API is: MEGA's, or a stand-in's. Raises UsageError."""
    return stand_in(env, "REELKEY_MEGA_ORIGIN", ORIGIN)


class Api:
    """Requests of one session (`sid`; "" before the sign-in). Raises CloudError."""

    def __init__(
        self, origin: str, sid: str = "", pace: Pace | None = None, stall: float | None = None
    ) -> None:
        self.web = Web(NAME, origin, stall=STALL if stall is None else stall, total=600.0, pace=pace)
        self._origin = origin
        self._here = is_loopback(urlsplit(origin).hostname or "")
        self._sid = sid
        self._last = secrets.randbelow(1 << 30)

    def number(self) -> int:
        """The number of the next request."""
        self._last += 1
        return self._last

    async def one(self, command: Command, *, number: int | None = None) -> Any:
        """The answer to one command. A negative number becomes the error it stands for."""
        (answer,) = await self.ask(command, number=number)
        return answer

    async def ask(self, *commands: Command, number: int | None = None) -> list[Any]:
        """The answers to `commands`, in order. `number` is given where a request is repeated."""
        answer = await self._post(commands, number, MAX_BODY)
        try:
            values = answer.json()
        except ValueError:
            raise unclear() from None
        code = error_number(values)
        if code is not None:
            raise fault(code)
        if not isinstance(values, list) or len(values) != len(commands):
            raise unclear()
        for value in values:
            code = error_number(value)
            if code is not None:
                raise fault(code)
        return values

    async def tree(self) -> bytes:
        """The answer to the command that lists the account's nodes, unread: it can be tens of megabytes."""
        answer = await self._post([{"a": "f", "c": 1, "r": 1}], None, LARGEST_TREE)
        if answer.body is None:
            raise unclear()
        if len(answer.body) < 64:
            try:
                value = answer.json()
            except ValueError:
                raise unclear() from None
            code = error_number(value[0] if isinstance(value, list) and value else value)
            raise fault(code) if code is not None else unclear()
        return answer.body

    async def news(self, sn: str) -> dict[str, Any] | None:
        """What changed in the account since `sn`: ``a`` the changes and the next ``sn``, or ``w`` for none.
        None where the server can't say, and the tree must be fetched."""
        answer = await self.web.ask("POST", f"{self._origin}/sc", query={"sn": sn, "sid": self._sid})
        if answer.status != 200:
            raise http_fault(answer)
        try:
            value = answer.json()
        except ValueError:
            return None
        code = error_number(value)
        if code in (Number.SESSION, Number.AGAIN, Number.RATE_LIMIT, Number.UNAVAILABLE):
            raise fault(code)
        return value if isinstance(value, dict) and code is None else None

    async def _post(self, commands: object, number: int | None, limit: int) -> Answer:
        query = {"id": str(self.number() if number is None else number)}
        if self._sid:
            query["sid"] = self._sid
        body = json.dumps(commands, separators=(",", ":")).encode("ascii")
        headers = {"Content-Type": "application/json"}
        for _ in range(_PROOFS + 1):
            answer = await self.web.ask(
                "POST", f"{self._origin}/cs", query=query, headers=headers, content=body, limit=limit
            )
            if answer.status != 402:
                break
            try:
                headers["X-Hashcash"] = await hashcash.solve(answer.headers.get("X-Hashcash", ""))
            except hashcash.TooHard:
                raise CloudBusy(cloud=NAME) from None
        if answer.status == 200:
            return answer
        raise http_fault(answer)

    def storage(self, url: object) -> str:
        """A storage address that the API named, without a slash at its end: only MEGA's own hosts over
        https, or this computer where a stand-in is asked. Raises CloudRefused."""
        text = url if isinstance(url, str) and len(url) < 2048 and url.isascii() else ""
        try:
            parts = urlsplit(text)
            host = (parts.hostname or "").lower()
            parts.port  # noqa: B018 - raises for a port that is none
        except ValueError:
            host = ""
        if host and "@" not in parts.netloc and not parts.query and not parts.fragment:
            if self._here and is_loopback(host) and parts.scheme in ("http", "https"):
                return text.rstrip("/")
            if host.endswith(_STORAGE) and parts.scheme in ("http", "https") and not parts.port:
                return f"https://{host}{parts.path}".rstrip("/")
        raise CloudRefused(cloud=NAME, text=N_("its storage has an address that is not its own"), status="u")

    async def aclose(self) -> None:
        await self.web.aclose()


def error_number(value: object) -> int | None:
    """The error that an answer stands for, in any of the protocol's forms; None where it is none."""
    if isinstance(value, dict) and set(value) <= {"err", "extra"} and "err" in value:
        value = value["err"]
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return value
    return None
