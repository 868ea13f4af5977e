"""MEGA's cryptography once more, for stand-in and tests alone: a second opinion on a client's bytes.

Written from the facts page, not from the product. Plain and slow where that is clearer. All keys are bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
_FIRST = 128 * 1024
_LARGEST = 1024 * 1024
_ZERO = bytes(BLOCK)
_V1_START = bytes.fromhex("93C467E37DB0C7A4D1BE3F810152CB56")
_V1_ROUNDS = 65_536
_V1_HASHES = 16_384
_V2_ROUNDS = 100_000


# --- texts and blocks --------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of a base64 text for addresses. Raises ValueError for padding, other letters, stray bits."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if b64(data) != text:
        raise ValueError("not base64 as MEGA writes it")
    return data


def xor(left: bytes, right: bytes) -> bytes:
    """Both byte by byte; as long as the shorter."""
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def pad(data: bytes) -> bytes:
    """With zeros to whole blocks."""
    return data + bytes(-len(data) % BLOCK)


def ecb_seal(key: bytes, data: bytes) -> bytes:
    """AES-128-ECB over whole blocks."""
    engine = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - MEGA's own
    return engine.update(data) + engine.finalize()


def ecb_open(key: bytes, data: bytes) -> bytes:
    """The way back of `ecb_seal`. Raises ValueError for a broken block."""
    engine = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - MEGA's own
    return engine.update(data) + engine.finalize()


# --- sign-in -----------------------------------------------------------------------------------------
# Remembered, since tests ask for the same few again and again, and each takes a tenth of a second.


@cache
def v1_key(password: str) -> bytes:
    """The password key of an old account: each 16 bytes of the password are a key of AES, 65,536 rounds."""
    raw = password.encode()
    engines = [
        Cipher(algorithms.AES(pad(raw[at : at + BLOCK])), modes.ECB()).encryptor()  # noqa: S305
        for at in range(0, len(raw), BLOCK)
    ]
    key = _V1_START
    for _ in range(_V1_ROUNDS):
        for engine in engines:
            key = engine.update(key)
    return key


@cache
def v1_hash(email: str, key: bytes) -> str:
    """What an old account shows for its password (`uh`)."""
    mixed = bytearray(BLOCK)
    for at, byte in enumerate(email.encode()):
        mixed[at % BLOCK] ^= byte
    block = bytes(mixed)
    engine = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    for _ in range(_V1_HASHES):
        block = engine.update(block)
    return b64(block[0:4] + block[8:12])


@cache
def v2_keys(password: str, salt: bytes) -> tuple[bytes, bytes]:
    """Password key and what is shown for it (`uh`), 16 bytes each, of a newer account."""
    both = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _V2_ROUNDS, 32)
    return both[:BLOCK], both[BLOCK:]


def mpi(number: int) -> bytes:
    """A whole number as OpenPGP writes it: two bytes of length in bits, then the number, big-endian."""
    return number.bit_length().to_bytes(2, "big") + number.to_bytes((number.bit_length() + 7) // 8, "big")


class RsaKey(NamedTuple):
    """An account's key pair; `u` is p⁻¹ mod q."""

    p: int
    q: int
    d: int
    u: int
    e: int

    @property
    def n(self) -> int:
        return self.p * self.q

    def private(self) -> bytes:
        """p, q, d, u one after another as `mpi`, whole blocks: what `privk` holds sealed."""
        return pad(b"".join(mpi(number) for number in (self.p, self.q, self.d, self.u)))

    def seal_session(self, session: bytes) -> bytes:
        """A session's bytes so that only the private key's owner reads them (`csid`), as `mpi`.

        Filled up behind with zeros to the modulus less a byte, so that the first 43 bytes are the session.
        """
        width = (self.n.bit_length() + 7) // 8 - 1
        plain = int.from_bytes(session + bytes(width - len(session)), "big")
        return mpi(pow(plain, self.e, self.n))


# --- nodes -------------------------------------------------------------------------------------------


class FileKey(NamedTuple):
    """A file's 32 bytes apart: AES key (16), nonce (8), metaMAC (8)."""

    key: bytes
    nonce: bytes
    mac: bytes

    def join(self) -> bytes:
        """The 32 bytes that a node's key holds."""
        tail = self.nonce + self.mac
        return xor(self.key, tail) + tail


def split_key(material: bytes) -> FileKey:
    """The 32 bytes of a file's key apart. Raises ValueError for another length."""
    if len(material) != 2 * BLOCK:
        raise ValueError("a file's key has 32 bytes")
    tail = material[BLOCK:]
    return FileKey(xor(material[:BLOCK], tail), tail[:8], tail[8:])


