"""One file as the body of an `add`: a multipart form with a single part, sent while it is made."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from app.domain.errors import Internal, NodeError, NodeUnavailable
from app.ipfs.wire import Head, Line, request_head

_ANSWER_LIMIT = 64 * 2**10
_EARLY_ANSWER_SECONDS = 2.0

Chunk = bytes | memoryview


async def send_file(
    line: Line,
    target: str,
    chunks: AsyncIterator[Chunk],
    size: int,
    on_bytes: Callable[[int], None] | None,
) -> tuple[Head, bytes]:
    """Send `size` bytes from `chunks` as a form to `target`; the answer's head and body.

    The next chunk is made while one is sent. Raises Internal where `chunks` give another number of bytes.
    """
    boundary = f"reelkey-{secrets.token_hex(16)}"  # so long a random text is not found in any film
    before = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="part"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    after = f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(before) + size + len(after)),
    }
    try:
        await line.send(request_head(line.endpoint, target, headers) + before)
        await _send_chunks(line, chunks, size, on_bytes)
        await line.send(after)
    except NodeUnavailable:
        # A node that refuses answers and hangs up while we still send: its words are worth more than ours.
        with suppress(NodeError, TimeoutError):
            async with asyncio.timeout(_EARLY_ANSWER_SECONDS):
                return await line.head(), await line.read_rest(_ANSWER_LIMIT)
        raise
    return await line.head(), await line.read_rest(_ANSWER_LIMIT)


async def _send_chunks(
    line: Line, chunks: AsyncIterator[Chunk], size: int, on_bytes: Callable[[int], None] | None
) -> None:
    sent = 0
    coming = asyncio.create_task(_next(chunks))
    try:
        while (chunk := await coming) is not None:
            coming = asyncio.create_task(_next(chunks))
            sent += len(chunk)
            if sent > size:
                raise Internal(kind="part longer than planned")
            await line.send(chunk)
            if on_bytes is not None:
                on_bytes(sent)
    finally:
        coming.cancel()
        await asyncio.wait([coming])
        # What it may still have raised is of a chunk that nobody waits for any more.
        _ = coming.cancelled() or coming.exception()
    if sent != size:
        raise Internal(kind="part shorter than planned")


async def _next(chunks: AsyncIterator[Chunk]) -> Chunk | None:
    return await anext(chunks, None)
