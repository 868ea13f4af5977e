"""Posters: real films, films that are none, children that misbehave, and a list that asks while it paints."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.domain.status import TaskKind
from app.journal import Run, TaskRow
from app.settings.paths import ProfilePaths
from app.ui.posters import Posters, poster_folder
from app.ui.posters.__main__ import HEIGHT, NO_PICTURE, PICTURE_BYTES, WIDTH
from app.ui.posters.child import NoAnswer, child_for, picture_of
from app.ui.posters.shelf import Shelf
from sandbox.films import make_films
from tests.children import PID, is_gone, until
from tests.ui.fakes import make_row


def make_film(path: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (320, 240)) -> Path:
    """A film of one second a colour, ten pictures each."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("prores_ks", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv422p10le"
        number = 0
        for colour in colours:
            for _ in range(10):
                image = Image.new("RGB", size, colour)
                frame = av.VideoFrame.from_image(image).reformat(format="yuv422p10le")  # type: ignore[no-untyped-call]
                frame.pts, frame.time_base = number, Fraction(1, 10)
                number += 1
                container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def a_row(number: int, path: Path, kind: TaskKind = TaskKind.UPLOAD, run: Run = Run.DONE) -> TaskRow:
    place = {TaskKind.UPLOAD: "source_path", TaskKind.DOWNLOAD: "final_path"}.get(kind, "private_path")
    return make_row(number, kind=kind, run=run, size=None, **{place: str(path)})


def colour_at(image: QImage, x: float, y: float) -> tuple[int, int, int]:
    colour = image.pixelColor(int(image.width() * x), int(image.height() * y))
    return colour.red(), colour.green(), colour.blue()


def is_near(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 16 for one, other in zip(colour, wanted, strict=True))


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_films(tmp_path_factory.mktemp("films"), 5)


@pytest.fixture
def posters(tmp_path: Path, qtbot: QtBot) -> Iterator[Posters]:
    made = Posters(tmp_path / "posters", timeout=60)
    yield made
    made.stop()


def poster_of(posters: Posters, qtbot: QtBot, row: TaskRow, **how: Any) -> QImage:
    if posters.get(row, **how) is None:
        with qtbot.waitSignal(
            posters.ready, timeout=60_000, check_params_cb=lambda number: bool(number == row.number)
        ):
            pass
    found = posters.get(row, **how)
    assert found is not None
    return found.toImage()


def wait_until_idle(posters: Posters, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not posters._wishes, timeout=30_000)


# --- the picture ---------------------------------------------------------------------------------------


def test_masters_of_three_kinds_have_their_posters(masters: list[Path]) -> None:
    for film in masters:
        image = picture_of(child_for(film))
        assert image is not None
        assert (image.width(), image.height()) == (WIDTH, HEIGHT)
        # Night above, dusk below, as sandbox.films paints them.
        above, below = colour_at(image, 0.5, 0.02), colour_at(image, 0.9, 0.98)
        assert below[0] > above[0] + 60
        assert below[0] > below[2]


def test_it_is_a_picture_from_a_tenth_into_the_film(tmp_path: Path) -> None:
    colours = [(200, 30, 30), (30, 200, 30), *[(30, 30, 200)] * 8]
    image = picture_of(child_for(make_film(tmp_path / "a.mov", colours)))
    assert image is not None
    assert is_near(colour_at(image, 0.5, 0.5), (30, 200, 30))


def test_a_black_beginning_is_passed_over(tmp_path: Path) -> None:
    colours = [*[(0, 0, 0)] * 3, *[(40, 160, 200)] * 5]
    image = picture_of(child_for(make_film(tmp_path / "a.mov", colours)))
    assert image is not None
    assert is_near(colour_at(image, 0.5, 0.5), (40, 160, 200))


def test_a_film_that_is_black_throughout_still_has_a_poster(tmp_path: Path) -> None:
    image = picture_of(child_for(make_film(tmp_path / "a.mov", [(0, 0, 0)] * 2)))
    assert image is not None
    assert is_near(colour_at(image, 0.5, 0.5), (0, 0, 0))


