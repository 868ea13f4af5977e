"""What every job works with, in one place: the journal, the node, the servers, and who listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from app.api_client import TaskApi
from app.api_client.retry import until_answered
from app.domain.errors import NodeFault, NodeUnavailable, ServerError
from app.domain.events import EventSink, Failed, ServerSaid, TaskRef, warned
from app.domain.room import no_room
from app.domain.words import N_
from app.ipfs.announced import announce
from app.ipfs.barrier import make_durable
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from app.journal import Journal, TaskRow
from app.settings.secrets import Sealer

T = TypeVar("T")
_NODE_FAULTS_AT_MOST = 5
_NODE_PAUSE = 1.0
_NODE_WAS_WELL = 60.0
_ODD_AT_MOST = 3


class Node(Protocol):
    """A Kubo node: one of ours, or one that is there already."""

    async def ensure_running(self) -> NodeInfo: ...

    async def status(self) -> NodeInfo | None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the settings say to the jobs. Times in seconds; None is for ever."""

    films: tuple[str, ...]
    films_at_once: int = 2
    parts_at_once: int = 2
    hold_back: int = 1024
    announce: str = ""
    announce_form: str = "multiaddr"
    stall_seconds: float = 120.0
    patience: float | None = None
    preflight_patience: float = 60.0
    poll_first: float = 2.0
    poll_max: float = 60.0


