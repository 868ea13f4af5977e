"""Keys: from the two secrets only, and never shown."""

from __future__ import annotations

import uuid as uuids

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import keys
from app.crypto.keys import FilmSecrets, film_message, server_secret_bytes
from app.crypto.layout import PART
from app.domain.errors import Damaged, FilmTooLarge, UuidRefused
from tests.unit.crypto import independent_decoder as other
from tests.unit.crypto.block_tools import OTHER_UUID, UUID

texts = st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable())


@given(st.uuids())
def test_a_uuid_is_its_sixteen_bytes_in_any_case(value: uuids.UUID) -> None:
    assert server_secret_bytes(str(value)) == server_secret_bytes(str(value).upper()) == value.bytes


@pytest.mark.parametrize(
    "text",
    [
        " 7b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b10",
        "7b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b10\n",
        "7b1f0c529a444e0e8d5a6a1f3c9e2b10",
        "{7b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b10}",
        "７b1f0c52-9a44-4e0e-8d5a-6a1f3c9e2b10",
        "7b1f0c5-29a44-4e0e-8d5a-6a1f3c9e2b10",
        "ключ",
    ],
)
def test_any_other_text_is_its_utf8_bytes(text: str) -> None:
    assert server_secret_bytes(text) == text.encode()


@pytest.mark.parametrize("text", ["", "\udc80"])
def test_no_uuid_no_key(text: str) -> None:
    with pytest.raises(UuidRefused):
        server_secret_bytes(text)
    with pytest.raises(UuidRefused):
        FilmSecrets.new(text, 5)


@settings(max_examples=20)  # the second implementation takes its time
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32), texts)
def test_agrees_with_the_second_implementation(fid: bytes, s_priv: bytes, uuid: str) -> None:
    srv = other.s_srv(uuid)
    assert keys.film_key(fid, s_priv, uuid) == other.k_film(fid, s_priv, srv)
    assert keys.seal_key(fid, uuid) == other.k_seal(fid, srv)
    assert keys.locator(fid, uuid) == other.locator(fid, srv)


def test_two_sealings_have_nothing_in_common() -> None:
    first, second = FilmSecrets.new(UUID, 5), FilmSecrets.new(UUID, 5)
    assert first.fid != second.fid
    assert first.s_priv != second.s_priv
    assert first.floe_header[10:42] != second.floe_header[10:42]


def test_secrets_go_through_the_journal() -> None:
    secrets = FilmSecrets.new(UUID, 5)
    record = secrets.to_bytes()
    assert FilmSecrets.from_bytes(record) == secrets
    for broken in (b"", record[:-1], record + b"\0", b"\2" + record[1:]):
        with pytest.raises(Damaged):
            FilmSecrets.from_bytes(broken)


def test_secrets_show_nothing() -> None:
    secrets = FilmSecrets.new(UUID, 5)
    for shown in (repr(secrets), str(secrets), f"{secrets}", f"{[secrets]}"):
        assert shown.strip("[]") == "FilmSecrets(…)"


def test_secrets_are_bound_to_uuid_size_and_rule() -> None:
    secrets = FilmSecrets.new(UUID, 5000, 16)
    film_message(secrets.layout(5000, 16), secrets, UUID)
    for size, rule, uuid in ((5001, 16, UUID), (5000, 17, UUID), (5000, 16, OTHER_UUID)):
        with pytest.raises(Damaged):
            film_message(secrets.layout(size, rule), secrets, uuid)
    stranger = FilmSecrets.new(UUID, 5000, 16)
    with pytest.raises(Damaged):
        film_message(stranger.layout(5000, 16), secrets, UUID)


def test_a_film_beyond_what_a_payload_holds_is_refused_at_once() -> None:
    limit = keys.MAX_PARTS * PART
    FilmSecrets.new(UUID, limit - PART)
    for size in (limit + 1, 1 << 60):
        with pytest.raises(FilmTooLarge):
            FilmSecrets.new(UUID, size)
