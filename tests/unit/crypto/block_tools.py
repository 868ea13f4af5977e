"""Making small blocks, and breaking them, for several test files."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from dataclasses import dataclass
from pathlib import Path

from app.crypto.files import OpenedFile, open_files, seal_file
from app.crypto.keys import FilmSecrets
from app.crypto.layout import Geometry, Layout
from app.crypto.private_payload import FilmFacts

UUID = "7b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b10"
OTHER_UUID = "7b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b11"

# Segments of 64 bytes (32 of plaintext) and parts of 16 segments: the product's shape, a millionth its size.
TINY = Geometry(segment=64, part=1024)

FACTS = FilmFacts("film.mov", ("a", "b"), {"width": 1920}, "2026-01-01T00:00:00+00:00", "Reelkey test")
SIZE = 1000  # 32 segments, of which 0, 16 and 31 are held back

_numbers = itertools.count()


def film_bytes(size: int) -> bytes:
    return hashlib.shake_256(b"film").digest(size)


@dataclass(frozen=True)
class Pair:
    film: Path
    public: Path
    private: Path
    plain: bytes
    uuid: str

    def open(self, output: Path, uuid: str | None = None) -> OpenedFile:
        return open_files(
            self.public, self.private, output, self.uuid if uuid is None else uuid, geometry=TINY
        )


def seal_pair(folder: Path, size: int, hold_back: int = 16, uuid: str = UUID) -> Pair:
    number = next(_numbers)
    film = folder / f"film{number}.mov"
    film.write_bytes(film_bytes(size))
    public, private = folder / f"film{number}.rkpub", folder / f"film{number}.rkkey"
    facts = FilmFacts(
        "影片.mov", ("Reel 1",), {"codec": "ProRes"}, "2026-01-01T00:00:00+00:00", "Reelkey test"
    )
    seal_file(film, public, private, uuid, hold_back=hold_back, facts=facts, geometry=TINY)
    return Pair(film, public, private, film.read_bytes(), uuid)


def with_crc(data: bytes, end: int) -> bytes:
    """`data` with the CRC-32 of its first `end` bytes put right behind them."""
    return data[:end] + zlib.crc32(data[:end]).to_bytes(4, "big") + data[end + 4 :]


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


def flipped(data: bytes, bit: int) -> bytes:
    place, mask = bit // 8, 1 << bit % 8
    return patched(data, place, bytes((data[place] ^ mask,)))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def made(size: int = SIZE) -> tuple[Layout, FilmSecrets]:
    secrets = FilmSecrets.new(UUID, size, 16, geometry=TINY)
    return secrets.layout(size, 16, geometry=TINY), secrets


def digests(layout: Layout) -> list[bytes]:
    return [bytes([k]) * 32 for k in range(layout.part_count)]
