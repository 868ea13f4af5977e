"""Make the test vectors of ``docs/block-format.md`` anew, byte for byte: all randomness is fixed.

    python docs/vectors/make_vectors.py [FOLDER]

writes the blocks and ``vectors.json`` into FOLDER (default: beside this file). The keys made here are public:
use them for nothing else.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

from blake3 import blake3

from app.crypto import keys, randomness
from app.crypto.files import seal_file
from app.crypto.floe import OVERHEAD
from app.crypto.layout import PLAIN_SEGMENT
from app.crypto.private_block import PrivateBlock
from app.crypto.private_payload import FilmFacts

HERE = Path(__file__).resolve().parent

# name, uuid, size, rule, facts, whether the blocks are kept as files
CASES = (
    ("empty", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", 0, 1024, FilmFacts("empty.mov"), True),
    ("one-byte", "3F2504E0-4F89-41D3-9A0C-0305E82C3302", 1, 1024, FilmFacts("one.mxf"), True),
    (
        "small",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3303",
        5000,
        1024,
        FilmFacts("影片.mov", ("Reel 1", "b"), {"codec": "ProRes 4444", "width": 4096, "duration": 12.5}),
        True,
    ),
    ("nothing-held", "no uuid, just text: ключ", 5000, 0, FilmFacts("odd \udcff byte.mkv"), True),
    ("two-segments", "3f2504e0-4f89-41d3-9a0c-0305e82c3304", PLAIN_SEGMENT + 1, 0, FilmFacts("two.mov"), True),
    ("aligned", "3f2504e0-4f89-41d3-9a0c-0305e82c3305", 3 * PLAIN_SEGMENT, 16, FilmFacts("3.mov"), False),
)
MADE = {"made_at": "2026-01-02T03:04:05+00:00", "made_by": "Reelkey vectors 1"}

# what, file, offset from the start or (negative) the end, xor: each of them refused with this error
REFUSALS = (
    ("a bit of the private magic", "private", 0, 0x01, "not_a_block"),
    ("a bit of the private version: the CRC tells it from a newer one", "private", 9, 0x02, "damaged"),
    ("a bit of the locator", "private", 40, 0x80, "damaged"),
    ("a bit of the server stanza's tag", "private", 241, 0x01, "damaged"),
    ("a bit of the padding of the clear part", "private", 4095, 0x01, "damaged"),
    ("the length field of the held-back segment", "private", 4096, 0x01, "damaged"),
    ("a bit of the held-back segment", "private", 4200, 0x10, "damaged"),
    ("the last bit of the payload", "private", -1, 0x01, "damaged"),
    ("a bit of the public magic", "public", -80, 0x01, "damaged"),
    ("a bit of the public fid: the CRC tells it from another film's", "public", -60, 0x01, "damaged"),
    ("a bit of the footer's CRC", "public", -1, 0x01, "damaged"),
)


def film(name: str, size: int) -> bytes:
    """The plaintext of a case: the first `size` bytes of SHAKE-256 of an ASCII text."""
    return hashlib.shake_256(f"reelkey vector film {name}".encode()).digest(size)


class FixedRandomness:
    """The k-th draw (from 0) of a case: the first bytes of SHAKE-256 of an ASCII text."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._draws = 0

    def fresh(self, length: int) -> bytes:
        text = f"reelkey vector random {self._name} {self._draws}"
        self._draws += 1
        return hashlib.shake_256(text.encode()).digest(length)


def make_case(folder: Path, name: str, uuid: str, size: int, rule: int, facts: FilmFacts) -> dict[str, object]:
    """Seal one case into ``NAME.rkpub`` and ``NAME.rkkey`` in `folder`; what vectors.json says of it."""
    public, private = folder / f"{name}.rkpub", folder / f"{name}.rkkey"
    for path in (public, private):
        path.unlink(missing_ok=True)
    made = FilmFacts(facts.name, facts.path, facts.media, **MADE)
    with tempfile.TemporaryDirectory() as scratch, mock.patch.object(
        randomness, "fresh", FixedRandomness(name).fresh
    ):
        source = Path(scratch, "film")
        source.write_bytes(film(name, size))
        sealed = seal_file(source, public, private, uuid, hold_back=rule, facts=made)
    block = PrivateBlock.read(private).unlock(uuid)
    secrets, layout = block.secrets, block.layout
    return {
        "name": name,
        "uuid": uuid,
        "size": size,
        "hold_back": rule,
        "segments": layout.segments,
        "held_back": layout.held_count,
        "film_blake3": sealed.blake3,
        "part_blake3": [digest.hex() for digest in block.part_digests],
        "facts": {"name": made.name, "path": list(made.path), "media": dict(made.media), **MADE},
        "fid": layout.fid.hex(),
        "s_priv": secrets.s_priv.hex(),
        "s_srv": keys.server_secret_bytes(uuid).hex(),
        "k_film": keys.film_key(layout.fid, secrets.s_priv, uuid).hex(),
        "k_seal": keys.seal_key(layout.fid, uuid).hex(),
        "locator": keys.locator(layout.fid, uuid).hex(),
        "aad": layout.aad.hex(),
        "floe_header": secrets.floe_header.hex(),
        "public_size": layout.public_size,
        "public_blake3": blake3(public.read_bytes()).hexdigest(),
        "private_size": private.stat().st_size,
        "private_blake3": blake3(private.read_bytes()).hexdigest(),
    }


def make(folder: Path) -> None:
    """All vectors into `folder`; blocks that are not kept are only described."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for name, uuid, size, rule, facts, keep in CASES:
        case = make_case(folder, name, uuid, size, rule, facts)
        if not keep:
            for ending in ("rkpub", "rkkey"):
                (folder / f"{name}.{ending}").unlink()
        cases.append({**case, "files": keep})
    refusals = [
        {"of": "small", "what": what, "file": file, "offset": offset, "xor": xor, "error": error}
        for what, file, offset, xor, error in REFUSALS
    ]
    value = {"format": 1, "segment_overhead": OVERHEAD, "cases": cases, "refusals": refusals}
    (folder / "vectors.json").write_text(json.dumps(value, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
