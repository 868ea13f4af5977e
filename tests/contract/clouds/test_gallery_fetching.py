"""A gallery's list and photos by our client from the stand-in: what is fetched, tried again, given up."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from app.domain.errors import CloudRefused, CloudUnreachable, GalleryRefused, PhotoNotWhole
from app.gallery.keeping import CHUNK
from app.gallery.listing import Photo
from app.gallery.photo import DELAYS, Fetcher, Wanted
from app.gallery.reach import Reach
from app.gallery.request import GalleryRequest
from app.gallery.site import GallerySite
from app.net.budget import Budget
from sandbox.clouds.gallery.photos import HOSTILE_NAMES, Made
from sandbox.clouds.gallery.testing import ARCHIVE_HOST, RunningGallery, running_gallery

PHOTOS = "/litepr-m/"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningGallery]:
    with running_gallery() as gallery:
        yield gallery


class Client:
    """Our client at the stand-in, with a clock of its own: `waits` are the seconds that it would have
    slept."""

    def __init__(
        self, gallery: RunningGallery, folder: Path, *, budget: int = CHUNK, stall: float = 20.0
    ) -> None:
        self.gallery = gallery
        self.control = gallery.control
        self.request = GalleryRequest.parse(gallery.archive_url, "Свадьба")
        self.waits: list[float] = []
        self.meanwhile: Callable[[float], Awaitable[None]] | None = None
        self.folder = folder
        self.site = GallerySite(
            {"REELKEY_GALLERY_ORIGIN": gallery.origin},
            folder,
            budget=Budget(budget),
            reach=Reach(gallery.origin, stall=stall),
            sleep=self._sleep,
            jitter=lambda: 0.0,
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.meanwhile is not None:
            await self.meanwhile(seconds)

    async def photos(self, path: str = "") -> list[Photo]:
        """The list of the first gallery, or of the one at `path`."""
        request = GalleryRequest.parse(ARCHIVE_HOST + path, "x") if path else self.request
        return await self.site.photos(request)

    async def fetch(self, photo: Photo, fetcher: Fetcher | None = None) -> bytes:
        """The photo's bytes, as they would be sent."""
        fetcher = fetcher or self.site.fetcher(self.request, [photo.url])
        async with fetcher.photo(Wanted(photo.name, photo.url, photo.size, photo.crc)) as photo_bytes:
            return await photo_bytes.read(0, photo_bytes.size)

    def asked(self, kind: str = "photo") -> int:
        number: int = self.control.state()["requests"].get(kind, 0)
        return number


@pytest.fixture
async def client(running: RunningGallery, tmp_path: Path) -> AsyncIterator[Client]:
    running.control.reset()
    made = Client(running, tmp_path / "work")
    yield made
    await made.site.aclose()


def is_whole(data: bytes, photo: Photo) -> bool:
    return (len(data), f"{zlib.crc32(data):08x}") == (photo.size, photo.crc)


async def failure(client: Client, photo: Photo) -> str:
    """Why the photo could not be fetched."""
    with pytest.raises(PhotoNotWhole) as caught:
        await client.fetch(photo)
    assert caught.value.facts["name"] == photo.name
    return caught.value.reason


# --- what goes well --------------------------------------------------------------------------------------


async def test_a_gallery_from_end_to_end(client: Client) -> None:
    photos = await client.photos()
    fetcher = client.site.fetcher(client.request, (photo.url for photo in photos))
    found = await asyncio.gather(*(client.fetch(photo, fetcher) for photo in photos))
    assert len(photos) == 12
    assert all(is_whole(data, photo) for data, photo in zip(found, photos, strict=True))
    assert {photo.subpath for photo in photos} == {"Photos 1", "Свадьба/Церемония"}
    assert any(photo.size > CHUNK for photo in photos)  # some of them by way of a file
    assert list(client.folder.iterdir()) == []
    await client.site.tell_done(client.request, 1, "google_drive")
    told = {"cloud_type": "google_drive", "failed_photos": 1, "archive_type": "webs"}
    assert client.control.done() == [told]
    assert client.waits == []
    assert client.control.state()["with_secrets"] == 0


