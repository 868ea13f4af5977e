"""What every destination must do, through the whole export engine: names, sizes, faults, kills, cancels.

A destination registers with one file ``test_contract_<name>.py``: `from tests.contract.clouds.contract import
*` and a fixture `ground`, its stand-in as `Ground` sees it. Nothing else is written for it here."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from app.cloud.kind import Kind
from app.domain.errors import CloudFull, NotTheSame, SignInExpired, SourceChanged
from app.domain.events import Event, ExportEnded, ExportMoved
from app.journal import Run
from app.journal.exports import ExportRow
from tests.contract.clouds.killing import Dead, Killing, Steps, Stopping
from tests.contract.clouds.pattern import pattern
from tests.contract.clouds.profile import Nobody, Profile, copy_of, opened

__all__ = [
    "Found",
    "Ground",
    "home",
    "test_300_mb",
    "test_cancel_leaves_no_litter",
    "test_cancel_of_an_export_at_rest_leaves_no_litter",
    "test_faults_at_each_request",
    "test_kill_at_each_step",
    "test_kill_at_some_steps",
    "test_lying_hash",
    "test_memory",
    "test_names_and_folders",
    "test_no_room",
    "test_same_name_twice",
    "test_sent_again_is_skipped",
    "test_sign_in_that_ends",
    "test_sizes",
    "test_source_that_changes",
]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the stand-in has it, decrypted where it is."""

    size: int
    sha256: str


class Ground(Protocol):
    """A stand-in, as the contract needs it. `piece`: how large the pieces of a large file are at least.
    `forgets`: the cloud has no call that throws an unfinished upload away, and drops it by itself some
    day."""

    kind: Kind
    env: Mapping[str, str]
    given: Mapping[str, str]
    piece: int
    forgets: bool

    def files(self) -> dict[str, Found]:
        """Every file by its path from the root; two of one name in one folder fail."""
        ...

    def unfinished(self) -> int:
        """Uploads that are neither completed nor thrown away."""
        ...

    def fault(self, how: str, after: int) -> None:
        """The request after the next `after` ones meets ``ill`` (5xx), ``busy`` (429), ``reset`` (cut before
        anything was done) or ``lost`` (done, and the answer cut)."""
        ...

    def met(self) -> bool:
        """Whether the fault was met; it is taken away."""
        ...

    def expire(self) -> None:
        """The sign-in ends; a new one can be made."""
        ...

    def fill(self, room: int | None) -> None:
        """Only `room` bytes more fit (None: enough)."""
        ...

    def lie(self) -> None:
        """The next completed file's hash is told wrong."""
        ...


class Home:
    """A profile signed in at the ground, of which copies start and die."""

    def __init__(self, ground: Ground, template: Path, folder: Path) -> None:
        self.ground = ground
        self.template = template
        self.folder = folder
        self._copies = 0

    def root(self) -> Path:
        self._copies += 1
        return copy_of(self.template, self.folder / f"profile {self._copies}")

    def file(self, name: str, size: int) -> Path:
        path = self.folder / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pattern(size))
        return path


@pytest.fixture
async def home(ground: Ground, tmp_path: Path) -> Home:
    template = tmp_path / "template"
    async with opened(template, ground.kind, ground.env) as profile:
        await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())
    return Home(ground, template, tmp_path)


async def send(profile: Profile, folder: str, *paths: Path) -> ExportRow:
    row = await profile.exports.order_films(1, folder, paths=paths)
    return (await profile.exports.run([row.number]))[0].export


def there(ground: Ground, folder: str) -> dict[str, Found]:
    """The files below a folder, by their paths from there."""
    start = f"{folder}/"
    return {
        path.removeprefix(start): found for path, found in ground.files().items() if path.startswith(start)
    }


def of(path: Path) -> Found:
    data = path.read_bytes()
    return Found(len(data), hashlib.sha256(data).hexdigest())


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
        film.write_bytes(b"another")
        await send(profile, "again", film)
    after = there(ground, "again")
    assert set(before.items()) < set(after.items())
    assert len(after) == 3


# --- faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["ill", "busy", "reset", "lost"])
async def test_faults_at_each_request(ground: Ground, home: Home, how: str) -> None:
    """One fault at the first request, at the second, and so on until there are no more requests."""
    film = home.file("film.mov", ground.piece + 5)
    root = home.root()
    for after in range(200):
        async with opened(root, ground.kind, ground.env) as profile:
            ground.fault(how, after)
            row = await send(profile, f"{how} {after}", film)
            met = ground.met()
            report = await profile.exports.report(row.number)
            assert row.run is Run.DONE, (after, [item.error for item in report.items])
        assert there(ground, f"{how} {after}") == {"film.mov": of(film)}
        assert not ground.unfinished()
        if not met:
            assert after > 2
            return
    raise AssertionError("no end of requests")


async def test_sign_in_that_ends(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", ground.piece + 5)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        ground.expire()
        row = await send(profile, "expired", film)
        assert row.run is Run.WAITING
        assert row.error is not None
        assert row.error["code"] == SignInExpired.code
        assert not (await profile.exports.accounts())[0].signed_in
        renewed = await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())
        assert renewed.number == 1
        outcome = (await profile.exports.run([row.number]))[0]
        assert outcome.error is None
    assert there(ground, "expired") == {"film.mov": of(film)}


