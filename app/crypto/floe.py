"""FLOE: random-access authenticated encryption in segments (c2sp.org/FLOE; ePrint 2025/2275).

The published parameters only: AES-256-GCM, HKDF-Expand-SHA-384, an IV of 32 bytes. A message is a header of
74 bytes and segments; every segment but the last is `Params.segment` bytes long when encrypted:

    header   = params(10) ‖ iv(32) ‖ tag(32)
    segment  = FFFFFFFF or, in the last, its own length (4) ‖ nonce(12) ‖ ciphertext ‖ tag(16)

The header's tag commits to key, parameters and associated data. Each segment has a fresh random nonce, so
that sealing one again after a crash never repeats a (key, nonce) pair. Raises `edge.Refused` where a check
fails; what has the wrong length for the caller's own doing raises ValueError.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from app.crypto import randomness
from app.crypto.edge import Refused
from app.crypto.positioned import Bytes

OVERHEAD = 32  # length field 4, nonce 12, tag 16
IV_SIZE = 32
PARAMS_SIZE = 10
TAG_SIZE = 32
HEADER_SIZE = PARAMS_SIZE + IV_SIZE + TAG_SIZE  # 74
KEY_SIZE = 32
MAX_SEGMENTS = 1 << 40

_AEAD_AES_256_GCM = 0
_KDF_HKDF_EXPAND_SHA_384 = 0
_NONCE_SIZE = 12
_GCM_TAG_SIZE = 16
_MESSAGE_KEY_SIZE = 48
_NOT_LAST = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Params:
    """`segment`: bytes of an encrypted segment that is not the last. `rotation`: 2**rotation segments share
    one AES key; 20 is the published value, the known answers with another one are the only use of it.
    """

    segment: int
    rotation: int = 20

    def encode(self) -> bytes:
        return (
            bytes((_AEAD_AES_256_GCM, _KDF_HKDF_EXPAND_SHA_384))
            + self.segment.to_bytes(4, "big")
            + IV_SIZE.to_bytes(4, "big")
        )

    @property
    def plain(self) -> int:
        """Plaintext bytes in a segment that is not the last."""
        return self.segment - OVERHEAD


def new_header(key: bytes, aad: bytes, params: Params) -> bytes:
    """The 74 bytes that begin a new message under `key`; its IV is fresh."""
    iv = randomness.fresh(IV_SIZE)
    return params.encode() + iv + _kdf(key, params, iv, b"HEADER_TAG:", aad, TAG_SIZE)


class Message:
    """One FLOE message under way, in either direction, from its key, associated data and header.

    Its segments may be sealed and opened in any order and from several threads. It does not check that
    every position is written once: the callers go by a `Layout`. Raises Refused where the header is not of
    this key, data and parameters.
    """

    def __init__(self, key: bytes, aad: bytes, header: bytes, params: Params) -> None:
        encoded = params.encode()
        if len(header) != HEADER_SIZE or header[:PARAMS_SIZE] != encoded:
            raise Refused
        self._iv = header[PARAMS_SIZE : PARAMS_SIZE + IV_SIZE]
        expected = _kdf(key, params, self._iv, b"HEADER_TAG:", aad, TAG_SIZE)
        if not hmac.compare_digest(expected, header[-TAG_SIZE:]):
            raise Refused
        self._key = _kdf(key, params, self._iv, b"MESSAGE_KEY:", aad, _MESSAGE_KEY_SIZE)
        self._aad = aad
        self._params = params
        self._ciphers: dict[int, AESGCM] = {}

    def seal_into(self, position: int, *, last: bool, plaintext: Bytes, out: memoryview) -> int:
        """Seal segment `position` (from 0) into the start of `out`; the number of bytes written."""
        self._check_plain_length(len(plaintext), last=last)
        total = len(plaintext) + OVERHEAD
        nonce = randomness.fresh(_NONCE_SIZE)
        out[:4] = total.to_bytes(4, "big") if last else _NOT_LAST
        out[4:16] = nonce
        self._cipher(position).encrypt_into(nonce, plaintext, _segment_aad(position, last), out[16:total])
        return total

    def open_into(self, position: int, *, last: bool, ciphertext: Bytes, out: memoryview) -> int:
        """Check and open segment `position` into the start of `out`; the number of plaintext bytes.

        `position` and `last` come from what the caller trusts, never from the segment. After Refused, what
        is in `out` is worthless.
        """
        view = memoryview(ciphertext)
        total = len(view)
        right_length = OVERHEAD <= total <= self._params.segment if last else total == self._params.segment
        if not right_length or bytes(view[:4]) != (total.to_bytes(4, "big") if last else _NOT_LAST):
            raise Refused
        length = total - OVERHEAD
        cipher = self._cipher(position)
        try:
            cipher.decrypt_into(view[4:16], view[16:], _segment_aad(position, last), out[:length])
        except InvalidTag:
            raise Refused from None
        return length

    def _check_plain_length(self, length: int, *, last: bool) -> None:
        full = self._params.plain
        if length > full or (length < full and not last):
            raise ValueError("a segment's plaintext has the wrong length")

    def _cipher(self, position: int) -> AESGCM:
        if not 0 <= position < MAX_SEGMENTS:
            raise ValueError("position beyond FLOE's limit")
        masked = position >> self._params.rotation << self._params.rotation
        cipher = self._ciphers.get(masked)
        if cipher is None:
            purpose = b"DEK:" + masked.to_bytes(8, "big")
            cipher = AESGCM(_kdf(self._key, self._params, self._iv, purpose, self._aad, KEY_SIZE))
            if len(self._ciphers) >= 8:
                self._ciphers.clear()  # an hour of one-way reading needs one; random access must not pile up
            self._ciphers[masked] = cipher
        return cipher


def seal_single(key: bytes, aad: bytes, plaintext: bytes, params: Params) -> bytes:
    """A whole message of one segment: header and segment, ``len(plaintext)`` + 106 bytes."""
    header = new_header(key, aad, params)
    out = memoryview(bytearray(len(plaintext) + OVERHEAD))
    Message(key, aad, header, params).seal_into(0, last=True, plaintext=plaintext, out=out)
    return header + bytes(out)


def open_single(key: bytes, aad: bytes, message: bytes, params: Params) -> bytes:
    """The plaintext of a message of one segment. Raises Refused where anything of it is not as sealed."""
    out = memoryview(bytearray(max(0, len(message) - HEADER_SIZE - OVERHEAD)))
    state = Message(key, aad, message[:HEADER_SIZE], params)
    length = state.open_into(0, last=True, ciphertext=message[HEADER_SIZE:], out=out)
    return bytes(out[:length])


def _segment_aad(position: int, last: bool) -> bytes:
    return position.to_bytes(8, "big") + (b"\x01" if last else b"\x00")


def _kdf(key: bytes, params: Params, iv: bytes, purpose: bytes, aad: bytes, length: int) -> bytes:
    return HKDFExpand(SHA384(), length, params.encode() + iv + purpose + aad).derive(key)
