"""Kill -9 at journalled steps, fsyncs, renames and reports; `resume` alone brings everything home."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.clients import ROOT, Client, Finished, Running

pytestmark = pytest.mark.kubo
VICTIM = (str(ROOT / "tests" / "faults" / "victim.py"),)
FILM = hashlib.shake_256(b"film").digest(9_000_000)
KILLED = -9
_FEW = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kill")


@pytest.fixture(scope="module")
def seller(place: Path, kubo_path: Path, server: RunningServer) -> Iterator[Client]:
    client = Client(place / "seller", kubo_path, server.url, SELLER_TOKEN)
    client.found_by_nobody()
    yield client
    client.stop_node()


@pytest.fixture(scope="module")
def buyer(place: Path, kubo_path: Path, server: RunningServer) -> Iterator[Client]:
    client = Client(place / "buyer", kubo_path, server.url, BUYER_TOKEN)
    client.found_by_nobody()
    client.run("settings", "set", "poll.first", "0.1")
    client.run("settings", "set", "poll.max", "0.5")
    yield client
    client.stop_node()


def as_victim(client: Client, spec: str, count: Path | None = None) -> Client:
    extra = {"VICTIM": spec} | ({"VICTIM_COUNT": str(count)} if count else {})
    return Client(client.profile, client.kubo, client.url, client.token, extra, VICTIM)


def film(place: Path, name: str) -> Path:
    path = place / f"series {name}" / "影片.mov"
    path.parent.mkdir()
    path.write_bytes(FILM)
    hour_ago = path.stat().st_mtime - 3600  # one written this minute would be looked at twice
    os.utime(path, (hour_ago, hour_ago))
    return path


def points(passed: dict[str, int], every: int) -> list[str]:
    """Kill points spread over a run: each `every`-th commit, before and after, and all the rarer ones; of
    a sparse choice (`every` above 50) some four, spread evenly."""
    chosen = []
    for point, times in passed.items():
        step = every if point == "commit" else max(1, every // 2)
        for number in range(1, times + 1, step):
            chosen.append(f"{point}:{number}:{'after' if number % 2 else 'before'}")
    return chosen if every < 50 else chosen[:: max(1, len(chosen) // _FEW)]


def assert_sent(server: RunningServer, blocks: Path, client: Client, name: str) -> int:
    """The film is done on the server and its private block opens nothing but is there once."""
    rows = [row for row in client.run("tasks").result["tasks"] if name in row["folder"]]
    assert [(row["run"], row["status"]) for row in rows] == [("done", 8)], rows
    task = server.control.task(rows[0]["task_id"])
    assert (task["status"], task["hash"]) == (8, rows[0]["hash"])
    found = sorted(path.name for path in (blocks / f"series {name}").iterdir())
    assert found == ["影片.mov.rkkey"], found
    return int(rows[0]["source_id"])


def upload_with_kills(place: Path, server: RunningServer, seller: Client, every: int) -> None:
    blocks = place / "blocks"
    count = place / "upload.count"
    arguments = ("--series-id", 1, "--private-dir", blocks)
    assert seller.run("upload", film(place, f"first{every}"), *arguments).code == 0  # a profile's first start
    clean = as_victim(seller, "count", count).run("upload", film(place, f"clean{every}"), *arguments)
    assert clean.code == 0, clean
    deaths = 0
    for number, spec in enumerate(points(json.loads(count.read_text()), every)):
        name = f"{every}-{number}"
        died = as_victim(seller, spec).run("upload", film(place, name), *arguments)
        # A run may pass a point less than the one that was counted: a percent report more or less.
        assert died.code in (KILLED, 0), (spec, died)
        deaths += died.code == KILLED
        home = seller.run("resume")
        assert home.code == 0, (spec, home)
        if [row for row in seller.run("tasks").result["tasks"] if name in row["folder"]]:
            assert_sent(server, blocks, seller, name)
        else:  # killed before its first commit: nothing was begun, nothing is owed
            assert spec == "commit:1:before"
    assert deaths >= (number + 1) * 3 // 4


def download_with_kills(
    place: Path, server: RunningServer, seller: Client, buyer: Client, every: int
) -> None:
    blocks, bought = place / "blocks", place / "bought"
    path = film(place, f"bought{every}")
    assert seller.run("upload", path, "--series-id", 1, "--private-dir", blocks).code == 0
    source = assert_sent(server, blocks, seller, f"bought{every}")
    first = buyer.run("download", source, "--output", bought / "first", "--wait", 0)
    assert (first.code, first.result["films"][0]["status"]) == (1, 5), first
    assert seller.run("release", blocks).code == 0
    assert buyer.run("resume").code == 0
    count = place / "download.count"

    def go(spec: str, target: Path) -> int:
        victim = as_victim(buyer, spec, count)
        return released_when_it_waits(
            victim.start("download", source, "--output", target), seller, blocks
        ).code

    assert go("count", bought / "clean") == 0
    deaths = 0
    for number, spec in enumerate(points(json.loads(count.read_text()), every)):
        target = bought / f"{every}-{number}"
        code = go(spec, target)
        assert code in (KILLED, 0), spec
        deaths += code == KILLED
        final = target / path.parent.name / path.name
        assert not final.exists() or final.read_bytes() == FILM, spec
        home = released_when_it_waits(buyer.start("resume"), seller, blocks)
        assert home.code == 0, (spec, home)
        if spec != "commit:1:before":
            assert final.read_bytes() == FILM, spec
            assert [one.name for one in final.parent.iterdir()] == [path.name], spec
    assert deaths >= (number + 1) * 3 // 4


def released_when_it_waits(running: Running, seller: Client, blocks: Path) -> Finished:
    """Wait for a download; the seller releases when it stands at 5 (a killed one may not live that long)."""
    event = running.until_or_over(lambda event: event["event"] == "state" and event["status"] == 5)
    if event is not None or seller.run("release", "--list").result["groups"]:
        assert seller.run("release", blocks).code == 0
    return running.wait()


def test_an_upload_killed_at_chosen_steps_comes_home(
    place: Path, server: RunningServer, seller: Client
) -> None:
    upload_with_kills(place, server, seller, every=100)


def test_a_download_killed_at_chosen_steps_comes_home(
    place: Path, server: RunningServer, seller: Client, buyer: Client
) -> None:
    download_with_kills(place, server, seller, buyer, every=100)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_an_upload_killed_at_every_step_comes_home(
    place: Path, server: RunningServer, seller: Client
) -> None:
    upload_with_kills(place, server, seller, every=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_download_killed_at_every_step_comes_home(
    place: Path, server: RunningServer, seller: Client, buyer: Client
) -> None:
    download_with_kills(place, server, seller, buyer, every=1)
