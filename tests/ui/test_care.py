"""The engine's care for libraries, folders, papers, on a profile that is open without a node."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.bootstrap import open_workplace
from app.domain.errors import Cancelled, KeyringLocked, SettingRefused, TargetUnwritable
from app.domain.status import TaskKind, TaskStatus
from app.jobs.doctor import Check
from app.journal import Run
from app.ui.engine import Engine
from app.ui.messages import FilmRead, Message, SettingsChanged
from tests.ui.fakes import make_row

FIRST, SECOND = "https://one.example", "https://two.example"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    told: list[Message] = []
    made = Engine(tmp_path / "profile", {}, told.append)
    async with open_workplace(tmp_path / "profile", lambda _event: None, {}) as place:
        made._place = place
        yield made


def servers(engine: Engine) -> dict[str, str]:
    return engine.place.settings.servers()


async def test_the_first_library_becomes_the_default(engine: Engine) -> None:
    await engine.care.keep_library("one", FIRST)
    await engine.care.keep_library("two", SECOND)
    assert servers(engine) == {"one": FIRST, "two": SECOND}
    assert engine.place.settings.text("server") == "one"


async def test_renaming_keeps_what_was_the_default(engine: Engine) -> None:
    await engine.care.keep_library("one", FIRST)
    await engine.care.keep_library("two", SECOND)
    await engine.care.keep_library("uno", FIRST, before="one")
    assert servers(engine) == {"two": SECOND, "uno": FIRST}
    assert engine.place.settings.text("server") == "uno"
    await engine.care.keep_library("due", SECOND, before="two")
    assert engine.place.settings.text("server") == "uno"


async def test_a_name_that_is_taken_or_none_is_refused_and_changes_nothing(engine: Engine) -> None:
    await engine.care.keep_library("one", FIRST)
    await engine.care.keep_library("two", SECOND)
    for name, before in (("two", ""), ("two", "one"), ("a b", ""), ("", ""), ("x" * 41, "")):
        with pytest.raises(SettingRefused):
            await engine.care.keep_library(name, "https://three.example", before=before)
    with pytest.raises(SettingRefused):
        await engine.care.keep_library("three", "https://user@three.example")
    assert servers(engine) == {"one": FIRST, "two": SECOND}


async def test_removing_the_default_leaves_none_dangling(engine: Engine) -> None:
    await engine.care.keep_library("one", FIRST)
    await engine.care.keep_library("two", SECOND)
    await engine.care.remove_library("one")
    assert servers(engine) == {"two": SECOND}
    assert engine.place.settings.text("server") == ""


async def test_the_window_hears_of_each_change(engine: Engine) -> None:
    told: list[Message] = []
    engine.post = told.append
    await engine.care.keep_library("one", FIRST)
    assert told == [SettingsChanged(("server.one",)), SettingsChanged(("server",))]


async def test_folders_are_made_before_they_are_kept(engine: Engine, tmp_path: Path) -> None:
    await engine.care.keep_folder("output_dir", tmp_path / "new" / "films")
    assert (tmp_path / "new" / "films").is_dir()
    assert engine.place.settings.text("output_dir") == str(tmp_path / "new" / "films")
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetUnwritable):
        await engine.care.keep_folder("output_dir", tmp_path / "file" / "films")
    assert engine.place.settings.text("output_dir") == str(tmp_path / "new" / "films")


async def test_checks_never_raise(engine: Engine) -> None:
    names = ("disk", "keyring", "clock")
    checks = [await engine.care.check(name) for name in names]
    assert [check.name for check in checks] == list(names)
    assert [check.ok for check in checks][1:] == [None, None]  # no keyring and no library here


async def test_papers_of_a_film(engine: Engine, tmp_path: Path) -> None:
    await engine.care.keep_library("one", FIRST)
    journal = engine.place.desk.journal
    (row,) = await journal.add(TaskKind.UPLOAD, FIRST, [{"source_name": "film.mov", "size": 3}])
    row = await journal.update(row.number, run=Run.DONE, status=TaskStatus.DONE, cid="bafyabc")
    receipt = await engine.care.receipt(row.number)
    facts = {line.name: line.text for line in receipt.facts}
    assert receipt.film == "film.mov"
    assert facts["Library"] == f"one ({FIRST})"

    await engine.care.export_history(tmp_path / "list.csv", [row, make_row(2, source_name="=1+1")])
    text = (tmp_path / "list.csv").read_text("utf-8-sig")
    assert "film.mov" in text
    assert "one" in text
    assert "'=1+1" in text

    await engine.care.write_page(tmp_path / "page.html", "<p>é</p>")
    assert (tmp_path / "page.html").read_text("utf-8") == "<p>é</p>"
    with pytest.raises(TargetUnwritable):
        await engine.care.write_page(tmp_path / "none" / "page.html", "x")


async def test_a_manifest_ends_when_the_profile_is_closed(engine: Engine, tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(bytes(300 * 2**20))
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    goes_on = threading.Event()

    def post(message: object) -> None:
        if isinstance(message, FilmRead):
            loop.call_soon_threadsafe(begun.set)
            goes_on.wait(10)  # the first piece is read; the rest only after the profile was closed

    engine.post = post
    work = asyncio.create_task(engine.care.manifest(film))
    await begun.wait()
    engine.care.stop()
    goes_on.set()
    with pytest.raises(Cancelled):
        await work
    assert not (tmp_path / "ascmhl").exists()


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check_node(_desk: object) -> Check:
        return Check("node", False, "")

    monkeypatch.setattr("app.jobs.doctor.check_node", check_node)


@pytest.mark.usefixtures("no_node")
async def test_the_bundle_holds_no_sign_in_of_a_library_or_cloud(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.care.keep_library("one", FIRST)
    token, cloud = "canary-5e1f-token-that-nobody-may-see", "a cloud's canary 77b0"
    engine.place.use_token(FIRST, token)

    async def secrets() -> list[str | bytes]:
        return [cloud]

    monkeypatch.setattr(engine.place.exports, "secrets", secrets)
    (engine.place.paths.logs_dir / "reelkey.log").write_text(f"a line with {token} and {cloud} in it\n")
    bundle = await engine.care.bundle({"PySide6": "6.12"})
    whole = "\n".join(file.text for file in bundle.files)
    assert token not in whole
    assert cloud not in whole
    assert "a line with" in whole
    assert "6.12" in whole


@pytest.mark.usefixtures("no_node")
async def test_the_bundle_is_made_when_the_keyring_is_locked_and_a_library_may_not_be_asked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.place.may_ask = engine.accounts.may_ask
    await engine.care.keep_library("open", "http://192.0.2.20:8000")

    def locked(_origin: str) -> str:
        raise KeyringLocked(reason="it is locked")

    monkeypatch.setattr(engine.place.vault, "get_token", locked)
    assert (await engine.care.check("clock")).ok is None
    assert len((await engine.care.bundle({})).files) > 5