async def test_parts_are_read_as_they_are_asked_for_side_by_side(client: Client) -> None:
    photo = next(photo for photo in await client.photos() if photo.size > CHUNK)
    whole = Made(photo.id, photo.size).content()
    fetcher = client.site.fetcher(client.request, [photo.url])
    async with fetcher.photo(Wanted(photo.name, photo.url, photo.size, photo.crc)) as source:
        ranges = [(0, photo.size), (5, 7), (photo.size - 1, 1), (300_000, CHUNK + 9), (photo.size, 0)]
        parts = await asyncio.gather(*(source.read(*wanted) for wanted in ranges))
        assert parts == [whole[offset : offset + length] for offset, length in ranges]
        with pytest.raises(ValueError, match="end"):
            await source.read(0, photo.size + 1)


async def test_empty_and_tiny_photos(client: Client) -> None:
    added = client.control.add(photos=3, sizes=[0, 1, 30])
    for photo in await client.photos(added["path"]):
        assert is_whole(await client.fetch(photo), photo)


async def test_hostile_names_and_entries_fail_alone_or_are_made_safe(client: Client) -> None:
    added = client.control.add(names=list(HOSTILE_NAMES), sizes=[1000], entries=[None, {"id": 7}, 5])
    photos = await client.photos(added["path"])
    assert len(photos) == len(HOSTILE_NAMES) + 3
    assert [bool(photo.fault) for photo in photos] == [False] * len(HOSTILE_NAMES) + [True] * 3
    for photo in photos[:-3]:
        assert is_whole(await client.fetch(photo), photo)


# --- tries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 500},
        {"kind": "status", "code": 503},
        {"kind": "status", "code": 429},
        {"kind": "reset"},
        {"kind": "cut_answer", "size": 1000},
        {"kind": "garbage"},
    ],
)
@pytest.mark.parametrize("place", [0, 5])
async def test_four_failures_are_survived(client: Client, fault: dict[str, object], place: int) -> None:
    photo = (await client.photos())[place]
    rule = {name: value for name, value in fault.items() if name != "kind"}
    times = 2 if fault["kind"] == "garbage" else 4  # the same wrong size three times is another story
    client.control.fault(str(fault["kind"]), path=PHOTOS, times=times, **rule)
    assert is_whole(await client.fetch(photo), photo)
    assert client.waits == list(DELAYS[:times])


async def test_five_failures_are_the_end_of_this_photo_alone(client: Client) -> None:
    first, second, *_ = await client.photos()
    client.control.fault("status", path=PHOTOS, code=500, times=5)
    assert await failure(client, first) == "its server answers 500"
    assert client.asked() == 5
    assert client.waits == list(DELAYS)
    assert is_whole(await client.fetch(second), second)


async def test_a_server_says_when_to_come_back(client: Client) -> None:
    photo = (await client.photos())[0]
    client.control.fault("status", path=PHOTOS, code=503, retry_after="17")
    client.control.fault("status", path=PHOTOS, code=429, retry_after="86400")
    client.control.fault("status", path=PHOTOS, code=503, retry_after="0")
    await client.fetch(photo)
    assert client.waits == [17.0, 600.0, DELAYS[2]]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
async def test_a_definite_no_is_taken_the_third_time(client: Client, code: int) -> None:
    photo = (await client.photos())[0]
    client.control.fault("status", path=PHOTOS, code=code, times=None)
    assert str(code) in await failure(client, photo)
    assert client.asked() == 3


async def test_a_photo_that_is_late_is_found(client: Client) -> None:
    photo = (await client.photos())[0]
    for code in (404, 404, 403, 404):
        client.control.fault("status", path=PHOTOS, code=code)
    assert is_whole(await client.fetch(photo), photo)


@pytest.mark.parametrize("kind", ["other_byte", "short", "long"])
@pytest.mark.parametrize("place", [3, 5])  # in memory, by way of a file
async def test_damage_on_the_way_is_mended(client: Client, kind: str, place: int) -> None:
    photo = (await client.photos())[place]
    client.control.fault(kind, path=PHOTOS)
    assert is_whole(await client.fetch(photo), photo)
    assert client.asked() == 2


