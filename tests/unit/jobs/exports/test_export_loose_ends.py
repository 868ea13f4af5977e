"""What exports leave to be done when they end: the word to a gallery, and uploads that a cancelled one could
not throw away. Each is made up for once whoever was away answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from app.domain.errors import (
    CloudUnreachable,
    NotNow,
    PhotoNotWhole,
    SignInExpired,
    UnknownExport,
    UploadLost,
)
from app.domain.events import Warned
from app.gallery.request import GalleryRequest
from app.journal import Run
from sandbox.clouds.gallery.site import FIRST_ID
from sandbox.clouds.gallery.testing import RunningGallery, running_gallery
from tests.contract.clouds.memory import PIECE, TITLE, Memory, memory_kind
from tests.contract.clouds.profile import Nobody, Profile, opened


@pytest.fixture
def gallery() -> Iterator[RunningGallery]:
    with running_gallery(photos=4, albums=2, size=3000) as running:
        yield running


@pytest.fixture
def cloud() -> Memory:
    return Memory()


@pytest.fixture
async def profile(cloud: Memory, tmp_path: Path) -> AsyncIterator[Profile]:
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        yield profile


async def until(fits: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await fits():  # noqa: ASYNC110 - the journal's and the clouds'
            await asyncio.sleep(0.01)


# --- a gallery that could not be told --------------------------------------------------------------------


async def _sent_but_untold(profile: Profile, gallery: RunningGallery) -> int:
    await profile.exports.sign_in("memory", {}, Nobody())
    request = GalleryRequest.parse(gallery.archive_url, "Свадьба")
    number = (await profile.exports.order_gallery(1, "g", request.to_fields())).number
    gallery.control.fault("status", method="POST", code=503, times=None)
    await profile.exports.run([number])
    assert not gallery.control.done()
    return number


async def test_the_next_start_tells_a_gallery_that_was_away(
    gallery: RunningGallery, cloud: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And while the program goes on, it is tried again and again; nobody has to look at warnings for that."""
    monkeypatch.setattr("app.jobs.exports.loose_ends._LOOK_EVERY", 0.01)
    env = {"REELKEY_GALLERY_ORIGIN": gallery.origin}
    async with opened(tmp_path / "profile", memory_kind(cloud), env) as here:
        number = await _sent_but_untold(here, gallery)
        assert (await here.exports.export(f"x{number}")).untold
    asked = len(cloud.requests)
    async with opened(tmp_path / "profile", memory_kind(cloud), env) as here:
        await here.exports.take_up_all()

        async def tried_twice() -> bool:
            return sum("cloud_archive" in one["path"] for one in gallery.control.requests()) >= 15

        await until(tried_twice)
        gallery.control.clear_faults()

        async def told() -> bool:
            return (await here.exports.export(f"x{number}")).told

        await until(told)
        assert not here.events
    assert [one["failed_photos"] for one in gallery.control.done()] == [0], "once"
    assert len(cloud.requests) == asked, "the cloud has nothing to do with it"


@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_gallery_of_which_photos_are_missing_is_told_too(
    gallery: RunningGallery, cloud: Memory, tmp_path: Path, by_hand: bool
) -> None:
    env = {"REELKEY_GALLERY_ORIGIN": gallery.origin}
    gallery.control.remove(FIRST_ID)
    async with opened(tmp_path / "profile", memory_kind(cloud), env) as here:
        number = await _sent_but_untold(here, gallery)
        gallery.control.clear_faults()
        await here.exports.sign_out(1)
        asked = len(cloud.requests)
        if by_hand:
            outcome = (await here.exports.run([number]))[0]
            assert isinstance(outcome.error, PhotoNotWhole)
        else:
            await here.exports.take_up_all()
            await until(lambda: _is_there(gallery.control.done()))
        assert len(cloud.requests) == asked, "the cloud has nothing to do with it"
        row = await here.exports.export(f"x{number}")
        assert row.run is Run.FAILED, "the photo is missing still"
        assert (await here.exports.report(number)).tally.failed == 1
    assert [one["failed_photos"] for one in gallery.control.done()] == [1]


async def _is_there(found: object) -> bool:
    return bool(found)


async def test_a_person_can_have_it_told(gallery: RunningGallery, cloud: Memory, tmp_path: Path) -> None:
    env = {"REELKEY_GALLERY_ORIGIN": gallery.origin}
    async with opened(tmp_path / "profile", memory_kind(cloud), env) as here:
        number = await _sent_but_untold(here, gallery)
        assert [row.number for row in await here.exports.unfinished()] == [number]
        here.events.clear()
        outcome = (await here.exports.run([number]))[0]
        assert isinstance(outcome.error, CloudUnreachable)
        assert [type(event) for event in here.events] == [Warned]
        gallery.control.clear_faults()
        await here.exports.resume(number)
        outcome = (await here.exports.run([number]))[0]
        assert (outcome.export.told, outcome.export.run, outcome.error) == (True, Run.DONE, None)
        assert not await here.exports.unfinished()
        with pytest.raises(NotNow):
            await here.exports.resume(number)
    assert len(gallery.control.done()) == 1


# --- what was cancelled while its cloud was away ---------------------------------------------------------


class Away:
    """The cloud's side: `begun` when a request called `at` comes; nothing is answered after that."""

    def __init__(self, cloud: Memory) -> None:
        self._cloud = cloud
        self.at = "send"
        self.begun = asyncio.Event()
        cloud.before = self._before

    async def _before(self, name: str) -> None:
        if name == self.at:
            self.begun.set()
        if self.begun.is_set():
            raise CloudUnreachable(cloud=TITLE, reason="away")

    def come_back(self) -> None:
        self._cloud.before = _at_once


