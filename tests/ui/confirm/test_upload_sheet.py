"""The question before films are sent: what it shows, and that nothing begins without a yes."""

from __future__ import annotations

import asyncio
import gettext
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import IsPackage, NoFilms, NoToken, TargetUnwritable, TokenRefused
from app.media import MediaFacts
from app.ui.confirm.folders import WholePath
from app.ui.confirm.sheets import sheet_for
from app.ui.confirm.upload import UploadSheet
from app.ui.context import Context
from app.ui.messages import Account, Begun, FilmFound, FilmsFound, NodeSeen, Request, Room
from app.ui.sheet import Scrim
from tests.ui.fakes import engine_of, make_row, shell_of

FOLDER = Path("/masters/Long River")
NEW = FilmFound(FOLDER / "E04.mov", 141_900_000_000, "Long River")
NEWER = FilmFound(FOLDER / "reels" / "E05.mov", 6_400_000_000, "Long River")
SENT = FilmFound(FOLDER / "E01.mov", 139_400_000_000, "Long River", 1_795_000_000.0)
FOUND = FilmsFound(
    (NEW, NEWER, SENT), (FOLDER / "notes.txt",), ((FOLDER / "DCP", IsPackage(path=str(FOLDER / "DCP"))),)
)
BUTTON = "Send 2 films · 148.3 GB"
HERE = NodeSeen("online", addresses=("/ip4/127.0.0.1/tcp/4001",))
OUTSIDE = NodeSeen("online", addresses=("/ip4/8.8.4.4/tcp/4001",), reachability="public")

Open = Callable[..., UploadSheet]


@pytest.fixture
def scrim(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scrim]:
    del context
    monkeypatch.setattr("app.ui.sheet._ENTER_AFTER_MS", 50)
    window = QWidget()
    window.resize(1280, 720)
    qtbot.addWidget(window)
    scrim = Scrim(window)
    window.show()
    yield scrim


@pytest.fixture
def opened(qtbot: QtBot, context: Context, scrim: Scrim) -> Open:
    """Opens the sheet and waits until all was answered; keywords change request and answers."""

    def open_sheet(*, answers: dict[str, Any] | None = None, **changes: Any) -> UploadSheet:
        engine = engine_of(context)
        engine.answers |= {
            "requests.account": Account("Lin", "same", "Lin"),
            "requests.films": FOUND,
            "requests.room": lambda path, _=None: Room(str(path), 10**12, 2 * 10**12, path is not None),
            "requests.accept_upload": Begun((make_row(7),)),
            "requests.facts": MediaFacts(codec="ProRes 4444"),
        }
        engine.answers |= answers or {}
        values: dict[str, Any] = {
            "number": 3,
            "action": "upload",
            "server": "https://films.example",
            "server_name": "Huaying",
            "series_id": 233,
            "folders": (FOLDER,),
        }
        sheet = sheet_for(context, Request(**{**values, **changes}))
        assert isinstance(sheet, UploadSheet)
        scrim.open(sheet)
        qtbot.waitUntil(lambda: sheet.found is not None and sheet.head.account is not None)
        return sheet

    return open_sheet


def test_it_says_what_is_asked_and_its_button_repeats_it(qtbot: QtBot, opened: Open) -> None:
    sheet = opened()
    assert sheet.title.text() == "Send 2 films of “Long River”?"
    assert "233" in sheet.subtitle.text()
    assert sheet.yes.text() == BUTTON
    assert sheet.tally.text() == "3 found · 2 selected"
    assert [one.text() for one in sheet.folder.findChildren(WholePath)] == [str(FOLDER)]
    qtbot.waitUntil(lambda: "148.3 GB" in sheet.will.text() and "1.00 TB" in sheet.will.text())
    qtbot.waitUntil(lambda: len(sheet.films.facts) == 3)
    assert sheet.films.detail(NEWER) == "reels · ProRes 4444"


def test_nothing_begins_before_the_yes_and_what_was_chosen_begins_with_it(
    qtbot: QtBot, context: Context, opened: Open
) -> None:
    sheet = opened()
    engine = engine_of(context)
    assert not engine.called("requests.accept_upload")
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.films.toggle(0)
    sheet.films.toggle(2)  # once more, though it was sent
    private = sheet.private.folder
    QTest.mouseClick(sheet.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.over)
    accepted = engine.called("requests.accept_upload")
    assert accepted == [(3, (FOLDER,), [NEWER.path, SENT.path], private, 233)]
    assert engine.called("set_setting") == [("private_dir", str(private))]
    assert shell_of(context).films == [7]


