"""The calls for tests: what is stored and was asked, faults, switches, what people and time do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clouds.content import whole
from sandbox.clouds.drive.accounts import ACCOUNT, CLIENT_ID, FILE_SCOPE, Accounts, Grant
from sandbox.clouds.drive.answers import Refused
from sandbox.clouds.drive.clock import Clock
from sandbox.clouds.drive.settings import Settings
from sandbox.clouds.drive.sign_in import PageRefused, SignIn
from sandbox.clouds.drive.store import FOLDER, Item, Store
from sandbox.clouds.drive.uploads import Uploads
from sandbox.clouds.faults import Fault, Faults
from sandbox.clouds.layer import CONTROL, Requests

Call = Callable[[Any], Any]


class Desk:
    """The control calls. Each takes a decoded JSON body and gives an answer for JSON."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        uploads: Uploads,
        sign_in: SignIn,
        faults: Faults,
        requests: Requests,
        settings: Settings,
        clock: Clock,
        reset: Callable[[], None],
    ) -> None:
        self._store, self._accounts, self._uploads, self._sign_in = store, accounts, uploads, sign_in
        self._faults, self._requests, self._settings, self._clock = faults, requests, settings, clock
        self._reset = reset

    def routes(self) -> list[Route]:
        return [
            _route("GET", "/state", self._state),
            _route("GET", "/requests", lambda _: self._requests.last()),
            _route("GET", "/faults", lambda _: self._faults.state()),
            _route("POST", "/faults", lambda body: self._faults.add(Fault.model_validate(body))),
            _route("DELETE", "/faults", lambda _: self._faults.clear()),
            _route("PATCH", "/settings", self._change),
            _route("POST", "/reset", lambda _: self._reset()),
            _route("POST", "/token", self._token),
            _route("POST", "/consent", self._consent),
            _route("POST", "/expire_tokens", lambda _: self._accounts.expire_access()),
            _route("POST", "/revoke_all", lambda _: self._accounts.revoke_all()),
            _route("POST", "/advance", lambda body: self._clock.advance(body["seconds"])),
            _route("POST", "/drives", lambda body: {"id": self._store.add_drive(body["name"])}),
            _route("POST", "/files", self._place),
            _route("PATCH", "/files", self._lie),
            _route("DELETE", "/sessions", lambda _: self._uploads.sessions.clear()),
        ]

    def _state(self, _body: Any) -> dict[str, Any]:
        files = [
            item.resource() | {"client": item.client, "account": item.account, "path": self._path(item)}
            for item in self._store.all()
        ]
        return {
            "files": files,
            "drives": dict(self._store.drives),
            "sessions": [session.state() for session in self._uploads.sessions.values()],
            "requests": dict(self._requests.by_kind),
            "most_at_once": self._requests.most_at_once,
            "tokens": self._accounts.counts(),
            "settings": self._settings.model_dump(),
            "faults": self._faults.state(),
        }

    def _path(self, item: Item) -> str:
        above = self._store.get(item.parent)
        return f"{self._path(above)}/{item.name}" if above else item.name

    def _change(self, body: Any) -> dict[str, Any]:
        Settings.model_validate(self._settings.model_dump() | body)
        for name, value in body.items():
            setattr(self._settings, name, value)
        self._accounts.token_seconds = self._settings.token_seconds
        return self._settings.model_dump()

    def _token(self, body: Any) -> dict[str, str]:
        """Tokens past the sign-in."""
        scopes = tuple(body.get("scopes", [FILE_SCOPE]))
        grant = Grant(body.get("account", ACCOUNT), body.get("client", CLIENT_ID), scopes)
        refresh = self._accounts.issue_refresh(grant)
        access = self._accounts.issue(grant, refresh, body.get("seconds"))
        return {"access_token": access, "refresh_token": refresh}

    def _consent(self, body: Any) -> dict[str, str]:
        """A person's answer to the address that a program would have opened: where the browser goes then."""
        asked = self._sign_in.read(body["url"].partition("?")[2])
        return {"redirect": self._sign_in.decide(asked, allow=body.get("allow", True))}

    def _place(self, body: Any) -> dict[str, str]:
        """A file or folder made by hand or by another program."""
        account = body.get("account", ACCOUNT)
        parent = self._store.get(body.get("parent", ""))
        text, now = body.get("text"), self._clock.stamp()
        item = Item(
            self._store.new_id(),
            body["name"],
            FOLDER if text is None else "text/plain",
            parent.id if parent else body.get("drive") or self._store.root(account),
            account,
            body.get("client", ""),
            now,
            now,
            parent.drive if parent else body.get("drive", ""),
            None if text is None else whole(text.encode(), keep=True),
        )
        self._store.add(item)
        return {"id": item.id}

    def _lie(self, body: Any) -> None:
        """Answers about a file that aren't true, from now on; {} ends them."""
        item = self._store.get(body["id"])
        if item is None:
            raise KeyError(body["id"])
        item.lies = body["set"]


def _route(method: str, path: str, call: Call) -> Route:
    async def handle(request: Request) -> Response:
        try:
            raw = await request.body()
            return JSONResponse(call(json.loads(raw) if raw else {}))
        except (ValidationError, ValueError, KeyError, TypeError, Refused, PageRefused) as error:
            return JSONResponse({"detail": f"{type(error).__name__}: {error}"}, 422)

    handler: Callable[[Request], Awaitable[Response]] = handle
    return Route(CONTROL + path, handler, methods=[method])
