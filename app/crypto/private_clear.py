"""The private block's clear part: what anyone may read of it, with its stanzas.

A fixed header of 96 bytes, the stanzas one after the other, zeros up to `clear_size`. While the film is
being sealed the block is *unfinished*: no stanzas and no payload yet, the places are already final.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from app.crypto.edge import PRIVATE_BLOCK
from app.crypto.floe import HEADER_SIZE, OVERHEAD, Params
from app.crypto.layout import SEGMENT, SUITE, VERSION, check_known
from app.domain.errors import Damaged, NotABlock
from app.domain.words import tr

PRIVATE_MAGIC = b"\x8fRKKEY\r\n"
CLEAR_STEP = 4096  # the clear part is whole multiples of it, so that the held-back segments are aligned
CLEAR_LIMIT = 65536
CLEAR_WRITTEN = CLEAR_STEP

# magic, version, suite, clear size, fid, locator, held-back size, payload size, stanzas: count and bytes,
# flags, CRC
_HEADER = struct.Struct(">8sHHI16s32sQQIIII")
CLEAR_HEADER_SIZE = _HEADER.size  # 96
_CRC_AT = CLEAR_HEADER_SIZE - 4
_STANZA = struct.Struct(">HHI")  # type, zero, length of the body

STANZA_SERVER = 1
STANZA_RECIPIENT = 2  # reserved: HPKE, MLKEM768_X25519

PAYLOAD_PARAMS = Params(SEGMENT)  # stanza and payload are FLOE messages of one segment
MESSAGE_OVERHEAD = HEADER_SIZE + OVERHEAD  # 106
PAYLOAD_LIMIT = HEADER_SIZE + SEGMENT


@dataclass(frozen=True, slots=True)
class Stanza:
    """One way to the payload key: its type and its body, `type` 1 the server's."""

    type: int
    body: bytes


@dataclass(frozen=True, slots=True)
class ClearPart:
    """The clear facts of a private block. `payload_size` 0 means that it was never finished."""

    fid: bytes
    locator: bytes
    held_size: int
    payload_size: int = 0
    stanzas: tuple[Stanza, ...] = ()
    clear_size: int = CLEAR_WRITTEN
    version: int = VERSION
    suite: int = SUITE

    @property
    def total_size(self) -> int:
        """Bytes of the whole file."""
        return self.clear_size + self.held_size + self.payload_size

    @property
    def payload_offset(self) -> int:
        return self.clear_size + self.held_size

    def header(self) -> bytes:
        """The 96 bytes before the stanzas: the associated data of the server stanza."""
        packed = _HEADER.pack(
            PRIVATE_MAGIC,
            self.version,
            self.suite,
            self.clear_size,
            self.fid,
            self.locator,
            self.held_size,
            self.payload_size,
            len(self.stanzas),
            sum(_STANZA.size + len(stanza.body) for stanza in self.stanzas),
            0,
            0,
        )[:_CRC_AT]
        return packed + zlib.crc32(packed).to_bytes(4, "big")

    def encode(self) -> bytes:
        """The whole clear part as stored: the associated data of the payload."""
        parts = [self.header()]
        for stanza in self.stanzas:
            parts += (_STANZA.pack(stanza.type, 0, len(stanza.body)), stanza.body)
        encoded = b"".join(parts)
        if len(encoded) > self.clear_size:
            raise ValueError("the stanzas don't fit into the clear part")
        return encoded.ljust(self.clear_size, b"\0")


def clear_size_of(header: bytes, *, path: str = "") -> int:
    """Check a file's first 96 bytes and tell how many its clear part has, at most 65,536.

    Raises NotABlock where they begin otherwise, NewerFormat, Damaged.
    """
    if not header.startswith(PRIVATE_MAGIC):
        raise NotABlock(path=path)
    if len(header) != CLEAR_HEADER_SIZE or zlib.crc32(header[:_CRC_AT]) != int.from_bytes(
        header[_CRC_AT:], "big"
    ):
        raise _damaged()
    _, version, suite, clear_size, *_ = _HEADER.unpack(header)
    check_known(version, suite)
    if clear_size % CLEAR_STEP or not CLEAR_STEP <= clear_size <= CLEAR_LIMIT:
        raise _damaged()
    return int(clear_size)


def parse_clear(data: bytes, file_size: int, *, path: str = "") -> ClearPart:
    """Read a whole clear part and check every length in it against the file's size.

    Raises as `clear_size_of`. An unfinished block is read too; it has no stanzas and no payload.
    """
    if len(data) != clear_size_of(data[:CLEAR_HEADER_SIZE], path=path):
        raise _damaged()
    (_, version, suite, clear_size, fid, locator, held, payload, count, length, _, _) = _HEADER.unpack(
        data[:CLEAR_HEADER_SIZE]
    )
    if length > clear_size - CLEAR_HEADER_SIZE or payload > PAYLOAD_LIMIT:
        raise _damaged()
    stanzas = _parse_stanzas(data[CLEAR_HEADER_SIZE : CLEAR_HEADER_SIZE + length], count)
    clear = ClearPart(fid, locator, held, payload, stanzas, clear_size, version, suite)
    # Only one encoding is right: flags, reserved fields and the padding are zero.
    if clear.encode() != data or clear.total_size != file_size:
        raise _damaged()
    if (payload == 0) != (count == 0) or 0 < payload < MESSAGE_OVERHEAD:
        raise _damaged()
    return clear


def _parse_stanzas(data: bytes, count: int) -> tuple[Stanza, ...]:
    stanzas: list[Stanza] = []
    while data:
        if len(data) < _STANZA.size:
            raise _damaged()
        kind, _, length = _STANZA.unpack(data[: _STANZA.size])
        body = data[_STANZA.size : _STANZA.size + length]
        if len(body) != length:
            raise _damaged()
        stanzas.append(Stanza(kind, body))
        data = data[_STANZA.size + length :]
    if len(stanzas) != count:
        raise _damaged()
    return tuple(stanzas)


def _damaged() -> Damaged:
    return Damaged(what=tr(PRIVATE_BLOCK))
