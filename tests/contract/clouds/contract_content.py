"""The contract's tests of what arrives: sizes, names, twins, what is there already, memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Mapping

import pytest

from app.domain.events import Event, ExportEnded, ExportMoved
from app.journal import Run
from tests.contract.clouds.ground import Ground, Home, of, send, there
from tests.contract.clouds.profile import opened

_LOOK_EVERY = 0.1


async def test_sizes(ground: Ground, home: Home) -> None:
    sizes = [0, 1, ground.piece - 1, ground.piece, ground.piece + 1, 9 * 2**20]
    files = [home.file(f"{size}.mov", size) for size in sizes]
    async with opened(home.root(), ground.kind, ground.env) as profile:
        row = await send(profile, "sizes", *files)
        assert row.run is Run.DONE
        report = await profile.exports.report(row.number)
        assert [item.size for item in report.items] == sizes
        assert all(item.hashes and item.remote_id for item in report.items)
        ended = [event for event in profile.events if isinstance(event, ExportEnded)]
        assert [(one.sent, one.skipped, one.failed) for one in ended] == [(len(sizes), 0, 0)]
        last = [event for event in profile.events if isinstance(event, ExportMoved)][-1]
        assert (last.progress.done, last.items_done) == (sum(sizes), len(sizes))
    assert there(ground, "sizes") == {path.name: of(path) for path in files}
    assert not ground.unfinished()


@pytest.mark.slow
async def test_300_mb(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", 300_000_000)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "large", film)).run is Run.DONE
    assert there(ground, "large") == {"film.mov": of(film)}


async def test_names_and_folders(ground: Ground, home: Home) -> None:
    names = [
        "仙剑奇侠传-第21集.mov", "O'Brien \\ \"x\" $(rm -rf).mov", "a%2Fb & ?#.mov", "é́ e\u0301.mov",
        "\u202evom.exe.mov", "tab\tand\nline.mov", "-rf", "長" * 80 + ".mov", "🎬.mov", " lead and trail ",
    ]  # fmt: skip
    for name in names:
        home.file(f"tree/one/二/three/{name}", 5)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        row = await send(profile, "deep/日本/C", home.folder / "films/tree")
        report = await profile.exports.report(row.number)
        assert [item.error for item in report.failed] == []
    found = there(ground, "deep/日本/C/tree/one/二/three")
    assert len(found) == len(names)
    assert {one.size for one in found.values()} == {5}
    assert {"仙剑奇侠传-第21集.mov", "🎬.mov", "-rf", "a%2Fb & ?#.mov"} <= set(found)
    for name in found:
        assert not set(name) & set("\u202e\t\n/"), name


async def test_top_folder(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", 5)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "", film)).run is Run.DONE
    assert ground.files() == {"film.mov": of(film)}
    assert ground.folders() == set()


async def test_same_name_twice(ground: Ground, home: Home) -> None:
    first, second = home.file("a/film.mov", 100), home.file("b/film.mov", 200)
    third = home.file("c/FILM.mov", 300)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "twice", first, second, third)).run is Run.DONE
    assert {one.size for one in there(ground, "twice").values()} == {100, 200, 300}
    folded = [name.casefold() for name in there(ground, "twice")]
    assert len(set(folded)) == 3


async def test_sent_again_is_skipped(ground: Ground, home: Home) -> None:
    film, other = home.file("film.mov", ground.piece + 7), home.file("x/film.mov", 9)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "again", film, other)).run is Run.DONE
        before = there(ground, "again")
        row = await send(profile, "again", other, film)
        tally = (await profile.exports.tallies([row.number]))[row.number]
        assert (tally.sent, tally.skipped) == (0, 2)
        # Of the same name and size, and not the same.
        film.write_bytes(bytes(reversed(film.read_bytes())))
        await send(profile, "again", film)
    after = there(ground, "again")
    assert set(before.items()) < set(after.items())
    assert len(after) == 3
    assert of(film) in after.values()


@pytest.mark.parametrize(("films", "size", "bound"), [(1, 48, 26), (4, 24, 42)])
async def test_memory(ground: Ground, home: Home, films: int, size: int, bound: int) -> None:
    """What the engine holds at its defaults does not grow with the files."""
    assert await _held(ground, home, films, size, {}) < bound * 2**20


@pytest.mark.slow
async def test_memory_with_the_widest_options(ground: Ground, home: Home) -> None:
    """As many at once as the forms offer: the engine holds no more for it than its bounds."""
    widest = {one.name: str(one.most) for one in ground.kind.options if one.name.endswith("-at-once")}
    assert widest
    assert await _held(ground, home, 16, 9, widest) < 52 * 2**20


async def _held(ground: Ground, home: Home, films: int, size: int, options: Mapping[str, str]) -> int:
    """The most bytes that the engine held while it sent so many films of `size` MiB."""
    paths = [home.file(f"{number}.mov", 0) for number in range(films)]
    for path in paths:
        os.truncate(path, size * 2**20)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        await profile.exports.set_options(1, options)
        row = await profile.exports.order_films(1, "memory", paths=paths)
        held: list[int] = []
        looked = 0.0
        real = profile.desk.emit

        def look(event: Event) -> None:
            nonlocal looked
            real(event)
            if time.monotonic() - looked < _LOOK_EVERY:
                return  # a look costs as much as a piece
            looked = time.monotonic()
            ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/app/*")])
            held.append(sum(trace.size for trace in ours.traces))

        profile.desk.emit = look
        tracemalloc.start()
        try:
            assert (await profile.exports.run([row.number]))[0].error is None
        finally:
            tracemalloc.stop()
    return max(held)
