"""The stand-in as a process: its start, its end, what it still knows afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.serving import ROOT
from sandbox.task_server.__main__ import main
from sandbox.task_server.accounts import Seed, parse_seed
from sandbox.task_server.testing import SELLER_TOKEN, RunningServer
from tests.contract.sandbox.library import ME, UPLOADS, Library

NEW = {"series_id": 233, "uuid": "u-1", "source_name": "a.mov"}


def test_everything_is_still_known_after_a_kill(tmp_path: Path) -> None:
    with RunningServer(tmp_path, process=True) as server:
        library = Library(server)
        task = library.finished_upload()
        library.download(task["source_id"])
        server.control.expire_token(SELLER_TOKEN)
        server.control.set(list_done=True)
        server.control.fault("status", code=503, times=2)
        assert library.ask("GET", ME).status == 503
        tasks, url = server.control.tasks(), server.url
        asked = len(server.control.requests())
        server.kill()
        server.start()
        assert server.url == url
        assert server.control.tasks() == tasks
        assert server.control.call("GET", "/settings")["list_done"] is True
        assert library.ask("GET", ME).status == 503
        assert library.ask("GET", ME).status == 401
        assert len(server.control.requests()) == asked + 2
        library.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    port_file = tmp_path / "port"
    arguments = ["--data", str(tmp_path / "data"), "--token", "seller:t-1", "--port-file", str(port_file)]
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.task_server", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        port = int(port_file.read_text())
        assert first == {"event": "listening", "url": f"http://127.0.0.1:{port}"}
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        process.send_signal(stop)
        rest, errors = process.communicate(timeout=20)
        assert (rest, errors, process.returncode) == ("", "", 0)


def test_a_hanging_answer_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with RunningServer(tmp_path, process=True) as server:
        server.control.fault("delay")
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as hanging:
            hanging.sendall(f"GET {ME} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            while server.control.faults()[0]["used"] == 0:
                pass
            os.kill(server.pid or 0, signal.SIGTERM)
            # The other side closes, instead of an answer after an hour.
            while hanging.recv(4096):
                pass


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        port = int(server.url.rpartition(":")[2])
        listening = Path("/proc/net/tcp")
        if not listening.exists():
            pytest.skip("no /proc here")
        rows = [line.split() for line in listening.read_text().splitlines()[1:]]
        here = {
            row[1].split(":")[0] for row in rows if int(row[1].split(":")[1], 16) == port and row[3] == "0A"
        }
        assert here == {"0100007F"}


def test_a_port_in_use_is_told_without_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "sandbox.task_server"),
                *("--port", str(other.getsockname()[1]), "--data", str(tmp_path)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "can't start" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("token", ["seller", "king:abc", "seller:", "seller:two words\t"])
def test_a_wrong_token_option_is_told_and_not_repeated(tmp_path: Path, token: str) -> None:
    done = CliRunner().invoke(main, ["--data", str(tmp_path), "--token", token])
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert done.output
    assert "abc" not in done.output


def test_token_options() -> None:
    assert parse_seed("seller:a") == Seed("a", None, ("seller",))
    assert parse_seed("buyer=星河院线:a:b") == Seed("a:b", "星河院线", ("buyer",))
    assert parse_seed("seller+buyer:a").roles == ("seller", "buyer")
    assert parse_seed("none:a").roles == ()


def test_users_of_several_tokens(tmp_path: Path) -> None:
    tokens = ["seller=甲:a-1", "seller=甲:a-2", "buyer:b-1", "buyer:b-2", "none:n-1"]
    with RunningServer(tmp_path, tokens=tokens) as server:
        library = Library(server)
        names = {
            token: library.ask("GET", ME, token=token).data["username"] for token in ("a-1", "a-2", "b-1")
        }
        assert names == {"a-1": "甲", "a-2": "甲", "b-1": "buyer"}
        assert library.ask("GET", ME, token="b-2").data["username"] == "buyer-2"
        assert library.ask("POST", UPLOADS, NEW, token="a-1").status == 201
        assert library.ask("POST", UPLOADS, NEW, token="a-2").status == 200
        assert library.ask("POST", UPLOADS, NEW, token="n-1").status == 403
        library.close()
        server.stop()
        server.start()
        assert len(server.control.call("GET", "/tokens")) == 4
