"""Parts from one real Kubo to another, by direct connection alone; and what strangers may send instead."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.errors import Damaged, NodeFault, NoProvider, TargetUnwritable
from app.ipfs.cid import RAW, Cid
from app.ipfs.fetch import (
    PartRef,
    connect_uploader,
    fetch_part,
    fetch_small,
    part_roots,
    pin_whole,
    read_range,
)
from app.ipfs.ingest import PartAdded, ingest_parts, join_parts, release_part_pins
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from app.ipfs.unixfs import Shape, Tree, file_node

pytestmark = pytest.mark.kubo

SMALL = Shape(leaf=1024, links=3)
STALL = 0.6
PEER_OF_NOBODY = "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"


async def sold(rpc: KuboRpc, data: bytes, shape: Shape = SMALL) -> str:
    """A film in the seller's node; its root."""
    added: dict[int, PartAdded] = {}
    sizes = [min(shape.part, len(data) - at) for at in range(0, len(data), shape.part)]

    async def open_part(number: int) -> AsyncIterator[bytes]:
        yield data[number * shape.part :][: sizes[number]]

    async def on_part(number: int, part: PartAdded) -> None:
        added[number] = part

    await ingest_parts(
        rpc, sizes, {}, open_part, job="sold", on_bytes=lambda *_: None, on_part=on_part, shape=shape
    )
    parts = [added[number] for number in range(len(sizes))]
    root = await join_parts(rpc, parts, shape=shape)
    await release_part_pins(rpc, parts, root.cid, shape=shape)
    return root.cid


@pytest.fixture
async def connected(buyer: KuboRpc, seller: KuboRpc, seller_info: NodeInfo) -> AsyncIterator[None]:
    tried = await connect_uploader(buyer, seller_info.announce())
    assert all(one.ok for one in tried)
    yield


@pytest.mark.parametrize("size", [1, 1024, 3072, 3073, 9216, 9217, 27_649, 31_000])
@pytest.mark.usefixtures("connected")
async def test_a_film_from_another_node(seller: KuboRpc, buyer: KuboRpc, size: int) -> None:
    data = os.urandom(size)
    root = await sold(seller, data)
    refs = await part_roots(buyer, root, size, stall_seconds=20, shape=SMALL)
    assert [ref.start for ref in refs] == list(range(0, size, SMALL.part))
    assert sum(ref.size for ref in refs) == size
    for ref in refs:
        arrived: list[int] = []
        await fetch_part(buyer, ref, name="bought", on_bytes=arrived.append, stall_seconds=20)
        assert arrived[-1] == ref.size
        piece = b"".join([piece async for piece in read_range(buyer, ref.cid, 0, ref.size)])
        assert piece == data[ref.start : ref.start + ref.size]
    await pin_whole(buyer, root, refs)
    await pin_whole(buyer, root, refs)
    pins = await buyer.pin_ls()
    assert root in pins
    assert {ref.cid for ref in refs} & set(pins) <= {root}
    await buyer.repo_gc()
    assert b"".join([piece async for piece in buyer.cat(root)]) == data


@pytest.mark.usefixtures("connected")
async def test_a_range_is_exact(seller: KuboRpc, buyer: KuboRpc) -> None:
    data = os.urandom(3000)
    root = await sold(seller, data)
    await fetch_part(buyer, PartRef(root, 0, 3000), name="ranges", stall_seconds=20)
    for offset, length in ((0, 0), (0, 1), (1023, 2), (2999, 1), (5, 2990), (3000, 0)):
        got = b"".join([piece async for piece in read_range(buyer, root, offset, length)])
        assert got == data[offset : offset + length]
    for offset, length in ((0, 3001), (3000, 1), (9999, 5)):
        with pytest.raises(NodeFault):
            [piece async for piece in read_range(buyer, root, offset, length)]


@pytest.mark.usefixtures("connected")
async def test_reading_never_asks_a_peer(seller: KuboRpc, buyer: KuboRpc) -> None:
    root = await sold(seller, os.urandom(3000))
    with pytest.raises(NodeFault):
        [piece async for piece in read_range(buyer, root, 0, 3000)]


# --- nobody has it -------------------------------------------------------------------------------------


