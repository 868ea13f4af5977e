"""dag-pb blocks of UnixFS files: the tree over a film's leaves, made and read without the node.

Source: the dag-pb and UnixFS specifications. A film is a balanced tree: leaves of 1 MiB (raw blocks), at
most 1,024 links a node, every leaf at the same depth. A part (1 GiB) is one full node over leaves, so parts
added one by one can be joined under a root of ours into the very tree that one add of the whole would make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from app.ipfs.cid import DAG_PB, RAW, Cid, read_varint, varint

BLOCK_LIMIT = 2 * 2**20  # what bitswap carries: a larger block can't come from a peer
LINKS_LIMIT = 8192
SIZE_LIMIT = 2**56  # of a file; keeps sums of untrusted sizes small

_FILE = 2  # UnixFS DataType


@dataclass(frozen=True, slots=True)
class Shape:
    """How files are cut: bytes a leaf, links a node. Tests use small ones to reach many levels."""

    leaf: int = 2**20
    links: int = 1024

    @property
    def part(self) -> int:
        """Bytes under one full node over leaves."""
        return self.leaf * self.links


FILM = Shape()


@dataclass(frozen=True, slots=True)
class Tree:
    """A subtree: its root's CID, bytes of file under it, bytes of blocks in it (`tsize`)."""

    cid: str
    size: int
    tsize: int


@dataclass(frozen=True, slots=True)
class Node:
    """A block of ours over subtrees, and itself as a subtree."""

    tree: Tree
    block: bytes


@dataclass(frozen=True, slots=True)
class FileNode:
    """A parsed UnixFS file block: bytes of the file under it and its children as (CID, file bytes)."""

    size: int
    children: tuple[tuple[Cid, int], ...]


class BadNode(ValueError):
    """A block that is no UnixFS file node of the kind that films are made of."""


def file_node(children: Sequence[Tree]) -> Node:
    """A UnixFS file block over `children`, in order."""
    size = sum(child.size for child in children)
    links = b"".join(_field(2, _link(child)) for child in children)
    file = b"\x08\x02" + b"\x18" + varint(size)
    file += b"".join(b"\x20" + varint(child.size) for child in children)
    block = links + _field(1, file)
    tsize = len(block) + sum(child.tsize for child in children)
    return Node(Tree(str(Cid.of_block(DAG_PB, block)), size, tsize), block)


def join(parts: Sequence[Tree], shape: Shape = FILM) -> list[Node]:
    """The nodes over `parts`, lower levels first, the root last. Empty where one part is its own root.

    Every part but the last is full; a last part of one leaf is a bare leaf and gets a node of its own, since
    all leaves stand at one depth. Raises ValueError where the sizes are no such sequence.
    """
    if not parts or any(part.size != shape.part for part in parts[:-1]) or parts[-1].size > shape.part:
        raise ValueError("parts are full ones and a last one")
    if len(parts) == 1:
        return []
    if parts[-1].size == 0:
        raise ValueError("an empty part after full ones")
    nodes: list[Node] = []
    level = list(parts)
    if level[-1].size <= shape.leaf:
        nodes.append(file_node(level[-1:]))
        level[-1] = nodes[-1].tree
    while len(level) > 1:
        above = [file_node(group) for group in _groups(level, shape.links)]
        nodes += above
        level = [node.tree for node in above]
    return nodes


def tsize_of(size: int, shape: Shape = FILM) -> int:
    """The `tsize` of a part of `size` bytes, known before it is added: the node's answer is checked by it."""
    if size <= shape.leaf:
        return size
    stand_in = str(Cid.of_block(RAW, b""))
    leaves = [Tree(stand_in, length, length) for length in _cut(size, shape.leaf)]
    return file_node(leaves).tree.tsize


def parse_file_node(block: bytes) -> FileNode:
    """A dag-pb block of a UnixFS file from anywhere. Raises BadNode."""
    if len(block) > BLOCK_LIMIT:
        raise BadNode("larger than a block")
    links: list[Cid] = []
    data = b""
    try:
        for number, value in _fields(block):
            if number == 2 and isinstance(value, bytes):
                links.append(_parse_link(value))
            elif number == 1 and isinstance(value, bytes):
                data = value
            else:
                raise BadNode("an unknown field")
            if len(links) > LINKS_LIMIT:
                raise BadNode("too many links")
        size, lengths = _parse_file(data)
    except BadNode:
        raise
    except ValueError as error:
        raise BadNode(str(error)) from error
    if len(lengths) != len(links) or sum(lengths) != size:
        raise BadNode("its sizes don't agree")
    return FileNode(size, tuple(zip(links, lengths, strict=True)))


def children_of(node: FileNode, child_size: int) -> tuple[tuple[Cid, int], ...]:
    """The children of a node whose children are all full but the last. Raises BadNode."""
    expected = _cut(node.size, child_size)
    if [length for _, length in node.children] != expected or not expected:
        raise BadNode("it is cut otherwise than films are")
    return node.children


def _parse_file(data: bytes) -> tuple[int, list[int]]:
    kind = size = -1
    lengths: list[int] = []
    for number, value in _fields(data):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 3 and isinstance(value, int):
            size = value
        elif number == 4 and isinstance(value, int):
            lengths.append(value)
        else:
            # Inline data, packed lists, modes and times: no film of ours has them.
            raise BadNode("an unknown field")
    if kind != _FILE or not 0 <= size <= SIZE_LIMIT:
        raise BadNode("not a file")
    return size, lengths


def _parse_link(data: bytes) -> Cid:
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            return Cid.from_bytes(value)
    raise BadNode("a link without a CID")


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of a protobuf message: numbers and byte strings. Raises ValueError."""
    out: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if key & 7 == 0:
            out.append((key >> 3, value))
        elif key & 7 == 2:
            if at + value > len(data):
                raise ValueError("a field is cut short")
            out.append((key >> 3, data[at : at + value]))
            at += value
        else:
            raise ValueError("a field of a kind that is not used")
    return out


def _link(child: Tree) -> bytes:
    return _field(1, Cid.parse(child.cid).to_bytes()) + b"\x12\x00" + b"\x18" + varint(child.tsize)


def _field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def _cut(size: int, piece: int) -> list[int]:
    if not 0 <= size <= piece * LINKS_LIMIT:
        raise BadNode("it is cut otherwise than films are")
    full, rest = divmod(size, piece)
    return [piece] * full + ([rest] if rest else [])


def _groups(items: Sequence[Tree], count: int) -> list[list[Tree]]:
    walk = iter(items)
    return list(iter(lambda: list(islice(walk, count)), []))
