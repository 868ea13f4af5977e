"""`/cs` and `/sc`: requests of commands, and push."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from sandbox.clouds.faults import Fault, Faults
from sandbox.clouds.layer import Layer
from sandbox.clouds.mega.calls import Call
from sandbox.clouds.mega.commands import COMMANDS
from sandbox.clouds.mega.errors import Number, Refused
from sandbox.clouds.mega.state import State

BODY_LIMIT = 16 * 1024 * 1024
_COMMANDS_LIMIT = 2000
# A whole request that got nothing but these was not carried out: it may come again with its id.
_PASSING = (Number.AGAIN, Number.RATE_LIMIT, Number.TEMPORARILY)
_MET = "mega.met"


class TooLarge(Exception):
    """A body beyond what any client sends."""


async def read_body(receive: Receive, limit: int = BODY_LIMIT) -> bytes | None:
    """The whole body; None where the connection broke. Raises TooLarge."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge
        if not message.get("more_body"):
            return b"".join(parts)


class Api:
    """The endpoints that speak in commands. `layer` is set once the layer around everything exists."""

    def __init__(self, state: State, faults: Faults, origin: str) -> None:
        self.state = state
        self._faults = faults
        self._origin = origin
        self.layer: Layer | None = None

    async def commands(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /cs: proof of work, memory of request ids, then each command in turn."""
        try:
            body = await read_body(receive)
        except TooLarge:
            await Response(status_code=413)(scope, receive, send)
            return
        if body is None:
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        wanted = _parse(body)
        fault = self._fault(scope, query, wanted)
        if fault is not None and not self._faults.is_own(fault):
            assert self.layer is not None
            scope[_MET] = True
            await self.layer.play(fault, scope, _again(body, receive), send)
            return
        request = query.get("id", [""])[0]
        if self._lacks_proof(scope, request, wanted):
            headers = {"X-Hashcash": self.state.challenge()}
            await Response(status_code=402, headers=headers)(scope, receive, send)
            return
        answer = self._answer(query.get("sid", [None])[0], request, body, wanted, fault)
        await Response(answer, media_type="application/json")(scope, receive, send)

    def _fault(self, scope: Scope, query: Mapping[str, list[str]], wanted: Any) -> Fault | None:
        if scope.get(_MET):
            return None
        aimed: Fault | None = scope.get("fault")  # by its path alone
        if aimed is not None:
            return aimed
        facts = {"command": ",".join(_names(wanted)), "sid": "yes" if "sid" in query else "no"}
        return self._faults.next_for(scope["method"], scope["path"], facts)

    def _lacks_proof(self, scope: Scope, request: str, wanted: Any) -> bool:
        settings = self.state.settings
        if not settings.easiness:
            return False
        if "*" not in settings.easiness_for and not set(settings.easiness_for) & set(_names(wanted)):
            return False
        header = dict(scope["headers"]).get(b"x-hashcash")
        return header is None or not self.state.proven(header.decode("latin-1"), request)

    def _answer(self, sid: str | None, request: str, body: bytes, wanted: Any, fault: Fault | None) -> bytes:
        if not request.isascii() or not request.isdigit():
            return b"-2"
        key, digest = (sid or "", int(request)), hashlib.sha256(body).digest()
        before = self.state.answered.get(key)
        if before is not None:
            if before[0] != digest:
                return b"-2"
            self.state.replays += 1
            return before[1]
        if not isinstance(wanted, list) or not 0 < len(wanted) <= _COMMANDS_LIMIT:
            return b"-2"
        if sid is not None:
            try:
                self.state.accounts.signed_in(sid)
            except Refused as refused:
                return str(int(refused.number)).encode()
        answers = [self._one(sid, fields, fault) for fields in wanted]
        answer = json.dumps(answers, ensure_ascii=False, separators=(",", ":")).encode()
        if not all(value in _PASSING for value in answers if isinstance(value, int)) or not all(
            isinstance(value, int) for value in answers
        ):
            self.state.remember(key, digest, answer)
        return answer

    def _one(self, sid: str | None, fields: Any, fault: Fault | None) -> Any:
        if not isinstance(fields, dict) or not isinstance(fields.get("a"), str):
            return int(Number.ARGS)
        name = fields["a"]
        self.state.commands[name if name in COMMANDS else "?"] += 1
        if fault is not None and fault.kind == "number" and re.search(fault.facts.get("command", ""), name):
            return fault.size
        function = COMMANDS.get(name)
        if function is None:
            return int(Number.ARGS)
        call = Call(self.state, sid, self._origin, fields, fault)
        try:
            return function(call)
        except Refused as refused:
            return int(refused.number)

    async def push(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /sc: news since `sn`, or where to wait for it."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        with contextlib.suppress(TooLarge):
            await read_body(receive)
        try:
            account = self.state.accounts.signed_in(query.get("sid", [None])[0])
            sn = query.get("sn", [""])[0]
            packets = self.state.events.since(account.user, sn)
            answer: Any = {"a": packets, "sn": self.state.events.now}
            if not packets:
                place = self.state.events.waiting_place(account.user, sn)
                answer = {"w": f"{self._origin}/wait/{place}", "sn": sn}
        except Refused as refused:
            answer = int(refused.number)
        await Response(json.dumps(answer), media_type="application/json")(scope, receive, send)

    async def wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET or POST /wait/…: answers once there is news, or after the longest wait."""
        news = asyncio.create_task(self.state.events.wait(scope["path"].rpartition("/")[2]))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait(
                {news, gone}, timeout=self.state.settings.wait, return_when=asyncio.FIRST_COMPLETED
            )
            if gone.done() and not news.done():
                return
            refused = news.done() and news.exception() is not None
            await Response(b"0", 404 if refused else 200)(scope, receive, send)
        finally:
            for task in (news, gone):
                task.cancel()
            await asyncio.gather(news, gone, return_exceptions=True)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _names(wanted: Any) -> list[str]:
    if not isinstance(wanted, list):
        return []
    return [str(fields.get("a")) for fields in wanted if isinstance(fields, dict)]


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read once more, then goes on."""
    given = False

    async def giving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return giving


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
