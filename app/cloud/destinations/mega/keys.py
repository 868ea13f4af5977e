"""MEGA's keys, attributes and their texts. Facts: the vendor's SDK and independent clients; nothing here
makes a request.

A file's key material is 32 bytes F: F[16:24] is the nonce, F[24:32] the MAC over its contents, and the AES
key is F[0:16] XOR F[16:32]. A folder's is its AES key of 16 bytes. On the server both lie under the account's
master key, in ECB.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
FOLDER_KEY = 16
FILE_KEY = 32
_LONGEST_ATTRIBUTES = 65_536
_PREFIX = b"MEGA"


class Undecryptable(ValueError):
    """A key or attributes that are not of MEGA's form, or not under a key of ours."""


def to_text(data: bytes) -> str:
    """Base64url without padding, as all of MEGA's binary values are written."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: object) -> bytes:
    """The bytes of such a text. Raises Undecryptable."""
    if not isinstance(text, str) or not text.isascii():
        raise Undecryptable("no text")
    # Old clients wrote the standard alphabet, and commas for padding.
    plain = text.replace("-", "+").replace("_", "/").rstrip("=,")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Undecryptable("no base64") from None


def xor(one: bytes, other: bytes) -> bytes:
    """Both byte by byte; they are of one length."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def encrypt(key: bytes, data: bytes) -> bytes:
    """AES-ECB: for keys only, which are random and a block or two long."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)  # noqa: S305 - the protocol's


def decrypt(key: bytes, data: bytes) -> bytes:
    """The other way of `encrypt`. Raises Undecryptable where these are no whole blocks."""
    if len(data) % BLOCK:
        raise Undecryptable("no whole blocks")
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(data)  # noqa: S305 - the protocol's


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """What opens one file: `key` 16 bytes, `nonce` 8, `mac` 8 (the meta MAC over its contents)."""

    key: bytes
    nonce: bytes
    mac: bytes

    @property
    def packed(self) -> bytes:
        """The 32 bytes F."""
        tail = self.nonce + self.mac
        return xor(self.key, tail) + tail

    @classmethod
    def unpack(cls, packed: bytes) -> FileKey:
        """From the 32 bytes F. Raises Undecryptable."""
        if len(packed) != FILE_KEY:
            raise Undecryptable("no file key")
        return cls(xor(packed[:16], packed[16:]), packed[16:24], packed[24:])


def seal_attributes(key: bytes, attributes: dict[str, str]) -> str:
    """Attributes as a node carries them, under the folder's key or the file's AES key."""
    written = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    plain = _PREFIX + written.encode("utf-8", "replace")
    plain += b"\0" * (-len(plain) % BLOCK)
    return to_text(Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).encryptor().update(plain))


def open_attributes(key: bytes, text: object) -> dict[str, Any]:
    """A node's attributes. Raises Undecryptable for whatever is not what `seal_attributes` makes."""
    if isinstance(text, str) and len(text) > _LONGEST_ATTRIBUTES:
        raise Undecryptable("too long")
    sealed = from_text(text)
    if not sealed or len(sealed) % BLOCK:
        raise Undecryptable("no whole blocks")
    plain = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).decryptor().update(sealed)
    if not plain.startswith(_PREFIX + b"{"):
        raise Undecryptable("another key")
    try:
        attributes = json.loads(plain[len(_PREFIX) :].rstrip(b"\0").decode("utf-8"))
    except (ValueError, RecursionError):
        raise Undecryptable("no JSON") from None
    if not isinstance(attributes, dict):
        raise Undecryptable("no attributes")
    return attributes
