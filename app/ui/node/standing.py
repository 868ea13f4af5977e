"""How the node stands, judged by what is known of it and by nothing else."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum

from app.domain.words import N_
from app.ui.messages import NodeSeen

_RELAY = "/p2p-circuit"
_HOST = re.compile(r"/(ip4|ip6|dns|dns4|dns6|dnsaddr)/([^/]+)")


class Reach(Enum):
    """Who can reach the node, as far as that was seen."""

    STARTING = "starting"
    STOPPED = "stopped"
    DIRECT = "direct"
    RELAY = "relay"
    UNPROVEN = "unproven"
    LOCAL = "local"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence, what it means for films, and the icon with its tone. Catalogue keys."""

    sentence: str
    meaning: str
    icon: str
    tone: str


WORDS: dict[Reach, Words] = {
    Reach.STARTING: Words(
        N_("Starting"),
        N_("Usually under 10 seconds; then films go on by themselves."),
        "hourglass",
        "text2",
    ),
    Reach.STOPPED: Words(
        N_("Stopped"),
        N_("Nobody can fetch from here, and nothing can be fetched, until it runs again."),
        "octagon-alert",
        "error",
    ),
    Reach.DIRECT: Words(N_("Online, reachable directly"), "", "circle-check", "done"),
    Reach.RELAY: Words(
        N_("Online, through a relay"),
        N_("Buyers reach you through another computer, which is slower."),
        "circle-check",
        "done",
    ),
    Reach.UNPROVEN: Words(
        N_("Online"),
        N_("Nobody outside has connected yet, so it is not known whether they can."),
        "circle-check",
        "done",
    ),
    Reach.LOCAL: Words(
        N_("On the local network only"),
        N_("Computers elsewhere can't reach this one: open a port on the router, or set a relay."),
        "circle-alert",
        "key",
    ),
    Reach.HERE: Words(
        N_("Only on this computer"),
        N_("By its settings, the node listens on this computer only."),
        "circle-alert",
        "key",
    ),
}


def reach_of(node: NodeSeen) -> Reach:
    """The one sentence that is true of `node`."""
    if not node.online:
        return Reach.STARTING if node.state == "starting" else Reach.STOPPED
    dialled_from_outside = any(
        peer.inbound and not peer.relayed and is_outside(peer.address) for peer in node.peers
    )
    if node.reachability == "public" or dialled_from_outside:
        return Reach.DIRECT
    if any(_RELAY in address for address in node.addresses):
        return Reach.RELAY
    own = [address for address in node.addresses if _RELAY not in address]
    if any(is_outside(address) for address in own) and node.reachability != "private":
        return Reach.UNPROVEN
    if own and all(is_loopback(address) for address in own):
        return Reach.HERE
    return Reach.LOCAL


def is_outside(address: str) -> bool:
    """Whether a multiaddr belongs to the world outside the local network. A name counts as one that does."""
    found = _HOST.search(address)
    if found is None:
        return False
    if not found[1].startswith("ip"):
        return True
    try:
        return ipaddress.ip_address(found[2]).is_global
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    """Whether a multiaddr leads back to whoever uses it."""
    found = _HOST.search(address)
    try:
        return found is not None and ipaddress.ip_address(found[2]).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """The host of a multiaddr, as people know it; the address itself where there is none."""
    found = _HOST.search(address)
    return found[2] if found is not None else address
