"""The tree over a film's leaves, by hashing alone, against CIDs that Kubo gave for files up to 2 GiB."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ipfs.cid import DAG_PB, RAW, Cid
from app.ipfs.unixfs import (
    BLOCK_LIMIT,
    FILM,
    BadNode,
    Shape,
    Tree,
    children_of,
    file_node,
    join,
    parse_file_node,
    tsize_of,
)

VECTORS = json.loads((Path(__file__).parents[2] / "data/ipfs/cid.json").read_text("utf-8"))["files"]
LEAF = FILM.leaf
_CYCLE = bytes(131 * i % 251 for i in range(251)) * (2**16 // 251 + 3)


def _pattern_64k(first: int) -> bytes:
    begins = _CYCLE.index(first)
    return _CYCLE[begins : begins + 2**16]


@cache
def _leaf_of(first: int, size: int) -> str:
    """A leaf of the vectors' pattern, which its first byte says whole: 251 leaves make any file."""
    step = (131 * 2**16 + 7) % 251
    data = b"".join(_pattern_64k((first + step * k) % 251) for k in range(16))
    return str(Cid.of_block(RAW, data[:size]))


def pattern_leaves(start: int, size: int) -> list[Tree]:
    """The leaves of `size` bytes of b[i] = (131 i + 7 (i >> 16)) mod 251 from `start`, in whole MiB."""
    out = []
    for at in range(start, start + max(size, 1), LEAF):
        length = min(LEAF, start + size - at)
        out.append(Tree(_leaf_of((131 * at + 7 * (at >> 16)) % 251, length), length, length))
    return out


def pattern_parts(size: int) -> list[Tree]:
    """The parts as the node gives them: a root over the part's leaves, or its only leaf."""
    parts = []
    for start in range(0, max(size, 1), FILM.part):
        leaves = pattern_leaves(start, min(FILM.part, size - start))
        parts.append(leaves[0] if len(leaves) == 1 else file_node(leaves).tree)
    return parts


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: str(file["size"]))
def test_joined_parts_have_the_cid_of_one_add(file: dict[str, int | str]) -> None:
    size = int(file["size"])
    parts = pattern_parts(size)
    nodes = join(parts)
    root = nodes[-1].tree if nodes else parts[0]
    assert root.cid == file["cid"]
    assert root.size == size


@pytest.mark.parametrize("size", [0, 1, LEAF, LEAF + 1, 3 * LEAF, FILM.part - 1, FILM.part])
def test_tsize_is_known_before(size: int) -> None:
    leaves = pattern_leaves(0, size)
    real = leaves[0].tsize if len(leaves) == 1 else file_node(leaves).tree.tsize
    assert tsize_of(size) == real


def _parts_of(sizes: list[int]) -> list[Tree]:
    return [Tree(str(Cid.of_block(DAG_PB, bytes([n % 256]))), size, size) for n, size in enumerate(sizes)]


def test_more_than_1024_parts_take_another_level() -> None:
    parts = _parts_of([FILM.part] * 1024 + [5])
    nodes = join(parts)
    root = parse_file_node(nodes[-1].block)
    # The wrapped tail leaf, the full node, the node over the wrapped tail, the root.
    assert len(nodes) == 4
    assert [size for _, size in children_of(root, FILM.part * 1024)] == [FILM.part * 1024, 5]
    assert root.size == FILM.part * 1024 + 5


@pytest.mark.parametrize("sizes", [[], [1, 1], [FILM.part, FILM.part + 1], [FILM.part, 0], [0, 0]])
def test_parts_of_unlike_sizes_are_refused(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="part"):
        join(_parts_of(sizes))


@given(st.integers(0, 4**4 * 3 + 5))
def test_what_is_joined_is_parsed(size: int) -> None:
    shape = Shape(leaf=3, links=4)
    sizes = [min(shape.part, size - at) for at in range(0, max(size, 1), shape.part)]
    parts = _parts_of(sizes)
    nodes = join(parts, shape)
    blocks = {node.tree.cid: node.block for node in nodes}

    def walk(cid: str, length: int) -> list[int]:
        if cid not in blocks:
            return [length]
        node = parse_file_node(blocks[cid])
        assert node.size == length
        return [one for child, below in node.children for one in walk(str(child), below)]

    root = nodes[-1].tree if nodes else parts[0]
    assert walk(root.cid, size) == sizes


# --- blocks from strangers -----------------------------------------------------------------------------

GOOD = file_node(pattern_leaves(0, 2 * LEAF + 5)).block


def test_a_good_block_is_parsed() -> None:
    node = parse_file_node(GOOD)
    assert node.size == 2 * LEAF + 5
    assert [size for _, size in children_of(node, LEAF)] == [LEAF, LEAF, 5]


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with suppress(BadNode):
        parse_file_node(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_never_makes_another_error(at: int, change: int) -> None:
    data = bytearray(GOOD)
    data[at] ^= change
    with suppress(BadNode):
        children_of(parse_file_node(bytes(data)), LEAF)


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_a_cut_block_is_refused(cut: int) -> None:
    with pytest.raises(BadNode):
        parse_file_node(GOOD[:cut])


def test_sizes_that_do_not_agree_are_refused() -> None:
    unlike = file_node(
        [Tree(str(Cid.of_block(RAW, b"")), 7, 7), Tree(str(Cid.of_block(RAW, b"")), LEAF, LEAF)]
    )
    with pytest.raises(BadNode):
        children_of(parse_file_node(unlike.block), LEAF)
    first_link = GOOD[: 2 + GOOD[1]]
    with pytest.raises(BadNode, match="agree"):
        parse_file_node(first_link + GOOD)
    with pytest.raises(BadNode):
        parse_file_node(bytes(BLOCK_LIMIT + 1))


def test_a_tree_of_another_program_is_refused() -> None:
    # 256 KiB leaves and 174 links, as Kubo's own defaults were for years.
    leaves = [Tree(str(Cid.of_block(RAW, b"")), 2**18, 2**18)] * 5
    with pytest.raises(BadNode):
        children_of(parse_file_node(file_node(leaves).block), LEAF)
