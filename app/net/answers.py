"""Reading answers: a body of bounded size, strict JSON, and when to come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import httpx2

MAX_BODY = 1024 * 1024
MAX_RETRY_AFTER = 3600.0


class Answer:
    """Status, body (None where it was too long or encoded in a way we did not ask for), Retry-After in
    seconds, and the headers (names in any case)."""

    def __init__(
        self,
        status: int,
        body: bytes | None,
        retry_after: float | None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.headers = headers or {}

    def json(self) -> Any:
        """The body as JSON. ValueError for whatever is no strict JSON in UTF-8."""
        if self.body is None:
            raise ValueError("unread")
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("too deep") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def read_answer(response: httpx2.Response, limit: int = MAX_BODY) -> Answer:
    """Read at most `limit` bytes: 10 MB of text are left where they are. Nothing is decompressed: none is
    asked for, and a few kilobytes could unfold into gigabytes."""
    retry_after = retry_after_seconds(response.headers.get("Retry-After"))
    plain = response.headers.get("Content-Encoding", "identity").strip().lower() in ("", "identity")
    length = response.headers.get("Content-Length", "")
    if not plain or (length.isdecimal() and int(length[:19]) > limit):
        return Answer(response.status_code, None, retry_after, response.headers)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            return Answer(response.status_code, None, retry_after, response.headers)
    return Answer(response.status_code, bytes(body), retry_after, response.headers)


def retry_after_seconds(value: str | None) -> float | None:
    """Seconds, from a number or a date. RFC 9110, section 10.2.3. None for anything else."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(MAX_RETRY_AFTER, float(text[:9]))
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(MAX_RETRY_AFTER, max(0.0, (when - datetime.now(UTC)).total_seconds()))
