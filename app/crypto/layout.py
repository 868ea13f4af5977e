"""Where every byte of a sealed film lies, known from the film's size before the first segment is sealed.

A film is cut into n segments. Those that are *held back* go into the private block, the others, in order,
are the *body* of the public block, and a fixed-size footer ends it. Digests are kept for each *part*: what
lies in 1 GiB of body, with the held-back segments between. Format: ``docs/block-format.md``.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.crypto.edge import PUBLIC_FOOTER
from app.crypto.floe import OVERHEAD, Params
from app.domain.errors import Damaged, NewerFormat, NotABlock
from app.domain.words import tr

SEGMENT = 4 * 1024 * 1024  # bytes of an encrypted segment, FLOE's ENC_SEG_LEN
PLAIN_SEGMENT = SEGMENT - OVERHEAD
PART = 1024 * 1024 * 1024  # bytes of body in a part
DEFAULT_HOLD_BACK = 1024
MIN_HOLD_BACK = 16
MAX_HOLD_BACK = (1 << 32) - 1
MAX_SIZE = 1 << 50  # bytes of a film

FID_SIZE = 16
VERSION = 1
SUITE = 1  # FLOE with AES-256-GCM, HKDF-Expand-SHA-384, IV 32
PUBLIC_MAGIC = b"\x8fRKPUB\r\n"

# magic, version, suite, flags, fid, segment, hold-back rule, size, segments, held back, body, reserved, CRC
_FOOTER = struct.Struct(">8sHHI16sIIQQQQ4sI")
FOOTER_SIZE = _FOOTER.size  # 80
_CRC_AT = FOOTER_SIZE - 4


@dataclass(frozen=True, slots=True)
class Geometry:
    """Lengths that a suite fixes, in bytes. Blocks are read with `PRODUCT` only; the tests have smaller ones
    so that films of many parts stay small.
    """

    segment: int = SEGMENT
    part: int = PART

    def __post_init__(self) -> None:
        if self.segment <= OVERHEAD or self.part % self.segment:
            raise ValueError("a part must be whole segments")

    @property
    def params(self) -> Params:
        return Params(self.segment)


PRODUCT = Geometry()


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Part `index`: its film segments in order, held-back ones included, and its bytes of the body."""

    index: int
    segments: range
    body_start: int
    body_end: int