async def test_no_room(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", ground.piece + 5)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        ground.fill(10)
        row = await send(profile, "full", film)
        assert row.run is Run.WAITING
        assert row.error is not None
        assert row.error["code"] == CloudFull.code
        ground.fill(None)
        assert (await profile.exports.run([row.number]))[0].error is None
    assert there(ground, "full") == {"film.mov": of(film)}


async def test_lying_hash(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", ground.piece + 5)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        ground.lie()
        row = await send(profile, "lie", film)
        assert row.run is Run.FAILED
        assert row.error is not None
        assert row.error["code"] == NotTheSame.code
        assert there(ground, "lie") == {}
        await profile.exports.retry(row.number)
        assert (await profile.exports.run([row.number]))[0].error is None
    assert there(ground, "lie") == {"film.mov": of(film)}


async def test_source_that_changes(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", 2 * ground.piece + 5)
    root = home.root()

    def change(step: str) -> None:
        if step == "sent" and film.read_bytes() == pattern(film.stat().st_size):
            with film.open("r+b") as file:
                file.write(b"another")

    async with Steps(change).opened(root, ground.kind, ground.env) as profile:
        row = await profile.exports.order_films(1, "changed", paths=[film])
        outcome = (await profile.exports.run([row.number]))[0]
        assert isinstance(outcome.error, SourceChanged)
        assert there(ground, "changed") == {}
        assert ground.forgets or not ground.unfinished()
    async with opened(root, ground.kind, ground.env) as profile:
        await profile.exports.retry(row.number)
        assert (await profile.exports.run([row.number]))[0].error is None
    assert there(ground, "changed") == {"film.mov": of(film)}


# --- kills and cancels -------------------------------------------------------------------------------


async def test_kill_at_some_steps(ground: Ground, home: Home) -> None:
    await kill_at(range(1, 400, 7), ground, home)


@pytest.mark.slow
async def test_kill_at_each_step(ground: Ground, home: Home) -> None:
    await kill_at(range(1, 400), ground, home)


async def kill_at(steps: range, ground: Ground, home: Home) -> None:
    """Killed before and after each commit of the journal and each call outward; the next start goes on, and
    there is one copy then."""
    film = home.file("film.mov", ground.piece + 5)
    for step in steps:
        root, folder = home.root(), f"kill {step}"
        killing = Killing(step)
        with suppress(Dead):
            async with killing.opened(root, ground.kind, ground.env) as profile:
                await killing.until_dead(send(profile, folder, film))
        async with opened(root, ground.kind, ground.env) as profile:
            rows = await profile.exports.exports()
            for row in rows:
                assert (await profile.exports.run([row.number]))[0].export.run is Run.DONE, step
            if rows:
                assert there(ground, folder) == {"film.mov": of(film)}, (step, killing.last)
                assert not ground.unfinished(), (step, killing.last)
        if not killing.dead:
            assert step > 40
            return
    raise AssertionError("no end of steps")


async def test_cancel_leaves_no_litter(ground: Ground, home: Home) -> None:
    films = [home.file(f"{number}.mov", 3 * ground.piece + number) for number in range(4)]
    stopping = Stopping("send", behind=2)
    async with stopping.opened(home.root(), ground.kind, ground.env) as profile:
        row = await profile.exports.order_films(1, "cancelled", paths=films)
        profile.exports.start(row.number)
        await stopping.stopped.wait()
        cancelled = await profile.exports.cancel(row.number)
        assert cancelled.run is Run.CANCELLED
        items = (await profile.exports.report(row.number)).items
        done = {item.remote_name for item in items if item.remote_id}
    assert set(there(ground, "cancelled")) == done
    assert ground.forgets or not ground.unfinished()


async def test_cancel_of_an_export_at_rest_leaves_no_litter(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", ground.piece + 5)
    root = home.root()
    killing = Killing(at="sent")
    with suppress(Dead):
        async with killing.opened(root, ground.kind, ground.env) as profile:
            await killing.until_dead(send(profile, "at rest", film))
    assert killing.dead
    assert ground.forgets or ground.unfinished()
    async with opened(root, ground.kind, ground.env) as profile:
        film.unlink()
        assert (await profile.exports.cancel(1)).run is Run.CANCELLED
    assert there(ground, "at rest") == {}
    assert ground.forgets or not ground.unfinished()


async def test_memory(ground: Ground, home: Home) -> None:
    """What the engine holds of a file does not grow with it."""
    film = home.file("film.mov", 32 * 2**20)
    async with opened(home.root(), ground.kind, ground.env) as profile:
        row = await profile.exports.order_films(1, "memory", paths=[film])
        held: list[int] = []
        real = profile.desk.emit

        def look(event: Event) -> None:
            real(event)
            ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/app/*")])
            held.append(sum(trace.size for trace in ours.traces))

        profile.desk.emit = look
        tracemalloc.start()
        try:
            assert (await profile.exports.run([row.number]))[0].error is None
        finally:
            tracemalloc.stop()
    assert max(held) < 20 * 2**20
