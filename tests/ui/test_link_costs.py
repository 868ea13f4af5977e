"""Any page can open links: what one may cost before a person says yes to it, and after a no."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app.domain.errors import Cancelled, PathMissing, TooManyFiles, TooManyLinks
from app.ui import disks, requests
from app.ui.messages import FilmsFound, Request
from tests.ui.engines import Watched, a_film, engine_of

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Watched]:
    async with engine_of(tmp_path / "p", NOWHERE) as watched:
        yield watched


class Gate:
    """A disk that does not answer until `opens`; `looked` are the files that were asked for."""

    def __init__(self) -> None:
        self.looked: list[Path] = []
        self.opens = threading.Event()
        self._loop = asyncio.get_running_loop()
        self.reached = asyncio.Event()

    def is_ours(self, _entry: object, path: Path, _root: Path) -> bool:
        self.looked.append(path)
        self._loop.call_soon_threadsafe(self.reached.set)
        self.opens.wait(60)
        return True


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gate]:
    gate = Gate()
    monkeypatch.setattr("app.jobs.scan._is_ours", gate.is_ours)
    yield gate
    gate.opens.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = a_film(tmp_path / "series")
    return a_film(folder, "E02.mov")


async def asked(one: Watched, folder: Path, token: str = "t") -> Request:
    link = f"reelkey://upload?v=1&series_id=7&folder={quote(str(folder))}&token={token}"
    return await one.engine.requests.of_link(link)


async def test_disks_that_do_not_answer_keep_nothing_else_of_the_engine(
    one: Watched, folder: Path, gate: Gate
) -> None:
    looks = []
    for number in range((os.cpu_count() or 1) + 8):  # more than the loop's own threads
        request = await asked(one, folder, f"t{number}")
        looks.append(asyncio.create_task(one.engine.requests.films(request.number, request.folders)))
        await asyncio.sleep(0)
        await one.engine.requests.drop(request.number)
    await gate.reached.wait()
    async with asyncio.timeout(10):
        assert await one.engine.accounts.token(NOWHERE) is None
    gate.opens.set()
    found = await asyncio.gather(*looks)
    assert {type(answer.error) for answer in found} == {Cancelled}


async def test_a_no_ends_the_look(one: Watched, folder: Path, gate: Gate) -> None:
    request = await asked(one, folder)
    look = asyncio.create_task(one.engine.requests.films(request.number, request.folders))
    await gate.reached.wait()
    await one.engine.requests.drop(request.number)
    gate.opens.set()
    assert isinstance((await look).error, Cancelled)
    assert len(gate.looked) == 1


async def test_a_window_that_gives_up_ends_the_look(one: Watched, folder: Path, gate: Gate) -> None:
    request = await asked(one, folder)
    look = asyncio.create_task(one.engine.requests.films(request.number, request.folders))
    await gate.reached.wait()
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    gate.opens.set()
    other = await asked(one, folder, "other")
    found = await one.engine.requests.films(other.number, other.folders)
    assert len(found.films) == 2
    assert len(gate.looked) == 3, "one of the look that ended, then both"


async def test_another_folder_ends_the_look_through_the_first(
    one: Watched, folder: Path, tmp_path: Path, gate: Gate
) -> None:
    request = await asked(one, folder)
    first = asyncio.create_task(one.engine.requests.films(request.number, request.folders))
    await gate.reached.wait()
    other = a_film(tmp_path / "other")
    second = asyncio.create_task(one.engine.requests.films(request.number, [other]))
    await asyncio.sleep(0)
    gate.opens.set()
    assert isinstance((await first).error, Cancelled)
    assert [film.path for film in (await second).films] == [other / "E01.mov"]


async def test_closing_ends_the_look(tmp_path: Path, folder: Path, gate: Gate) -> None:
    async with engine_of(tmp_path / "p", NOWHERE) as one:
        request = await asked(one, folder)
        look = asyncio.create_task(one.engine.requests.films(request.number, request.folders))
        await gate.reached.wait()
    gate.opens.set()
    assert isinstance((await look).error, Cancelled)
    assert len(gate.looked) == 1


async def test_a_folder_that_holds_too_much_is_not_looked_through(
    one: Watched, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await asked(one, folder)
    monkeypatch.setattr(disks, "_MOST_FILES", 1)
    found = await one.engine.requests.films(request.number, request.folders)
    assert isinstance(found.error, TooManyFiles)
    assert str(folder) in found.error.message and "more than 1 files" in found.error.message
    monkeypatch.setattr(disks, "_MOST_FILES", 2)
    monkeypatch.setattr(disks, "_MOST_FILMS", 1)
    found = await one.engine.requests.films(request.number, request.folders)
    assert found.error is not None and "more than 1 films" in found.error.message
    monkeypatch.setattr(disks, "_MOST_FILMS", 2)
    assert len((await one.engine.requests.films(request.number, request.folders)).films) == 2


async def test_of_what_is_left_out_the_first_are_named_and_the_rest_is_counted(
    one: Watched, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_NAMED", 2)
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).touch()
    for name in ("dcp1", "dcp2", "dcp3"):
        (folder / name).mkdir()
        (folder / name / "ASSETMAP").touch()
    request = await asked(one, folder)
    found = await one.engine.requests.films(request.number, request.folders)
    assert [path.name for path in found.skipped] == ["a.txt", "b.txt"]
    assert [path.name for path, _ in found.refused] == ["dcp1", "dcp2"]
    assert (found.more_skipped, found.more_refused) == (1, 1)


@pytest.mark.skipif(os.name == "nt", reason="it is a path there")
async def test_a_path_of_another_system_is_nowhere(one: Watched, tmp_path: Path) -> None:
    request = await asked(one, Path(r"D:\Films"))
    found = await one.engine.requests.films(request.number, request.folders)
    assert found == FilmsFound(error=found.error)
    assert isinstance(found.error, PathMissing) and found.error.facts == {"path": r"D:\Films"}
    with pytest.raises(PathMissing):
        await one.engine.requests.accept_upload(request.number, request.folders, [], tmp_path, 7)


async def test_only_so_many_links_wait(one: Watched, folder: Path) -> None:
    waiting = [await asked(one, folder, f"t{number}") for number in range(20)]
    with pytest.raises(TooManyLinks):
        await asked(one, folder, "one more")
    assert await asked(one, folder, "t7") == waiting[7]
    own = await one.engine.requests.of_person("upload", [folder])
    await one.engine.requests.drop(own.number)
    with pytest.raises(TooManyLinks):
        await asked(one, folder, "one more")
    await one.engine.requests.drop(waiting[3].number)
    await asked(one, folder, "one more")
