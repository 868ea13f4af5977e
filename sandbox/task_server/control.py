"""The control calls under ``/_control``: what tests and the demo read, seed and break.

Only this machine may call them, and no web page of another site can: a foreign `Origin` or a `Host` that
is not this machine is refused.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.task_server.accounts import Accounts, Seed
from sandbox.task_server.answers import Json
from sandbox.task_server.faults import Fault, Faults
from sandbox.task_server.recording import Bell
from sandbox.task_server.rules import DONE, UPLOAD
from sandbox.task_server.store import Store, now
from sandbox.task_server.tasks import Tasks

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CHANGEABLE = {"status", "percent", "name", "file", "hash", "size", "ip", "created_at"}


@dataclass(frozen=True)
class Desk:
    """What the control calls work on; lives in ``app.state.desk``."""

    store: Store
    accounts: Accounts
    tasks: Tasks
    faults: Faults
    bell: Bell
    released: asyncio.Event


async def only_here(request: Request) -> None:
    """403 for who does not come from this machine, or is sent by another site's page."""
    origin = request.headers.get("origin")
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    client = request.client.host if request.client else None
    if client not in _LOOPBACK or host not in _LOOPBACK or foreign:
        raise HTTPException(403, "only from this machine")


async def desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


router = APIRouter(prefix="/_control", include_in_schema=False, dependencies=[Depends(only_here)])
Here = Annotated[Desk, Depends(desk)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewToken(_Body):
    """A token to add, or to expire."""

    token: str = Field(min_length=1)
    roles: list[str] = Field(default_factory=list)
    name: str | None = None
    expired: bool = False


class Right(_Body):
    """Whether a user may download a source."""

    source_id: int
    user: str
    allowed: bool = True


class NewSource(_Body):
    """A film that was uploaded already: its public block is at `hash`, `size` bytes."""

    source_name: str
    uuid: str
    hash: str
    size: int = Field(ge=0)
    series_id: int = 233
    file: str = "仙剑奇侠传"
    name: str | None = None
    ip: str = "/ip4/127.0.0.1/tcp/4001"
    owner: str | None = None


@router.get("/tasks")
async def tasks(here: Here, kind: str | None = None) -> list[Json | None]:
    """All tasks as they are answered, with their `kind`."""
    rows = here.store.all("SELECT id FROM tasks WHERE kind = ifnull(?, kind) ORDER BY id", kind)
    return [here.tasks.answer_of(row["id"]) for row in rows]


@router.patch("/tasks/{task_id}")
async def change_task(here: Here, task_id: int, changes: dict[str, Any]) -> Json | None:
    """Set columns of a task past all rules: as if the server's people had done it."""
    if not changes or not changes.keys() <= _CHANGEABLE:
        raise HTTPException(422, f"what can be changed: {sorted(_CHANGEABLE)}")
    here.store.update("tasks", task_id, **changes)
    return here.tasks.answer_of(task_id)


@router.post("/sources")
async def add_source(here: Here, source: NewSource) -> Json | None:
    """A finished upload, ready to be downloaded."""
    owner = here.accounts.named(source.owner) if source.owner else None
    owner = owner or next((user for user, _ in here.accounts.all() if "seller" in user.roles), None)
    if owner is None:
        raise HTTPException(422, "there is no seller")
    with here.store.change():
        source_id = here.store.insert(
            "sources",
            owner=owner.id,
            series_id=source.series_id,
            uuid=source.uuid,
            source_name=source.source_name,
        )
        task = {"kind": UPLOAD, "owner": owner.id, "source": source_id, "status": DONE, "percent": 100}
        block = {"name": source.name or source.source_name, "file": source.file, "hash": source.hash}
        task_id = here.store.insert(
            "tasks", **task, **block, size=source.size, ip=source.ip, created_at=now()
        )
    return here.tasks.answer_of(task_id)


@router.get("/requests")
async def requests(
    here: Here, after: int = 0, method: str = "*", path: str = "*", count: int = 0, wait: float = 0
) -> list[Json]:
    """The ended requests with a number above `after` that fit the globs, in order of arrival.

    With `wait` the answer comes when there are `count` of them, or after so many seconds.
    """

    def found() -> list[Json]:
        rows = here.store.all(
            "SELECT * FROM requests WHERE seq > ? AND method GLOB ? AND path GLOB ? "
            "AND outcome IS NOT NULL ORDER BY seq",
            after,
            method,
            path,
        )
        return [_request(row) for row in rows]

    if wait:
        await here.bell.wait_for(lambda: len(found()) >= max(count, 1), wait)
    return found()


@router.delete("/requests")
async def forget_requests(here: Here) -> Json:
    here.store.run("DELETE FROM requests")
    return {}


@router.get("/faults")
async def faults(here: Here) -> list[Json]:
    return [
        {"id": stored.id, "seen": stored.seen, "used": stored.used, **stored.rule.model_dump()}
        for stored in here.faults.all()
    ]


@router.post("/faults")
async def add_fault(here: Here, rule: Fault) -> Json:
    here.released.clear()
    return {"id": here.faults.add(rule)}


@router.delete("/faults")
async def clear_faults(here: Here) -> Json:
    """No more faults, and every delay under way ends at once."""
    here.faults.clear()
    here.released.set()
    return {}


@router.get("/tokens")
async def tokens(here: Here) -> list[Json]:
    """The users with their roles; no token."""
    users = here.accounts.all()
    return [{"name": user.name, "roles": user.roles, "token": bool(token)} for user, token in users]


@router.post("/tokens")
async def add_token(here: Here, new: NewToken) -> Json:
    """Add a token, or with `expired` say whether a known one still counts."""
    if here.accounts.of_token(new.token, even_expired=True) is None:
        try:
            here.accounts.add(Seed(new.token, new.name, tuple(new.roles)))
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
    here.accounts.expire(new.token, expired=new.expired)
    user = here.accounts.of_token(new.token, even_expired=True)
    assert user is not None
    return {"name": user.name, "roles": user.roles, "expired": new.expired}


@router.post("/authorise")
async def authorise(here: Here, right: Right) -> Json:
    """Allow or refuse a buyer a film."""
    user = here.accounts.named(right.user)
    if user is None or here.store.one("SELECT 1 FROM sources WHERE id = ?", right.source_id) is None:
        raise HTTPException(422, "no such user or source")
    here.store.run(
        "INSERT OR REPLACE INTO rights VALUES(?, ?, ?)", right.source_id, user.id, int(right.allowed)
    )
    return {}


@router.get("/settings")
async def settings(here: Here) -> Json:
    return here.store.settings.model_dump()


@router.patch("/settings")
async def change_settings(here: Here, changes: dict[str, Any]) -> Json:
    try:
        return here.store.set_settings(**changes).model_dump()
    except ValidationError as error:
        raise HTTPException(422, str(error)) from error


@router.post("/reset")
async def reset(here: Here) -> Json:
    """As new, with the same users and tokens."""
    here.store.reset()
    here.released.set()
    return {}


def _request(row: sqlite3.Row) -> Json:
    found = dict(row)
    for name in ("query", "form"):
        found[name] = json.loads(found[name])
    for name in ("token", "http_token"):
        found[name] = bool(found[name])
    return found
