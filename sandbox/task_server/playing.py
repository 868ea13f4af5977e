"""Faults as they are played to the client: instead of, before or over the true answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.serving import Abort, drop, wait
from sandbox.task_server.answers import SERVER_ERROR_PAGE
from sandbox.task_server.faults import Fault

GATEWAY_PAGE = """<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
"""
PORTAL_PAGE = """<!doctype html>
<html><head><title>网络登录</title></head>
<body><h1>请先登录网络</h1>
<form action="/login"><input name="user"><input name="password"></form></body></html>
"""
_SLOW_STEPS = 20


@dataclass
class Captured:
    """A true answer that was caught on its way out."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    @property
    def start(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}

    def replaced(self, body: bytes) -> Captured:
        """The same answer with another body."""
        kept = [(name, value) for name, value in self.headers if name != b"content-length"]
        return Captured(self.status, [*kept, (b"content-length", str(len(body)).encode())], body)


class Player:
    """Plays one fault. `abort` cuts the client's connection; `released` ends waits early."""

    def __init__(self, app: ASGIApp, abort: Abort, released: asyncio.Event) -> None:
        self._app = app
        self._abort = abort
        self._released = released

    async def play(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `scope` as `fault` has it."""
        if fault.kind == "delay":
            await self._delay(fault, scope, receive, send)
            return
        if fault.kind in ("change", "slow", "cut"):
            await self._over(fault, await self.capture(scope, receive), scope, receive, send)
            return
        if fault.act:
            await self.capture(scope, receive)
        if fault.kind == "drop":
            await drop(self._abort, scope, receive)
        else:
            await _instead(fault)(scope, receive, send)

    async def capture(self, scope: Scope, receive: Receive) -> Captured:
        """Let the true application act, and keep its answer back."""
        answer = Captured()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message.get("headers", []))
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self._app(scope, receive, keep)
        return answer

    async def _delay(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if not fault.act:
            await wait(self._released, fault.seconds)
            await self._app(scope, receive, send)
            return
        answer = await self.capture(scope, receive)
        await wait(self._released, fault.seconds)
        await send(answer.start)
        await send({"type": "http.response.body", "body": answer.body})

    async def _over(self, fault: Fault, answer: Captured, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "change":
            answer = answer.replaced(_changed(fault, answer.body))
        await send(answer.start)
        if fault.kind == "cut":
            half = answer.body[: len(answer.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await drop(self._abort, scope, receive)
            return
        if fault.kind == "slow":
            await self._trickle(fault.seconds, answer.body, send)
        else:
            await send({"type": "http.response.body", "body": answer.body})

    async def _trickle(self, seconds: float, body: bytes, send: Send) -> None:
        step = -(-len(body) // _SLOW_STEPS) or 1
        for start in range(0, len(body), step):
            await wait(self._released, seconds / _SLOW_STEPS)
            piece = body[start : start + step]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _instead(fault: Fault) -> Response:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else None
    match fault.kind:
        case "page":
            code = fault.code or 200
            return HTMLResponse(GATEWAY_PAGE if code >= 500 else PORTAL_PAGE, code, headers)
        case "bare":
            body = {"ok": True} if fault.body is None else fault.body
            return JSONResponse(body, fault.code or 200, headers)
        case "text":
            return PlainTextResponse(b"x" * fault.size, fault.code or 200, headers)
        case "redirect":
            return RedirectResponse(fault.location, fault.code or 302)
        case _:
            return _error(fault, headers)


def _error(fault: Fault, headers: dict[str, str] | None) -> Response:
    code, text = fault.code or 500, fault.message or "服务器出现了错误。"
    match fault.shape:
        case "html":
            return HTMLResponse(SERVER_ERROR_PAGE, code, headers)
        case "empty":
            return Response(status_code=code, headers=headers)
        case "envelope":
            return JSONResponse({"data": None, "message": text}, code, headers)
        case "fields":
            return JSONResponse({"non_field_errors": [text]}, code, headers)
        case _:
            return JSONResponse({"detail": text}, code, headers)


def _changed(fault: Fault, body: bytes) -> bytes:
    """The answer with `set`, `remove` and `envelope` applied; left alone where it is no JSON object."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return body
    if not isinstance(answer, dict):
        return body
    data = answer.get("data")
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            item.update(fault.set)
            for name in fault.remove:
                item.pop(name, None)
    if fault.message:
        answer["message"] = fault.message
    answer.update(fault.envelope)
    return json.dumps(answer, ensure_ascii=False).encode()
