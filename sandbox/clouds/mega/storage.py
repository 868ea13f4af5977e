"""The storage hosts: ciphertext in by pieces, out by ranges."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.clouds.faults import Fault
from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.blobs import Chunk, Piece, Upload
from sandbox.clouds.mega.errors import Number
from sandbox.clouds.mega.state import State

_UPLOAD = re.compile(r"/ul/([A-Za-z0-9_-]+)/(0|[1-9][0-9]{0,15})")
_DOWNLOAD = re.compile(r"/dl/([A-Za-z0-9_-]+)(?:/([0-9]{1,16})-([0-9]{1,16}))?")
_STEP = 256 * 1024


class Storage:
    """`/ul/TOKEN/OFFSET[?d=CHECKSUM]` and `/dl/TOKEN[/START-END]`."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST one piece; stored only once all of it is there and its checksum, if it has one, agrees."""
        found = _UPLOAD.fullmatch(scope["path"])
        upload = self.state.uploads.get(found.group(1)) if found else None
        fault: Fault | None = scope.get("fault")
        if upload is not None and fault is not None and fault.kind in ("forget", "expire"):
            upload.dead = "status" if fault.kind == "forget" else "number"
        if found is None or upload is None or upload.dead == "status":
            await _answer(404, b"", scope, receive, send)
            return
        offset, length = int(found.group(2)), _length(scope)
        if length is None:
            await _answer(411, b"", scope, receive, send)
            return
        refusal = _refusal(upload, offset, length)
        if refusal is not None:
            upload.refused += 1
            await _answer(200, str(int(refusal)).encode(), scope, receive, send)
            return
        checksum = parse_qs(scope["query_string"].decode("latin-1")).get("d", [None])[0]
        keep = self.state.settings.keep_bytes
        piece = Piece(offset, length, upload.size, keep=keep, checked=checksum is not None)
        if not await _take(piece, receive):
            return
        if checksum is not None and checksum != crypto.b64(piece.checksum):
            upload.refused += 1
            await Response(str(int(Number.KEY)))(scope, receive, send)
            return
        if fault is None or fault.kind != "drop_piece":
            _store(upload, offset, piece, checked=checksum is not None, fault=fault)
        await Response(upload.answer(), media_type="application/octet-stream")(scope, receive, send)

    async def download(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET a range (both ends counted in), or all of it."""
        left = self.state.settings.transfer_left
        if left is not None:
            await Response(status_code=509, headers={"X-MEGA-Time-Left": str(left)})(scope, receive, send)
            return
        found = _DOWNLOAD.fullmatch(scope["path"])
        blob = self.state.downloads.get(found.group(1)) if found else None
        if found is None or blob is None:
            await Response(status_code=404)(scope, receive, send)
            return
        start, end = 0, blob.size
        if found.group(2) is not None:
            start, end = int(found.group(2)), int(found.group(3)) + 1
        if not blob.kept:
            await Response("these bytes were not kept", 500)(scope, receive, send)
            return
        if (start >= end and blob.size) or end > blob.size:
            await Response(status_code=416)(scope, receive, send)
            return

        async def parts() -> AsyncIterator[bytes]:
            for data in blob.read(start, end):
                for at in range(0, len(data), _STEP):
                    yield data[at : at + _STEP]

        headers = {"Content-Length": str(end - start), "Content-Type": "application/octet-stream"}
        await StreamingResponse(parts(), headers=headers)(scope, receive, send)


def _length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def _refusal(upload: Upload, offset: int, length: int) -> Number | None:
    """Why this piece can't be taken: it must begin and end where MAC chunks do."""
    if upload.dead:
        return Number.EXPIRED
    end = offset + length
    if (
        end > upload.size
        or not crypto.is_boundary(offset)
        or (end != upload.size and not crypto.is_boundary(end))
    ):
        return Number.RANGE
    if length == 0 and upload.size:
        return Number.RANGE
    return None


async def _take(piece: Piece, receive: Receive) -> bool:
    """Read the body; False where the connection broke before its end."""
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            return False
        piece.feed(message.get("body", b""))
        if not message.get("more_body"):
            return True


def _store(upload: Upload, offset: int, piece: Piece, *, checked: bool, fault: Fault | None) -> None:
    was_complete = upload.blob.complete and bool(upload.pieces)
    upload.pieces.append((offset, piece.taken))
    upload.checksums += checked
    for chunk in piece.chunks:
        kept = _flipped(chunk) if fault is not None and fault.kind == "corrupt" else chunk
        upload.conflicts += not upload.blob.put(kept)
    if upload.blob.complete and not was_complete:
        upload.finished_by = offset


def _flipped(chunk: Chunk) -> Chunk:
    """The chunk with its first bit turned over, as a bad disk would."""
    data = None if chunk.data is None else bytes([chunk.data[0] ^ 0x80]) + chunk.data[1:]
    return Chunk(chunk.start, chunk.length, bytes(len(chunk.digest)), data)


async def _answer(status: int, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body to its end, then answer: a client that still writes wouldn't see an earlier answer."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    await Response(body, status, media_type="application/octet-stream")(scope, receive, send)