def cid_of_nobody() -> str:
    return str(Cid.of_block(RAW, os.urandom(16)))


async def test_no_provider_is_said_in_time(buyer: KuboRpc) -> None:
    tried = ["/ip4/192.0.2.7/tcp/4001/p2p/x (timeout)"]
    ref = PartRef(cid_of_nobody(), 0, 5)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(NoProvider) as caught:
        await fetch_part(buyer, ref, name="nobody", stall_seconds=STALL, tried=tried)
    assert STALL <= loop.time() - begun < STALL + 5
    assert "192.0.2.7" in caught.value.message
    with pytest.raises(NoProvider):
        await part_roots(buyer, cid_of_nobody(), stall_seconds=STALL, tried=tried)
    assert await buyer.pin_ls(name="nobody") == {}


async def test_what_comes_late_is_waited_for(seller: KuboRpc, buyer: KuboRpc, connected: None) -> None:
    """Asked for before the seller has it: the watchdog asks anew, so it arrives as soon as it is there."""
    data = os.urandom(2000)
    leaf, rest = (Tree(str(Cid.of_block(RAW, one)), len(one), len(one)) for one in (data[:1024], data[1024:]))
    root = file_node([leaf, rest])
    waiting = asyncio.create_task(
        fetch_part(buyer, PartRef(root.tree.cid, 0, 2000), name="late", stall_seconds=30)
    )
    while root.tree.cid.encode() not in await buyer._ask_bytes("bitswap/wantlist", []):
        assert not waiting.done()
    assert await sold(seller, data) == root.tree.cid
    await asyncio.wait_for(waiting, 20)


# --- who has it ----------------------------------------------------------------------------------------


async def test_addresses_that_do_not_work_say_why(buyer: KuboRpc, buyer_info: NodeInfo) -> None:
    field = f"/ip4/127.0.0.1/tcp/1/p2p/{PEER_OF_NOBODY},192.0.2.7,junk,{buyer_info.peer_id},{PEER_OF_NOBODY}"
    tried = {one.address: one for one in await connect_uploader(buyer, field)}
    refused = tried[f"/ip4/127.0.0.1/tcp/1/p2p/{PEER_OF_NOBODY}"]
    assert not refused.ok
    assert "refused" in refused.reason
    assert refused.describe().startswith("/ip4/127.0.0.1/tcp/1/")
    assert not tried["junk"].ok
    assert tried[f"/p2p/{buyer_info.peer_id}"].ok  # ourselves: nothing to dial
    await buyer.peering_rm(PEER_OF_NOBODY)


@pytest.mark.parametrize(
    "field", ["", ",,,", "\0\r\n", "'; rm -rf /", "/ip4/127.0.0.1/tcp/1/p2p/../../../etc"]
)
async def test_hostile_fields_dial_nobody(buyer: KuboRpc, field: str) -> None:
    assert not [one for one in await connect_uploader(buyer, field) if one.ok]


async def test_a_bare_address_with_a_bare_peer_id(
    buyer: KuboRpc, seller: KuboRpc, seller_info: NodeInfo
) -> None:
    del seller
    port = seller_info.addrs[0].split("/")[4]
    tried = await connect_uploader(buyer, f"{seller_info.peer_id},127.0.0.1:{port}")
    assert all(one.ok for one in tried)
    assert seller_info.peer_id in {peer.peer_id for peer in await buyer.swarm_peers()}


# --- strangers' trees ----------------------------------------------------------------------------------


async def stored(rpc: KuboRpc, block: bytes) -> str:
    return await rpc.block_put_dag_pb(block, pin=False)


def leaf(size: int, content: bytes = b"") -> Tree:
    return Tree(str(Cid.of_block(RAW, content)), size, size)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\x0a\x02\x08\x01",  # a UnixFS folder
        b"\x0a\x04\x08\x01\x18\x00",  # one that has a size
        b"\x0a\x04\x08\x02\x18\x05",  # says 5 bytes, has no links
        file_node([leaf(1024)] * 2 + [leaf(2000)] + [leaf(1024)]).block,  # cut unevenly, above a part
        file_node([leaf(2**40)] * 4).block,  # children of another shape
        file_node([leaf(3072)] * 3 + [leaf(1)]).block,  # more links than a node has, at the wrong level
    ],
)
async def test_no_tree_of_a_film(buyer: KuboRpc, block: bytes) -> None:
    cid = await stored(buyer, block)
    with pytest.raises(Damaged):
        await part_roots(buyer, cid, stall_seconds=STALL, shape=SMALL)


