"""The calls of ``/drive/v3``: about, files, shared drives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox.clouds.drive import fields, parameters
from sandbox.clouds.drive.accounts import Accounts, Grant
from sandbox.clouds.drive.answers import Refused, bad_request, error, not_found, reply
from sandbox.clouds.drive.fields import select
from sandbox.clouds.drive.files import Files, insufficient
from sandbox.clouds.drive.metadata import LIMIT, Metadata, read_metadata
from sandbox.clouds.drive.parameters import Query, read_query
from sandbox.clouds.drive.settings import Settings
from sandbox.clouds.drive.store import Item, Store
from sandbox.clouds.drive.uploads import LARGEST

BASE = "/drive/v3"
_STEP = 256 * 1024

Call = Callable[[Request, Grant, Query], Awaitable[Response]]


class Api:
    """The calls that carry no content, but for downloads."""

    def __init__(self, files: Files, store: Store, accounts: Accounts, settings: Settings) -> None:
        self._files, self._store, self._accounts, self._settings = files, store, accounts, settings

    def routes(self) -> list[Route]:
        """All routes; a path that is a name comes before those that take an id."""
        return [
            self._route("GET", "/about", self._about, parameters.ABOUT),
            self._route("GET", "/files/generateIds", self._generate, parameters.GENERATE_IDS),
            self._route("DELETE", "/files/trash", self._empty_trash, parameters.EMPTY_TRASH),
            self._route("GET", "/files", self._list, parameters.LIST),
            self._route("POST", "/files", self._create, parameters.CREATE),
            self._route("GET", "/files/{id}", self._get, parameters.GET),
            self._route("PATCH", "/files/{id}", self._update, parameters.UPDATE),
            self._route("DELETE", "/files/{id}", self._delete, parameters.DELETE),
            self._route("GET", "/drives", self._drives, parameters.DRIVES_LIST),
            self._route("GET", "/drives/{id}", self._drive, parameters.DRIVES_GET),
        ]

    def _route(self, method: str, path: str, call: Call, known: frozenset[str]) -> Route:
        async def handle(request: Request) -> Response:
            try:
                query = read_query(request.scope, known)
                if query.text("alt", "json") != "json" and call != self._get:
                    raise bad_request("Only alt=json is played.")
                return await call(
                    request, self._accounts.of_header(request.headers.get("authorization")), query
                )
            except Refused as refused:
                return error(refused)

        return Route(BASE + path, handle, methods=[method])

    async def _about(self, _request: Request, grant: Grant, query: Query) -> Response:
        if not query.text("fields"):
            message = "The 'fields' parameter is required for this method."
            raise Refused(400, "required", message, "fields")
        used, limit = self._store.used(grant.account), self._settings.limit
        quota = {"usage": str(used), "usageInDrive": str(used)}
        quota |= {"usageInDriveTrash": str(self._store.used_in_trash(grant.account))}
        quota |= {} if limit is None else {"limit": str(limit)}
        about: dict[str, Any] = {
            "kind": "drive#about",
            "user": {
                "kind": "drive#user",
                "displayName": grant.account.partition("@")[0].title(),
                "emailAddress": grant.account,
                "me": True,
                "permissionId": "01234567890123456789",
            },
            "storageQuota": quota,
            "maxUploadSize": str(LARGEST),
            "appInstalled": True,
            "canCreateDrives": False,
            "importFormats": {},
            "exportFormats": {},
        }
        return reply(select(about, query.text("fields"), fields.ABOUT))

    async def _generate(self, _request: Request, grant: Grant, query: Query) -> Response:
        if not grant.may_write:
            raise insufficient()
        count = query.number("count", 10, 1, 1000)
        if query.text("space", "drive") != "drive" or query.text("type", "files") != "files":
            raise bad_request("Ids for other places aren't played.")
        ids = {"kind": "drive#generatedIds", "space": "drive", "ids": self._store.generate(count)}
        return reply(select(ids, query.text("fields"), fields.IDS))

    async def _list(self, _request: Request, grant: Grant, query: Query) -> Response:
        # A selection that isn't valid is refused before anything is searched.
        fields.parse(query.text("fields") or "*", fields.FILE_LIST)
        return reply(select(self._files.listing(grant, query), query.text("fields"), fields.FILE_LIST))

    async def _create(self, request: Request, grant: Grant, query: Query) -> Response:
        metadata = await _metadata(request)
        select({}, query.text("fields"), fields.FILE)
        return self._described(self._files.create(grant, metadata, query, None), query)

    async def _get(self, request: Request, grant: Grant, query: Query) -> Response:
        item = self._files.find(grant, request.path_params["id"], query)
        if query.text("alt", "json") == "media":
            return _download(request, item)
        return self._described(item, query)

    async def _update(self, request: Request, grant: Grant, query: Query) -> Response:
        item = self._files.find(grant, request.path_params["id"], query)
        metadata = await _metadata(request)
        select({}, query.text("fields"), fields.FILE)
        return self._described(self._files.update(grant, item, metadata, query), query)

    async def _delete(self, request: Request, grant: Grant, query: Query) -> Response:
        self._files.delete(grant, self._files.find(grant, request.path_params["id"], query))
        return Response(status_code=204)

    async def _empty_trash(self, _request: Request, grant: Grant, _query: Query) -> Response:
        self._files.empty_trash(grant)
        return Response(status_code=204)

    async def _drives(self, _request: Request, grant: Grant, query: Query) -> Response:
        if not grant.sees_all:
            raise insufficient()
        query.number("pageSize", 10, 1, 100)
        drives = [_drive(drive, name) for drive, name in self._store.drives.items()]
        body = {"kind": "drive#driveList", "drives": drives}
        return reply(select(body, query.text("fields"), fields.DRIVE_LIST))

    async def _drive(self, request: Request, grant: Grant, query: Query) -> Response:
        if not grant.sees_all:
            raise insufficient()
        drive = request.path_params["id"]
        if drive not in self._store.drives:
            raise Refused(404, "notFound", f"Shared drive not found: {drive}", "driveId")
        return reply(select(_drive(drive, self._store.drives[drive]), query.text("fields"), fields.DRIVE))

    def _described(self, item: Item, query: Query) -> Response:
        return reply(select(item.resource(), query.text("fields"), fields.FILE))


async def _metadata(request: Request) -> Metadata:
    body = bytearray()
    try:
        async for data in request.stream():
            body += data
            if len(body) > LIMIT:
                raise Refused(413, "uploadTooLarge", "Request Too Large")
    except ClientDisconnect as gone:
        raise bad_request("The request ended early.") from gone
    return read_metadata(request.headers.get("content-type", ""), bytes(body))


def _drive(drive: str, name: str) -> dict[str, Any]:
    return {"kind": "drive#drive", "id": drive, "name": name}


def _download(request: Request, item: Item) -> Response:
    """The bytes, whole or from an offset on."""
    if item.content is None:
        raise Refused(403, "fileNotDownloadable", "Only files with binary content can be downloaded.")
    data = item.content.data
    if data is None:
        raise not_found(f"{item.id} (the stand-in was told to keep no bytes)")
    start, end, status = 0, len(data), 200
    wanted = request.headers.get("range", "")
    headers = {"Content-Type": item.mime}
    if wanted.startswith("bytes=") and wanted.count("-") == 1 and "," not in wanted:
        first, last = wanted.removeprefix("bytes=").split("-")
        start = int(first) if first else max(len(data) - int(last), 0)
        end = min(int(last) + 1, len(data)) if first and last else len(data)
        if start >= len(data):
            raise Refused(416, "requestedRangeNotSatisfiable", "Request range not satisfiable")
        status, headers["Content-Range"] = 206, f"bytes {start}-{end - 1}/{len(data)}"
    headers["Content-Length"] = str(end - start)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(start, end, _STEP):
            yield data[at : min(at + _STEP, end)]

    return StreamingResponse(pieces(), status, headers)
