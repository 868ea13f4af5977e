"""One window a profile: who is first, and what later ones hand over arrives once."""

from __future__ import annotations

import os
import signal
import stat
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from filelock import FileLock
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.domain.errors import WindowSilent
from app.ui import single as module
from app.ui.single import _PEERS, MAX_FRAME, TAKEN, Single, _peers_uid

PROGRAM = Path(__file__).with_name("single_window.py")
ROOT = Path(__file__).parents[2]
LINK = "reelkey://private?v=1&token=canary-{}"
NAME = b"0123456789abcdef0123456789abcdef"
MANY = 100
SOME = 6


class Windows:
    """Processes of one profile, and what the window among them wrote down."""

    def __init__(self, folder: Path) -> None:
        self.profile = folder / "profile"
        self.file = folder / "taken"
        self._all: list[subprocess.Popen[str]] = []

    def start(self, link: str | None = None, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, PROGRAM, self.profile, self.file, *([link] if link is not None else [])],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._all.append(process)
        return process

    def taken(self) -> list[str]:
        return self.file.read_text("utf-8").splitlines() if self.file.exists() else []

    def end(self) -> None:
        for process in self._all:
            if process.poll() is None:
                process.kill()
            process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end_window(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    return process.wait(60)


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[Windows]:
    found = Windows(tmp_path)
    yield found
    found.end()


# --- real processes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [SOME, pytest.param(MANY, marks=pytest.mark.slow)])
def test_many_at_once_while_the_window_starts(windows: Windows, many: int) -> None:
    """Nobody is there when they are fired: one becomes the window, and it gets every link once."""
    links = [LINK.format(number) for number in range(many)]
    started = [windows.start(link) for link in links]
    answers = [said(process) for process in started]
    assert Counter(answers) == {"first": 1, "later": many - 1}
    first = started[answers.index("first")]
    assert [process.wait(60) for process in started if process is not first] == [0] * (many - 1)
    assert Counter(windows.taken()) == Counter(links)  # acknowledged is written down already
    assert end_window(first) == 0
    assert Counter(windows.taken()) == Counter(links)


def test_without_a_link_the_window_is_raised(windows: Windows) -> None:
    first = windows.start()
    assert said(first) == "first"
    second = windows.start()
    assert (said(second), second.wait(60)) == ("later", 0)
    assert windows.taken() == ["(opened)", "(raised)"]


def test_another_environment_finds_the_same_window(windows: Windows, tmp_path: Path) -> None:
    name = "reelkey-" + "0" * 16
    runtime = tmp_path / ("r" * (100 - len(str(tmp_path / name)) - 1))  # as long as a socket's may be
    runtime.mkdir(mode=0o700)
    first = windows.start(XDG_RUNTIME_DIR=str(runtime), TMPDIR=str(tmp_path))
    assert said(first) == "first"
    second = windows.start(LINK.format("x"), XDG_RUNTIME_DIR="", TMPDIR="/tmp")
    assert (said(second), second.wait(60)) == ("later", 0)
    (socket,) = runtime.iterdir()
    assert len(socket.name) == len(name)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP and SIGKILL")
def test_who_waits_for_a_window_that_dies_becomes_the_window(windows: Windows) -> None:
    first = windows.start(LINK.format("a"))
    assert said(first) == "first"
    first.send_signal(signal.SIGSTOP)
    second = windows.start(LINK.format("b"))
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2)  # it has sent its link into the stopped one's socket by now, or is about to
    first.kill()
    first.wait(60)
    assert said(second) == "first"  # though the killed one's socket is still there
    third = windows.start(LINK.format("c"))
    assert (said(third), third.wait(60)) == ("later", 0)
    assert windows.taken()[-2:] == [LINK.format("b"), LINK.format("c")]
    assert Counter(windows.taken())[LINK.format("b")] == 1


def test_profiles_have_windows_of_their_own(windows: Windows, tmp_path: Path) -> None:
    other = Windows(tmp_path / "other")
    other.profile.parent.mkdir()
    try:
        assert said(windows.start()) == said(other.start()) == "first"
    finally:
        other.end()


# --- the window's side, looked at closely ------------------------------------------------------------------


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[Single]:
    found = Single(tmp_path / "profile", patience=0.5)
    assert found.become_first(None)
    yield found
    found.close()


@pytest.fixture
def taken(window: Single) -> list[str]:
    found: list[str] = []
    window.link.connect(found.append)
    return found


def where(window: Single) -> str:
    return (window._data / "window.socket").read_text("utf-8")


Send = Callable[[bytes], QLocalSocket]


@pytest.fixture
def send(window: Single, qtbot: QtBot) -> Iterator[Send]:
    doors: list[QLocalSocket] = []

    def sent(content: bytes) -> QLocalSocket:
        door = QLocalSocket()
        doors.append(door)
        door.connectToServer(where(window))
        assert door.waitForConnected(5000)
        door.write(content)
        door.flush()
        return door

    yield sent
    for door in doors:
        door.abort()


def frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def answered(qtbot: QtBot, door: QLocalSocket) -> bytes:
    qtbot.waitUntil(lambda: door.bytesAvailable() > 0)
    return bytes(door.readAll().data())


