"""The stand-in put together: sign-in, metadata, uploads and control calls on one origin, under one layer."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clouds.drive import uploads
from sandbox.clouds.drive.accounts import Accounts
from sandbox.clouds.drive.answers import Refused, error, fault_error
from sandbox.clouds.drive.api import Api
from sandbox.clouds.drive.clock import Clock
from sandbox.clouds.drive.control import Desk
from sandbox.clouds.drive.files import Files
from sandbox.clouds.drive.settings import Settings
from sandbox.clouds.drive.sign_in import AUTH_PATH, DECISION_PATH, SignIn
from sandbox.clouds.drive.store import Store
from sandbox.clouds.faults import Faults
from sandbox.clouds.layer import CONTROL, Layer, Requests
from sandbox.serving import Abort

# Kinds of faults beside the general ones. `short`: what came is taken, then only `size` bytes of the file are
# held (a whole number of blocks, perhaps fewer than before). `forget_session`: it is gone, with `code` (404).
# `lie`: the file that is made is described with `set` from then on.
OWN_FAULTS = ("short", "forget_session", "lie")

_KINDS = {
    ("GET", AUTH_PATH): "auth",
    ("POST", "/token"): "token",
    ("POST", "/revoke"): "revoke",
    ("GET", "/drive/v3/about"): "about",
    ("GET", "/drive/v3/files/generateIds"): "ids",
    ("GET", "/drive/v3/files"): "list",
    ("POST", "/drive/v3/files"): "create",
    ("DELETE", "/drive/v3/files/trash"): "empty trash",
}


def build(abort: Abort, _origin: str = "", settings: Settings | None = None) -> ASGIApp:
    """The whole application, empty. `abort` cuts the connection that a scope came by."""
    return Layer(
        _Whole(settings or Settings(), faults := Faults(OWN_FAULTS), requests := Requests(kind_of)),
        faults=faults,
        requests=requests,
        error=fault_error,
        abort=abort,
    )


class _Whole:
    """The application, which a reset makes anew."""

    def __init__(self, settings: Settings, faults: Faults, requests: Requests) -> None:
        self._first, self._faults, self._requests = settings, faults, requests
        self._uploads, self._rest = self._make()

    def reset(self) -> None:
        self._faults.clear()
        self._requests.clear()
        self._uploads, self._rest = self._make()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_upload = any(path == base or path.startswith(base + "/") for base in uploads.PATHS)
        await (self._uploads if is_upload else self._rest)(scope, receive, send)

    def _make(self) -> tuple[ASGIApp, ASGIApp]:
        settings, clock = self._first.model_copy(deep=True), Clock()
        store, accounts = Store(clock), Accounts(clock, token_seconds=settings.token_seconds)
        files = Files(store, clock, settings)
        sending = uploads.Uploads(files, accounts, clock, settings)
        sign_in = SignIn(accounts, lambda: settings.consent)
        desk = Desk(
            store=store,
            accounts=accounts,
            uploads=sending,
            sign_in=sign_in,
            faults=self._faults,
            requests=self._requests,
            settings=settings,
            clock=clock,
            reset=self.reset,
        )
        routes = [
            Route(AUTH_PATH, sign_in.auth, methods=["GET"]),
            Route(DECISION_PATH, sign_in.decision, methods=["POST"]),
            Route("/token", sign_in.token, methods=["POST"]),
            Route("/revoke", sign_in.revoke, methods=["POST"]),
            *Api(files, store, accounts, settings).routes(),
            *desk.routes(),
            Route("/{rest:path}", _nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return sending, app


async def _nothing(request: Request) -> Response:
    if request.url.path.startswith(("/drive/", "/upload/", CONTROL)):
        return error(Refused(404, "notFound", "Not Found"))
    return HTMLResponse("<html><title>Error 404 (Not Found)!!1</title></html>", 404)


def kind_of(scope: Scope) -> str:
    """What a request is, in a word, for counting."""
    method, path = scope["method"], scope["path"]
    query = scope["query_string"].decode("latin-1")
    if path.startswith(uploads.PATHS):
        if "upload_id=" not in query:
            way = query.partition("uploadType=")[2].partition("&")[0]
            return "session begin" if way == "resumable" else f"upload {way}"
        if method == "DELETE":
            return "session cancel"
        ranges = dict(scope["headers"]).get(b"content-range", b"")
        return "session question" if ranges.startswith(b"bytes */") else "piece"
    if (method, path) in _KINDS:
        return _KINDS[method, path]
    if path.startswith("/drive/v3/files/"):
        named = {"GET": "get", "PATCH": "update", "DELETE": "delete"}
        return "download" if "alt=media" in query else named.get(method, "other")
    return "drives" if path.startswith("/drive/v3/drives") else "other"
