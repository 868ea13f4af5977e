"""The fingerprint that MEGA's own clients know a file by: a sparse CRC and the time of its last change
(attribute ``c``). Up to 16 bytes are their own CRC, up to 8 KiB have four CRC-32 of a quarter each, larger
ones four CRC-32 of 32 spots of 64 bytes each, spread evenly from the first byte to the last.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from app.cloud.destinations.mega.keys import Undecryptable, from_text, to_text

CRC = 16
_WHOLE = 8192
_SPOT = 64
_SPOTS = 128
_LANES = 4


@lru_cache(maxsize=64)
def spots(size: int) -> tuple[tuple[int, int], ...]:
    """Offset and length of what the CRC is made of, in order; they may overlap in small files."""
    if size <= _WHOLE:
        return ((0, size),) if size else ()
    return tuple(((size - _SPOT) * n // (_SPOTS - 1), _SPOT) for n in range(_SPOTS))


class Sample:
    """The spots of one file, gathered from what passes by in any order."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._spots = spots(size)
        self._starts = [offset for offset, _ in self._spots]
        self._longest = self._spots[0][1] if self._spots else 0
        self._bytes = [bytearray(length) for _, length in self._spots]
        self._got = [0] * len(self._spots)

    def see(self, offset: int, data: bytes | memoryview) -> None:
        """`data` lies at `offset`. A spot that is cut by the chunks' ends must come front to back."""
        first = max(0, bisect_right(self._starts, offset - self._longest))
        end = offset + len(data)
        for n in range(first, len(self._spots)):
            start, length = self._spots[n]
            if start >= end:
                break
            begin = max(start + self._got[n], offset)
            if begin != start + self._got[n]:
                continue
            stop = min(start + length, end)
            if stop > begin:
                self._bytes[n][begin - start : stop - start] = data[begin - offset : stop - offset]
                self._got[n] = stop - start

    @property
    def whole(self) -> bool:
        return all(got == length for got, (_, length) in zip(self._got, self._spots, strict=True))

    def missing(self) -> Iterator[tuple[int, int]]:
        """Offset and length of the spots that have not passed by."""
        for n, (start, length) in enumerate(self._spots):
            if self._got[n] < length:
                self._got[n] = 0
                yield start, length

    def crc(self) -> bytes:
        """The 16 bytes; all spots have been seen."""
        if self._size <= CRC:
            return b"".join(self._bytes).ljust(CRC, b"\0")
        if self._size <= _WHOLE:
            whole = bytes(self._bytes[0])
            cuts = [self._size * n // _LANES for n in range(_LANES + 1)]
            lanes = [whole[cuts[n] : cuts[n + 1]] for n in range(_LANES)]
        else:
            each = _SPOTS // _LANES
            lanes = [b"".join(self._bytes[n * each : (n + 1) * each]) for n in range(_LANES)]
        return b"".join(zlib.crc32(lane).to_bytes(4, "big") for lane in lanes)


def write(crc: bytes, modified: int) -> str:
    """The attribute ``c``: the CRC, and the seconds since 1970 in as few bytes as they need, lowest first."""
    seconds = max(0, modified)
    length = (seconds.bit_length() + 7) // 8
    return to_text(crc + bytes([length]) + seconds.to_bytes(length, "little"))


def read(text: object) -> tuple[bytes, int] | None:
    """CRC and seconds of an attribute ``c``; None where it is none."""
    try:
        data = from_text(text)
    except Undecryptable:
        return None
    if len(data) < CRC + 1 or data[CRC] > 8 or len(data) < CRC + 1 + data[CRC]:
        return None
    return data[:CRC], int.from_bytes(data[CRC + 1 : CRC + 1 + data[CRC]], "little")
