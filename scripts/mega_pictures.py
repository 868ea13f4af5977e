"""An account at MEGA: the form, the six digits, an account that is full, an allowance used up.
The cloud is the sandbox's stand-in.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from app.domain.errors import AllowanceUsed, CloudFull
from app.journal import Run
from sandbox.clouds.mega.testing import RunningMega

_EMAIL, _PASSWORD, _DIGITS = "master@huaying-film.example", "correct horse battery staple", "314159"
_MB = 10**6


async def take_all(actor: Any, mega: RunningMega, films: Path) -> None:
    """Every picture of MEGA's account, taken of `actor`'s window (`scripts.screenshots.Actor`)."""
    mega.account(_EMAIL, _PASSWORD, code=_DIGITS, quota=60 * _MB)
    await _sign_in(actor)
    await _exports(actor, mega, sorted(films.glob("*.*")))


async def _sign_in(actor: Any) -> None:
    window = actor.window
    window.sidebar.add_account.click()
    sheet = await actor.sheet()
    await actor.until(lambda: "mega" in sheet.kinds, "no clouds")
    sheet.kinds["mega"].click()
    for name, text in (("email", _EMAIL), ("password", _PASSWORD)):
        sheet.form.fields[name].control.setText(text)
    await actor.take("mega-sign-in")
    sheet.yes.click()
    await actor.until(lambda: sheet.stage.value == "code", "no digits are asked for")
    sheet.code.setText("271828")
    await actor.take("mega-six-digits")
    sheet.yes.click()
    await actor.until(lambda: sheet.stage.value == "form", "wrong digits were taken")
    await asyncio.sleep(0.3)
    await actor.take("mega-six-digits-were-wrong")
    sheet.yes.click()
    await actor.until(lambda: sheet.stage.value == "code", "no digits are asked for again")
    sheet.code.setText(_DIGITS)
    sheet.yes.click()
    await actor.until(lambda: window.scrim.current is None, "not signed in at MEGA")
    await actor.until(lambda: _cloud_of(actor) == "mega", "no page of the account")


async def _exports(actor: Any, mega: RunningMega, films: list[Path]) -> None:
    """One film is there; the next is too large for the account; with more room the allowance is used up."""
    page = actor.window.page
    await _export(actor, films[:1])
    await _until_all(actor, lambda one: one.row.run is Run.DONE)
    await _export(actor, films[1:2])
    await _until_all(actor, lambda one: one.row.run is Run.DONE or isinstance(one.standing, CloudFull))
    await asyncio.sleep(1.0)
    await actor.take("mega-full")
    page.panes.open(max(_numbers(actor)))
    await asyncio.sleep(0.8)
    await actor.take("mega-full-details")
    page.panes.close_pane()
    mega.change(_EMAIL, quota=20_000 * _MB)
    mega.control.fault("status", path="^/ul/", code=509, headers={"X-MEGA-Time-Left": "9000"}, times=None)
    page.acting.do(max(_numbers(actor)), "main")
    await _until_all(actor, lambda one: one.row.run is Run.DONE or isinstance(one.standing, AllowanceUsed))
    await asyncio.sleep(1.0)
    await actor.take("mega-allowance")
    page.room.options.click()
    await actor.sheet()
    await actor.take("mega-options")
    actor.window.scrim.current.reject()


async def _export(actor: Any, films: list[Path]) -> None:
    actor.window.page.ask_export(films)
    sheet = await actor.sheet()
    sheet.folder.setText("交付")
    before = len(_numbers(actor))
    await actor.accept()
    await actor.until(lambda: len(_numbers(actor)) > before, "no export")


async def _until_all(actor: Any, found: Any) -> None:
    page = actor.window.page
    await actor.until(lambda: all(found(page.model.export(one)) for one in _numbers(actor)), "not there yet")


def _cloud_of(actor: Any) -> str:
    """The kind of cloud whose page is shown."""
    account = getattr(actor.window.page, "account", None)
    return "" if account is None else str(account.kind.id)


def _numbers(actor: Any) -> list[int]:
    rows = actor.running.store.clouds.exports_of(actor.window.page.number)
    return [row.number for row in rows]
