"""What the commands say and do with films of the journal, where no node is needed: it never answers."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.api_client import TaskApi
from app.cli.main import main
from app.domain.errors import NewerFormat
from app.domain.status import TaskKind, TaskStatus
from app.journal import Journal, Run
from app.journal.records import TaskChanges
from sandbox.task_server.testing import SELLER_TOKEN, RunningServer
from tests.clients import ROOT, Client, Finished

Reelkey = Callable[..., Finished]
FAR = "http://studio.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def reelkey(profile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Reelkey:
    monkeypatch.setenv("REELKEY_PROFILE", str(profile))

    def run(*arguments: object) -> Finished:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
        code = main(["--json", *map(str, arguments)])
        said = capsys.readouterr()
        return Finished(code, [json.loads(line) for line in said.out.splitlines()], said.err)

    assert run("settings", "set", "node.api", "/ip4/127.0.0.1/tcp/1").code == 0
    return run


def journalled(profile: Path, server: str, *films: TaskChanges) -> None:
    """Films in the profile's journal, as another run left them: u1, u2 and so on."""

    async def add() -> None:
        async with Journal(profile / "journal.db") as journal:
            await journal.add(TaskKind.UPLOAD, server, films)

    asyncio.run(add())


def registered(server: RunningServer) -> int:
    """A film that the library knows: its task id there."""

    async def create() -> int:
        async with TaskApi(server.url, lambda: SELLER_TOKEN) as api:
            return (await api.create_upload(7, "5d9f1c8e-7a2b-4c3d-9e0f-112233445566", "a.mov")).id

    return asyncio.run(create())


def test_a_cancel_is_reported_with_the_token_of_the_environment(
    reelkey: Reelkey, profile: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = registered(server)
    journalled(
        profile,
        server.url,
        {"remote_id": task, "source_name": "a.mov", "folder": "s", "status": TaskStatus.SPLITTING},
    )
    monkeypatch.setenv("REELKEY_TOKEN", SELLER_TOKEN)
    finished = reelkey("cancel", "u1")
    assert (finished.code, finished.result["films"][0]["run"]) == (0, "cancelled"), finished
    assert server.control.reported(task) == [9]


def test_a_cancel_crosses_no_open_way_without_a_yes(reelkey: Reelkey, profile: Path) -> None:
    known: TaskChanges = {"remote_id": 7, "source_name": "a.mov", "status": TaskStatus.SPLITTING}
    journalled(profile, FAR, known, {"source_name": "never registered.mov"})
    finished = reelkey("cancel", "u1", "u2")
    assert (finished.code, finished.codes) == (2, ["not_encrypted"])
    assert [film["run"] for film in reelkey("tasks").result["tasks"]] == ["queued", "cancelled"]


# --- retry, resume ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_what_does_not_go_on_is_said(reelkey: Reelkey, profile: Path, command: str) -> None:
    too_new: TaskChanges = {"run": Run.FAILED, "error": NewerFormat(what="x").record()}
    journalled(
        profile,
        FAR,
        {"source_name": "cancelled.mov", "run": Run.CANCELLED},
        {"source_name": "done.mov", "run": Run.DONE, "status": TaskStatus.DONE},
        {"source_name": "too new.mov", **too_new},
    )
    finished = reelkey(command, "u1", "u2", *(["u3"] if command == "resume" else []))
    assert finished.code == 1 and set(finished.codes) == {"not_now"}
    named = [line["message"].partition(":")[0] for line in finished.of("error")]
    assert named == ["cancelled.mov", "done.mov", *(["too new.mov"] if command == "resume" else [])]


# --- the node --------------------------------------------------------------------------------------------


def test_a_node_that_is_not_ours_is_not_said_to_be_stopped(reelkey: Reelkey) -> None:
    finished = reelkey("node", "stop")
    assert (finished.code, finished.codes) == (1, ["node_not_ours"])
    assert "running" not in finished.result


# --- Ctrl-C ----------------------------------------------------------------------------------------------


def test_ctrl_c_at_a_question_ends_the_command(
    profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Asked(io.StringIO):
        def flush(self) -> None:
            if "[y/N]" in self.getvalue():
                self.truncate(0)
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setenv("REELKEY_PROFILE", str(profile))
    terminal = Terminal("n\n")
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("sys.stderr", Asked())
    before = signal.getsignal(signal.SIGINT)
    assert main(["--server", FAR, "download", "7", "--output", str(tmp_path)]) == 130
    assert terminal.tell() == 0, "nothing was waited for"
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_ends_the_wait_for_a_line(profile: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--json", "open", "--check", "-"],
        env=Client(profile, tmp_path).environment(),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(b"reelkey://private?v=1&token=t\n")
            process.stdin.flush()
            assert b"request" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        finally:
            process.kill()
