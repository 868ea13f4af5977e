"""What the demo's verdict rests on: the comparison, the times, and what it says of a child that failed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import blake3
import pytest
from rich.console import Console

from scripts.demo_client import Client, Event, StepFailed, child
from scripts.demo_screen import Bars
from scripts.demo_watch import Watch, compare

CHUNK = 4 * 2**20


def _pair(tmp_path: Path, one: bytes, other: bytes) -> tuple[bool, str]:
    paths = tmp_path / "one", tmp_path / "other"
    paths[0].write_bytes(one)
    paths[1].write_bytes(other)
    return compare(*paths)


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_the_same_bytes_are_the_same(tmp_path: Path, size: int) -> None:
    film = bytes(size)
    assert _pair(tmp_path, film, film) == (True, blake3.blake3(film).hexdigest())


@pytest.mark.parametrize("place", [0, CHUNK - 1, CHUNK, CHUNK + 4])
def test_one_changed_byte_is_seen_wherever_it_stands(tmp_path: Path, place: int) -> None:
    film = bytes(CHUNK + 5)
    changed = bytearray(film)
    changed[place] ^= 1
    assert _pair(tmp_path, film, bytes(changed)) == (False, blake3.blake3(changed).hexdigest())


def test_a_cut_or_longer_copy_is_not_the_same(tmp_path: Path) -> None:
    assert not _pair(tmp_path, bytes(CHUNK + 1), bytes(CHUNK))[0]
    longer = bytes(3 * CHUNK)
    assert _pair(tmp_path, bytes(CHUNK), longer) == (False, blake3.blake3(longer).hexdigest())
    assert not _pair(tmp_path, b"", b"x")[0]


def _state(film: str, status: int) -> Event:
    return {"event": "state", "id": film, "status": status}


def test_the_wait_for_the_release_is_not_counted_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("scripts.demo_watch.time.monotonic", lambda: now)
    watch = Watch(lambda _: None, awaited=2)
    for at, film, status in [(100, "d1", 4), (101, "d2", 4), (102, "d1", 5), (103, "d2", 5)]:
        assert not watch.all_wait.is_set()
        now = at
        watch(_state(film, status))
    assert watch.all_wait.is_set()
    for at, film, status in [(150, "d1", 6), (151, "d1", 7), (152, "d1", 8)]:
        now = at
        watch(_state(film, status))
    assert watch.seconds_of("d1") == 2 + 2
    assert watch.seconds_of("d2") == 2
    assert watch.seconds == 52


def test_warnings_and_what_is_tried_again_are_told() -> None:
    said: list[str] = []
    watch = Watch(said.append)
    watch({"event": "message", "text": "maintenance at noon"})
    watch({"event": "error", "title": "Offline", "message": "no answer", "retry": True})
    watch({"event": "error", "title": "Stopped", "message": "told by the result", "retry": False})
    assert said == ["maintenance at noon", "Offline: no answer"]


@pytest.mark.parametrize(
    ("lines", "code", "expected"),
    [
        (
            '{"event":"error","title":"T","message":"M","hint":"H"}\n{"event":"result","ok":false}',
            1,
            ["T. M", "  → H"],
        ),
        (
            '{"event":"result","ok":false,"films":[{"source_name":"a.mov",'
            '"error":{"title":"T","message":"M","hint":"H"}},{"source_name":"b.mov"}]}',
            1,
            ["a.mov: T. M", "  → H"],
        ),
        ("no JSON at all", 3, ["it ended with exit code 3", "the last words"]),
        ('{"event":"result","ok":false}', 0, ["it ended with exit code 0", "the last words"]),
        ('{"event":"result","ok":true}', 1, ["it ended with exit code 1", "the last words"]),
    ],
)
async def test_a_failed_command_is_told_in_its_own_words(
    lines: str, code: int, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"import sys\nprint({lines!r})\nprint('the last words', file=sys.stderr)\nsys.exit({code})"
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("scripts.demo_client.sys.executable", str(program))
    client = Client("seller", tmp_path / "profile", "http://127.0.0.1:9", "t", Path("kubo"))
    with pytest.raises(StepFailed, match="seller: reelkey upload") as caught:
        await client.run("upload", "x")
    assert caught.value.lines == expected


async def test_a_child_is_ended_when_its_block_is_left(tmp_path: Path) -> None:
    script = "print('up', flush=True)\nimport signal\nsignal.pause()"
    with pytest.raises(asyncio.CancelledError):
        async with child([sys.executable, "-c", script], {}, tmp_path / "stderr.txt") as process:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"up\n"
            raise asyncio.CancelledError
    assert process.returncode is not None


def test_the_token_is_no_argument(tmp_path: Path) -> None:
    client = Client("buyer", tmp_path, "http://127.0.0.1:9", "s3cret", Path("kubo"))
    assert client._environment["REELKEY_TOKEN"] == "s3cret"
    assert client._environment["REELKEY_PROFILE"] == str(tmp_path)


def test_a_log_gets_lines_instead_of_moving_bars(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+", encoding="utf-8") as file:
        with Bars(Console(file=file, width=100)) as bars:
            bars.update("sealing", "仙剑奇侠传.mov", 50, 200, 25.0)
            bars.update("sealing", "仙剑奇侠传.mov", 200, 200, 25.0)
        file.seek(0)
        first, last = file.read().splitlines()
    assert "仙剑奇侠传.mov: 25 %, 25 bytes/s, 6 s left" in first
    assert "100 %" in last
    assert "\x1b" not in first + last
