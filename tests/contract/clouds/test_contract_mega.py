"""The contract for MEGA, against its stand-in. MEGA has no call to throw an unfinished upload away: its
storage forgets by itself what never became a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.cloud.destinations.mega import KIND
from app.cloud.destinations.mega.tree import RUBBISH
from app.cloud.kind import Kind
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.contract.clouds.contract import *  # noqa: F403 - the contract's tests become this file's
from tests.contract.clouds.contract import Found, cut_as
from tests.contract.clouds.mega_calls import Calls

EMAIL, PASSWORD = "master@example.com", "correct horse"
_ROOM = 20 * 2**30
_REQUESTS = "^/(cs|sc|ul)"
_FAULTS = {
    "ill": {"kind": "status", "code": 502},
    "busy": {"kind": "status", "code": 429},
    "reset": {"kind": "reset"},
    "lost": {"kind": "reset", "act": True},
    "held": {"kind": "hang", "act": True},
}


class MegaGround:
    """The stand-in as the contract sees it."""

    kind: Kind = KIND
    piece = 3 * 2**17  # the first of a file, as `ground` cuts it
    # Streamed, as large ones are.
    cut: Mapping[str, int] = {
        "app.cloud.destinations.mega.uploading._PIECE": 2**18,
        "app.cloud.destinations.mega.uploading._CHECKED": 2**16,
        "app.cloud.destinations.mega.account._FRESH": 0,
    }
    forgets = True
    elsewhere = True

    def __init__(self, mega: RunningMega, **options: str) -> None:
        self._mega = mega
        self.env: Mapping[str, str] = {"REELKEY_MEGA_ORIGIN": mega.origin}
        self.given: Mapping[str, str] = {"email": EMAIL, "password": PASSWORD, **options}

    def files(self) -> dict[str, Found]:
        files: dict[str, Found] = {}
        for path, node in self._below_root():
            assert path not in files, f"{path} is there twice"
            if node["kind"] == "file":
                inside = self._mega.content(node["handle"])
                assert inside["mac_agrees"]
                files[path] = Found(node["size"], inside["sha256"])
        return files

    def folders(self) -> set[str]:
        return {path for path, node in self._below_root() if node["kind"] == "folder"}

    def _below_root(self) -> list[tuple[str, Any]]:
        """What does not lie in the rubbish bin, parents before children."""
        paths: dict[str, str] = {}
        found = []
        for node in self._mega.nodes(EMAIL):
            if node["kind"] == "root":
                paths[node["handle"]] = ""
            elif node["parent"] in paths:
                path = f"{paths[node['parent']]}/{node['name']}".removeprefix("/")
                paths[node["handle"]] = path
                found.append((path, node))
        return found

    def take_away(self, path: str, *, for_good: bool) -> None:
        (handle,) = [node["handle"] for where, node in self._below_root() if where == path]
        with Calls(self._mega.origin) as person:
            person.sid = self._mega.session(EMAIL)["sid"]
            (rubbish,) = [str(node["h"]) for node in person.one("f", c=1)["f"] if node["t"] == RUBBISH]
            if for_good:
                assert person.one("d", n=handle) == 0
            else:
                assert person.one("m", n=handle, t=rubbish) == 0

    def unfinished(self) -> int:
        uploads = self._mega.control.state()["uploads"]
        return sum(not upload["complete"] and bool(upload["held"]) for upload in uploads)

    def fault(self, how: str, after: int) -> None:
        self._mega.control.fault(**_FAULTS[how], path=_REQUESTS, after=after)  # type: ignore[arg-type]

    def met(self) -> bool:
        met = any(rule["used"] for rule in self._mega.control.faults())
        self._mega.control.clear_faults()
        return met

    def expire(self) -> None:
        self._mega.expire("sessions")

    def fill(self, room: int | None) -> None:
        used = self._mega.control.state()["accounts"][0]["used"]
        self._mega.change(EMAIL, quota=_ROOM if room is None else used + room)

    def lie(self) -> None:
        self._mega.control.fault("corrupt", path="^/ul/")


@pytest.fixture
def ground(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MegaGround]:
    if not request.node.name.startswith("test_memory"):
        cut_as(MegaGround.cut, monkeypatch.setattr)
    with running_mega() as mega:
        mega.account(EMAIL, PASSWORD, quota=_ROOM)
        # What is stored otherwise than it was sent is known only to who reads it.
        options = {"read-back": "on"} if request.node.name == "test_lying_hash" else {}
        yield MegaGround(mega, **options)