async def _at_once(_name: str) -> None:
    return


@pytest.fixture
def away(cloud: Memory, monkeypatch: pytest.MonkeyPatch) -> Away:
    monkeypatch.setattr("app.jobs.exports.running._CLEAN_WITHIN", 0.1)
    return Away(cloud)


async def _cancelled(profile: Profile, away: Away, folder: Path) -> int:
    film = folder / "film.mov"
    film.write_bytes(bytes(PIECE + 5))
    number = (await profile.exports.order_films(1, "a/b", paths=[film])).number
    profile.exports.start(number)
    await away.begun.wait()
    with pytest.raises(CloudUnreachable):
        await profile.exports.cancel(number)
    assert (await profile.exports.export(f"x{number}")).littered
    return number


def _is_clean(cloud: Memory) -> bool:
    return not cloud.unfinished() and not cloud.nodes


async def test_the_next_start_clears_away_what_could_not_be(
    cloud: Memory, profile: Profile, away: Away, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a later look, where the cloud is away then too."""
    monkeypatch.setattr("app.jobs.exports.loose_ends._LOOK_EVERY", 0.01)
    number = await _cancelled(profile, away, tmp_path)
    ended = (await profile.exports.export(f"x{number}")).ended
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        asked = len(cloud.requests)
        await here.exports.take_up_all()
        await until(lambda: _is_there(len(cloud.requests) > asked + 3))
        assert cloud.unfinished()
        away.come_back()

        async def seen_to() -> bool:
            return not (await here.exports.export(f"x{number}")).littered

        await until(seen_to)
        assert _is_clean(cloud)
        row = await here.exports.export(f"x{number}")
        assert (row.run, row.ended) == (Run.CANCELLED, ended)
        await here.exports.forget(number)


@pytest.mark.parametrize("at", ["send", "list"])
async def test_cancelling_once_more_clears_away(
    cloud: Memory, profile: Profile, away: Away, tmp_path: Path, at: str
) -> None:
    """Folders that were made, too, where no upload was begun."""
    away.at = at
    number = await _cancelled(profile, away, tmp_path)
    with pytest.raises(CloudUnreachable):
        await profile.exports.cancel(number)
    away.come_back()
    assert (await profile.exports.cancel(number)).run is Run.CANCELLED
    assert _is_clean(cloud)
    with pytest.raises(NotNow):
        await profile.exports.cancel(number)


async def test_an_upload_that_the_cloud_forgot_by_itself_is_no_litter(
    cloud: Memory, profile: Profile, away: Away, tmp_path: Path
) -> None:
    number = await _cancelled(profile, away, tmp_path)

    async def forgot(name: str) -> None:
        if name == "begin":
            raise UploadLost(cloud=TITLE)

    cloud.before = forgot
    assert not (await profile.exports.cancel(number)).littered
    assert not await profile.exports.unfinished()


async def test_the_only_record_of_what_lies_there_is_not_forgotten(
    cloud: Memory, profile: Profile, away: Away, tmp_path: Path
) -> None:
    number = await _cancelled(profile, away, tmp_path)
    with pytest.raises(CloudUnreachable):
        await profile.exports.forget(number)
    away.come_back()
    await profile.exports.forget(number)
    assert _is_clean(cloud)
    with pytest.raises(UnknownExport):
        await profile.exports.export(f"x{number}")


async def test_exports_that_are_cancelled_one_after_another_leave_no_folders(
    cloud: Memory, profile: Profile, tmp_path: Path
) -> None:
    both = asyncio.Barrier(3)

    async def wait(name: str) -> None:
        if name == "send":
            await both.wait()
            await asyncio.Event().wait()

    cloud.before = wait
    film = tmp_path / "film.mov"
    film.write_bytes(bytes(PIECE))
    rows = [await profile.exports.order_films(1, folder, paths=[film]) for folder in ("a/x", "b/y")]
    for row in rows:
        profile.exports.start(row.number)
    await both.wait()
    for row in rows:
        await profile.exports.cancel(row.number)
    assert _is_clean(cloud)


async def test_who_signed_out_for_good_can_forget_it(profile: Profile, away: Away, tmp_path: Path) -> None:
    number = await _cancelled(profile, away, tmp_path)
    await profile.exports.sign_out(1)
    await profile.exports.forget(number)
    with pytest.raises(UnknownExport):
        await profile.exports.export(f"x{number}")


async def test_signing_in_clears_away_what_was_cancelled_meanwhile(
    cloud: Memory, profile: Profile, tmp_path: Path
) -> None:
    await profile.exports.take_up_all()
    begun = asyncio.Event()

    async def slowly(name: str) -> None:
        if name == "send":
            begun.set()
            await asyncio.Event().wait()

    cloud.before = slowly
    film = tmp_path / "film.mov"
    film.write_bytes(bytes(PIECE + 5))
    number = (await profile.exports.order_films(1, "a", paths=[film])).number
    profile.exports.start(number)
    await begun.wait()
    await profile.exports.sign_out(1)
    with pytest.raises(SignInExpired):
        await profile.exports.cancel(number)
    cloud.before = _at_once
    cloud.tokens.add("token-2")
    await profile.exports.sign_in("memory", {}, Nobody())
    await until(lambda: _is_there(_is_clean(cloud)))
