"""The application: which path goes where, with the layer of faults around it all."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clouds.faults import Fault, Faults
from sandbox.clouds.layer import CONTROL, Layer, Requests
from sandbox.clouds.mega.api import Api
from sandbox.clouds.mega.control import Control
from sandbox.clouds.mega.state import State
from sandbox.clouds.mega.storage import Storage
from sandbox.serving import Abort

# `number`: matching commands are answered with `size`. `lie_size`, `change_key`: nodes that `p` makes show a
# size that is `size` off, or a key with a bit turned. `forget`, `expire`: the upload address answers 404, or
# -8, from then on. `drop_piece`: a piece is taken and lost. `corrupt`: it is stored with bits turned.
OWN_FAULTS = ("number", "lie_size", "change_key", "forget", "expire", "drop_piece", "corrupt")


def build(abort: Abort, origin: str) -> ASGIApp:
    """The stand-in as an ASGI application."""
    faults = Faults(OWN_FAULTS)
    requests = Requests(_kind)
    whole = _Whole(faults, requests, origin)
    layer = Layer(whole, faults=faults, requests=requests, error=_error, abort=abort)
    whole.layer = layer
    whole.renew()
    return layer


class _Whole:
    """What is behind the layer; `renew` makes it as new."""

    def __init__(self, faults: Faults, requests: Requests, origin: str) -> None:
        self._faults = faults
        self._requests = requests
        self._origin = origin
        self.layer: Layer | None = None

    def renew(self) -> None:
        state = State()
        self._api = Api(state, self._faults, self._origin)
        self._api.layer = self.layer
        self._storage = Storage(state)
        self._control = Control(state, self._faults, self._requests, self.renew)
        self._faults.clear()
        self._requests.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        found: ASGIApp
        if path.startswith(f"{CONTROL}/"):
            found = self._control
        elif path == "/cs" and method == "POST":
            found = self._api.commands
        elif path == "/sc" and method == "POST":
            found = self._api.push
        elif path.startswith("/wait/") and method in ("GET", "POST"):
            found = self._api.wait
        elif path.startswith("/ul/") and method == "POST":
            found = self._storage.upload
        elif path.startswith("/dl/") and method == "GET":
            found = self._storage.download
        else:
            found = PlainTextResponse("not found", 404)
        await found(scope, receive, send)


def _kind(scope: Scope) -> str:
    first = scope["path"].split("/")[1] if "/" in scope["path"] else ""
    return f"{scope['method']} {first}"


def _error(fault: Fault) -> Response:
    """A `status` fault: without a code, the number in `message` as answer to the whole request."""
    if not fault.code:
        return Response(json.dumps(int(fault.message or -3)), media_type="application/json")
    headers: dict[str, Any] = dict(fault.headers)
    if fault.code == 509:
        headers.setdefault("X-MEGA-Time-Left", "3600")
    return Response(fault.reason or fault.message, fault.code, headers=headers)
