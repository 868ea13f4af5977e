"""Photos that are made when they are asked for: the same id and size give the same bytes.

Most are JPEG by their first and last bytes alone, with noise between, so that thousands cost neither disk nor
time; the first few of a gallery are real ones.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

PIECE = 256 * 1024
_NOISE = memoryview(random.Random(4).randbytes(1 << 20) * 2)  # noqa: S311 - noise
_HALF = len(_NOISE) // 2
_HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x48\x00\x48\x00\x00"
_END = b"\xff\xd9"
_NAMES = ("Свадьба/Церемония", "Photos 1", "婚礼/外景", "Portraits")

#: What a list may say for a name, by someone who means ill or by a slip.
HOSTILE_NAMES = (
    "../../../etc/passwd",
    "/abs/olute.jpg",
    "C:\\Windows\\x.jpg",
    "a//b/./c/../d.jpg",
    "",
    "..",
    "album/",
    "new\nline\tand\x00null.jpg",
    "\u202egpj.exe",
    ".ssh/authorized_keys",
    "CON/aux.jpg",
    "длинное имя " * 30 + ".jpg",
    "拍摄/" * 10 + "照片.jpg",
    "'quoted' \\ and \"doubly\".jpg",
    "e\u0301.jpg",
    "\u00e9.jpg",
)


@dataclass(frozen=True)
class Made:
    """One photo: `size` bytes of noise, or, with size 0 and `real`, a picture."""

    id: int
    size: int
    real: bool = False

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Its bytes in pieces of up to 256 KiB."""
        if self.real:
            yield _picture(self.id)
            return
        comment = f"photo {self.id}".encode()
        head = _HEAD + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
        if self.size < len(head) + len(_END):
            yield (head + _END)[: self.size]
            return
        yield head
        left, at = self.size - len(head) - len(_END), self.id * 7919 % _HALF
        while left:
            piece = _NOISE[at : at + min(left, PIECE)]
            left -= len(piece)
            at = (at + len(piece)) % _HALF
            yield piece
        yield _END

    def content(self) -> bytes:
        """All of its bytes."""
        return b"".join(self.pieces())

    @property
    def length(self) -> int:
        return len(_picture(self.id)) if self.real else self.size


@lru_cache(maxsize=200_000)
def crc_of(photo: Made) -> str:
    """Its CRC-32 in 8 hex digits."""
    crc = 0
    for piece in photo.pieces():
        crc = zlib.crc32(piece, crc)
    return f"{crc:08x}"


def usual_names(count: int, albums: int) -> list[str]:
    """Names as galleries have them: `count` photos in `albums` folders (0: in none)."""
    names = []
    for number in range(count):
        album = number % albums if albums else 0
        folder = f"{_NAMES[album % len(_NAMES)]}{album // len(_NAMES) or ''}/" if albums else ""
        names.append(f"{folder}Test_{number:04}.jpg")
    return names


@lru_cache(maxsize=64)
def _picture(number: int) -> bytes:
    picture = Image.new("RGB", (480, 320), (number * 37 % 200, number * 91 % 200, 90))
    ImageDraw.Draw(picture).text((20, 20), f"photo {number}", fill="white")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
