"""MEGA's keys, attributes, contents and proofs, by vectors that independent clients agree on."""

from __future__ import annotations

import hashlib
import itertools
import threading
import zlib

import pytest

from app.cloud.destinations.mega import fingerprint, hashcash
from app.cloud.destinations.mega.contents import (
    ChunkMacs,
    Encryption,
    MacHasher,
    Macs,
    chunk_end,
    counter,
    piece_end,
    xor_columns,
)
from app.cloud.destinations.mega.keys import (
    FileKey,
    Undecryptable,
    encrypt,
    from_text,
    open_attributes,
    seal_attributes,
    to_text,
)

KEY = bytes(range(16))
NONCE = bytes(range(0x10, 0x18))
MASTER = bytes(range(0x20, 0x30))
_PERIOD = bytes(131 * n % 251 for n in range(251))

# size, MAC, the file's key as text, the first 16 bytes of the ciphertext's SHA-256
VECTORS = """
0 0000000000000000 EBAQEBAQEBAICQoLDA0ODxAREhMUFRYXAAAAAAAAAAA e3b0c44298fc1c149afbf4c8996fb924
1 ca0ad35a0e5ee8b0 EBAQEBAQEBDCA9lRAlPmvxAREhMUFRYXygrTWg5e6LA 075198bfe61765d35f990debe90959d4
15 b1f0c89a03f16f21 EBAQEBAQEBC5-cKRD_xhLhAREhMUFRYXsfDImgPxbyE bedfafd914ad9957bc6a2c23f2a3f1b9
16 3dae95a763928664 EBAQEBAQEBA1p5-sb5-IaxAREhMUFRYXPa6Vp2OShmQ a30fbca9e507f7c2c7a1686dc87a0dd2
17 c09bf570227bda76 EBAQEBAQEBDIkv97LnbUeRAREhMUFRYXwJv1cCJ72nY 104a64df1096d1ef0f38a75b45950a14
131071 b9859b1a9c166f7b EBAQEBAQEBCxjJERkBthdBAREhMUFRYXuYWbGpwWb3s a05c7bd560f19a7a627667a8319eee65
131072 9261081a76f30366 EBAQEBAQEBCaaAIRev4NaRAREhMUFRYXkmEIGnbzA2Y 096afdae77c51787c13480c0c0002454
131073 05e257b6be1cef13 EBAQEBAQEBAN6129shHhHBAREhMUFRYXBeJXtr4c7xM 81a1489ad6b1cc4958b0c1e986fad37a
393216 4bfe7757a5adbae1 EBAQEBAQEBBD931cqaC07hAREhMUFRYXS_53V6WtuuE 38981eee435667fc6aff67f3c5f938dc
393221 055d65a7599f043d EBAQEBAQEBANVG-sVZIKMhAREhMUFRYXBV1lp1mfBD0 19b814ff8d31bf89ba22c4ec3eef66ac
4718592 3d49652f7e408e99 EBAQEBAQEBA1QG8kck2AlhAREhMUFRYXPUllL35Ajpk 756411317c9f5418bfff59cab068b65f
4718593 4aeaceba69ceaab1 EBAQEBAQEBBC48SxZcOkvhAREhMUFRYXSurOumnOqrE 41121ddaf15bbff2dac94406962c6a9a
9437184 045afad997bc3fe3 EBAQEBAQEBAMU_DSm7Ex7BAREhMUFRYXBFr62Ze8P-M 14e0b8189dc4a02cca1506c2a532a06a
"""
_LINES = [line.split() for line in VECTORS.split("\n") if line]


