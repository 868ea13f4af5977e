"""The stand-in inside a test or a benchmark.

with running_gallery() as gallery:
    gallery.control.fault("status", path="/litepr-m/", code=503, times=2)
    … a client with REELKEY_GALLERY_ORIGIN=gallery.origin exports gallery.archive_url …
    assert gallery.control.done() == [{"cloud_type": "google_drive", "failed_photos": 0, "archive_type":
    "webs"}]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sandbox.clouds.asking import CloudControl
from sandbox.clouds.gallery.app import build
from sandbox.clouds.gallery.site import GALLERY, KEY
from sandbox.serving import Running, StandIn

MODULE = "sandbox.clouds.gallery"
#: The archive address as a gallery's page copies it: its host is none of ours, and is replaced by the rule.
ARCHIVE_HOST = "https://arch-d.lite.gallery"


class GalleryControl(CloudControl):
    """The control calls of a running gallery service."""

    def add(self, **fields: Any) -> dict[str, Any]:
        """A gallery more: `names`, or `photos` in `albums`; `sizes` in turn, `real` pictures, `entries`
        beside. Gives `path`, `ids` and the list's `entries`."""
        added: dict[str, Any] = self.call("POST", "/galleries", fields)
        return added

    def change(self, photo: int, *remove: str, **fields: Any) -> None:
        """What the list says of a photo: `fields` are set, `remove` are left out."""
        self.call("PATCH", f"/photos/{photo}", {"set": fields, "remove": remove})

    def remove(self, photo: int) -> None:
        """The photo's file is gone; the list still has it."""
        self.call("DELETE", f"/photos/{photo}")

    def done(self) -> list[dict[str, Any]]:
        """What the service was told, in order."""
        told: list[dict[str, Any]] = self.state()["done"]
        return told


class RunningGallery:
    """A running service: its `origin`, its control calls, the archive address of its first gallery."""

    def __init__(self, running: Running) -> None:
        self.origin = running.origin
        self.pid = running.pid
        self.control = GalleryControl(running.origin)
        self.archive_url = f"{ARCHIVE_HOST}/g/api/stream/{GALLERY}/{KEY}?mod=web"


@contextmanager
def running_gallery(
    photos: int = 12, albums: int = 2, size: int = 0, *, process: bool = False
) -> Iterator[RunningGallery]:
    """The service with a gallery of `photos` in `albums`, each of `size` bytes (0: of various sizes), until
    the block ends. `process`: in one of its own, for benchmarks."""
    arguments = ["--photos", str(photos), "--albums", str(albums), "--size", str(size)]
    made = partial(build, photos=photos, albums=albums, size=size)
    running = Running(partial(StandIn, made), MODULE, arguments, process=process)
    with running:
        gallery = RunningGallery(running)
        try:
            yield gallery
        finally:
            gallery.control.close()
