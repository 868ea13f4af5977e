"""The window's engine in a test: a profile, a server, a node or none, and all that it tells."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from app.domain.events import Failed
from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.settings.settings import Settings
from app.ui.engine import Engine
from app.ui.messages import Message, NodeSeen, RowsChanged, ServerSeen, Told
from sandbox.task_server.testing import SELLER_TOKEN


class Watched:
    """An engine and all that it told; `until` waits for something among it."""

    def __init__(self, engine: Engine, told: list[Message], came: asyncio.Event) -> None:
        self.engine = engine
        self.told = told
        self._came = came

    async def until(self, found: Callable[[], object], seconds: float = 30) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not found():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            pytest.fail(f"not told: {self.told[-8:]}")

    def all_rows(self) -> dict[int, TaskRow]:
        latest: dict[int, TaskRow] = {}
        for message in self.told:
            if isinstance(message, RowsChanged):
                latest.update({row.number: row for row in message.rows})
                for number in message.gone:
                    latest.pop(number, None)
        return latest

    def rows(self, kind: TaskKind) -> list[TaskRow]:
        return [row for row in self.all_rows().values() if row.kind is kind]

    def is_done(self, kind: TaskKind) -> bool:
        rows = self.rows(kind)
        return bool(rows) and all(row.run is Run.DONE for row in rows)

    def run_of(self, number: int) -> Run | None:
        row = self.all_rows().get(number)
        return row.run if row is not None else None

    def failures(self) -> list[str]:
        events = [message.event for message in self.told if isinstance(message, Told)]
        return [event.error.code for event in events if isinstance(event, Failed)]

    def seen(self, origin: str) -> ServerSeen | None:
        """What was last told of a library."""
        return next(
            (one for one in reversed(self.told) if isinstance(one, ServerSeen) and one.origin == origin), None
        )

    def signed_in(self, origin: str) -> bool:
        seen = self.seen(origin)
        return seen is not None and bool(seen.account) and seen.error is None

    def trouble(self, origin: str) -> str:
        """The code of the error that a library stands with, "" for none."""
        seen = self.seen(origin)
        return seen.error.code if seen is not None and seen.error is not None else ""

    def node(self) -> NodeSeen | None:
        return next((one for one in reversed(self.told) if isinstance(one, NodeSeen)), None)

    async def send(self, folder: Path, blocks: Path, token: str = SELLER_TOKEN, series: int = 7) -> TaskRow:
        """A link for this folder, and a yes to all of it."""
        requests = self.engine.requests
        link = f"reelkey://upload?v=1&series_id={series}&folder={quote(str(folder))}&token={token}"
        request = await requests.of_link(link)
        films = [film.path for film in (await requests.films(request.number, request.folders)).films]
        begun = await requests.accept_upload(request.number, request.folders, films, blocks, series)
        return begun.rows[0]


@asynccontextmanager
async def engine_of(
    profile: Path, url: str, kubo: Path | None = None, *, stop_node: bool = True
) -> AsyncIterator[Watched]:
    """An engine that is open for the block. Without `kubo` its node never answers: what is sent waits."""
    profile.mkdir(exist_ok=True)
    settings = Settings(profile / "settings.json")
    if kubo is None:
        settings.set("node.api", "/ip4/127.0.0.1/tcp/1")
    settings.set("server.studio", url)
    for key, value in {"poll.first": "0.1", "poll.max": "0.5", "node.mdns": "off"}.items():
        settings.set(key, value)
    env = {"REELKEY_KUBO": str(kubo or ""), "REELKEY_LISTEN": "/ip4/127.0.0.1/tcp/0"}
    told: list[Message] = []
    came = asyncio.Event()

    def post(message: Message) -> None:
        told.append(message)
        came.set()

    engine = Engine(profile, env, post)
    try:
        await engine.open()
        yield Watched(engine, told, came)
    finally:
        await engine.close(stop_node=stop_node)


def a_film(folder: Path, name: str = "E01.mov", content: bytes = b"a film" * 100) -> Path:
    """A folder with a film in it that was finished an hour ago: nobody looks twice whether it still grows."""
    folder.mkdir(exist_ok=True)
    film = folder / name
    film.write_bytes(content)
    an_hour_ago = time.time() - 3600
    os.utime(film, (an_hour_ago, an_hour_ago))
    return folder
