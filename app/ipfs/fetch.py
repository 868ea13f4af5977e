"""Films out of another's node: find it, fetch part by part, read what came.

Everything here comes from outside: the addresses, the root block, the parts. Kubo waits for ever where nobody
has a block, so every wait has a watchdog of ours. See docs/decisions/fetch-watchdog.md.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.domain import durable
from app.domain.errors import Damaged, NodeError, NodeFault, NoProvider, NoSpace, TargetUnwritable
from app.ipfs.announced import parse_announced, peer_of
from app.ipfs.cid import DAG_PB, RAW, BadCid, Cid
from app.ipfs.rpc import KuboRpc
from app.ipfs.unixfs import FILM, BadNode, FileNode, Shape, children_of, parse_file_node

_DIAL_SECONDS = 10.0
# Kubo 0.43 now and then waits in vain for the last blocks that it asked a peer for; asking anew brings them.
# Where nothing comes over the line either, nothing is lost by asking soon; else it is left a while.
_LOOK_AFTER_SECONDS = 2.0
_ASK_ANEW_SECONDS = 30.0
_ASK_BLOCK_ANEW_SECONDS = 10.0
_SOMETHING_COMES = 16 * 2**10  # bytes a second; below that it is only the peers' small talk
_ROOT_STALL_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tried:
    """An address that was tried: whether its peer is connected now, and if not why."""

    address: str
    ok: bool
    reason: str = ""

    def describe(self) -> str:
        """For messages: the address, and why it failed."""
        return self.address if self.ok or not self.reason else f"{self.address} ({self.reason})"


@dataclass(frozen=True, slots=True)
class PartRef:
    """A part of a public block: its root, and the range of bytes [start, start + size) it holds."""

    cid: str
    start: int
    size: int


async def connect_uploader(rpc: KuboRpc, announced: str) -> list[Tried]:
    """Dial whatever the task's `ip` field names, and keep the connection. Says what came of each.

    Raises NodeUnavailable only: an address that can't be dialled is an answer, not a failure.
    """
    field = parse_announced(announced)
    own = (await rpc.id()).peer_id
    await _keep_peered(rpc, [address for address in field.dialable if peer_of(address) != own])
    dialled = await asyncio.gather(*(_dial(rpc, address, own) for address in field.dialable))
    return [*dialled, *(Tried(text, ok=False, reason=reason) for text, reason in field.refused)]


async def leave_uploader(rpc: KuboRpc, announced: str, others: Iterable[str]) -> None:
    """Keep the connection no longer, but to those whom the fields `others` name too."""
    wanted = {peer_of(address) for other in others for address in parse_announced(other).dialable}
    for peer in {peer_of(address) for address in parse_announced(announced).dialable} - wanted:
        with suppress(NodeFault):
            await rpc.peering_rm(peer)


async def _keep_peered(rpc: KuboRpc, addresses: Sequence[str]) -> None:
    by_peer: dict[str, list[str]] = {}
    for address in addresses:
        by_peer.setdefault(peer_of(address), []).append(address)
    for ours in by_peer.values():
        with suppress(NodeFault):
            await rpc.peering_add(*ours)


async def _dial(rpc: KuboRpc, address: str, own: str) -> Tried:
    if peer_of(address) == own:
        return Tried(address, ok=True)
    try:
        await rpc.swarm_connect(address, timeout=_DIAL_SECONDS)
    except NodeFault as error:
        return Tried(address, ok=False, reason=_last_line(str(error.facts["reason"])))
    return Tried(address, ok=True)


def _last_line(reason: str) -> str:
    # Kubo repeats the peer ID several times before it says why; the cause stands at the end.
    return reason.replace("␣", "\n").strip().rpartition("\n")[2].strip(" *")


# --- parts -------------------------------------------------------------------------------------------------


async def part_roots(
    rpc: KuboRpc,
    root_cid: str,
    public_size: int | None = None,
    *,
    stall_seconds: float,
    tried: Sequence[str] = (),
    shape: Shape = FILM,
) -> list[PartRef]:
    """The parts under a public block's root, in order. `public_size`, where known, must be the tree's.

    Fetches the root block (and, above 1 TiB, those below it). Raises NoProvider, and Damaged where what is
    there is no tree as films have.
    """
    try:
        root = Cid.parse(root_cid)
        block = await _fetch_block(rpc, root_cid, stall_seconds, tried)
        if root.codec == RAW:
            refs = [PartRef(root_cid, 0, len(block))]
        elif root.codec == DAG_PB:
            refs = await _parts_under(rpc, root_cid, parse_file_node(block), stall_seconds, tried, shape)
        else:
            raise BadNode("neither a leaf nor a file node")
    except (BadCid, BadNode) as error:
        raise Damaged(what=root_cid) from error
    if public_size is not None and sum(ref.size for ref in refs) != public_size:
        raise Damaged(what=root_cid)
    return refs


async def _parts_under(
    rpc: KuboRpc, cid: str, root: FileNode, stall_seconds: float, tried: Sequence[str], shape: Shape
) -> list[PartRef]:
    if root.size <= shape.part:
        return [PartRef(cid, 0, root.size)]
    child_size = shape.part
    while child_size * shape.links < root.size:
        child_size *= shape.links
    nodes = [(0, root)]
    while True:
        below: list[PartRef] = []
        for start, node in nodes:
            for child, size in children_of(node, child_size):
                below.append(PartRef(str(child), start, size))
                start += size  # noqa: PLW2901 - where the next child begins
        if child_size == shape.part:
            return below
        nodes = []
        for ref in below:
            node = parse_file_node(await _fetch_block(rpc, ref.cid, stall_seconds, tried))
            if node.size != ref.size:
                raise BadNode("its sizes don't agree")
            nodes.append((ref.start, node))
        child_size //= shape.links


async def _fetch_block(rpc: KuboRpc, cid: str, stall_seconds: float, tried: Sequence[str]) -> bytes:
    return await _while_moving(
        lambda seconds: rpc.block_get(cid, timeout=seconds), _ASK_BLOCK_ANEW_SECONDS, stall_seconds, tried
    )


async def fetch_part(
    rpc: KuboRpc,
    ref: PartRef,
    *,
    name: str,
    on_bytes: Callable[[int], None] | None = None,
    stall_seconds: float,
    tried: Sequence[str] = (),
) -> None:
    """Fetch and pin a part; `on_bytes` gets the bytes of it that are here. Goes on from what is here.

    Raises NoProvider where nothing new comes for `stall_seconds`.
    """
    await _pin(rpc, ref.cid, name, on_bytes, stall_seconds, tried, limit=ref.size)


async def _pin(
    rpc: KuboRpc,
    cid: str,
    name: str,
    on_bytes: Callable[[int], None] | None,
    stall_seconds: float,
    tried: Sequence[str],
    limit: int,
) -> None:
    best, moved = 0, time.monotonic()

    def on_progress(_nodes: int, count: int) -> None:
        # After asking anew Kubo counts from 0 over what is here: only what goes beyond is new.
        nonlocal best, moved
        if count > best:
            best, moved = count, time.monotonic()
            if on_bytes is not None:
                on_bytes(min(count, limit))

    pauses = _Pauses()
    await _while_moving(
        lambda seconds: _pin_while_something_comes(rpc, cid, name, on_progress, seconds, pauses),
        _ASK_ANEW_SECONDS,
        stall_seconds,
        tried,
        lambda: moved,
    )


@dataclass(slots=True)
class _Pauses:
    """Seconds of quiet before the line is looked at: few at first, doubled each time it was in vain."""

    seconds: float = _LOOK_AFTER_SECONDS

    def longer(self) -> None:
        self.seconds = min(self.seconds * 2, _ASK_ANEW_SECONDS)


async def _pin_while_something_comes(
    rpc: KuboRpc,
    cid: str,
    name: str,
    on_progress: Callable[[int, int], None],
    stall_seconds: float,
    pauses: _Pauses,
) -> None:
    """`pin_add`, given up (TimeoutError) where no block arrives and nothing is on its way either.

    A block that comes slowly is left to come: what is under way when a request is given up is lost.
    """
    moved = time.monotonic()

    def on_moved(nodes: int, count: int) -> None:
        nonlocal moved
        moved = time.monotonic()
        pauses.seconds = _LOOK_AFTER_SECONDS
        on_progress(nodes, count)

    pinning = asyncio.ensure_future(
        rpc.pin_add(cid, name=name, on_progress=on_moved, stall_seconds=stall_seconds)
    )
    try:
        received = await _bytes_in(rpc)
        while not (await asyncio.wait([pinning], timeout=pauses.seconds))[0]:
            before, received = received, await _bytes_in(rpc)
            # A node that does not count its bytes is given the longest pause.
            known = before is not None and received is not None
            pause = pauses.seconds if known else _ASK_ANEW_SECONDS
            quiet = time.monotonic() - moved >= pause
            if quiet and (received or 0) - (before or 0) < _SOMETHING_COMES * pauses.seconds:
                pauses.longer()
                raise TimeoutError
        pinning.result()
    finally:
        pinning.cancel()
        await asyncio.wait([pinning])
        _ = pinning.cancelled() or pinning.exception()


async def _bytes_in(rpc: KuboRpc) -> int | None:
    """What the node has received since it runs; None where it was told not to count."""
    try:
        return await rpc.bytes_in()
    except NodeFault:
        return None


async def _while_moving(
    ask: Callable[[float], Awaitable[T]],
    ask_anew: float,
    stall_seconds: float,
    tried: Sequence[str],
    moved: Callable[[], float] = lambda: 0.0,
) -> T:
    """What `ask` brings, asked anew when it stands still for a while. Raises NoProvider.

    `moved` says when something new came last (on the monotonic clock).
    """
    begun = time.monotonic()
    while True:
        try:
            return await ask(min(ask_anew, max(stall_seconds / 2, 0.05)))
        except TimeoutError as error:
            if time.monotonic() - max(begun, moved()) >= stall_seconds:
                raise NoProvider(seconds=round(stall_seconds), tried=", ".join(tried) or "–") from error


async def pin_whole(rpc: KuboRpc, root_cid: str, refs: Sequence[PartRef]) -> None:
    """Pin the root over parts that are all here and let their own pins go, so that we seed the whole.

    The root is stored again with its pin, which walks nothing: a `pin/add` would read the whole film.
    Repeatable. Raises NoProvider where the root block was collected and nobody has it now.
    """
    if [ref.cid for ref in refs] == [root_cid]:
        return
    try:
        inner = await _store_pinned(rpc, root_cid, {ref.cid for ref in refs})
    except BadNode as error:
        raise Damaged(what=root_cid) from error
    for cid in [*inner, *(ref.cid for ref in refs)]:
        if cid != root_cid:
            await rpc.pin_rm(cid)


async def _store_pinned(rpc: KuboRpc, cid: str, parts: set[str]) -> list[str]:
    """Pin the nodes above the parts, the root last; the inner ones' CIDs."""
    block = await _fetch_block(rpc, cid, _ROOT_STALL_SECONDS, ())
    inner: list[str] = []
    for child, _ in parse_file_node(block).children:
        if str(child) not in parts:
            inner += await _store_pinned(rpc, str(child), parts)
    await rpc.block_put_dag_pb(block, pin=True)
    return [*inner, cid]


