"""A node of our own through everything that happens to it: crashes, stale files, busy ports, newer data."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.errors import NodeFault, NodeUnavailable, RepoNewer
from app.ipfs.binary import Kubo
from app.ipfs.fetch import connect_uploader
from app.ipfs.node import ExternalNode, ManagedNode, NodeInfo, NodeSettings
from app.ipfs.process import mark_of
from app.ipfs.rpc import KuboRpc
from tests.unit.ipfs.fake_node import fake_node, says

pytestmark = [pytest.mark.kubo, pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")]

NodeMaker = Callable[..., ManagedNode]


def kill(info: NodeInfo) -> None:
    """As a crash does: nothing is tidied up."""
    assert info.pid is not None
    os.kill(info.pid, signal.SIGKILL)
    while mark_of(info.pid):
        pass


def swarm_port(info: NodeInfo) -> int:
    return int(info.addrs[0].split("/")[4])


async def test_started_used_stopped(new_node: NodeMaker, kubo: Kubo) -> None:
    node = new_node()
    assert await node.status() is None
    await node.stop()
    info = await node.ensure_running()
    assert (info.version, info.binary, info.repo) == (kubo.version, str(kubo.path), str(node.repo))
    assert await node.ensure_running() == await node.status() == info
    assert json.dumps(info.as_dict())
    await node.stop()
    assert await node.status() is None
    assert info.pid is not None
    assert mark_of(info.pid) == ""


async def test_it_outlives_who_started_it_and_is_found_again(new_node: NodeMaker) -> None:
    first = await new_node().ensure_running()
    assert os.getsid(first.pid or 0) == first.pid
    again = new_node()
    assert await again.ensure_running() == first
    await again.stop()
    assert await new_node().status() is None


async def test_peer_and_port_are_kept(new_node: NodeMaker) -> None:
    node = new_node()
    first = await node.ensure_running()
    await node.stop()
    second = await node.ensure_running()
    assert (second.peer_id, second.addrs) == (first.peer_id, first.addrs)
    assert second.pid != first.pid


_STARTS = """
import asyncio, sys
from pathlib import Path
from app.ipfs.binary import find_kubo
from app.ipfs.node import ManagedNode, NodeSettings
async def main():
    find = lambda: find_kubo(sys.argv[2], {}, Path("none"))
    quiet, loopback = NodeSettings(mdns=False), ["/ip4/127.0.0.1/tcp/0"]
    node = ManagedNode(Path(sys.argv[1]), find, listen=loopback, settings=quiet)
    print((await node.ensure_running()).pid)
