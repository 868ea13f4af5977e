"""Finding films: endings, hidden files, links, packages, growing and hostile ones."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from app.domain.errors import (
    Cancelled,
    IsPackage,
    NameRefused,
    NoFilms,
    PathMissing,
    SourceGrowing,
    TooManyFiles,
    TooManyFilms,
)
from app.jobs.scan import find_films, is_package, unchanged

ENDINGS = (".mov", ".mp4", ".ari")


def film(path: Path, content: bytes = b"film") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_films_of_a_folder_and_its_sub_folders_with_what_is_skipped(tmp_path: Path) -> None:
    root = tmp_path / "仙剑奇侠传"
    film(root / "第1集.MOV")
    film(root / "花絮" / "片尾" / "b.mp4")
    film(root / "notes.txt")
    film(root / ".hidden.mov")
    film(root / ".cache" / "c.mov")
    found = find_films([root], ENDINGS)
    assert [(f.name, f.folder, f.subpath) for f in found.films] == [
        ("第1集.MOV", "仙剑奇侠传", ""),
        ("b.mp4", "仙剑奇侠传", "花絮/片尾"),
    ]
    assert {path.name for path in found.skipped} == {"notes.txt", ".hidden.mov", ".cache"}


def test_a_single_film_takes_its_parents_name_and_each_film_counts_once(tmp_path: Path) -> None:
    path = film(tmp_path / "series" / "a.mov")
    found = find_films([path, tmp_path / "series", path], ENDINGS)
    assert [(f.path, f.folder) for f in found.films] == [(path.resolve(), "series")]


def test_links_out_of_the_folder_and_circles_are_not_followed(tmp_path: Path) -> None:
    outside = film(tmp_path / "secret" / "outside.mov")
    root = tmp_path / "series"
    film(root / "in.mov")
    (root / "out.mov").symlink_to(outside)
    (root / "dir").symlink_to(outside.parent)
    (root / "circle").symlink_to(root)
    (root / "self.mov").symlink_to(root / "self.mov")
    found = find_films([root], ENDINGS)
    assert [f.name for f in found.films] == ["in.mov"]
    assert {path.name for path in found.skipped} >= {"out.mov", "dir", "circle", "self.mov"}


@pytest.mark.parametrize(
    "names",
    [
        ["ASSETMAP", "a.mxf"],
        ["assetmap.xml", "video.mxf"],
        [f"shot_{n:05}.dpx" for n in range(20)],
        [f"A001.{n:07}.ari" for n in range(9)],
    ],
)
def test_packages_are_known(names: list[str]) -> None:
    assert is_package(names)


@pytest.mark.parametrize(
    "names", [[f"剧集{n:02}.mov" for n in range(40)], ["still_1.jpg", "still_2.jpg"], ["a.mov"], []]
)
def test_episodes_and_a_few_stills_are_no_package(names: list[str]) -> None:
    assert not is_package(names)


def test_a_package_is_refused_whole_and_the_rest_goes_on(tmp_path: Path) -> None:
    film(tmp_path / "s" / "dcp" / "ASSETMAP")
    film(tmp_path / "s" / "dcp" / "picture.mov")
    film(tmp_path / "s" / "trailer.mov")
    found = find_films([tmp_path / "s"], ENDINGS)
    assert [f.name for f in found.films] == ["trailer.mov"]
    assert [(path.name, type(error)) for path, error in found.refused] == [("dcp", IsPackage)]


def test_a_look_ends_beyond_its_bounds(tmp_path: Path) -> None:
    root = tmp_path / "s"
    for name in ("a.mov", "b.mov", "sub/c.txt"):
        film(root / name)
    assert len(find_films([root], ENDINGS, most_files=4, most_films=2).films) == 2
    with pytest.raises(TooManyFiles) as files:  # folders count: an empty one takes its time too
        find_films([root], ENDINGS, most_files=3)
    assert files.value.facts == {"path": str(root), "most": "3"}
    with pytest.raises(TooManyFilms):
        find_films([root], ENDINGS, most_films=1)


def test_a_look_ends_when_nobody_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.mov", "b.mov", "c.mov"):
        film(tmp_path / "s" / name)
    cancelled, looked = threading.Event(), []

    def ours(_entry: object, path: Path, _root: Path) -> bool:
        looked.append(path.name)
        if path.name == "b.mov":
            cancelled.set()
        return True

    monkeypatch.setattr("app.jobs.scan._is_ours", ours)
    with pytest.raises(Cancelled):
        find_films([tmp_path / "s"], ENDINGS, cancelled=cancelled)
    assert looked == ["a.mov", "b.mov"]


def test_nothing_to_send_is_an_error(tmp_path: Path) -> None:
    film(tmp_path / "s" / "a.txt")
    with pytest.raises(NoFilms):
        find_films([tmp_path / "s"], ENDINGS)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    found = find_films([tmp_path / "gone"], ENDINGS)
    assert [type(error) for _, error in found.refused] == [PathMissing]


def test_a_film_that_grows_between_two_looks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "s" / "growing.mov")
    os.utime(path)
    film(tmp_path / "s" / "still.mov")

    def grow(_seconds: float) -> None:
        path.write_bytes(b"film and more")

    monkeypatch.setattr("app.jobs.scan.time.sleep", grow)
    found = find_films([tmp_path / "s"], ENDINGS)
    assert [f.name for f in found.films] == ["still.mov"]
    assert [type(error) for _, error in found.refused] == [SourceGrowing]


def test_an_empty_film_is_still_a_film(tmp_path: Path) -> None:
    film(tmp_path / "s" / "empty.mov", b"")
    assert [f.size for f in find_films([tmp_path / "s"], ENDINGS).films] == [0]


def test_a_name_that_is_not_utf8_is_refused_by_itself(tmp_path: Path) -> None:
    root = tmp_path / "s"
    film(root / "good.mov")
    (Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.mov"))).write_bytes(b"x")
    found = find_films([root], ENDINGS)
    assert [f.name for f in found.films] == ["good.mov"]
    assert [type(error) for _, error in found.refused] == [NameRefused]


def test_a_pipe_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    os.mkfifo(tmp_path / "s" / "pipe.mov")
    film(tmp_path / "s" / "a.mov")
    assert [f.name for f in find_films([tmp_path / "s"], ENDINGS).films] == ["a.mov"]


def test_the_same_film_means_same_size_and_time(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mov")
    info = path.stat()
    assert unchanged(path, info.st_size, info.st_mtime_ns) is None
    path.write_bytes(b"fiLm")
    assert unchanged(path, info.st_size, info.st_mtime_ns) is not None
