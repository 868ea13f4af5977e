"""The real window, its real engine, and the stand-ins of Google Drive and of the gallery's service: an
account is added in the browser, films and a gallery are exported, one photo fails, and the sign-in ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from app.journal import Run
from app.ui.clouds.choices import Source
from app.ui.clouds.export import ExportSheet
from app.ui.clouds.page import AccountPage
from app.ui.clouds.sign_in import AccountSheet
from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from sandbox.clouds.gallery.testing import ARCHIVE_HOST, RunningGallery, running_gallery
from tests.ui.clouds.stage import WAIT, Stage, set_up

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def drive() -> Iterator[RunningDrive]:
    with running_drive() as running:
        yield running


@pytest.fixture
def gallery() -> Iterator[RunningGallery]:
    with running_gallery() as running:
        yield running


@pytest.fixture
def stage(
    qtbot: QtBot,
    window_loop: asyncio.AbstractEventLoop,
    drive: RunningDrive,
    gallery: RunningGallery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    del window_loop
    set_up(monkeypatch, "light")

    def browser(url: object) -> bool:
        """The system's browser, and a person who allows the access there."""
        address = url.toString()  # type: ignore[attr-defined]  # a QUrl
        Thread(target=lambda: urlopen(drive.control.consent(address)).read(), daemon=True).start()
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", browser)
    env = {"REELKEY_GOOGLE_ORIGIN": drive.origin, "REELKEY_GALLERY_ORIGIN": gallery.origin}
    made = Stage(qtbot, tmp_path, env)
    yield made
    made.close()


@pytest.mark.slow
def test_from_adding_an_account_to_what_failed(
    stage: Stage, drive: RunningDrive, gallery: RunningGallery, tmp_path: Path
) -> None:
    stage.add_account("google-drive", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    stage.qtbot.waitUntil(lambda: isinstance(stage.window.page, AccountPage), timeout=WAIT)
    assert stage.page.account is not None and stage.page.account.row.signed_in
    films = tmp_path / "长河落日"
    films.mkdir()
    for number in (1, 2):
        (films / f"第{number:02}集.mov").write_bytes(bytes([number]) * 400_000)
    stage.page.take_drop([films])
    sheet = stage.sheet()
    assert isinstance(sheet, ExportSheet)
    stage.qtbot.waitUntil(lambda: sheet.yes.text() == "Export 2 files · 800.0 kB", timeout=WAIT)
    sheet.folder.setText("Deliveries")
    sheet.yes.click()
    stage.rests_as(1, Run.DONE)
    stage.qtbot.waitUntil(lambda: stage.page.model.row_of(1) is not None)
    stage.qtbot.waitUntil(lambda: stage.page.model.card(1).way.stage == "Sent and checked", timeout=WAIT)
    assert drive.control.file("Deliveries/长河落日/第01集.mov")["size"] == "400000"
    _export_gallery(stage, gallery)
    _sign_in_ends(stage, drive, films)


def _export_gallery(stage: Stage, gallery: RunningGallery) -> None:
    """One photo's file is gone at the gallery: the others are there, and the page says which one is not."""
    made = gallery.control.add(photos=4, albums=1)
    gallery.control.remove(made["ids"][0])
    stage.page.ask_export()
    sheet = stage.sheet()
    assert isinstance(sheet, ExportSheet)
    sheet.choose(Source.GALLERY)
    sheet.gallery.address.setText(f"{ARCHIVE_HOST}{made['path']}?mod=web")
    sheet.gallery.name.setText("Spring River")
    sheet.yes.click()
    stage.rests_as(2, Run.FAILED)
    stage.qtbot.waitUntil(
        lambda: stage.page.model.card(2).way.stage == "Finished, 1 photo missing", timeout=WAIT
    )
    assert stage.page.model.card(2).way.right == "3 of 4"
    stage.page.panes.open(2)
    stage.qtbot.waitUntil(lambda: stage.page.details.files.lines.rowCount() == 1, timeout=WAIT)
    assert stage.page.details.shown_items()[0].run is Run.FAILED
    stage.page.panes.close_pane()
    assert [told["failed_photos"] for told in gallery.control.done()] == [1]


def _sign_in_ends(stage: Stage, drive: RunningDrive, films: Path) -> None:
    """The person withdraws the consent at Google: the page says so, and signing in again goes on."""
    drive.control.revoke_all()
    drive.control.expire_tokens()
    stage.page.take_drop([films])
    sheet = stage.sheet()
    assert isinstance(sheet, ExportSheet)
    sheet.folder.setText("Later")
    sheet.yes.click()
    stage.qtbot.waitUntil(stage.page.signed_out.isVisible, timeout=WAIT)
    stage.rests_as(3, Run.WAITING)
    stage.page.signed_out.sign_in.click()
    again = stage.sheet()
    assert isinstance(again, AccountSheet)
    stage.sign_in(again, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    stage.rests_as(3, Run.DONE)
    assert stage.page.signed_out.isHidden()
