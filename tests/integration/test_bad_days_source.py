"""Films that change, shrink or vanish while they are sealed; folders that are not what they seem."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.crypto.files import inspect
from tests.integration.bad_days import BIG, SMALL, Stage, files_below, is_event, make_film

pytestmark = pytest.mark.kubo


def replace(path: Path) -> None:
    """As an editing program does it: a new file under the old name."""
    path.replace(path.with_suffix(".old"))
    make_film(path)


def shorten(path: Path) -> None:
    os.truncate(path, SMALL)


def unplug(path: Path) -> None:
    path.rename(path.with_suffix(".unplugged"))


def fid_in(block: Path) -> Any:
    return inspect(block)["fid"]


def test_films_that_change_start_again_with_new_keys_and_one_that_vanished_waits(stage: Stage) -> None:
    series = stage.place / "restless"
    troubles: dict[str, Callable[[Path], None]] = {
        "a replaced.mov": replace,
        "b shorter.mov": shorten,
        "c unplugged.mov": unplug,
    }
    for film in troubles:
        make_film(series / film, BIG)
    make_film(series / "d calm.mov")
    blocks = stage.blocks / "restless"
    first_fid: dict[str, Any] = {}
    running = stage.upload(series)
    for film, act in troubles.items():
        running.until(is_event("progress", phase="seal", source_name=film))
        first_fid[film] = fid_in(blocks / f"{film}.rkkey.part")
        act(series / film)
    done = running.wait()
    films = {film["source_name"]: film for film in done.result["films"]}
    assert (done.code, films["c unplugged.mov"]["error"]["code"]) == (1, "source_gone"), done
    assert films["c unplugged.mov"]["error"]["retry"] is True
    reported = {film: stage.statuses(stage.task_of(film)["id"]) for film in films}
    assert reported == {
        "a replaced.mov": [1, 2, 9, 1, 2, 3, 8],
        "b shorter.mov": [1, 2, 9, 1, 2, 3, 8],
        "c unplugged.mov": [1, 2, 9],
        "d calm.mov": [1, 2, 3, 8],
    }
    for film in ("a replaced.mov", "b shorter.mov"):
        assert fid_in(Path(films[film]["private_block"])) != first_fid[film]

    (series / "c unplugged.unplugged").rename(series / "c unplugged.mov")
    home = stage.seller.run("resume")
    assert home.code == 0, home
    task = stage.task_of("c unplugged.mov")
    assert stage.control.reported(task["id"]) == [1, 2, 9, 1, 2, 3, 8]
    assert files_below(blocks) == [f"{film}.rkkey" for film in (*troubles, "d calm.mov")]


@pytest.mark.slow
def test_folders_with_circles_pipes_and_nothing_to_send(stage: Stage, tmp_path: Path) -> None:
    empty = tmp_path / "no films"
    (empty / "looks like one.mov").mkdir(parents=True)
    (empty / "notes.txt").write_text("no film")
    os.mkfifo(empty / "pipe.mov")
    (empty / "round.mov").symlink_to("round.mov")
    (empty / "up").symlink_to(empty)
    (empty / "gone.mov").symlink_to(tmp_path / "nowhere.mov")
    (empty / "out.mov").symlink_to(make_film(tmp_path / "elsewhere" / "secret.mov"))
    requests = len(stage.control.requests())
    nothing = stage.upload(empty).wait()
    assert (nothing.code, nothing.codes) == (2, ["no_films"]), nothing
    missing = stage.upload(tmp_path / "not there").wait()
    assert (missing.code, missing.codes) == (2, ["path_missing"]), missing
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert stage.upload(circle).wait().code in (1, 2)
    assert len(stage.control.requests()) == requests, "the server was not asked for anything"

    make_film(empty / "below" / "real.mov")
    done = stage.upload(empty).wait()
    assert [film["source_name"] for film in done.result["films"]] == ["real.mov"], done
    skipped = {Path(path).name for path in done.result["skipped"]}
    assert skipped >= {"notes.txt", "pipe.mov", "round.mov", "gone.mov", "out.mov"}


def test_a_source_that_goes_while_it_waits_to_be_reported_is_done_all_the_same(stage: Stage) -> None:
    """What is sealed and stored needs its file no more."""
    film = make_film(stage.place / "late" / "late.mov")
    stage.control.fault("delay", method="PATCH", form={"name": "late.mov", "status": "3"})
    running = stage.upload(film)
    running.state(8)
    film.unlink()
    running.process.kill()
    running.wait()
    stage.control.clear_faults()
    home = stage.seller.run("resume")
    assert home.code == 0, home
    assert stage.control.reported(stage.task_of("late.mov")["id"]) == [1, 2, 3, 8]
