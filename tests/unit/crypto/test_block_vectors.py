"""The published vectors: made again byte for byte, and opened by the product and by the second decoder."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from blake3 import blake3

from app.crypto.files import inspect, open_files
from app.domain.errors import BlockError
from tests.unit.crypto import independent_decoder as other

FOLDER = Path(__file__).parents[3] / "docs" / "vectors"
VECTORS = json.loads((FOLDER / "vectors.json").read_text(encoding="ascii"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
KEPT = [case for case in CASES if case["files"]]


def film_of(case: dict[str, Any]) -> bytes:
    return hashlib.shake_256(f"reelkey vector film {case['name']}".encode()).digest(case["size"])


def blocks_of(name: str) -> tuple[bytes, bytes]:
    return (FOLDER / f"{name}.rkpub").read_bytes(), (FOLDER / f"{name}.rkkey").read_bytes()


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_vectors", FOLDER / "make_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generator_makes_the_same_bytes(generator: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    generator.make(folder)
    made = sorted(path.name for path in folder.iterdir())
    assert made == sorted(path.name for path in FOLDER.iterdir() if path.suffix not in (".py", ".md", ""))
    for name in made:
        assert (folder / name).read_bytes() == (FOLDER / name).read_bytes(), name


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case["name"])
def test_the_product_opens_them(case: dict[str, Any], tmp_path: Path) -> None:
    public, private = FOLDER / f"{case['name']}.rkpub", FOLDER / f"{case['name']}.rkkey"
    opened = open_files(public, private, tmp_path / "film", case["uuid"])
    assert (tmp_path / "film").read_bytes() == film_of(case)
    assert opened.blake3 == case["film_blake3"]
    assert (opened.facts.name, list(opened.facts.path)) == (case["facts"]["name"], case["facts"]["path"])
    for path in (public, private):
        assert inspect(path)["fid"] == case["fid"]


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case["name"])
def test_the_second_decoder_opens_them(case: dict[str, Any]) -> None:
    opened = other.open_blocks(*blocks_of(case["name"]), case["uuid"])
    assert opened.film == film_of(case)
    assert [digest.hex() for digest in opened.digests] == case["part_blake3"]
    assert {key: opened.facts[key] for key in case["facts"]} == case["facts"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_numbers_and_keys_on_the_way(case: dict[str, Any]) -> None:
    """From the second implementation only: the product made them."""
    fid, s_priv, srv = (bytes.fromhex(case[key]) for key in ("fid", "s_priv", "s_srv"))
    assert other.s_srv(case["uuid"]) == srv
    assert other.k_film(fid, s_priv, srv).hex() == case["k_film"]
    assert other.k_seal(fid, srv).hex() == case["k_seal"]
    assert other.locator(fid, srv).hex() == case["locator"]
    plan = other.Plan(fid, case["size"], case["hold_back"])
    assert hashlib.sha256(plan.footer()[:76]).hexdigest() == case["aad"]
    assert (plan.n, len(plan.held)) == (case["segments"], case["held_back"])
    assert plan.body_length + 80 == case["public_size"]
    other.Floe(other.k_film(fid, s_priv, srv), bytes.fromhex(case["aad"]), bytes.fromhex(case["floe_header"]))
    assert blake3(film_of(case)).hexdigest() == case["film_blake3"]


@pytest.mark.parametrize("refusal", VECTORS["refusals"], ids=lambda refusal: refusal["what"])
def test_the_refusals(refusal: dict[str, Any], tmp_path: Path) -> None:
    case = next(case for case in KEPT if case["name"] == refusal["of"])
    blocks = dict(zip(("public", "private"), map(bytearray, blocks_of(case["name"])), strict=True))
    blocks[refusal["file"]][refusal["offset"]] ^= refusal["xor"]
    for kind, data in blocks.items():
        (tmp_path / kind).write_bytes(data)
    with pytest.raises(BlockError) as caught:
        open_files(tmp_path / "public", tmp_path / "private", tmp_path / "film", case["uuid"])
    with pytest.raises(other.Refused) as second:
        other.open_blocks(bytes(blocks["public"]), bytes(blocks["private"]), case["uuid"])
    assert caught.value.code == second.value.code == refusal["error"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["private", "public"]


def test_a_pair_with_anothers_block_or_uuid(tmp_path: Path) -> None:
    for one, two in ((KEPT[0], KEPT[1]), (KEPT[2], KEPT[3])):
        public, private = FOLDER / f"{one['name']}.rkpub", FOLDER / f"{two['name']}.rkkey"
        with pytest.raises(BlockError) as caught:
            open_files(public, private, tmp_path / "film", two["uuid"])
        assert caught.value.code == "wrong_pair"
        with pytest.raises(BlockError) as caught:
            open_files(public, private, tmp_path / "film", one["uuid"])
        assert caught.value.code == "wrong_uuid"
