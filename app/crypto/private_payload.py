"""The private block's sealed payload: what only the holder of the uuid learns of a film.

    footer(80) ‖ S_priv(32) ‖ FLOE header(74) ‖ kind(2) ‖ parts(4) ‖ digest(32) each ‖ facts (JSON, UTF-8)

It is authenticated when it comes here, but whoever sealed it is a stranger: every length and type is checked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.crypto.digest import DIGEST_SIZE
from app.crypto.edge import PRIVATE_BLOCK
from app.crypto.floe import HEADER_SIZE
from app.crypto.keys import S_PRIV_SIZE, FilmSecrets
from app.crypto.layout import FOOTER_SIZE, PRODUCT, Geometry, Layout, parse_footer
from app.domain.errors import Damaged, NewerFormat, NotABlock
from app.domain.words import tr

KIND_FILM = 1  # others are reserved
FACTS_LIMIT = 256 * 1024  # bytes of JSON
CID_LIMIT = 128  # characters
NAME_LIMIT = 1024
PATH_LIMIT = 2048  # folders

_SECRETS_AT = FOOTER_SIZE
_HEADER_AT = _SECRETS_AT + S_PRIV_SIZE
_KIND_AT = _HEADER_AT + HEADER_SIZE
_COUNT_AT = _KIND_AT + 2
_DIGESTS_AT = _COUNT_AT + 4


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a block says of its film. `name`: the original file name. `path`: the folders between the chosen
    folder and the film, outermost first, without the name. `media`: codec, duration and the like, as JSON
    values. `made_at`: UTC, ISO 8601. `made_by`: program and version.

    From a stranger's block all of it is only text: names are made safe before they are used as paths.
    """

    name: str
    path: tuple[str, ...] = ()
    media: Mapping[str, Any] = field(default_factory=dict)
    made_at: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Payload:
    """The payload in values. `cid` is empty for blocks that were never on IPFS; digests are 32 bytes each."""

    layout: Layout
    secrets: FilmSecrets
    part_digests: tuple[bytes, ...]
    cid: str
    facts: FilmFacts

    def __repr__(self) -> str:
        return "Payload(…)"


def encode_payload(payload: Payload) -> bytes:
    """The payload's bytes, at most 4 MiB - 32.

    Media facts that are too long, or no JSON, are left out rather than failing a film that is sealed already.
    Raises ValueError where the digests are not one a part, or names are longer than any file system has.
    """
    layout, digests = payload.layout, payload.part_digests
    if len(digests) != layout.part_count or any(len(digest) != DIGEST_SIZE for digest in digests):
        raise ValueError("a payload has one digest of 32 bytes for each part")
    try:
        facts = _encode_facts(payload, payload.facts.media)
    except (ValueError, TypeError, RecursionError):
        facts = b""
    if not 0 < len(facts) <= FACTS_LIMIT:
        facts = _encode_facts(payload, {})
    _check_facts(json.loads(facts))
    if len(facts) > FACTS_LIMIT:
        raise ValueError("the facts of the film are too long")
    return b"".join(
        (
            layout.footer(),
            payload.secrets.s_priv,
            payload.secrets.floe_header,
            KIND_FILM.to_bytes(2, "big"),
            len(digests).to_bytes(4, "big"),
            *digests,
            facts,
        )
    )


def _encode_facts(payload: Payload, media: Mapping[str, Any]) -> bytes:
    facts = payload.facts
    value = {
        "cid": payload.cid,
        "public_size": payload.layout.public_size,
        "name": facts.name,
        "path": list(facts.path),
        "media": dict(media),
        "made_at": facts.made_at,
        "made_by": facts.made_by,
    }
    # ASCII: a name that is no valid Unicode (single surrogates for odd bytes, PEP 383) survives as \udcXX
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def decode_payload(data: bytes, *, geometry: Geometry = PRODUCT) -> Payload:
    """Back from `encode_payload`. Raises NewerFormat for a kind that is not known, else Damaged."""
    if len(data) < _DIGESTS_AT:
        raise _damaged()
    try:
        footer = parse_footer(data[:FOOTER_SIZE], geometry=geometry)
    except NotABlock:
        raise _damaged() from None
    kind = int.from_bytes(data[_KIND_AT:_COUNT_AT], "big")
    if kind != KIND_FILM:
        raise NewerFormat(what=f"kind {kind}")
    count = int.from_bytes(data[_COUNT_AT:_DIGESTS_AT], "big")
    facts_at = _DIGESTS_AT + count * DIGEST_SIZE
    if count != footer.layout.part_count or not facts_at < len(data) <= facts_at + FACTS_LIMIT:
        raise _damaged()
    digests = tuple(data[at : at + DIGEST_SIZE] for at in range(_DIGESTS_AT, facts_at, DIGEST_SIZE))
    secrets = FilmSecrets(footer.fid, data[_SECRETS_AT:_HEADER_AT], data[_HEADER_AT:_KIND_AT])
    cid, public_size, facts = _decode_facts(data[facts_at:])
    if public_size != footer.layout.public_size:
        raise _damaged()
    return Payload(footer.layout, secrets, digests, cid, facts)


def _decode_facts(data: bytes) -> tuple[str, int, FilmFacts]:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        _check_facts(value)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise _damaged() from None
    facts = FilmFacts(value["name"], tuple(value["path"]), value["media"], value["made_at"], value["made_by"])
    return value["cid"], value["public_size"], facts


def _check_facts(value: object) -> None:
    """Raise ValueError where a needed fact is missing or not of its type. More facts may be there."""
    if not isinstance(value, dict):
        raise ValueError("facts are an object")  # noqa: TRY004 - one error for all of it
    texts = {"cid": CID_LIMIT, "name": NAME_LIMIT, "made_at": 64, "made_by": 256}
    for key, limit in texts.items():
        if not isinstance(value.get(key), str) or len(value[key]) > limit:
            raise ValueError(key)
    if not value["cid"].isascii() or not value["name"]:
        raise ValueError("cid or name")
    if type(value.get("public_size")) is not int or not isinstance(value.get("media"), dict):
        raise ValueError("public_size or media")
    path = value.get("path")
    if not isinstance(path, list) or len(path) > PATH_LIMIT:
        raise ValueError("path")
    if not all(isinstance(folder, str) and 0 < len(folder) <= NAME_LIMIT for folder in path):
        raise ValueError("path")


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number out of range")
    return value


def _damaged() -> Damaged:
    return Damaged(what=tr(PRIVATE_BLOCK))
