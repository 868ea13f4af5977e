"""The sealed payload: what is in it comes back, and what a stranger may put into it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.private_payload import FACTS_LIMIT, FilmFacts, Payload, decode_payload, encode_payload
from app.domain.errors import BlockError, Damaged
from tests.unit.crypto.block_tools import FACTS, TINY, made, patched

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
any_text = st.text(st.characters(), max_size=50)


@given(
    st.text(st.characters(), min_size=1, max_size=255),
    st.lists(st.text(st.characters(), min_size=1, max_size=30), max_size=5),
    st.dictionaries(any_text, json_values, max_size=4),
    st.text(st.characters(max_codepoint=127), max_size=100),
)
def test_facts_come_back_as_they_were(name: str, path: list[str], media: dict[str, object], cid: str) -> None:
    layout, secrets = made(5)
    payload = Payload(layout, secrets, (bytes(32),), cid, FilmFacts(name, tuple(path), media, "t", "m"))
    assert decode_payload(encode_payload(payload), geometry=TINY) == payload


def test_odd_bytes_of_a_name_survive() -> None:
    layout, secrets = made(5)
    payload = Payload(layout, secrets, (bytes(32),), "", FilmFacts("a\udcffb.mov"))
    assert decode_payload(encode_payload(payload), geometry=TINY).facts.name == "a\udcffb.mov"


def test_media_facts_that_are_too_long_are_left_out() -> None:
    layout, secrets = made(5)
    facts = FilmFacts("a.mov", media={"x": "y" * FACTS_LIMIT})
    encoded = encode_payload(Payload(layout, secrets, (bytes(32),), "", facts))
    assert decode_payload(encoded, geometry=TINY).facts == FilmFacts("a.mov")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_media_facts_that_are_no_json_are_left_out(value: object) -> None:
    layout, secrets = made(5)
    payload = Payload(layout, secrets, (bytes(32),), "", FilmFacts("a.mov", media={"x": value}))
    assert decode_payload(encode_payload(payload), geometry=TINY).facts == FilmFacts("a.mov")


def test_media_facts_that_are_nested_too_deep_are_left_out() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    layout, secrets = made(5)
    payload = Payload(layout, secrets, (bytes(32),), "", FilmFacts("a.mov", media={"x": nested}))
    encoded = encode_payload(payload)
    while nested:  # taking it apart by itself would recurse as deep
        nested = nested.pop()  # type: ignore[assignment]
    assert decode_payload(encoded, geometry=TINY).facts == FilmFacts("a.mov")


def good_facts() -> bytes:
    layout, secrets = made(5)
    return encode_payload(Payload(layout, secrets, (bytes(32),), "", FACTS))


@pytest.mark.parametrize(
    "facts",
    [
        b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b"1" * 5000,
        b'{"cid":1}', b"SAME,", b'SAME,"public_size":1}', b'SAME,"public_size":true}',
        b'SAME,"name":""}', b'SAME,"name":null}', b'SAME,"path":"a"}', b'SAME,"path":[1]}',
        b'SAME,"path":[""]}', b'SAME,"media":[]}', b'SAME,"media":{"a":NaN}}', b'SAME,"media":{"a":1e999}}',
        b'SAME,"media":{"a":Infinity}}', b'SAME,"cid":"\xc3\xa9"}', b'SAME,"made_by":{}}',
        b'SAME,"name":"' + b"x" * 1025 + b'"}', b'SAME,"media":{"a":"' + b"x" * FACTS_LIMIT + b'"}}',
    ],
    ids=lambda facts: facts[:30].decode("latin-1"),
)  # fmt: skip
def test_hostile_facts_are_damage(facts: bytes) -> None:
    good = good_facts()
    start = good.index(b'{"cid"')
    changed = good[:start] + facts.replace(b"SAME", good[start:-1])
    with pytest.raises(Damaged):
        decode_payload(changed, geometry=TINY)


def test_more_facts_than_are_known_are_ignored() -> None:
    good = good_facts()
    assert decode_payload(good[:-1] + b',"later":[1]}', geometry=TINY).facts == FACTS


@given(st.integers(0, 191), st.binary(min_size=1, max_size=8))
def test_a_payload_overwritten_with_anything_is_typed(offset: int, junk: bytes) -> None:
    try:
        decode_payload(patched(good_facts(), offset, junk)[:600], geometry=TINY)
    except BlockError:
        return


@given(st.integers(0, 300))
def test_a_cut_payload_is_damage(length: int) -> None:
    good = good_facts()
    with pytest.raises(Damaged):
        decode_payload(good[: min(length, len(good) - 1)], geometry=TINY)
