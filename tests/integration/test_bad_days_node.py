"""Nodes that die in the middle, and sellers whose node is off when a buyer comes."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.clients import Client
from tests.integration.bad_days import BIG, Stage, content, is_event, make_film
from tests.integration.forging import node_of, pins_of

pytestmark = pytest.mark.kubo
LONG = 9_000_001  # three segments, the second of which goes over the wire


def kill_node(client: Client) -> int:
    pid = json.loads((client.profile / "node.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    return int(pid)


def test_kubo_killed_in_the_middle_of_an_upload_and_of_its_download(stage: Stage) -> None:
    film = make_film(stage.place / "killed node" / "big.mov", BIG)
    running = stage.upload(film)
    running.until(is_event("progress", phase="seal"))
    kill_node(stage.seller)
    done = running.wait()
    assert done.code == 0, done
    assert "node_unavailable" in done.codes, "it was told"
    (sent,) = done.result["films"]
    assert stage.control.reported(sent["task_id"]) == [1, 2, 3, 8]
    assert pins_of(node_of(stage.seller)) == {sent["hash"]}

    coming = stage.buyer.start("download", sent["source_id"], "--output", stage.place / "out")
    coming.until(is_event("progress", phase="fetch"))
    kill_node(stage.buyer)
    coming.state(5)
    stage.released()
    bought = coming.wait()
    assert bought.code == 0, bought
    assert "node_unavailable" in bought.codes and "no_provider" not in bought.codes, (
        "it asked the seller anew"
    )
    assert bought.result["films"][0]["size"] == BIG
    assert stage.statuses(bought.result["films"][0]["task_id"]) == [4, 5, 6, 7, 8]
    Path(bought.result["films"][0]["path"]).unlink()


@pytest.mark.slow
def test_a_sellers_node_that_is_off_and_comes_back_elsewhere(stage: Stage) -> None:
    for client in (stage.seller, stage.buyer):
        assert client.run("settings", "set", "node.stall_seconds", 2).code == 0
    (sent,) = stage.sent(make_film(stage.place / "away" / "away.mov", LONG))
    old = sent["ip"]
    stage.seller.stop_node()
    coming = stage.buyer.start("download", sent["source_id"], "--output", stage.place / "away out")
    told = coming.until(is_event("error", code="no_provider"))
    assert old.split("/p2p/")[0] in told["message"], told
    assert told["retry"] is True and told["source_name"] == "away.mov"

    with taken(port_of(old)):
        assert stage.seller.run("node", "start").code == 0
        task = stage.control.task(sent["task_id"])
        assert port_of(task["ip"]) != port_of(old) and task["status"] == 8
        last = stage.control.requests(method="PATCH", path=f"*/pbulic/{sent['task_id']}/")[-1]["form"]
        assert (last["status"], last["ip"], last["hash"]) == ("8", task["ip"], sent["hash"])
        coming.state(5)
        stage.released()
        bought = coming.wait()
    assert bought.code == 0, bought
    assert Path(bought.result["films"][0]["path"]).read_bytes() == content("away.mov", LONG)


def port_of(address: str) -> int:
    return int(address.partition("/tcp/")[2].partition("/")[0])


def taken(port: int) -> socket.socket:
    """Somebody else's program on a port; it stays there until the context ends."""
    return socket.create_server(("127.0.0.1", port))


@pytest.mark.slow
def test_patience_without_a_seller_ends_and_resume_ends_the_download(stage: Stage) -> None:
    (sent,) = stage.sent(make_film(stage.place / "offline" / "offline.mov", LONG))
    stage.seller.stop_node()
    assert stage.buyer.run("settings", "set", "node.stall_seconds", 2).code == 0
    assert stage.buyer.run("settings", "set", "patience", 1).code == 0
    try:
        out = stage.buyer.run("download", sent["source_id"], "--output", stage.place / "offline out")
    finally:
        assert stage.buyer.run("settings", "set", "patience", "").code == 0
    assert (out.code, out.result["films"][0]["error"]["code"]) == (3, "no_provider"), out
    stage.buyer.stop_node()
    assert stage.seller.run("node", "start").code == 0
    coming = stage.buyer.start("resume")
    coming.state(5)
    stage.released()
    home = coming.wait()
    assert home.code == 0, home
    assert Path(home.result["films"][0]["path"]).read_bytes() == content("offline.mov", LONG)
