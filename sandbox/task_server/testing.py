"""The stand-in inside a test: started, asked, broken and stopped again.

with RunningServer(tmp_path) as server:
    server.control.fault("drop", method="POST", act=True)
    … a client that talks to server.url …
    assert server.control.reported(task_id) == [1, 2, 3, 8]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from sandbox.serving import Control, OnListening, Running
from sandbox.task_server.accounts import parse_seed
from sandbox.task_server.serve import TaskServer

SELLER_TOKEN, BUYER_TOKEN = "seller-token-0001", "buyer-token-0002"
DEFAULT_TOKENS = (f"seller:{SELLER_TOKEN}", f"buyer:{BUYER_TOKEN}")


class LibraryControl(Control):
    """The control calls of a running server. Faults: `sandbox.task_server.faults`; switches (`set`):
    `sandbox.task_server.store.Settings`; `requests` are those that ended, its query: after, method, path
    (globs), count and wait (seconds)."""

    def tasks(self, kind: str | None = None) -> list[dict[str, Any]]:
        """All tasks, or those of a kind: upload, download, release."""
        found: list[dict[str, Any]] = self.call("GET", "/tasks", **({"kind": kind} if kind else {}))
        return found

    def task(self, task_id: int) -> dict[str, Any]:
        """One task as it is answered, with its `kind`."""
        return next(task for task in self.tasks() if task["id"] == task_id)

    def change_task(self, task_id: int, **columns: Any) -> dict[str, Any]:
        """Set status, percent, name, file, hash, size, ip or created_at past all rules."""
        changed: dict[str, Any] = self.call("PATCH", f"/tasks/{task_id}", columns)
        return changed

    def add_source(self, **source: Any) -> dict[str, Any]:
        """A film uploaded already (needs source_name, uuid, hash, size); its upload task."""
        added: dict[str, Any] = self.call("POST", "/sources", source)
        return added

    def reported(self, task_id: int) -> list[int]:
        """The statuses whose report on a task was answered 2xx, in order, repeats left out."""
        found: list[int] = []
        for request in self.requests(method="PATCH", path=f"*/{task_id}*"):
            own = request["path"].rstrip("/").endswith(f"/{task_id}")
            if own and request["status"] is not None and 200 <= request["status"] < 300:
                status = int(request["form"]["status"])
                if not found or found[-1] != status:
                    found.append(status)
        return found

    def add_token(self, token: str, *roles: str, name: str | None = None) -> str:
        """Add a token for a user of that name, else for a new one; the user's name."""
        added: str = self.call("POST", "/tokens", {"token": token, "roles": roles, "name": name})["name"]
        return added

    def expire_token(self, token: str, *, expired: bool = True) -> None:
        self.call("POST", "/tokens", {"token": token, "expired": expired})

    def authorise(self, source_id: int, user: str, *, allowed: bool = True) -> None:
        self.call("POST", "/authorise", {"source_id": source_id, "user": user, "allowed": allowed})


class RunningServer(Running):
    """The stand-in, in a thread or (`process`) in a process of its own that can be killed.

    `data` holds its state; after `stop` or `kill`, `start` serves the same state on the same port.
    """

    def __init__(self, data: Path, *, tokens: Sequence[str] = DEFAULT_TOKENS, process: bool = False) -> None:
        def make(port: int, on_listening: OnListening) -> TaskServer:
            server = TaskServer(data, port=port, on_listening=on_listening)
            server.seed([parse_seed(token) for token in tokens])
            return server

        super().__init__(
            make,
            "sandbox.task_server",
            ["--data", str(data)],
            variables={"SANDBOX_TOKENS": " ".join(tokens)},
            process=process,
        )
        self._control: LibraryControl | None = None

    @property
    def url(self) -> str:
        return self.origin

    @property
    def control(self) -> LibraryControl:
        assert self._control is not None, "the server is not running"
        return self._control

    def start(self) -> Self:
        super().start()
        self._control = LibraryControl(self.origin)
        return self

    def stop(self) -> None:
        self._drop_control()
        super().stop()

    def kill(self) -> None:
        self._drop_control()
        super().kill()

    def _drop_control(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