@dataclass(frozen=True, slots=True)
class StreamPart:
    """Bytes ``[start, end)`` of the public block, one part of its IPFS file: first the body bytes of digest
    part `digest_part` (None: none of them), then the footer's bytes ``[a, b)`` of `footer_slice`.
    """

    index: int
    start: int
    end: int
    digest_part: int | None
    footer_slice: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a film of `size` bytes sealed under `fid` (16 bytes).

    Segment i is held back where ``i % hold_back == 0``, and the last one always; `hold_back` 0 holds nothing
    back. Raises ValueError for what no block may have.
    """

    size: int
    fid: bytes
    hold_back: int = DEFAULT_HOLD_BACK
    geometry: Geometry = PRODUCT

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise ValueError("a film has 0 to 2**50 bytes")
        if len(self.fid) != FID_SIZE:
            raise ValueError("a fid has 16 bytes")
        if self.hold_back != 0 and not MIN_HOLD_BACK <= self.hold_back <= MAX_HOLD_BACK:
            raise ValueError("the hold-back rule is 0, or 16 and more")

    # segments

    @property
    def segments(self) -> int:
        """How many segments the film has, n; an empty film has one."""
        return max(1, -(-self.size // self.geometry.params.plain))

    def is_last(self, index: int) -> bool:
        return index == self.segments - 1

    def held(self, index: int) -> bool:
        """Whether segment `index` lies in the private block."""
        self._check(index)
        return self.hold_back != 0 and (index % self.hold_back == 0 or self.is_last(index))

    def plain_offset(self, index: int) -> int:
        """Where segment `index` begins in the film."""
        self._check(index)
        return index * self.geometry.params.plain

    def plain_length(self, index: int) -> int:
        """Plaintext bytes of segment `index`."""
        return min(self.geometry.params.plain, self.size - self.plain_offset(index))

    def sealed_length(self, index: int) -> int:
        """Encrypted bytes of segment `index`."""
        return self.plain_length(index) + OVERHEAD

    # the private block's held-back area

    @property
    def held_count(self) -> int:
        if self.hold_back == 0:
            return 0
        by_rule = -(-self.segments // self.hold_back)
        return by_rule + (0 if (self.segments - 1) % self.hold_back == 0 else 1)

    def held_segments(self) -> Iterator[int]:
        """The held-back segments in order: those by the rule, then the last where the rule misses it."""
        if self.hold_back:
            yield from range(0, self.segments, self.hold_back)
            if (self.segments - 1) % self.hold_back:
                yield self.segments - 1

    @property
    def held_size(self) -> int:
        """Bytes of all held-back segments. The last of them is the film's last, the only shorter one."""
        if self.hold_back == 0:
            return 0
        return (self.held_count - 1) * self.geometry.segment + self.sealed_length(self.segments - 1)

    def held_offset(self, index: int) -> int:
        """Where held-back segment `index` begins in the held-back area."""
        if not self.held(index):
            raise ValueError("this segment is not held back")
        return -(-index // self.hold_back) * self.geometry.segment

    # the public block

    @property
    def body_count(self) -> int:
        """How many segments lie in the body."""
        return self.segments - self.held_count

    @property
    def body_size(self) -> int:
        if self.hold_back == 0:
            return self.size + self.segments * OVERHEAD
        return self.body_count * self.geometry.segment

    @property
    def public_size(self) -> int:
        """Bytes of the public block: body and footer."""
        return self.body_size + FOOTER_SIZE

    def body_offset(self, index: int) -> int:
        """Where segment `index`, one that is not held back, begins in the public block."""
        if self.held(index):
            raise ValueError("this segment is held back")
        before = -(-index // self.hold_back) if self.hold_back else 0
        return (index - before) * self.geometry.segment

    def body_segment(self, ordinal: int) -> int:
        """The film's segment that is the body's segment `ordinal`, both from 0."""
        if not 0 <= ordinal < self.body_count:
            raise ValueError("the body has no such segment")
        if self.hold_back == 0:
            return ordinal
        block, place = divmod(ordinal, self.hold_back - 1)
        return block * self.hold_back + 1 + place

    # parts

    @property
    def part_count(self) -> int:
        """How many parts have a digest; an empty body is one part."""
        return max(1, -(-self.body_size // self.geometry.part))

    def part(self, index: int) -> PartPlan:
        """Part `index`. Held-back segments belong to the part of the next body segment, those at the end to
        the last part.
        """
        if not 0 <= index < self.part_count:
            raise ValueError("the film has no such part")
        each = self.geometry.part // self.geometry.segment
        first = 0 if index == 0 else self.body_segment(index * each - 1) + 1
        is_last = index == self.part_count - 1
        stop = self.segments if is_last else self.body_segment((index + 1) * each - 1) + 1
        start = index * self.geometry.part
        end = min(start + self.geometry.part, self.body_size)
        return PartPlan(index, range(first, stop), start, end)

    def part_plain(self, index: int) -> tuple[int, int]:
        """Where part `index` begins and ends in the film."""
        segments = self.part(index).segments
        last = segments[-1]
        return self.plain_offset(segments[0]), self.plain_offset(last) + self.plain_length(last)

    @property
    def stream_parts(self) -> list[StreamPart]:
        """The public block cut at exact 1 GiB, as its IPFS file is: the footer ends the last piece, has one
        of its own, or (with nothing held back) lies across the last two.
        """
        return [self._stream_part(index) for index in range(-(-self.public_size // self.geometry.part))]

    def _stream_part(self, index: int) -> StreamPart:
        start = index * self.geometry.part
        end = min(start + self.geometry.part, self.public_size)
        empty_body = self.body_size == 0 and index == 0
        digest_part = index if start < self.body_size or empty_body else None
        footer = (max(0, start - self.body_size), end - self.body_size) if end > self.body_size else None
        return StreamPart(index, start, end, digest_part, footer)

    # the footer

    def footer(self) -> bytes:
        """The 80 bytes that end the public block."""
        packed = _FOOTER.pack(
            PUBLIC_MAGIC,
            VERSION,
            SUITE,
            0,
            self.fid,
            self.geometry.segment,
            self.hold_back,
            self.size,
            self.segments,
            self.held_count,
            self.body_size,
            bytes(4),
            0,
        )[:_CRC_AT]
        return packed + zlib.crc32(packed).to_bytes(4, "big")

    @property
    def aad(self) -> bytes:
        """FLOE's associated data: SHA-256 of the footer without its CRC. Binds every segment to all of it."""
        return hashlib.sha256(self.footer()[:_CRC_AT]).digest()

    @property
    def private_size_estimate(self) -> int:
        """About how many bytes the private block will have: names and media facts are not known yet."""
        return self.held_size + 32 * self.part_count + 16 * 1024

    def _check(self, index: int) -> None:
        if not 0 <= index < self.segments:
            raise ValueError("the film has no such segment")


@dataclass(frozen=True, slots=True)
class Footer:
    """What a public block says of itself: nothing of it is authenticated before the private block's copy."""

    version: int
    suite: int
    layout: Layout

    @property
    def fid(self) -> bytes:
        return self.layout.fid


def parse_footer(data: bytes, *, path: str = "", geometry: Geometry = PRODUCT) -> Footer:
    """Read a public block's last 80 bytes; `path` is for the message only.

    Raises NotABlock where they begin otherwise, NewerFormat for a version or suite that is not known, Damaged
    for all else: they must be, byte for byte, what this version would write for the values they hold.
    """
    if len(data) < len(PUBLIC_MAGIC) or not data.startswith(PUBLIC_MAGIC):
        raise NotABlock(path=path)
    if len(data) != FOOTER_SIZE or zlib.crc32(data[:_CRC_AT]) != int.from_bytes(data[_CRC_AT:], "big"):
        raise Damaged(what=tr(PUBLIC_FOOTER))
    _, version, suite, _, fid, _, hold_back, size, *_ = _FOOTER.unpack(data)
    check_known(version, suite)
    try:
        layout = Layout(size, fid, hold_back, geometry)
    except ValueError:
        raise Damaged(what=tr(PUBLIC_FOOTER)) from None
    if layout.footer() != data:
        raise Damaged(what=tr(PUBLIC_FOOTER))
    return Footer(version, suite, layout)


def check_known(version: int, suite: int) -> None:
    """Refuse by name what a later Reelkey may write. The CRC was right, so it is no damage."""
    if version != VERSION:
        raise NewerFormat(what=f"format {version}")
    if suite != SUITE:
        raise NewerFormat(what=f"suite {suite}")
