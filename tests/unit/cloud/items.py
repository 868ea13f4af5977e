"""Items to be sent in tests of destinations, and sending them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from app.cloud.destination import Outgoing, State, Upload


class Bytes:
    """A source of bytes that counts what is read of it."""

    def __init__(self, data: bytes, chunk: int = 100_000) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []
        self.open = 0
        self._chunk = chunk

    async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
        self.reads.append((offset, length))
        self.open += 1
        try:
            for at in range(offset, offset + length, self._chunk):
                yield self.data[at : min(at + self._chunk, offset + length)]
        finally:
            self.open -= 1


class Kept(list[State]):
    """What an item keeps."""

    async def __call__(self, state: State) -> None:
        self.append(json.loads(json.dumps(dict(state))))


def item(data: bytes | Bytes, keep: Kept | None = None, **changes: Any) -> Outgoing:
    source = data if isinstance(data, Bytes) else Bytes(data)
    given: dict[str, Any] = {
        "name": "A.mov",
        "size": len(source.data),
        "folder": "",
        "key": "x1.1.abc",
        "source": source,
        "keep": Kept() if keep is None else keep,
        "modified": 1_700_000_000.25,
        "media_type": "video/quicktime",
    }
    return Outgoing(**{**given, **changes})


def hashes(data: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "md5": hashlib.md5(data).hexdigest()}


async def send_all(upload: Upload) -> int:
    """Send every piece; how many they were."""
    pieces = 0
    while (piece := upload.next_piece()) is not None:
        await upload.send(piece)
        pieces += 1
        assert pieces < 1000
    return pieces
