"""Taking secrets out of texts that leave this computer.

Two nets: what is known to be secret (sign-ins, the profile's key) is found in every spelling that a log may
give it; and what looks like a secret (uuids, keys in hex or base64, what stands behind a telling name) goes
too, though nobody knows it. Content identifiers and peer IDs stay: without them no fault can be found. A name
that was taken for a secret is no loss; the other way round would be.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from app.ipfs.cid import is_cid, is_peer_id

REMOVED = "[removed]"
_SHORTEST = 4

_UUID = re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{8}[-_:]?(?:[0-9a-f]{4}[-_:]?){3}[0-9a-f]{12}(?![0-9a-f])")
_LINK = re.compile(r"(?i)(reelkey:/*\w*)[^\s\"'<>]*")
_USERINFO = re.compile(r"(://)[^\s/@\"']+@")
_ARMOUR = re.compile(r"-----BEGIN [^-]{1,80}-----.*?(?:-----END [^-]{1,80}-----|\Z)", re.DOTALL)
_SWARM_KEY = re.compile(r"(/key/swarm/psk/1\.0\.0/)(?:\s*/base\w+/)?\s*\S*")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|token)(\s+)(?=[\w.~+/=-]*\d)[\w.~+/=-]{6,}")
_NAMED = re.compile(
    r"(?i)([\"']?[\w.-]*(?:token|secret|passw|authori[sz]ation|api[_-]?key|priv(?:ate)?[_-]?key|uuid|cookie|session"
    r"|credential|psk)(?!_headers)[\w.-]*[\"']?\s*[:=]\s*)"
    r"(\"[^\"]*\"|'[^']*'|(?![\[{])(?:(?:bearer|basic|token)\s+)?[^\s,;&}\])]+)"
)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_BASE32 = re.compile(r"(?=[a-z]*[2-7])[a-z2-7]{32,}|(?=[A-Z]*[2-7])[A-Z2-7]{32,}")
_HEX = re.compile(r"[0-9A-Fa-f]{32,}")


class Scrubber:
    """Removes secrets from texts. `secrets` are what is known; shorter ones than 4 characters are no secrets.

    `home` is shown as ``~``: whose computer it is is nobody's business.
    """

    def __init__(self, secrets: Iterable[str | bytes] = (), home: Path | None = None) -> None:
        every = {one for secret in secrets for one in spellings_of(secret)}
        spellings = sorted(every, key=lambda one: (-len(one), one))
        alternatives = "|".join(re.escape(one) for one in spellings)
        self._known = re.compile(alternatives, re.IGNORECASE) if spellings else None
        self._home = _home_pattern(home)

    def __repr__(self) -> str:
        return "Scrubber()"

    def clean(self, text: str) -> str:
        """`text` without what must not leave. UTF-16 that was read as something else is read again."""
        text = text.replace("\0", "").replace("\ufffd", "")
        if self._known is not None:
            text = self._known.sub(REMOVED, text)
        text = _ARMOUR.sub(REMOVED, text)
        text = _SWARM_KEY.sub(rf"\1 {REMOVED}", text)
        text = _LINK.sub(rf"\1?{REMOVED}", text)
        text = _USERINFO.sub(rf"\1{REMOVED}@", text)
        text = _NAMED.sub(_without_value, text)
        text = _SCHEME.sub(rf"\1\2{REMOVED}", text)
        text = _UUID.sub(REMOVED, text)
        text = _RUN.sub(_without_secret, text)
        return text if self._home is None else self._home.sub("~", text)

    def finds(self, text: str) -> bool:
        """Whether a known secret is in `text`."""
        return self._known is not None and self._known.search(text) is not None


def spellings_of(secret: str | bytes) -> set[str]:
    """Every way in which a secret may stand in a text: as it is, escaped, as hex or base64, of UTF-8 and of
    UTF-16, at any place within a longer base64."""
    found: set[str] = set()
    raw = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    if len(raw) < _SHORTEST:
        return found
    bodies = {raw}
    if isinstance(secret, str):
        found |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
        found.add(secret.replace("-", ""))
        bodies |= {secret.encode(code, "surrogatepass") for code in ("utf-16-le", "utf-16-be")}
        bodies.add(secret.replace("-", "").encode("utf-8", "surrogatepass"))
    for body in bodies:
        found |= {body.hex(), *_base64_of(body)}
    return {one for one in found if len(one) >= _SHORTEST}


def _base64_of(body: bytes) -> Iterable[str]:
    """The characters that `body` alone decides, for each of the three places where it may begin."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(bytes(before) + body).decode()
            first, last = -(-before * 8 // 6), (before + len(body)) * 8 // 6
            yield text[first:last]


def _home_pattern(home: Path | None) -> re.Pattern[str] | None:
    text = str(home) if home is not None else ""
    if len(text) < 4:
        return None
    spelled = {text, text.replace("\\", "\\\\"), text.replace("\\", "/")}
    return re.compile("(?:" + "|".join(map(re.escape, spelled)) + r")(?![\w.-])")


def _without_value(match: re.Match[str]) -> str:
    name, value = match.groups()
    quotes = value[0] if value[0] in "\"'" else ""
    return f"{name}{quotes}{REMOVED}{quotes}"


def _without_secret(match: re.Match[str]) -> str:
    run = match[0]
    pieces = run.split("/")
    judged = [REMOVED if _looks_secret(piece) else piece for piece in pieces]
    # Base64 has a slash among its letters; a path begins with one, and has no padding at its end.
    no_path = run[0] != "/" or "+" in run or run.endswith("=")
    whole = run.replace("/", "")
    if len(pieces) > 1 and no_path and not any(map(_is_name, pieces)) and _looks_secret(whole):
        return REMOVED
    return "/".join(judged)


def _looks_secret(piece: str) -> bool:
    bare = piece.strip("=-_+")
    if len(bare) < 20 or _is_name(bare):
        return False
    if _HEX.search(bare) or _BASE32.search(bare):
        return True
    kinds = [_kind(char) for char in bare]
    pairs = list(pairwise(kinds))
    # Letters and digits in turn: rare in names, whose words stand together; the rule in random ones.
    rate = sum(one != other and "-" not in (one, other) for one, other in pairs) / len(bare)
    if len(set(kinds) - {"-"}) >= 3:
        # The longer it is, the less chance has a say: of 10⁵ random keys a few stay below 0.3.
        return rate >= (0.2 if len(bare) >= 40 else 0.3)
    return len(bare) >= 28 and rate >= 0.2


def _is_name(text: str) -> bool:
    """Whether it names a block or a node: those are public."""
    return len(text) >= 20 and (is_cid(text) or is_peer_id(text))


def _kind(char: str) -> str:
    if char.isdigit():
        return "0"
    if char.isalpha():
        return "a" if char.islower() else "A"
    return "-"
