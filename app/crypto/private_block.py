"""The private block ``NAME.rkkey`` as a file: written beside the film's sealing, read when it is opened.

    clear part ‖ held-back segments, the film's own ciphertext ‖ sealed payload

`PrivateBlockWriter` fills a ``.part`` file whose places are known from the start; `PrivateBlock` reads the
clear facts of a finished one, and `unlock` its payload. Renaming is the caller's.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from app.crypto import floe, randomness
from app.crypto.edge import PRIVATE_BLOCK, Refused, edge
from app.crypto.keys import FilmSecrets, locator, seal_key
from app.crypto.layout import PRODUCT, Geometry, Layout
from app.crypto.positioned import Bytes, read_bytes_at, write_at
from app.crypto.private_clear import (
    CLEAR_HEADER_SIZE,
    CLEAR_WRITTEN,
    MESSAGE_OVERHEAD,
    PAYLOAD_PARAMS,
    PRIVATE_MAGIC,
    STANZA_SERVER,
    ClearPart,
    Stanza,
    clear_size_of,
    parse_clear,
)
from app.crypto.private_payload import FilmFacts, Payload, decode_payload, encode_payload
from app.domain.durable import fsync_dir, fsync_file
from app.domain.errors import Damaged, NotABlock, WrongUuid
from app.domain.words import tr

_SERVER_STANZA_SIZE = floe.KEY_SIZE + MESSAGE_OVERHEAD  # 138


def is_private_block(path: Path) -> bool:
    """Whether the file begins as a private block does; False also where it can't be read."""
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            return False
        with path.open("rb", buffering=0) as file:
            return file.read(len(PRIVATE_MAGIC)) == PRIVATE_MAGIC
    except OSError:
        return False


class PrivateBlockWriter:
    """Fills the private block of one film at `path`, a ``.part`` file that is made, or taken up again.

    A file that is there must be this film's unfinished or finished block, as after a crash: its held-back
    segments are kept and `resumed` is True. An empty one, or one whose making was cut off, is begun anew.
    Raises Damaged where the file is another block or none (nothing of it is changed), TargetUnwritable and
    NoSpace. Close it, or use it as a context manager.
    """

    def __init__(self, path: Path, layout: Layout, secrets: FilmSecrets, server_secret: str) -> None:
        self.path = path
        self._layout = layout
        self._secrets = secrets
        self._server_secret = server_secret
        self._clear = ClearPart(layout.fid, locator(layout.fid, server_secret), layout.held_size)
        with edge(path=path, writing=True):
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
        try:
            with edge(path=path, writing=True):
                self.resumed = self._belongs()
                self._begin()
        except BaseException:
            self.close()
            raise

    def _belongs(self) -> bool:
        """Whether the file is this film's, sized as it was made; False for one that is yet to be made."""
        size = os.fstat(self._file.fileno()).st_size
        start = read_bytes_at(self._file.fileno(), 0, CLEAR_HEADER_SIZE)
        if not start.strip(b"\0"):
            if size in (0, self._clear.total_size):
                return False
            raise Damaged(what=tr(PRIVATE_BLOCK))
        clear_size_of(start, path=str(self.path))
        identity = len(PRIVATE_MAGIC) + 8 + len(self._clear.fid) + len(self._clear.locator) + 8
        if start[:identity] != self._clear.header()[:identity] or size < self._clear.total_size:
            raise Damaged(what=tr(PRIVATE_BLOCK))
        return True

    def _begin(self) -> None:
        descriptor = self._file.fileno()
        os.ftruncate(descriptor, self._clear.total_size)
        # Sized and on the disk before its first bytes are: a header always means that the places are there.
        fsync_file(descriptor)
        write_at(descriptor, 0, self._clear.encode())
        fsync_file(descriptor)
        fsync_dir(self.path.parent)

    def write_held(self, index: int, data: Bytes) -> None:
        """Put held-back segment `index` in its place; from any thread, again after a crash."""
        if len(data) != self._layout.sealed_length(index):
            raise ValueError("a held-back segment has the wrong length")
        with edge(path=self.path, writing=True):
            write_at(self._file.fileno(), CLEAR_WRITTEN + self._layout.held_offset(index), data)

    def sync(self) -> None:
        """Bring what was written to the disk; before a part is noted as done."""
        with edge(path=self.path, writing=True):
            fsync_file(self._file.fileno())

    def finish(self, cid: str, part_digests: Sequence[bytes], public_size: int, facts: FilmFacts) -> None:
        """Seal the payload behind the held-back segments, fsync, close. May be done again after a crash.

        `cid`: of the public block, "" where it was never on IPFS. `part_digests`: BLAKE3 of each part's
        plaintext, in order. Raises ValueError where they or `public_size` are not the layout's.
        """
        if public_size != self._layout.public_size:
            raise ValueError("the public block has another size")
        payload = encode_payload(Payload(self._layout, self._secrets, tuple(part_digests), cid, facts))
        payload_key = randomness.fresh(floe.KEY_SIZE)
        clear = self._with_server_stanza(len(payload) + MESSAGE_OVERHEAD, payload_key)
        stored = clear.encode()
        with edge(path=self.path, writing=True):
            descriptor = self._file.fileno()
            write_at(
                descriptor,
                clear.payload_offset,
                floe.seal_single(payload_key, stored, payload, PAYLOAD_PARAMS),
            )
            os.ftruncate(descriptor, clear.total_size)
            fsync_file(descriptor)
            write_at(descriptor, 0, stored)
            fsync_file(descriptor)
        self.close()

    def _with_server_stanza(self, payload_size: int, payload_key: bytes) -> ClearPart:
        # The header counts the stanza already when it becomes the stanza's associated data.
        empty = Stanza(STANZA_SERVER, bytes(_SERVER_STANZA_SIZE))
        clear = replace(self._clear, payload_size=payload_size, stanzas=(empty,))
        key = seal_key(self._layout.fid, self._server_secret)
        body = floe.seal_single(key, clear.header(), payload_key, PAYLOAD_PARAMS)
        return replace(clear, stanzas=(Stanza(STANZA_SERVER, body),))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> PrivateBlockWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, repr=False)
