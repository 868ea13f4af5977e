"""The application put together: endpoints, Django's ways with addresses, recorder, faults, pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from sandbox.task_server import api, control, site
from sandbox.task_server.accounts import Accounts
from sandbox.task_server.answers import NOT_FOUND_PAGE, Refused, page, refuse_detail, refuse_message
from sandbox.task_server.faults import Faults
from sandbox.task_server.playing import Player
from sandbox.task_server.recording import Bell, Recorder
from sandbox.task_server.store import Store
from sandbox.task_server.tasks import Tasks

_STATIC = Path(__file__).parent / "static"


def build(store: Store, abort: Callable[[Scope], None]) -> ASGIApp:
    """The whole application over an open store. `abort` cuts the connection that a scope came by."""
    accounts, faults, bell, released = Accounts(store), Faults(store), Bell(), asyncio.Event()
    app = FastAPI(
        title="Task server (stand-in)",
        version="1",
        docs_url=None,  # those pages come from a CDN
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = api.Services(store, accounts, Tasks(store))
    app.state.desk = control.Desk(store, accounts, Tasks(store), faults, bell, released)
    app.include_router(api.router)
    app.include_router(control.router)
    app.include_router(site.router)
    app.mount("/static", StaticFiles(directory=_STATIC))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _bad_id)
    app.add_exception_handler(HTTPException, _unrouted)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return Recorder(
        app,
        store=store,
        accounts=accounts,
        faults=faults,
        player=Player(app, abort, released),
        bell=bell,
    )


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.body, error.status, error.headers)


def _bad_id(request: Request, error: Exception) -> Response:
    """An id that no task can have is an id that no task has. A control call's body is told what is wrong."""
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith("/_control"):
        return JSONResponse({"detail": str(error.errors())}, 422)
    return _refused(request, refuse_message(404, "任务不存在"))


def _unrouted(request: Request, error: Exception) -> Response:
    """What Django does where no endpoint answers.

    An address that would be right with a slash at its end is redirected there, 301, whatever the method:
    the client's next request has lost its form. Others are the HTML page. A wrong method is told only
    to those with a token, since the framework looks at the token first.
    """
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return _wrong_method(request)
    if error.status_code != 404:
        return JSONResponse({"detail": error.detail}, error.status_code)
    path = request.url.path
    if not path.endswith("/") and _methods(path + "/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(path + "/" + query, 301)
    return page(NOT_FOUND_PAGE, 404)


def _wrong_method(request: Request) -> Response:
    if not request.url.path.startswith("/api/"):
        return page(NOT_FOUND_PAGE, 405)
    try:
        api.services_of(request).accounts.of_request(request.headers)
    except Refused as refused:
        return _refused(request, refused)
    allowed = ", ".join(sorted(_methods(request.url.path)))
    error = refuse_detail(405, f"方法 “{request.method[:20]}” 不被允许。", {"Allow": allowed})
    return _refused(request, error)


def _methods(path: str) -> set[str]:
    """The methods that an address of the API has, none where it is no address."""
    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    routes = (route for route in api.router.routes if isinstance(route, Route))
    return {
        method
        for route in routes
        if route.matches(scope)[0] is not Match.NONE
        for method in route.methods or ()
    }


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own description without the 422 that this server never answers."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        schema.get("components", {}).pop("schemas", None)
        app.openapi_schema = schema
    return app.openapi_schema
