"""An account at a cloud, for the pictures: signing in, exports under way, photos that failed, what is done,
and a sign-in that ended. The clouds are the sandbox's stand-ins; the browser's yes is given here.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.journal import Run
from app.ui.clouds.choices import Source
from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import RunningDrive
from sandbox.clouds.gallery.testing import ARCHIVE_HOST, RunningGallery

_RATE = 2_500_000


class Browser:
    """Takes the addresses that would be opened in the system's browser."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self._usual = QDesktopServices.openUrl
        setattr(QDesktopServices, "openUrl", self._opened)  # noqa: B010 - a class of Qt's, for the pictures

    def _opened(self, url: QUrl) -> bool:
        self.addresses.append(url.toString())
        return True

    def close(self) -> None:
        setattr(QDesktopServices, "openUrl", self._usual)  # noqa: B010


async def take_all(actor: Any, drive: RunningDrive, gallery: RunningGallery, films: Path) -> None:
    """Every picture of a cloud's account, taken of `actor`'s window (`scripts.screenshots.Actor`)."""
    browser = Browser()
    try:
        await _sign_in(actor, drive, browser)
        await _exports(actor, drive, gallery, films)
        await _signed_out(actor, drive, films)
    finally:
        browser.close()


async def _sign_in(actor: Any, drive: RunningDrive, browser: Browser) -> None:
    window = actor.window
    window.sidebar.add_account.click()
    sheet = await actor.sheet()
    await actor.until(lambda: "google-drive" in sheet.kinds, "no clouds")
    await actor.take("cloud-add-account")
    sheet.kinds["google-drive"].click()
    for name, text in (("client-id", CLIENT_ID), ("client-secret", CLIENT_SECRET)):
        sheet.form.fields[name].control.setText(text)
    await actor.take("cloud-sign-in")
    sheet.yes.click()
    await actor.until(lambda: browser.addresses, "no page")
    await actor.take("cloud-sign-in-waits-for-the-browser")
    await _consent(drive, browser.addresses.pop())
    await actor.until(lambda: window.scrim.current is None, "not signed in")
    await actor.until(lambda: window.page.__class__.__name__ == "AccountPage", "no page of the account")
    await actor.take("cloud-empty")


async def _consent(drive: RunningDrive, address: str) -> None:
    """What a person does in the browser."""

    def allow() -> None:
        with urlopen(drive.control.consent(address)) as page:
            page.read()

    await asyncio.to_thread(allow)


async def _exports(actor: Any, drive: RunningDrive, gallery: RunningGallery, films: Path) -> None:
    page = actor.window.page
    made = gallery.control.add(photos=48, albums=3)
    for photo in made["ids"][:3]:
        gallery.control.remove(photo)
    page.ask_export()
    sheet = await actor.sheet()
    sheet.choose(Source.GALLERY)
    sheet.gallery.address.setText(f"{ARCHIVE_HOST}{made['path']}?mod=web")
    sheet.gallery.address.home(False)
    sheet.gallery.name.setText("春江 · 剧照")
    sheet.folder.setText("交付")
    await actor.take("cloud-export-gallery")
    await actor.accept()
    await actor.until(lambda: _run(actor, 1) is Run.FAILED, "the gallery did not end")
    page.ask_export(sorted(films.glob("*.*"))[:1])
    await actor.sheet()
    await actor.accept()
    await actor.until(lambda: _run(actor, 2) is Run.DONE, "the first film did not arrive")
    drive.control.fault("slow", path="/upload/", rate=_RATE, times=None)
    page.ask_export([films])
    sheet = await actor.sheet()
    await asyncio.sleep(1.0)
    await actor.take("cloud-export-files")
    await actor.accept()
    await actor.until(
        lambda: page.model.row_of(3) is not None and page.model.card(3).way.left, "no time left"
    )
    await actor.take("cloud-running")
    page.panes.open(1)
    await asyncio.sleep(1.0)
    await actor.take("cloud-failed-photos")
    page.panes.close_pane()
    drive.control.clear_faults()
    await actor.until(lambda: _run(actor, 3) is Run.DONE, "the films did not arrive")
    await asyncio.sleep(1.0)
    await actor.take("cloud-done")


async def _signed_out(actor: Any, drive: RunningDrive, films: Path) -> None:
    drive.control.revoke_all()
    drive.control.expire_tokens()
    page = actor.window.page
    page.ask_export([films])
    sheet = await actor.sheet()
    sheet.folder.setText("交付/备份")
    await actor.accept()
    await actor.until(page.signed_out.isVisible, "still signed in")
    await asyncio.sleep(1.0)
    await actor.take("cloud-signed-out")


def _run(actor: Any, number: int) -> Run | None:
    row = actor.running.store.clouds.exports.get(number)
    return None if row is None else row.run