class UnlockedBlock:
    """A private block whose payload was opened and checked. Holds keys: it shows nothing of itself."""

    path: Path
    layout: Layout
    secrets: FilmSecrets
    part_digests: tuple[bytes, ...]
    cid: str
    facts: FilmFacts
    held_start: int
    message: floe.Message

    @property
    def public_size(self) -> int:
        return self.layout.public_size

    @property
    def footer(self) -> bytes:
        """The public block's footer as it was sealed."""
        return self.layout.footer()

    @property
    def name(self) -> str:
        return self.facts.name

    def __repr__(self) -> str:
        return f"UnlockedBlock(fid={self.layout.fid.hex()})"


@dataclass(frozen=True, slots=True)
class PrivateBlock:
    """A finished private block's clear facts; `unlock` reads the file once more."""

    path: Path
    clear: ClearPart
    geometry: Geometry = PRODUCT

    @classmethod
    def read(cls, path: Path, *, geometry: Geometry = PRODUCT) -> PrivateBlock:
        """Read the clear part, at most 64 KiB; 96 bytes of a file that is no private block.

        Raises NotABlock, NewerFormat, Damaged (also where sealing never finished), SourceGone,
        SourceUnreadable.
        """
        if path.exists() and not path.is_file():
            raise NotABlock(path=str(path))
        with edge(PRIVATE_BLOCK, path=path), path.open("rb", buffering=0) as file:
            start = read_bytes_at(file.fileno(), 0, CLEAR_HEADER_SIZE)
            clear_size = clear_size_of(start, path=str(path))
            stored = read_bytes_at(file.fileno(), 0, clear_size)
            clear = parse_clear(stored, os.fstat(file.fileno()).st_size, path=str(path))
            if not clear.payload_size:
                raise Refused
        return cls(path, clear, geometry)

    @property
    def fid(self) -> bytes:
        return self.clear.fid

    def matches(self, server_secret: str) -> bool:
        """Whether the block belongs to the task of this uuid. Raises UuidRefused."""
        return hmac.compare_digest(self.clear.locator, locator(self.fid, server_secret))

    def unlock(self, server_secret: str) -> UnlockedBlock:
        """Open the payload and check that all in it belongs together.

        Raises WrongUuid where the locator does not match, NewerFormat, Damaged, SourceGone,
        SourceUnreadable, UuidRefused.
        """
        if not self.matches(server_secret):
            raise WrongUuid
        with edge(PRIVATE_BLOCK, path=self.path):
            payload_key = self._payload_key(server_secret)
            with self.path.open("rb", buffering=0) as file:
                sealed = read_bytes_at(file.fileno(), self.clear.payload_offset, self.clear.payload_size)
            opened = floe.open_single(payload_key, self.clear.encode(), sealed, PAYLOAD_PARAMS)
            payload = decode_payload(opened, geometry=self.geometry)
            layout = payload.layout
            if layout.fid != self.fid or layout.held_size != self.clear.held_size:
                raise Refused
            message = payload.secrets.message(layout, server_secret)
        return UnlockedBlock(
            self.path,
            layout,
            payload.secrets,
            payload.part_digests,
            payload.cid,
            payload.facts,
            self.clear.clear_size,
            message,
        )

    def _payload_key(self, server_secret: str) -> bytes:
        bodies = [stanza.body for stanza in self.clear.stanzas if stanza.type == STANZA_SERVER]
        if len(bodies) != 1 or len(bodies[0]) != _SERVER_STANZA_SIZE:
            raise Refused
        key = seal_key(self.fid, server_secret)
        return floe.open_single(key, self.clear.header(), bodies[0], PAYLOAD_PARAMS)
