"""Films into the node: parts of 1 GiB side by side, then one root over them.

A part's root is the very subtree that one add of the whole would make, so what is stored is committed part
by part and the root costs nothing. See docs/decisions/parts-and-roots.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.errors import Internal, NodeFault
from app.ipfs.barrier import written_behind
from app.ipfs.rpc import KuboRpc
from app.ipfs.unixfs import FILM, Node, Shape, Tree, join, tsize_of

__all__ = ["PartAdded", "Root", "ingest_parts", "join_parts", "release_part_pins"]

Chunk = bytes | memoryview


@dataclass(frozen=True, slots=True)
class PartAdded:
    """A part in the node: its root, the bytes of the public block in it, the bytes of all its blocks."""

    cid: str
    size: int
    tsize: int


@dataclass(frozen=True, slots=True)
class Root:
    """The whole: its CID and the bytes of the public block."""

    cid: str
    size: int


class OnBytes(Protocol):
    """Told how many bytes of a part were sent to the node so far."""

    def __call__(self, part: int, sent: int, /) -> None: ...


async def ingest_parts(
    rpc: KuboRpc,
    part_sizes: Sequence[int],
    have: Mapping[int, PartAdded],
    open_part: Callable[[int], AsyncIterator[Chunk]],
    *,
    job: str,
    at_once: int = 2,
    on_bytes: OnBytes,
    on_part: Callable[[int, PartAdded], Awaitable[None]],
    repo: Path | None = None,
    shape: Shape = FILM,
) -> None:
    """Add each part that is not in `have`, `at_once` side by side, each pinned as ``<job>/<number>``.

    `on_part` is awaited as each part is in (and, where `repo` is given, on the disk), for the journal's
    commit. The first failure gives up the other parts in flight and is raised, once they have stopped.
    """
    waiting = iter([number for number in range(len(part_sizes)) if number not in have])

    async with written_behind(repo) as barrier:

        async def worker() -> None:
            for number in waiting:
                added = await _add_part(rpc, number, part_sizes[number], open_part, job, on_bytes, shape)
                await barrier()
                await on_part(number, added)

        await _all_or_first_failure(worker() for _ in range(max(1, at_once)))


async def _add_part(
    rpc: KuboRpc,
    number: int,
    size: int,
    open_part: Callable[[int], AsyncIterator[Chunk]],
    job: str,
    on_bytes: OnBytes,
    shape: Shape,
) -> PartAdded:
    chunks = open_part(number)
    try:
        added = await rpc.add(
            chunks,
            size=size,
            pin_name=f"{job}/{number}",
            on_bytes=lambda sent: on_bytes(number, sent),
            shape=shape,
        )
    finally:
        # A generator is closed here, whatever happens, and not when the collector gets to it.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
    if added.tsize != tsize_of(size, shape):
        raise NodeFault(reason=f"add: {added.tsize} ≠ {tsize_of(size, shape)} bytes")
    return PartAdded(added.cid, size, added.tsize)


async def _all_or_first_failure(jobs: Iterable[Awaitable[None]]) -> None:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        failures = [task.exception() for task in tasks if task.done() and not task.cancelled()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for failure in failures:
        if failure is not None:
            raise failure


async def join_parts(rpc: KuboRpc, parts: Sequence[PartAdded], *, shape: Shape = FILM) -> Root:
    """Store and pin the root over `parts` (in order); equals what one add of the whole gives. Repeatable.

    The parts' own pins stay until `release_part_pins`, so that the root can be journalled in between. The
    root's has no name: Kubo gives a stored block's pin none.
    """
    nodes = _nodes(parts, shape)
    for node in nodes:
        # Inner nodes are pinned too: a collection between two of these calls would take them.
        await rpc.block_put_dag_pb(node.block, pin=True)
    root = nodes[-1].tree if nodes else parts[0]
    return Root(root.cid, sum(part.size for part in parts))


async def release_part_pins(
    rpc: KuboRpc, parts: Sequence[PartAdded], root_cid: str, *, shape: Shape = FILM
) -> None:
    """Unpin the parts (and inner nodes), which the pinned root holds. Repeatable.

    Raises NodeFault where the root is not pinned: then nothing is unpinned.
    """
    if root_cid not in await rpc.pin_ls(root_cid):
        raise NodeFault(reason=f"pin/ls: {root_cid}")
    below = [node.tree.cid for node in _nodes(parts, shape)] + [part.cid for part in parts]
    for cid in below:
        if cid != root_cid:
            await rpc.pin_rm(cid)


def _nodes(parts: Sequence[PartAdded], shape: Shape) -> list[Node]:
    try:
        return join([Tree(part.cid, part.size, part.tsize) for part in parts], shape)
    except ValueError as error:
        raise Internal(kind="parts of unlike sizes") from error
