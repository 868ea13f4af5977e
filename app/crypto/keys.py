"""The key schedule: from the film's own secret and the task's uuid to every key of a sealed film.

Neither secret alone gives a key: `S_priv` lies in the private block's sealed payload, the uuid only with the
server. HKDF is HKDF-SHA-384 throughout.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from app.crypto import floe, randomness
from app.crypto.edge import FILM_KEYS, edge
from app.crypto.layout import DEFAULT_HOLD_BACK, FID_SIZE, PRODUCT, Geometry, Layout
from app.domain.errors import Damaged, FilmTooLarge, UuidRefused
from app.domain.words import tr

S_PRIV_SIZE = 32
LOCATOR_SIZE = 32
# The digests of a film's parts must fit into the private block's one-segment payload: 117 TiB of film.
MAX_PARTS = 120_000

_RECORD_VERSION = b"\x01"
_RECORD_SIZE = 1 + FID_SIZE + S_PRIV_SIZE + floe.HEADER_SIZE
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, repr=False)
class FilmSecrets:
    """One film's and upload's own secret, with the public `fid` and FLOE header made together with it."""

    fid: bytes
    s_priv: bytes
    floe_header: bytes

    @classmethod
    def new(
        cls,
        server_secret: str,
        size: int,
        hold_back: int = DEFAULT_HOLD_BACK,
        *,
        geometry: Geometry = PRODUCT,
    ) -> FilmSecrets:
        """Fresh secrets for a film of `size` bytes; two calls have nothing in common.

        Raises UuidRefused, FilmTooLarge; ValueError for a hold-back rule that no block may have.
        """
        fid = randomness.fresh(FID_SIZE)
        layout = sealable_layout(size, fid, hold_back, geometry)
        s_priv = randomness.fresh(S_PRIV_SIZE)
        key = film_key(fid, s_priv, server_secret)
        return cls(fid, s_priv, floe.new_header(key, layout.aad, geometry.params))

    def layout(
        self, size: int, hold_back: int = DEFAULT_HOLD_BACK, *, geometry: Geometry = PRODUCT
    ) -> Layout:
        """The layout these secrets were made for, from the same size and rule."""
        return Layout(size, self.fid, hold_back, geometry)

    def message(self, layout: Layout, server_secret: str) -> floe.Message:
        """The film's FLOE message. Raises edge.Refused where layout or uuid is not what the header is for."""
        key = film_key(self.fid, self.s_priv, server_secret)
        return floe.Message(key, layout.aad, self.floe_header, layout.geometry.params)

    def to_bytes(self) -> bytes:
        """123 bytes that open the film together with the uuid: the journal keeps them sealed only."""
        return _RECORD_VERSION + self.fid + self.s_priv + self.floe_header

    @classmethod
    def from_bytes(cls, record: bytes) -> FilmSecrets:
        """Back from `to_bytes`. Raises Damaged."""
        if len(record) != _RECORD_SIZE or record[:1] != _RECORD_VERSION:
            raise Damaged(what=tr(FILM_KEYS))
        rest = record[1:]
        header_at = FID_SIZE + S_PRIV_SIZE
        return cls(rest[:FID_SIZE], rest[FID_SIZE:header_at], rest[header_at:])

    def __repr__(self) -> str:
        return "FilmSecrets(…)"


def film_message(layout: Layout, secrets: FilmSecrets, server_secret: str) -> floe.Message:
    """As `FilmSecrets.message`, raising Damaged: the journal's values of one film don't belong together."""
    with edge(FILM_KEYS):
        return secrets.message(layout, server_secret)


def sealable_layout(size: int, fid: bytes, hold_back: int, geometry: Geometry = PRODUCT) -> Layout:
    """The layout of a film that is about to be sealed. Raises FilmTooLarge before anything is read."""
    limit = MAX_PARTS * geometry.part
    if size > limit or (layout := Layout(size, fid, hold_back, geometry)).part_count > MAX_PARTS:
        raise FilmTooLarge(size=size, limit=limit)
    return layout


def server_secret_bytes(uuid: str) -> bytes:
    """S_srv: the 16 bytes of a uuid written 8-4-4-4-12 in hex of any case, else the text's UTF-8 bytes.

    Raises UuidRefused for the empty text, and for one that UTF-8 can't hold.
    """
    if _UUID.fullmatch(uuid):
        return bytes.fromhex(uuid.replace("-", ""))
    try:
        secret = uuid.encode("utf-8")
    except UnicodeEncodeError:
        raise UuidRefused from None
    if not secret:
        raise UuidRefused
    return secret


def film_key(fid: bytes, s_priv: bytes, server_secret: str) -> bytes:
    """K_film, 32 bytes: the FLOE key of the film's segments. Needs both secrets."""
    root = HKDF.extract(SHA384(), fid, s_priv + server_secret_bytes(server_secret))
    return HKDFExpand(SHA384(), floe.KEY_SIZE, b"reelkey/v1/film").derive(root)


def seal_key(fid: bytes, server_secret: str) -> bytes:
    """K_seal, 32 bytes: what the *server* stanza of the private block is sealed under."""
    return HKDF(SHA384(), floe.KEY_SIZE, fid, b"reelkey/v1/seal").derive(server_secret_bytes(server_secret))


def locator(fid: bytes, server_secret: str) -> bytes:
    """32 bytes by which the holder of the uuid knows the task's private block, and nobody else does."""
    secret = server_secret_bytes(server_secret)
    key = HKDF(SHA384(), 32, None, b"reelkey/v1/locator").derive(secret)
    return hmac.new(key, fid, hashlib.sha256).digest()
