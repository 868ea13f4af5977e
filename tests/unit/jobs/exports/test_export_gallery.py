"""A gallery's export: its photos listed once, fetched, sent and told; one that can't be fetched stops no
other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.domain.errors import CloudUnreachable, PhotoNotWhole
from app.domain.events import ExportWaits, Warned
from app.gallery.request import GalleryRequest
from app.gallery.site import GallerySite
from app.journal import Run
from sandbox.clouds.gallery.testing import RunningGallery, running_gallery
from tests.contract.clouds.memory import Memory, memory_kind
from tests.contract.clouds.profile import Nobody, Profile, opened

PHOTOS = "/litepr-m/"


@pytest.fixture
def gallery() -> Iterator[RunningGallery]:
    with running_gallery(photos=10, albums=2, size=3000) as running:
        yield running


@pytest.fixture
def cloud() -> Memory:
    return Memory()


@pytest.fixture
async def profile(gallery: RunningGallery, cloud: Memory, tmp_path: Path) -> AsyncIterator[Profile]:
    env = {"REELKEY_GALLERY_ORIGIN": gallery.origin}
    async with opened(tmp_path / "profile", memory_kind(cloud), env) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        yield profile


async def order(profile: Profile, gallery: RunningGallery) -> int:
    request = GalleryRequest.parse(gallery.archive_url, "Свадьба", "originals")
    return (await profile.exports.order_gallery(1, "galleries", request.to_fields())).number


async def test_every_photo_arrives_and_the_gallery_is_told(
    profile: Profile, gallery: RunningGallery, cloud: Memory, tmp_path: Path
) -> None:
    number = await order(profile, gallery)
    outcome = (await profile.exports.run([number]))[0]
    assert outcome.error is None
    assert (outcome.tally.sent, outcome.tally.bytes_done) == (10, 30_000)
    files = cloud.files()
    assert len(files) == 10
    assert all(path.startswith("galleries/Свадьба/") for path in files)
    assert min(len(path.split("/")) for path in files) == 4, "albums are folders"
    told = gallery.control.done()
    assert [(one["cloud_type"], one["failed_photos"], one["archive_type"]) for one in told] == [
        ("memory", 0, "originals")
    ]
    assert (await profile.exports.exports())[0].told
    journal = b"".join(
        path.read_bytes() for path in (tmp_path / "profile").rglob("journal*") if path.is_file()
    )
    assert gallery.archive_url.encode() not in journal, "who has the address can read the gallery"
    again = (await profile.exports.run([await order(profile, gallery)]))[0]
    assert (again.tally.sent, again.tally.skipped) == (0, 10)
    assert cloud.files() == files


async def test_one_photo_that_is_gone_stops_no_other(
    profile: Profile, gallery: RunningGallery, cloud: Memory, tmp_path: Path
) -> None:
    request = GalleryRequest.parse(gallery.archive_url, "Свадьба")
    site = GallerySite({"REELKEY_GALLERY_ORIGIN": gallery.origin}, tmp_path)
    gallery.control.remove((await site.photos(request))[3].id)
    await site.aclose()
    number = await order(profile, gallery)
    outcome = (await profile.exports.run([number]))[0]
    assert isinstance(outcome.error, PhotoNotWhole)
    assert (outcome.export.run, outcome.tally.sent, outcome.tally.failed) == (Run.FAILED, 9, 1)
    assert gallery.control.done()[0]["failed_photos"] == 1
    report = await profile.exports.report(number)
    assert len(report.failed) == 1
    assert report.as_csv().count(b"\r\n") == 11


async def test_a_site_that_is_away_is_waited_for(
    profile: Profile, gallery: RunningGallery, cloud: Memory
) -> None:
    gallery.control.fault("status", code=503, times=7)
    number = await order(profile, gallery)
    assert (await profile.exports.run([number]))[0].error is None
    assert len(cloud.files()) == 10
    assert any(isinstance(event, ExportWaits) for event in profile.events)


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("kind", ["reset", "status"])
async def test_a_site_that_is_away_for_an_hour_costs_no_photo(
    profile: Profile, gallery: RunningGallery, cloud: Memory, kind: str, listed: bool
) -> None:
    """Neither without an answer nor with one by which it is ill."""
    gallery.control.fault(kind, code=503, after=int(listed), times=None)
    number = await order(profile, gallery)
    begun, work = profile.clock.now, asyncio.create_task(profile.exports.run([number]))
    async with asyncio.timeout(20):
        while profile.clock.now < begun + 3600 and not work.done():  # noqa: ASYNC110 - the clock is none
            await asyncio.sleep(0.005)
    gallery.control.clear_faults()
    assert (await work)[0].error is None
    assert len(cloud.files()) == 10


async def test_a_list_that_alone_can_not_be_had_is_given_up_and_asked_for_by_a_retry(
    profile: Profile, gallery: RunningGallery, cloud: Memory
) -> None:
    gallery.control.fault("status", path="/g/api/", code=500, times=None)
    number = await order(profile, gallery)
    begun = profile.clock.now
    outcome = (await profile.exports.run([number]))[0]
    assert isinstance(outcome.error, CloudUnreachable)
    assert profile.clock.now - begun >= 300
    gallery.control.clear_faults()
    await profile.exports.retry(number)
    assert (await profile.exports.run([number]))[0].error is None
    assert len(cloud.files()) == 10


async def test_a_gallery_that_can_not_be_told_has_its_photos_sent(
    profile: Profile, gallery: RunningGallery, cloud: Memory
) -> None:
    gallery.control.fault("status", method="POST", code=503, times=None)
    number = await order(profile, gallery)
    assert (await profile.exports.run([number]))[0].error is None
    assert any(isinstance(event, Warned) for event in profile.events)
    assert not (await profile.exports.exports())[0].told
