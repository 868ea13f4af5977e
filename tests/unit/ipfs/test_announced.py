"""The field `ip` of a task: read from a server that may say anything, and written for buyers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ipfs.announced import announce, is_multiaddr, parse_announced, peer_of

PEER = "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"
OTHER = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"


@pytest.mark.parametrize(
    ("text", "dialable"),
    [
        (f"/ip4/10.0.0.2/tcp/4001/p2p/{PEER}", [f"/ip4/10.0.0.2/tcp/4001/p2p/{PEER}"]),
        (PEER, [f"/p2p/{PEER}"]),
        (OTHER, [f"/p2p/{OTHER}"]),
        (f" {PEER} , {OTHER},", [f"/p2p/{PEER}", f"/p2p/{OTHER}"]),
        (f"192.0.2.7,{PEER}", [f"/ip4/192.0.2.7/tcp/4001/p2p/{PEER}", f"/p2p/{PEER}"]),
        (f"{PEER};192.0.2.7:4003", [f"/p2p/{PEER}", f"/ip4/192.0.2.7/tcp/4003/p2p/{PEER}"]),
        (f"[2001:db8::7]:4003 {PEER}", [f"/ip6/2001:db8::7/tcp/4003/p2p/{PEER}", f"/p2p/{PEER}"]),
        (f"/ip4/192.0.2.7/tcp/4001,{PEER}", [f"/ip4/192.0.2.7/tcp/4001/p2p/{PEER}", f"/p2p/{PEER}"]),
        (f"/dns4/studio.example/tcp/4001/p2p/{PEER}", [f"/dns4/studio.example/tcp/4001/p2p/{PEER}"]),
        (
            f"/ip4/192.0.2.9/tcp/4001/p2p/{OTHER}/p2p-circuit/p2p/{PEER}",
            [f"/ip4/192.0.2.9/tcp/4001/p2p/{OTHER}/p2p-circuit/p2p/{PEER}"],
        ),
        (f"{PEER},{PEER}", [f"/p2p/{PEER}"]),
    ],
)
def test_what_can_be_dialled(text: str, dialable: list[str]) -> None:
    assert list(parse_announced(text).dialable) == dialable


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.7",
        "2001:db8::1",
        "/ip4/192.0.2.7/tcp/4001",
        "999.1.1.1",
        "studio.example",
        "/ip4/127.0.0.1/tcp/99999/p2p/" + PEER,
        "/unix/var/run/x.sock/p2p/" + PEER,
        "/ip4/127.0.0.1/tcp/4001/p2p/" + PEER[:-1],
        "/ip4/127.0.0.1/tcp/4001/p2p/../../x",
        "--help",
        "\u202eevil",
        "\0",
        "http://127.0.0.1/" + PEER,
        f"/p2p/{PEER}&arg=/p2p/{OTHER}",
    ],
)
def test_what_can_not_be_dialled_says_why(text: str) -> None:
    field = parse_announced(text)
    assert field.dialable == ()
    assert field.refused
    assert all(reason for _, reason in field.refused)


def test_two_peers_share_no_bare_address() -> None:
    field = parse_announced(f"{PEER},{OTHER},192.0.2.7")
    assert field.dialable == (f"/p2p/{PEER}", f"/p2p/{OTHER}")
    assert [text for text, _ in field.refused] == ["192.0.2.7"]


def test_a_long_field_is_bounded() -> None:
    field = parse_announced(",".join(f"/ip4/10.0.{n // 250}.{n % 250}/tcp/1/p2p/{PEER}" for n in range(5000)))
    assert len(field.dialable) <= 16


@given(st.text(max_size=400))
def test_any_text_is_taken_apart(text: str) -> None:
    field = parse_announced(text)
    assert all(is_multiaddr(address) and peer_of(address) for address in field.dialable)


@given(
    st.lists(
        st.sampled_from(["ip4", "tcp", "p2p", "1", "127.0.0.1", PEER, "", "p2p-circuit", "%2f"]), max_size=9
    )
)
def test_any_multiaddr_is_one_or_is_not(parts: list[str]) -> None:
    field = parse_announced("/" + "/".join(parts))
    assert all(is_multiaddr(address) for address in field.dialable)


# --- ours ----------------------------------------------------------------------------------------------

PUBLIC, PRIVATE, LOOPBACK = (
    f"/ip4/{host}/tcp/4001/p2p/{PEER}" for host in ("8.8.4.4", "10.0.0.2", "127.0.0.1")
)


def test_public_before_private_before_loopback() -> None:
    assert announce([LOOPBACK, PRIVATE, PUBLIC], PEER) == f"{PUBLIC},{PRIVATE},{LOOPBACK}"


def test_relays_stand_behind_direct_public_addresses_and_tcp_before_udp() -> None:
    relayed = f"/ip4/8.8.8.8/tcp/4001/p2p/{OTHER}/p2p-circuit/p2p/{PEER}"
    udp = f"/ip4/8.8.4.4/udp/4001/quic-v1/p2p/{PEER}"
    assert announce([relayed, udp], PEER) == f"{udp},{relayed}"
    assert announce([udp, PUBLIC], PEER) == f"{PUBLIC},{udp}"


def test_as_many_as_fit() -> None:
    text = announce([f"/ip4/10.0.0.{n}/tcp/4001/p2p/{PEER}" for n in range(20)], PEER)
    assert 170 < len(text) <= 255
    assert all(is_multiaddr(one) and peer_of(one) == PEER for one in text.split(","))


def test_a_bare_address_gets_the_peer_id() -> None:
    assert announce(["/ip4/10.0.0.2/tcp/4001"], PEER) == PRIVATE


def test_the_setting_wins_and_forms_are_kept() -> None:
    assert announce([PUBLIC], PEER, " 203.0.113.9 ") == "203.0.113.9"
    assert announce([PRIVATE, PUBLIC], PEER, "", "ip") == "8.8.4.4"
    assert announce([PUBLIC], PEER, "", "peer") == PEER
    assert announce([], PEER) == PEER
    assert announce([], PEER, "", "ip") == PEER
