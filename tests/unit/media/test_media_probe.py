"""The child process: real films from PyAV, and children that misbehave."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from app.media import probe, probe_sync
from app.media.child import MAX_OUTPUT
from tests.children import PID, is_gone, until


def make_film(path: Path, codec: str, pixels: str, *, audio: str = "", **options: str) -> Path:
    timecode = options.pop("timecode", "")
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 180, pixels
        if timecode:
            stream.metadata["timecode"] = timecode
        sound: Any = container.add_stream(audio, rate=48000, layout="stereo") if audio else None
        for number in range(10):
            frame = av.VideoFrame(320, 180, "yuv420p").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            samples = av.AudioFrame(format="s16", layout="stereo", samples=1024)
            samples.sample_rate, samples.pts = 48000, 0
            for plane in samples.planes:
                plane.update(bytes(plane.buffer_size))
            container.mux(sound.encode(samples))
            container.mux(sound.encode())
    return path


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make_film(
        folder / "仙剑奇侠传-第21集.mov",
        "prores_ks",
        "yuv422p10le",
        audio="pcm_s24le",
        profile="3",
        timecode="01:00:00:00",
    )


async def test_the_facts_of_a_prores_master(master: Path) -> None:
    facts = await probe(master)
    assert facts.as_dict() == {
        "container": "QuickTime",
        "codec": "ProRes 422 HQ",
        "duration": 0.4,
        "width": 320,
        "height": 180,
        "frame_rate": 25.0,
        "timecode": "01:00:00:00",
        "audio": "PCM 24 bit 48 kHz 2 ch",
    }
    assert facts.warning == ""


def test_the_facts_of_other_kinds(tmp_path: Path) -> None:
    mxf = probe_sync(make_film(tmp_path / "a.mxf", "mpeg2video", "yuv422p", timecode="10:00:00:00"))
    assert (mxf.container, mxf.codec, mxf.timecode) == ("MXF OP-1a", "MPEG-2 Video", "10:00:00:00")
    mp4 = probe_sync(make_film(tmp_path / "b.mp4", "libx264", "yuv420p", audio="aac"))
    assert (mp4.container, mp4.codec, mp4.audio) == ("MPEG-4", "H.264", "AAC 48 kHz 2 ch")
    assert mp4.resolution == "320×180"


def test_names_that_could_be_taken_for_something_else(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("--help", "-P", "http:", "a b\n.mov", "%n"):
        Path(name).write_bytes(master.read_bytes())
        assert probe_sync(Path(name)).codec == "ProRes 422 HQ"
    if sys.platform == "linux":
        odd = Path(os.fsdecode(b"\xff\xfe.mov"))
        odd.write_bytes(master.read_bytes())
        assert probe_sync(odd).codec == "ProRes 422 HQ"


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "text", "nul", "half", "flipped"])
def test_what_is_no_film_gives_no_facts_but_a_reason(master: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    content = master.read_bytes()
    if kind == "folder":
        path.mkdir()
    elif kind == "nul":
        path = tmp_path / "a\x00b"
    elif kind != "missing":
        flipped = bytes(byte ^ 0x5A if index % 97 == 0 else byte for index, byte in enumerate(content))
        by_kind = {"empty": b"", "text": b"no film " * 99, "half": content[:20_000], "flipped": flipped}
        path.write_bytes(by_kind[kind])
    facts = probe_sync(path)
    assert bool(facts.warning) is (facts.as_dict() == {})
    if kind not in ("half", "flipped"):
        assert facts.as_dict() == {}


def test_the_folder_that_we_stand_in_is_not_asked_for_code(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app" / "media").mkdir(parents=True)
    for folder in ("app", "app/media"):
        (tmp_path / folder / "__init__.py").write_text("")
    (tmp_path / "app" / "media" / "__main__.py").write_text("open('was_here', 'w')")
    (tmp_path / "json.py").write_text("open('was_here', 'w')")
    monkeypatch.chdir(tmp_path)
    assert probe_sync(master).codec == "ProRes 422 HQ"
    assert not (tmp_path / "was_here").exists()


# --- children that misbehave ---------------------------------------------------------------------------


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A script that runs in the child's place; its pid is in the file beside it."""
    script = tmp_path / "child.py"
    monkeypatch.setattr("app.media.child._command", lambda: [sys.executable, str(script)])
    yield script


