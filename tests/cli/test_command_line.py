"""The command line's contract where no node is needed: exits, errors, links, blocks, settings."""

from __future__ import annotations

import io
import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli.main import main
from sandbox.task_server.testing import SELLER_TOKEN, RunningServer
from tests.clients import Finished

Reelkey = Callable[..., Finished]
UUID = "5d9f1c8e-7a2b-4c3d-9e0f-112233445566"


@pytest.fixture
def reelkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Reelkey:
    monkeypatch.setenv("REELKEY_PROFILE", str(tmp_path / "profile"))

    def run(*arguments: object, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = main(["--json", *map(str, arguments)])
        said = capsys.readouterr()
        events = [json.loads(line) for line in said.out.splitlines()]
        assert "Traceback" not in said.out + said.err
        assert events[-1]["event"] == "result" and events[-1]["ok"] is (code == 0)
        return Finished(code, events, said.err)

    return run


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "series" / "影片.mov"
    path.parent.mkdir()
    path.write_bytes(b"film" * 1000)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:  # bound and not listening: a connection is refused at once
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["upload"],
        ["upload", "x", "--private-dir", "p"],
        ["upload", "x", "--series-id", "one", "--private-dir", "p"],
        ["upload", "x", "--series-id", "-1", "--private-dir", "p"],
        ["download", "--output", "o"],
        ["download", "99999999999999999999", "--output", "o"],
        ["release"],
        ["release", "--list", "d"],
        ["pause"],
        ["open", "-"],
        ["--lang", "fr", "tasks"],
        ["--profile"],
        ["settings", "set", "no.such", "1"],
        ["settings", "set", "films_at_once", "zero"],
    ],
)
def test_wrong_usage_is_two_and_an_error_line(reelkey: Reelkey, arguments: list[str]) -> None:
    finished = reelkey(*arguments)
    assert finished.code == 2
    assert [set(line) >= {"code", "title", "message", "hint", "retry"} for line in finished.of("error")] == [
        True
    ]


def test_help_and_version_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["upload", "--help"]) == 0
    assert main(["--version"]) == 0
    assert "reelkey" in capsys.readouterr().out


def test_a_path_with_nothing_at_it(reelkey: Reelkey, tmp_path: Path) -> None:
    finished = reelkey(
        "--server",
        "https://studio.example",
        "upload",
        tmp_path / "gone",
        "--series-id",
        1,
        "--private-dir",
        tmp_path,
    )
    assert (finished.code, finished.codes) == (2, ["path_missing"])


def test_no_server_set(reelkey: Reelkey, film: Path, tmp_path: Path) -> None:
    finished = reelkey("upload", film, "--series-id", 1, "--private-dir", tmp_path)
    assert (finished.code, finished.codes) == (2, ["no_server"])


@pytest.mark.parametrize("server", ["https://s/api/v1", "ftp://s", "https://u:p@s", "nowhere"])
def test_a_server_that_is_no_origin(reelkey: Reelkey, server: str, film: Path, tmp_path: Path) -> None:
    finished = reelkey("--server", server, "upload", film, "--series-id", 1, "--private-dir", tmp_path)
    assert (finished.code, finished.codes) == (2, ["server_not_allowed"])
    assert "u:p" not in str(finished.events)


def test_plain_http_beyond_this_computer_wants_a_yes(reelkey: Reelkey, film: Path, tmp_path: Path) -> None:
    finished = reelkey(
        "--server", "http://studio.example", "upload", film, "--series-id", 1, "--private-dir", tmp_path
    )
    assert (finished.code, finished.codes) == (2, ["not_encrypted"])


def test_without_a_token_the_films_are_journalled_all_the_same(
    reelkey: Reelkey, film: Path, tmp_path: Path
) -> None:
    finished = reelkey(
        "--server",
        "https://studio.example",
        "upload",
        film,
        "--series-id",
        1,
        "--private-dir",
        tmp_path / "p",
    )
    assert (finished.code, finished.codes) == (4, ["no_token"])
    assert [task["source_name"] for task in reelkey("tasks").result["tasks"]] == ["影片.mov"]


