"""The room of films that are removed comes back by itself, and no film that is in work waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.status import TaskKind
from app.ui import works
from sandbox.task_server.testing import RunningServer
from tests.ui.engines import a_film, engine_of

pytestmark = pytest.mark.kubo


def stored(profile: Path) -> int:
    return sum(path.stat().st_size for path in (profile / "node" / "blocks").rglob("*.data"))


async def test_what_a_removed_film_held_is_freed(
    tmp_path: Path, kubo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "_ELSEWHERE_EVERY", 0.1)
    monkeypatch.setattr(works, "_COLLECT_EVERY", 0.1)
    with RunningServer(tmp_path / "server") as server:
        async with engine_of(tmp_path / "profile", server.url, kubo_path) as one:
            journal, rpc = one.engine.place.desk.journal, await one.engine.place.desk.rpc()
            film = a_film(tmp_path / "series", content=bytes(13_000_000))
            row = await one.send(film, tmp_path / "blocks")
            await one.until(lambda: one.is_done(TaskKind.UPLOAD))
            await one.until(lambda: not one.engine.works.running)
            cid, held = (await journal.get(row.number)).cid, stored(tmp_path / "profile")
            assert await rpc.pin_ls(cid)
            await one.engine.forget(row.number)
            assert not await rpc.pin_ls(cid)
            async with asyncio.timeout(60):
                while await journal.collections.owed():  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.05)
            assert stored(tmp_path / "profile") < held - 4_000_000
            assert (tmp_path / "blocks").exists()
