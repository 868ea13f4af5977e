"""FLOE against the known answers that its five reference implementations published, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import floe, randomness
from app.crypto.edge import Refused
from app.crypto.floe import HEADER_SIZE, OVERHEAD, Message, Params

ANSWERS = sorted((Path(__file__).parents[2] / "data" / "floe").glob("*_ct.txt"))
KEY = bytes(32)
AAD = b"This is AAD"


def read(path: Path) -> tuple[bytes, bytes, Params]:
    """(plaintext, whole message, its parameters)"""
    sealed = bytes.fromhex(path.read_text().strip())
    plain = bytes.fromhex(path.with_name(path.name.replace("_ct", "_pt")).read_text().strip())
    rotation = 2 if "rotation" in path.name else 20
    return plain, sealed, Params(int.from_bytes(sealed[2:6], "big"), rotation)


def segments(body: bytes, size: int) -> Iterator[tuple[int, bool, bytes]]:
    for position, start in enumerate(range(0, len(body), size)):
        yield position, start + size >= len(body), body[start : start + size]


def test_all_answers_are_here() -> None:
    assert len(ANSWERS) == 17
    assert {path.name.split("_")[0] for path in ANSWERS} == {"cpp", "go", "java", "pub", "rust"}


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_reads_known_answer(path: Path) -> None:
    plain, sealed, params = read(path)
    message = Message(KEY, AAD, sealed[:HEADER_SIZE], params)
    out = memoryview(bytearray(params.plain))
    found = b""
    for position, last, segment in segments(sealed[HEADER_SIZE:], params.segment):
        found += out[: message.open_into(position, last=last, ciphertext=segment, out=out)]
    assert found == plain


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_writes_known_answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, sealed, params = read(path)
    cut = list(segments(sealed[HEADER_SIZE:], params.segment))
    draws = iter([sealed[10:42], *(segment[4:16] for _, _, segment in cut)])
    monkeypatch.setattr(randomness, "fresh", lambda length: _drawn(next(draws), length))
    written = floe.new_header(KEY, AAD, params)
    message = Message(KEY, AAD, written, params)
    out = memoryview(bytearray(params.segment))
    for position, last, segment in cut:
        start = position * params.plain
        text = plain[start : start + len(segment) - OVERHEAD]
        written += out[: message.seal_into(position, last=last, plaintext=text, out=out)]
    assert written == sealed


def _drawn(value: bytes, length: int) -> bytes:
    assert len(value) == length
    return value


def _tiny() -> tuple[Message, list[bytes]]:
    params = Params(64)
    message = Message(KEY, AAD, floe.new_header(KEY, AAD, params), params)
    out = memoryview(bytearray(64))
    sealed = []
    for position, length in enumerate((32, 32, 7)):
        size = message.seal_into(position, last=length == 7, plaintext=bytes(length), out=out)
        sealed.append(bytes(out[:size]))
    return message, sealed


@given(st.integers(0, 64 * 8 - 1))
def test_every_flipped_bit_of_a_segment_is_refused(bit: int) -> None:
    message, sealed = _tiny()
    broken = bytearray(sealed[1])
    broken[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        message.open_into(1, last=False, ciphertext=broken, out=memoryview(bytearray(32)))


@given(st.integers(0, HEADER_SIZE * 8 - 1))
def test_every_flipped_bit_of_the_header_is_refused(bit: int) -> None:
    params = Params(64)
    header = bytearray(floe.new_header(KEY, AAD, params))
    Message(KEY, AAD, bytes(header), params)
    header[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        Message(KEY, AAD, bytes(header), params)


@pytest.mark.parametrize(
    ("position", "last", "which"),
    [(0, False, 1), (1, False, 0), (2, True, 1), (1, True, 1), (2, False, 2), (1 << 20, False, 0)],
)
def test_a_segment_opens_in_its_own_place_only(position: int, last: bool, which: int) -> None:
    message, sealed = _tiny()
    out = memoryview(bytearray(64))
    assert message.open_into(which, last=which == 2, ciphertext=sealed[which], out=out) in (32, 7)
    with pytest.raises(Refused):
        message.open_into(position, last=last, ciphertext=sealed[which], out=out)


def test_a_cut_or_longer_last_segment_is_refused() -> None:
    message, sealed = _tiny()
    out = memoryview(bytearray(64))
    for cut in (sealed[2][:-1], sealed[2] + b"\0", sealed[2][:OVERHEAD], sealed[2][:10], b""):
        with pytest.raises(Refused):
            message.open_into(2, last=True, ciphertext=cut, out=out)


def test_another_key_or_other_data_is_refused_by_the_header() -> None:
    params = Params(64)
    header = floe.new_header(KEY, AAD, params)
    for key, aad, other in ((b"k" * 32, AAD, params), (KEY, b"other", params), (KEY, AAD, Params(96))):
        with pytest.raises(Refused):
            Message(key, aad, header, other)


def test_only_the_last_segment_may_be_short() -> None:
    message, _ = _tiny()
    out = memoryview(bytearray(96))
    for length, last in ((31, False), (33, False), (33, True)):
        with pytest.raises(ValueError, match="length"):
            message.seal_into(0, last=last, plaintext=bytes(length), out=out)


def test_sealing_again_takes_a_fresh_nonce() -> None:
    message, _ = _tiny()
    out = memoryview(bytearray(64))
    nonces = set()
    for _ in range(50):
        message.seal_into(0, last=False, plaintext=bytes(32), out=out)
        nonces.add(bytes(out[4:16]))
    assert len(nonces) == 50


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_single_segment_messages(plain: bytes, aad: bytes) -> None:
    params = Params(4096)
    sealed = floe.seal_single(KEY, aad, plain, params)
    assert len(sealed) == len(plain) + 106
    assert floe.open_single(KEY, aad, sealed, params) == plain
    for broken in (sealed[:-1], sealed + b"\0", sealed[:74], b"", sealed[:73] + b"\0" + sealed[74:]):
        if broken != sealed:
            with pytest.raises(Refused):
                floe.open_single(KEY, aad, broken, params)
