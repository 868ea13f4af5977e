"""What takes room on the node's disk, by what it means: from the journal's rows and the node's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.errors import ReelkeyError
from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.journal.records import FINISHED
from app.ui.messages import NodeSeen

if TYPE_CHECKING:
    from app.ui.engine import Engine


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes. `sent` and `copies` are what is held of films that were sent and of those received and opened;
    `blocks` is the part of `sent` that is private blocks which were released, `work` the rest of the node's
    blocks. `other` and `free` are None where the disk can't be seen.
    `known`: the node has said what it holds."""

    sent: int = 0
    copies: int = 0
    work: int = 0
    other: int | None = None
    free: int | None = None
    total: int | None = None
    sent_films: tuple[TaskRow, ...] = ()
    copied_films: tuple[TaskRow, ...] = ()
    in_work: int = 0
    known: bool = False
    blocks: int = 0

    @property
    def reelkey(self) -> int:
        """All that the node's blocks take."""
        return self.sent + self.copies + self.work


def space_of(rows: Iterable[TaskRow], node: NodeSeen, pinned: frozenset[str] | None) -> Space:
    """`pinned` is what the node holds on purpose (CIDs); None where it was not asked yet: then nothing is
    said to be held, for a film's room may have been freed long ago."""
    known = list(rows)
    sent = tuple(row for row in known if row.kind is TaskKind.UPLOAD and _is_held(row, pinned))
    served = {row.cid for row in sent}
    copied = tuple(
        row
        for row in known
        if row.kind is TaskKind.DOWNLOAD and row.cid not in served and _is_held(row, pinned)
    )
    blocks = {row.private_cid: row.private_size or 0 for row in known if _block_is_held(row, pinned)}
    sent_bytes = _bytes(sent) + sum(blocks.values())
    copied_bytes = _bytes(copied)
    held = Space(
        sent=sent_bytes,
        copies=copied_bytes,
        sent_films=sent,
        copied_films=copied,
        in_work=sum(row.run not in FINISHED for row in known if row.kind is not TaskKind.RELEASE),
        known=pinned is not None,
        blocks=sum(blocks.values()),
    )
    return with_disk(held, node)


def with_disk(space: Space, node: NodeSeen) -> Space:
    """The same films on the node's disk as it is now."""
    held = space.sent + space.copies
    repo = node.repo_bytes if node.repo_bytes is not None else held
    other = None
    if node.total_bytes is not None and node.free_bytes is not None:
        other = max(0, node.total_bytes - node.free_bytes - repo)
    work = max(0, repo - held)
    return replace(space, work=work, other=other, free=node.free_bytes, total=node.total_bytes)


def _is_held(row: TaskRow, pinned: frozenset[str] | None) -> bool:
    return pinned is not None and row.run is Run.DONE and bool(row.cid) and row.cid in pinned


def _block_is_held(row: TaskRow, pinned: frozenset[str] | None) -> bool:
    return (
        pinned is not None
        and row.kind is TaskKind.RELEASE
        and bool(row.private_cid)
        and row.private_cid in pinned
    )


def _bytes(rows: Iterable[TaskRow]) -> int:
    """Each public block once, however many tasks speak of it."""
    return sum({row.cid: row.public_size or row.size or 0 for row in rows}.values())


async def free_each(engine: Engine, numbers: list[int]) -> ReelkeyError | None:
    """Free each film by itself, so that one that can't go keeps none of the others; the last trouble."""
    trouble: ReelkeyError | None = None
    for number in numbers:
        try:
            await engine.free([number])
        except ReelkeyError as error:
            trouble = error
    return trouble