def test_a_server_that_is_away_is_three_and_the_films_are_kept(
    reelkey: Reelkey, film: Path, tmp_path: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELKEY_TOKEN", "t")
    assert reelkey("settings", "set", "preflight_patience", "0.2").code == 0
    server = f"http://127.0.0.1:{closed_port}"
    finished = reelkey("--server", server, "upload", film, "--series-id", 1, "--private-dir", tmp_path / "p")
    assert finished.code == 3 and set(finished.codes) == {"server_unreachable"}
    [task] = reelkey("tasks").result["tasks"]
    assert (task["run"], task["task_id"], task["status"]) == ("queued", None, 0)


def test_a_refused_token_is_four(
    reelkey: Reelkey, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunningServer(tmp_path / "server") as server:
        monkeypatch.setenv("REELKEY_TOKEN", "canary-token")
        finished = reelkey(
            "--server", server.url, "upload", film, "--series-id", 1, "--private-dir", tmp_path / "p"
        )
        assert (finished.code, finished.codes) == (4, ["token_refused"])
        assert "canary-token" not in str(finished.events)


def test_a_token_can_come_by_stdin(reelkey: Reelkey, tmp_path: Path) -> None:
    with RunningServer(tmp_path / "server") as server:
        finished = reelkey(
            "--server", server.url, "--token-stdin", "release", "--list", stdin=f"{SELLER_TOKEN}\n".encode()
        )
        assert finished.code == 0 and finished.result["groups"] == []


def test_packages_are_refused_with_a_hint(reelkey: Reelkey, tmp_path: Path) -> None:
    (tmp_path / "dcp").mkdir()
    (tmp_path / "dcp" / "ASSETMAP").write_text("")
    (tmp_path / "dcp" / "p.mxf").write_text("")
    finished = reelkey(
        "--server",
        "https://s.example",
        "upload",
        tmp_path / "dcp",
        "--series-id",
        1,
        "--private-dir",
        tmp_path,
    )
    assert (finished.code, finished.codes) == (2, ["is_package"])


# --- links -------------------------------------------------------------------------------------------


def test_a_link_is_checked_without_its_token(reelkey: Reelkey) -> None:
    finished = reelkey("open", "--check", "reelkey://upload?v=1&series_id=7&folder=%2F%E5%89%A7&token=canary")
    assert finished.code == 0
    assert finished.result["request"] == {"action": "upload", "series_id": 7, "folder": "/剧"}
    assert "canary" not in str(finished.events)


def test_many_links_are_answered_one_by_one_in_order(reelkey: Reelkey) -> None:
    lines = [
        b"reelkey://private?v=1&token=t",
        b"http://evil",
        b"\xff\xfe",
        b"reelkey://download?v=1&source_id=5&token=t",
        b"reelkey://private?v=1&token=" + b"x" * 200_000,
    ]
    finished = reelkey("open", "--check", "-", stdin=b"\n".join(lines) + b"\n")
    assert finished.code == 2
    assert [line["event"] for line in finished.events] == [
        "request",
        "error",
        "error",
        "request",
        "error",
        "result",
    ]
    assert set(finished.codes) == {"link_refused"}


def test_nothing_is_done_without_a_yes(reelkey: Reelkey, tmp_path: Path) -> None:
    with RunningServer(tmp_path / "server") as server:
        reelkey("settings", "set", "server.studio", server.url)
        reelkey("settings", "set", "output_dir", str(tmp_path / "out"))
        link = f"reelkey://download?v=1&source_id=5&server=studio&token={SELLER_TOKEN}"
        finished = reelkey("open", link)
        assert finished.code == 2
        assert reelkey("tasks").result["tasks"] == []
        assert SELLER_TOKEN not in str(finished.events)


# --- blocks ------------------------------------------------------------------------------------------


@pytest.fixture
def blocks(
    reelkey: Reelkey, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    monkeypatch.setenv("REELKEY_UUID", UUID)
    public, private = tmp_path / "f.rkpub", tmp_path / "f.rkkey"
    sealed = reelkey("block", "seal", film, "--public", public, "--private", private)
    assert (sealed.code, sealed.result["size"]) == (0, 4000), sealed
    return public, private


def test_a_film_is_sealed_and_opened_by_the_command(
    reelkey: Reelkey, film: Path, blocks: tuple[Path, Path], tmp_path: Path
) -> None:
    opened = reelkey("block", "open", *blocks, "--output", tmp_path / "out.mov")
    assert opened.code == 0, opened
    assert (tmp_path / "out.mov").read_bytes() == film.read_bytes()
    again = reelkey("block", "open", *blocks, "--output", tmp_path / "out.mov")
    assert again.code != 0
    assert (tmp_path / "out.mov").read_bytes() == film.read_bytes()


def test_each_way_a_block_can_be_wrong_has_its_code(
    reelkey: Reelkey, film: Path, blocks: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = blocks
    other_public, other_private = tmp_path / "g.rkpub", tmp_path / "g.rkkey"
    reelkey("block", "seal", film, "--public", other_public, "--private", other_private)
    out = tmp_path / "wrong.mov"

    def code(one: Path, two: Path) -> str:
        finished = reelkey("block", "open", one, two, "--output", out)
        assert finished.code == 1 and not list(tmp_path.glob("wrong*"))
        return finished.codes[0]

    assert code(public, other_private) == "wrong_pair"
    flipped = bytearray(private.read_bytes())
    flipped[-40] ^= 1
    (tmp_path / "flipped.rkkey").write_bytes(flipped)
    assert code(public, tmp_path / "flipped.rkkey") == "damaged"
    assert code(public, public) in ("not_a_block", "damaged")
    monkeypatch.setenv("REELKEY_UUID", UUID.replace("5", "6"))
    assert code(public, private) == "wrong_uuid"


def test_a_block_shows_its_clear_facts_and_no_secret(reelkey: Reelkey, blocks: tuple[Path, Path]) -> None:
    for path in blocks:
        finished = reelkey("block", "inspect", path)
        assert finished.code == 0
        assert UUID not in str(finished.events)


def test_a_uuid_is_needed(reelkey: Reelkey, film: Path, tmp_path: Path) -> None:
    finished = reelkey("block", "seal", film, "--public", tmp_path / "a", "--private", tmp_path / "b")
    assert finished.code == 2


# --- profile -----------------------------------------------------------------------------------------


def test_settings_are_kept_in_the_profile_and_nowhere_else(reelkey: Reelkey, own_home: Path) -> None:
    assert reelkey("settings", "set", "films_at_once", "3").code == 0
    assert reelkey("settings", "get", "films_at_once").result["value"] == 3
    assert reelkey("settings", "get").result["settings"]["films_at_once"] == 3
    assert [path for path in own_home.rglob("*") if path.is_file()] == []


def test_unknown_films_are_named(reelkey: Reelkey) -> None:
    for command in ("pause", "cancel", "forget", "free", "retry", "resume"):
        finished = reelkey(command, "u99")
        assert (finished.code, finished.codes) == (2, ["unknown_task"]), command


def test_a_profile_of_a_newer_reelkey_is_left_alone(reelkey: Reelkey, tmp_path: Path) -> None:
    (tmp_path / "profile").mkdir()
    with sqlite3.connect(tmp_path / "profile" / "journal.db") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    finished = reelkey("tasks")
    assert (finished.code, finished.codes) == (1, ["journal_newer"])
