"""Detached processes: what they are told, how they are known again, and that others are never ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.ipfs.node_log import LIMIT, reason_in, shorten
from app.ipfs.process import clean_env, end, mark_of, start_detached

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def until(done: object, seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


def test_a_child_gets_no_secret() -> None:
    env = {
        "PATH": "/bin",
        "HOME": "/h",
        "REELKEY_TOKEN": "canary",
        "REELKEY_UUID": "canary",
        "AWS_SECRET": "canary",
    }
    assert clean_env(env, {"IPFS_PATH": "/r"}) == {"PATH": "/bin", "HOME": "/h", "IPFS_PATH": "/r"}


@pytest.mark.skipif("sys.platform == 'win32'")
def test_a_detached_process_has_a_session_of_its_own(tmp_path: Path, log: Path) -> None:
    pid = start_detached(SLEEPER, env=clean_env(os.environ, {}), cwd=tmp_path, log=log)
    mark = mark_of(pid)
    try:
        assert mark
        assert os.getsid(pid) == pid
        until(lambda: log.read_text() == "up\n")
    finally:
        end(pid, mark, hard=True)
    until(lambda: mark_of(pid) == "")


@pytest.mark.skipif("not sys.platform.startswith('linux')")
def test_its_session_steps_back_as_far_as_we_do(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getpriority", lambda _which, _who: 7)
    pid = start_detached(SLEEPER, env=clean_env(os.environ, {}), cwd=tmp_path, log=log)
    mark = mark_of(pid)
    try:
        group = Path(f"/proc/{pid}/autogroup")
        assert not group.exists() or group.read_text().endswith("nice 7\n")
    finally:
        end(pid, mark, hard=True)
        until(lambda: mark_of(pid) == "")


def test_another_process_of_that_pid_is_left_alone(tmp_path: Path, log: Path) -> None:
    pid = start_detached(SLEEPER, env=clean_env(os.environ, {}), cwd=tmp_path, log=log)
    mark = mark_of(pid)
    try:
        end(pid, "an earlier one's mark", hard=True)
        end(pid, "", hard=True)
        assert mark_of(pid) == mark
    finally:
        end(pid, mark, hard=True)
        until(lambda: mark_of(pid) == "")


def test_what_ended_has_no_mark() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert mark_of(child.pid) == ""


# --- its log -------------------------------------------------------------------------------------------


def test_a_long_log_is_cut_while_it_is_written(log: Path) -> None:
    with log.open("ab") as writer:
        writer.write(b"old\n" * (LIMIT // 4 + 1))
        writer.flush()
        shorten(log)
        writer.write(b"new\n")
    assert log.stat().st_size < LIMIT // 4
    assert log.read_bytes().endswith(b"old\nnew\n")


def test_a_short_or_missing_log_is_left(log: Path) -> None:
    shorten(log)
    assert not log.exists()
    log.write_bytes(b"short")
    shorten(log)
    assert log.read_bytes() == b"short"


def test_the_reason_is_the_last_error_of_this_start(log: Path) -> None:
    log.write_text("Error: of an earlier start\n")
    begins_at = log.stat().st_size
    assert "child.log" in reason_in(log, begins_at)
    with log.open("a") as file:
        file.write("Initializing daemon...\nError: lock held\nfor help see\n")
    assert reason_in(log, begins_at) == "Error: lock held"
    assert reason_in(log, 10**9)  # cut meanwhile
