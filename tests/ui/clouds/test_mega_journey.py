"""The real window, its real engine, and the stand-in of MEGA: signing in with six digits, an export on its
way, an account that is full, an allowance that is used up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import AllowanceUsed
from app.journal import Run
from app.ui import amounts
from app.ui.clouds.card import group_of
from app.ui.clouds.export import ExportSheet
from app.ui.clouds.page import AccountPage
from app.ui.clouds.sign_in import AccountSheet
from app.ui.clouds.sign_in import Stage as SheetStage
from app.ui.films.values import Act, Group
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.ui.clouds.stage import Stage, set_up

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EMAIL, PASSWORD, DIGITS = "master@huaying-film.example", "correct horse", "314159"
SIZE = 600_000


@pytest.fixture
def mega() -> Iterator[RunningMega]:
    with running_mega() as running:
        yield running


@pytest.fixture
def stage(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    mega: RunningMega,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    del window_loop
    set_up(monkeypatch, "dark")
    made = Stage(qtbot, tmp_path, {"REELKEY_MEGA_ORIGIN": mega.origin})
    yield made
    made.close()


def signed_in(stage: Stage) -> AccountPage:
    stage.add_account("mega", email=EMAIL, password=PASSWORD)
    stage.until(lambda: isinstance(stage.window.page, AccountPage))
    return stage.page


def export(stage: Stage, film: Path, size: int = SIZE) -> None:
    """Drop a film on the page and say yes."""
    film.write_bytes(bytes(size))
    stage.page.take_drop([film])
    sheet = stage.sheet()
    assert isinstance(sheet, ExportSheet)
    stage.until(sheet.yes.isEnabled)
    sheet.folder.setText("Deliveries")
    sheet.yes.click()


def test_six_digits_are_asked_for_and_wrong_ones_said(stage: Stage, mega: RunningMega) -> None:
    mega.account(EMAIL, PASSWORD, code=DIGITS)
    sheet = stage.add_account("mega", email=EMAIL, password=PASSWORD)
    for digits in ("271828", DIGITS):
        stage.until(lambda: sheet.stage is SheetStage.CODE)
        assert not sheet.yes.isEnabled(), "there are no six digits yet"
        sheet.code.setText(digits)
        sheet.yes.click()
        if digits != DIGITS:
            stage.until(lambda: sheet.stage is SheetStage.FORM)
            assert "six digits" in sheet.error.accessibleDescription() and not sheet.code.text()
            sheet.yes.click()
    stage.until(lambda: isinstance(stage.window.page, AccountPage))
    account = stage.page.account
    assert account is not None and account.row.signed_in and account.row.name == EMAIL
    assert "code" not in account.row.options and "password" not in account.row.options
    assert stage.window.sidebar.buttons["cloud:1"].text().strip() == "MEGA"


def test_an_account_that_is_full_stops_it_and_room_lets_it_go_on(
    stage: Stage, mega: RunningMega, tmp_path: Path
) -> None:
    mega.account(EMAIL, PASSWORD, quota=SIZE // 2)
    page = signed_in(stage)
    export(stage, tmp_path / "第01集.mov")
    card = stage.says(1, "Stopped: there is no room in this MEGA account")
    assert group_of(page.model.export(1)) is Group.NEEDS_YOU and card.way.main is not None
    assert card.way.main.act is Act.RETRY
    assert "1 export waiting for you" in stage.window.sidebar.buttons["cloud:1"].accessibleName()
    page.panes.open(1)
    assert page.details._error.isVisible()
    mega.change(EMAIL, quota=10 * SIZE)
    page.acting.do(1, "main")
    stage.rests_as(1, Run.DONE)
    card = stage.says(1, "Sent and checked")
    assert card.way.next == "All of it is at MEGA, which computes no checksum of it"
    assert mega.named("第01集.mov")["size"] == SIZE


def test_an_allowance_that_is_used_up_says_when_it_goes_on(
    stage: Stage, mega: RunningMega, tmp_path: Path
) -> None:
    mega.account(EMAIL, PASSWORD)
    page = signed_in(stage)
    mega.control.fault("status", path="^/ul/", code=509, headers={"X-MEGA-Time-Left": "7200"}, times=None)
    asked = time.time()
    export(stage, tmp_path / "E01.mov")
    stage.until(lambda: 1 in stage.store.clouds.exports and "allowance" in page.model.card(1).way.stage)
    assert isinstance(page.model.export(1).standing, AllowanceUsed)
    stage.until(lambda: group_of(page.model.export(1)) is Group.WAITING)
    again = stage.store.clouds.live(1).again_at
    assert asked + 7190 < again < time.time() + 7210
    said = f"Next: it goes on by itself at {amounts.clock(again)}; what was sent is kept"
    assert page.model.card(1).way.next == said
    page.acting.do(1, "main")
    stage.says(1, "Paused")
    page.acting.do(1, "main")
    stage.until(lambda: page.model.card(1).way.next == said)  # it is told again: the wait lasts
    assert Act.PAUSE in page.model.card(1).menu


def test_its_way_is_seen_while_it_is_sent(stage: Stage, mega: RunningMega, tmp_path: Path) -> None:
    mega.account(EMAIL, PASSWORD)
    page = signed_in(stage)
    mega.control.fault("slow", path="^/ul/", rate=500_000, times=None)
    export(stage, tmp_path / "E01.mov", 20_000_000)
    stage.until(lambda: page.model.row_of(1) and (page.model.card(1).way.percent or 0) > 0)
    card = page.model.card(1)  # of some seven seconds, were it let
    assert card.way.stage.startswith("Sending · ") and card.way.group is Group.UNDER_WAY
    assert card.way.main is not None and card.way.main.act is Act.PAUSE
    mega.control.clear_faults()
    stage.says(1, "Sent and checked")
    again = stage.window.sidebar.buttons["cloud:1"]
    assert again.accessibleName() == "MEGA"


def test_a_sign_in_that_mega_ended_is_renewed_with_its_form(
    stage: Stage, mega: RunningMega, tmp_path: Path
) -> None:
    mega.account(EMAIL, PASSWORD)
    page = signed_in(stage)
    mega.expire("sessions")
    export(stage, tmp_path / "E01.mov")
    stage.until(page.signed_out.isVisible)
    stage.says(1, "Waits for your sign-in")
    page.signed_out.sign_in.click()
    sheet = stage.sheet()
    assert isinstance(sheet, AccountSheet) and sheet.form is not None
    stage.sign_in(sheet, password=PASSWORD)
    stage.says(1, "Sent and checked")
    assert page.signed_out.isHidden()
