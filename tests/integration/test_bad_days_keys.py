"""Unfinished private blocks that are removed, damaged, or on a drive that is away for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import ROOT, Client, Finished
from tests.integration.bad_days import BIG, Event, Stage, files_below, is_event, make_film, stopped

pytestmark = pytest.mark.kubo
VICTIM = (str(ROOT / "tests" / "faults" / "victim.py"),)
SIZE = 3_000_000
AGAIN = "sealed of it is gone or damaged"


def killed_before_its_block_has_its_name(stage: Stage, name: str, keys: Path) -> Event:
    """A film that is sealed and stored whole; its private block is finished, but still a .part."""
    seller = stage.seller
    stage.sent(make_film(stage.place / "first" / f"before {name}"))  # the profile's first start is over
    extra = {"VICTIM": "rename:1:before"}
    victim = Client(seller.profile, seller.kubo, seller.url, seller.token, extra, VICTIM)
    film = make_film(stage.place / "keys" / name, SIZE)
    died = victim.run("upload", film, "--series-id", 7, "--private-dir", keys)
    assert died.code == -9, died
    assert [Path(path).name for path in files_below(keys)] == [f"{name}.rkkey.part"]
    return stage.row(seller, name)


def said(done: Finished) -> list[str]:
    return [warning["text"] for warning in done.of("warning")]


@pytest.mark.slow
def test_a_block_that_is_removed_while_its_film_is_sealed_costs_time_only(stage: Stage) -> None:
    film = make_film(stage.place / "removed" / "removed.mov", BIG)
    running = stage.upload(film)
    running.until(is_event("progress", phase="seal"))
    go_on = stopped(stage.seller)
    try:
        (stage.blocks / "removed" / "removed.mov.rkkey.part").unlink()
    finally:
        go_on()
    done = running.wait()
    assert done.code == 0, done
    assert [AGAIN in text for text in said(done)] == [True], done
    assert stage.statuses(stage.task_of("removed.mov")["id"]) == [1, 2, 3, 9, 1, 2, 3, 8]
    assert stage.seller.run("block", "inspect", done.result["films"][0]["private_block"]).code == 0


def test_a_key_drive_that_is_away_is_waited_for_and_nothing_is_sealed_again(stage: Stage) -> None:
    drive, away = stage.place / "drive", stage.place / "away"
    drive.mkdir()
    row = killed_before_its_block_has_its_name(stage, "drive.mov", drive / "keys")
    drive.rename(away)
    without = stage.seller.run("resume")
    assert (without.code, without.codes) == (1, ["block_folder_gone"]), without
    assert without.of("error")[0]["retry"] is True
    away.rename(drive)
    home = stage.seller.run("resume")
    assert (home.code, home.result["films"][0]["hash"]) == (0, row["hash"]), home
    assert stage.statuses(row["task_id"]) == [1, 2, 3, 9, 1, 2, 3, 8]
    assert [Path(path).name for path in files_below(drive)] == ["drive.mov.rkkey"]


@pytest.mark.slow
def test_a_block_that_was_damaged_on_the_disk_never_gets_its_name(stage: Stage) -> None:
    keys = stage.place / "damaged keys"
    row = killed_before_its_block_has_its_name(stage, "damaged.mov", keys)
    (part,) = keys.rglob("*.part")
    with part.open("r+b") as file:
        file.seek(part.stat().st_size // 2)
        file.write(bytes(40))
    home = stage.seller.run("resume")
    assert home.code == 0 and home.result["films"][0]["hash"] != row["hash"], home
    assert [AGAIN in text for text in said(home)] == [True], home
    assert [Path(path).name for path in files_below(keys)] == ["damaged.mov.rkkey"]
