"""Blocks that a disk lost or changed: a real node believes them, we don't, and a peer brings them anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.errors import NodeFault
from app.ipfs.fetch import PartRef, connect_uploader, fetch_part, read_range
from app.ipfs.mending import bad_blocks, remove_bad
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc

pytestmark = pytest.mark.kubo
LEAF = 2**20


async def read(rpc: KuboRpc, cid: str, size: int) -> bytes:
    return b"".join([chunk async for chunk in read_range(rpc, cid, 0, size)])


async def test_bad_blocks_are_found_and_come_anew(
    seller: KuboRpc, buyer: KuboRpc, seller_info: NodeInfo
) -> None:
    data = b"".join(bytes([number]) * LEAF for number in range(20, 25))

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    added = await seller.add(chunks(), size=len(data), pin_name="mending")
    part = PartRef(added.cid, 0, len(data))
    blocks = Path((await buyer.repo_stat(whole=True)).path) / "blocks"
    before = set(blocks.rglob("*.data"))
    await connect_uploader(buyer, seller_info.announce())
    await fetch_part(buyer, part, name="mending", stall_seconds=20)
    assert await bad_blocks(buyer, added.cid) == []

    leaves = [path for path in set(blocks.rglob("*.data")) - before if path.stat().st_size == LEAF]
    flipped, emptied, lost = leaves[:3]
    flipped.write_bytes(b"\1" + flipped.read_bytes()[1:])
    assert len(await bad_blocks(buyer, added.cid)) == 1
    emptied.write_bytes(b"")
    lost.unlink()
    with pytest.raises(NodeFault):
        await read(buyer, added.cid, len(data))

    bad = await bad_blocks(buyer, added.cid)
    assert len(bad) == 3
    await remove_bad(buyer, bad, [added.cid])
    await fetch_part(buyer, part, name="mending", stall_seconds=20)
    assert await bad_blocks(buyer, added.cid) == []
    assert await read(buyer, added.cid, len(data)) == data
