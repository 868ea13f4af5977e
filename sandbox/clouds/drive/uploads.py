"""Uploads: at once (media, multipart/related) and in resumable sessions, never held whole."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.clouds.content import BLOCK, Content, Intake, whole
from sandbox.clouds.drive import parameters
from sandbox.clouds.drive.accounts import Accounts, Grant
from sandbox.clouds.drive.answers import Refused, bad_request, error, reply
from sandbox.clouds.drive.clock import Clock
from sandbox.clouds.drive.fields import FILE, select
from sandbox.clouds.drive.files import Files
from sandbox.clouds.drive.metadata import LIMIT, Metadata, read_metadata
from sandbox.clouds.drive.multipart import split_related
from sandbox.clouds.drive.parameters import Query, read_query
from sandbox.clouds.drive.ranges import Piece, parse_length, read_piece
from sandbox.clouds.drive.settings import Settings
from sandbox.clouds.drive.store import Item
from sandbox.clouds.faults import Fault

PATHS = ("/upload/drive/v3/files", "/resumable/upload/drive/v3/files")
SIMPLE_LIMIT = 5 * 1024 * 1024
LARGEST = 5_497_558_138_880
_ROOM = 65_536  # for metadata and delimiters beside the bytes of a multipart body


class _Gone(Exception):
    """The client's connection broke."""


@dataclass
class Session:
    """A resumable upload. `total` None: not known yet. `until`: when it is forgotten."""

    id: str
    grant: Grant
    metadata: Metadata
    query: Query
    media_type: str
    total: int | None
    intake: Intake
    until: float
    replaced: Item | None = None  # whose content it replaces
    item: Item | None = None  # what came of it
    pieces: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def state(self) -> dict[str, Any]:
        """For control calls; without the id, which opens the session to anybody."""
        return {
            "name": self.metadata.text("name"),
            "stored": self.item.content.size if self.item and self.item.content else self.intake.length,
            "total": self.total,
            "pieces": self.pieces,
            "finished": self.item is not None,
        }