@dataclass(slots=True)
class Desk:
    """The jobs' surroundings. `open_api` gives the API of a server (its origin), kept open by bootstrap."""

    journal: Journal
    node: Node
    sealer: Sealer
    open_api: Callable[[str], Awaitable[TaskApi]]
    emit: EventSink
    preferences: Preferences
    leases_dir: Path
    work_dir: Path
    repo_dir: Path | None  # None: on another computer
    _rpc: KuboRpc | None = field(default=None, init=False)
    _info: NodeInfo | None = field(default=None, init=False)
    _lost: list[KuboRpc] = field(default_factory=list, init=False)
    _left_out: dict[str, str] = field(default_factory=dict, init=False)
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    # --- server --------------------------------------------------------------------------------------

    async def ask(
        self,
        call: Callable[[], Awaitable[T]],
        task: TaskRef | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> T:
        """What the server answers to `call`, asked again while it can't be reached (up to `patience`).
        `sleep` waits before each further try."""
        patience = self.preferences.patience
        return await until_answered(call, give_up_after=patience, sleep=sleep, on_wait=self.tell_once(task))

    def tell_once(self, task: TaskRef | None = None) -> Callable[[ServerError, float], None]:
        """For waits on the server: the first error is told, its repeats are not."""
        told = False

        def on_wait(error: ServerError, _seconds: float) -> None:
            nonlocal told
            if not told:
                told = True
                self.emit(Failed(error, task))

        return on_wait

    def pass_on(self, message: str, task: TaskRef | None = None) -> None:
        """A text of the server for the user."""
        if message:
            self.emit(ServerSaid(message, task))

    def leave_out(self, server: str, odd: Sequence[ServerError]) -> None:
        """Entries of the server's list of releases that can't be read: told where they are others than at
        the last look."""
        reasons = "; ".join(str(error.facts.get("reason")) for error in odd[:_ODD_AT_MOST])
        if reasons and reasons != self._left_out.get(server):
            self.emit(
                warned(
                    N_("Left out of what is to be released, for it can't be read: {reasons}"), reasons=reasons
                )
            )
        self._left_out[server] = reasons

    # --- secrets in the journal ----------------------------------------------------------------------

    def seal(self, secret: bytes, purpose: str) -> bytes:
        return self.sealer.seal(secret, purpose.encode())

    def unseal(self, sealed: bytes | None, purpose: str) -> bytes:
        return self.sealer.open(sealed or b"", purpose.encode())

    def uuid_of(self, task: TaskRow) -> str:
        """The task's uuid, a secret: never into a message, a log or a name."""
        return self.unseal(task.uuid_sealed, "uuid").decode()

    # --- node ----------------------------------------------------------------------------------------

    async def rpc(self) -> KuboRpc:
        """The node's RPC, the node started where it is not. Raises NodeUnavailable and its like."""
        async with self._starting:
            if self._rpc is None:
                info = await self.node.ensure_running()
                rpc = KuboRpc(info.api)
                if not info.repo:
                    await self._find_repo(rpc)
                self._info, self._rpc = info, rpc
            return self._rpc

    async def _find_repo(self, rpc: KuboRpc) -> None:
        """Where a node that is not ours keeps its blocks: a folder here, or on another computer."""
        path = (await rpc.repo_stat(whole=True)).path
        self.repo_dir = Path(path) if path and Path(path).is_dir() else None

    async def make_durable(self, task: TaskRef) -> None:
        """Bring the node's blocks to the disk, before anybody is told that they are there."""
        if self.repo_dir is None or not await make_durable(self.repo_dir):
            self.emit(
                warned(
                    N_("{film}: whether that node has its blocks on the disk can't be told from here"),
                    task,
                    film=task.source_name,
                )
            )

    async def node_info(self) -> NodeInfo:
        await self.rpc()
        assert self._info is not None  # noqa: S101 - rpc() has just set it
        return self._info

    async def address(self) -> str:
        """The `ip` that goes with a report: where a buyer's node finds ours."""
        node = await self.with_node(lambda rpc: rpc.id())
        return announce(
            node.addresses, node.peer_id, self.preferences.announce, self.preferences.announce_form
        )

    async def forget_node(self) -> None:
        """The node was stopped on purpose: look for it anew at the next use."""
        if self._rpc is not None:
            await self.lose_node(self._rpc)

    async def lose_node(self, rpc: KuboRpc) -> None:
        """The node did not answer at `rpc`: look for it anew at the next use.

        Another film may be at work with `rpc`, and finds out for itself: it is closed at the end only. A film
        that finds out late must not take the new one from the others.
        """
        async with self._starting:
            if self._rpc is rpc:
                self._lost.append(rpc)
                self._rpc = self._info = None

    async def with_node(self, call: Callable[[KuboRpc], Awaitable[T]], task: TaskRef | None = None) -> T:
        """What the node answers to `call`, which must be repeatable. A node that died is started again,
        up to `patience`; one that keeps answering with an error is believed after a few tries."""
        loop = asyncio.get_running_loop()
        faults = 0
        gone_since: float | None = None
        while True:
            rpc: KuboRpc | None = None
            met = loop.time()
            try:
                rpc = await self.rpc()
                met = loop.time()
                return await call(rpc)
            except NodeFault as error:
                if self.repo_dir is not None and "no space left" in str(error.facts.get("reason")).lower():
                    raise no_room(self.repo_dir) from error
                faults = 1 if loop.time() - met > _NODE_WAS_WELL else faults + 1
                if faults >= _NODE_FAULTS_AT_MOST:
                    raise
                self.emit(Failed(error, task))
            except NodeUnavailable as error:
                now = loop.time()
                if gone_since is None or (rpc is not None and now - met > _NODE_WAS_WELL):
                    gone_since = now  # a film takes hours: a node that died twice meanwhile is started twice
                patience = self.preferences.patience
                # A node that won't come up at all has its reason in its log: five minutes are enough.
                if now - gone_since > (300.0 if patience is None else patience):
                    raise
                self.emit(Failed(error, task))
                if rpc is not None:
                    await self.lose_node(rpc)
            await asyncio.sleep(_NODE_PAUSE * max(1, faults))

    async def aclose(self) -> None:
        for rpc in [*self._lost, *([self._rpc] if self._rpc is not None else [])]:
            await rpc.aclose()
        self._lost, self._rpc, self._info = [], None, None
