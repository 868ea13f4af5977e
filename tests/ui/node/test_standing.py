"""The sentence about the node: only what is known."""

from __future__ import annotations

import pytest

from app.ui.messages import NodeSeen, PeerSeen
from app.ui.node.standing import Reach, host_of, is_outside, reach_of

PUBLIC, HOME, LOOP = "/ip4/8.8.4.4/tcp/4001", "/ip4/192.168.1.4/tcp/4001", "/ip4/127.0.0.1/tcp/4001"
RELAY = "/ip4/8.8.8.8/tcp/4001/p2p/12D3KooWx/p2p-circuit"


def online(*addresses: str, peers: tuple[PeerSeen, ...] = (), reachability: str = "unknown") -> NodeSeen:
    return NodeSeen("online", addresses=addresses, peers=peers, reachability=reachability)


@pytest.mark.parametrize(
    ("node", "reach"),
    [
        (NodeSeen("starting"), Reach.STARTING),
        (NodeSeen("stopped"), Reach.STOPPED),
        (NodeSeen("failed"), Reach.STOPPED),
        (online(HOME, reachability="public"), Reach.DIRECT),
        (online(HOME, peers=(PeerSeen("a", PUBLIC, inbound=True),)), Reach.DIRECT),
        # We dialled it, or it came over a relay, or from the same house: that proves nothing.
        (online(HOME, peers=(PeerSeen("a", PUBLIC),)), Reach.LOCAL),
        (online(HOME, peers=(PeerSeen("a", RELAY, inbound=True),)), Reach.LOCAL),
        (online(HOME, peers=(PeerSeen("a", "/ip4/192.168.1.9/tcp/1", inbound=True),)), Reach.LOCAL),
        (online(HOME, RELAY), Reach.RELAY),
        (online(HOME, PUBLIC), Reach.UNPROVEN),
        (online(HOME, PUBLIC, reachability="private"), Reach.LOCAL),
        (online(LOOP), Reach.HERE),
        (online(LOOP, HOME), Reach.LOCAL),
        (online(), Reach.LOCAL),
    ],
)
def test_the_sentence(node: NodeSeen, reach: Reach) -> None:
    assert reach_of(node) is reach


@pytest.mark.parametrize(
    ("address", "outside", "host"),
    [
        (PUBLIC, True, "8.8.4.4"),
        (HOME, False, "192.168.1.4"),
        ("/ip6/2606:4700::1/udp/1/quic-v1", True, "2606:4700::1"),
        ("/ip6/fe80::1/tcp/1", False, "fe80::1"),
        ("/dns4/films.example/tcp/1", True, "films.example"),
        ("/ip4/nonsense/tcp/1", False, "nonsense"),
        ("", False, ""),
    ],
)
def test_addresses(address: str, outside: bool, host: str) -> None:
    assert is_outside(address) is outside
    assert host_of(address) == host
