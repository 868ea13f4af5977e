"""The outermost layer of a stand-in: counts requests, plays faults before, over or in place of answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clouds.faults import Fault, Faults
from sandbox.serving import Abort, drop, wait

CONTROL = "/_control"
_KEPT = 20_000
_STEP = 16_384


class Requests:
    """What was asked: a number by kind, and the last requests. Queries, bodies and headers aren't kept."""

    def __init__(self, kind: Callable[[Scope], str]) -> None:
        self._kind = kind
        self._last: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.by_kind: Counter[str] = Counter()
        self.under_way = 0
        self.most_at_once = 0

    def begin(self, scope: Scope) -> dict[str, Any]:
        """Write a request down; its `status` is filled in when it is answered."""
        kind = self._kind(scope)
        self.by_kind[kind] += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        entry = {
            "kind": kind,
            "method": scope["method"],
            "path": scope["path"],
            "status": None,
            "fault": None,
        }
        self._last.append(entry)
        return entry

    def end(self) -> None:
        self.under_way -= 1

    def last(self) -> list[dict[str, Any]]:
        """The last requests, the oldest first."""
        return list(self._last)

    def clear(self) -> None:
        self._last.clear()
        self.by_kind.clear()
        self.most_at_once = self.under_way


class Layer:
    """ASGI middleware. `error` makes the cloud's own error of a `status` fault; `abort` cuts a connection.

    Control calls are neither counted nor met by faults.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: Faults,
        requests: Requests,
        error: Callable[[Fault], Response],
        abort: Abort,
    ) -> None:
        self._app = app
        self._faults = faults
        self._requests = requests
        self._error = error
        self._abort = abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        entry = self._requests.begin(scope)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        query = scope["query_string"].decode("latin-1")
        fault = self._faults.next_for(scope["method"], f"{scope['path']}?{query}" if query else scope["path"])
        try:
            if fault is None:
                await self._app(scope, receive, noting)
                return
            entry["fault"] = fault.kind
            await self.play(fault, scope, receive, noting)
        finally:
            self._requests.end()

    async def play(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `scope` as `fault` has it."""
        if self._faults.is_own(fault):
            scope["fault"] = fault
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case "slow":
                await self._app(scope, self._slow_receive(fault, receive), self._slow_send(fault, send))
            case "cut_request":
                await self._cut_request(fault, scope, receive)
            case "change" | "cut_answer":
                await self._over(fault, await self._capture(scope, receive), scope, receive, send)
            case "delay":
                await self._delay(fault, scope, receive, send)
            case _:
                await self._instead(fault, scope, receive, send)

    async def _instead(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.act:
            await self._capture(scope, receive)
        elif fault.kind in ("status", "garbage") and not fault.early:
            await _drain(receive)
        if fault.kind == "hang":
            await self._wait(fault.seconds)
        if fault.kind in ("hang", "reset"):
            await drop(self._abort, scope, receive)
            return
        answer = self._error(fault) if fault.kind == "status" else HTMLResponse(fault.body, fault.code or 200)
        answer.headers.update(fault.headers)
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = fault.retry_after
        await answer(scope, receive, send)

    async def _delay(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if not fault.act:
            await self._wait(fault.seconds)
            await self._app(scope, receive, send)
            return
        messages = await self._capture(scope, receive)
        await self._wait(fault.seconds)
        for message in messages:
            await send(message)

    async def _capture(self, scope: Scope, receive: Receive) -> list[Message]:
        """Let the stand-in act, and keep its answer back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages

    async def _over(
        self, fault: Fault, messages: list[Message], scope: Scope, receive: Receive, send: Send
    ) -> None:
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        if fault.kind == "cut_answer":
            await send(start)
            await send({"type": "http.response.body", "body": body[: fault.size], "more_body": True})
            await asyncio.sleep(0)  # one turn of the loop: what was written leaves before the cut
            await drop(self._abort, scope, receive)
            return
        body = _changed(fault, body)
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    async def _cut_request(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        left = fault.size

        async def cutting() -> Message:
            nonlocal left
            if left <= 0:
                self._abort(scope)
                return {"type": "http.disconnect"}
            message = await receive()
            body = message.get("body", b"")
            if message["type"] != "http.request" or len(body) < left:
                left -= len(body)
                return message
            kept, left = body[:left], 0
            return {"type": "http.request", "body": kept, "more_body": True}

        async def unheard(_message: Message) -> None:
            return

        await self._app(scope, cutting, unheard)
        await drop(self._abort, scope, receive)

    def _slow_receive(self, fault: Fault, receive: Receive) -> Receive:
        async def slowly() -> Message:
            message = await receive()
            await self._wait(len(message.get("body", b"")) / fault.rate)
            return message

        return slowly

    def _slow_send(self, fault: Fault, send: Send) -> Send:
        async def slowly(message: Message) -> None:
            body = message.get("body", b"")
            while len(body) > _STEP:
                await send({"type": "http.response.body", "body": body[:_STEP], "more_body": True})
                await self._wait(_STEP / fault.rate)
                body = body[_STEP:]
            await self._wait(len(body) / fault.rate)
            await send({**message, "body": body} if message["type"] == "http.response.body" else message)

        return slowly

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await wait(self._faults.released, seconds)


async def _drain(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


def _changed(fault: Fault, body: bytes) -> bytes:
    """The answer with `set` and `remove` applied; left alone where it is no JSON object."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return body
    if not isinstance(answer, dict):
        return body
    answer.update(fault.set)
    for name in fault.remove:
        answer.pop(name, None)
    return json.dumps(answer, ensure_ascii=False).encode()
