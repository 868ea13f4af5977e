"""The three flows of the task server's document, by two clients with a node each, over loopback."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.clients import Client

pytestmark = pytest.mark.kubo
FILMS = {
    "仙剑奇侠传-第21集.mov": 9_000_001,
    "空.mp4": 0,
    "花絮/片尾 “字幕”.mxf": 1,
    "花絮/exact.mov": 4 * 2**20 - 32,
}


def content(name: str, size: int) -> bytes:
    """Bytes that differ from film to film and don't repeat within a segment."""
    return hashlib.shake_256(name.encode()).digest(size)


def make_series(folder: Path) -> Path:
    for name, size in FILMS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, size))
        hour_ago = path.stat().st_mtime - 3600  # one written this minute would be looked at twice
        os.utime(path, (hour_ago, hour_ago))
    (folder / "notes.txt").write_text("no film")
    return folder


def stands_at(source_name: str, status: int, event: dict[str, Any]) -> bool:
    return (event["event"], event.get("status"), event.get("source_name")) == ("state", status, source_name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def seller(tmp_path: Path, kubo_path: Path, server: RunningServer) -> Iterator[Client]:
    client = Client(tmp_path / "seller", kubo_path, server.url, SELLER_TOKEN)
    client.found_by_nobody()
    yield client
    client.stop_node()


@pytest.fixture
def buyer(tmp_path: Path, kubo_path: Path, server: RunningServer) -> Iterator[Client]:
    client = Client(tmp_path / "buyer", kubo_path, server.url, BUYER_TOKEN)
    client.found_by_nobody()
    yield client
    client.stop_node()


def test_films_go_from_seller_to_buyer_byte_for_byte(
    tmp_path: Path, server: RunningServer, seller: Client, buyer: Client
) -> None:
    series = make_series(tmp_path / "仙剑奇侠传")
    blocks = tmp_path / "blocks"
    sent = seller.run("upload", series, "--series-id", 233, "--private-dir", blocks)
    assert (sent.code, sent.result["ok"]) == (0, True), sent
    films = sent.result["films"]
    assert {film["source_name"] for film in films} == {Path(name).name for name in FILMS}
    assert [Path(path).name for path in sent.result["skipped"]] == ["notes.txt"]
    for film in films:
        assert film["status"] == 8 and film["hash"] and "/p2p/" in film["ip"], film
        assert Path(film["private_block"]).parent == blocks / "仙剑奇侠传"
        assert server.control.reported(film["task_id"]) == [1, 2, 3, 8]

    again = seller.run("upload", series, "--series-id", 233, "--private-dir", blocks)
    assert again.code == 0 and all(film["skipped"] for film in again.result["films"])

    coming = buyer.start("download", *[film["source_id"] for film in films], "--output", tmp_path / "bought")
    for film in films:
        coming.until(partial(stands_at, film["source_name"], 5))
    due = seller.run("release", "--list")
    assert [(group["file"], len(group["tasks"])) for group in due.result["groups"]] == [("仙剑奇侠传", 4)]
    (blocks / "nothing.rkkey").write_bytes(b"not a block")
    released = seller.run("release", blocks)
    assert released.code == 0 and released.result["waiting"] == [], released.of("error")
    assert {block["status"] for block in released.result["blocks"]} == {8}

    bought = coming.wait()
    assert bought.code == 0, bought
    for film in bought.result["films"]:
        assert film["status"] == 8
        assert server.control.reported(film["task_id"]) == [4, 5, 6, 7, 8]
    for name, size in FILMS.items():
        assert (tmp_path / "bought" / "仙剑奇侠传" / name).read_bytes() == content(name, size), name

    nothing = buyer.run("resume")
    assert nothing.code == 0 and nothing.result["films"] == []


def test_nothing_secret_is_written_down(tmp_path: Path, server: RunningServer, seller: Client) -> None:
    series = make_series(tmp_path / "series")
    sent = seller.run("upload", series, "--series-id", 1, "--private-dir", tmp_path / "blocks")
    assert sent.code == 0, sent
    secrets = [SELLER_TOKEN.encode()] + [task["uuid"].encode() for task in server.control.tasks("upload")]
    secrets += [secret.replace(b"-", b"") for secret in secrets[1:]]
    looked_at = 0
    for path in [*seller.profile.rglob("*"), *(tmp_path / "blocks").rglob("*")]:
        if path.is_file() and "blocks" not in path.relative_to(tmp_path).parts[1:3]:
            looked_at += 1
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret in data], path
    assert looked_at > 5
    said = sent.stderr + "".join(map(str, sent.events))
    assert not [secret for secret in secrets if secret.decode() in said]