async def test_a_tree_of_another_size_than_announced(buyer: KuboRpc) -> None:
    cid = await stored(buyer, file_node([leaf(1024), leaf(5)]).block)
    assert await part_roots(buyer, cid, 1029, stall_seconds=STALL) == [PartRef(cid, 0, 1029)]
    for size in (0, 1028, 1030):
        with pytest.raises(Damaged):
            await part_roots(buyer, cid, size, stall_seconds=STALL)


async def test_an_inner_node_that_lies_about_its_size(buyer: KuboRpc) -> None:
    inner = file_node([leaf(3072), leaf(3072), leaf(3071)])
    await stored(buyer, inner.block)
    lying = Tree(inner.tree.cid, 9216, inner.tree.tsize)
    part = file_node([leaf(5)])
    rest = file_node([part.tree])
    await stored(buyer, rest.block)
    honest = await stored(buyer, file_node([leaf(3072)] * 3).block)
    good = await stored(buyer, file_node([Tree(honest, 9216, 9216), rest.tree]).block)
    assert len(await part_roots(buyer, good, stall_seconds=STALL, shape=SMALL)) == 4
    cid = await stored(buyer, file_node([lying, rest.tree]).block)
    with pytest.raises(Damaged):
        await part_roots(buyer, cid, stall_seconds=STALL, shape=SMALL)


@pytest.mark.parametrize("cid", ["", "nonsense", "../x", PEER_OF_NOBODY])
async def test_no_cid(buyer: KuboRpc, cid: str) -> None:
    with pytest.raises(Damaged):
        await part_roots(buyer, cid, stall_seconds=STALL)


async def test_a_part_that_is_shorter_than_its_root_says(buyer: KuboRpc) -> None:
    short = await buyer.add(_one(b"x" * 10), size=10, pin_name="short")
    lying = await stored(buyer, file_node([Tree(short.cid, 1000, 1000)]).block)
    with pytest.raises(NodeFault):
        [piece async for piece in read_range(buyer, lying, 0, 1000)]


async def _one(data: bytes) -> AsyncIterator[bytes]:
    yield data


# --- the private block ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("connected")
async def test_a_private_block_into_a_file(seller: KuboRpc, buyer: KuboRpc, tmp_path: Path) -> None:
    data = os.urandom(2 * 2**20 + 9)
    added = await seller.add(_one(data), size=len(data), pin_name="private")
    target = tmp_path / "private.coming"
    target.write_bytes(b"of an earlier try, and longer" * 10**6)
    size = await fetch_small(buyer, added.cid, target, limit=len(data), stall_seconds=20, name="key")
    assert size == len(data)
    assert target.read_bytes() == data
    assert await buyer.pin_ls(name="key") == {}


@pytest.mark.usefixtures("connected")
async def test_a_private_block_that_is_too_large_is_not_fetched(
    seller: KuboRpc, buyer: KuboRpc, tmp_path: Path
) -> None:
    added = await seller.add(_one(os.urandom(3000)), size=3000, pin_name="large")
    with pytest.raises(Damaged):
        await fetch_small(buyer, added.cid, tmp_path / "x", limit=2999, stall_seconds=20, name="key")
    assert list(tmp_path.glob("x")) == []


async def test_a_private_block_that_can_not_be_written(buyer: KuboRpc, tmp_path: Path) -> None:
    added = await buyer.add(_one(os.urandom(3000)), size=3000, pin_name="kept elsewhere")
    with pytest.raises(TargetUnwritable):
        await fetch_small(buyer, added.cid, tmp_path / "no/x", limit=3000, stall_seconds=20, name="key")
    (tmp_path / "full").symlink_to("/dev/full")
    if (tmp_path / "full").exists():
        with pytest.raises(Exception, match="room"):
            await fetch_small(buyer, added.cid, tmp_path / "full", limit=3000, stall_seconds=20, name="key")
