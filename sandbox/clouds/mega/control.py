"""Control calls for tests: accounts, faults, switches, and all that the stand-in knows, decrypted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sandbox.clouds.faults import Fault, Faults
from sandbox.clouds.layer import CONTROL, Requests
from sandbox.clouds.mega import crypto, inside
from sandbox.clouds.mega.accounts import GIB, Account
from sandbox.clouds.mega.api import read_body
from sandbox.clouds.mega.errors import Refused
from sandbox.clouds.mega.nodes import Kind, Node
from sandbox.clouds.mega.state import Settings, State


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(_Strict):
    """An account to make. `code`: two-factor is on and this is the code that is right."""

    email: str
    password: str
    version: int = 2
    code: str | None = None
    quota: int = 20 * GIB


class AccountChange(_Strict):
    """What changes of an account; fields left out stay."""

    email: str
    quota: int | None = None
    blocked: bool | None = None
    code: str | None = None


class Plant(_Strict):
    """Nodes put into an account from outside: `count` folders of one parent (a handle; None: root), or files
    with content (hex), or a node as hostile as the given fields make it (`a`, `k`)."""

    email: str
    parent: str | None = None
    name: str = "planted"
    count: int = 1
    content: str | None = None
    values: dict[str, Any] = {}  # more attributes
    a: str | None = None
    k: str | None = None


class Control:
    """Everything below /_control."""

    def __init__(self, state: State, faults: Faults, requests: Requests, renew: Callable[[], None]) -> None:
        self._state = state
        self._faults = faults
        self._requests = requests
        self._renew = renew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        path = scope["path"].removeprefix(f"{CONTROL}/")
        try:
            answer = self._answer(scope["method"], path, json.loads(body) if body else {})
        except (ValidationError, ValueError, Refused, LookupError) as error:
            await JSONResponse({"error": repr(error)}, 400)(scope, receive, send)
            return
        await JSONResponse(answer)(scope, receive, send)

    def _answer(self, method: str, path: str, body: Any) -> Any:  # noqa: PLR0911, PLR0912 - a table
        match method, path.split("/"):
            case "GET", ["state"]:
                return self._all()
            case "GET", ["requests"]:
                return self._requests.last()
            case "GET", ["content", handle]:
                return inside.content(*self._find(handle))
            case "POST", ["accounts"]:
                wanted = NewAccount.model_validate(body)
                account = self._state.accounts.make(**wanted.model_dump())
                return {"user": account.user, "root": account.tree.top(Kind.ROOT).handle}
            case "PATCH", ["accounts"]:
                return self._change(AccountChange.model_validate(body))
            case "POST", ["sessions", email]:
                return self._session(email)
            case "POST", ["nodes"]:
                return self._plant(Plant.model_validate(body))
            case "POST", ["expire", what]:
                return self._expire(what)
            case "GET", ["faults"]:
                return self._faults.state()
            case "POST", ["faults"]:
                self._faults.add(Fault.model_validate(body))
            case "DELETE", ["faults"]:
                self._faults.clear()
            case "PATCH", ["settings"]:
                settings = self._state.settings.model_dump() | body
                self._state.settings = Settings.model_validate(settings)
            case "POST", ["reset"]:
                self._renew()
            case _:
                raise LookupError(path)
        return {}

    # --- what is known ---------------------------------------------------------------------------------

    def _all(self) -> dict[str, Any]:
        state = self._state
        return {
            "accounts": [inside.account(account) for account in state.accounts.all()],
            "uploads": [
                {
                    "size": upload.size,
                    "held": upload.blob.held,
                    "complete": upload.blob.complete,
                    "pieces": upload.pieces,
                    "refused": upload.refused,
                    "conflicts": upload.conflicts,
                    "checksums": upload.checksums,
                    "finished_by": upload.finished_by,
                    "dead": upload.dead,
                    "version": upload.version,
                }
                for upload in state.uploads.values()
            ],
            "commands": dict(state.commands),
            "requests": dict(self._requests.by_kind),
            "most_at_once": self._requests.most_at_once,
            "replays": state.replays,
            "challenges": len(state.challenges),
            "proofs": state.proofs,
            "faults": self._faults.state(),
            "settings": state.settings.model_dump(),
        }

    def _find(self, handle: str) -> tuple[Account, Node]:
        for account in self._state.accounts.all():
            if handle in account.tree.nodes:
                return account, account.tree.nodes[handle]
        raise LookupError(handle)

    # --- what is done ----------------------------------------------------------------------------------

    def _session(self, email: str) -> dict[str, Any]:
        account = self._known(email)
        sid = crypto.b64(self._state.accounts.begin_session(account))
        return {"sid": sid, "master": account.master.hex(), "user": account.user}

    def _known(self, email: str) -> Account:
        account = self._state.accounts.by_email(email)
        if account is None:
            raise LookupError(email)
        return account

    def _change(self, wanted: AccountChange) -> dict[str, Any]:
        account = self._known(wanted.email)
        for name, value in wanted.model_dump(exclude_unset=True, exclude={"email"}).items():
            setattr(account, name, value)
        return {}

    def _expire(self, what: str) -> dict[str, Any]:
        """`sessions`, `downloads`, `uploads` (answered -8), `uploads-404`."""
        match what:
            case "sessions":
                self._state.accounts.end_all_sessions()
            case "downloads":
                self._state.downloads.clear()
            case "uploads" | "uploads-404":
                for upload in self._state.uploads.values():
                    upload.dead = "number" if what == "uploads" else "status"
            case _:
                raise LookupError(what)
        return {}

    def _plant(self, wanted: Plant) -> dict[str, Any]:
        account = self._known(wanted.email)
        parent = account.tree.folder(wanted.parent or account.tree.top(Kind.ROOT).handle)
        made = [
            account.tree.add(_planted(account, parent.handle, wanted, number))
            for number in range(wanted.count)
        ]
        return {"handles": [node.handle for node in made[:1000]]}


def _planted(account: Account, parent: str, wanted: Plant, number: int) -> Node:
    name = wanted.name if wanted.count == 1 else f"{wanted.name} {number}"
    content = None if wanted.content is None else bytes.fromhex(wanted.content)
    node = inside.sealed(account.master, {"n": name, **wanted.values}, content)
    node.parent = parent
    node.attributes = wanted.a or node.attributes
    node.key = wanted.k or node.key
    return node
