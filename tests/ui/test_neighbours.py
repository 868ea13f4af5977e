"""Rates of peers from what changed between two looks, and what a node that can't tell is shown as."""

from __future__ import annotations

from typing import cast

import pytest

from app.domain.errors import NodeFault
from app.ipfs.answers import Peer
from app.ipfs.rpc import KuboRpc
from app.ui import neighbours
from app.ui.neighbours import Neighbours


class Rpc:
    """A node with two peers; `ledgers` are bytes sent and received."""

    def __init__(self) -> None:
        self.found = [Peer("a", "/ip4/8.8.8.8/tcp/1", inbound=True), Peer("b", "/ip4/8.8.4.4/tcp/1")]
        self.ledgers = {"a": (0, 0), "b": (0, 0)}
        self.asked = 0

    async def swarm_peers(self) -> list[Peer]:
        return self.found

    async def ledger(self, peer_id: str) -> tuple[int, int]:
        if peer_id not in self.ledgers:
            raise NodeFault(reason="no such call")
        return self.ledgers[peer_id]

    async def reachability(self) -> str:
        self.asked += 1
        if self.asked > 1:
            raise NodeFault(reason="no such call")
        return "public"


async def test_rates_are_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("app.ui.neighbours.time.monotonic", lambda: now)
    fake = Rpc()
    rpc, looks = cast("KuboRpc", fake), Neighbours()
    first = await looks.peers(rpc)
    assert [(one.peer_id, one.inbound, one.rate_out) for one in first] == [
        ("a", True, None),
        ("b", False, None),
    ]

    now = 102.0
    fake.ledgers = {"a": (200, 40)}
    second = await looks.peers(rpc)
    assert (second[0].rate_out, second[0].rate_in) == (100.0, 20.0)
    assert (second[1].rate_out, second[1].rate_in) == (None, None)

    now = 104.0
    fake.ledgers = {"a": (100, 0)}  # the peer came back: its ledger began anew
    assert (await looks.peers(rpc))[0].rate_out == 0


async def test_only_so_many_are_asked_for_their_ledgers() -> None:
    fake = Rpc()
    fake.found = [Peer(str(n), "/ip4/8.8.8.8/tcp/1") for n in range(100)]
    fake.ledgers = {str(n): (0, 0) for n in range(100)}
    looks = Neighbours()
    await looks.peers(cast("KuboRpc", fake))
    seen = await looks.peers(cast("KuboRpc", fake))
    assert len(seen) == 100
    assert sum(one.rate_out is not None for one in seen) == neighbours._LEDGERS_AT_MOST


async def test_reachability_is_asked_seldom_and_may_not_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("app.ui.neighbours.time.monotonic", lambda: now)
    fake, looks = Rpc(), Neighbours()
    rpc = cast("KuboRpc", fake)
    assert [await looks.reachability(rpc), await looks.reachability(rpc)] == ["public", "public"]
    assert fake.asked == 1
    looks.forget()
    assert await looks.reachability(rpc) == ""
    now = 111.0
    await looks.reachability(rpc)
    assert fake.asked == 3
