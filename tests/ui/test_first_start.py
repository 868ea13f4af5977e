"""The first start: three steps, of which a computer that is in order shows two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.domain.errors import NodeUnavailable, SchemeNotSet, SettingRefused, TargetUnwritable
from app.domain.words import set_language
from app.jobs.doctor import Check
from app.launch.scheme import SchemeState, Standing
from app.ui.context import Context
from app.ui.first_start import FirstStart
from app.ui.messages import NodeSeen, Room, SettingsChanged
from app.ui.welcome.library import name_for
from tests.ui.fakes import engine_of, shell_of, show_in_window

STORE = "/profile/node"
ONLINE = NodeSeen("online", version="0.43.0", place=STORE, reachability="public")
LINK = "reelkey://private?v=1&token=abc"


class Begun:
    """A first start in a window, with an engine in which all is well."""

    def __init__(self, qtbot: QtBot, context: Context) -> None:
        self.context = context
        self.engine = engine_of(context)
        self.engine.answers |= {
            "care.link_state": SchemeState(Standing.REGISTERED, "/usr/bin/reelkey"),
            "care.check": lambda name: Check(name, None if name == "clock" else True, ""),
            "requests.room": lambda folder, beside: Room(str(folder), 10**12, 2 * 10**12, False),
            "set_setting": self._keep,
            "care.keep_folder": lambda key, folder: context.settings.set(key, str(folder)),
        }
        self.ended: list[bool] = []
        self.qtbot = qtbot
        self.window: QWidget | None = None

    def _keep(self, key: str, text: str) -> None:
        self.context.settings.set(key, text)
        self.context.store.take([SettingsChanged((key,))])

    def open(self, node: NodeSeen = ONLINE) -> FirstStart:
        self.context.store.take([node])
        made = FirstStart(self.context)
        made.finished.connect(lambda: self.ended.append(True))
        self.window = show_in_window(self.qtbot, made)
        return made


@pytest.fixture
def begun(qtbot: QtBot, context: Context) -> Iterator[Begun]:
    made = Begun(qtbot, context)
    yield made
    if made.window is not None:
        made.window.hide()


def test_three_yeses_are_enough(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    assert first.step == 0
    films, blocks = first.places.films.field.folder, first.places.blocks.field.folder
    assert films is not None
    assert blocks is not None
    qtbot.waitUntil(lambda: first.places.blocks.field.remark.text() == "Not on the node's disk: good")
    assert "TB free" in first.places.films.field.remark.text()
    assert first.places.node.field.edit.text() == STORE
    assert not first.places.node.field.change.isVisibleTo(first)

    qtbot.waitUntil(lambda: first.checks.all_good)
    first.next.click()
    qtbot.waitUntil(lambda: first.step == 2)  # nothing is wrong: the check is passed over
    assert begun.context.settings.text("output_dir") == str(films)
    assert begun.context.settings.text("private_dir") == str(blocks)

    assert first.next.text() == "Later"
    first.library.address.setText("films.huaying.example")
    assert first.next.text() == "Begin"
    first.next.click()
    qtbot.waitUntil(lambda: begun.ended == [True])
    assert begun.engine.called("care.keep_library") == [("huaying", "https://films.huaying.example", "")]
    assert begun.context.settings.flag("first_start")


def test_places_on_the_nodes_disk_get_a_warning(begun: Begun, qtbot: QtBot) -> None:
    begun.engine.answers["requests.room"] = lambda folder, beside: Room(str(folder), 1, 1, True)
    first = begun.open()
    remark = first.places.blocks.field.remark
    qtbot.waitUntil(lambda: remark.text() == "On the node's disk: keep a backup")
    assert remark.warns
    assert not first.places.films.field.remark.warns


def test_the_folders_of_the_settings_are_proposed(begun: Begun, tmp_path: Path) -> None:
    begun.context.settings.set("output_dir", str(tmp_path / "films"))
    first = begun.open()
    assert first.places.films.field.folder == tmp_path / "films"


def test_a_folder_that_can_not_be_made_keeps_the_step(begun: Begun, qtbot: QtBot, tmp_path: Path) -> None:
    first = begun.open()

    def keep(key: str, folder: Path) -> None:
        if key == "private_dir":
            raise TargetUnwritable(path=str(folder), reason="permission")

    begun.engine.answers["care.keep_folder"] = keep
    first.next.click()
    qtbot.waitUntil(first.next.isEnabled)
    assert first.step == 0
    assert first.places.blocks._error.isVisibleTo(first)
    assert not first.places.films._error.isVisibleTo(first)
    begun.engine.answers["care.keep_folder"] = None
    first.places.blocks.field.chosen.emit(tmp_path)
    assert not first.places.blocks._error.isVisibleTo(first)
    first.next.click()
    qtbot.waitUntil(lambda: first.step == 2)


def test_what_is_wrong_is_shown_with_what_to_do(begun: Begun, qtbot: QtBot) -> None:
    begun.engine.answers["care.link_state"] = SchemeState(Standing.OTHER, "Other: /usr/bin/other")
    begun.engine.answers["care.register_link"] = SchemeState(Standing.REGISTERED, "/usr/bin/reelkey")
    first = begun.open(NodeSeen("failed", NodeUnavailable(reason="port in use"), place=STORE))
    qtbot.waitUntil(lambda: first.checks.finding("link").state == "bad")
    first.next.click()
    qtbot.waitUntil(lambda: first.step == 1)
    assert first.checks.finding("node").state == "bad"
    assert "port in use" in first.checks.finding("node").more
    assert first._take_links.isVisibleTo(first)
    assert begun.engine.called("care.register_link") == []  # another program's links are not taken unasked
    first._take_links.click()
    qtbot.waitUntil(lambda: first.checks.finding("link").state == "good")

    begun.context.store.take([ONLINE])
    assert first.checks.all_good
    first.next.click()
    assert first.step == 2
    first.back.click()
    assert first.step == 1


def test_links_that_nobody_has_are_registered_unasked(begun: Begun, qtbot: QtBot) -> None:
    begun.engine.answers["care.link_state"] = SchemeState(Standing.MISSING)
    begun.engine.answers["care.register_link"] = SchemeNotSet(reason="no desktop")
    first = begun.open()
    qtbot.waitUntil(lambda: begun.engine.called("care.register_link") == [()])
    qtbot.waitUntil(lambda: first.checks.finding("link").state == "note")
    assert "Paste link" in first.checks.finding("link").more


def test_looking_again(begun: Begun, qtbot: QtBot) -> None:
    begun.engine.answers["care.check"] = lambda name: Check(name, False, "It is locked → unlock it")
    first = begun.open()
    qtbot.waitUntil(lambda: first.checks.finding("keyring").state == "bad")
    assert "unlock it" in first.checks.finding("keyring").more
    begun.engine.answers["care.check"] = lambda name: Check(name, True, "")
    first._again.click()
    qtbot.waitUntil(lambda: first.checks.finding("keyring").state == "good")
    assert begun.engine.called("care.look_at_node") == [()]


def test_a_library_may_come_later(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    first._show_step(2)
    assert not first.library.paste.isEnabled()  # a link needs a library to go to
    first.next.click()
    qtbot.waitUntil(lambda: begun.ended == [True])
    assert begun.engine.called("care.keep_library") == []


def test_an_address_that_is_none_stays_to_be_mended(begun: Begun, qtbot: QtBot) -> None:
    begun.engine.answers["care.keep_library"] = SettingRefused(key="server.x", reason="its host is not valid")
    first = begun.open()
    first._show_step(2)
    first.library.address.setText("http://a b")
    first.next.click()
    qtbot.waitUntil(lambda: first.library._error.isVisibleTo(first))
    assert "its host is not valid" in first.library._error.text()
    assert begun.ended == []


def test_a_pasted_link_waits_behind_the_first_start(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    first._show_step(2)
    first.library.address.setText("https://films.huaying.example")
    QGuiApplication.clipboard().setText("not a link")
    first.library.paste.click()
    assert first.library._link_error.isVisibleTo(first)
    assert shell_of(begun.context).links == []
    QGuiApplication.clipboard().setText(f" {LINK}\n")
    first.library.paste.click()
    qtbot.waitUntil(lambda: begun.ended == [True])
    assert shell_of(begun.context).links == [LINK]


def test_the_site_is_opened_in_the_browser(
    begun: Begun, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    begun.context.settings.set("server.Huaying", "https://films.huaying.example")
    first = begun.open()
    first._show_step(2)
    first.library.open_site.click()
    qtbot.waitUntil(lambda: begun.ended == [True])
    assert opened == ["https://films.huaying.example"]


def test_a_check_that_answers_when_all_is_over_harms_nothing(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    context, checks, places = begun.context, first.checks, first.places
    first.setParent(None)
    first.deleteLater()
    qtbot.waitUntil(lambda: not isValid(first))
    context.store.take([NodeSeen("starting", place="/elsewhere")])
    checks._take("keyring", Check("keyring", True, ""))
    places._take_room("node", Room("/x"))
    assert shell_of(context).errors == []


def test_the_language_is_chosen_here(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    assert first.languages.currentData() == "en"
    first.languages.activated.emit(0)
    qtbot.waitUntil(lambda: begun.context.settings.text("language") == "zh")
    set_language("zh")
    first.retranslate()
    assert first.languages.currentData() == "zh"


def test_enter_goes_on(begun: Begun, qtbot: QtBot) -> None:
    first = begun.open()
    first.next.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: first.step == 2)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://films.huaying.example", "huaying"),
        ("www.huaying.example:8443/x", "huaying"),
        ("http://127.0.0.1:8000", "127"),
        ("https://", "library"),
        ("https://库.example", "库"),
    ],
)
def test_names_by_address(address: str, name: str) -> None:
    assert name_for(address) == name