# --- reading -----------------------------------------------------------------------------------------------


def read_range(rpc: KuboRpc, cid: str, offset: int, length: int) -> AsyncGenerator[bytes, None]:
    """`length` bytes at `offset` of what is here, in pieces of 1 MiB; never asks a peer.

    Raises NodeFault where it is not here, or ends before.
    """
    return rpc.cat(cid, offset=offset, length=length, offline=True)


async def fetch_small(
    rpc: KuboRpc,
    cid: str,
    path: Path,
    *,
    limit: int,
    stall_seconds: float,
    tried: Sequence[str] = (),
    name: str,
) -> int:
    """Fetch a private block into the file `path`, replacing it; its size. Fsynced, and unpinned after.

    Raises NoProvider, Damaged where it is larger than `limit`, NoSpace, TargetUnwritable; then no file
    is left.
    """
    size = sum(ref.size for ref in await part_roots(rpc, cid, stall_seconds=stall_seconds, tried=tried))
    if size > limit:
        raise Damaged(what=cid)
    # A seller who tries their own film has it pinned already, and must keep it so.
    ours = not await rpc.pin_ls(cid)
    if ours:
        await _pin(rpc, cid, name, None, stall_seconds, tried, limit=size)
    try:
        async with aclosing(rpc.cat(cid, length=size)) as pieces:
            await _write(path, pieces, size)
    finally:
        if ours:
            with suppress(NodeError):
                await rpc.pin_rm(cid)
    return size


async def _write(path: Path, pieces: AsyncIterator[bytes], size: int) -> None:
    try:
        with path.open("wb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
            file.flush()
            await asyncio.to_thread(durable.fsync_file, file.fileno())
        durable.fsync_dir(path.parent)
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(path.parent).free
            raise NoSpace(place=str(path.parent), need=size, free=free) from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise TargetUnwritable(path=str(path), reason=reason) from error
