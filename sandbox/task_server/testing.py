"""The stand-in inside a test: started, asked, broken and stopped again.

with RunningServer(tmp_path) as server:
    server.control.fault("drop", method="POST", act=True)
    … a client that talks to server.url …
    assert server.control.reported(task_id) == [1, 2, 3, 8]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from sandbox.task_server.accounts import parse_seed
from sandbox.task_server.serve import TaskServer

ROOT = Path(__file__).parents[2]
SELLER_TOKEN, BUYER_TOKEN = "seller-token-0001", "buyer-token-0002"
DEFAULT_TOKENS = (f"seller:{SELLER_TOKEN}", f"buyer:{BUYER_TOKEN}")
_START = 30


class Control:
    """The control calls of a running server. Raises httpx2.HTTPStatusError for one that is refused."""

    def __init__(self, url: str) -> None:
        # trust_env off: a proxy in the environment must never see loopback calls.
        self._http = httpx2.Client(base_url=f"{url}/_control", trust_env=False, timeout=60)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: object = None, /, **query: Any) -> Any:
        """One control call; its decoded answer."""
        answer = self._http.request(method, path, json=body, params=query)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind: str, **rule: Any) -> int:
        """Add a fault (fields: `sandbox.task_server.faults.Fault`); its id."""
        added: int = self.call("POST", "/faults", {"kind": kind, **rule})["id"]
        return added

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/faults")
        return found

    def clear_faults(self) -> None:
        """Remove all faults; delays under way end at once."""
        self.call("DELETE", "/faults")

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

    def requests(self, **query: Any) -> list[dict[str, Any]]:
        """The ended requests; query: after, method, path (globs), count and wait (seconds)."""
        found: list[dict[str, Any]] = self.call("GET", "/requests", **query)
        return found

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

    def set(self, **settings: Any) -> None:
        """Change switches (`sandbox.task_server.store.Settings`)."""
        self.call("PATCH", "/settings", settings)

    def reset(self) -> None:
        self.call("POST", "/reset")


class RunningServer:
    """The stand-in, in a thread or (`process`) in a process of its own that can be killed.

    `data` holds its state; after `stop` or `kill`, `start` serves the same state on the same port.
    """

    def __init__(self, data: Path, *, tokens: Sequence[str] = DEFAULT_TOKENS, process: bool = False) -> None:
        self._data = data
        self._tokens = tuple(tokens)
        self._in_process = process
        self._port = 0
        self._control: Control | None = None
        self._server: TaskServer | None = None
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def control(self) -> Control:
        assert self._control is not None, "the server is not running"
        return self._control

    @property
    def pid(self) -> int | None:
        """The process of its own; None in a thread."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start and wait until it accepts requests."""
        url = self._start_process() if self._in_process else self._start_thread()
        self._port = int(url.rpartition(":")[2])
        self._control = Control(url)
        return self

    def stop(self) -> None:
        """Stop cleanly; nothing where it does not run."""
        self._drop_control()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None
        if self._process is not None:
            self._process.terminate()
            self._end_process()

    def kill(self) -> None:
        """End its process without a chance to tidy up (SIGKILL)."""
        assert self._process is not None, "only a process can be killed"
        self._drop_control()
        os.kill(self._process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        self._end_process()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_thread(self) -> str:
        listening = threading.Event()
        server = TaskServer(self._data, port=self._port, on_listening=lambda _: listening.set())
        server.seed([parse_seed(token) for token in self._tokens])
        self._server = server
        self._thread = threading.Thread(target=server.serve_until_stopped, name="task server", daemon=True)
        self._thread.start()
        if not listening.wait(_START):
            raise RuntimeError("the task server does not start")
        return server.url

    def _start_process(self) -> str:
        arguments = ["--port", str(self._port), "--data", str(self._data)]
        environment = os.environ | {"SANDBOX_TOKENS": " ".join(self._tokens)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.task_server", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._end_process()
            raise RuntimeError("the task server does not start")
        url: str = json.loads(line)["url"]
        return url

    def _end_process(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.wait(_START)
        self._process.stdout.close()
        self._process = None

    def _drop_control(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