def test_the_folder_of_the_settings_is_proposed_and_not_set_again(
    qtbot: QtBot, context: Context, opened: Open, tmp_path: Path
) -> None:
    context.settings.set("private_dir", str(tmp_path))
    sheet = opened()
    assert sheet.private.folder == tmp_path
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.over)
    assert not engine_of(context).called("set_setting")


def test_a_hand_in_motion_says_no_yes(
    qtbot: QtBot, context: Context, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.sheet._ENTER_AFTER_MS", 600)
    sheet = opened()
    assert not sheet.yes.isEnabled()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(sheet, key)
    assert not engine_of(context).called("requests.accept_upload")
    qtbot.waitUntil(sheet.yes.isEnabled)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sheet.over)
    assert len(engine_of(context).called("requests.accept_upload")) == 1


def test_escape_forgets_the_request(qtbot: QtBot, context: Context, scrim: Scrim, opened: Open) -> None:
    sheet = opened()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: engine_of(context).called("requests.drop") == [(3,)])
    assert scrim.current is None
    assert not engine_of(context).called("requests.accept_upload")


@pytest.mark.parametrize("changes", [{"known": False, "server_name": ""}, {"encrypted": False}])
def test_an_unknown_or_open_library_is_said_in_red_and_no_button_is_preset(
    qtbot: QtBot, context: Context, opened: Open, changes: dict[str, Any]
) -> None:
    sheet = opened(**changes)
    assert sheet.head.danger.text() and not sheet.head.danger.isHidden()
    assert sheet.yes.property("look") != "primary"
    qtbot.waitUntil(sheet.yes.isEnabled)
    assert not sheet.yes.hasFocus()
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert not engine_of(context).called("requests.accept_upload")
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.over)


def test_blocks_on_the_disk_of_the_masters_are_a_warning(qtbot: QtBot, opened: Open) -> None:
    sheet = opened()
    qtbot.waitUntil(lambda: sheet.private.remark.text().startswith("On the same disk as the masters"))
    assert sheet.private.remark.warns
    sheet._take_private_room(sheet._rooms, Room("/other", 10**12))
    assert sheet.private.remark.text() == "Not on the same disk as the masters"
    assert not sheet.private.remark.warns


def test_a_known_library_has_no_red_line(opened: Open) -> None:
    sheet = opened()
    assert sheet.head.danger.isHidden() and sheet.head.other.isHidden()


def test_another_account_is_said_in_gold(opened: Open) -> None:
    sheet = opened(answers={"requests.account": Account("Mei", "other", "Lin")})
    assert not sheet.head.other.isHidden()
    assert "Mei" in sheet.head.other.text() and "Lin" in sheet.head.other.text()
    assert sheet.head.other.property("look") == "key-note"


@pytest.mark.parametrize(
    "account",
    [
        Account(change="none", error=NoToken(server="x")),
        Account(change="renewed", error=TokenRefused(text="")),
    ],
)
def test_without_a_sign_in_that_counts_there_is_no_yes(qtbot: QtBot, opened: Open, account: Account) -> None:
    sheet = opened(answers={"requests.account": account})
    qtbot.waitUntil(lambda: sheet._armed)
    assert not sheet.yes.isEnabled()


def test_an_error_is_shown_in_the_sheet_which_stays(qtbot: QtBot, context: Context, opened: Open) -> None:
    sheet = opened(answers={"requests.accept_upload": TargetUnwritable(path="/x", reason="permission")})
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.yes.click()
    qtbot.waitUntil(lambda: not sheet.error.isHidden())
    assert not sheet.over
    assert not shell_of(context).errors
    assert sheet.error.accessibleName() == "This folder can't be written"
    assert sheet.yes.isEnabled()


def test_another_folder_is_looked_through_anew(qtbot: QtBot, context: Context, opened: Open) -> None:
    sheet = opened()
    engine_of(context).answers["requests.films"] = FilmsFound(error=NoFilms(path="/other"))
    sheet.folder._take(Path("/other"))
    qtbot.waitUntil(lambda: sheet.found is not None and sheet.found.error is not None)
    assert engine_of(context).called("requests.films")[-1] == (3, (Path("/other"),))
    assert not sheet.error.isHidden()
    qtbot.waitUntil(lambda: sheet._armed)
    assert not sheet.yes.isEnabled()


def test_an_answer_for_a_folder_that_was_changed_meanwhile_is_not_shown(opened: Open) -> None:
    sheet = opened()
    sheet._take_found(0, FilmsFound((SENT,)))
    assert len(sheet.films.films) == 3


