"""Content identifiers (CIDs): parsing untrusted text, the binary form, and CIDs of blocks that we make.

Source: the multiformats CID specification. Text in, text out: what this package hands around is the
canonical text; `Cid` is for those who look inside. Own code because the libraries there are bring several
packages and every codec and hash of the table, where we need two bases, two codecs and one hash.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

RAW = 0x55
DAG_PB = 0x70
LIBP2P_KEY = 0x72
SHA2_256 = 0x12

_IDENTITY = 0x00
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES = {letter: value for value, letter in enumerate(_BASE58)}
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEXT_LIMIT = 128
_DIGEST_SIZES = range(20, 65)


class BadCid(ValueError):
    """Text or bytes that are no CID, or one of a kind that is not used for films."""


@dataclass(frozen=True, slots=True)
class Cid:
    """A parsed CID. `codec` and `hash_code` are multicodec numbers, `digest` the hash's bytes."""

    version: int
    codec: int
    hash_code: int
    digest: bytes

    @classmethod
    def of_block(cls, codec: int, block: bytes | memoryview) -> Cid:
        """The CIDv1 (sha2-256) of a block's bytes."""
        return cls(1, codec, SHA2_256, hashlib.sha256(block).digest())

    @classmethod
    def parse(cls, text: str) -> Cid:
        """A CID from text: v0 (``Qm…``), v1 in base32 (``b…``) or base58 (``z…``). Raises BadCid."""
        if not text.isascii() or not 2 <= len(text) <= _TEXT_LIMIT:
            raise BadCid("not a CID")
        if len(text) == 46 and text.startswith("Qm"):
            return cls.from_bytes(base58_decode(text))
        if text[0] == "b":
            return cls._v1(_base32_decode(text[1:]))
        if text[0] == "z":
            return cls._v1(base58_decode(text[1:]))
        raise BadCid("not a CID in base32 or base58")

    @classmethod
    def from_bytes(cls, data: bytes) -> Cid:
        """A CID from its binary form, as links of a dag-pb block have it. Raises BadCid."""
        if len(data) == 34 and data[:2] == b"\x12\x20":
            return cls(0, DAG_PB, SHA2_256, data[2:])
        return cls._v1(data)

    @classmethod
    def _v1(cls, data: bytes) -> Cid:
        try:
            version, at = read_varint(data, 0)
            codec, at = read_varint(data, at)
            hash_code, at = read_varint(data, at)
            length, at = read_varint(data, at)
        except ValueError as error:
            raise BadCid("cut short") from error
        digest = data[at:]
        if version != 1:
            raise BadCid("neither version 0 nor 1")
        if len(digest) != length:
            raise BadCid("its digest has another length than it says")
        # An identity "hash" is the content itself, of any bytes: no block of a film has one. Peer IDs do.
        if hash_code == _IDENTITY and codec != LIBP2P_KEY:
            raise BadCid("it holds its content instead of a hash")
        if length not in _DIGEST_SIZES or (hash_code == SHA2_256 and length != 32):
            raise BadCid("its digest is too short or too long")
        return cls(1, codec, hash_code, digest)

    def to_bytes(self) -> bytes:
        """The binary form: 34 bytes in version 0, 36 in version 1 with the hash that we use."""
        multihash = varint(self.hash_code) + varint(len(self.digest)) + self.digest
        return multihash if self.version == 0 else varint(1) + varint(self.codec) + multihash

    def __str__(self) -> str:
        data = self.to_bytes()
        if self.version == 0:
            return base58_encode(data)
        return "b" + base64.b32encode(data).decode().lower().rstrip("=")


def is_cid(text: str) -> bool:
    """Whether `text` is the CID of a film's block: dag-pb or raw, in base32 or base58."""
    try:
        return Cid.parse(text).codec in (DAG_PB, RAW)
    except BadCid:
        return False


def canonical(text: str) -> str:
    """The one spelling of a CID by which two can be compared. Raises BadCid."""
    return str(Cid.parse(text))


def is_peer_id(text: str) -> bool:
    """Whether `text` is a libp2p peer ID: ``12D3Koo…``, ``Qm…``, or a CID of a key (``bafz…``, ``k51…``)."""
    try:
        return _peer_multihash(text) is not None
    except BadCid:
        return False


def _peer_multihash(text: str) -> bytes | None:
    if not text.isascii() or not 10 <= len(text) <= _TEXT_LIMIT:
        return None
    if text[0] in "1Q":
        data = base58_decode(text)
        # A small key (Ed25519) stands in the ID as it is: identity multihash of 36 bytes of protobuf.
        whole_key = len(data) == 38 and data[:2] == b"\x00\x24"
        hashed_key = len(data) == 34 and data[:2] == b"\x12\x20"
        return data if whole_key or hashed_key else None
    cid = Cid.from_bytes(_base36_decode(text[1:])) if text[0] == "k" else Cid.parse(text)
    return cid.to_bytes() if cid.codec == LIBP2P_KEY else None


def varint(number: int) -> bytes:
    """An unsigned LEB128 number, as multiformats and protobuf write it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and where the next byte is. Raises ValueError where it is cut or above 63 bits."""
    number = shift = 0
    while at < len(data) and shift < 63:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
        shift += 7
    raise ValueError("a number is cut short or too long")


def base58_encode(data: bytes) -> str:
    """`data` in Bitcoin's base58, as CIDv0 and peer IDs are written."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    number, letters = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        letters = _BASE58[rest] + letters
    return "1" * zeros + letters


def base58_decode(text: str) -> bytes:
    """The bytes that base58 `text` stands for. Raises BadCid."""
    number = 0
    for letter in text:
        value = _BASE58_VALUES.get(letter)
        if value is None:
            raise BadCid("not base58")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _base36_decode(text: str) -> bytes:
    if not text or any(letter not in _BASE36 for letter in text):
        raise BadCid("not base36")
    zeros = len(text) - len(text.lstrip("0"))
    number = int(text, 36)
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _base32_decode(text: str) -> bytes:
    if text != text.lower():
        raise BadCid("not lower case base32")
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError as error:
        raise BadCid("not base32") from error
    # Several spellings may decode to the same bytes; only the one that we would write is a CID.
    if base64.b32encode(data).decode().lower().rstrip("=") != text:
        raise BadCid("not base32")
    return data
