"""The stand-in's cryptography against vectors that foreign clients made or checked."""

from __future__ import annotations

import hashlib

import pytest

from sandbox.clouds.mega import crypto
from tests.contract.clouds.pattern import pattern

KEY, NONCE = bytes(range(16)), bytes(range(16, 24))
MASTER = bytes(range(0x20, 0x30))

# Size, metaMAC, file key, the first half of the ciphertext's SHA-256.
FILES = [
    (
        0,
        "0000000000000000",
        "EBAQEBAQEBAICQoLDA0ODxAREhMUFRYXAAAAAAAAAAA",
        "e3b0c44298fc1c149afbf4c8996fb924",
    ),
    (
        1,
        "ca0ad35a0e5ee8b0",
        "EBAQEBAQEBDCA9lRAlPmvxAREhMUFRYXygrTWg5e6LA",
        "075198bfe61765d35f990debe90959d4",
    ),
    (
        15,
        "b1f0c89a03f16f21",
        "EBAQEBAQEBC5-cKRD_xhLhAREhMUFRYXsfDImgPxbyE",
        "bedfafd914ad9957bc6a2c23f2a3f1b9",
    ),
    (
        16,
        "3dae95a763928664",
        "EBAQEBAQEBA1p5-sb5-IaxAREhMUFRYXPa6Vp2OShmQ",
        "a30fbca9e507f7c2c7a1686dc87a0dd2",
    ),
    (
        17,
        "c09bf570227bda76",
        "EBAQEBAQEBDIkv97LnbUeRAREhMUFRYXwJv1cCJ72nY",
        "104a64df1096d1ef0f38a75b45950a14",
    ),
    (
        131071,
        "b9859b1a9c166f7b",
        "EBAQEBAQEBCxjJERkBthdBAREhMUFRYXuYWbGpwWb3s",
        "a05c7bd560f19a7a627667a8319eee65",
    ),
    (
        131072,
        "9261081a76f30366",
        "EBAQEBAQEBCaaAIRev4NaRAREhMUFRYXkmEIGnbzA2Y",
        "096afdae77c51787c13480c0c0002454",
    ),
    (
        131073,
        "05e257b6be1cef13",
        "EBAQEBAQEBAN6129shHhHBAREhMUFRYXBeJXtr4c7xM",
        "81a1489ad6b1cc4958b0c1e986fad37a",
    ),
    (
        393216,
        "4bfe7757a5adbae1",
        "EBAQEBAQEBBD931cqaC07hAREhMUFRYXS_53V6WtuuE",
        "38981eee435667fc6aff67f3c5f938dc",
    ),
    (
        393221,
        "055d65a7599f043d",
        "EBAQEBAQEBANVG-sVZIKMhAREhMUFRYXBV1lp1mfBD0",
        "19b814ff8d31bf89ba22c4ec3eef66ac",
    ),
    (
        4718592,
        "3d49652f7e408e99",
        "EBAQEBAQEBA1QG8kck2AlhAREhMUFRYXPUllL35Ajpk",
        "756411317c9f5418bfff59cab068b65f",
    ),
    (
        4718593,
        "4aeaceba69ceaab1",
        "EBAQEBAQEBBC48SxZcOkvhAREhMUFRYXSurOumnOqrE",
        "41121ddaf15bbff2dac94406962c6a9a",
    ),
    (
        9437184,
        "045afad997bc3fe3",
        "EBAQEBAQEBAMU_DSm7Ex7BAREhMUFRYXBFr62Ze8P-M",
        "14e0b8189dc4a02cca1506c2a532a06a",
    ),
]


WHOLE = pattern(FILES[-1][0])


@pytest.mark.parametrize(("size", "mac", "key", "digest"), FILES)
def test_content(size: int, mac: str, key: str, digest: str) -> None:
    plain = WHOLE[:size]

    chunks = [plain[start:end] for start, end in crypto.boundaries(size)]
    found = crypto.meta_mac(KEY, NONCE, chunks)

    assert found.hex() == mac
    assert crypto.b64(crypto.FileKey(KEY, NONCE, found).join()) == key
    assert crypto.split_key(crypto.unb64(key)) == (KEY, NONCE, found)
    assert hashlib.sha256(crypto.crypt(KEY, NONCE, 0, plain)).hexdigest()[:32] == digest