def pattern(size: int) -> bytes:
    """Byte n is (131 n + 7 (n >> 16)) mod 251."""
    data = bytearray()
    for block in range(0, size, 65536):
        shift = (131 * block + 7 * (block >> 16)) % 251
        turn = _PERIOD.index(shift)
        length = min(65536, size - block)
        data += (_PERIOD[turn:] + _PERIOD * (length // 251 + 1))[:length]
    return bytes(data)


def in_steps(data: bytes, step: int) -> list[bytes]:
    return [data[at : at + step] for at in range(0, len(data), step)]


def test_the_pattern_is_the_pages() -> None:
    assert pattern(4) == bytes.fromhex("00830b8e")
    assert hashlib.md5(pattern(4 * 1024 * 1024 + 1)).hexdigest() == "59fda084ecc420a8547251c0e4645504"


@pytest.mark.parametrize(("size", "mac", "key", "sha"), _LINES)
def test_contents_come_out_as_published(size: str, mac: str, key: str, sha: str) -> None:
    data = pattern(int(size))
    encryption, hasher = Encryption(KEY, NONCE, 0), MacHasher(FileKey(KEY, NONCE, bytes(8)))
    sealed = b"".join(encryption.update(part) for part in in_steps(data, 100_003))
    for part in in_steps(data, 1_000_003):
        hasher.update(part)
    macs = Macs(KEY)
    macs.add(0, len(data), encryption.finish())
    assert hashlib.sha256(sealed).hexdigest()[:32] == sha
    assert (macs.meta().hex(), hasher.hexdigest()) == (mac, mac)
    file = FileKey(KEY, NONCE, macs.meta())
    assert to_text(file.packed) == key
    assert FileKey.unpack(from_text(key)) == file
    assert counter(KEY, NONCE, 0).update(sealed) == data


def test_one_file_in_every_detail() -> None:
    data = pattern(131073)
    macs = ChunkMacs(KEY, NONCE, 0)
    macs.update(data)
    chunks = macs.finish()
    assert chunks.hex() == "03312ba7080efeb13f484ef5eb23b91a75b3d484260771caeedb517a5c7a1cb4"
    fold = Macs(KEY)
    fold.fold(chunks)
    assert fold.folded.hex() == "67572ae162b57d5755ba57e9eba6b8fa"
    packed = FileKey(KEY, NONCE, fold.meta()).packed
    assert packed.hex() == "10101010101010100deb5dbdb211e11c101112131415161705e257b6be1cef13"
    assert to_text(encrypt(MASTER, packed)) == "8MPg-UJLBeynf6YMRU_yIA__FsI2DBm1oYVnUxX1SFI"
    sealed = counter(KEY, NONCE, 0).update(data)
    assert (sealed[:16].hex(), sealed[-1]) == ("8d65d34ecbc2ed3cf3e90d70a23067a5", 0x47)


def test_three_million_bytes() -> None:
    """The size that async-mega.py and megajs were compared with."""
    hasher = MacHasher(FileKey(KEY, NONCE, bytes(8)))
    hasher.update(pattern(3_000_000))
    assert hasher.hexdigest() == hasher.hexdigest() == "a79689fef3603f38"


def test_pieces_in_any_order_fold_to_the_same() -> None:
    size = 9437184
    data, macs, sealed = pattern(size), Macs(KEY), bytearray(size)
    cuts = [0]
    while cuts[-1] < size:
        cuts.append(piece_end(cuts[-1], size, 600_000))
    pieces = list(itertools.pairwise(cuts))
    for at, end in [*pieces[3:7], *pieces[:2], *reversed(pieces[7:]), *pieces[2:3]]:
        encryption = Encryption(KEY, NONCE, at)
        sealed[at:end] = encryption.update(data[at:end])
        macs.add(at, end, encryption.finish())
        macs.add(at, end, b"\0" * 16)  # a second time: nothing changes
    assert macs.meta().hex() == "045afad997bc3fe3"
    assert (macs.end, macs.done, macs.early) == (size, size, {})
    assert hashlib.sha256(sealed).hexdigest()[:32] == "14e0b8189dc4a02cca1506c2a532a06a"


def test_what_is_missing_is_known() -> None:
    macs = Macs(KEY)
    macs.add(131072, 393216, b"\1" * 16)
    macs.add(786432, 1310720, b"\2" * 16)
    assert list(macs.gaps(2_000_000)) == [(0, 131072), (393216, 786432), (1310720, 2_000_000)]
    assert macs.done == 262144 + 524288
    assert [macs.has(at) for at in (0, 131072, 393216, 786432)] == [False, True, False, True]
    assert macs.meta() == bytes(8)
    macs.add(0, 131072, b"\0" * 16)
    assert macs.end == 393216
    assert macs.has(0)


def test_boundaries() -> None:
    ends, at = [], 0
    for _ in range(11):
        at = chunk_end(at)
        ends.append(at)
    assert ends == [
        131072, 393216, 786432, 1310720, 1966080, 2752512, 3670016, 4718592, 5767168, 6815744, 7864320,
    ]  # fmt: skip
    assert chunk_end(131071) == 131072
    assert chunk_end(4718591) == 4718592
    assert piece_end(0, 10**9, 8 * 2**20) == 4718592 + 4 * 2**20
    assert piece_end(0, 100, 8 * 2**20) == 100
    assert piece_end(0, 0, 8 * 2**20) == 0


def test_checksum_is_the_xor_of_stretches_of_twelve() -> None:
    for size in (1, 11, 12, 13, 24, 25, 100, 4097, 131073):
        data, plain = pattern(size), bytearray(12)
        for at, byte in enumerate(data):
            plain[at % 12] ^= byte
        assert xor_columns(data) == bytes(plain), size


# --- keys and attributes -------------------------------------------------------------------------------


def test_attributes_as_published() -> None:
    folder = bytes(range(0x30, 0x40))
    assert seal_attributes(KEY, {"n": "a"}) == "faJJ8rwAe0qDbj3L-hxLXA"
    assert seal_attributes(KEY, {"n": "тест 1.bin"}) == "kZvB0Q05vYZz0FiPFEB1HWGMF_LkCJfhA9AOgGbU5sI"
    assert seal_attributes(folder, {"n": "папка 1"}) == "V5JhhD0kPqo9HHWimT1qou4cMejv3ix-kzE5O8dEKb4"
    assert to_text(encrypt(MASTER, folder)) == "p63ursylSIm4YhvsGFJwRA"
    assert open_attributes(KEY, "kZvB0Q05vYZz0FiPFEB1HWGMF_LkCJfhA9AOgGbU5sI") == {"n": "тест 1.bin"}


@pytest.mark.parametrize("text", [None, 7, "", "é", "!!!!", "AAAA", "A" * 22, "A" * 100_000])
def test_attributes_that_are_none(text: object) -> None:
    with pytest.raises(Undecryptable):
        open_attributes(KEY, text)


@pytest.mark.parametrize("plain", [b'MEGA{"n":', b'MEGA{"n"}', b"MEGA{" + b'"a":{' * 3000, b'MEGX{"n":"a"}'])
def test_attributes_under_the_right_key_that_are_none(plain: bytes) -> None:
    with pytest.raises(Undecryptable):
        open_attributes(KEY, seal_raw(plain))


def seal_raw(plain: bytes) -> str:
    sealed, last = b"", bytes(16)
    for at in range(0, len(plain), 16):
        block = plain[at : at + 16].ljust(16, b"\0")
        last = encrypt(KEY, bytes(a ^ b for a, b in zip(block, last, strict=True)))
        sealed += last
    return to_text(sealed)


def test_a_lone_surrogate_in_a_name_stops_nothing() -> None:
    assert open_attributes(KEY, seal_attributes(KEY, {"n": "a\udc80b"})) == {"n": "a?b"}


# --- the fingerprint -----------------------------------------------------------------------------------


def crc_of(data: bytes, step: int = 1000) -> bytes:
    sample = fingerprint.Sample(len(data))
    at = 0
    for part in in_steps(data, step):
        sample.see(at, part)
        at += len(part)
    assert sample.whole
    return sample.crc()


@pytest.mark.parametrize(
    ("size", "crc"),
    [(8193, "de97f9ae5563890766f3aaa59da1dbb6"), (100_000, "2a968929f3213387c89af34b5974b78d")],
)
@pytest.mark.parametrize("step", [1, 63, 1000, 200_000])
def test_fingerprints_as_another_program_has_them(size: int, crc: str, step: int) -> None:
    assert crc_of(pattern(size), step).hex() == crc


def test_fingerprints_of_small_files() -> None:
    assert crc_of(b"abc") == b"abc" + bytes(13)
    assert crc_of(b"") == bytes(16)
    data = pattern(8192)
    assert crc_of(data) == b"".join(
        zlib.crc32(data[at : at + 2048]).to_bytes(4, "big") for at in range(0, 8192, 2048)
    )


def test_spots_that_did_not_pass_by_are_named() -> None:
    data = pattern(5_000_000)
    sample = fingerprint.Sample(len(data))
    sample.see(3_000_000, data[3_000_000:])
    sample.see(0, data[:1_000_010])
    assert not sample.whole
    missing = list(sample.missing())
    assert all(1_000_010 - 64 < at < 3_000_000 for at, _ in missing)
    for at, length in missing:
        sample.see(at, data[at : at + length])
    assert sample.crc() == crc_of(data)
    sample.see(0, b"\0" * 1000)  # once seen, seen
    assert sample.crc() == crc_of(data)


@pytest.mark.parametrize("modified", [0, 1, 255, 256, 1_700_000_000, 2**40])
def test_the_attribute_holds_both(modified: int) -> None:
    text = fingerprint.write(bytes(range(16)), modified)
    assert fingerprint.read(text) == (bytes(range(16)), modified)


def test_the_attribute_as_the_vendors_programs_write_it() -> None:
    # 0x6553f100 in four bytes, lowest first, behind their number.
    assert from_text(fingerprint.write(bytes(16), 1_700_000_000))[16:] == b"\x04\x00\xf1\x53\x65"


@pytest.mark.parametrize("text", [None, "", "AAAA", to_text(bytes(16)), to_text(bytes(16) + b"\x09")])
def test_attributes_that_are_no_fingerprints(text: object) -> None:
    assert fingerprint.read(text) is None


# --- proof of work -------------------------------------------------------------------------------------

TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"


def test_the_published_proof_holds() -> None:
    demand = hashcash.Demand.read(f"1:180:1700000000:{TOKEN}")
    assert demand.threshold == 0xD20000
    buffer = demand.buffer()
    assert len(buffer) == 12_582_916
    buffer[:4] = from_text("BAAAAA")
    digest = hashlib.sha256(buffer).digest()
    assert digest[:4].hex() == "007518ef"
    assert int.from_bytes(digest[:4], "big") <= demand.threshold
    assert demand.answer(b"\4\0\0\0") == f"1:{TOKEN}:BAAAAA"


def test_a_proof_is_found() -> None:
    demand = hashcash.Demand.read(f"1:180:1700000000:{TOKEN}")
    assert hashcash.search(demand, threading.Event(), 60.0) == b"\4\0\0\0"  # it counts from 0


@pytest.mark.parametrize(
    "header",
    [
        "",
        "1:180:0",
        f"2:180:0:{TOKEN}",
        f"1:x:0:{TOKEN}",
        f"1:1:0:{TOKEN}",
        f"1:256:0:{TOKEN}",
        "1:180:0:AAAA",
    ],
)
def test_demands_that_are_not_answered(header: str) -> None:
    with pytest.raises(hashcash.TooHard):
        hashcash.Demand.read(header)


def test_a_search_ends_when_it_is_told_to() -> None:
    demand = hashcash.Demand(bytes(48), 0)
    stop = threading.Event()
    stop.set()
    with pytest.raises(hashcash.TooHard):
        hashcash.search(demand, stop, 60.0)
    with pytest.raises(hashcash.TooHard):
        hashcash.search(demand, threading.Event(), 0.0)
