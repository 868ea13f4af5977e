"""Reading a part while it comes: waits for what is missing, never reads a byte twice or past the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from app.domain.errors import Damaged, NodeFault
from app.ipfs.fetch import PartRef
from app.jobs import tide as tide_module
from app.jobs.tide import Segments, Tide

MIB = 2**20
PART = bytes(range(256)) * (MIB // 256) * 5


class Node:
    """A node that holds the first `here` bytes of the part, with a hole where `missing` says."""

    def __init__(self) -> None:
        self.here = 0
        self.missing: range = range(0)
        self.asked: list[tuple[int, int]] = []

    async def cat(self, _cid: str, *, offset: int, length: int, offline: bool) -> AsyncGenerator[bytes, None]:
        assert offline
        self.asked.append((offset, length))
        for at in range(offset, offset + length, MIB // 2):
            end = min(at + MIB // 2, offset + length)
            if end > self.here or at in self.missing:
                raise NodeFault(reason="not here")
            yield PART[at:end]


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(tide_module, "_WINDOW", MIB)
    monkeypatch.setattr(tide_module, "_MARGIN", MIB)
    return Node()


def segments(node: Any, tide: Tide, length: int = len(PART)) -> Segments:
    return Segments(node, PartRef("bafy", 0, len(PART)), length, tide)


async def read_all(reader: Segments, step: int) -> bytes:
    found = b""
    while len(found) < len(PART):
        found += bytes(await reader.read(min(step, len(PART) - len(found))))
    await reader.close()
    return found


async def test_what_is_whole_is_read_in_one_go(node: Node) -> None:
    tide = Tide()
    node.here = len(PART)
    tide.be_whole()
    assert await read_all(segments(node, tide), 700_000) == PART
    assert node.asked == [(0, len(PART))]


async def test_reading_stays_behind_the_fetch(node: Node) -> None:
    tide = Tide()
    reading = asyncio.create_task(read_all(segments(node, tide), MIB))
    for here in range(0, len(PART), MIB // 2):
        node.here = here
        tide.rise(here)
        await asyncio.sleep(0)
        assert all(offset + length + MIB <= here for offset, length in node.asked)
    node.here = len(PART)
    tide.be_whole()
    assert await reading == PART


async def test_a_block_that_comes_out_of_order_is_waited_for(node: Node) -> None:
    tide = Tide()
    node.here, node.missing = len(PART), range(MIB, MIB + 1)
    tide.rise(4 * MIB)
    reading = asyncio.create_task(read_all(segments(node, tide), MIB))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not reading.done()
    node.missing = range(0)
    tide.rise(4 * MIB + 1)
    for _ in range(20):
        await asyncio.sleep(0)
    tide.be_whole()
    assert await reading == PART


async def test_a_hole_in_what_is_whole_is_the_nodes_fault(node: Node) -> None:
    tide = Tide()
    node.here = MIB
    tide.be_whole()
    with pytest.raises(NodeFault):
        await read_all(segments(node, tide), MIB)


async def test_nothing_is_read_past_the_parts_end(node: Node) -> None:
    tide = Tide()
    node.here = len(PART)
    tide.be_whole()
    reader = segments(node, tide, length=MIB)
    await reader.read(MIB)
    with pytest.raises(Damaged):
        await reader.read(1)
