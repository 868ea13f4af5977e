"""What the engine looks at by itself: the journal, the node, and what is due at the libraries."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.api_client import Task
from app.domain.errors import NodeError, ReelkeyError, TokenRefused
from app.domain.events import Failed
from app.ipfs.rpc import KuboRpc
from app.jobs.release import due_tasks
from app.settings.servers import is_plain_http_beyond_loopback
from app.ui.messages import (
    DueChanged,
    DueTask,
    NodeSeen,
    RowsChanged,
    Told,
    UnsentChanged,
)
from app.ui.neighbours import Neighbours

if TYPE_CHECKING:
    from app.ui.engine import Engine

_ROWS_EVERY = 0.5
_NODE_EVERY = 2.0
_REPO_EVERY = 10.0
_DUE_EVERY = 30.0
# The clock's step between two writes: rows are read again from a little before the newest that was seen.
_OVERLAP = 0.05


class Looks:
    """The engine's rounds. Each tells the window only what changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen_until = 0.0
        self._known: dict[int, float] = {}
        self._unsent: frozenset[int] = frozenset()
        self._look = asyncio.Event()
        self._ask_due = asyncio.Event()
        self._due: dict[str, tuple[DueTask, ...]] = {}
        self._listed: dict[str, list[Task]] = {}
        self._bytes: tuple[float, int, int] | None = None
        self._repo: tuple[float, int | None] = (0.0, None)
        self._since = 0.0
        self._neighbours = Neighbours()

    # --- the journal ---------------------------------------------------------------------------------

    def look_now(self) -> None:
        """Somebody changed a row just now."""
        self._look.set()

    async def watch_rows(self) -> None:
        """Rows that change, whether by us or by a command in a terminal."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROWS_EVERY):
                    await self._look.wait()
            self._look.clear()
            await self.rows_once()

    async def rows_once(self) -> None:
        journal = self._engine.place.desk.journal
        rows = [
            row
            for row in await journal.since(self._seen_until - _OVERLAP)
            if self._known.get(row.number) != row.updated
        ]
        numbers = set(await journal.numbers())
        gone = tuple(number for number in self._known if number not in numbers)
        for row in rows:
            self._known[row.number] = row.updated
            self._seen_until = max(self._seen_until, row.updated)
        for number in gone:
            del self._known[number]
        if rows or gone:
            marks = await journal.marks([row.number for row in rows])
            self._engine.post(RowsChanged(tuple(rows), gone, marks))
        unsent = frozenset(report.task for report in await journal.unsent() if report.error is None)
        if unsent != self._unsent:
            self._unsent = unsent
            self._engine.post(UnsentChanged(unsent))

    # --- the node ------------------------------------------------------------------------------------

    async def watch_node(self) -> None:
        """Start the node, then look at it every other second; one that dies is started by who needs it."""
        self._engine.post(NodeSeen("starting", place=str(self._engine.place.desk.repo_dir or "")))
        announced = False
        while True:
            try:
                seen = await self._node_once()
                self._engine.post(seen)
                if not announced:
                    announced = True
                    self._engine.spawn(self._engine.place.announce_anew(None))
            except NodeError as error:
                self._since, self._bytes = 0.0, None
                self._neighbours.forget()
                self._engine.post(
                    NodeSeen("failed", error, place=str(self._engine.place.desk.repo_dir or ""))
                )
            await asyncio.sleep(_NODE_EVERY)

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
        free, total = _room(desk.repo_dir)
        return NodeSeen(
            "online",
            peer_id=node.peer_id,
            address=await desk.address(),
            addresses=node.addresses,
            version=info.version,
            peers=peers,
            rate_in=rates[0],
            rate_out=rates[1],
            repo_bytes=repo,
            free_bytes=free,
            total_bytes=total,
            place=str(desk.repo_dir or ""),
            since=self._since,
            reachability=reachability,
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
        while True:
            self._ask_due.clear()
            for origin in await self._libraries():
                await self.due_once(origin)
            with suppress(TimeoutError):
                async with asyncio.timeout(_DUE_EVERY):
                    await self._ask_due.wait()

    async def _libraries(self) -> list[str]:
        place = self._engine.place
        origins = dict.fromkeys(
            [*place.settings.servers().values(), *(row.server for row in await place.desk.journal.all())]
        )
        tokens = {one: await asyncio.to_thread(place.token, one) for one in origins}
        return [one for one, token in tokens.items() if token and not is_plain_http_beyond_loopback(one)]

    def listed(self, origin: str) -> list[Task]:
        """What `due_once` heard last, with the uuids that open the blocks: for the engine alone."""
        return self._listed.get(origin, [])

    async def due_once(self, origin: str) -> tuple[DueTask, ...]:
        """Ask one library now; what was due before where it can't be told."""
        engine = self._engine
        try:
            async with asyncio.timeout(20):
                listed = await due_tasks(engine.place.desk, origin)
        except TokenRefused:
            # A buyer's account may not ask this at all: whether the sign-in itself is good, `who` says.
            await engine.who(origin)
            return self._due.get(origin, ())
        except TimeoutError:
            return self._due.get(origin, ())
        except ReelkeyError as error:
            engine.post(Told(Failed(error), time.time()))
            return self._due.get(origin, ())
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
        if tasks != self._due.get(origin, ()):
            self._due[origin] = tasks
            engine.post(DueChanged(origin, tasks))
        return tasks


def _room(folder: Path | None) -> tuple[int | None, int | None]:
    """Free and all bytes of the disk that `folder` is on."""
    while folder is not None and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder is None:
        return None, None
    with suppress(OSError):
        usage = shutil.disk_usage(folder)
        return usage.free, usage.total
    return None, None
