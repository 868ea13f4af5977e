"""Films to try things with: real containers, of the size asked for, the same each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import av
import pytest
from pymediainfo import MediaInfo

from sandbox import films
from sandbox.films import MB, make_films, timecode

NAMES = [
    "仙剑奇侠传/仙剑奇侠传-第21集.mov",
    "仙剑奇侠传/仙剑奇侠传-第22集.mxf",
    "仙剑奇侠传/花絮/仙剑奇侠传 幕后（上）.mp4",
]
SIZE = 10
ROOT = Path(films.__file__).parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], list[tuple[int, int]]]:
    target = tmp_path_factory.mktemp("films")
    steps: list[tuple[int, int]] = []
    paths = make_films(target, SIZE, lambda done, total: steps.append((done, total)))
    return target, paths, steps


Made = tuple[Path, list[Path], list[tuple[int, int]]]


def test_names_and_size(made: Made) -> None:
    target, paths, _ = made
    assert [path.relative_to(target).as_posix() for path in paths] == NAMES
    assert sorted(path for path in target.rglob("*") if path.is_file()) == sorted(paths)
    assert sum(path.stat().st_size for path in paths) == pytest.approx(SIZE * MB, rel=0.15)


def test_progress_goes_up_to_the_end(made: Made) -> None:
    _, _, steps = made
    done = [step for step, _ in steps]
    assert done == sorted(done)
    assert {total for _, total in steps} == {SIZE * MB}
    assert 0.85 * SIZE * MB <= done[-1] <= SIZE * MB


@pytest.mark.parametrize(
    ("number", "container", "codec"), [(0, "MPEG-4", "ProRes"), (1, "MXF", "VC-3"), (2, "MPEG-4", "AVC")]
)
def test_an_independent_reader_knows_them(made: Made, number: int, container: str, codec: str) -> None:
    found = MediaInfo.parse(made[1][number])
    assert isinstance(found, MediaInfo)
    assert found.general_tracks[0].format == container
    picture = found.video_tracks[0]
    assert (picture.format, picture.width, picture.height) == (codec, 640, 360)
    codes = [track.time_code_of_first_frame for track in found.other_tracks]
    assert "01:00:00:00" in codes
    assert picture.duration == int(picture.frame_count) * 1000 // films.RATE


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_picture_can_be_shown_and_differs(made: Made, number: int) -> None:
    pictures = shown(made[1][number])
    assert len(pictures) > films.RATE
    unique = pictures[: films._UNIQUE]
    assert len(set(unique)) == len(unique)


def test_a_longer_film_repeats_its_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_UNIQUE", 4)
    for path in make_films(tmp_path, 5):
        pictures = shown(path)
        assert len(pictures) > 2 * 4
        assert pictures == [pictures[number % 4] for number in range(len(pictures))]


def shown(path: Path) -> list[bytes]:
    """A digest of every picture, in the order and number that the container promises."""
    with av.open(path) as film:
        frames = list(film.decode(video=0))
        promised = film.streams.video[0].frames
    times = [frame.time for frame in frames]
    assert times == pytest.approx([number / films.RATE for number in range(len(frames))])
    assert promised in (0, len(frames))
    return [hashlib.sha256(bytes(frame.planes[0])).digest() for frame in frames]


def test_the_same_size_gives_the_same_bytes_and_replaces_what_was_there(tmp_path: Path) -> None:
    first = make_films(tmp_path, 5)
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in first]
    first[0].write_bytes(b"old")
    again = make_films(tmp_path, 5)
    assert [hashlib.sha256(path.read_bytes()).digest() for path in again] == digests


def test_one_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_films(tmp_path, 5, stop)
    assert not [path for path in tmp_path.rglob("*.*") if path.is_file() and "home" not in path.parts]


def test_too_small(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        make_films(tmp_path, films.SMALLEST_MB - 1)


def test_timecode() -> None:
    assert timecode(0) == "01:00:00:00"
    assert timecode(25 * 3661 + 24) == "02:01:01:24"


def test_from_the_command_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "sandbox.films", str(tmp_path / "out"), "--size", "5"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    shown = [line.partition(" MB  ")[2] for line in done.stdout.splitlines()]
    assert shown == [str(tmp_path / "out" / name) for name in NAMES]