@pytest.mark.parametrize("changes", [{"crc": "00000001"}, {"filesize": 7}, {"filesize": 900_000_000}])
@pytest.mark.parametrize("place", [3, 5])
async def test_a_list_that_is_wrong_is_known_by_the_third_try(
    client: Client, changes: dict[str, object], place: int
) -> None:
    photo = (await client.photos())[place]
    client.control.change(photo.id, **changes)
    assert "list" in await failure(client, (await client.photos())[place])
    assert client.asked() == 3


async def test_a_size_counts_where_the_checksum_agrees(client: Client) -> None:
    photo = (await client.photos())[3]
    short = Made(photo.id, photo.size).content()[:-1]
    client.control.change(photo.id, crc=f"{zlib.crc32(short):08x}")
    client.control.fault("short", path=PHOTOS, times=None)
    assert "size" in await failure(client, (await client.photos())[3])


async def test_a_photo_that_is_gone(client: Client) -> None:
    photo = (await client.photos())[0]
    client.control.remove(photo.id)
    assert "404" in await failure(client, photo)


async def test_silence_ends(running: RunningGallery, tmp_path: Path) -> None:
    running.control.reset()
    client = Client(running, tmp_path, stall=0.2)
    photo = (await client.photos())[0]
    client.control.fault("hang", path=PHOTOS)
    assert is_whole(await client.fetch(photo), photo)
    client.control.clear_faults()
    await client.site.aclose()


async def test_an_encoding_that_was_not_asked_for(client: Client) -> None:
    photo = (await client.photos())[0]
    headers = {"Content-Encoding": "gzip"}
    client.control.fault("garbage", path=PHOTOS, times=None, headers=headers)
    assert "form" in await failure(client, photo)


# --- where photos may lie --------------------------------------------------------------------------------


async def test_redirects_stay_with_the_gallery(client: Client) -> None:
    photo, other = (await client.photos())[:2]
    client.control.fault("status", path=PHOTOS, code=302, headers={"Location": photo.url})
    assert is_whole(await client.fetch(photo), photo)
    for elsewhere in (
        "http://127.0.0.1:9/x",
        "http://169.254.169.254/x",
        "https://elsewhere.example/x",
        "//[::1]/x",
    ):
        client.control.fault("status", path=PHOTOS, code=302, headers={"Location": elsewhere})
        before = client.asked()
        assert "none of the gallery's" in await failure(client, other)
        assert client.asked() == before + 1


async def test_a_list_that_names_this_computer(client: Client) -> None:
    addresses = [
        "http://127.0.0.1:9/a.jpg",
        "https://127.0.0.1/a.jpg",
        "http://localhost/a",
        "https://10.0.0.1/a",
    ]
    for photo, address in zip(await client.photos(), addresses, strict=False):
        client.control.change(photo.id, url=address)
    photos = await client.photos()
    assert [bool(photo.fault) for photo in photos] == [True] * 4 + [False] * 8


async def test_the_stand_in_is_nothing_without_its_variable(running: RunningGallery, tmp_path: Path) -> None:
    """Its own photos, named in a list of the real service, are refused."""
    running.control.reset()
    client = Client(running, tmp_path)
    photo = (await client.photos())[0]
    site = GallerySite({}, tmp_path)
    with pytest.raises(PhotoNotWhole):
        await client.fetch(photo, site.fetcher(client.request, [photo.url]))
    assert client.asked() == 0
    await site.aclose()
    await client.site.aclose()


# --- the network, the list, the end ------------------------------------------------------------------------


async def test_a_service_that_is_gone_is_no_photo_s_fault(tmp_path: Path) -> None:
    with running_gallery() as gallery:
        client = Client(gallery, tmp_path)
        photo = (await client.photos())[0]
    with pytest.raises(CloudUnreachable):
        await client.fetch(photo)
    assert client.waits == list(DELAYS)
    with pytest.raises(CloudUnreachable):
        await client.photos()
    with pytest.raises(CloudUnreachable):
        await client.site.tell_done(client.request, 0, "google_drive")
    assert client.waits == [*DELAYS, *DELAYS, *DELAYS]
    await client.site.aclose()


