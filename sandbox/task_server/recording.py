"""The outermost layer: every request is written down, may meet a fault, then reaches the application.

Written down are method, path, query, form fields, who asked, the status and how it ended – never a token.
The stand-in's own pages and control calls are neither recorded nor met by faults.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.task_server.accounts import Accounts
from sandbox.task_server.answers import BAD_REQUEST_PAGE, Refused
from sandbox.task_server.faults import Fault, Faults
from sandbox.task_server.fields import Form
from sandbox.task_server.forms import BODY_LIMIT, read_form
from sandbox.task_server.playing import Player
from sandbox.task_server.store import Store, now

OWN_PATHS = ("/_control", "/static/", "/site/", "/openapi.json")


class Bell:
    """Rung when a request has ended, so that a control call can wait for one."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()

    async def ring(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def wait_for(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether `ready` came true within `seconds`; asked anew at every ring."""
        async with self._condition:
            try:
                await asyncio.wait_for(self._condition.wait_for(ready), seconds)
            except TimeoutError:
                return False
        return True


class Recorder:
    """ASGI middleware around the application."""

    def __init__(
        self, app: ASGIApp, *, store: Store, accounts: Accounts, faults: Faults, player: Player, bell: Bell
    ) -> None:
        self._app = app
        self._store = store
        self._accounts = accounts
        self._faults = faults
        self._player = player
        self._bell = bell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/" or scope["path"].startswith(OWN_PATHS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = await _read_body(headers, receive)
        form = await _form_to_record(headers, body)
        seq = self._write(scope, headers, form)
        fault = self._faults.next_for(scope["method"], scope["path"], form)
        answered = _Answered(send, lambda status: self._ended(seq, status, "answered", fault))
        try:
            replay = _Replay(body or b"", receive)
            if body is None:
                await HTMLResponse(BAD_REQUEST_PAGE, 400)(scope, receive, answered)
            elif fault is None:
                await self._app(scope, replay, answered)
            else:
                await self._player.play(fault, scope, replay, answered)
        finally:
            if not answered.whole:
                self._ended(seq, answered.status, "dropped", fault)
            await self._bell.ring()

    def _ended(self, seq: int, status: int | None, outcome: str, fault: Fault | None) -> None:
        self._store.run(
            "UPDATE requests SET status = ?, outcome = ?, fault = ? WHERE seq = ?",
            status,
            outcome,
            fault.kind if fault else None,
            seq,
        )

    def _write(self, scope: Scope, headers: Headers, form: Form) -> int:
        token = headers.get("token")
        user = self._accounts.of_token(token.strip(), even_expired=True) if token else None
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        return self._store.insert(
            "requests",
            at=now(),
            method=scope["method"],
            path=scope["path"],
            query=_without_tokens(query),
            form=_without_tokens(form),
            content_type=headers.get("content-type", "").split(";")[0],
            user=user.name if user else None,
            token=int(token is not None),
            http_token=int("http_token" in headers),
        )


class _Replay:
    """Gives the application the body that was read already."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Answered:
    """Notes the status, and tells `on_whole` just before the answer's end goes out: who has the answer
    finds it written down."""

    def __init__(self, send: Send, on_whole: Callable[[int | None], None]) -> None:
        self._send = send
        self._on_whole = on_whole
        self.status: int | None = None
        self.whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif not message.get("more_body", False):
            self.whole = True
            self._on_whole(self.status)
        await self._send(message)


async def _read_body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body; None where it is too long for Django.

    One without a Content-Length (chunked) is read away and counts as empty: that is all that an application
    behind WSGI sees of it.
    """
    pieces: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        piece = message.get("body", b"")
        length += len(piece)
        if length <= BODY_LIMIT:
            pieces.append(piece)
        if not message.get("more_body", False):
            break
    if "content-length" not in headers:
        return b""
    return b"".join(pieces) if length <= BODY_LIMIT else None


async def _form_to_record(headers: Headers, body: bytes | None) -> Form:
    try:
        return await read_form(headers, body or b"")
    except Refused:
        return {}


def _without_tokens(fields: Any) -> str:
    kept = {name: value for name, value in fields.items() if "token" not in name.lower()}
    return json.dumps(kept, ensure_ascii=False)
