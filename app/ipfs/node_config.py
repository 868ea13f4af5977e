"""The configuration of a node of ours: no public infrastructure unless asked for, free ports that are kept.

Source: Kubo's config reference, tried against 0.43.0. See docs/decisions/node-without-infrastructure.md.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain import durable
from app.domain.errors import NodeUnavailable, SettingRefused
from app.domain.words import N_, tr
from app.ipfs.announced import is_multiaddr
from app.ipfs.barrier import HAS_SYNCFS

LISTEN_EVERYWHERE = ("/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0")

_KEY_LIMIT = 4096
# 0.43.1 is the first release with patched QUIC and WebTransport.
_QUIC_SINCE = (0, 43, 1)
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a profile says of its node.

    `swarm_key` is the key file of a closed network, `static_relays` are multiaddrs of circuit relays,
    `routing` is ``none`` or ``dht``.
    """

    swarm_key: Path | None = None
    static_relays: tuple[str, ...] = ()
    routing: str = "none"
    mdns: bool = True


def read_config(repo: Path) -> dict[str, Any]:
    """The repo's configuration. Raises NodeUnavailable where it is damaged."""
    try:
        config = json.loads((repo / "config").read_text("utf-8"))
        if isinstance(config, dict) and isinstance(config.get("Identity"), dict):
            return config
    except (OSError, ValueError):
        pass
    raise NodeUnavailable(
        reason=tr(N_("The node's configuration can't be read: {path}"), path=repo / "config")
    )


def peer_id_of(config: dict[str, Any]) -> str:
    """The peer ID that the configuration belongs to, empty where it has none."""
    return str(config["Identity"].get("PeerID") or "")


def configure(repo: Path, settings: NodeSettings, listen: Sequence[str] | None, version: str) -> bool:
    """Write the configuration for the next start; whether the network is a closed one.

    Swarm ports: those of the last start where they are still free, else new free ones. Raises SettingRefused
    for an address that is none or a swarm key that can't be read.
    """
    config = read_config(repo)
    before = _texts(config.get("Addresses", {}).get("Swarm"))
    numbers = tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())
    swarm = choose_ports(listen or LISTEN_EVERYWHERE, before, quic=numbers >= _QUIC_SINCE and not listen)
    for address in settings.static_relays:
        _check(address)
    _merge(config, _ours(settings, swarm, quic=any("quic" in address for address in swarm)))
    if not HAS_SYNCFS:
        # Without a barrier of ours Kubo has to sync each block (durability-barrier.md).
        for mount in config.get("Datastore", {}).get("Spec", {}).get("mounts", []):
            if mount.get("mountpoint") == "/blocks":
                mount["sync"] = True
    closed = _place_swarm_key(repo, settings.swarm_key)
    _write(repo / "config", json.dumps(config, indent=2).encode())
    return closed


def _ours(settings: NodeSettings, swarm: Sequence[str], *, quic: bool) -> dict[str, Any]:
    public = settings.routing == "dht"
    relayed = bool(settings.static_relays)
    return {
        "Addresses": {
            "Swarm": list(swarm),
            "AppendAnnounce": [],
            # A free port each time: nobody but us asks, and Kubo writes it into the repo's `api` file.
            "API": "/ip4/127.0.0.1/tcp/0",
            "Gateway": [],
        },
        "AutoConf": {"Enabled": public},
        "AutoTLS": {"Enabled": False},
        "Bootstrap": ["auto"] if public else [],
        "Datastore": {"GCPeriod": "1h"},
        "Discovery": {"MDNS": {"Enabled": settings.mdns}},
        "DNS": {"Resolvers": {".": "auto"} if public else {}},
        "HTTPRetrieval": {"Enabled": False},
        "Internal": {
            "ShutdownTimeout": "5s",
            # By default a node sends each peer one block of ours and waits: on a long line that is
            # one MiB a round trip.
            # And where it saves on asking all peers, a block that was lost on the way is asked for again
            # much later; among the few peers that we have there is nothing to save.
            "Bitswap": {
                "MaxOutstandingBytesPerPeer": 16 * _MIB,
                "BroadcastControl": {"Enable": public},
            },
        },
        "Ipns": {"DelegatedPublishers": []},
        "Provide": {"Enabled": public, "Strategy": "pinned+mfs"},
        "Routing": {"Type": "dht" if public else "none", "DelegatedRouters": []},
        "Swarm": {
            "ConnMgr": {"Type": "basic", "LowWater": 32, "HighWater": 96, "GracePeriod": "1m"},
            "DisableNatPortMap": all(_is_loopback(address) for address in swarm),
            "EnableHolePunching": relayed,
            "RelayClient": {"Enabled": relayed, "StaticRelays": list(settings.static_relays)},
            "RelayService": {"Enabled": False},
            "Transports": {
                "Network": {"TCP": True, "QUIC": quic, "WebTransport": False, "WebRTCDirect": False}
                | {"Relay": relayed}
            },
        },
        "Version": {"SwarmCheckEnabled": False},
    }


