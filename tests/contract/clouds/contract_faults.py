"""The contract's tests of what goes wrong on the way and at the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.cloud.destination import Destination
from app.cloud.kind import Credentials, Kind, Surroundings
from app.domain.errors import CloudFull, NotTheSame, SignInExpired, SourceChanged
from app.journal import Run
from tests.contract.clouds.ground import Ground, Home, of, send, there
from tests.contract.clouds.killing import Steps
from tests.contract.clouds.pattern import pattern
from tests.contract.clouds.profile import Nobody, opened

#: Long enough for an answer of a busy computer: what is given up too early is only asked again.
_MOMENT = 0.3


@pytest.mark.parametrize("how", ["ill", "busy", "reset", "lost", "held"])
async def test_faults_at_each_request(ground: Ground, home: Home, how: str) -> None:
    """One fault at the first request, at the second, and so on until there are no more requests."""
    film = home.file("film.mov", ground.piece + 5)
    root = home.root()
    kind = impatient(ground.kind) if how == "held" else ground.kind
    for after in range(200):
        async with opened(root, kind, ground.env) as profile:
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


def impatient(kind: Kind) -> Kind:
    """The same, but a request is given up after a moment's silence."""

    def connect(options: Mapping[str, str], credentials: Credentials, around: Surroundings) -> Destination:
        return kind.connect(options, credentials, replace(around, stall=_MOMENT))

    return replace(kind, connect=connect)


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


async def test_sign_in_that_ends_between_pieces(ground: Ground, home: Home) -> None:
    """What stands there already is not sent again once there is another sign-in."""
    film = home.file("film.mov", 3 * ground.piece + 5)
    ended = False

    def end(step: str) -> None:
        nonlocal ended
        if step == "sent" and not ended:
            ended = True
            ground.expire()

    steps = Steps(end)
    async with steps.opened(home.root(), ground.kind, ground.env) as profile:
        row = await send(profile, "ended", film)
        assert (row.run, (row.error or {}).get("code")) == (Run.WAITING, SignInExpired.code)
        assert there(ground, "ended") == {}
        await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())
        assert (await profile.exports.run([row.number]))[0].error is None
    assert there(ground, "ended") == {"film.mov": of(film)}
    assert not ground.unfinished()
    assert len(steps.pieces) > 1
    assert sum(length for _, length in steps.pieces) == film.stat().st_size


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


@pytest.mark.parametrize("for_good", [True, False])
async def test_folder_that_was_removed_is_made_anew(ground: Ground, home: Home, for_good: bool) -> None:
    """Though it was there a moment ago: before the next export, and while one goes on."""
    film, other = home.file("film.mov", 2 * ground.piece + 5), home.file("other.mov", 5)
    removed = 0

    def remove(step: str) -> None:
        nonlocal removed
        if step == "sent" and removed == 1:
            removed = 2
            ground.take_away("a/b", for_good=for_good)

    steps = Steps(remove)
    async with steps.opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "a/b/c", other)).run is Run.DONE
        ground.take_away("a/b", for_good=for_good)
        removed = 1
        row = await send(profile, "a/b/c", film)
        assert row.run is Run.DONE, row.error
    assert removed == 2
    assert ground.files() == {"a/b/c/film.mov": of(film)}
    assert ground.folders() == {"a", "a/b", "a/b/c"}


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


@pytest.mark.parametrize("pieces", [2, 0])
async def test_source_that_changes(ground: Ground, home: Home, pieces: int) -> None:
    """While there is more to be read of it, and behind its last byte."""
    film = home.file("film.mov", pieces * ground.piece + 9)
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