def test_what_is_left_out_can_be_seen_with_its_reason(opened: Open) -> None:
    sheet = opened()
    assert sheet.aside.text() == "1 can't be sent · other files left out: 1"
    assert sheet.left_out.isHidden()
    sheet.view.click()
    text = sheet.left_out.toPlainText()
    assert not sheet.left_out.isHidden()
    assert "DCP" in text and "This folder is a package" in text and "notes.txt" in text


def test_a_person_names_the_series(qtbot: QtBot, context: Context, opened: Open) -> None:
    sheet = opened(from_link=False)
    assert not sheet.series.isHidden() and sheet.series.text() == "233"
    qtbot.waitUntil(sheet.yes.isEnabled)
    sheet.series.setText("")
    assert not sheet.yes.isEnabled()
    QTest.keyClicks(sheet.series, "7x7")
    sheet.yes.click()
    qtbot.waitUntil(lambda: sheet.over)
    assert engine_of(context).called("requests.accept_upload")[0][-1] == 77


def test_a_link_names_the_series_itself(opened: Open) -> None:
    assert opened().series.isHidden()


def test_too_little_room_is_said_before_the_yes(qtbot: QtBot, opened: Open) -> None:
    def room(path: Path | None, _: Path | None = None) -> Room:
        return Room(str(path), 100_000_000_000, 10**12)

    sheet = opened(answers={"requests.room": room})
    qtbot.waitUntil(lambda: not sheet.room.isHidden() and "48.3 GB" in sheet.room.text())


def test_how_long_it_takes_is_told_by_what_was_sent_before(opened: Open, qtbot: QtBot) -> None:
    first = opened()
    assert "It takes about" not in first.will.text()
    first.close_sheet()
    sheet = opened(answers={"requests.pace": 250_000_000.0}, number=4)
    qtbot.waitUntil(lambda: "It takes about 10 min." in sheet.will.text())
    sheet.films.tick_all(False)
    assert "It takes about" not in sheet.will.text()


def test_films_show_their_posters(opened: Open, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    red = QPixmap(56, 32)
    red.fill(QColor("#ff0000"))

    def of_file(path: Path, count: int, size: QSize, ratio: float) -> QPixmap | None:
        asked.append(path)
        return red if path == NEW.path and (size.width(), ratio) == (56, 1.0) and count == NEW.size else None

    monkeypatch.setattr(context.pictures, "of_file", of_file)
    sheet = opened()
    picture = sheet.list.viewport().grab().toImage()
    shown = [
        picture.pixelColor(sheet.list.visualRect(sheet.films.index(row)).topLeft() + QPoint(70, 23)).name()
        for row in range(2)
    ]
    assert shown[0] == "#ff0000" != shown[1]
    assert {NEW.path, NEWER.path} <= set(asked)


def test_requests_that_wait_are_counted(qtbot: QtBot, context: Context, scrim: Scrim, opened: Open) -> None:
    sheet = opened()
    second = sheet_for(context, Request(4, "private", "https://films.example"))
    scrim.open(second)
    assert sheet.foot_note.text() == "1 more request"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert scrim.current is second
    assert second.foot_note.text() == ""


def test_a_request_costs_nothing_before_it_is_seen(
    qtbot: QtBot, context: Context, scrim: Scrim, opened: Open
) -> None:
    engine = engine_of(context)
    first = opened()
    qtbot.waitUntil(lambda: len(engine.called("requests.room")) == 2)
    before = list(engine.calls)
    second = sheet_for(context, Request(4, "upload", "https://films.example", folders=(FOLDER,)))
    scrim.open(second)
    scrim.open(sheet_for(context, Request(5, "download", "https://films.example", source_id=9)))
    qtbot.wait(50)
    assert [call for call in engine.calls if call not in before and call[0] != "requests.facts"] == []
    first.close_sheet()
    qtbot.waitUntil(lambda: engine.called("requests.films") == [(3, (FOLDER,)), (4, (FOLDER,))])
    assert engine.called("requests.account") == [(3,), (4,)]
    second.shown()  # it came to the front again
    qtbot.wait(50)
    assert engine.called("requests.films") == [(3, (FOLDER,)), (4, (FOLDER,))]


def test_what_is_asked_for_a_sheet_ends_with_it(qtbot: QtBot, context: Context, scrim: Scrim) -> None:
    asked: dict[str, asyncio.Future[Any]] = {}

    async def never(name: str) -> Any:
        asked[name] = asyncio.get_running_loop().create_future()
        return await asked[name]

    engine = engine_of(context)
    engine.answers |= {f"requests.{name}": lambda *_, n=name: never(n) for name in ("films", "account")}
    scrim.open(sheet_for(context, Request(3, "upload", "https://films.example", folders=(FOLDER,))))
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert not engine.called("requests.room"), "a disk that does not answer is asked once"
    sheet = scrim.current
    assert isinstance(sheet, UploadSheet) and sheet.tally.text() == "Looking through the folder…"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: all(one.cancelled() for one in asked.values()))


