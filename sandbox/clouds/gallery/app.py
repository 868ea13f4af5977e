"""The application put together: endpoints, control calls, faults around them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from sandbox.clouds.faults import Fault, Faults
from sandbox.clouds.gallery import site as pages
from sandbox.clouds.gallery.photos import usual_names
from sandbox.clouds.gallery.site import KEY, OWN_FAULTS, Site
from sandbox.clouds.layer import CONTROL, Layer, Requests
from sandbox.serving import Abort

_TURNS = (300_000, 120_000, 1_500_000)
_KINDS = (
    ("list", re.compile(r"/g/api/stream/")),
    ("photo", re.compile(r"/litepr-m/")),
    ("done", re.compile(r"/cloud_")),
)

Handler = Callable[[Request], Awaitable[Response]]


def build(abort: Abort, origin: str, *, photos: int = 12, albums: int = 2, size: int = 0) -> ASGIApp:
    """The whole application, with one gallery of `photos` in `albums`, each of `size` bytes (0: various,
    and the first three are real pictures)."""
    faults, requests = Faults(OWN_FAULTS), Requests(_kind)
    app = Starlette(
        routes=[
            Route("/", pages.front_page),
            Route("/g/api/stream/{gallery:int}/{key}", pages.archive),
            Route("/litepr-m/uploads/image/image/{number:int}/{name:path}", pages.photo),
            Route("/cloud_archive/done", pages.done, methods=["POST"]),
            *_control(faults, requests, (photos, albums, size)),
        ]
    )
    app.state.site = _new_site(origin, photos, albums, size)
    return Layer(app, faults=faults, requests=requests, error=pages.error, abort=abort)


def _new_site(origin: str, photos: int, albums: int, size: int) -> Site:
    site = Site(origin, origin)
    sizes = [size] if size else list(_TURNS)
    gallery = site.add(usual_names(photos, albums), sizes, key=KEY, real=0 if size else min(3, photos))
    if gallery.entries:  # the example of the task
        gallery.entries[0]["name"] = "Photos 1/Test_011.jpg"
    return site


def _control(faults: Faults, requests: Requests, first: tuple[int, int, int]) -> list[Route]:
    """What tests read, seed and break."""

    async def add_fault(request: Request) -> Any:
        faults.add(Fault(**await request.json()))
        return {}

    async def clear_faults(_request: Request) -> Any:
        faults.clear()
        return {}

    async def list_faults(_request: Request) -> Any:
        return faults.state()

    async def last_requests(_request: Request) -> Any:
        return requests.last()

    async def reset(request: Request) -> Any:
        faults.clear()
        requests.clear()
        request.app.state.site = _new_site(request.app.state.site.origin, *first)
        return {}

    async def state(request: Request) -> Any:
        site: Site = request.app.state.site
        return {
            "galleries": [gallery.path for gallery in site.galleries.values()],
            "done": site.done,
            "with_secrets": site.with_secrets,
            "requests": dict(requests.by_kind),
            "most_at_once": requests.most_at_once,
        }

    calls: tuple[tuple[str, str, Callable[[Request], Awaitable[Any]]], ...] = (
        ("POST", "/faults", add_fault),
        ("DELETE", "/faults", clear_faults),
        ("GET", "/faults", list_faults),
        ("GET", "/requests", last_requests),
        ("POST", "/reset", reset),
        ("GET", "/state", state),
        ("POST", "/galleries", _add_gallery),
        ("PATCH", "/photos/{number:int}", _change_entry),
        ("DELETE", "/photos/{number:int}", _remove_file),
        ("PATCH", "/settings", _set),
    )
    return [Route(CONTROL + path, _answered(call), methods=[method]) for method, path, call in calls]


async def _add_gallery(request: Request) -> Any:
    """A gallery; `names`, or `photos` in `albums`; `sizes` in turn; `real` pictures; `entries` of the list
    beside."""
    site: Site = request.app.state.site
    body = await request.json()
    names = body.get("names") or usual_names(body.get("photos", 12), body.get("albums", 2))
    key = body.get("key") or f"{len(site.galleries):032x}"
    gallery = site.add(names, body.get("sizes") or list(_TURNS), key=key, real=body.get("real", 0))
    gallery.entries.extend(body.get("entries", []))
    return {"path": gallery.path, "ids": list(gallery.photos), "entries": gallery.entries}


async def _change_entry(request: Request) -> Any:
    """What the list says of a photo: fields `set` and `remove`d."""
    body = await request.json()
    for gallery in request.app.state.site.galleries.values():
        for entry in gallery.entries:
            if isinstance(entry, dict) and entry.get("id") == request.path_params["number"]:
                entry.update(body.get("set", {}))
                for name in body.get("remove", []):
                    entry.pop(name, None)
                return entry
    raise ValueError("no such photo")


async def _remove_file(request: Request) -> Any:
    """The photo is gone (404); the list still has it."""
    request.app.state.site.gone.add(request.path_params["number"])
    return {}


async def _set(request: Request) -> Any:
    """`photo_origin`: where the lists of galleries that are added from now on say that photos lie."""
    body = await request.json()
    request.app.state.site.photo_origin = str(body["photo_origin"])
    return {}


def _answered(call: Callable[[Request], Awaitable[Any]]) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await call(request))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"detail": str(error)}, 422)

    return answer


def _kind(scope: Scope) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.match(scope["path"])), "other")
