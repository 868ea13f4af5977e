"""What holds for every test: a home of its own, no keyring, no network beyond this computer."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import Client
from tests.forked import forks

# Read before anything imports keyring, which chooses its backend once.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

pytest_plugins = ["tests.kubo_fixtures"]

_HOME_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "XDG_RUNTIME_DIR": ".run",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Under ``--dist loadgroup``: tests of one file stay together, those that need Kubo share two workers."""
    for item in items:
        group = item.path.relative_to(item.config.rootpath).as_posix()
        if item.get_closest_marker("kubo") is not None:
            group = "kubo, jobs" if group.startswith("tests/integration/") else "kubo, the rest"
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home and all that systems put below it, empty and this test's alone; no REELKEY_* from outside."""
    home = tmp_path / "home"
    home.mkdir()
    for name, below in _HOME_FOLDERS.items():
        monkeypatch.setenv(name, str(home / below))
    for name in [name for name in os.environ if name.startswith("REELKEY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return home


@pytest.fixture(autouse=True, scope="session")
def _commands_are_forked() -> Iterator[None]:
    """Commands of `Client` are forked from one process that has the program loaded, where processes fork."""
    if not hasattr(os, "fork"):
        yield
        return
    with forks() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "forks", made)
        yield


# --- the network -------------------------------------------------------------------------------------

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo
_reached_for: list[str] = []


def _is_here(host: object) -> bool:
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(sock: socket.socket, address: object) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return
    if not _is_here(address[0]):
        _reached_for.append(f"{address[0]}:{address[1]}")
        # To the code under test it looks like a computer without a network.
        raise OSError(101, "Network is unreachable")


def _guarded_connect(sock: socket.socket, address: object) -> None:
    _check(sock, address)
    _connect(sock, address)  # type: ignore[arg-type]


def _guarded_connect_ex(sock: socket.socket, address: object) -> int:
    _check(sock, address)
    return _connect_ex(sock, address)  # type: ignore[arg-type]


def _guarded_getaddrinfo(host: object, *args: object, **kwargs: object) -> object:
    try:
        numeric = host is None or bool(ipaddress.ip_address(str(host).partition("%")[0]))
    except ValueError:
        numeric = False
    if numeric or _is_here(host):
        return _getaddrinfo(host, *args, **kwargs)  # type: ignore[arg-type]
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture(autouse=True, scope="session")
def _guarded_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded_connect)
        patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def reached_for() -> Iterator[list[str]]:
    """Addresses beyond this computer that the test tried; one that tries any fails, whatever it caught."""
    _reached_for.clear()
    yield _reached_for
    if _reached_for:
        pytest.fail(f"this test reached for the network: {', '.join(_reached_for)}", pytrace=False)
