"""The task server as a stand-in on a socket, over a database of its own."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp

from sandbox.serving import Abort, OnListening, StandIn
from sandbox.task_server.accounts import Accounts, Seed
from sandbox.task_server.app import build
from sandbox.task_server.store import Store

DATABASE = "task_server.sqlite"


class TaskServer(StandIn):
    """Keeps its state in the folder `data`. Raises OSError where the port is taken."""

    def __init__(self, data: Path, *, port: int = 0, on_listening: OnListening) -> None:
        data.mkdir(parents=True, exist_ok=True)

        def make(abort: Abort, _origin: str) -> ASGIApp:
            self.store = Store(data / DATABASE)
            return build(self.store, abort)

        super().__init__(make, port=port, on_listening=on_listening)

    def seed(self, seeds: list[Seed]) -> None:
        """Add the tokens that are not there yet."""
        accounts = Accounts(self.store)
        for seed in seeds:
            accounts.add(seed)

    def close(self) -> None:
        super().close()
        self.store.close()
