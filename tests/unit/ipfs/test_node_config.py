"""A node's configuration: nobody is asked unless it is wanted, ports are free and kept."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import NodeUnavailable, SettingRefused
from app.ipfs.barrier import HAS_SYNCFS
from app.ipfs.node_config import NodeSettings, choose_ports, configure, read_config

# What `ipfs init` of 0.43.0 writes, as far as it matters here.
FRESH: dict[str, Any] = {
    "Identity": {"PeerID": "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA", "PrivKey": "key"},
    "Addresses": {"Swarm": ["/ip4/0.0.0.0/tcp/4001"], "API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "x"},
    "AutoConf": {},
    "Bootstrap": ["auto"],
    "DNS": {"Resolvers": {".": "auto"}},
    "Datastore": {"Spec": {"mounts": [{"mountpoint": "/blocks", "sync": False}], "type": "mount"}},
    "Routing": {"DelegatedRouters": ["auto"]},
    "Ipns": {"DelegatedPublishers": ["auto"], "ResolveCacheSize": 128},
    "Swarm": {"RelayClient": {}, "Transports": {"Network": {}, "Security": {}}},
}
LOOPBACK = "/ip4/127.0.0.1/tcp/0"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "config").write_text(json.dumps(FRESH), "utf-8")
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_no_public_infrastructure(repo: Path) -> None:
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    config = read_config(repo)
    assert config["Bootstrap"] == []
    assert config["AutoConf"]["Enabled"] is False
    assert config["DNS"]["Resolvers"] == {}
    assert config["Routing"] == {"Type": "none", "DelegatedRouters": []}
    assert config["Ipns"]["DelegatedPublishers"] == []
    assert config["Provide"]["Enabled"] is False
    assert config["HTTPRetrieval"]["Enabled"] is False
    assert config["AutoTLS"]["Enabled"] is False
    assert "auto" not in json.dumps(config)
    assert config["Internal"]["Bitswap"]["MaxOutstandingBytesPerPeer"] == 2**24


def test_nothing_listens_beyond_the_swarm(repo: Path) -> None:
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    addresses = read_config(repo)["Addresses"]
    assert addresses["API"].startswith("/ip4/127.0.0.1/")
    assert addresses["Gateway"] == []
    assert len(addresses["Swarm"]) == 1


def test_what_is_not_ours_stays(repo: Path) -> None:
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    config = read_config(repo)
    assert config["Identity"] == FRESH["Identity"]
    assert config["Ipns"]["ResolveCacheSize"] == 128
    assert config["Swarm"]["Transports"]["Security"] == {}
    assert config["Datastore"]["Spec"]["mounts"][0]["sync"] is not HAS_SYNCFS


@pytest.mark.skipif("sys.platform == 'win32'")
def test_only_the_user_can_read_the_nodes_key(repo: Path) -> None:
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    assert stat.S_IMODE((repo / "config").stat().st_mode) == 0o600


def test_the_public_network_where_it_is_wanted(repo: Path) -> None:
    configure(repo, NodeSettings(routing="dht", mdns=False), [LOOPBACK], "0.43.0")
    config = read_config(repo)
    assert config["Routing"]["Type"] == "dht"
    assert config["Bootstrap"] == ["auto"]
    assert config["AutoConf"]["Enabled"] is True
    assert config["Provide"]["Enabled"] is True
    assert config["Discovery"]["MDNS"]["Enabled"] is False


@pytest.mark.parametrize(
    ("version", "quic"), [("0.42.9", False), ("0.43.0", False), ("0.43.1", True), ("0.50.0-rc1", True)]
)
def test_quic_only_where_it_was_patched(repo: Path, version: str, quic: bool) -> None:
    configure(repo, NodeSettings(), None, version)
    config = read_config(repo)
    assert config["Swarm"]["Transports"]["Network"]["QUIC"] is quic
    assert any("quic" in address for address in config["Addresses"]["Swarm"]) is quic
    assert config["Swarm"]["Transports"]["Network"]["WebTransport"] is False


def test_relays(repo: Path) -> None:
    relay = "/ip4/192.0.2.9/tcp/4001/p2p/12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"
    configure(repo, NodeSettings(static_relays=(relay,)), [LOOPBACK], "0.43.0")
    swarm = read_config(repo)["Swarm"]
    assert swarm["RelayClient"] == {"Enabled": True, "StaticRelays": [relay]}
    assert swarm["Transports"]["Network"]["Relay"] is True
    assert swarm["EnableHolePunching"] is True


def test_a_port_is_chosen_and_kept(repo: Path) -> None:
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    first = read_config(repo)["Addresses"]["Swarm"]
    assert not first[0].endswith("/0")
    configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
    assert read_config(repo)["Addresses"]["Swarm"] == first


def test_a_port_that_was_taken_meanwhile_moves(taken: int) -> None:
    before = [f"/ip4/127.0.0.1/tcp/{taken}"]
    (chosen,) = choose_ports([LOOPBACK], before, quic=False)
    assert chosen not in (*before, LOOPBACK)


def test_a_given_port_that_is_taken_moves(taken: int) -> None:
    (chosen,) = choose_ports([f"/ip4/127.0.0.1/tcp/{taken}"], [], quic=False)
    assert chosen != f"/ip4/127.0.0.1/tcp/{taken}"


def test_both_families_share_a_port() -> None:
    chosen = choose_ports(["/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0"], [], quic=False)
    assert len({address.split("/")[4] for address in chosen}) == 1


def test_an_address_of_another_computer_is_refused() -> None:
    with pytest.raises(SettingRefused):
        choose_ports(["/ip4/192.0.2.7/tcp/0"], [], quic=False)


@pytest.mark.parametrize(
    "address", ["", "/", "127.0.0.1:4001", "/ip4/127.0.0.1", "/ip4/x/tcp/1", "/ip4/127.0.0.1/tcp/-1"]
)
def test_no_address_is_refused(repo: Path, address: str) -> None:
    before = (repo / "config").read_bytes()
    with pytest.raises(SettingRefused):
        configure(repo, NodeSettings(), [address], "0.43.0")
    with pytest.raises(SettingRefused):
        configure(repo, NodeSettings(static_relays=(address,)), [LOOPBACK], "0.43.0")
    assert (repo / "config").read_bytes() == before


def test_swarm_key(repo: Path, tmp_path: Path) -> None:
    key = tmp_path / "studio.key"
    key.write_text("/key/swarm/psk/1.0.0/\n/base16/\n" + "ab" * 32 + "\n")
    assert configure(repo, NodeSettings(swarm_key=key), [LOOPBACK], "0.43.0") is True
    assert (repo / "swarm.key").read_bytes() == key.read_bytes()
    assert configure(repo, NodeSettings(), [LOOPBACK], "0.43.0") is False
    assert not (repo / "swarm.key").exists()


@pytest.mark.parametrize("content", [None, "", "hello", "/key/swarm/psk/1.0.0/" + "x" * 9999])
def test_no_swarm_key_is_refused(repo: Path, tmp_path: Path, content: str | None) -> None:
    key = tmp_path / "studio.key"
    if content is not None:
        key.write_text(content)
    with pytest.raises(SettingRefused):
        configure(repo, NodeSettings(swarm_key=key), [LOOPBACK], "0.43.0")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"Identity": 5}', "\udcff"])
def test_a_damaged_configuration_is_named(repo: Path, text: str) -> None:
    (repo / "config").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(NodeUnavailable, match="config"):
        configure(repo, NodeSettings(), [LOOPBACK], "0.43.0")
