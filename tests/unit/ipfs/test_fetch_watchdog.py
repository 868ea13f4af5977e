"""When a fetch that stands still is asked anew, when it is left alone, and when it is given up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from app.domain.errors import NoProvider
from app.ipfs import fetch
from app.ipfs.fetch import PartRef, fetch_part
from app.ipfs.rpc import KuboRpc
from tests.unit.ipfs.fake_node import Asked, by_call, fake_node

CID = "bafybeidq3tzrqbjz5xggftwnbemsdg3mxfldedludwkhyyast3skvqnyxe"


@dataclass
class Line:
    """A node that stands still at 100 of 300 bytes until it is asked the `good`th time; `rate` bytes come
    over the line with each look at it."""

    good: int
    rate: int
    asked: int = 0
    received: int = 0
    looks: list[int] = field(default_factory=list)

    async def pin_add(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        writer.write(b'HTTP/1.0 200 OK\r\n\r\n{"Progress":1,"Bytes":100}\n')
        await writer.drain()
        if self.asked < self.good:
            await asked.reader.read()
            return
        writer.write(b'{"Progress":4,"Bytes":310}\n' + json.dumps({"Pins": [CID]}).encode())

    async def bw(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.received += self.rate
        self.looks.append(self.asked)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps({"TotalIn": self.received}).encode())


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_LOOK_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(fetch, "_ASK_ANEW_SECONDS", 1.0)


async def run(line: Line, stall_seconds: float) -> list[int]:
    arrived: list[int] = []
    ref = PartRef(CID, 0, 300)
    async with fake_node(by_call(pin_add=line.pin_add, stats_bw=line.bw)) as node, KuboRpc(node.api) as rpc:
        await fetch_part(rpc, ref, name="x", on_bytes=arrived.append, stall_seconds=stall_seconds)
    return arrived


async def test_where_nothing_comes_it_is_asked_anew_soon() -> None:
    line = Line(good=2, rate=0)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await run(line, 60) == [100, 300]
    assert loop.time() - begun < 0.8
    assert line.asked == 2


async def test_where_a_block_is_on_its_way_it_is_left_a_while() -> None:
    line = Line(good=2, rate=2**20)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await run(line, 60) == [100, 300]
    assert loop.time() - begun >= 1.0
    assert line.asked == 2
    assert len(line.looks) > 4


async def test_what_was_here_before_counts_as_nothing_new() -> None:
    line = Line(good=1000, rate=0)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(NoProvider):
        await run(line, 0.5)
    assert 0.5 <= loop.time() - begun < 3
    assert line.asked >= 2


async def test_a_long_wait_is_not_a_busy_one() -> None:
    line = Line(good=1000, rate=0)
    with pytest.raises(NoProvider):
        await run(line, 1.2)
    assert line.asked <= 16
