"""Where the bytes of an export come from, and what it is made of."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from app.cloud.destination import Source
from app.domain.errors import (
    ChangedWhileSent,
    NodeFault,
    NotNow,
    PathMissing,
    SourceGone,
    SourceUnreadable,
    TooMuchAtOnce,
)
from app.domain.status import TaskKind
from app.ipfs.rpc import KuboRpc
from app.jobs.exports import choose
from app.jobs.exports.choose import item_of_film, items_of_paths, title_of
from app.jobs.exports.memory import Memory
from app.jobs.exports.sources import FileSource, block_source
from app.journal import Journal, Run
from app.journal.exports import From
from tests.contract.clouds.pattern import pattern

T = TypeVar("T")
MIB = 2**20


async def read(source: Source, offset: int, length: int) -> list[bytes]:
    return [chunk async for chunk in source.read(offset, length)]


# --- blocks of a node ------------------------------------------------------------------------------------


@pytest.mark.kubo
async def test_a_block_is_read_from_a_real_node(seller: KuboRpc) -> None:
    data = pattern(5 * MIB + 7)

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(data), MIB):
            yield data[at : at + MIB]

    added = await seller.add(chunks(), size=len(data), pin_name="exports")
    asked = 0

    async def ask(call: Callable[[KuboRpc], Awaitable[T]]) -> T:
        nonlocal asked
        asked += 1
        return await call(seller)

    source = block_source(added.cid, ask, Memory())
    for offset, length in [(0, len(data)), (3 * MIB - 1, MIB + 2), (len(data) - 1, 1), (7, 0)]:
        asked = 0
        found = await read(source, offset, length)
        assert b"".join(found) == data[offset : offset + length]
        assert all(len(chunk) <= 2 * MIB for chunk in found)
        assert asked <= length // (2 * MIB) + 2
    reading = source.read(0, len(data))
    assert await anext(reading)
    await reading.aclose()  # type: ignore[attr-defined]  # given up early: what was coming is let go of
    with pytest.raises(NodeFault):
        await read(source, len(data) - 1, 2)


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2 * MIB, 2 * MIB + 1, 5 * MIB + 5])
async def test_a_file_is_read_in_chunks(tmp_path: Path, size: int) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(pattern(size))
    source = await FileSource.at(path, Memory())
    found = await read(source, 0, size)
    assert b"".join(found) == path.read_bytes()
    assert all(0 < len(chunk) <= 2 * MIB for chunk in found)


async def test_a_file_that_is_another_by_now_gives_no_bytes(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"film")
    source = await FileSource.at(path, Memory())
    await source.check()
    os.utime(path, ns=(1, 1))
    with pytest.raises(ChangedWhileSent):
        await read(source, 0, 4)
    with pytest.raises(ChangedWhileSent):
        await source.check()
    path.unlink()
    with pytest.raises(SourceGone):
        await read(source, 0, 4)
    with pytest.raises(SourceGone):
        await FileSource.at(path, Memory())


# --- what an export is made of ---------------------------------------------------------------------------


def test_a_folder_is_its_files_below_its_name(tmp_path: Path) -> None:
    for name in ["长河/a.mov", "长河/stills/b.jpg", "长河/.DS_Store", "长河/stills/Thumbs.db", "c.mov"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "长河/link.mov").symlink_to(tmp_path / "c.mov")
    (tmp_path / "长河/loop").symlink_to(tmp_path / "长河")
    paths = [tmp_path / "长河", tmp_path / "c.mov", tmp_path / "长河/a.mov", tmp_path / "长河/link.mov"]
    items = items_of_paths(paths)
    assert [(item["name"], item["subpath"]) for item in items] == [
        ("a.mov", "长河"),
        ("b.jpg", "长河/stills"),
        ("c.mov", ""),
    ], "each file once, links in folders not at all"
    assert len({item["key"] for item in items}) == 3
    assert title_of(items, paths) == "长河 +3"


def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PathMissing):
        items_of_paths([tmp_path / "not there.mov"])
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SourceUnreadable):
        items_of_paths([tmp_path / "loop"])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceUnreadable):
        items_of_paths([tmp_path / "pipe"])
    bad = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mov")
    Path(bad).write_bytes(b"x")
    with pytest.raises(SourceUnreadable) as caught:
        items_of_paths([Path(bad)])
    assert str(caught.value.facts["path"]).isascii()
    monkeypatch.setattr(choose, "_MOST", 2)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.mov").write_bytes(b"")
    with pytest.raises(TooMuchAtOnce) as much:
        items_of_paths([folder])
    assert much.value.message == "more than 2 files"


async def test_a_films_files(tmp_path: Path) -> None:
    film, private = tmp_path / "film.mov", tmp_path / "film.mov.rkkey"
    film.write_bytes(b"film")
    async with Journal(tmp_path / "journal.db") as journal:
        (row,) = await journal.add(
            TaskKind.UPLOAD, "https://studio.example", [{"source_name": "film.mov", "source_path": str(film)}]
        )
        assert item_of_film(row, "film")["place"] == str(film)
        for which in ("public", "private"):
            with pytest.raises(NotNow):
                item_of_film(row, which)
        private.write_bytes(b"key")
        row = await journal.update(
            row.number, cid="bafy", public_size=9, private_path=str(private), run=Run.DONE
        )
        public = item_of_film(row, "public")
        assert (public["source"], public["place"], public["name"], public["size"]) == (
            From.BLOCK,
            "bafy",
            "film.mov.rkpub",
            9,
        )
        assert item_of_film(row, "private")["place"] == str(private)
        film.unlink()
        with pytest.raises(NotNow):
            item_of_film(row, "film")
