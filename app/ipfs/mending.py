"""Blocks that a disk lost or changed: found by their own names, and removed, so that the next fetch brings
them anew. Kubo itself believes whatever lies under a block's name, and fetches nothing that it has."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.errors import NodeFault
from app.ipfs.cid import DAG_PB, Cid
from app.ipfs.rpc import KuboRpc
from app.ipfs.unixfs import BadNode, parse_file_node

# What the node or `block_get` says of such a block; any other refusal says nothing about the block.
_BAD = ("could not find", "not found", "≠ sha2-256", "different hash")


async def bad_blocks(rpc: KuboRpc, cid: str, *, below: bool = True) -> list[str]:
    """The blocks at `cid` and `below` it that are not here, or not what they were. Reads all of them and asks
    no peer. What is below a bad one can't be told."""
    bad: list[str] = []
    left = [Cid.parse(cid)]
    while left:
        block = left.pop()
        try:
            data = await rpc.block_get(str(block), timeout=None, offline=True)
            if below and block.codec == DAG_PB:
                left += [child for child, _ in parse_file_node(data).children]
        except NodeFault as error:
            if not any(words in str(error.facts["reason"]) for words in _BAD):
                raise
            bad.append(str(block))
        except BadNode:  # what its seller made of it, not the disk
            continue
    return bad


async def remove_bad(rpc: KuboRpc, bad: Sequence[str], pinned: Sequence[str]) -> None:
    """Let go of the trees `pinned`, which hold the blocks `bad`, and remove those. Repeatable."""
    for cid in pinned:
        await rpc.pin_rm(cid)
    for cid in bad:
        await rpc.block_rm(cid)
