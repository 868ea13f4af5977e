"""CIDs and peer IDs: known ones from elsewhere, and text of every kind from strangers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ipfs.cid import DAG_PB, RAW, BadCid, Cid, base58_decode, base58_encode, canonical, is_cid, is_peer_id

VECTORS = json.loads((Path(__file__).parents[2] / "data/ipfs/cid.json").read_text("utf-8"))["files"]

# From the CID specification and Kubo: the same empty UnixFS folder in both versions and three spellings.
EMPTY_FOLDER_V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
EMPTY_FOLDER_V1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
ED25519_PEER = "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"
RSA_PEER = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"
KEY_CID_PEER = "k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r"


def test_both_versions_name_the_same_block() -> None:
    zero, one = Cid.parse(EMPTY_FOLDER_V0), Cid.parse(EMPTY_FOLDER_V1)
    assert (zero.version, one.version) == (0, 1)
    assert (zero.codec, zero.hash_code, zero.digest) == (one.codec, one.hash_code, one.digest)
    assert str(zero) == EMPTY_FOLDER_V0
    assert str(one) == EMPTY_FOLDER_V1
    assert canonical("z" + base58_encode(one.to_bytes())) == EMPTY_FOLDER_V1


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: str(file["size"]))
def test_vectors_are_cids_in_canonical_spelling(file: dict[str, str]) -> None:
    assert is_cid(file["cid"])
    assert canonical(file["cid"]) == file["cid"]


def test_a_blocks_cid_is_what_kubo_says() -> None:
    # Vector of size 0: a film's only leaf, empty.
    assert str(Cid.of_block(RAW, b"")) == VECTORS[0]["cid"]
    assert Cid.of_block(DAG_PB, b"").digest == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "Qm",
        EMPTY_FOLDER_V1.upper(),
        EMPTY_FOLDER_V1[:-1],
        EMPTY_FOLDER_V1 + "a",
        EMPTY_FOLDER_V1[:-1] + "1",
        EMPTY_FOLDER_V0[:-1],
        EMPTY_FOLDER_V0[:-1] + "0",
        " " + EMPTY_FOLDER_V0,
        EMPTY_FOLDER_V1 + "\n",
        "f" + Cid.parse(EMPTY_FOLDER_V1).to_bytes().hex(),
        "bafkqabtimvwgy3yk",  # identity: "hello\n" itself
        "../../etc/passwd",
        "b" + "a" * 4000,
        "Qm" + "ⅷ" * 44,
        KEY_CID_PEER,
    ],
)
def test_what_is_no_films_cid(text: str) -> None:
    assert not is_cid(text)


def test_content_in_place_of_a_hash_is_refused() -> None:
    with pytest.raises(BadCid, match="content"):
        Cid.parse(str(Cid(1, RAW, 0, bytes(32))))


def test_last_letter_with_spare_bits_is_refused() -> None:
    # 36 bytes are 57.6 letters: the last one has bits to spare, so two spellings decode to the same bytes.
    twin = EMPTY_FOLDER_V1[:-1] + chr(ord(EMPTY_FOLDER_V1[-1]) + 1)
    assert not is_cid(twin)


@given(st.text(max_size=200))
def test_any_text_is_a_cid_or_is_not(text: str) -> None:
    assert is_cid(text) in (True, False)
    assert is_peer_id(text) in (True, False)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_cid_or_are_refused(data: bytes) -> None:
    try:
        cid = Cid.from_bytes(data)
    except BadCid:
        return
    assert Cid.from_bytes(cid.to_bytes()) == cid


@given(st.binary(min_size=32, max_size=32), st.sampled_from([RAW, DAG_PB]))
def test_text_and_bytes_come_back(digest: bytes, codec: int) -> None:
    cid = Cid(1, codec, 0x12, digest)
    assert Cid.parse(str(cid)) == Cid.from_bytes(cid.to_bytes()) == cid


@given(st.binary(max_size=50))
def test_base58_comes_back(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


@pytest.mark.parametrize("text", [ED25519_PEER, RSA_PEER, KEY_CID_PEER])
def test_peer_ids(text: str) -> None:
    assert is_peer_id(text)


@pytest.mark.parametrize(
    "text", ["", "12D3Koo", ED25519_PEER[:-1], ED25519_PEER + "1", EMPTY_FOLDER_V1, "1" * 50]
)
def test_what_is_no_peer_id(text: str) -> None:
    assert not is_peer_id(text)
