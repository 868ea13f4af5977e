"""Real Kubo nodes for tests: a seller's and a buyer's, started once a run, on loopback, knowing nobody.

A test that asks for one of these needs a Kubo: REELKEY_KUBO, else whatever the client itself finds, fetched
or built where there is none. It fails where that can't be; it is never skipped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.ipfs.binary import Kubo, default_cache_dir, find_kubo_now
from app.ipfs.node import ManagedNode, NodeInfo, NodeSettings
from app.ipfs.rpc import KuboRpc

LOOPBACK = ["/ip4/127.0.0.1/tcp/0"]

# Read as the run begins: each test has a home and an environment of its own.
_ENV = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "REELKEY_KUBO")}
_CACHE = default_cache_dir(os.environ)

NodeMaker = Callable[..., ManagedNode]


@pytest.fixture(scope="session")
def kubo() -> Kubo:
    """The Kubo that all tests run."""
    return find_kubo_now("", _ENV, _CACHE, True, lambda _line: None)


@pytest.fixture(scope="session")
def kubo_path(kubo: Kubo) -> Path:
    """Its program, for clients that run in a process of their own."""
    return kubo.path


def managed(kubo: Kubo, profile: Path, *, listen: list[str] | None = None) -> ManagedNode:
    """A node of the profile folder `profile`, not started yet."""

    async def find() -> Kubo:
        return kubo

    return ManagedNode(profile, find, listen=listen or LOOPBACK, settings=NodeSettings(mdns=False))


@pytest.fixture(scope="session")
def session_node(kubo: Kubo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], NodeInfo]]:
    """Starts a node of a name, once; all of them are stopped when the run ends."""
    running: dict[str, NodeInfo] = {}
    with ExitStack() as stack:

        def start(name: str) -> NodeInfo:
            if name not in running:
                node = managed(kubo, tmp_path_factory.mktemp(name))
                stack.callback(lambda: asyncio.run(node.stop()))
                running[name] = asyncio.run(node.ensure_running())
            return running[name]

        yield start


@pytest.fixture(scope="session")
def seller_info(session_node: Callable[[str], NodeInfo]) -> NodeInfo:
    """The seller's node. Tests share it: each takes content of its own."""
    return session_node("seller")


@pytest.fixture(scope="session")
def buyer_info(session_node: Callable[[str], NodeInfo]) -> NodeInfo:
    """The buyer's node, not connected to the seller's until a test does it."""
    return session_node("buyer")


@pytest.fixture
async def seller(seller_info: NodeInfo) -> AsyncIterator[KuboRpc]:
    """The RPC of the seller's node."""
    async with KuboRpc(seller_info.api) as rpc:
        yield rpc


@pytest.fixture
async def buyer(buyer_info: NodeInfo) -> AsyncIterator[KuboRpc]:
    """The RPC of the buyer's node."""
    async with KuboRpc(buyer_info.api) as rpc:
        yield rpc


@pytest.fixture
async def new_node(kubo: Kubo, tmp_path: Path) -> AsyncIterator[NodeMaker]:
    """Makes nodes of a test's own, by name; whatever it did to them, they are stopped after it."""
    made: list[ManagedNode] = []

    def make(name: str = "node", listen: list[str] | None = None, of: Kubo | None = None) -> ManagedNode:
        made.append(managed(of or kubo, tmp_path / name, listen=listen))
        return made[-1]

    yield make
    for node in made:
        await node.stop()
