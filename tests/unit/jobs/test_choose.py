"""Which films a command means, when two commands are given at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.domain.status import TaskKind, TaskStatus
from app.jobs.choose import choose_downloads, choose_unfinished, choose_uploads
from app.jobs.desk import Desk, Preferences
from app.jobs.scan import FoundFilm
from app.journal import Journal, Run, TaskRow

SERVER = "https://library.example"
FILM = FoundFilm(Path("/films/a.mov"), "films", "", 10, 20)


class OpenSeal:
    def seal(self, secret: bytes, _purpose: bytes) -> bytes:
        return secret


def desk_with(journal: Journal, folder: Path) -> Desk:
    async def no_server(_: str) -> Any:
        raise AssertionError

    return Desk(
        journal=journal,
        node=None,  # type: ignore[arg-type]
        sealer=OpenSeal(),  # type: ignore[arg-type]
        open_api=no_server,
        emit=lambda _: None,
        preferences=Preferences(films=()),
        leases_dir=folder,
        work_dir=folder,
        repo_dir=folder,
    )


class Slow(Journal):
    """Gives the other command every chance to look before this one has written down what it chose."""

    looked: asyncio.Event

    async def add(self, *arguments: Any) -> list[TaskRow]:
        with suppress(TimeoutError):  # who may not look before us is waiting for us
            await asyncio.wait_for(self.looked.wait(), 0.3)
        return await super().add(*arguments)


class Other(Journal):
    looked: asyncio.Event

    async def of_source(self, *arguments: Any, **which: Any) -> list[TaskRow]:
        found = await super().of_source(*arguments, **which)
        self.looked.set()
        return found


async def test_two_commands_for_one_film_at_once_choose_one_task(tmp_path: Path) -> None:
    async with Slow(tmp_path / "j.db") as one, Other(tmp_path / "j.db") as two:
        one.looked = two.looked = asyncio.Event()  # type: ignore[attr-defined]
        desks = [desk_with(one, tmp_path), desk_with(two, tmp_path)]
        chosen = await asyncio.gather(
            *(choose_uploads(desk, SERVER, 1, [FILM], tmp_path, again=False) for desk in desks)
        )
        assert [row.number for choice in chosen for row in choice.rows] == [1, 1]
        assert len({row.uuid_sealed for row in await one.all()}) == 1
        two.looked.clear()  # type: ignore[attr-defined]
        chosen = await asyncio.gather(
            *(choose_downloads(desk, SERVER, [5, 5], tmp_path, overwrite=False) for desk in desks)
        )
        assert [row.number for choice in chosen for row in choice.rows] == [2, 2]


async def test_what_resume_goes_on_with_and_of_what_it_only_delivers_a_report(tmp_path: Path) -> None:
    lasting, passing = {"code": "wrong_pair", "retry": False}, {"code": "no_space", "retry": True}
    films: dict[str, dict[str, Any]] = {
        "queued": {"run": Run.QUEUED},
        "paused": {"run": Run.PAUSED},
        "failed for a while": {"run": Run.FAILED, "error": passing},
        "failed for good": {"run": Run.FAILED, "error": lasting},
        "failed for good, owing": {"run": Run.FAILED, "error": lasting},
        "done": {"run": Run.DONE},
        "done, owing": {"run": Run.DONE},
        "cancelled": {"run": Run.CANCELLED},
        "cancelled, owing": {"run": Run.CANCELLED},
    }
    async with Journal(tmp_path / "j.db") as journal:
        desk = desk_with(journal, tmp_path)
        wanted: Any = [{"source_name": name, "remote_id": 1, **film} for name, film in films.items()]
        rows = await journal.add(TaskKind.UPLOAD, SERVER, wanted)
        for row in rows:
            if "owing" in row.source_name:
                await journal.report(row.number, TaskStatus.ERROR, None, {})
        found = await choose_unfinished(desk, [])
        names = {row.source_name for row in found.rows}
        assert names == {"queued", "paused", "failed for a while", "done, owing"}
        assert {row.source_name for row in found.owing} == {"failed for good, owing", "cancelled, owing"}
        by_name = {row.source_name: row.id for row in rows}
        retried = await choose_unfinished(desk, [by_name["failed for good"]], failed_too=True)
        assert [row.source_name for row in retried.rows] == ["failed for good"] and not retried.owing
        assert not (await choose_unfinished(desk, [by_name["failed for good"]])).rows
