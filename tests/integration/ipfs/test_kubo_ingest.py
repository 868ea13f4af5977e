"""Parts into a real Kubo: the joined root is what one add of the whole gives, and failures leave nothing."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.domain.errors import Internal, NodeFault, SourceGone
from app.ipfs.barrier import make_durable
from app.ipfs.ingest import PartAdded, Root, ingest_parts, join_parts, release_part_pins
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from app.ipfs.unixfs import FILM, Shape, tsize_of

pytestmark = pytest.mark.kubo

VECTORS = json.loads((Path(__file__).parents[2] / "data/ipfs/cid.json").read_text("utf-8"))["files"]
SMALL = Shape(leaf=1024, links=3)  # a part is 3 KiB, a second level begins at 9 KiB, a third at 27 KiB


def pattern(size: int) -> bytes:
    return bytes((131 * i + 7 * (i >> 16)) % 251 for i in range(size))


async def chunks(data: bytes, step: int = 1000) -> AsyncIterator[memoryview]:
    view = memoryview(data)
    for at in range(0, len(data), step):
        yield view[at : at + step]


def quiet(_part: int, _sent: int) -> None:
    pass


class Ingest:
    """An ingest of `data` in parts of `shape`, with what it told us."""

    def __init__(self, rpc: KuboRpc, data: bytes, job: str, shape: Shape = SMALL) -> None:
        self.rpc, self.data, self.job, self.shape = rpc, data, job, shape
        self.added: dict[int, PartAdded] = {}
        self.sent: dict[int, int] = {}
        self.opened: list[int] = []
        count = max(1, -(-len(data) // shape.part))
        self.sizes = [min(shape.part, len(data) - n * shape.part) for n in range(count)]

    def open_part(self, number: int) -> AsyncIterator[memoryview]:
        self.opened.append(number)
        start = number * self.shape.part
        return chunks(self.data[start : start + self.sizes[number]])

    async def on_part(self, number: int, added: PartAdded) -> None:
        self.added[number] = added

    async def run(
        self,
        open_part: Callable[[int], AsyncIterator[bytes | memoryview]] | None = None,
        repo: Path | None = None,
        at_once: int = 2,
    ) -> None:
        await ingest_parts(
            self.rpc,
            self.sizes,
            dict(self.added),
            open_part or self.open_part,
            job=self.job,
            at_once=at_once,
            on_bytes=self.sent.__setitem__,
            on_part=self.on_part,
            repo=repo,
            shape=self.shape,
        )

    async def join(self) -> Root:
        return await join_parts(self.rpc, self.parts, shape=self.shape)

    @property
    def parts(self) -> list[PartAdded]:
        return [self.added[n] for n in sorted(self.added)]

    async def pins(self) -> set[str]:
        return set((await self.rpc.pin_ls(name=self.job)).values())


@pytest.mark.parametrize(
    "file", [one for one in VECTORS if one["size"] <= 3 * 2**20], ids=lambda file: str(file["size"])
)
async def test_a_part_has_the_cid_of_the_vectors(seller: KuboRpc, file: dict[str, int | str]) -> None:
    data = pattern(int(file["size"]))
    ingest = Ingest(seller, data, f"vector-{len(data)}", FILM)
    await ingest.run()
    root = await ingest.join()
    assert root == Root(str(file["cid"]), len(data))
    assert ingest.parts[0].tsize == tsize_of(len(data))
    await release_part_pins(seller, ingest.parts, root.cid)
    assert root.cid in await seller.pin_ls(root.cid)  # one part is its own root: it stays


@pytest.mark.parametrize(
    "size",
    [0, 1, 1024, 1025, 3072, 3073, 4096, 4097, 9216, 9217, 10_241, 27_648, 27_649, 30_720, 31_000, 90_001],
)
async def test_joined_parts_are_what_one_add_gives(seller: KuboRpc, size: int) -> None:
    """Small leaves and few links reach the levels that films reach above 1 GiB, 1 TiB and 1 PiB."""
    data = os.urandom(size)
    ingest = Ingest(seller, data, f"join-{size}")
    await ingest.run(at_once=3)
    root = await ingest.join()
    await release_part_pins(seller, ingest.parts, root.cid, shape=SMALL)
    pins = await seller.pin_ls()
    whole = await seller.add(chunks(data), size=size, pin_name="whole", shape=SMALL)
    assert root == Root(whole.cid, size)
    assert root.cid in pins
    assert root.cid == ingest.parts[0].cid or not {part.cid for part in ingest.parts} & set(pins)
    assert ingest.sent == {n: length for n, length in enumerate(ingest.sizes) if length}
    assert b"".join([piece async for piece in seller.cat(root.cid)]) == data


async def test_released_blocks_survive_a_collection(seller: KuboRpc) -> None:
    data = os.urandom(28_000)
    ingest = Ingest(seller, data, "collected")
    await ingest.run()
    await seller.repo_gc()
    root = await ingest.join()
    await seller.repo_gc()
    await release_part_pins(seller, ingest.parts, root.cid, shape=SMALL)
    await seller.repo_gc()
    assert b"".join([piece async for piece in seller.cat(root.cid)]) == data
    await seller.pin_rm(root.cid)
    assert await seller.repo_gc() > 27
    with pytest.raises(NodeFault):
        [piece async for piece in seller.cat(root.cid)]


async def test_joining_and_releasing_can_be_repeated(seller: KuboRpc) -> None:
    ingest = Ingest(seller, os.urandom(9300), "again")
    await ingest.run()
    assert await ingest.pins() == {f"again/{n}" for n in range(4)}
    root = await ingest.join()
    for _ in range(2):
        assert await ingest.join() == root
        await release_part_pins(seller, ingest.parts, root.cid, shape=SMALL)
        assert await ingest.pins() == set()


async def test_parts_stay_pinned_where_the_root_is_not(seller: KuboRpc) -> None:
    ingest = Ingest(seller, os.urandom(9300), "rootless")
    await ingest.run()
    root = await ingest.join()
    await seller.pin_rm(root.cid)
    with pytest.raises(NodeFault):
        await release_part_pins(seller, ingest.parts, root.cid, shape=SMALL)
    assert len(await ingest.pins()) == 4


async def test_only_what_is_missing_is_added(seller: KuboRpc, seller_info: NodeInfo) -> None:
    ingest = Ingest(seller, os.urandom(9300), "resumed")
    await ingest.run(repo=Path(seller_info.repo))
    root = await ingest.join()
    del ingest.added[1], ingest.added[3]
    ingest.opened.clear()
    await ingest.run()
    assert sorted(ingest.opened) == [1, 3]
    assert await ingest.join() == root


async def test_the_first_failure_gives_up_the_others_and_is_raised(seller: KuboRpc) -> None:
    ingest = Ingest(seller, os.urandom(9 * 3072), "failed")
    others_wait = asyncio.Event()
    closed: list[int] = []

    async def open_part(number: int) -> AsyncIterator[bytes]:
        try:
            if number == 1:
                yield bytes(1000)
                await others_wait.wait()
                raise SourceGone(path="film.mov")
            if number == 2:
                yield bytes(10)
                others_wait.set()
                await asyncio.Event().wait()
            yield bytes(3072)
        finally:
            closed.append(number)

    with pytest.raises(SourceGone):
        await ingest.run(open_part)
    assert set(ingest.added) == {0}
    assert sorted(closed) == [0, 1, 2]
    assert await ingest.pins() == {"failed/0"}


async def test_cancelling_gives_up_all(seller: KuboRpc) -> None:
    ingest = Ingest(seller, os.urandom(9 * 3072), "cancelled")
    under_way = asyncio.Event()
    opened: list[int] = []
    closed: list[int] = []

    async def open_part(number: int) -> AsyncIterator[bytes]:
        try:
            yield bytes(10)
            opened.append(number)
            if len(opened) == 2:
                under_way.set()
            await asyncio.Event().wait()
        finally:
            closed.append(number)

    task = asyncio.create_task(ingest.run(open_part))
    await under_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(closed) == [0, 1]
    assert ingest.added == {}


async def test_a_failing_commit_stops_the_ingest(seller: KuboRpc) -> None:
    ingest = Ingest(seller, os.urandom(9300), "uncommitted")

    async def on_part(_number: int, _added: PartAdded) -> None:
        raise SourceGone(path="journal")

    ingest.on_part = on_part  # type: ignore[assignment,method-assign]
    with pytest.raises(SourceGone):
        await ingest.run(at_once=1)
    assert ingest.opened == [0]


async def test_parts_of_unlike_sizes_are_a_fault_of_ours(seller: KuboRpc) -> None:
    with pytest.raises(Internal):
        await join_parts(seller, [PartAdded("x", 5, 5), PartAdded("y", 5, 5)])


async def test_many_chunks_of_a_reused_buffer(seller: KuboRpc) -> None:
    """A producer may fill a buffer again once two further chunks were asked for."""
    data = os.urandom(3 * 2**20 + 77)

    async def open_part(_number: int) -> AsyncIterator[memoryview]:
        buffers = [bytearray(50_000) for _ in range(3)]
        for count, at in enumerate(range(0, len(data), 50_000)):
            piece = data[at : at + 50_000]
            buffers[count % 3][: len(piece)] = piece
            yield memoryview(buffers[count % 3])[: len(piece)]

    ingest = Ingest(seller, data, "reused", FILM)
    await ingest.run(open_part)
    assert b"".join([piece async for piece in seller.cat(ingest.added[0].cid)]) == data


# --- on the disk ---------------------------------------------------------------------------------------


async def test_the_barrier_holds_for_a_repo_that_is_here(seller_info: NodeInfo, tmp_path: Path) -> None:
    assert await make_durable(Path(seller_info.repo)) is True
    assert await make_durable(tmp_path / "elsewhere") is False


@pytest.mark.skipif("sys.platform != 'linux'")
async def test_a_disk_that_refuses_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def syncfs(_descriptor: int) -> int:
            return -1

    monkeypatch.setattr("app.ipfs.barrier._libc", Broken)
    with pytest.raises(NodeFault):
        await make_durable(tmp_path)


@pytest.mark.parametrize(("sync", "promised"), [("true", True), ("false", False), ('"x"', False)])
async def test_without_a_barrier_the_nodes_own_sync_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str, promised: bool
) -> None:
    monkeypatch.setattr("app.ipfs.barrier.HAS_SYNCFS", False)
    assert await make_durable(tmp_path) is False
    mounts = f'{{"Datastore":{{"Spec":{{"mounts":[{{"mountpoint":"/blocks","sync":{sync}}}]}}}}}}'
    (tmp_path / "config").write_text(mounts)
    assert await make_durable(tmp_path) is promised
