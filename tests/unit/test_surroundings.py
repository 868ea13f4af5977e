"""The walls that tests/conftest.py puts around each test stand."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import keyring
import keyring.errors
import platformdirs
import pytest


def test_a_connection_beyond_this_computer_is_refused_and_noted(reached_for: list[str]) -> None:
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(("192.0.2.7", 9), timeout=1)
    with socket.socket() as sock, pytest.raises(OSError, match="unreachable"):
        sock.connect_ex(("198.51.100.1", 80))
    assert reached_for == ["192.0.2.7:9", "198.51.100.1:80"]
    reached_for.clear()


async def test_one_made_by_asyncio_too(reached_for: list[str]) -> None:
    with pytest.raises(OSError, match="unreachable"):
        await asyncio.open_connection("192.0.2.8", 9)
    assert reached_for == ["192.0.2.8:9"]
    reached_for.clear()


def test_names_are_not_looked_up() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("library.example", 443)


def test_loopback_stays_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()[:2], timeout=5) as client,
    ):
        client.sendall(b"x")


def test_home_is_empty_and_ours(own_home: Path) -> None:
    assert Path.home() == own_home
    assert not list(own_home.iterdir())
    for folder in (platformdirs.user_data_path("reelkey"), platformdirs.user_cache_path("reelkey")):
        assert folder.is_relative_to(own_home)
    assert not [name for name in os.environ if name.startswith("REELKEY_")]


def test_there_is_no_keyring() -> None:
    with pytest.raises(keyring.errors.NoKeyringError):
        keyring.get_password("reelkey", "anybody")
