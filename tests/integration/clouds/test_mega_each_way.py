"""What we send to MEGA others read, with their own check of the MAC, and what they send we read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.contract.clouds import megajs
from tests.contract.clouds.rclone import Rclone
from tests.integration.clouds.mega_home import EMAIL, PASSWORD, Home, bytes_of, outgoing, pattern, upload

SIZES = (0, 1, 16, 131071, 131072, 131073, 393216, 4718593)
# megajs reckons one chunk too many where the size, in whole blocks, ends with a chunk.
JS_SIZES = (1, 17, 131073, 4718593)


@pytest.fixture
def mega() -> Iterator[RunningMega]:
    with running_mega() as running:
        running.account(EMAIL, PASSWORD)
        yield running


@pytest.fixture
async def home(mega: RunningMega) -> AsyncIterator[Home]:
    made = Home(mega)
    yield made
    await made.aclose()


@pytest.fixture
def rclone(mega: RunningMega, tmp_path: Path) -> Rclone:
    hidden = Rclone(tmp_path / "hide", {}).run("obscure", PASSWORD).strip()
    remote = {"type": "mega", "user": EMAIL, "pass": hidden}
    return Rclone(tmp_path / "rclone", {"mega": remote}, environment={"X_MEGA_API_URL": mega.origin})


async def send(home: Home, sizes: tuple[int, ...], folder: str = "") -> dict[str, bytes]:
    destination = await home.connect()
    where = (await destination.folder("", folder, "key")).id if folder else ""
    files = {f"{size} 卷.bin": pattern(size) for size in sizes}
    for name, data in files.items():
        await upload(destination, outgoing(data, name, folder=where))
    return files


async def received(home: Home, folder: str = "") -> dict[str, bytes]:
    destination = await home.connect()
    where = (await destination.folder("", folder, "key")).id if folder else ""
    return {entry.name: await bytes_of(destination, entry) async for entry in destination.list(where)}


async def test_rclone_reads_what_we_send(home: Home, rclone: Rclone, tmp_path: Path) -> None:
    files = await send(home, SIZES, "母带 2026")
    rclone.run("copy", "mega:母带 2026", str(tmp_path / "back"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "back").iterdir()} == files


async def test_we_read_what_rclone_sends(home: Home, rclone: Rclone, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    # Of an empty file rclone folds one empty chunk, which makes a MAC that no other client makes.
    files = {f"{size} 卷.bin": pattern(size) for size in SIZES if size}
    for name, data in files.items():
        (tmp_path / "films" / name).write_bytes(data)
    rclone.run("copy", str(tmp_path / "films"), "mega:母带 2026")
    assert await received(home, "母带 2026") == files
    assert len([node for node in home.mega.nodes() if node["kind"] == "folder"]) == 1


async def test_megajs_each_way(home: Home, tmp_path: Path) -> None:
    files = await send(home, JS_SIZES)
    (tmp_path / "back").mkdir()
    (tmp_path / "theirs.bin").write_bytes(pattern(500_001))
    steps = [["download", name, str(tmp_path / "back" / name)] for name in files]
    steps.append(["upload", str(tmp_path / "theirs.bin"), "theirs.bin"])
    megajs.run(home.mega.origin, EMAIL, PASSWORD, steps)
    assert {path.name: path.read_bytes() for path in (tmp_path / "back").iterdir()} == files
    assert await received(home) == {**files, "theirs.bin": pattern(500_001)}
