"""The stand-in inside a test: started, asked, broken and stopped again.

with running_drive() as drive:
    token = drive.control.token()["access_token"]
    drive.control.fault("status", path="/upload/", code=503, retry_after="1")
    … a client that talks to drive.origin …
    assert [file["name"] for file in drive.control.files()] == ["a.mov"]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from sandbox.clouds.asking import CloudControl
from sandbox.clouds.drive.accounts import FILE_SCOPE
from sandbox.clouds.drive.app import build
from sandbox.clouds.drive.settings import Settings
from sandbox.serving import Abort, Running, StandIn


class DriveControl(CloudControl):
    """The control calls of the Drive stand-in."""

    def files(self) -> list[dict[str, Any]]:
        """All files and folders as Google describes them, with `path`, `client` and `account`."""
        found: list[dict[str, Any]] = self.state()["files"]
        return found

    def file(self, path: str) -> dict[str, Any]:
        """The one file at a path ("folder/name"). Raises AssertionError where there is none or a twin."""
        found = [file for file in self.files() if file["path"] == path]
        assert len(found) == 1, f"{path}: {len(found)} of them"
        return found[0]

    def sessions(self) -> list[dict[str, Any]]:
        """The resumable sessions: name, stored, total, pieces, finished."""
        found: list[dict[str, Any]] = self.state()["sessions"]
        return found

    def counts(self) -> dict[str, int]:
        """How many requests of each kind came (kinds: `sandbox.clouds.drive.app.kind_of`)."""
        found: dict[str, int] = self.state()["requests"]
        return found

    def token(self, *, scopes: Sequence[str] = (FILE_SCOPE,), **more: Any) -> dict[str, str]:
        """An access_token and a refresh_token past the sign-in; more: account, client, seconds."""
        found: dict[str, str] = self.call("POST", "/token", {"scopes": list(scopes), **more})
        return found

    def consent(self, url: str, *, allow: bool = True) -> str:
        """Answer an address of the sign-in as a person would; where the browser is sent then."""
        found: str = self.call("POST", "/consent", {"url": url, "allow": allow})["redirect"]
        return found

    def expire_tokens(self) -> None:
        """All access tokens are over; refresh tokens stay."""
        self.call("POST", "/expire_tokens")

    def revoke_all(self) -> None:
        """The person withdraws every consent."""
        self.call("POST", "/revoke_all")

    def advance(self, seconds: float) -> None:
        """Let time pass: tokens and sessions end."""
        self.call("POST", "/advance", {"seconds": seconds})

    def forget_sessions(self) -> None:
        self.call("DELETE", "/sessions")

    def add_drive(self, name: str) -> str:
        """A new shared drive; its id."""
        found: str = self.call("POST", "/drives", {"name": name})["id"]
        return found

    def place(self, name: str, **more: Any) -> str:
        """A folder made by hand, a file with `text`; more: parent, drive, client, account. Its id."""
        found: str = self.call("POST", "/files", {"name": name, **more})["id"]
        return found

    def lie(self, file_id: str, **fields: Any) -> None:
        """Describe a file with `fields` that aren't true; none: the truth again."""
        self.call("PATCH", "/files", {"id": file_id, "set": fields})


@dataclass(frozen=True)
class RunningDrive:
    """A running stand-in: its origin, its control calls, its process (None: a thread of this one)."""

    origin: str
    control: DriveControl
    pid: int | None


@contextmanager
def running_drive(*, process: bool = False, **settings: Any) -> Iterator[RunningDrive]:
    """The stand-in with `settings` (`sandbox.clouds.drive.settings.Settings`), until the block ends."""
    first = Settings(**settings)

    def make(abort: Abort, origin: str) -> ASGIApp:
        return build(abort, origin, first)

    arguments = ["--settings", first.model_dump_json()]
    with Running(partial(StandIn, make), "sandbox.clouds.drive", arguments, process=process) as running:
        control = DriveControl(running.origin)
        try:
            yield RunningDrive(running.origin, control, running.pid)
        finally:
            control.close()
