"""What is told outside the window, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from app.domain.errors import EngineEnded, NoSpace
from app.domain.status import TaskKind, TaskStatus
from app.domain.words import set_language
from app.journal import Run
from app.settings.settings import Settings
from app.ui.cloud_messages import AccountsChanged
from app.ui.messages import DueChanged, DueTask, EngineStopped, RowsChanged
from app.ui.notifications import Notifications, notice_of
from app.ui.store import Store
from tests.ui.clouds.makers import MEGA, account
from tests.ui.fakes import make_row

SERVER = "https://library.example"


class Icon(QObject):
    messageClicked = Signal()  # noqa: N815 - Qt's name

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def showMessage(self, _title: str, text: str, _icon: object) -> None:  # noqa: N802 - Qt's name
        self.shown.append(text)


class Window(QObject):
    """As much of the window as notifications look at."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.front = False
        self.went_to: list[object] = []

    def isVisible(self) -> bool:  # noqa: N802 - Qt's name
        return self.front

    def isActiveWindow(self) -> bool:  # noqa: N802 - Qt's name
        return self.front

    def bring_forward(self) -> None:
        self.went_to.append("front")

    def show_film(self, number: int) -> None:
        self.went_to.append(number)

    def show_page(self, page: str) -> None:
        self.went_to.append(page)


class Tray:
    available = True

    def __init__(self) -> None:
        self.icon = Icon()


class Stage:
    def __init__(self, folder: Path) -> None:
        self.store = Store()
        self.window = Window(Settings(folder / "settings.json"))
        self.tray = Tray()
        self.notifications = Notifications(cast("Any", self.window), self.store, cast("Any", self.tray))

    @property
    def shown(self) -> list[str]:
        return self.tray.icon.shown


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Iterator[Stage]:
    set_language("en")
    yield Stage(tmp_path)


SENDING = make_row(1, source_name="E01.mov")
RECEIVING = make_row(2, kind=TaskKind.DOWNLOAD, source_name="E02.mov", status=TaskStatus.AWAITING_PRIVATE)


def test_each_change_is_worth_its_words() -> None:
    set_language("en")
    failed = replace(SENDING, run=Run.FAILED, error=NoSpace(place="/disk", need=1, free=0).record())
    for before, after, text in (
        (SENDING, replace(SENDING, run=Run.DONE), "E01.mov is sent, held by you"),
        (RECEIVING, replace(RECEIVING, run=Run.DONE), "E02.mov is ready"),
        (SENDING, failed, "E01.mov stopped: Not enough room on /disk"),
        (
            RECEIVING,
            replace(RECEIVING, status=TaskStatus.FETCHING_PRIVATE),
            "The private block for E02.mov is here, opening",
        ),
        (SENDING, replace(SENDING, run=Run.PAUSED), None),
        (None, replace(SENDING, run=Run.DONE), None),
        (replace(SENDING, run=Run.DONE), replace(SENDING, run=Run.DONE), None),
    ):
        notice = notice_of(before, after)
        assert (notice.text if notice else None) == text


def test_those_of_ten_seconds_are_told_together(stage: Stage, qtbot: QtBot) -> None:
    rows = [make_row(n, source_name=f"E{n:02}.mov") for n in range(1, 8)]
    stage.store.take([RowsChanged(tuple(rows))])
    stage.notifications._timer.setInterval(50)
    for row in rows:
        stage.store.take([RowsChanged((replace(row, run=Run.DONE),))])
    assert stage.shown == ["E01.mov is sent, held by you"]
    qtbot.waitUntil(lambda: len(stage.shown) == 2)
    assert stage.shown[1].count("is sent") == 4
    assert stage.shown[1].endswith("and 2 more")


def test_nothing_is_told_of_what_is_seen_or_not_wanted(stage: Stage) -> None:
    stage.store.take([RowsChanged((SENDING, RECEIVING))])
    stage.window.front = True
    stage.store.take([RowsChanged((replace(SENDING, run=Run.DONE),))])
    stage.window.front = False
    stage.window.settings.set("notify.done", "off")
    stage.store.take([RowsChanged((replace(RECEIVING, run=Run.DONE),))])
    assert stage.shown == []


def test_a_click_goes_to_the_film_and_a_releases_to_its_page(stage: Stage) -> None:
    stage.store.take([RowsChanged((SENDING,)), DueChanged(SERVER, ())])
    stage.store.take([RowsChanged((replace(SENDING, run=Run.DONE),))])
    stage.tray.icon.messageClicked.emit()
    stage.notifications._timer.stop()
    due = DueTask(SERVER, 7, 9, 1, "E\u202e01.mov", "series", "bafy", 1, "")
    stage.store.take([DueChanged(SERVER, (due,))])
    stage.tray.icon.messageClicked.emit()
    assert stage.window.went_to == ["front", 1, "front", "blocks"]
    assert stage.shown[-1] == "A buyer waits for your release: E␣01.mov"


def test_a_sign_in_that_a_cloud_ends_is_told_once(stage: Stage) -> None:
    """No export has to fail by it first; one that a person ended is no news to them."""
    stage.store.take([AccountsChanged((account(1, signed_in=False), account(2), account(3)))])
    assert stage.shown == [], "it was so before the window opened"
    ended = account(3, signed_in=False, ended_here=True)
    expired = account(2, MEGA, signed_in=False)
    for _ in range(2):
        stage.store.take([AccountsChanged((account(1, signed_in=False), expired, ended))])
    assert stage.shown == ["Sign-in to MEGA has expired"] and not stage.notifications._waiting
    stage.notifications._timer.stop()
    stage.tray.icon.messageClicked.emit()
    assert stage.window.went_to == ["front", "cloud:2"]
    stage.window.settings.set("notify.failed", "off")
    stage.store.take([AccountsChanged((account(2, MEGA),)), AccountsChanged((expired,))])
    assert len(stage.shown) == 1


def test_an_engine_that_stopped_behind_a_closed_window_is_told(stage: Stage) -> None:
    stage.store.take([RowsChanged((SENDING,)), EngineStopped(EngineEnded())])
    assert stage.shown == ["Reelkey has stopped: The work was interrupted"]
    stage.tray.icon.messageClicked.emit()
    assert stage.window.went_to == ["front", "films"]


def test_no_path_and_no_account_is_told(stage: Stage) -> None:
    row = replace(SENDING, source_path="/masters/secret/E01.mov", private_path="/keys/E01.rkkey")
    stage.store.take([RowsChanged((row,))])
    stage.store.take([RowsChanged((replace(row, run=Run.DONE),))])
    assert "/" not in stage.shown[0]
