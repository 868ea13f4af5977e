"""The contract's tests of what becomes of an account while exports to it run."""

from __future__ import annotations

import pytest

from app.domain.errors import SignInExpired
from app.journal import Run
from tests.contract.clouds.ground import Ground, Home, of, send, there
from tests.contract.clouds.killing import Meanwhile
from tests.contract.clouds.profile import Nobody, Profile


@pytest.mark.parametrize("call", ["folder", "open", "send", "close"])
async def test_signed_in_anew_while_an_export_runs(ground: Ground, home: Home, call: str) -> None:
    """It goes on with the new sign-in, though the old one is as good."""
    films = [home.file(f"{number}.mov", 2 * ground.piece + number) for number in range(2)]

    async def sign_in(profile: Profile) -> None:
        await profile.exports.sign_in(ground.kind.id, ground.given, Nobody())

    meanwhile = Meanwhile(call, sign_in)
    async with meanwhile.opened(home.root(), ground.kind, ground.env) as profile:
        row = await send(profile, "anew", *films)
        await meanwhile.done()
        assert row.run is Run.DONE, row.error
    assert there(ground, "anew") == {film.name: of(film) for film in films}
    assert not ground.unfinished()


async def test_room_is_asked_while_an_export_runs(ground: Ground, home: Home) -> None:
    film = home.file("film.mov", 2 * ground.piece + 5)

    async def look(profile: Profile) -> None:
        await profile.exports.room(1)
        assert "looked at" in {entry.name for entry in await profile.exports.browse(1)}

    meanwhile = Meanwhile("send", look)
    async with meanwhile.opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "looked at", film)).run is Run.DONE
        await meanwhile.done()
    assert there(ground, "looked at") == {"film.mov": of(film)}


@pytest.mark.parametrize("asked", [True, False])
async def test_sign_in_that_ends_while_two_exports_run(ground: Ground, home: Home, asked: bool) -> None:
    """Whoever finds it out, an export or the look for the room: both wait for the next sign-in, and go on by
    themselves."""
    films = [home.file(f"{number}.mov", 3 * ground.piece + number) for number in range(4)]

    async def end(profile: Profile) -> None:
        ground.expire()
        if asked:
            with pytest.raises(SignInExpired):
                await profile.exports.room(1)

    meanwhile = Meanwhile("send", end, behind=3)
    async with meanwhile.opened(home.root(), ground.kind, ground.env) as profile:
        exports = profile.exports
        await exports.take_up_all()
        numbers = [
            (await exports.order_films(1, folder, paths=paths)).number
            for folder, paths in (("first", films[:2]), ("second", films[2:]))
        ]
        for outcome in await exports.run(numbers):
            assert isinstance(outcome.error, SignInExpired)
            assert (outcome.export.run, outcome.tally.failed) == (Run.WAITING, 0)
        await meanwhile.done()
        assert not (await exports.accounts())[0].signed_in
        await exports.sign_in(ground.kind.id, ground.given, Nobody())
        assert exports.running == frozenset(numbers)
        for outcome in await exports.run(numbers):
            assert outcome.error is None
    assert there(ground, "first") == {film.name: of(film) for film in films[:2]}
    assert there(ground, "second") == {film.name: of(film) for film in films[2:]}
    assert not ground.unfinished()
