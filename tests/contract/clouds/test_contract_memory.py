"""The contract against the cloud in memory: what fails here is the engine's fault, or the contract's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from app.cloud.kind import Kind
from app.domain.errors import CloudBusy, CloudError, CloudUnreachable
from tests.contract.clouds.contract import *  # noqa: F403 - the contract's tests become this file's
from tests.contract.clouds.contract import Found
from tests.contract.clouds.memory import PIECE, TITLE, Memory, memory_kind


class MemoryGround:
    """`Memory` as the contract sees it."""

    env: Mapping[str, str] = {}
    given: Mapping[str, str] = {}
    piece = PIECE
    cut: Mapping[str, int] = {}
    forgets = False
    elsewhere = False

    def __init__(self) -> None:
        self.cloud = Memory()
        self.kind: Kind = memory_kind(self.cloud)
        self._fault: tuple[str, int] | None = None
        self.cloud.before, self.cloud.after = self._before, self._after

    def files(self) -> dict[str, Found]:
        return {
            path: Found(len(data), hashlib.sha256(data).hexdigest())
            for path, data in self.cloud.files().items()
        }

    def folders(self) -> set[str]:
        return {self.cloud.path(node) for node in self.cloud.nodes.values() if node.data is None}

    def take_away(self, path: str, *, for_good: bool) -> None:
        """There is no trash: both are for good."""
        nodes = self.cloud.nodes.values()
        for gone in [node.id for node in nodes if f"{self.cloud.path(node)}/".startswith(f"{path}/")]:
            del self.cloud.nodes[gone]

    def unfinished(self) -> int:
        return self.cloud.unfinished()

    def fault(self, how: str, after: int) -> None:
        self._fault = (how, after)

    def met(self) -> bool:
        met, self._fault = self._fault is None, None
        return met

    async def _before(self, _request: str) -> None:
        if self._fault is not None and self._fault[0] not in ("lost", "held"):
            self._count_down()

    async def _after(self, _request: str) -> None:
        if self._fault is not None and self._fault[0] in ("lost", "held"):
            self._count_down()

    def _count_down(self) -> None:
        assert self._fault is not None
        how, left = self._fault
        self._fault = (how, left - 1) if left else None
        if not left:
            raise self._error(how)

    def _error(self, how: str) -> CloudError:
        return CloudBusy(cloud=TITLE) if how == "busy" else CloudUnreachable(cloud=TITLE, reason=how)

    def expire(self) -> None:
        self.cloud.tokens = {f"renewed-{next(self.cloud.numbers)}"}

    def fill(self, room: int | None) -> None:
        self.cloud.room = None if room is None else self.cloud.used() + room

    def lie(self) -> None:
        self.cloud.lies = 1


@pytest.fixture
def ground() -> MemoryGround:
    return MemoryGround()