asyncio.run(main())
"""


async def test_two_processes_start_one_node(new_node: NodeMaker, kubo: Kubo) -> None:
    node = new_node()
    env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": os.environ["PATH"]}
    starters = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _STARTS,
            node.repo.parent,
            kubo.path,
            env=env,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = [(await starter.communicate())[0] for starter in starters]
    info = await node.status()
    assert info is not None
    assert {int(output) for output in outputs} == {info.pid}


async def test_a_killed_node_is_recovered(new_node: NodeMaker) -> None:
    node = new_node()
    first = await node.ensure_running()
    kill(first)
    assert (node.repo / "api").exists()
    assert (node.repo / "repo.lock").exists()
    assert await node.status() is None
    second = await node.ensure_running()
    assert (second.peer_id, second.addrs) == (first.peer_id, first.addrs)


async def test_a_node_that_hangs_is_ended_and_started_anew(
    new_node: NodeMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ipfs.node._ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("app.ipfs.node._TERM_SECONDS", 0.3)
    node = new_node()
    first = await node.ensure_running()
    os.kill(first.pid or 0, signal.SIGSTOP)
    second = await node.ensure_running()
    assert second.pid != first.pid
    assert mark_of(first.pid or 0) == ""


async def test_files_of_a_crash_are_no_obstacle(new_node: NodeMaker) -> None:
    node = new_node()
    kill(await node.ensure_running())
    (node.repo / "repo.lock").write_text("stale")
    (node.repo / "api").write_text("/ip4/127.0.0.1/tcp/1")
    assert await node.ensure_running()


async def test_another_program_at_the_old_address_is_not_taken_for_it(new_node: NodeMaker) -> None:
    node, other = new_node(), new_node("other")
    kill(await node.ensure_running())
    running = await other.ensure_running()
    (node.repo / "api").write_text(running.api)
    assert await node.status() is None
    async with fake_node(says("<html>")) as web:
        (node.repo / "api").write_text(web.api)
        assert await node.status() is None
    await node.stop()  # stops nothing of others
    assert await other.status() == running


async def test_a_pid_that_was_given_anew_is_left_alone(new_node: NodeMaker) -> None:
    node = new_node()
    info = await node.ensure_running()
    record = json.loads((node.repo.parent / "node.json").read_text())
    kill(info)
    (node.repo.parent / "node.json").write_text(json.dumps(record | {"pid": os.getpid()}))
    await node.stop()
    assert await node.ensure_running()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
async def test_a_damaged_record_is_no_obstacle(new_node: NodeMaker, text: str) -> None:
    node = new_node()
    info = await node.ensure_running()
    (node.repo.parent / "node.json").write_text(text)
    found = await node.ensure_running()
    assert found == dataclasses.replace(info, pid=None, binary="")
    await node.stop()
    assert mark_of(info.pid or 0) == "" or await node.status() is None


async def test_a_busy_port_moves_to_a_free_one_that_is_kept(new_node: NodeMaker) -> None:
    node = new_node()
    first = await node.ensure_running()
    await node.stop()
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", swarm_port(first)))
        busy.listen()
        moved = await node.ensure_running()
        await node.stop()
    assert swarm_port(moved) != swarm_port(first)
    assert swarm_port(await node.ensure_running()) == swarm_port(moved)


async def test_data_of_a_newer_kubo_is_named_and_not_touched(new_node: NodeMaker, kubo: Kubo) -> None:
    node = new_node()
    await node.ensure_running()
    await node.stop()
    (node.repo / "version").write_text("99\n")
    before = (node.repo / "config").read_bytes()
    with pytest.raises(RepoNewer) as caught:
        await node.ensure_running()
    assert "99" in caught.value.message
    assert kubo.version in caught.value.message
    assert (node.repo / "config").read_bytes() == before


async def test_a_node_that_dies_says_why(new_node: NodeMaker) -> None:
    node = new_node()
    await node.ensure_running()
    await node.stop()
    (node.repo / "datastore_spec").write_text("{}")
    with pytest.raises(NodeUnavailable) as caught:
        await node.ensure_running()
    assert "datastore" in caught.value.message
    assert not (node.repo.parent / "node.json").exists() or await node.status() is None


async def test_a_program_that_can_not_start(new_node: NodeMaker, kubo: Kubo, tmp_path: Path) -> None:
    with pytest.raises(NodeUnavailable, match="gone"):
        await new_node(of=dataclasses.replace(kubo, path=tmp_path / "gone")).ensure_running()


async def test_cancelling_a_start_leaves_no_node_behind(
    new_node: NodeMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    real = ManagedNode._wait_until_it_answers

    async def spy(self: ManagedNode, record: object, begins_at: int) -> NodeInfo:
        started.append(record.pid)  # type: ignore[attr-defined]
        starting.cancel()
        return await real(self, record, begins_at)  # type: ignore[arg-type]

    monkeypatch.setattr(ManagedNode, "_wait_until_it_answers", spy)
    starting = asyncio.create_task(new_node().ensure_running())
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert started
    assert mark_of(started[0]) == ""


@pytest.mark.skipif("sys.platform != 'linux'")
async def test_no_secret_in_its_arguments_or_environment(
    new_node: NodeMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELKEY_TOKEN", "canary-token")
    monkeypatch.setenv("REELKEY_UUID", "canary-uuid")
    info = await new_node().ensure_running()
    place = Path(f"/proc/{info.pid}")
    seen = place.joinpath("cmdline").read_bytes() + place.joinpath("environ").read_bytes()
    assert b"canary" not in seen
    assert b"IPFS_TELEMETRY=off" in seen


async def test_it_asks_and_tells_nobody(new_node: NodeMaker) -> None:
    node = new_node()
    info = await node.ensure_running()
    assert all("/ip4/127.0.0.1/tcp/" in address for address in info.addrs)
    async with KuboRpc(info.api) as rpc:
        assert await rpc.swarm_peers() == []
    log = (node.repo.parent / "node.log").read_text()
    assert "ERROR" not in log


async def test_a_closed_network(kubo: Kubo, new_node: NodeMaker, tmp_path: Path) -> None:
    key = tmp_path / "swarm.key"
    key.write_text("/key/swarm/psk/1.0.0/\n/base16/\n" + "5a" * 32 + "\n")

    async def find() -> Kubo:
        return kubo

    closed = ManagedNode(
        tmp_path / "closed",
        find,
        listen=["/ip4/127.0.0.1/tcp/0"],
        settings=NodeSettings(swarm_key=key, mdns=False),
    )
    try:
        inside = await closed.ensure_running()
        outside = await new_node("outside").ensure_running()
        async with KuboRpc(outside.api) as rpc:
            assert not any(one.ok for one in await connect_uploader(rpc, inside.announce()))
    finally:
        await closed.stop()


# --- a node that is there already ----------------------------------------------------------------------


async def test_an_external_node_is_used_and_never_stopped(new_node: NodeMaker) -> None:
    ours = await new_node().ensure_running()
    node = ExternalNode(ours.api)
    found = await node.ensure_running()
    assert (found.peer_id, found.repo, found.pid) == (ours.peer_id, "", None)
    await node.stop()
    assert await node.status() == found


async def test_an_external_node_that_is_not_there_or_no_kubo() -> None:
    async with fake_node(says("<html>", headers="Content-Length: 6\r\n")) as web:
        with pytest.raises(NodeFault):
            await ExternalNode(web.api).ensure_running()
        assert await ExternalNode(web.api).status() is None
    with pytest.raises(NodeUnavailable):
        await ExternalNode(web.api).ensure_running()