def choose_ports(listen: Sequence[str], before: Sequence[str], *, quic: bool) -> list[str]:
    """Listen addresses with every port free: that of the same address `before` where it is, else a new one.

    Raises SettingRefused for what is no ``/ip…/tcp|udp/PORT`` address.
    """
    kept = {_key(address): _port(address) for address in before if is_multiaddr(address)}
    chosen: list[str] = []
    port = 0
    for address in listen:
        _check(address)
        family, host, protocol, wanted, *rest = address.strip("/").split("/")
        # The families share one port where they can: one number to open in a router.
        tries = [int(wanted)] if int(wanted) else [kept.get(_key(address), 0), port]
        port = next((number for number in tries if number and is_free(family, host, protocol, number)), 0)
        port = port or free_port(family, host, protocol)
        if not port:
            continue  # no such address here, as ::/0 where there is no IPv6
        chosen.append("/" + "/".join([family, host, protocol, str(port), *rest]))
        if quic and protocol == "tcp":
            chosen.append(f"/{family}/{host}/udp/{port}/quic-v1")
    if not chosen:
        raise SettingRefused(key="node.listen", reason=N_("this computer has no such address"))
    return chosen


def is_free(family: str, host: str, protocol: str, port: int) -> bool:
    """Whether a port can be listened at now."""
    return bool(_bind(family, host, protocol, port))


def free_port(family: str, host: str, protocol: str) -> int:
    """A port that is free now, 0 where the address is not of this computer."""
    return _bind(family, host, protocol, 0)


def _bind(family: str, host: str, protocol: str, port: int) -> int:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    try:
        with socket.socket(socket.AF_INET6 if family == "ip6" else socket.AF_INET, kind) as probe:
            if os.name == "posix" and protocol == "tcp":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == "ip6":
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((host, port))
            if protocol == "tcp":
                probe.listen(1)
            return int(probe.getsockname()[1])
    except OSError:
        return 0


def _check(address: str) -> None:
    parts = address.strip("/").split("/")
    host_and_port = len(parts) >= 4 and parts[2] in ("tcp", "udp")
    listening_anywhere = (
        "/".join([*parts[:3], "1", *parts[4:]]) if parts[3:4] == ["0"] else address.strip("/")
    )
    if not host_and_port or not is_multiaddr("/" + listening_anywhere):
        raise SettingRefused(key="node", reason=address)


def _key(address: str) -> tuple[str, ...]:
    parts = address.strip("/").split("/")
    return (*parts[:3], *parts[4:])


def _port(address: str) -> int:
    parts = address.strip("/").split("/")
    return int(parts[3]) if len(parts) > 3 and parts[3].isdecimal() else 0


def _is_loopback(address: str) -> bool:
    return address.startswith(("/ip4/127.", "/ip6/::1/"))


def _place_swarm_key(repo: Path, source: Path | None) -> bool:
    target = repo / "swarm.key"
    if source is None:
        with suppress(FileNotFoundError):
            target.unlink()
        return False
    try:
        with source.open("rb") as file:
            key = file.read(_KEY_LIMIT + 1)
    except OSError as error:
        raise SettingRefused(key="node.swarm_key", reason=str(error.strerror)) from error
    if not key.startswith(b"/key/swarm/psk/1.0.0/") or len(key) > _KEY_LIMIT:
        raise SettingRefused(key="node.swarm_key", reason=N_("it is no swarm key file"))
    _write(target, key)
    return True


def _merge(into: dict[str, Any], ours: dict[str, Any]) -> None:
    """Set our values and leave the others as they are: identity, datastore, what a user set by hand."""
    for name, value in ours.items():
        if isinstance(value, dict) and value and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _write(path: Path, data: bytes) -> None:
    coming = path.with_name(path.name + ".coming")
    with open(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        durable.fsync_file(file.fileno())
    coming.replace(path)
    durable.fsync_dir(path.parent)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
