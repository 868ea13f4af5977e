"""The private block of a film that is being sent: found, lost, damaged, or on a drive that is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.crypto.keys import FilmSecrets
from app.crypto.layout import Layout
from app.crypto.private_block import PrivateBlockWriter
from app.crypto.seal import FilmSealer, PartSealer
from app.domain.errors import BlockFolderGone
from app.domain.status import TaskKind
from app.jobs.sealing import SealingLost, check_block, finish_block, look_for_block, staging_of
from app.journal import Journal, TaskRow
from tests.unit.crypto.block_tools import UUID, film_bytes

CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
SIZE = 5000


@pytest.fixture
async def task(tmp_path: Path) -> TaskRow:
    keys = tmp_path / "keys"
    keys.mkdir()
    size = Layout(size=SIZE, fid=bytes(16)).public_size
    async with Journal(tmp_path / "j.db") as journal:
        (row,) = await journal.add(
            TaskKind.UPLOAD,
            "https://s",
            [
                {
                    "source_name": "film.mov",
                    "private_path": str(keys / "film.rkkey"),
                    "cid": CID,
                    "public_size": size,
                }
            ],
        )
    return row


class Sealed:
    """A small film whose only part is sealed, its held-back segments in the unfinished private block."""

    def __init__(self, task: TaskRow, folder: Path) -> None:
        film = folder / "film.mov"
        film.write_bytes(film_bytes(SIZE))
        self.task = task
        self.secrets = FilmSecrets.new(UUID, SIZE, 1024)
        self.layout = Layout(size=SIZE, fid=self.secrets.fid)
        sealer = FilmSealer(self.layout, self.secrets, UUID)
        with PrivateBlockWriter(staging_of(task), self.layout, self.secrets, UUID) as writer:
            part = PartSealer(sealer, 0, film, writer.write_held)
            for _ in part.chunks():
                pass
        self.digests = [part.digest]

    def finish(self) -> None:
        finish_block(self.task, self.layout, self.secrets, UUID, self.digests)


def test_a_block_of_a_joined_film_is_lost_only_where_its_folder_is_there(task: TaskRow) -> None:
    with pytest.raises(SealingLost):
        look_for_block(task, joined=True)
    look_for_block(task, joined=False)  # what is stored in part is sealed once more
    for there in (staging_of(task), Path(task.private_path)):
        there.touch()
        look_for_block(task, joined=True)
        there.unlink()
    folder = Path(task.private_path).parent
    folder.rename(folder.with_name("unplugged"))
    for joined in (True, False):
        with pytest.raises(BlockFolderGone) as caught:
            look_for_block(task, joined=joined)
        assert caught.value.facts["path"] == str(folder)


def test_a_block_whose_held_back_segments_are_gone_is_never_finished(task: TaskRow, tmp_path: Path) -> None:
    sealed = Sealed(task, tmp_path)
    sealed.finish()
    check_block(staging_of(task), UUID, CID)
    staging_of(task).unlink()
    with pytest.raises(SealingLost):
        sealed.finish()


def test_a_damaged_block_and_another_films_are_told(task: TaskRow, tmp_path: Path) -> None:
    sealed = Sealed(task, tmp_path)
    sealed.finish()
    with pytest.raises(SealingLost):
        check_block(staging_of(task), UUID, "bafyother")
    whole = staging_of(task).read_bytes()
    for place in (3, len(whole) // 2, len(whole) - 1):
        staging_of(task).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SealingLost):
            check_block(staging_of(task), UUID, CID)