def test_what_is_left_out_is_counted_whole(opened: Open) -> None:
    found = replace(FOUND, more_skipped=41_000, more_refused=7)
    sheet = opened(answers={"requests.films": found})
    assert sheet.aside.text() == "8 can't be sent · other files left out: 41,001"
    assert sheet.left_out.toPlainText().endswith("and 41,007 more")


def test_ticks_by_keyboard_and_all_at_once(qtbot: QtBot, opened: Open) -> None:
    sheet = opened()
    sheet.list.setCurrentIndex(sheet.films.index(2))
    QTest.keyClick(sheet.list, Qt.Key.Key_Space)
    assert sheet.films.chosen() == [NEW, NEWER, SENT]
    assert sheet.all.checkState() is Qt.CheckState.Checked
    sheet.all.click()
    assert sheet.films.chosen() == []
    assert sheet.all.checkState() is Qt.CheckState.Unchecked
    assert not sheet.yes.isEnabled()


def test_names_of_hostile_films_stay_on_their_line(opened: Open) -> None:
    film = FilmFound(FOLDER / "a\u202evom\nb.mov", 1)
    sheet = opened(answers={"requests.films": FilmsFound((film,))})
    assert sheet.films.index(0).data() == "a␣vom␣b.mov"


def test_the_language_changes_while_it_is_open(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = opened()
    sheet.error.show_error(NoFilms(path="/x"))
    monkeypatch.setattr("app.domain.words._catalogue", lambda _: Marked())
    sheet.retranslate()
    theirs = {"Huaying", "films.example", "Lin", ""}
    labels = [one.text() for one in sheet.findChildren(QLabel) if not one.isHidden()]
    buttons = [one.text() for one in sheet.findChildren(QPushButton)]
    assert len(labels) > 12
    assert not [text for text in labels + buttons if text not in theirs and not text.startswith("«")]


class Marked(gettext.NullTranslations):
    """Another language: every text that was translated shows it."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"


def test_a_path_is_shown_whole_at_any_width(qtbot: QtBot) -> None:
    path = WholePath("/mnt/" + "x" * 400)
    qtbot.addWidget(path)
    narrow, wide = path.heightForWidth(200), path.heightForWidth(2000)
    assert narrow >= 5 * wide
    layout, _ = path._lay_out(200, path.font())
    shown = sum(layout.lineAt(n).textLength() for n in range(layout.lineCount()))
    assert shown == len(path.text()) + 2  # with the two marks that isolate its direction
    assert all(layout.lineAt(n).naturalTextWidth() <= 200 for n in range(layout.lineCount()))


def test_an_answer_that_comes_late_says_nothing_of_another_folder(
    qtbot: QtBot, context: Context, opened: Open
) -> None:
    """Where the private blocks go is changed while the first question about its disk is still out."""
    engine = engine_of(context)
    answers: dict[Path | None, asyncio.Future[Room]] = {}

    async def room(path: Path | None, beside: Path | None = None) -> Room:
        assert beside is not None, "without the films' folder nobody can say whether it is the same disk"
        answers[path] = asyncio.get_running_loop().create_future()
        return await answers[path]

    engine.requests.__dict__["room"] = room
    sheet = opened()
    first = sheet.private.folder
    sheet._set_private_dir(Path("/backup"))
    qtbot.waitUntil(lambda: Path("/backup") in answers)
    answers[Path("/backup")].set_result(Room("/backup", 10**12, 10**12, same_disk_as_films=True))
    qtbot.waitUntil(lambda: "one disk failure" in sheet.private.remark.text())
    answers[first].set_result(Room(str(first), 10**12, 10**12, same_disk_as_films=False))
    answers[None].set_result(Room("node", 10**12, 10**12))
    qtbot.waitUntil(lambda: "1.00 TB free" in sheet.will.text())
    assert "one disk failure" in sheet.private.remark.text()


def test_that_buyers_can_not_reach_us_is_said_before_the_yes(opened: Open, context: Context) -> None:
    sheet = opened()
    context.store.take([HERE])
    assert sheet.reach.isVisible()
    assert sheet.reach.text().startswith("Buyers elsewhere can't reach this computer yet.")
    context.store.take([OUTSIDE])
    assert not sheet.reach.isVisible()
