"""The gallery stand-in, asked by clients that are not ours: curl, Pillow, and zlib for checksums."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from sandbox.clouds.gallery.photos import HOSTILE_NAMES
from sandbox.clouds.gallery.testing import RunningGallery, running_gallery

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningGallery]:
    with running_gallery() as gallery:
        yield gallery


@pytest.fixture
def gallery(running: RunningGallery) -> RunningGallery:
    running.control.reset()
    return running


def curl(*arguments: str) -> tuple[int, bytes]:
    """Status and body of ``curl ARGUMENTS``."""
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, timeout=30)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def listed(gallery: RunningGallery, path: str = "") -> list[dict[str, Any]]:
    path = path or gallery.control.state()["galleries"][0]
    status, body = curl(f"{gallery.origin}{path}?json=true")
    assert status == 200
    entries: list[dict[str, Any]] = json.loads(body)
    return entries


def test_the_list_is_as_the_task_has_it(gallery: RunningGallery) -> None:
    entries = listed(gallery)
    assert len(entries) == 12
    kinds = {"crc": str, "filesize": int, "created_at": str, "name": str, "url": str, "id": int}
    for entry in entries:
        assert {name: type(value) for name, value in entry.items()} == kinds
    assert entries[0]["name"] == "Photos 1/Test_011.jpg"
    assert entries[0]["id"] == 49851973


def test_photos_have_the_size_and_checksum_of_the_list(gallery: RunningGallery) -> None:
    for entry in listed(gallery):
        status, body = curl(entry["url"])
        assert (status, len(body), f"{zlib.crc32(body):08x}") == (200, entry["filesize"], entry["crc"])
        assert body.startswith(b"\xff\xd8")
        assert body.endswith(b"\xff\xd9")


def test_the_first_photos_are_pictures(gallery: RunningGallery) -> None:
    for entry in listed(gallery)[:3]:
        with Image.open(io.BytesIO(curl(entry["url"])[1])) as picture:
            picture.load()
            assert (picture.format, picture.size) == ("JPEG", (480, 320))


def test_the_archive_itself_is_no_list(gallery: RunningGallery) -> None:
    path = gallery.control.state()["galleries"][0]
    assert curl(f"{gallery.origin}{path}?mod=web")[1].startswith(b"PK")
    assert curl(f"{gallery.origin}/g/api/stream/1/none?json=true")[0] == 404


def test_the_end_is_written_down_and_nothing_else(gallery: RunningGallery) -> None:
    told = {"cloud_type": "google_drive", "failed_photos": 2, "archive_type": "originals"}
    address = f"{gallery.origin}/cloud_archive/done"
    kind = ("-H", "Content-Type: application/json")
    assert curl(*kind, "-d", json.dumps(told), address)[0] == 200
    wrong: list[object] = [
        {},
        told | {"failed_photos": "2"},
        told | {"archive_type": "web"},
        told | {"more": 1},
        [],
        7,
    ]
    for bad in wrong:
        assert curl(*kind, "-d", json.dumps(bad), address)[0] == 422
    assert curl(address)[0] == 405
    assert gallery.control.done() == [told]


def test_control_calls_add_change_and_remove(gallery: RunningGallery) -> None:
    added = gallery.control.add(names=list(HOSTILE_NAMES), sizes=[0, 10, 100, 1_000_000], entries=[None, {}])
    entries = listed(gallery, added["path"])
    assert [entry["name"] for entry in entries[:-2]] == list(HOSTILE_NAMES)
    assert entries[-2:] == [None, {}]
    for entry in entries[:5]:
        body = curl(entry["url"])[1]
        assert (len(body), f"{zlib.crc32(body):08x}") == (entry["filesize"], entry["crc"])
    first, second, *_ = added["ids"]
    gallery.control.change(first, "created_at", crc="00000000")
    gallery.control.remove(second)
    changed = listed(gallery, added["path"])[0]
    assert changed["crc"] == "00000000"
    assert "created_at" not in changed
    assert curl(entries[1]["url"])[0] == 404


def test_it_runs_in_a_process_of_its_own() -> None:
    with running_gallery(3, 0, 1000, process=True) as gallery:
        assert [(entry["name"], entry["filesize"]) for entry in listed(gallery)] == [
            ("Photos 1/Test_011.jpg", 1000),
            ("Test_0001.jpg", 1000),
            ("Test_0002.jpg", 1000),
        ]


def test_faults_show_and_wear_off(gallery: RunningGallery) -> None:
    entry = listed(gallery)[5]
    whole = curl(entry["url"])[1]
    for kind, length in (("other_byte", len(whole)), ("short", len(whole) - 1), ("long", len(whole) + 1)):
        gallery.control.fault(kind, path="/litepr-m/")
        status, body = curl(entry["url"])
        assert (status, len(body)) == (200, length)
        assert body != whole
        assert curl(entry["url"])[1] == whole
    gallery.control.fault("status", path="/litepr-m/", code=503, retry_after="7")
    assert curl(entry["url"])[0] == 503
    gallery.control.fault("status", path="/litepr-m/", code=302, headers={"Location": entry["url"]})
    assert curl("-L", entry["url"]) == (200, whole)
