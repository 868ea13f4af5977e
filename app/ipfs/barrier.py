"""The durability barrier: what the node stored is on the disk, not only in the system's cache.

Kubo writes blocks without fsync, so they survive a killed node but not a power cut. On Linux one `syncfs` of
the repo's file system brings them all down, and is cheaper than Kubo's own fsync of each block; elsewhere,
where there is no such call, `node_config` has Kubo sync each block itself. Measured in
docs/decisions/durability-barrier.md.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain.errors import NodeFault

HAS_SYNCFS = sys.platform.startswith("linux")
_WRITE_EVERY = 0.5


async def make_durable(repo: Path) -> bool:
    """Bring all blocks of the node's `repo` to the disk; whether that can be promised.

    It can't for a node of another computer (its repo is not here) and for one that is not ours on a system
    without `syncfs`. Raises NodeFault where the disk refuses: then nothing may be reported as done.
    """
    return await asyncio.to_thread(_make_durable, repo)


@asynccontextmanager
async def written_behind(repo: Path | None) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Bring blocks to the disk all the while that the block runs, so that the barrier at the end of a part
    finds little left: the disk works while the processors seal and hash. Yields that barrier.

    The system tells of a failed write once: what the work behind was told, the barrier raises (NodeFault).
    """
    told: list[NodeFault] = []

    async def barrier() -> None:
        if repo is not None:
            await make_durable(repo)
        if told:
            raise told[0]

    async def write_on() -> None:
        while repo is not None and HAS_SYNCFS and not told:
            await asyncio.sleep(_WRITE_EVERY)
            try:
                await make_durable(repo)
            except NodeFault as error:
                told.append(error)

    writing = asyncio.create_task(write_on())
    try:
        yield barrier
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


def _make_durable(repo: Path) -> bool:
    try:
        if not repo.is_dir():
            return False
        if not HAS_SYNCFS:
            return _syncs_each_block(repo)
        descriptor = os.open(repo, os.O_RDONLY)
        try:
            if _libc().syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NodeFault(reason=str(error.strerror or error)) from error
    return True


@lru_cache(maxsize=1)
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _syncs_each_block(repo: Path) -> bool:
    try:
        config = json.loads((repo / "config").read_text("utf-8"))
        mounts = config["Datastore"]["Spec"]["mounts"]
        return any(mount.get("mountpoint") == "/blocks" and mount.get("sync") is True for mount in mounts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
