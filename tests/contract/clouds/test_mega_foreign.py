"""The stand-in for MEGA with clients that are not ours: rclone (Go), async-mega (Python), megajs (Node).

They agree with each other about keys, MACs and names, so what the stand-in takes and gives is MEGA's way.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yarl
from mega.api import MegaAPI
from mega.client import MegaNzClient
from mega.errors import RequestError

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.contract.clouds import megajs
from tests.contract.clouds.pattern import pattern
from tests.contract.clouds.rclone import Rclone

EMAIL, PASSWORD = "master@example.com", "correct horse 电池"
# Around the ends of blocks and of MAC chunks.
SIZES = (0, 1, 15, 16, 17, 131071, 131072, 131073, 393216, 393221, 4718592, 4718593)
# megajs reckons one chunk too many where the size, in whole blocks, ends with a chunk.
JS_SIZES = (1, 15, 16, 17, 131073, 393221, 1310721)
EASY = 250  # a proof of work that nearly every try is good for


@pytest.fixture
def mega() -> Iterator[RunningMega]:
    with running_mega() as running:
        running.account(EMAIL, PASSWORD)
        yield running


def make_files(folder: Path, sizes: tuple[int, ...]) -> dict[str, Path]:
    """A file of each size, by name."""
    folder.mkdir()
    whole = pattern(max(sizes))
    found = {f"{size} 卷.bin": folder / f"{size} 卷.bin" for size in sizes}
    for size, path in zip(sizes, found.values(), strict=True):
        path.write_bytes(whole[:size])
    return found


def agree(mega: RunningMega, files: dict[str, Path]) -> None:
    """Every file stands in the stand-in under its name, with its bytes, and its MAC agrees with its key."""
    nodes = {node.get("name"): node for node in mega.nodes(EMAIL)}
    for name, path in files.items():
        content = mega.content(nodes[name]["handle"])
        assert content["size"] == path.stat().st_size
        assert content["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), name
        assert content["mac_agrees"], name


def rclone_for(mega: RunningMega, folder: Path, **more: str) -> Rclone:
    remote = {"type": "mega", "user": EMAIL, "pass": _obscured(), **more}
    return Rclone(folder / "rclone", {"mega": remote}, environment={"X_MEGA_API_URL": mega.origin})


@cache
def _obscured() -> str:
    """The password as rclone wants it in its configuration."""
    with tempfile.TemporaryDirectory() as folder:
        return Rclone(Path(folder), {}).run("obscure", PASSWORD).strip()


# --- rclone ------------------------------------------------------------------------------------------


def test_rclone_carries_every_boundary_size_there_and_back(mega: RunningMega, tmp_path: Path) -> None:
    files = make_files(tmp_path / "films", SIZES)
    rclone = rclone_for(mega, tmp_path)

    rclone.run("copy", str(tmp_path / "films"), "mega:影片 2026/reels")
    agree(mega, {name: path for name, path in files.items() if path.stat().st_size})
    # Of an empty file it folds one empty chunk where all others fold none.
    empty = mega.named("0 卷.bin")
    assert empty["mac"] == crypto.condense(crypto.ecb_seal(bytes.fromhex(empty["key"]), bytes(16))).hex()
    folder = mega.named("reels")
    assert mega.named("影片 2026")["handle"] == folder["parent"]
    assert all(mega.named(name)["parent"] == folder["handle"] for name in files)

    listed = {entry["Name"]: entry["Size"] for entry in rclone.listing("mega:影片 2026/reels")}
    assert listed == {name: path.stat().st_size for name, path in files.items()}

    rclone.run("copy", "mega:影片 2026/reels", str(tmp_path / "back"))
    for name, path in files.items():
        assert (tmp_path / "back" / name).read_bytes() == path.read_bytes()


def test_rclone_refuses_content_whose_mac_is_wrong(mega: RunningMega, tmp_path: Path) -> None:
    files = make_files(tmp_path / "films", (131073,))
    rclone = rclone_for(mega, tmp_path)
    mega.control.fault("corrupt", path="^/ul/")

    rclone.run("copy", str(tmp_path / "films"), "mega:")
    assert not mega.content(mega.named(next(iter(files)))["handle"])["mac_agrees"]
    ran = rclone.try_run("copy", "mega:", str(tmp_path / "back"), "--low-level-retries", "1")

    assert ran.code != 0
    assert "MAC verification failed" in ran.err


def test_rclone_moves_and_deletes(mega: RunningMega, tmp_path: Path) -> None:
    files = make_files(tmp_path / "films", (17,))
    name = next(iter(files))
    rclone = rclone_for(mega, tmp_path)
    rclone.run("copy", str(tmp_path / "films"), "mega:a")

    rclone.run("moveto", f"mega:a/{name}", "mega:b/renamed.bin")
    moved = mega.named("renamed.bin")
    assert moved["parent"] == mega.named("b")["handle"]

    rclone.run("delete", "mega:b")
    account = mega.control.state()["accounts"][0]
    assert mega.named("renamed.bin")["parent"] == account["rubbish"]


def test_rclone_proves_work_and_gives_the_second_factor(tmp_path: Path) -> None:
    with running_mega(easiness=EASY) as mega:
        mega.account(EMAIL, PASSWORD, version=1, code="123456")

        assert rclone_for(mega, tmp_path, **{"2fa": "123456"}).listing("mega:") == []
        assert mega.control.state()["proofs"] == 1
        ran = rclone_for(mega, tmp_path / "wrong", **{"2fa": "654321"}).try_run("lsd", "mega:")
        assert ran.code != 0


# --- async-mega --------------------------------------------------------------------------------------


@asynccontextmanager
async def async_mega(mega: RunningMega, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(MegaAPI, "_entrypoint", yarl.URL(f"{mega.origin}/cs"))
    async with MegaNzClient() as client:
        yield client


# It reckons an old account's key in plain Python: four seconds.
@pytest.mark.parametrize("version", [pytest.param(1, marks=pytest.mark.slow), 2])
async def test_async_mega_signs_in_to_both_kinds_of_account(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_mega(easiness=EASY) as mega:
        mega.account(EMAIL, PASSWORD, version=version)
        async with async_mega(mega, monkeypatch) as client:
            await client.login(EMAIL, PASSWORD)
            assert (await client.get_filesystem()).root is not None
        async with async_mega(mega, monkeypatch) as client:
            with pytest.raises(RequestError, match="ENOENT"):
                await client.login(EMAIL, "wrong")
        assert mega.control.state()["proofs"] == 2


async def test_async_mega_carries_every_boundary_size(
    mega: RunningMega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_files(tmp_path / "films", SIZES)
    async with async_mega(mega, monkeypatch) as client:
        await client.login(EMAIL, PASSWORD)
        root = (await client.get_filesystem()).root.id
        nodes = [await client.upload(path, root) for path in files.values()]
        agree(mega, files)

        for node, (name, path) in zip(nodes, files.items(), strict=True):
            await client.download(node, tmp_path / "back")
            assert (tmp_path / "back" / name).read_bytes() == path.read_bytes()


async def test_async_mega_without_an_account(
    mega: RunningMega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = make_files(tmp_path / "films", (17,)).values()
    async with async_mega(mega, monkeypatch) as client:
        await client.login()
        node = await client.upload(path, (await client.get_filesystem()).root.id)
        link = await client.export(node)
    assert link


# --- megajs ------------------------------------------------------------------------------------------


def test_megajs_carries_sizes_there_and_back(mega: RunningMega, tmp_path: Path) -> None:
    files = make_files(tmp_path / "films", JS_SIZES)
    (tmp_path / "back").mkdir()
    steps = [["upload", str(path), name] for name, path in files.items()]
    steps += [["list"], *(["download", name, str(tmp_path / "back" / name)] for name in files)]

    results = megajs.run(mega.origin, EMAIL, PASSWORD, steps)

    agree(mega, files)
    assert sorted(results[len(files)]) == sorted([name, path.stat().st_size] for name, path in files.items())
    for name, path in files.items():
        assert (tmp_path / "back" / name).read_bytes() == path.read_bytes()
    assert mega.control.state()["accounts"][0]["sessions"] == 0


def test_megajs_refuses_content_whose_mac_is_wrong(mega: RunningMega, tmp_path: Path) -> None:
    ((name, path),) = make_files(tmp_path / "films", (17,)).items()
    mega.control.fault("corrupt", path="^/ul/")

    with pytest.raises(RuntimeError, match="MAC verification failed"):
        megajs.run(
            mega.origin,
            EMAIL,
            PASSWORD,
            [["upload", str(path), name], ["download", name, str(tmp_path / "x")]],
        )


def test_what_one_client_leaves_the_others_read(mega: RunningMega, tmp_path: Path) -> None:
    ((name, path),) = make_files(tmp_path / "films", (393221,)).items()
    (tmp_path / "js").mkdir()

    rclone_for(mega, tmp_path).run("copy", str(tmp_path / "films"), "mega:")
    megajs.run(
        mega.origin, EMAIL, PASSWORD, [["download", name, str(tmp_path / "js" / name)], ["folder", "从 JS"]]
    )

    assert (tmp_path / "js" / name).read_bytes() == path.read_bytes()
    listed = {entry["Name"] for entry in rclone_for(mega, tmp_path / "again").listing("mega:")}
    assert listed == {name, "从 JS"}


def test_megajs_gives_the_second_factor(tmp_path: Path) -> None:
    with running_mega() as mega:
        mega.account(EMAIL, PASSWORD, code="123456")

        assert megajs.run(mega.origin, EMAIL, PASSWORD, [["list"]], code="123456") == [[]]
        with pytest.raises(RuntimeError, match=r"EMFAREQUIRED|Multi-Factor"):
            megajs.run(mega.origin, EMAIL, PASSWORD, [["list"]])


@pytest.mark.slow  # after the work is done it waits two seconds; the others show the same sooner
def test_megajs_proves_work() -> None:
    with running_mega(easiness=EASY) as mega:
        mega.account(EMAIL, PASSWORD)

        assert megajs.run(mega.origin, EMAIL, PASSWORD, [["list"]]) == [[]]
        assert mega.control.state()["proofs"] == 1
