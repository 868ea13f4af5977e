"""Addresses of a seller's node, both ways: what the field `ip` of a task says, and what ours puts there.

The field is text from a server, at most 255 characters by its own rule: multiaddrs, bare peer IDs, bare IP
addresses, several of them separated by commas.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.words import N_, tr
from app.ipfs.cid import is_peer_id

FIELD_LIMIT = 255
_READ_LIMIT = 4096
_ADDRESSES_LIMIT = 16
_DEFAULT_PORT = 4001

_NO_PEER_ID = N_("an address without a peer ID can't be dialled")
_NOT_UNDERSTOOD = N_("not understood")

# A multiaddr's protocols that may stand in one, and whether a value follows.
_PROTOCOLS = {
    **dict.fromkeys(("ip4", "ip6", "ip6zone", "dns", "dns4", "dns6", "dnsaddr", "tcp", "udp"), True),
    **dict.fromkeys(("p2p", "ipfs", "sni", "certhash"), True),
    **dict.fromkeys(("quic", "quic-v1", "ws", "wss", "tls", "noise", "webtransport", "webrtc-direct"), False),
    **dict.fromkeys(("p2p-circuit", "http", "https"), False),
}
_VALUE = re.compile(r"[A-Za-z0-9._:%\-]{1,253}")
_HOST_PORT = re.compile(
    r"\[(?P<six>[0-9A-Fa-f:.]+)\](?::(?P<port6>\d{1,5}))?|(?P<four>[0-9.]+):(?P<port4>\d{1,5})"
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A field taken apart: what can be dialled, and what can't with why."""

    dialable: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def parse_announced(text: str) -> Announced:
    """Take the field `ip` apart. Never fails: what is not understood is in `refused`.

    A multiaddr with ``/p2p/`` is taken as it is, a bare peer ID becomes ``/p2p/…`` (dialled where the node
    knows it or can look it up). An address without a peer ID is joined with the only peer ID in the field.
    """
    words = [word for word in re.split(r"[\s,;]+", text[:_READ_LIMIT]) if word]
    peer_ids = {peer for word in words if (peer := _peer_of(word))}
    dialable: dict[str, None] = {}
    refused: dict[str, str] = {}
    for word in words:
        address = word if word.startswith("/") else _as_multiaddr(word)
        if not address or not is_multiaddr(address):
            refused[word[:FIELD_LIMIT]] = tr(_NOT_UNDERSTOOD)
        elif _peer_of(address):
            dialable[address] = None
        elif len(peer_ids) == 1:
            dialable[f"{address}/p2p/{next(iter(peer_ids))}"] = None
        else:
            refused[word] = tr(_NO_PEER_ID)
    return Announced(tuple(dialable)[:_ADDRESSES_LIMIT], tuple(refused.items())[:_ADDRESSES_LIMIT])


def is_multiaddr(text: str) -> bool:
    """Whether `text` has the form of a multiaddr of protocols that a node may be dialled by."""
    if not text.startswith("/") or len(text) > 1024:
        return False
    parts = iter(text.rstrip("/").split("/")[1:])
    for name in parts:
        takes_value = _PROTOCOLS.get(name)
        if takes_value is None:
            return False
        if takes_value and not _is_value(name, next(parts, "")):
            return False
    return True


def peer_of(address: str) -> str:
    """The peer ID at the end of a multiaddr, empty where it has none."""
    head, _, peer = address.rstrip("/").rpartition("/")
    return peer if head.endswith(("/p2p", "/ipfs")) and is_peer_id(peer) else ""


def _peer_of(word: str) -> str:
    return word if is_peer_id(word) else peer_of(word)


def _is_value(protocol: str, value: str) -> bool:
    try:
        if protocol == "ip4":
            return bool(ipaddress.IPv4Address(value))
        if protocol == "ip6":
            return bool(ipaddress.IPv6Address(value))
    except ValueError:
        return False
    if protocol in ("tcp", "udp"):
        return value.isascii() and value.isdecimal() and len(value) <= 5 and 0 < int(value) < 65536
    if protocol in ("p2p", "ipfs"):
        return is_peer_id(value)
    return _VALUE.fullmatch(value) is not None


def _as_multiaddr(word: str) -> str:
    """A bare peer ID or IP address (with or without a port) as a multiaddr, empty for anything else."""
    if is_peer_id(word):
        return f"/p2p/{word}"
    host, port = word, str(_DEFAULT_PORT)
    if match := _HOST_PORT.fullmatch(word):
        host = match["six"] or match["four"]
        port = match["port6"] or match["port4"] or port
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return f"/ip{address.version}/{address}/tcp/{port}"


# --- ours ------------------------------------------------------------------------------------------------


def announce(addresses: Iterable[str], peer_id: str, setting: str = "", form: str = "multiaddr") -> str:
    """The text for the field `ip`, at most 255 characters.

    `setting` where it is set; else by `form`: ``multiaddr`` (all that can be dialled and fit, public before
    private before loopback, each with ``/p2p/``), ``peer`` or ``ip`` (bare).
    """
    if setting.strip():
        return setting.strip()[:FIELD_LIMIT]
    ranked = sorted(dict.fromkeys(addresses), key=_rank)
    if form == "ip":
        return next((host for host in map(_host, ranked) if host), peer_id)
    if form == "peer" or not ranked:
        return peer_id
    text = ""
    for address in ranked:
        whole = address if peer_of(address) else f"{address}/p2p/{peer_id}"
        longer = f"{text},{whole}" if text else whole
        if len(longer) <= FIELD_LIMIT:
            text = longer
    return text or peer_id


def _host(address: str) -> str:
    parts = address.split("/")
    return parts[2] if len(parts) > 2 and parts[1] in ("ip4", "ip6") else ""


def _rank(address: str) -> tuple[int, int]:
    """Public, relayed, private, link-local, loopback; TCP before the others of a kind."""
    udp = 0 if "/tcp/" in address else 1
    if "/p2p-circuit" in address:
        return (1, udp)
    try:
        host = ipaddress.ip_address(_host(address))
    except ValueError:
        return (0, udp)  # a DNS name: somebody gave it to be found by
    if host.is_loopback:
        return (4, udp)
    if host.is_link_local:
        return (3, udp)
    return (2 if host.is_private else 0, udp)
