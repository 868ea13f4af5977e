"""Addresses of a node's RPC, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import SettingRefused
from app.ipfs.endpoint import Endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("/ip4/127.0.0.1/tcp/5001", Endpoint("127.0.0.1", 5001)),
        ("/ip4/127.0.0.1/tcp/5001/http\n", Endpoint("127.0.0.1", 5001)),
        ("/ip6/::1/tcp/5001", Endpoint("::1", 5001)),
        ("/dns4/nas/tcp/80", Endpoint("nas", 80)),
        ("http://127.0.0.1:5001", Endpoint("127.0.0.1", 5001)),
        ("http://[::1]:5001/", Endpoint("::1", 5001)),
        ("http://nas.local/api/v0", Endpoint("nas.local", 5001)),
        ("127.0.0.1:5002", Endpoint("127.0.0.1", 5002)),
    ],
)
def test_understood(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint


def test_written_again() -> None:
    assert parse_endpoint("/ip6/::1/tcp/5001").url == "http://[::1]:5001"


@pytest.mark.parametrize(
    "text",
    ["", "/", "https://127.0.0.1:5001", "http://user:pw@127.0.0.1:5001", "/ip4/127.0.0.1/udp/5001",
     "/unix/run/ipfs.sock", "http://127.0.0.1:99999", "/ip4/127.0.0.1/tcp/0", "http://a b:1", "http://x/y",
     "/ip4/127.0.0.1/tcp/5001/p2p/x", "http://[::1", "http://h\r\nX: y:5001", "http://ｎａｓ:5001"],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(SettingRefused):
        parse_endpoint(text)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except SettingRefused:
        return
    assert 0 < endpoint.port < 65536
    assert not set("\r\n /") & set(endpoint.authority)
