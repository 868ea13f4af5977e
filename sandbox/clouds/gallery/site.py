"""The service itself: its galleries and what it was told, in memory, and its endpoints.

As the task for galleries has them: ``/g/api/stream/GALLERY/KEY`` is an archive, with ``json=true`` its list;
``POST /cloud_archive/done`` says that an export has ended. Photos lie at
``/litepr-m/uploads/image/image/ID/NAME``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.clouds.faults import Fault
from sandbox.clouds.gallery.photos import Made, crc_of

GALLERY, KEY = 858329, "f9d24b1dfb81a1bfa215cc008f46f3d3"
FIRST_ID = 49_851_973
#: Faults of this stand-in's own: a byte of the photo is another; it ends too early; it has bytes too many.
OWN_FAULTS = ("other_byte", "short", "long")
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
_DONE_TYPES = {"cloud_type": str, "failed_photos": int, "archive_type": str}


@dataclass
class Gallery:
    """A gallery's list as it is answered, and its photos by id."""

    number: int
    key: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    photos: dict[int, Made] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/g/api/stream/{self.number}/{self.key}"


@dataclass
class Site:
    """All galleries, and what the service was told. `photo_origin`: where lists say that photos lie."""

    origin: str
    photo_origin: str
    galleries: dict[str, Gallery] = field(default_factory=dict)
    done: list[dict[str, Any]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    with_secrets: int = 0

    def add(self, names: list[str], sizes: list[int], *, key: str, real: int) -> Gallery:
        """A new gallery of photos with these names; sizes are used in turn, the first `real` are pictures."""
        number = GALLERY + len(self.galleries)
        gallery = Gallery(number, key)
        for place, name in enumerate(names):
            photo = Made(
                FIRST_ID + len(self.galleries) * 1_000_000 + place, sizes[place % len(sizes)], place < real
            )
            gallery.photos[photo.id] = photo
            gallery.entries.append(self._entry(photo, name))
        self.galleries[gallery.path] = gallery
        return gallery

    def _entry(self, photo: Made, name: str) -> dict[str, Any]:
        # As a service that stores uploads names them: without what makes an address ambiguous.
        file = (
            "".join(char for char in name.rpartition("/")[2] if char.isprintable())[-60:].strip(". ")
            or "photo"
        )
        return {
            "crc": crc_of(photo),
            "filesize": photo.length,
            "created_at": f"2024-08-17 12:{photo.id // 60 % 60:02}:{photo.id % 60:02} +0300",
            "name": name,
            "url": f"{self.photo_origin}/litepr-m/uploads/image/image/{photo.id}/{quote(file, safe='')}",
            "id": photo.id,
        }

    def photo(self, number: int) -> Made | None:
        """The photo of that id, unless it is gone."""
        found = (gallery.photos.get(number) for gallery in self.galleries.values())
        return None if number in self.gone else next((photo for photo in found if photo), None)


async def archive(request: Request) -> Response:
    """A gallery's list; without ``json=true`` the archive, which is an empty one here."""
    gallery = site_of(request).galleries.get(request.url.path)
    if gallery is None:
        return PlainTextResponse("Not found", 404)
    if request.url.query != "json=true":
        return Response(_EMPTY_ZIP, media_type="application/zip")
    return Response(json.dumps(gallery.entries), media_type="application/json; charset=utf-8")


async def photo(request: Request) -> Response:
    """One photo."""
    made = site_of(request).photo(request.path_params["number"])
    if made is None:
        return PlainTextResponse("Not found", 404)
    return _PhotoAnswer(made, request.scope.get("fault"))


async def done(request: Request) -> Response:
    """The end of an export, written down; 422 for a body that is not as agreed."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    fits = isinstance(body, dict) and body.keys() == _DONE_TYPES.keys()
    if not fits or any(type(body[name]) is not kind for name, kind in _DONE_TYPES.items()):
        return JSONResponse({"error": "fields"}, 422)
    if body["archive_type"] not in ("webs", "originals") or body["failed_photos"] < 0:
        return JSONResponse({"error": "values"}, 422)
    site_of(request).done.append(body)
    return JSONResponse({"ok": True})


async def front_page(_request: Request) -> Response:
    return PlainTextResponse("Galleries")


def site_of(request: Request) -> Site:
    """The site that a request is for; counts requests that carry what they shouldn't."""
    site: Site = request.app.state.site
    if "cookie" in request.headers or "authorization" in request.headers:
        site.with_secrets += 1
    return site


def error(fault: Fault) -> Response:
    """An error as the service has it."""
    return PlainTextResponse(fault.message or "Error", fault.code or 500)


class _PhotoAnswer(Response):
    """A photo in pieces, damaged where a fault says so."""

    def __init__(self, made: Made, fault: Fault | None) -> None:
        super().__init__()
        self._made = made
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pieces, length = self._made.pieces(), self._made.length
        if self._fault is not None:
            data = _damaged(self._made.content(), self._fault.kind)
            pieces, length = iter([data]), len(data)
        headers = [(b"content-type", b"image/jpeg")]
        # Without a length (chunked) a client has to count for itself.
        if self._fault is None or self._fault.kind == "other_byte":
            headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] != "HEAD":
            for piece in pieces:
                await send({"type": "http.response.body", "body": bytes(piece), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _damaged(data: bytes, kind: str) -> bytes:
    middle = len(data) // 2
    if kind == "short":
        return data[:-1]
    if kind == "long":
        return data + b"\x00"
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
