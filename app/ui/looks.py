"""What the engine looks at by itself: the journal, the node, and what is due at the libraries."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.api_client import Task
from app.domain.errors import NodeError, ReelkeyError, ServerUnreachable, TokenRefused, ours
from app.domain.events import Failed
from app.domain.words import N_
from app.ipfs.announced import announce
from app.ipfs.rpc import KuboRpc
from app.jobs.places import nearest
from app.jobs.release import due_tasks
from app.journal import TaskRow
from app.ui.finds import disk_name
from app.ui.messages import (
    DueChanged,
    DueTask,
    NodeSeen,
    RowsChanged,
    Told,
    UnsentChanged,
)
from app.ui.neighbours import Neighbours
from app.ui.tight_disk import TightDisk

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)
_ROWS_EVERY = 0.5
_NODE_EVERY = 2.0
_REPO_EVERY = 10.0
_DUE_EVERY = 30.0
_ANSWER_WITHIN = 20.0
_NODE_AT_LEAST_EVERY = 30.0
# Rows are read again from a little before the newest that was seen: clocks are set back by a little often.
_OVERLAP = 1.0


class Looks:
    """The engine's rounds. Each tells the window only what changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen_until = 0.0
        self._looked_at = 0.0
        self._known: dict[int, TaskRow] = {}
        #: The films whose reports wait for the server.
        self.unsent: frozenset[int] = frozenset()
        self._look = asyncio.Event()
        self._look_at_node = asyncio.Event()
        self._ask_due = asyncio.Event()
        self._node_failures = 0
        self._address = ""
        self._due: dict[str, tuple[DueTask, ...]] = {}
        self._listed: dict[str, list[Task]] = {}
        self._bytes: tuple[float, int, int] | None = None
        self._repo: tuple[float, int | None] = (0.0, None)
        self._since = 0.0
        self._neighbours = Neighbours()
        self._tight = TightDisk()

    # --- the journal ---------------------------------------------------------------------------------

    def look_now(self) -> None:
        """Somebody changed a row just now."""
        self._look.set()

    async def watch_rows(self) -> None:
        """Rows that change, whether by us or by a command in a terminal."""
        await self._for_ever(self.rows_once, lambda: _ROWS_EVERY, self._look)

    async def _for_ever(
        self, once: Callable[[], Awaitable[None]], seconds: Callable[[], float], sooner: asyncio.Event
    ) -> None:
        """A round that only its cancelling ends: what goes wrong is told, once, and the next one comes."""
        told: type[Exception] | None = None
        while True:
            sooner.clear()
            try:
                await once()
                told = None
            except Exception as error:
                if type(error) is not told:
                    told = type(error)
                    if not isinstance(error, ReelkeyError):
                        log.exception("a round of ours failed; the next one comes")
                    self._engine.post(Told(Failed(ours(error)), time.time()))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds()):
                    await sooner.wait()

    async def rows_once(self) -> None:
        """Tell the window of the rows that are other than they were; at first also that there are none."""
        journal = self._engine.place.desk.journal
        first = not self._looked_at
        now, since = time.time(), min(self._seen_until, self._looked_at) - _OVERLAP
        # Rows are found by when they changed. A clock that was set back would hide what changes from now on.
        since, self._looked_at = (0.0 if now < self._looked_at else since), now
        rows = [row for row in await journal.since(since) if self._known.get(row.number) != row]
        numbers = set(await journal.numbers())
        gone = tuple(number for number in self._known if number not in numbers)
        for row in rows:
            self._known[row.number] = row
            self._seen_until = max(self._seen_until, row.updated)
        for number in gone:
            del self._known[number]
        if rows or gone or first:
            marks = await journal.marks([row.number for row in rows])
            self._engine.post(RowsChanged(tuple(rows), gone, marks))
        unsent = frozenset(report.task for report in await journal.unsent() if report.error is None)
        if unsent != self.unsent:
            self.unsent = unsent
            self._engine.post(UnsentChanged(unsent))

    def rows(self) -> list[TaskRow]:
        """The rows as they were at the last look."""
        return list(self._known.values())

    # --- the node ------------------------------------------------------------------------------------

    async def watch_node(self) -> None:
        """Start the node, then look at it every other second; one that died is started again, one that won't
        start more and more seldom."""
        self._engine.post(NodeSeen("starting", place=self._place()))
        await self._for_ever(self._watch_node_once, self._until_next_look, self._look_at_node)

    def look_at_node_now(self) -> None:
        """Somebody did something to the node just now."""
        self._look_at_node.set()

    def _until_next_look(self) -> float:
        return min(_NODE_AT_LEAST_EVERY, _NODE_EVERY * 2.0 ** max(0, self._node_failures - 1))

    def _place(self) -> str:
        return str(self._engine.place.desk.repo_dir or "")

    async def _watch_node_once(self) -> None:
        try:
            seen = await self._node_once()
        except Exception as error:
            self._node_failures = min(self._node_failures + 1, 10)
            self._since, self._bytes = 0.0, None
            self._neighbours.forget()
            self._engine.post(NodeSeen("failed", ours(error), place=self._place()))
            if isinstance(error, NodeError):
                return  # the page Node says it
            raise
        was_away, self._node_failures = self._node_failures > 0, 0
        self._engine.post(seen)
        if seen.address != self._address:
            self._address = seen.address
            self._engine.spawn(self._engine.accounts.announce_anew())
        if was_away:
            await self._engine.works.take_up((NodeError,))

    async def node_now(self) -> None:
        """Look at the node now, at what is asked seldom too. Raises NodeError."""
        self._neighbours.forget()
        self._repo = (0.0, None)
        self._engine.post(await self._node_once())

    async def _node_once(self) -> NodeSeen:
        desk = self._engine.place.desk
        rpc = await desk.rpc()
        try:
            node = await rpc.id()
            peers = await self._neighbours.peers(rpc)
            reachability = await self._neighbours.reachability(rpc)
            rates = await self._rates(rpc)
            repo = await self._repo_bytes(rpc)
        except NodeError:
            await desk.lose_node(rpc)
            raise
        self._since = self._since or time.time()
        info = await desk.node_info()
        free, total, disk = await asyncio.to_thread(_room, desk.repo_dir)
        wanted = desk.preferences
        self._tight.look(self._known.values())
        return NodeSeen(
            "online",
            peer_id=node.peer_id,
            address=announce(node.addresses, node.peer_id, wanted.announce, wanted.announce_form),
            addresses=node.addresses,
            version=info.version,
            peers=peers,
            rate_in=rates[0],
            rate_out=rates[1],
            repo_bytes=repo,
            free_bytes=free,
            total_bytes=total,
            disk=disk,
            place=self._place(),
            since=self._since,
            reachability=reachability,
            tight=self._tight.seen,
        )

    async def _rates(self, rpc: KuboRpc) -> tuple[float, float]:
        came, went = await rpc.traffic()
        now, before = time.monotonic(), self._bytes
        self._bytes = (now, came, went)
        if before is None or now <= before[0]:
            return 0.0, 0.0
        seconds = now - before[0]
        return max(0, came - before[1]) / seconds, max(0, went - before[2]) / seconds

    async def _repo_bytes(self, rpc: KuboRpc) -> int | None:
        """Seldom asked: Kubo adds up its files for it."""
        now = time.monotonic()
        if self._repo[1] is None or now - self._repo[0] > _REPO_EVERY:
            self._repo = (now, (await rpc.repo_stat()).size)
        return self._repo[1]

    # --- what is due ---------------------------------------------------------------------------------

    def ask_due_now(self) -> None:
        self._ask_due.set()

    async def watch_due(self) -> None:
        """Ask each library where we are signed in what buyers wait for."""
        await self._for_ever(self._ask_all, lambda: _DUE_EVERY, self._ask_due)

    async def _ask_all(self) -> None:
        origins = await self._engine.accounts.signed_in_at()
        await asyncio.gather(*(self.due_once(origin) for origin in origins))

    def forget_due(self, origin: str) -> None:
        """Nobody is signed in there any more."""
        self._listed.pop(origin, None)
        self._note_due(origin, ())

    def _note_due(self, origin: str, tasks: tuple[DueTask, ...]) -> None:
        if tasks != self._due.get(origin, ()):
            self._engine.post(DueChanged(origin, tasks))
        self._due[origin] = tasks

    def listed(self, origin: str) -> list[Task]:
        """What `due_once` heard last, with the uuids that open the blocks: for the engine alone."""
        return self._listed.get(origin, [])

    async def due_once(self, origin: str) -> tuple[DueTask, ...]:
        """Ask one library now; what was due before where it can't be told."""
        engine = self._engine
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                listed = await due_tasks(engine.place.desk, origin)
        except TokenRefused:
            # A buyer's account may not ask this at all: whether the sign-in itself is good, `who` says.
            if (await engine.accounts.who(origin)).error is None:
                self.forget_due(origin)
                await engine.accounts.heard(origin, None)
            return self._due.get(origin, ())
        except (TimeoutError, ReelkeyError) as error:
            trouble = error if isinstance(error, ReelkeyError) else _silent(origin)
            if await engine.accounts.heard(origin, trouble):
                engine.post(Told(Failed(trouble), time.time()))
            return self._due.get(origin, ())
        await engine.accounts.heard(origin, None)
        self._listed[origin] = listed
        tasks = tuple(
            DueTask(
                origin,
                one.id,
                one.source_id,
                one.series_id,
                one.source_name,
                one.file,
                one.hash,
                one.size,
                one.created_at,
            )
            for one in listed
        )
        self._note_due(origin, tasks)
        return tasks


def _silent(origin: str) -> ServerUnreachable:
    return ServerUnreachable(server=origin, reason=N_("no answer in time"))


def _room(folder: Path | None) -> tuple[int | None, int | None, str]:
    """Free and all bytes of the disk that `folder` is on, and that disk's name."""
    if folder is None:
        return None, None, ""
    with suppress(OSError):
        there = nearest(folder)
        usage = shutil.disk_usage(there)
        return usage.free, usage.total, disk_name(there)
    return None, None, ""
