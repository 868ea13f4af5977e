"""A server with a seller and a buyer, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.integration.bad_days import Actor, Stage

QUICK = {"poll.first": 0.1, "poll.max": 0.5, "preflight_patience": 5}
# Nodes on one computer find each other by multicast: then no address that is announced would matter.
ALONE = {"node.mdns": "off"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, kubo_path: Path) -> Iterator[Stage]:
    """Clients that don't wait long for anything. Faults of a test are gone before the next begins."""
    place = tmp_path_factory.mktemp("stage")
    with RunningServer(place / "server") as server:
        seller = Actor(place / "seller", kubo_path, server.url, SELLER_TOKEN)
        buyer = Actor(place / "buyer", kubo_path, server.url, BUYER_TOKEN)
        for client, wanted in ((seller, ALONE), (buyer, ALONE | QUICK)):
            for key, value in wanted.items():
                assert client.run("settings", "set", key, value).code == 0
        yield Stage(place, server, seller, buyer)
        for client in (seller, buyer):
            if (client.profile / "node").exists():
                client.stop_node()


@pytest.fixture(autouse=True)
def no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "stage" in request.fixturenames:
        stage: Stage = request.getfixturevalue("stage")
        for actor in (stage.seller, stage.buyer):
            actor.end_all()
        stage.control.clear_faults()
