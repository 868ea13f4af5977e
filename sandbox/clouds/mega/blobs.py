"""Stored ciphertext: a digest for each MAC chunk, and the bytes where they are kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sandbox.clouds.mega import crypto

TOKEN_LETTERS = 27  # bytes that make the 36 letters of the first version
TOKEN_BYTES = 36


@dataclass
class Chunk:
    """One MAC chunk of the ciphertext."""

    start: int
    length: int
    digest: bytes  # SHA-256
    data: bytes | None  # None: not kept


@dataclass
class Blob:
    """A file's ciphertext; complete once every chunk is there. Without its bytes it costs no memory."""

    size: int
    chunks: dict[int, Chunk] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes that have arrived."""
        return self._held

    @property
    def complete(self) -> bool:
        return self._held == self.size

    @property
    def kept(self) -> bool:
        """Whether all bytes can be given back."""
        return self.complete and all(chunk.data is not None for chunk in self.chunks.values())

    def put(self, chunk: Chunk) -> bool:
        """Take a chunk; False where another one with other bytes stood there (the new one counts)."""
        before = self.chunks.get(chunk.start)
        if before is not None:
            self._held -= before.length
        self.chunks[chunk.start] = chunk
        self._held += chunk.length
        return before is None or before.digest == chunk.digest

    def drop(self, start: int) -> None:
        """Forget the chunk that begins there."""
        self._held -= self.chunks.pop(start).length

    def in_order(self) -> list[Chunk]:
        return [self.chunks[start] for start in sorted(self.chunks)]

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to before `end`; only of one that is `kept`."""
        for chunk in self.in_order():
            if chunk.start + chunk.length <= start or chunk.start >= end:
                continue
            assert chunk.data is not None
            yield chunk.data[max(0, start - chunk.start) : end - chunk.start]


@dataclass
class Upload:
    """One upload URL: what it may hold, how it answers, how far it is."""

    token: str  # in its URL
    user: str
    size: int
    version: int  # `v` of the command that asked for it
    blob: Blob
    completion: bytes  # raw: 36 bytes or 36 letters
    dead: Literal["", "number", "status"] = ""  # expired: answers -8, or 404
    pieces: list[tuple[int, int]] = field(default_factory=list)  # offset and length as they came in
    conflicts: int = 0  # chunks that came twice with other bytes
    refused: int = 0
    checksums: int = 0  # pieces that brought a checksum
    finished_by: int | None = None  # offset of the piece that completed it

    def answer(self) -> bytes:
        """The body that a piece is answered with, by the protocol's version."""
        if self.blob.complete:
            return self.completion
        return b"0" if self.version >= 3 else b""

    @property
    def handle(self) -> str:
        """The completion token as `p` names it (`h`)."""
        if self.version >= 2:
            return crypto.b64(self.completion)
        return self.completion.decode()


def new_upload(user: str, size: int, version: int) -> Upload:
    """An upload with a fresh URL token and completion token."""
    raw = os.urandom(TOKEN_BYTES)
    completion = raw if version >= 2 else crypto.b64(raw[:TOKEN_LETTERS]).encode()
    return Upload(crypto.b64(os.urandom(33)), user, size, version, Blob(size), completion)


class Piece:
    """One body on its way in, taken apart at the boundaries of MAC chunks. Stored only once it is whole."""

    def __init__(self, offset: int, length: int, size: int, *, keep: bool, checked: bool) -> None:
        """`length` as announced; `size` of the whole file; `checked`: whether the XOR checksum is wanted."""
        self._bounds = [(s, e) for s, e in _from(offset, size) if s < offset + length]
        self._keep = keep
        self._at = 0
        self._hash = hashlib.sha256()
        self._parts: list[bytes] = []
        self._filled = 0
        self._checksum = crypto.Checksum() if checked else None
        self._taken = 0
        self.chunks: list[Chunk] = []

    @property
    def checksum(self) -> bytes:
        """Of what came so far, where it is wanted."""
        return self._checksum.digest() if self._checksum is not None else b""

    @property
    def taken(self) -> int:
        """Bytes so far."""
        return self._taken

    def feed(self, data: bytes) -> None:
        """More of the body; never more than was announced."""
        if self._checksum is not None:
            self._checksum.feed(data)
        self._taken += len(data)
        view = memoryview(data)
        while view:
            start, end = self._bounds[self._at]
            part = view[: end - start - self._filled]
            self._hash.update(part)
            if self._keep:
                self._parts.append(bytes(part))
            self._filled += len(part)
            view = view[len(part) :]
            if self._filled == end - start:
                kept = b"".join(self._parts) if self._keep else None
                self.chunks.append(Chunk(start, end - start, self._hash.digest(), kept))
                self._at, self._filled, self._hash, self._parts = self._at + 1, 0, hashlib.sha256(), []


def _from(offset: int, size: int) -> Iterator[tuple[int, int]]:
    """The MAC chunks from `offset` on, which must be a boundary."""
    for start, end in crypto.boundaries(size):
        if start >= offset:
            yield start, end
