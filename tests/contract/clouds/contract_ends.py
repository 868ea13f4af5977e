"""The contract's tests of kills and cancels."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from app.domain.errors import SignInExpired
from app.journal import Run
from tests.contract.clouds.ground import Ground, Home, of, send, there
from tests.contract.clouds.killing import Dead, Killing, Steps, Stopping
from tests.contract.clouds.profile import Nobody, opened
from tests.contract.clouds.victims import few, points, victims_of


async def test_kill_at_some_steps(ground: Ground, home: Home) -> None:
    if ground.elsewhere:
        await kill_processes(ground, home, lambda points: few(points, 5))
    else:
        await kill_at(range(1, 400, 7), ground, home)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_kill_at_each_step(ground: Ground, home: Home) -> None:
    if ground.elsewhere:
        await kill_processes(ground, home, lambda points: points)
    await kill_at(range(1, 400), ground, home)


async def kill_processes(ground: Ground, home: Home, choice: Callable[[list[str]], list[str]]) -> None:
    """Real processes, each killed by SIGKILL before or after a request, while it reads, or behind a commit.
    The next process goes on with what it finds, and each file is there once then."""
    films = [home.file("film.mov", ground.piece + 5), home.file("small.mov", 5)]
    whole = {film.name: of(film) for film in films}
    with victims_of(ground) as victims:
        passed = victims.run(home.root(), "clean", films)["passed"]
        assert set(passed) == {"commit", "read", "request"}
        chosen = choice(points(passed))
        deaths = 0
        for point in chosen:
            root, folder = home.root(), point.replace(":", " ")
            died = victims.run(root, folder, films, point)["killed"]
            found = there(ground, folder)
            assert set(found.items()) <= set(whole.items()), point
            home_again = victims.run(root, folder, ())
            if home_again["runs"]:
                assert (home_again["runs"], home_again["sent"]) == (["done"], 2), point
                assert there(ground, folder) == whole, point
                assert not ground.unfinished(), point
            else:  # killed before the order was journalled: nothing was begun
                assert not found, point
            deaths += died
    # Two files go side by side: one run may pass a point less than another.
    assert deaths >= len(chosen) * 3 // 4


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


async def test_after_a_kill_only_the_rest_is_sent(
    ground: Ground, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.exports.item._NOTE_EVERY", 0.0)
    film = home.file("film.mov", 20 * ground.piece + 5)
    root, sent = home.root(), 0

    def kill(step: str) -> None:
        nonlocal sent
        sent += step == "sent"
        if sent > 6:
            raise Dead

    first, second = Steps(kill), Steps(lambda _: None)
    with suppress(Dead):
        async with first.opened(root, ground.kind, ground.env) as profile:
            await first.until_dead(send(profile, "rest", film))
    assert first.dead
    async with second.opened(root, ground.kind, ground.env) as profile:
        assert (await profile.exports.run([1]))[0].error is None
    assert there(ground, "rest") == {"film.mov": of(film)}
    # Up to three were on their way, and their answers not yet in the journal.
    lengths = sorted(length for _, length in first.pieces)
    assert sum(length for _, length in second.pieces) <= film.stat().st_size - sum(lengths[:3])


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


async def test_cancel_leaves_no_empty_folders(ground: Ground, home: Home) -> None:
    """Those that it made, and that neither hold anything nor are another export's."""
    done, tree = home.file("done.mov", 5), home.folder / "films/tree"
    for path in ("x/y/1.mov", "x/z/2.mov"):
        home.file(f"tree/{path}", 3 * ground.piece)
    root = home.root()
    stopping = Stopping("send", behind=1)
    async with stopping.opened(root, ground.kind, ground.env) as profile:
        await profile.exports.set_options(1, {"files-at-once": "1"})
        assert (await send(profile, "kept", done)).run is Run.DONE
        row = await profile.exports.order_films(1, "kept/new/deep", paths=[tree])
        profile.exports.start(row.number)
        await stopping.stopped.wait()
        assert {"kept/new", "kept/new/deep/tree/x/y"} < ground.folders()
        await profile.exports.cancel(row.number)
        assert ground.folders() == {"kept"}
        # Made anew where they are wanted; at rest, what another may go into stays.
        waiting = await profile.exports.order_films(1, "kept/new/deep/tree", paths=[done])
    async with opened(root, ground.kind, ground.env) as profile:
        assert (await profile.exports.run([waiting.number]))[0].error is None
    assert set(ground.files()) == {"kept/done.mov", "kept/new/deep/tree/done.mov"}


async def test_cancel_leaves_the_folders_of_earlier_exports(ground: Ground, home: Home) -> None:
    """Though nothing of ours lies in them any more: somebody may have a use for them."""
    small, film = home.file("small.mov", 5), home.file("film.mov", 3 * ground.piece)
    stopping = Stopping("send", behind=2)
    async with stopping.opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "earlier/first", small)).run is Run.DONE
        ground.take_away("earlier/first", for_good=True)
        row = await profile.exports.order_films(1, "earlier/second", paths=[film])
        profile.exports.start(row.number)
        await stopping.stopped.wait()
        await profile.exports.cancel(row.number)
    assert ground.folders() == {"earlier"}


async def test_cancel_leaves_the_folders_that_others_use(ground: Ground, home: Home) -> None:
    films = [home.file(f"{number}.mov", 3 * ground.piece) for number in range(2)]
    stopping = Stopping("send", behind=1)
    async with stopping.opened(home.root(), ground.kind, ground.env) as profile:
        first = await profile.exports.order_films(1, "ours/first", paths=films[:1])
        second = await profile.exports.order_films(1, "ours", paths=films[1:])
        profile.exports.start(first.number)
        await stopping.stopped.wait()
        await profile.exports.cancel(first.number)
        assert ground.folders() == {"ours", "ours/first"}
        await profile.exports.cancel(second.number)
    assert ground.files() == {}


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
    assert ground.folders() == set()
    assert ground.forgets or not ground.unfinished()


async def test_cancel_that_the_cloud_was_not_told_is_made_up_for(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", ground.piece + 5)
    root = home.root()
    killing = Killing(at="sent")
    with suppress(Dead):
        async with killing.opened(root, ground.kind, ground.env) as profile:
            await killing.until_dead(send(profile, "untold/new", film))
    assert killing.dead
    ground.expire()
    async with opened(root, ground.kind, ground.env) as profile:
        with pytest.raises(SignInExpired):
            await profile.exports.cancel(1)
        await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())
        assert (await profile.exports.run([1]))[0].error is None
    assert there(ground, "untold/new") == {}
    assert ground.folders() == set()
    assert ground.forgets or not ground.unfinished()