async def test_a_photo_that_never_answers_while_the_service_does(client: Client) -> None:
    photo = (await client.photos())[0]
    client.control.fault("reset", path=PHOTOS, times=None)
    assert await failure(client, photo) == "the connection broke off"


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("status", {"code": 502}),
        ("status", {"code": 429, "retry_after": "3"}),
        ("reset", {}),
        ("cut_answer", {"size": 500}),
    ],
)
async def test_a_list_is_asked_for_again(client: Client, kind: str, rule: dict[str, object]) -> None:
    client.control.fault(kind, path="json=true", times=4, **rule)
    assert len(await client.photos()) == 12
    assert client.asked("list") == 5


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("status", {"code": 404}),
        ("status", {"code": 403}),
        ("garbage", {}),
        ("garbage", {"body": "[" + "1," * 100}),
        ("garbage", {"headers": {"Content-Encoding": "gzip"}}),
        ("status", {"code": 302, "headers": {"Location": "https://elsewhere.example/list"}}),
    ],
)
async def test_what_is_no_list_is_not_asked_for_again(
    client: Client, kind: str, rule: dict[str, object]
) -> None:
    client.control.fault(kind, path="json=true", times=None, **rule)
    with pytest.raises(GalleryRefused):
        await client.photos()
    assert client.asked("list") == 1


async def test_the_end_is_told_until_it_is_heard(client: Client) -> None:
    client.control.fault("status", path="done", code=500, times=2)
    client.control.fault("reset", path="done", act=True)
    await client.site.tell_done(client.request, 0, "yadisk")
    told = {"cloud_type": "yadisk", "failed_photos": 0, "archive_type": "webs"}
    assert client.control.done() == [told, told]  # the second was heard, its answer lost: told once more
    assert client.waits == list(DELAYS[:3])


async def test_an_end_that_is_refused(client: Client) -> None:
    client.control.fault("status", path="done", code=403, message="no")
    with pytest.raises(CloudRefused) as caught:
        await client.site.tell_done(client.request, 0, "google_drive")
    assert (caught.value.facts["status"], caught.value.facts["text"]) == (403, "no")
    assert client.asked("done") == 1


async def test_the_archive_s_key_is_in_no_log_and_no_error(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    key = client.request.archive_url.rpartition("/")[2].partition("?")[0]
    client.control.fault("status", path="json=true", code=404)
    with pytest.raises(GalleryRefused) as caught:
        await client.photos()
    assert key not in caplog.text + str(caught.value) + repr(caught.value.facts) + repr(client.request)


async def test_a_photo_that_waits_keeps_no_other_from_memory(client: Client) -> None:
    slow, other = [photo for photo in await client.photos() if photo.size > CHUNK // 4][:2]
    client.control.fault("status", path=f"/{slow.id}/", code=503)
    fetcher = client.site.fetcher(client.request, [slow.url])
    found: list[bytes] = []

    async def meanwhile(_seconds: float) -> None:
        async with asyncio.timeout(10):
            found.append(await client.fetch(other, fetcher))

    client.meanwhile = meanwhile
    whole = Wanted(slow.name, slow.url, CHUNK, slow.crc)  # the whole budget
    with pytest.raises(PhotoNotWhole):
        async with fetcher.photo(whole):
            pass
    assert is_whole(found[0], other)


async def test_memory_is_given_back(client: Client) -> None:
    """A photo that fails, or whose sending does, leaves the whole budget free."""
    photo = next(photo for photo in await client.photos() if 0 < photo.size < CHUNK)
    client.control.fault("status", path=PHOTOS, code=404, times=3)
    await failure(client, photo)
    fetcher = client.site.fetcher(client.request, [photo.url])
    wanted = Wanted(photo.name, photo.url, photo.size, photo.crc)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            async with fetcher.photo(wanted):
                raise RuntimeError("sending failed")
    async with asyncio.timeout(10):
        await client.fetch(photo)
