"""The scrubber: known secrets in every spelling, unknown ones by their look, and what must stay readable."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.scrub import REMOVED, Scrubber, spellings_of

TOKEN = "canary token/53-ü"
PEER = "12D3KooWGRUacXcDLV1dh6A3oRVrGyv8dkZyaVb8pFz3RxZ3Xk2L"
CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"


def in_utf16(text: str) -> str:
    return text.encode("utf-16-le").decode("latin-1")


WAYS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "json": lambda text: json.dumps({"a": text}),
    "percent": lambda text: quote(text, safe=""),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 +1": lambda text: base64.b64encode(b"x" + text.encode() + b"yz").decode(),
    "base64 +2": lambda text: base64.urlsafe_b64encode(b"xy" + text.encode()).decode(),
    "utf-16 hex": lambda text: text.encode("utf-16-le").hex(),
    "utf-16 base64": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_known_secret_goes_in_every_spelling(way: str) -> None:
    # Short enough that nobody would take it for a secret by its look.
    text = WAYS[way]("pass53")
    clean = Scrubber(["pass53"]).clean(f"before {text} after")
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert REMOVED in clean
    assert not Scrubber(["pass53"]).finds(clean)
    if not way.startswith("base64 "):
        assert "pass53" not in clean


def test_utf_16_read_as_something_else() -> None:
    clean = Scrubber([TOKEN]).clean("a " + "canary53".encode("utf-16").decode("utf-8", "replace") + " b")
    assert "\0" not in clean
    assert "canary53" not in Scrubber(["canary53"]).clean(in_utf16("x canary53 y"))


@given(
    st.text(st.characters(codec="utf-8"), min_size=6, max_size=40),
    st.binary(max_size=5),
    st.binary(max_size=5),
)
def test_whatever_the_secret_and_wherever_it_stands(secret: str, before: bytes, after: bytes) -> None:
    found = spellings_of(secret)
    body = before + secret.encode() + after
    assert secret in found
    assert any(one in base64.b64encode(body).decode() for one in found)
    assert any(one in body.hex() for one in found)


def test_unknown_secrets_go_by_their_look() -> None:
    scrubber = Scrubber()
    for _ in range(300):
        key, known = secrets.token_bytes(32), str(uuid.uuid4())
        for text in (
            key.hex(),
            base64.urlsafe_b64encode(key).decode(),
            known,
            known.upper(),
            known.replace("-", ""),
            known.encode().hex(),
            base64.b64encode(known.encode()).decode(),
        ):
            # By chance a name like `psk` and an = stand in it: then the word behind it goes too.
            assert scrubber.clean(f"a {text} b") in (f"a {REMOVED} b", f"a {REMOVED} {REMOVED}"), text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("token=abc&x=1", f"token={REMOVED}&x=1"),
        ('{"Token": "two words"}', f'{{"Token": "{REMOVED}"}}'),
        ("Authorization: Bearer abcdef", f"Authorization: {REMOVED}"),
        ("HTTP_TOKEN: x9", f"HTTP_TOKEN: {REMOVED}"),
        ("uuid='7'", f"uuid='{REMOVED}'"),
        ("reelkey://upload?v=1&series_id=2&token=zz", f"reelkey://upload?{REMOVED}"),
        ("http://me:pw@host/x", f"http://{REMOVED}@host/x"),
        ("-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----", REMOVED),
        ("/key/swarm/psk/1.0.0/\n/base16/\n" + "ab" * 32, f"/key/swarm/psk/1.0.0/ {REMOVED}"),
    ],
)
def test_what_stands_behind_a_telling_name(text: str, clean: str) -> None:
    assert Scrubber().clean(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 10:00:00,123 INFO app.jobs.runner film u1: part 3 of 12 is stored",
        f"/ip4/10.0.0.1/tcp/4001/p2p/{PEER}",
        f"fetch /ipfs/{CID}/0 from {PEER}",
        "/Volumes/RAID-12/Projects2026/LongRiver/Masters/ProRes4444XQ/LongRiver-Sunset-E04-2026-master-v2.mov",
        "仙剑奇侠传-第21集.mov",
        "token_headers: Token, HTTP_TOKEN",
        "the sign-in (token) has expired",
        '{"status": 401, "size": 142800000000, "created": "2026-11-21T10:00:00+00:00"}',
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert Scrubber([TOKEN]).clean(text) == text


def test_home_is_a_tilde() -> None:
    scrubber = Scrubber(home=Path("/home/anna"))
    assert scrubber.clean("/home/anna/Films /home/annabel/x") == "~/Films /home/annabel/x"


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_cleaned_and_again(text: str) -> None:
    scrubber = Scrubber([TOKEN])
    once = scrubber.clean(text)
    assert TOKEN not in once
    assert not scrubber.finds(once)
