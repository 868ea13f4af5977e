"""What two real Kubos say of each other: who dialled whom, and what went where."""

from __future__ import annotations

import os

import pytest

from app.ipfs.cid import varint
from app.ipfs.fetch import connect_uploader
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from app.ui.neighbours import Neighbours

pytestmark = pytest.mark.kubo


async def test_the_one_that_dials_is_inbound_at_the_other_and_what_it_fetches_is_in_the_ledger(
    buyer: KuboRpc, seller: KuboRpc, seller_info: NodeInfo, buyer_info: NodeInfo
) -> None:
    assert all(one.ok for one in await connect_uploader(buyer, seller_info.announce()))
    at_seller, at_buyer = Neighbours(), Neighbours()
    seen = {one.peer_id: one for one in await at_seller.peers(seller)}[buyer_info.peer_id]
    assert seen.inbound
    assert not seen.relayed
    assert seen.rate_out is None
    assert not {one.peer_id: one for one in await at_buyer.peers(buyer)}[seller_info.peer_id].inbound

    sent_before, _ = await seller.ledger(buyer_info.peer_id)
    # dag-pb: Data alone, field 1.
    block = b"\x0a" + varint(200_000) + os.urandom(200_000)
    cid = await seller.block_put_dag_pb(block, pin=False)
    assert await buyer.block_get(cid, timeout=20) == block
    sent, _ = await seller.ledger(buyer_info.peer_id)
    assert sent - sent_before >= len(block)
    _, came = await buyer.ledger(seller_info.peer_id)
    assert came >= len(block)
    rate = {one.peer_id: one for one in await at_seller.peers(seller)}[buyer_info.peer_id].rate_out
    assert rate is not None
    assert rate > 0


async def test_nobody_has_told_a_node_of_loopback_whether_it_is_reached(seller: KuboRpc) -> None:
    assert await Neighbours().reachability(seller) in ("unknown", "private")
