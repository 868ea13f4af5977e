"""`reelkey register`, and what a start of Reelkey leads to: the window or the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import app.__main__ as start
from app import CHILD_FLAG
from app.cli.main import main
from app.cli.scheme import check_scheme
from app.domain.errors import WindowSilent
from app.jobs.doctor import Check
from app.media.limited import child_command

ROOT = Path(__file__).parents[2]
LINK = "reelkey://private?v=1&token=canary-7b1e"
Say = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    def run(*arguments: str) -> tuple[int, dict[str, object]]:
        code = main(["--profile", str(tmp_path / "profile"), "--json", *arguments])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, lines[-1]

    return run


# --- the commands ------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="registers below the test's home")
def test_register_doctor_unregister(say: Say, own_home: Path) -> None:
    code, result = say("register")
    assert (code, result["ok"], result["scheme"]) == (0, True, "registered")
    entry = own_home / ".local/share/applications/reelkey.desktop"
    assert f"Exec={result['program']} " in entry.read_text()
    assert check_scheme() == Check("scheme", True, str(result["program"]))
    code, result = say("unregister")
    assert (code, result["scheme"]) == (0, "missing")
    assert not entry.exists()
    check = check_scheme()
    assert check.ok is None
    assert "reelkey register" in check.text


@pytest.mark.skipif(sys.platform != "linux", reason="registers below the test's home")
def test_an_entry_of_somebody_else(say: Say, own_home: Path) -> None:
    entry = own_home / ".local/share/applications/reelkey.desktop"
    entry.parent.mkdir(parents=True)
    text = f"[Desktop Entry]\nType=Application\nName=Theirs\nExec={sys.executable} %u\n"
    entry.write_text(text)
    (own_home / ".config").mkdir()
    wanted = "[Default Applications]\nx-scheme-handler/reelkey=reelkey.desktop\n"
    (own_home / ".config/mimeapps.list").write_text(wanted)
    code, result = say("register")
    assert (code, result["ok"]) == (1, False)
    check = check_scheme()
    assert check.ok is False
    assert f"Theirs ({sys.executable})" in check.text
    assert say("unregister")[0] == 0
    assert entry.read_text() == text


# --- what a start leads to ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "window"),
    [
        ([], []),
        (["window"], []),
        (["--profile", "/p"], ["--profile", "/p"]),
        (["--profile=/p", "window"], ["--profile", "/p"]),
        (["window", "--profile", "/p", "--lang", "zh"], ["--profile", "/p", "--lang", "zh"]),
        (["--profile", "window", "window"], ["--profile", "window"]),
        ([LINK], [LINK]),
        ([LINK.upper()], [LINK.upper()]),
        (["reelkey:--profile=/evil"], ["reelkey:--profile=/evil"]),
        (["reelkey://x --help"], ["reelkey://x --help"]),
    ],
)
def test_the_window_is_meant(argv: list[str], window: list[str]) -> None:
    assert start.window_arguments(argv) == window


@pytest.mark.parametrize(
    "argv",
    [
        [LINK, "--profile", "/evil"],
        ["--profile", "/p", LINK],
        ["window", LINK],
        ["window", "window"],
        ["--", "window"],
        ["--profile"],
        ["--json"],
        ["--yes"],
        ["--token-stdin"],
        ["--help"],
        ["--version"],
        ["tasks"],
        ["open", LINK],
        ["open"],
        [" " + LINK],
        ["-reelkey:"],
    ],
)
def test_the_command_line_is_meant(argv: list[str]) -> None:
    assert start.window_arguments(argv) is None


def test_a_link_and_more_is_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main([LINK, "--profile", "/evil"]) == 2
    assert "canary" not in "".join(capsys.readouterr())


def python(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in start_without()}
    return subprocess.run(
        [sys.executable, *arguments],
        env=kept | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def start_without() -> set[str]:
    """No screen, whatever the tests run on."""
    return {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("arguments", [[], ["window"], [LINK]])
def test_without_a_screen_it_says_so(arguments: list[str]) -> None:
    done = python("-m", "app", *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "DISPLAY" in done.stderr
    assert "canary" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("env", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_where_there_is_a_screen(env: dict[str, str], platform: str, there: bool) -> None:
    assert start.has_screen(env, platform) is there


def test_the_command_line_does_not_load_qt() -> None:
    code = "import sys, app.__main__ as m\ntry:\n    m.main(['--version'])\nfinally:\n"
    code += "    assert 'PySide6' not in sys.modules and 'qasync' not in sys.modules"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


def test_a_frozen_program_is_its_own_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    for module, runs in start._CHILDREN.items():
        calls: list[Sequence[str]] = []

        def run(argv: Sequence[str], calls: list[Sequence[str]] = calls) -> int:
            calls.append(argv)
            return 0

        monkeypatch.setattr(f"{runs}.main", run)
        program, *argv = child_command(module)
        assert program == sys.executable
        assert start.main([*argv, "a.mov"]) == 0
        assert calls == [["a.mov"]]


def test_the_reader_of_facts_is_started_first(tmp_path: Path) -> None:
    film = tmp_path / "no film.mov"
    film.write_bytes(b"")
    code = f"import sys, app.__main__ as m\nsys.exit(m.main([{CHILD_FLAG!r}, 'app.media', {str(film)!r}]))"
    straight = python("-m", "app.media", str(film))
    done = python("-c", code)
    assert (done.returncode, done.stdout) == (straight.returncode, straight.stdout)


def test_a_window_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(argv: list[str]) -> int:
        raise WindowSilent(seconds=30)

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("app.ui.main.run_window", silent)
    assert start.main([LINK]) == 1
    said = capsys.readouterr()
    assert "does not answer" in said.err
    assert "canary" not in said.err