def test_content_step_by_step() -> None:
    plain = WHOLE[:131073]
    macs = [crypto.chunk_mac(KEY, NONCE, plain[:131072]), crypto.chunk_mac(KEY, NONCE, plain[131072:])]
    assert [mac.hex() for mac in macs] == [
        "03312ba7080efeb13f484ef5eb23b91a",
        "75b3d484260771caeedb517a5c7a1cb4",
    ]
    assert crypto.fold(KEY, macs).hex() == "67572ae162b57d5755ba57e9eba6b8fa"

    material = crypto.FileKey(KEY, NONCE, bytes.fromhex("05e257b6be1cef13")).join()
    assert material.hex() == "10101010101010100deb5dbdb211e11c101112131415161705e257b6be1cef13"
    assert crypto.b64(crypto.ecb_seal(MASTER, material)) == "8MPg-UJLBeynf6YMRU_yIA__FsI2DBm1oYVnUxX1SFI"

    sealed = crypto.crypt(KEY, NONCE, 0, plain)
    assert sealed[:16].hex() == "8d65d34ecbc2ed3cf3e90d70a23067a5"
    assert sealed[-1:].hex() == "47"
    assert crypto.crypt(KEY, NONCE, 131072, plain[131072:]) == sealed[131072:]


def test_boundaries() -> None:
    starts = [0, 131072, 393216, 786432, 1310720, 1966080, 2752512, 3670016, 4718592, 5767168]
    assert [start for start, _ in crypto.boundaries(5767169)] == starts
    assert [at for at in range(0, 6_000_000, 4096) if crypto.is_boundary(at)] == starts
    assert not crypto.is_boundary(131073)
    assert list(crypto.boundaries(0)) == []


def test_attributes() -> None:
    assert crypto.b64(crypto.seal_attributes(KEY, {"n": "a"})) == "faJJ8rwAe0qDbj3L-hxLXA"
    sealed = "kZvB0Q05vYZz0FiPFEB1HWGMF_LkCJfhA9AOgGbU5sI"
    assert crypto.b64(crypto.seal_attributes(KEY, {"n": "тест 1.bin"})) == sealed
    assert crypto.open_attributes(KEY, crypto.unb64(sealed)) == {"n": "тест 1.bin"}
    folder = bytes(range(0x30, 0x40))
    assert crypto.b64(crypto.ecb_seal(MASTER, folder)) == "p63ursylSIm4YhvsGFJwRA"
    sealed = "V5JhhD0kPqo9HHWimT1qou4cMejv3ix-kzE5O8dEKb4"
    assert crypto.b64(crypto.seal_attributes(folder, {"n": "папка 1"})) == sealed
    with pytest.raises(ValueError, match="this key"):
        crypto.open_attributes(KEY, crypto.unb64(sealed))


def test_sign_in() -> None:
    key = crypto.v1_key("correct horse")
    assert key.hex() == "34d7d398763025c1f27060c1d39f36da"
    assert crypto.v1_hash("user@example.com", key) == "0CCveHmdGow"
    both = crypto.v2_keys("correct horse", bytes(range(100, 132)))
    assert both[0].hex() == "f814b13aef1039489c4bb03342e3284b"
    assert crypto.b64(both[1]) == "7yq5YMI65JnOMbWUsTrxhw"


def test_proof_of_work() -> None:
    token = crypto.b64(bytes(range(48)))
    assert token == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
    assert crypto.hashcash_limit(180) == 0xD20000
    assert crypto.hashcash_valid(token, 180, crypto.unb64("BAAAAA"))
    assert not crypto.hashcash_valid(token, 180, bytes(4))
    assert not crypto.hashcash_valid(token, 180, bytes(5))


@pytest.mark.parametrize("size", [0, 1, 11, 12, 13, 24, 100, 999, 65536])
def test_checksum_of_a_piece(size: int) -> None:
    expected = bytearray(12)
    for at, byte in enumerate(WHOLE[:size]):
        expected[at % 12] ^= byte
    assert crypto.piece_checksum(WHOLE[:size]) == expected
    by_parts = crypto.Checksum()
    for at in range(0, size, 1001):
        by_parts.feed(WHOLE[at : min(at + 1001, size)])
    assert by_parts.digest() == expected
