"""The desk's way to the node: a node that dies, dies again, or is found dead by two films at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import NodeFault, NodeUnavailable, NoSpace
from app.domain.events import Event, Failed
from app.domain.status import TaskKind, TaskStatus
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from app.jobs.admin import announce_anew
from app.jobs.desk import Desk, Preferences
from app.jobs.leases import Leases
from app.jobs.outbox import Outbox
from app.jobs.steps import UploadStep
from app.jobs.wording import state
from app.journal import Journal, Run

GONE = NodeUnavailable(reason="gone")


class FakeNode:
    """Counts how often it was asked to run; each time it answers at another port."""

    def __init__(self) -> None:
        self.starts = 0
        self.fail: list[Exception] = []

    async def ensure_running(self) -> NodeInfo:
        if self.fail:
            raise self.fail.pop(0)
        self.starts += 1
        return NodeInfo(f"/ip4/127.0.0.1/tcp/{5000 + self.starts}", "12D3", (), "0.43.0", repo="repo")

    async def status(self) -> NodeInfo | None:
        return None

    async def stop(self) -> None:
        return None


class Clock:
    """The loop's time, which moves only when somebody sleeps, or when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda real=loop.time: real() + self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(3):
            await _yield()


def _yield() -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_soon(turn.set_result, None)
    return turn


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def desk(tmp_path: Path, node: FakeNode, events: list[Event]) -> Desk:
    async def no_server(_: str) -> Any:
        raise AssertionError

    return Desk(
        journal=None,  # type: ignore[arg-type]
        node=node,
        sealer=None,  # type: ignore[arg-type]
        open_api=no_server,
        emit=events.append,
        preferences=Preferences(films=()),
        leases_dir=tmp_path,
        work_dir=tmp_path,
        repo_dir=tmp_path,
    )


async def test_a_node_that_two_films_find_dead_is_started_once(
    desk: Desk, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch)
    both = asyncio.Barrier(2)
    late = asyncio.Event()
    used: dict[str, list[KuboRpc]] = {"early": [], "late": []}

    async def early(rpc: KuboRpc) -> str:
        used["early"].append(rpc)
        if len(used["early"]) == 1:
            await both.wait()
            raise GONE
        late.set()  # the late one finds out only now, while we work with the new node
        for _ in range(20):
            await _yield()
        assert not rpc._client.is_closed, "the node was taken from a film at work"
        return "early"

    async def late_one(rpc: KuboRpc) -> str:
        used["late"].append(rpc)
        if len(used["late"]) == 1:
            await both.wait()
            await late.wait()
            assert not rpc._client.is_closed, "closed under the hands of a film"
            raise GONE
        return "late"

    done = await asyncio.gather(desk.with_node(early), desk.with_node(late_one))
    assert (list(done), node.starts) == (["early", "late"], 2)
    assert used["early"][1] is used["late"][1]
    await desk.aclose()
    assert all(rpc._client.is_closed for rpcs in used.values() for rpc in rpcs)


async def test_a_node_that_dies_again_hours_later_is_started_again(
    desk: Desk, node: FakeNode, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    tries = 0

    async def long_work(_: KuboRpc) -> str:
        nonlocal tries
        tries += 1
        clock.now += 3600
        if tries <= 4:
            raise GONE
        return "done"

    assert await desk.with_node(long_work) == "done"
    assert node.starts == 5
    assert [event.error.code for event in events if isinstance(event, Failed)] == ["node_unavailable"] * 4
    await desk.aclose()


async def test_a_node_that_never_comes_up_is_given_up(
    desk: Desk, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    node.fail = [NodeUnavailable(reason="port") for _ in range(10_000)]

    async def never(_: KuboRpc) -> None:
        raise AssertionError

    with pytest.raises(NodeUnavailable):
        await desk.with_node(never)
    assert 299 < clock.now < 310
    await desk.aclose()


async def test_a_full_repo_is_named_and_other_faults_are_believed_after_a_few(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch)
    calls = 0

    async def full(_: KuboRpc) -> None:
        raise NodeFault(reason="write /x: No space left on device")

    async def broken(_: KuboRpc) -> None:
        nonlocal calls
        calls += 1
        raise NodeFault(reason="no")

    with pytest.raises(NoSpace) as caught:
        await desk.with_node(full)
    assert "  " not in caught.value.message
    with pytest.raises(NodeFault):
        await desk.with_node(broken)
    assert calls == 5
    await desk.aclose()


async def test_telling_a_new_address_never_fails_a_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command was for is over by then; a node that is down says nothing and stops nothing."""
    Clock(monkeypatch)

    async def down() -> str:
        raise GONE

    monkeypatch.setattr(Desk, "address", lambda _: down())
    async with Journal(desk.work_dir / "journal.db") as journal:
        film = {"remote_id": 7, "run": Run.DONE, "status": TaskStatus.DONE, "announced": "old"}
        rows = await journal.add(TaskKind.UPLOAD, "https://s", [film])  # type: ignore[list-item]
        await announce_anew(desk, Outbox(desk), Leases(desk.leases_dir), rows)
        assert await journal.unsent() == []


async def test_a_film_whose_blocks_were_let_go_is_announced_no_more_and_not_called_held(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def now(_: Desk) -> str:
        return "now"

    monkeypatch.setattr(Desk, "address", now)
    async with Journal(desk.work_dir / "journal.db") as journal:
        desk.journal = journal
        film = {"remote_id": 7, "run": Run.DONE, "status": TaskStatus.DONE, "step": UploadStep.FREED}
        rows = await journal.add(TaskKind.UPLOAD, "https://s", [film])  # type: ignore[list-item]
        await announce_anew(desk, Outbox(desk), Leases(desk.leases_dir), rows)
        assert await journal.unsent() == []
        assert [state(row) for row in rows] == ["Sent, its blocks let go"]
