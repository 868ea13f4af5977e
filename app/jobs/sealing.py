"""The private block of a film that is being sent, while it is unfinished: without it, what is stored on the
node can never be opened."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app import __version__
from app.crypto.keys import FilmSecrets
from app.crypto.layout import Layout
from app.crypto.open import FilmOpener
from app.crypto.private_block import PrivateBlock, PrivateBlockWriter
from app.crypto.private_payload import FilmFacts
from app.domain.errors import BlockError, BlockFolderGone, WrongPair
from app.jobs.places import PART_ENDING
from app.journal import TaskRow


class SealingLost(Exception):
    """What was sealed of a film is gone or damaged, in its private block or on the node: it begins anew."""


def staging_of(task: TaskRow) -> Path:
    """Where the film's private block is written, beside its final name."""
    return Path(task.private_path + PART_ENDING)


def look_for_block(task: TaskRow, *, joined: bool) -> None:
    """What an earlier run stored of the film lacks the held-back segments that lie in its private block.

    Raises BlockFolderGone; and SealingLost where the block is gone from its folder and all was stored
    (`joined`): what is stored only in part is sealed once more with the same keys.
    """
    staging = staging_of(task)
    if not staging.parent.is_dir():
        raise BlockFolderGone(path=str(staging.parent))
    if joined and not (staging.exists() or Path(task.private_path).exists()):
        raise SealingLost


def finish_block(
    task: TaskRow, layout: Layout, secrets: FilmSecrets, uuid: str, digests: list[bytes]
) -> None:
    """Seal the payload behind the held-back segments. Raises SealingLost where those are not there."""
    with PrivateBlockWriter(staging_of(task), layout, secrets, uuid) as writer:
        if not writer.resumed:  # removed while the film was sealed: this file is empty
            raise SealingLost
        writer.finish(task.cid, digests, task.public_size or 0, _facts(task))


def _facts(task: TaskRow) -> FilmFacts:
    below = tuple(part for part in task.subpath.split("/") if part)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return FilmFacts(task.source_name, below, task.media, made_at, f"Reelkey {__version__}")


def check_block(path: Path, uuid: str, cid: str) -> None:
    """The block opens, belongs to the public block `cid`, and its segments are whole. Raises SealingLost."""
    try:
        unlocked = PrivateBlock.read(path).unlock(uuid)
        if unlocked.cid != cid:
            raise WrongPair
        FilmOpener(unlocked).verify_held()
    except BlockError as error:
        raise SealingLost from error
