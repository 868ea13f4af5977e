"""What the engine finds out about the computers around the node: who is connected, at what rates, and whether
others can dial in. A node of another make may not know all of it: then it is None or ""."""

from __future__ import annotations

import time

from app.domain.errors import NodeFault
from app.ipfs.answers import Peer
from app.ipfs.rpc import KuboRpc
from app.ui.messages import PeerSeen

# A question a peer every other second: enough for all buyers of a film, harmless on a public network.
_LEDGERS_AT_MOST = 32
_REACHABILITY_EVERY = 10.0


class Neighbours:
    """Looks at the node's peers; rates are what changed between two looks."""

    def __init__(self) -> None:
        self._ledgers: dict[str, tuple[float, int, int]] = {}
        self._reachability: tuple[float, str] | None = None

    def forget(self) -> None:
        """The node is another one now: ask all of it anew."""
        self._ledgers.clear()
        self._reachability = None

    async def peers(self, rpc: KuboRpc) -> tuple[PeerSeen, ...]:
        """The peers that are connected now. Raises NodeUnavailable, NodeFault."""
        peers = await rpc.swarm_peers()
        ledgers = self._ledgers
        self._ledgers = {}
        return tuple(
            [
                await self._one(rpc, peer, ledgers if place < _LEDGERS_AT_MOST else None)
                for place, peer in enumerate(peers)
            ]
        )

    async def _one(
        self, rpc: KuboRpc, peer: Peer, before: dict[str, tuple[float, int, int]] | None
    ) -> PeerSeen:
        rates: tuple[float | None, float | None] = (None, None)
        if before is not None:
            try:
                sent, came = await rpc.ledger(peer.peer_id)
            except NodeFault:
                return PeerSeen(peer.peer_id, peer.address, inbound=peer.inbound)
            now = time.monotonic()
            self._ledgers[peer.peer_id] = (now, sent, came)
            last = before.get(peer.peer_id)
            if last is not None and now > last[0]:
                seconds = now - last[0]
                rates = max(0, sent - last[1]) / seconds, max(0, came - last[2]) / seconds
        return PeerSeen(peer.peer_id, peer.address, inbound=peer.inbound, rate_out=rates[0], rate_in=rates[1])

    async def reachability(self, rpc: KuboRpc) -> str:
        """``public``, ``private``, ``unknown``; "" where the node can't tell. Raises NodeUnavailable."""
        now = time.monotonic()
        if self._reachability is None or now - self._reachability[0] > _REACHABILITY_EVERY:
            try:
                found = await rpc.reachability()
            except NodeFault:
                found = ""
            self._reachability = (now, found)
        return self._reachability[1]
