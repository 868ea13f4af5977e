"""A film's own bell goes before the settings of all films, and is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import SettingRefused
from app.domain.status import TaskKind
from app.journal import Run
from app.settings.settings import Settings
from app.ui import bells
from app.ui.messages import DueChanged, DueTask, RowsChanged
from tests.ui.fakes import make_row
from tests.ui.test_notifications import SERVER, Stage

FILM = make_row(12, server=SERVER, source_name="E12.mov", source_id=9)
OTHER = make_row(3, kind=TaskKind.DOWNLOAD, source_name="E03.mov")


def ring(settings: Settings, on: bool) -> None:
    settings.set(bells.KEY, bells.changed(settings, FILM, on=on))


def test_one_film_is_muted_and_others_are_not(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    ring(settings, False)
    assert not bells.rings(settings, FILM, "notify.done")
    assert bells.rings(settings, OTHER, "notify.done")
    assert bells.Bells(settings).of(FILM) == (False, False)
    assert bells.Bells(settings).of(OTHER) == (None, True)
    ring(settings, True)
    assert bells.own(settings, FILM) is True
    assert len(settings.items(bells.KEY)) == 1


@pytest.mark.usefixtures("qtbot")
def test_one_film_alone_is_told_of(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    settings = stage.window.settings
    settings.set("notify.done", "off")
    ring(settings, True)
    stage.store.take([RowsChanged((FILM, OTHER))])
    stage.store.take([RowsChanged((replace(OTHER, run=Run.DONE),))])
    assert stage.shown == []
    stage.store.take([RowsChanged((replace(FILM, run=Run.DONE),))])
    assert stage.shown == ["E12.mov is sent, held by you"]


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("on", [False, True])
def test_buyers_of_a_muted_film_are_not_told_of(tmp_path: Path, on: bool) -> None:
    stage = Stage(tmp_path)
    stage.window.settings.set("notify.release", "off" if on else "on")
    ring(stage.window.settings, on)
    stage.store.take([RowsChanged((replace(FILM, run=Run.DONE),)), DueChanged(SERVER, ())])
    stage.store.take([DueChanged(SERVER, (DueTask(SERVER, 7, 9, 1, "E12.mov", "", "bafy", 1, ""),))])
    assert stage.shown == (["A buyer waits for your release: E12.mov"] if on else [])


def test_a_list_that_grows_loses_its_oldest(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set(bells.KEY, "\n".join(f"u{number} off" for number in range(1, 501)))
    settings.set(bells.KEY, bells.changed(settings, make_row(900), on=False))
    items = settings.items(bells.KEY)
    assert (len(items), items[0], items[-1]) == (500, "u2 off", "u900 off")


@pytest.mark.parametrize("text", ["u12", "12 on", "u12 loud", "x1 on", "u12 on off"])
def test_what_is_no_film_with_a_bell_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingRefused):
        Settings(tmp_path / "settings.json").set(bells.KEY, text)