def seal_attributes(key: bytes, values: dict[str, Any]) -> bytes:
    """A node's attributes sealed with its AES key."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    engine = Cipher(algorithms.AES(key), modes.CBC(_ZERO)).encryptor()
    return engine.update(pad(b"MEGA" + text.encode()))


def open_attributes(key: bytes, sealed: bytes) -> dict[str, Any]:
    """A node's attributes. Raises ValueError where the key isn't theirs or they hold no JSON object."""
    engine = Cipher(algorithms.AES(key), modes.CBC(_ZERO)).decryptor()
    plain = engine.update(sealed)
    if not plain.startswith(b'MEGA{"'):
        raise ValueError("not sealed with this key")
    values: dict[str, Any] = json.loads(plain[4:].rstrip(b"\0").decode())
    return values


# --- content -----------------------------------------------------------------------------------------


def boundaries(size: int) -> Iterator[tuple[int, int]]:
    """Start and end of each MAC chunk of a file so long; none for an empty one."""
    start, length = 0, _FIRST
    while start < size:
        yield start, min(start + length, size)
        start += length
        length = min(length + _FIRST, _LARGEST)


def is_boundary(offset: int) -> bool:
    """Whether a MAC chunk can start here, whatever the file's size."""
    ramp = sum(range(_FIRST, _LARGEST, _FIRST))
    if offset >= ramp:
        return (offset - ramp) % _LARGEST == 0
    at, length = 0, _FIRST
    while at < offset:
        at += length
        length += _FIRST
    return at == offset


def crypt(key: bytes, nonce: bytes, offset: int, data: bytes) -> bytes:
    """Content sealed or opened (the same thing); `offset` in bytes, at a whole block."""
    if offset % BLOCK:
        raise ValueError("content is counted in blocks of 16")
    counter = nonce + (offset // BLOCK).to_bytes(8, "big")
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(data)


def chunk_mac(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    """One chunk's MAC, over its plain bytes."""
    sealed = Cipher(algorithms.AES(key), modes.CBC(nonce + nonce)).encryptor().update(pad(plain))
    return sealed[-BLOCK:]


def fold(key: bytes, macs: Iterable[bytes]) -> bytes:
    """All chunks' MACs, in order, to the 16 bytes that `meta_mac` condenses."""
    folded = _ZERO
    for mac in macs:
        folded = ecb_seal(key, xor(folded, mac))
    return folded


def condense(folded: bytes) -> bytes:
    """16 bytes to the 8 that stand in a file's key."""
    return xor(folded[0:4], folded[4:8]) + xor(folded[8:12], folded[12:16])


def meta_mac(key: bytes, nonce: bytes, chunks: Iterable[bytes]) -> bytes:
    """A file's MAC from its plain chunks, in order."""
    return condense(fold(key, (chunk_mac(key, nonce, plain) for plain in chunks)))


class Checksum:
    """The 12 bytes of `?d=`: every byte of a piece's ciphertext XORed into its place modulo 12."""

    def __init__(self) -> None:
        self._total = 0
        self._taken = 0

    def feed(self, data: bytes) -> None:
        """The piece's next bytes."""
        # Python's big numbers XOR many times faster than bytes are walked.
        self._total ^= int.from_bytes(data, "little") << (8 * (self._taken % 12))
        self._taken += len(data)

    def digest(self) -> bytes:
        width = (self._total.bit_length() + 95) // 96
        while width > 1:  # halves are folded onto each other
            width = (width + 1) // 2
            self._total = (self._total >> (width * 96)) ^ (self._total & ((1 << (width * 96)) - 1))
        return self._total.to_bytes(12, "little")


def piece_checksum(data: bytes) -> bytes:
    """The `Checksum` of a whole piece."""
    checksum = Checksum()
    checksum.feed(data)
    return checksum.digest()


# --- proof of work -----------------------------------------------------------------------------------

_REPEATS = 262_144


def hashcash_limit(easiness: int) -> int:
    """The largest first number of the hash that still counts."""
    return (((easiness & 63) << 1) + 1) << ((easiness >> 6) * 7 + 3)


def hashcash_valid(token: str, easiness: int, prefix: bytes) -> bool:
    """Whether these four bytes before the repeated token are a proof of work."""
    if len(prefix) != 4:
        return False
    digest = hashlib.sha256(prefix + unb64(token) * _REPEATS).digest()
    return int.from_bytes(digest[:4], "big") <= hashcash_limit(easiness)