def cut_off(qtbot: QtBot, door: QLocalSocket) -> None:
    qtbot.waitUntil(lambda: door.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert door.bytesAvailable() == 0


def test_a_request_that_comes_again_is_answered_and_not_taken_again(
    qtbot: QtBot, send: Send, taken: list[str]
) -> None:
    for _ in range(3):
        assert answered(qtbot, send(frame(NAME + b"reelkey://a"))) == TAKEN
    assert answered(qtbot, send(frame(NAME[::-1] + b"reelkey://a"))) == TAKEN
    assert taken == ["reelkey://a", "reelkey://a"]


def test_a_frame_may_come_in_pieces(qtbot: QtBot, send: Send, taken: list[str]) -> None:
    whole = frame(NAME + "reelkey://片".encode())
    door = send(whole[:1])
    for piece in (whole[1:4], whole[4:40], whole[40:-1], whole[-1:]):
        qtbot.wait(5)
        assert taken == []
        door.write(piece)
        door.flush()
    assert answered(qtbot, door) == TAKEN
    assert taken == ["reelkey://片"]


@pytest.mark.parametrize(
    "content",
    [
        frame(b""),
        frame(NAME[:-1]),
        frame(NAME[:-1] + b"G" + b"reelkey://a"),
        frame(NAME.upper() + b"reelkey://a"),
        frame(NAME + b"\xff\xfe"),
        frame(NAME + b"x" * (MAX_FRAME - len(NAME) + 1)),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_cut_off(
    qtbot: QtBot, send: Send, taken: list[str], window: Single, content: bytes
) -> None:
    with qtbot.assertNotEmitted(window.raise_asked):
        cut_off(qtbot, send(content))
    assert taken == []
    assert answered(qtbot, send(frame(NAME + b"reelkey://a"))) == TAKEN


def test_one_who_says_nothing_is_cut_off(
    qtbot: QtBot, send: Send, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FRAME_MS", 50)
    cut_off(qtbot, send(frame(NAME + b"reelkey://a")[:-1]))
    assert taken == []


def test_nothing_is_answered_before_the_window_takes_links(qtbot: QtBot, send: Send, window: Single) -> None:
    door = send(frame(NAME + b"reelkey://a"))
    qtbot.wait(200)
    assert door.bytesAvailable() == 0
    taken: list[str] = []
    window.link.connect(taken.append)
    assert answered(qtbot, door) == TAKEN
    assert taken == ["reelkey://a"]


def test_one_that_went_away_while_it_waited_is_not_taken(qtbot: QtBot, send: Send, window: Single) -> None:
    door = send(frame(NAME + b"reelkey://a"))
    qtbot.wait(100)
    door.abort()
    qtbot.wait(100)
    taken: list[str] = []
    window.link.connect(taken.append)
    assert answered(qtbot, send(frame(NAME[::-1] + b"reelkey://b"))) == TAKEN
    assert taken == ["reelkey://b"]


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody else gets as far as the pipe")
def test_another_user_is_turned_away(
    qtbot: QtBot, send: Send, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    cut_off(qtbot, send(frame(NAME + b"reelkey://a")))
    assert taken == []


def test_macos_says_who_is_at_the_other_end() -> None:
    """As its struct xucred is laid out: version, user, number of groups, 16 groups."""
    asked: list[tuple[int, ...]] = []

    class Asked:
        def getsockopt(self, *what: int) -> bytes:
            asked.append(what)
            return struct.pack("=IIhxx16I", 0, 501, 2, 20, 12, *[0] * 14)

    assert _peers_uid(cast("Any", Asked()), _PEERS["darwin"]) == 501
    assert asked == [(0, 1, 76)]


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe has no file")
def test_socket_and_record_are_for_this_user_alone(window: Single) -> None:
    path = Path(where(window))
    assert stat.S_ISSOCK(path.stat().st_mode)
    for one in (path, path.parent, window._data, window._data / "window.socket"):
        assert not one.stat().st_mode & 0o077


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe has no path")
def test_a_profile_whose_path_is_too_long_for_a_socket(tmp_path: Path, qtbot: QtBot) -> None:
    deep = tmp_path / ("d" * 100) / "profile"
    window = Single(deep)
    assert window.become_first(None)
    path = Path((deep / "window.socket").read_text("utf-8"))
    assert not path.parent.stat().st_mode & 0o077
    window.close()
    assert not path.parent.exists()


# --- waiting -----------------------------------------------------------------------------------------------


def test_a_window_that_never_answers(tmp_path: Path, qtbot: QtBot) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    with FileLock(profile / "window.lock", is_singleton=False), pytest.raises(WindowSilent) as caught:
        Single(profile, patience=0.3).become_first(LINK)
    assert "canary" not in f"{caught.value} {caught.value.as_dict()}"


def test_one_that_is_quitting_takes_nothing_and_stays_the_only_one(
    window: Single, tmp_path: Path, qtbot: QtBot
) -> None:
    window.stop()
    later = Single(tmp_path / "profile", patience=0.3)
    with pytest.raises(WindowSilent):
        later.become_first(LINK)
    window.close()
    window.close()
    assert later.become_first(LINK)
    later.close()


@pytest.mark.parametrize(
    "link",
    [
        "reelkey://" + "片" * 3000,
        "reelkey://\udcff\udc80",
        "reelkey://a\nb\x00c",
        "x" * 100_000,
        "\U0001f3ac" * 3000,
    ],
)
def test_odd_links_are_handed_over_for_the_window_to_refuse(
    qtbot: QtBot, send: Send, taken: list[str], link: str
) -> None:
    whole = module._frame(NAME, link)
    assert len(whole) <= MAX_FRAME + 4
    assert answered(qtbot, send(whole)) == TAKEN
    assert len(taken) == 1
    assert link.startswith(taken[0])
    assert len(taken[0].encode("utf-8", "surrogatepass")) > 1900 or taken[0] == link