class Uploads:
    """The ASGI application below the upload paths."""

    def __init__(self, files: Files, accounts: Accounts, clock: Clock, settings: Settings) -> None:
        self._files, self._accounts, self._clock, self._settings = files, accounts, clock, settings
        self.sessions: dict[str, Session] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Refused as refused:
            answer = error(refused)
        except _Gone:
            return
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        headers, method = Headers(scope=scope), scope["method"]
        file_id = _file_id(scope["path"])
        if "upload_id" in dict(_pairs(scope)):
            return await self._in_session(scope, headers, receive)
        query = read_query(scope, parameters.UPDATE if file_id else parameters.CREATE)
        if method != ("PATCH" if file_id else "POST"):
            raise Refused(404, "notFound", "Not Found")
        grant = self._accounts.of_header(headers.get("authorization"))
        replaced = self._files.find(grant, file_id, query) if file_id else None
        match query.text("uploadType"):
            case "resumable":
                return await self._begin(scope, headers, receive, grant, query, replaced)
            case "multipart":
                body = await _read(receive, SIMPLE_LIMIT + _ROOM)
                meta, media_type, data = split_related(headers.get("content-type", ""), body)
                if len(data) > SIMPLE_LIMIT:
                    raise Refused(413, "uploadTooLarge", "Request Too Large")
                metadata = read_metadata("application/json", meta)
            case "media":
                data, metadata = await _read(receive, SIMPLE_LIMIT), Metadata({})
                media_type = headers.get("content-type", "")
            case _:
                raise bad_request("uploadType is missing or unknown.")
        content = whole(data, keep=self._settings.keep_bytes, digests=self._settings.digests)
        item = self._store(grant, metadata, query, content, media_type, replaced, scope.get("fault"))
        return reply(select(item.resource(), query.text("fields"), FILE))

    async def _begin(
        self,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        grant: Grant,
        query: Query,
        replaced: Item | None,
    ) -> Response:
        """Open a session. All that can be refused before a byte has come is refused now."""
        raw = await _read(receive, LIMIT)
        metadata = read_metadata(headers.get("content-type", ""), raw)
        total = parse_length(headers.get("x-upload-content-length"))
        if total is not None and total > LARGEST:
            raise Refused(413, "uploadTooLarge", "Request Too Large")
        select({}, query.text("fields"), FILE)
        if replaced is None:
            self._files.check_new(grant, metadata, query, total or 0)
        session = Session(
            "ADP" + secrets.token_urlsafe(60),
            grant,
            metadata,
            query,
            headers.get("x-upload-content-type", ""),
            total,
            Intake(keep=self._settings.keep_bytes, digests=self._settings.digests),
            self._clock.now() + self._settings.session_seconds,
            replaced,
        )
        self.sessions[session.id] = session
        host = headers.get("host", "")
        scheme = "http" if host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
        place = f"{scheme}://{host}{scope['path']}?uploadType=resumable&upload_id={session.id}"
        return Response(b"", headers={"Location": place, "X-GUploader-UploadID": session.id})

    async def _in_session(self, scope: Scope, headers: Headers, receive: Receive) -> Response:
        query = read_query(scope, parameters.SESSION)
        session = self.sessions.get(query.text("upload_id"))
        fault: Fault | None = scope.get("fault")
        if fault is not None and fault.kind == "forget_session":
            self.sessions.pop(query.text("upload_id"), None)
            raise Refused(fault.code or 404, "notFound", "Not Found")
        if session is None or session.until < self._clock.now():
            self.sessions.pop(query.text("upload_id"), None)
            raise Refused(404, "notFound", "Not Found")
        if headers.get("authorization"):  # not needed here, but one that is over is an error
            self._accounts.of_header(headers["authorization"])
        if scope["method"] == "DELETE":
            del self.sessions[session.id]
            return Response(b"", 499)
        if scope["method"] not in ("PUT", "POST"):
            raise Refused(404, "notFound", "Not Found")
        async with session.lock:
            return await self._take(session, read_piece(headers), receive, fault)

    async def _take(self, session: Session, piece: Piece, receive: Receive, fault: Fault | None) -> Response:
        if session.item is not None:
            await _read(receive, 0 if piece.is_question else LARGEST)
            return _finished(session)
        total = _agreed(session, piece)
        if piece.is_question and total != 0:
            await _read(receive, 0)
            return _unfinished(session.intake.length)
        _check_piece(session, piece, total)
        session.pieces += 1
        await self._receive(session, piece, total, receive)
        if fault is not None and fault.kind == "short":
            await session.intake.put_back(max(fault.size, 0))
            return _unfinished(session.intake.length)
        session.total = total
        if not piece.ends(total):
            return _unfinished(await session.intake.settle())
        content = await session.intake.finish()
        try:
            session.item = self._store(
                session.grant,
                session.metadata,
                session.query,
                content,
                session.media_type,
                session.replaced,
                fault,
            )
        except Refused:
            self.sessions.pop(session.id, None)
            raise
        session.intake = Intake(keep=False, digests=())
        return _finished(session)

    async def _receive(self, session: Session, piece: Piece, total: int | None, receive: Receive) -> None:
        """Take the bytes of a piece: exactly as many as it says, or none. What a broken connection leaves is
        kept in whole blocks, as Google does."""
        before, expected = session.intake.length, piece.length(total)
        count = 0
        try:
            async for data in _body(receive):
                count += len(data)
                if expected is not None and count > expected:
                    raise bad_request("The body is longer than the Content-Range says.")
                await session.intake.write(data)
            if expected is not None and count < expected:
                raise bad_request("The body is shorter than the Content-Range says.")
        except (_Gone, asyncio.CancelledError):
            await session.intake.settle()
            raise
        except Refused:
            await session.intake.put_back(before)
            raise

    def _store(
        self,
        grant: Grant,
        metadata: Metadata,
        query: Query,
        content: Content,
        media_type: str,
        replaced: Item | None,
        fault: Fault | None,
    ) -> Item:
        if replaced is None:
            item = self._files.create(grant, metadata, query, content, media_type)
        else:
            item = self._files.update(grant, replaced, metadata, query, content)
        if fault is not None and fault.kind == "lie":
            item.lies |= fault.set
        return item


def _agreed(session: Session, piece: Piece) -> int | None:
    """The file's length by all that was said of it. Raises Refused where two don't agree."""
    if session.total is not None and piece.total is not None and session.total != piece.total:
        raise bad_request(f"The total {piece.total} isn't the {session.total} that was announced.")
    return session.total if piece.total is None else piece.total


def _check_piece(session: Session, piece: Piece, total: int | None) -> None:
    """Raises Refused for a piece that doesn't fit what is stored."""
    if piece.start != session.intake.length:
        raise bad_request(f"The piece begins at {piece.start}, {session.intake.length} bytes are stored.")
    if piece.end is None:
        return
    if piece.end >= LARGEST or (total is not None and piece.end >= total):
        raise bad_request("The piece ends beyond the file.")
    if not piece.ends(total) and (piece.end + 1 - piece.start) % BLOCK:
        raise bad_request(f"All pieces but the last have to be multiples of {BLOCK} bytes.")


def _unfinished(stored: int) -> Response:
    return Response(b"", 308, {"Range": f"bytes=0-{stored - 1}"} if stored else {})


def _finished(session: Session) -> Response:
    assert session.item is not None
    return reply(select(session.item.resource(), session.query.text("fields"), FILE))


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _read(receive: Receive, limit: int) -> bytes:
    """A whole small body. Raises Refused for one above `limit`."""
    found = bytearray()
    async for data in _body(receive):
        found += data
        if len(found) > limit:
            raise Refused(413, "uploadTooLarge", "Request Too Large")
    return bytes(found)


def _file_id(path: str) -> str:
    """The id of the file whose content is replaced; "" for a new one."""
    base = next(base for base in PATHS if path.startswith(base))
    return path.removeprefix(base).strip("/")


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    text = scope["query_string"].decode("latin-1")
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&"))]
