"""The real window over its real engine, for journeys to clouds that are the sandbox's stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.domain.words import set_language
from app.journal import Run
from app.journal.exports import ExportRow
from app.settings.settings import Settings
from app.ui import cloud_works, theme
from app.ui.bridge import Bridge
from app.ui.clouds.page import AccountPage
from app.ui.clouds.sign_in import AccountSheet
from app.ui.films.values import Card
from app.ui.shell import MainWindow
from app.ui.store import Store

WAIT = 20_000


def set_up(monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    """English, in that theme; the engine looks at its exports often."""
    monkeypatch.setattr(cloud_works, "_LOOK_EVERY", 0.05)
    set_language("en")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.use_theme(app, look)


class Stage:
    """A window over an engine with a profile of its own."""

    def __init__(self, qtbot: QtBot, folder: Path, env: dict[str, str]) -> None:
        self.qtbot = qtbot
        profile = folder / "profile"
        profile.mkdir()
        settings = Settings(profile / "settings.json")
        settings.set("node.api", "/ip4/127.0.0.1/tcp/1")
        settings.set("keyring", "none")
        self.bridge = Bridge(profile, env)
        self.store = Store()
        self.bridge.arrived.connect(self.store.take)
        self.window = MainWindow(self.bridge, self.store, settings, env)
        qtbot.addWidget(self.window)
        self.window.show()
        self.bridge.start()

    @property
    def page(self) -> AccountPage:
        page = self.window.page
        assert isinstance(page, AccountPage)
        return page

    def sheet(self) -> object:
        self.until(lambda: self.window.scrim.current is not None)
        return self.window.scrim.current

    def until(self, found: Callable[[], object]) -> None:
        """Wait for it."""
        self.qtbot.waitUntil(lambda: bool(found()), timeout=WAIT)

    def add_account(self, kind: str, **fields: str) -> AccountSheet:
        """As a person does: the cloud is chosen, its form filled, the button pressed."""
        self.window.sidebar.add_account.click()
        sheet = self.sheet()
        assert isinstance(sheet, AccountSheet)
        self.until(lambda: kind in sheet.kinds)
        sheet.kinds[kind].click()
        self.sign_in(sheet, **fields)
        return sheet

    def sign_in(self, sheet: AccountSheet, **fields: str) -> None:
        """Fill the form, ``client_id`` standing for the option ``client-id``, and press the button."""
        assert sheet.form is not None
        for name, text in fields.items():
            control = sheet.form.fields[name.replace("_", "-")].control
            assert isinstance(control, QLineEdit)
            control.setText(text)
        sheet.yes.click()

    def export(self, number: int) -> ExportRow | None:
        return self.store.clouds.exports.get(number)

    def rests_as(self, number: int, run: Run) -> None:
        def rests() -> bool:
            row = self.export(number)
            return row is not None and row.run is run

        self.until(rests)

    def says(self, number: int, stage: str) -> Card:
        """Wait for what the export's row says of where it stands; the row."""

        def said() -> bool:
            return number in self.store.clouds.exports and self.page.model.card(number).way.stage == stage

        self.until(said)
        return self.page.model.card(number)

    def close(self) -> None:
        self.window.may_close = True
        self.bridge.close(stop_node=False)
