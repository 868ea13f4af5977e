"""A small file in one request: metadata and bytes together (``multipart/related``)."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from app.cloud.destination import Entry, Piece, State
from app.cloud.destinations.google_drive.answers import refuse
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.cloud.destinations.google_drive.sending import Kept, Sending
from app.domain.errors import FolderGone

#: Google's limit for this way, in the units of disks' labels to be on the safe side of it.
LARGEST_SMALL = 5_000_000


class SmallUpload:
    """One piece, one request. A lost answer is found out by the id: a second making meets a 409."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._size = sending.item.size
        self._handed = False

    async def begin(self, kept: Kept | None) -> None:
        """An id of its own for the file, or the one it had: perhaps it is there already."""
        if kept is not None:
            await self._sending.find(kept)
        if self._sending.kept is None:
            await self._new_id()

    async def _new_id(self) -> Kept:
        kept = Kept(await self._sending.files.next_id(), self._size)
        await self._sending.keep(kept)
        return kept

    @property
    def state(self) -> State:
        return self._sending.kept.state() if self._sending.kept else {}

    @property
    def done(self) -> int:
        return self._size if self._sending.entry else 0

    @property
    def digests(self) -> Mapping[str, str]:
        return self._sending.hashes

    def next_piece(self) -> Piece | None:
        if self._handed or self._sending.entry:
            return None
        self._handed = True
        return Piece(0, self._size)

    async def send(self, piece: Piece) -> None:
        try:
            if self._sending.entry is None:
                await self._post(self._sending.kept or await self._new_id())
        finally:
            self._handed = False

    async def _post(self, kept: Kept) -> None:
        boundary = secrets.token_hex(16)
        metadata = json.dumps(self._sending.metadata(kept.id)).encode("ascii")
        head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode()
            + metadata
            + f"\r\n--{boundary}\r\nContent-Type: {self._sending.media_type}\r\n\r\n".encode()
        )
        tail = f"\r\n--{boundary}--\r\n".encode()
        files = self._sending.files
        answer = await files.api.ask(
            "POST",
            files.api.hosts.uploads,
            query=files.upload_query("multipart"),
            headers={
                "Content-Type": f"multipart/related; boundary={boundary}",
                "Content-Length": str(len(head) + self._size + len(tail)),
            },
            content=lambda: self._body(head, tail),
        )
        if answer.status == 409:
            await self._sending.settle_conflict()
        elif 200 <= answer.status < 300:
            await self._sending.completed(answer)
        elif answer.status == 404:
            raise FolderGone(cloud=CLOUD)
        else:
            refuse(answer, need=self._size)

    async def _body(self, head: bytes, tail: bytes) -> AsyncIterator[bytes]:
        source = self._sending.item.source
        yield head
        async with aclosing(self._sending.digests.through(0, source.read(0, self._size))) as chunks:
            async for chunk in chunks:
                yield chunk
        yield tail

    async def close(self, *, keep: bool) -> Entry | None:
        if keep:
            return await self._sending.finish()
        await self._sending.remove(self._sending.kept)
        return None