@pytest.mark.parametrize("size", [(640, 160), (160, 320)])
def test_wide_and_tall_pictures_are_cut_and_not_stretched(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("prores_ks", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv422p10le"
        picture = Image.new("RGB", size, (40, 40, 40))
        middle = (size[0] // 2, size[1] // 2)
        picture.paste((230, 230, 230), (middle[0] - 40, middle[1] - 40, middle[0] + 40, middle[1] + 40))
        for number in range(10):
            frame = av.VideoFrame.from_image(picture).reformat(format="yuv422p10le")  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    image = picture_of(child_for(path))
    assert image is not None
    row = [colour_at(image, x / WIDTH, 0.5)[0] > 128 for x in range(WIDTH)]
    column = [colour_at(image, 0.5, y / HEIGHT)[0] > 128 for y in range(HEIGHT)]
    assert abs(sum(row) - sum(column)) <= 6  # the square is one still
    assert abs(row.index(True) - (WIDTH - sum(row)) / 2) <= 3


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "text", "garbage", "half", "playlist"])
def test_what_is_no_film_has_no_poster(masters: list[Path], tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.mov"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{masters[2].as_uri()}\n#EXT-X-ENDLIST\n"
        by_kind = {
            "empty": b"",
            "text": b"no film " * 999,
            "garbage": bytes((index * 7919) % 251 for index in range(99_999)),
            "half": masters[0].read_bytes()[:50_000],
            "playlist": playlist.encode(),
        }
        path.write_bytes(by_kind[kind])
    assert picture_of(child_for(path)) is None


def test_a_film_that_names_another_one_does_not_open_it(masters: list[Path], tmp_path: Path) -> None:
    film = tmp_path / "a.mov"
    film.write_text(f"ffconcat version 1.0\nfile '{masters[2]}'\n")
    assert picture_of(child_for(film)) is None
    film.write_text(f"#EXTM3U\n#EXTINF:9,\n{masters[2]}\n#EXT-X-ENDLIST\n")
    assert picture_of(child_for(film.rename(tmp_path / "a.m3u8"))) is None


def test_a_film_that_names_an_address_does_not_reach_it(masters: list[Path], tmp_path: Path) -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        film = tmp_path / "a.mov"
        address = f"http://127.0.0.1:{server.server_port}"
        film.write_text(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9.0,\n"
            f"{address}/1.ts\n#EXTINF:9.0,\n{address}/2.ts\n#EXT-X-ENDLIST\n"
        )
        assert picture_of(child_for(film)) is None
        server.shutdown()
    assert asked == []


def test_names_that_could_be_taken_for_something_else(masters: list[Path], tmp_path: Path) -> None:
    for name in ("--help", "%1.mov", "a b\n.mov", "concat:a.mov", "#?.mov"):
        path = tmp_path / name
        path.write_bytes(masters[2].read_bytes())
        assert picture_of(child_for(path)) is not None


# --- children that misbehave ---------------------------------------------------------------------------


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A script that runs in the child's place; it may leave its pid beside it."""
    script = tmp_path / "child.py"
    monkeypatch.setattr("app.ui.posters.child._command", lambda: [sys.executable, str(script)])
    return script


def test_a_decoder_that_hangs_is_ended_at_its_time_limit(child: Path, tmp_path: Path) -> None:
    child.write_text(
        PID + "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    )
    begun = time.monotonic()
    with pytest.raises(NoAnswer):
        picture_of(child_for(tmp_path / "a.mov", 2.0))
    assert time.monotonic() - begun < 20
    assert is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (f"raise SystemExit({NO_PICTURE})", "none"),
        (f"import sys; sys.stdout.buffer.write(bytes({PICTURE_BYTES - 1}))", "none"),
        (f"import sys; sys.stdout.buffer.write(bytes({PICTURE_BYTES}))", "picture"),
        ("import os; os.abort()", "no answer"),
        ("raise ValueError", "no answer"),
        ("import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))", "no answer"),
    ],
)
def test_an_answer_is_counted_before_it_is_believed(
    child: Path, tmp_path: Path, code: str, answer: str
) -> None:
    child.write_text(code)
    try:
        found = "none" if picture_of(child_for(tmp_path / "a.mov", 30.0)) is None else "picture"
    except NoAnswer:
        found = "no answer"
    assert found == answer


def test_nothing_of_ours_goes_along(child: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELKEY_TOKEN", "canary-token")
    child.write_text(
        "import os, pathlib; pathlib.Path(__file__).with_name('env').write_text(str(os.environ))"
    )
    picture_of(child_for(tmp_path / "a.mov"))
    assert "canary" not in (tmp_path / "env").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is of POSIX")
def test_the_child_lets_everything_else_go_first(masters: list[Path], child: Path, tmp_path: Path) -> None:
    child.write_text(
        "import os, pathlib, sys\nfrom app.ui.posters.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "pathlib.Path(__file__).with_name('nice').write_text(str(os.nice(0)))\nraise SystemExit(status)"
    )
    assert picture_of(child_for(masters[2])) is not None
    assert int((tmp_path / "nice").read_text()) == 19


# --- the list ------------------------------------------------------------------------------------------


def test_a_list_gets_its_posters_without_waiting(masters: list[Path], posters: Posters, qtbot: QtBot) -> None:
    row = a_row(7, masters[0])
    begun = time.monotonic()
    assert posters.get(row) is None
    assert time.monotonic() - begun < 0.2
    assert poster_of(posters, qtbot, row).size() == QSize(84, 48)
    sharp = poster_of(posters, qtbot, row, ratio=2.0)
    assert (sharp.width(), sharp.height(), sharp.devicePixelRatio()) == (168, 96, 2.0)


def test_the_second_time_it_comes_from_the_disk(
    masters: list[Path], tmp_path: Path, qtbot: QtBot, child: Path
) -> None:
    row = a_row(1, masters[2])
    child.write_text("import sys; from app.ui.posters.__main__ import main; sys.exit(main(sys.argv[1:]))")
    first = Posters(tmp_path / "posters")
    before = poster_of(first, qtbot, row)
    first.stop()
    child.write_text(PID)
    second = Posters(tmp_path / "posters")
    again = poster_of(second, qtbot, row)
    for place in (0.1, 0.5, 0.9):
        assert is_near(colour_at(again, place, place), colour_at(before, place, place))
    second.stop()
    assert not (tmp_path / "pid").exists()


def test_a_film_that_was_replaced_gets_a_new_poster(tmp_path: Path, posters: Posters, qtbot: QtBot) -> None:
    film = make_film(tmp_path / "a.mov", [(200, 30, 30)])
    assert is_near(colour_at(poster_of(posters, qtbot, a_row(1, film)), 0.5, 0.5), (200, 30, 30))
    make_film(film, [(30, 30, 200)] * 2)
    again = Posters(tmp_path / "posters")
    assert is_near(colour_at(poster_of(again, qtbot, a_row(1, film)), 0.5, 0.5), (30, 30, 200))
    again.stop()


def test_garbage_is_tried_once_and_never_again(tmp_path: Path, qtbot: QtBot, child: Path) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(b"garbage" * 999)
    child.write_text(
        "import pathlib; file = pathlib.Path(__file__).with_name('runs'); file.open('a').write('x')\n"
        f"raise SystemExit({NO_PICTURE})"
    )
    shelf = Shelf(tmp_path / "posters")
    name = shelf.name_of(film)
    assert name is not None
    for _ in range(2):
        posters = Posters(tmp_path / "posters")
        assert posters.get(a_row(1, film)) is None
        wait_until_idle(posters, qtbot)
        assert posters.get(a_row(1, film)) is None
        assert not posters._wishes  # it is not even asked for
        posters.stop()
    assert shelf.has(name)
    assert (tmp_path / "runs").read_text() == "x"


def test_a_hanging_decoder_keeps_no_other_poster_back_for_long(
    tmp_path: Path, qtbot: QtBot, child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child.write_text(
        "import sys, time\n"
        "if 'hangs' in sys.argv[1]: time.sleep(60)\n"
        f"sys.stdout.buffer.write(bytes({PICTURE_BYTES}))"
    )
    hangs, plays = tmp_path / "hangs.mov", tmp_path / "plays.mov"
    for film in (hangs, plays):
        film.write_bytes(b"film")
    # The one that hangs comes soon to its time limit; the other has all the time that a busy computer needs.
    limits = {hangs: 0.3, plays: 60.0}
    monkeypatch.setattr(
        "app.ui.posters.posters.child_for", lambda film, _limit: child_for(film, limits[film])
    )
    posters = Posters(tmp_path / "posters")
    # What was asked for last is taken first: only once nothing else is wanted does the other come.
    assert posters.get(a_row(1, hangs)) is None
    until(lambda: posters._child is not None)
    poster_of(posters, qtbot, a_row(2, plays))
    wait_until_idle(posters, qtbot)
    assert posters.get(a_row(1, hangs)) is None
    posters.stop()
    name = Shelf(tmp_path / "posters").name_of(hangs)
    assert name is not None
    assert not Shelf(tmp_path / "posters").has(name)  # on a quieter day it may have one


def test_the_window_that_closes_ends_the_child(tmp_path: Path, qtbot: QtBot, child: Path) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(b"film")
    child.write_text(PID + "import time; time.sleep(60)")
    posters = Posters(tmp_path / "posters")
    posters.get(a_row(1, film))
    until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    begun = time.monotonic()
    posters.stop()
    assert time.monotonic() - begun < 4
    until(lambda: is_gone(int((tmp_path / "pid").read_text())))
    assert posters.get(a_row(2, film)) is None
    assert not any((tmp_path / "posters").glob("*")) if (tmp_path / "posters").exists() else True


def test_one_child_at_a_time(tmp_path: Path, qtbot: QtBot, child: Path) -> None:
    child.write_text(
        "import pathlib, sys, time\nfolder = pathlib.Path(__file__).parent\n"
        "(folder / 'running').mkdir()\ntime.sleep(0.2)\n(folder / 'running').rmdir()\n"
        f"sys.stdout.buffer.write(bytes({PICTURE_BYTES}))"
    )
    posters = Posters(tmp_path / "posters")
    films = [tmp_path / f"{number}.mov" for number in range(4)]
    for number, film in enumerate(films):
        film.write_bytes(b"film")
        posters.get(a_row(number, film))
    for number, film in enumerate(films):
        poster_of(posters, qtbot, a_row(number, film))  # two at once: mkdir fails, and there is none
    posters.stop()


def test_films_that_are_not_here_are_not_asked_for(tmp_path: Path, posters: Posters, qtbot: QtBot) -> None:
    film = make_film(tmp_path / "a.mov", [(200, 30, 30)])
    for row in (
        a_row(1, film, TaskKind.DOWNLOAD, Run.ACTIVE),  # the name is taken before the film is there
        a_row(2, Path(), TaskKind.RELEASE),
    ):
        assert posters.get(row) is None
        assert not posters._wishes
    assert posters.get(a_row(3, tmp_path / "gone.mov")) is None
    wait_until_idle(posters, qtbot)
    poster_of(posters, qtbot, a_row(1, film, TaskKind.DOWNLOAD))


def test_a_film_that_no_row_knows_has_its_poster_too(
    posters: Posters, qtbot: QtBot, masters: list[Path]
) -> None:
    film, count = masters[0], masters[0].stat().st_size
    with qtbot.waitSignal(
        posters.taken, timeout=60_000, check_params_cb=lambda path: bool(path == str(film))
    ):
        assert posters.of_file(film, count) is None
    found = posters.of_file(film, count)
    assert found is not None
    assert found.size() == QSize(84, 48)


def test_memory_and_disk_are_bounded(
    tmp_path: Path, qtbot: QtBot, child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.posters.posters.MOST_PIXMAPS", 30)
    shelf = Shelf(tmp_path / "posters", most=60)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
    image.fill(0x336699)
    posters = Posters(tmp_path / "posters")
    child.write_text("raise SystemExit(9)")
    for number in range(50):
        film = tmp_path / f"{number}.mov"
        film.write_bytes(b"film")
        name = shelf.name_of(film)
        assert name is not None
        Shelf(tmp_path / "posters").keep(name, image)
        poster_of(posters, qtbot, a_row(number, film))
    assert len(posters._pixmaps) == 30
    posters.stop()
    for number in range(200):
        shelf.keep(f"{number:040}", image)
    assert len(list((tmp_path / "posters").iterdir())) <= 60 + 50


@pytest.mark.qt_log_level_fail("CRITICAL")  # Qt warns of such a file, and rightly
def test_a_poster_on_the_disk_that_is_damaged_is_none(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8 damaged")
    assert shelf.read("a") is None


def test_profiles_share_no_posters(tmp_path: Path) -> None:
    one, other = (poster_folder(ProfilePaths.of(tmp_path / name)) for name in ("one", "other"))
    assert one.is_relative_to(tmp_path / "one")
    assert other.is_relative_to(tmp_path / "other")
    own = ProfilePaths.of(None)
    assert poster_folder(own) == own.cache_dir / "posters"