def test_a_child_that_hangs_is_ended(child: Path, tmp_path: Path) -> None:
    child.write_text(
        PID + "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    )
    begun = time.monotonic()
    facts = probe_sync(tmp_path / "a.mov", 2.0)
    assert time.monotonic() - begun < 20
    assert "in time" in facts.warning
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_child_that_closes_its_output_and_stays_is_ended(child: Path, tmp_path: Path) -> None:
    child.write_text("import os, time; os.close(1); time.sleep(60)")
    assert "in time" in probe_sync(tmp_path / "a.mov", 0.5).warning


def test_a_child_that_floods_is_cut_off(child: Path, tmp_path: Path) -> None:
    child.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    facts = probe_sync(tmp_path / "a.mov", 20.0)
    assert facts.as_dict() == {}
    assert "in time" not in facts.warning
    child.write_text(f"print('{{\"codec\": \"x\"}}' + ' ' * {MAX_OUTPUT})")
    assert probe_sync(tmp_path / "a.mov").as_dict() == {}


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print('no json')",
        "print('[' * 60000)",
        "print('[]')",
        "print('null')",
        "import sys; sys.stdout.buffer.write(b'\\xff\\xfe')",
        "import os; os.abort()",
        'print(\'{"codec": "x"}\'); raise SystemExit(1)',
    ],
)
def test_an_answer_that_is_none(child: Path, tmp_path: Path, code: str) -> None:
    child.write_text(code)
    facts = probe_sync(tmp_path / "a.mov")
    assert facts.as_dict() == {}
    assert facts.warning


def test_an_answer_is_checked_before_it_is_believed(child: Path, tmp_path: Path) -> None:
    child.write_text('print(\'{"codec": "a\\\\u001b[2J", "width": "x", "height": 1e999, "evil": 1}\')')
    assert probe_sync(tmp_path / "a.mov").as_dict() == {"codec": "a[2J"}


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.media.child._command", lambda: [str(tmp_path / "none")])
    assert "does not start" in probe_sync(tmp_path / "a.mov").warning


def test_the_child_gets_no_secret(child: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELKEY_TOKEN", "canary-token-55")
    monkeypatch.setenv("REELKEY_UUID", "canary-uuid-55")
    child.write_text(
        "import os, pathlib, sys\n"
        "pathlib.Path(__file__).with_name('seen').write_text(repr(dict(os.environ)) + repr(sys.argv))"
    )
    probe_sync(tmp_path / "a.mov")
    seen = (tmp_path / "seen").read_text()
    assert "PYTHONPATH" in seen
    assert "canary" not in seen


async def test_cancelling_ends_the_child(child: Path, tmp_path: Path) -> None:
    child.write_text(PID + "pathlib.Path(__file__).with_name('up').touch()\nimport time; time.sleep(60)")
    asking = asyncio.create_task(probe(tmp_path / "a.mov", 50.0))
    await asyncio.to_thread(until, (tmp_path / "up").exists)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    pid = int((tmp_path / "pid").read_text())
    await asyncio.to_thread(until, lambda: is_gone(pid))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_while_a_film_is_parsed_no_other_file_can_be_opened(
    child: Path, tmp_path: Path, master: Path
) -> None:
    child.write_text(
        "import socket, sys\n"
        "import app.media.__main__ as reader, pymediainfo\n"
        "def parse(*_, **__):\n"
        "    for call in (lambda: open(__file__), socket.socket):\n"
        "        try: call()\n"
        "        except OSError: continue\n"
        '        return \'{"media": {"track": [{"@type": "Video", "Format": "opened"}]}}\'\n'
        '    return \'{"media": {"track": [{"@type": "Video", "Format": "refused"}]}}\'\n'
        "pymediainfo.MediaInfo.parse = parse\n"
        "sys.exit(reader.main(sys.argv[1:]))\n"
    )
    assert probe_sync(master).codec == "refused"
