"""What the window can ask of its engine, with a real journal and a real server. The node never comes up:
what is sent is registered and then waits for it, which is long enough to pause, cancel and start anew."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import (
    Busy,
    JournalDamaged,
    KeyringLocked,
    LinkRefused,
    NotNow,
    NoToken,
    PathMissing,
    QuestionOver,
)
from app.domain.status import TaskKind
from app.jobs.leases import Leases
from app.journal import Journal, Run
from app.journal.records import TaskChanges
from app.settings.paths import ProfilePaths
from app.settings.secrets import profile_key
from app.ui import looks as looks_module
from app.ui import works as works_module
from app.ui.engine import Engine
from app.ui.messages import Begun, DueChanged, Message, NodeSeen, ServerSeen
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.clients import Client
from tests.contract.sandbox.library import Library
from tests.ui.engines import Watched, a_film, engine_of


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "server") as running:
        yield running


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks_module, "_ROWS_EVERY", 0.1)
    monkeypatch.setattr(looks_module, "_DUE_EVERY", 0.3)
    monkeypatch.setattr(works_module, "_ELSEWHERE_EVERY", 0.1)


async def registered(watched: Watched, tmp_path: Path, name: str = "series") -> int:
    """A film in work: the server knows it, and it waits for the node. Its number."""
    row = await watched.send(a_film(tmp_path / name), tmp_path / "blocks")
    await watched.until(lambda: getattr(watched.all_rows().get(row.number), "remote_id", None) is not None)
    return row.number


# --- what a person does with a film ----------------------------------------------------------------------


async def test_pause_and_resume_and_what_a_restart_makes_of_it(tmp_path: Path, server: RunningServer) -> None:
    async with engine_of(tmp_path / "p", server.url) as first:
        moves = await registered(first, tmp_path, "moves")
        rests = await registered(first, tmp_path, "rests")
        await first.engine.pause(rests)
        await first.until(lambda: first.run_of(rests) is Run.PAUSED)
    async with engine_of(tmp_path / "p", server.url) as again:
        assert set(again.all_rows()) == {moves, rests}, "the same films, in its first words"
        await again.until(lambda: again.run_of(moves) is Run.ACTIVE and again.engine.at_work == 1)
        assert again.run_of(rests) is Run.PAUSED
        await again.engine.resume(rests)
        await again.until(lambda: again.run_of(rests) is Run.ACTIVE)


async def test_a_film_that_waits_for_its_turn_is_paused_too(tmp_path: Path, server: RunningServer) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        await one.engine.set_setting("films_at_once", "1")
        first = await registered(one, tmp_path, "first")
        second = (await one.send(a_film(tmp_path / "second"), tmp_path / "blocks")).number
        await one.engine.pause(second)
        await one.until(lambda: one.run_of(second) is Run.PAUSED)
        assert one.run_of(first) is Run.ACTIVE
        await one.engine.pause_all()
        await one.until(lambda: one.run_of(first) is Run.PAUSED)
        await one.engine.resume_all()
        await one.until(lambda: one.engine.at_work == 2)


async def test_resume_pressed_twice_begins_once_and_says_nothing(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        await one.engine.pause(number)
        runs: list[object] = []
        run = one.engine.place.runner.run

        async def counted(tasks: Any) -> Any:
            runs.append(tasks)
            return await run(tasks)

        monkeypatch.setattr(one.engine.place.runner, "run", counted)
        monkeypatch.setattr(works_module, "_JUST_BEGUN", 60.0)
        await asyncio.gather(*(one.engine.resume(number) for _ in range(5)))
        await one.until(lambda: one.run_of(number) is Run.ACTIVE)
        await one.engine.resume(number)
        assert one.engine.at_work == 1
        await asyncio.sleep(0.1)  # what must not happen has no event
        assert (len(runs), one.engine.at_work) == (1, 1)


async def test_pause_and_resume_at_once_end_as_the_last_one_says(
    tmp_path: Path, server: RunningServer
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        await asyncio.gather(one.engine.pause(number), one.engine.resume(number))
        await one.until(lambda: one.run_of(number) is Run.ACTIVE)
        await asyncio.gather(one.engine.resume(number), one.engine.pause(number))
        await one.until(lambda: one.run_of(number) is Run.PAUSED)


async def test_a_film_in_work_is_cancelled_and_stays_so(tmp_path: Path, server: RunningServer) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        await one.engine.cancel(number)
        await one.until(lambda: one.run_of(number) is Run.CANCELLED)
        remote = one.all_rows()[number].remote_id
        assert server.control.reported(remote or 0)[-1:] in ([9], [])
        with pytest.raises(NotNow):
            await one.engine.resume(number)
        with pytest.raises(NotNow):
            await one.engine.pause(number)
        assert (await one.engine.place.desk.journal.get(number)).run is Run.CANCELLED
        await one.engine.forget(number)
        await one.until(lambda: number not in one.all_rows())


async def test_a_film_lands_elsewhere_until_it_has_its_place(tmp_path: Path, server: RunningServer) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        await one.engine.move(number, tmp_path / "new place")
        await one.until(lambda: one.all_rows()[number].private_dir == str(tmp_path / "new place"))
        assert (tmp_path / "new place").is_dir()
        await one.until(lambda: one.engine.at_work == 1 and one.run_of(number) is Run.ACTIVE)
        await one.engine.place.desk.journal.update(number, private_path=str(tmp_path / "x.key"))
        with pytest.raises(NotNow):
            await one.engine.move(number, tmp_path / "third place")
        await one.until(lambda: one.engine.at_work == 1)


# --- two on one profile ----------------------------------------------------------------------------------


async def test_two_engines_never_work_on_one_film_and_one_takes_over(
    tmp_path: Path, server: RunningServer
) -> None:
    async with engine_of(tmp_path / "p", server.url) as second_later:
        number = await registered(second_later, tmp_path)
        other = engine_of(tmp_path / "p", server.url)
        second = await other.__aenter__()
        try:
            assert second.engine.at_work == 0
            assert set(second.all_rows()) == {number}
            with pytest.raises(Busy):
                await second.engine.resume(number)
            assert (await second.engine.place.desk.journal.get(number)).run is Run.ACTIVE
            await second.engine.pause(number)
            await second_later.until(lambda: second_later.engine.at_work == 0)
            await second_later.engine.resume(number)
            await second_later.until(lambda: second_later.engine.at_work == 1)
            await second_later.engine.close(stop_node=False)
            await second.until(lambda: second.engine.at_work == 1)
        finally:
            await other.__aexit__(None, None, None)


async def test_a_film_begun_in_a_terminal_is_taken_up_once_nobody_has_it(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        await registered(one, tmp_path)  # signs in
        place, film = one.engine.place, a_film(tmp_path / "other") / "E01.mov"
        elsewhere = Leases(place.paths.leases_dir)
        changes: TaskChanges = {"source_name": film.name, "source_path": str(film), "series_id": 7}
        (held, loose) = await place.desk.journal.add(TaskKind.UPLOAD, server.url, [changes, changes])
        with elsewhere.take(held.id) as theirs:
            assert theirs
            await one.until(lambda: {held.number, loose.number} <= set(one.all_rows()))
            one.engine.works._note_strangers()
            assert one.engine.at_work == 1, "neither the one that is worked on nor the one just journalled"
        await one.until(
            lambda: held.number in one.engine.works.running or one.run_of(held.number) is Run.FAILED
        )
        assert loose.number not in one.engine.works.running
        monkeypatch.setattr(works_module, "_NOBODYS_AFTER", 0.0)
        one.engine.works._note_strangers()
        assert loose.number in one.engine.works.running


async def test_another_accounts_link_is_known_for_one_after_a_restart(
    tmp_path: Path, server: RunningServer
) -> None:
    server.control.add_token("stranger-token-3", "seller", name="Stranger")
    link = "reelkey://private?v=1&token="
    async with engine_of(tmp_path / "p", server.url) as one:
        request = await one.engine.requests.of_link(link + SELLER_TOKEN)
        await one.engine.requests.accept_sign_in(request.number)
        await one.until(lambda: one.signed_in(server.url))
        name = one.engine.account_of(server.url)
    async with engine_of(tmp_path / "p", server.url) as later:
        request = await later.engine.requests.of_link(link + "stranger-token-3")
        account = await later.engine.requests.account(request.number)
        assert (account.name, account.change, account.before) == ("Stranger", "other", name)
        same = await later.engine.requests.of_link(link + SELLER_TOKEN)
        assert (await later.engine.requests.account(same.number)).change == "renewed"
        await later.engine.sign_out(server.url)
        assert later.engine.account_of(server.url) == ""


async def test_a_keyring_that_takes_its_time_holds_nobody_up(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(*args: Any) -> bytes:
        asked.set()
        assert answer.wait(30)
        return profile_key(*args)

    monkeypatch.setattr("app.bootstrap.profile_key", slow)
    opening = asyncio.ensure_future(engine_of(tmp_path / "p", server.url).__aenter__())
    try:
        assert await asyncio.to_thread(asked.wait, 30)
        assert not opening.done(), "the loop went on while the keyring was asked"
    finally:
        answer.set()
    await (await opening).engine.close(stop_node=False)


async def test_what_a_command_in_a_terminal_changes_is_shown(tmp_path: Path, server: RunningServer) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        client = Client(tmp_path / "p", tmp_path / "none", server.url, SELLER_TOKEN)
        done = await asyncio.to_thread(client.run, "pause", f"u{number}")
        assert done.code == 0, done
        await one.until(lambda: one.run_of(number) is Run.PAUSED)


async def test_a_clock_that_is_set_back_hides_no_change(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() - 3600)
        await one.engine.place.desk.journal.update(number, folder="after the jump")
        await one.until(lambda: one.all_rows()[number].folder == "after the jump", seconds=5)
        await one.engine.place.desk.journal.update(number, folder="and again")
        await one.until(lambda: one.all_rows()[number].folder == "and again", seconds=5)


# --- requests --------------------------------------------------------------------------------------------


async def test_one_link_fired_twice_is_one_request_and_its_yes_counts_once(
    tmp_path: Path, server: RunningServer
) -> None:
    link = f"reelkey://upload?v=1&series_id=7&folder={a_film(tmp_path / 'series')}&token={SELLER_TOKEN}"
    async with engine_of(tmp_path / "p", server.url) as one:
        requests = one.engine.requests
        first, again = await requests.of_link(link), await requests.of_link(link)
        other = await requests.of_link(link.replace(SELLER_TOKEN, BUYER_TOKEN))
        assert first == again
        assert other.number != first.number, "in another name it is another request"
        films = [tmp_path / "series" / "E01.mov"]
        ask = (first.number, first.folders, films, tmp_path / "blocks", 7)
        answers = await asyncio.gather(
            requests.accept_upload(*ask), requests.accept_upload(*ask), return_exceptions=True
        )
        assert {type(one) for one in answers} == {Begun, QuestionOver}
        assert len(await one.engine.place.desk.journal.all()) == 1
        assert (await requests.of_link(link)).number not in (first.number, other.number)


async def test_a_question_of_a_process_before_is_over(tmp_path: Path, server: RunningServer) -> None:
    """It may stand open in the window while the engine is started again; its yes must reach no other."""
    link = f"reelkey://download?v=1&source_id={{}}&token={BUYER_TOKEN}"
    async with engine_of(tmp_path / "p", server.url) as one:
        asked = await one.engine.requests.of_link(link.format(5))
    async with engine_of(tmp_path / "p", server.url) as one:
        await one.engine.requests.of_link(link.format(6))
        with pytest.raises(QuestionOver):
            await one.engine.requests.accept_download(asked.number, tmp_path / "films")
        assert await one.engine.place.desk.journal.all() == []


async def test_what_was_dropped_can_not_be_accepted_and_leaves_no_sign_in(
    tmp_path: Path, server: RunningServer
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        requests = one.engine.requests
        request = await requests.of_link(f"reelkey://download?v=1&source_id=5&token={BUYER_TOKEN}")
        await requests.drop(request.number)
        asked: list[Callable[[], Awaitable[Any]]] = [
            lambda: requests.accept_download(request.number, tmp_path / "films"),
            lambda: requests.accept_sign_in(request.number),
            lambda: requests.account(request.number),
            lambda: requests.films(request.number, []),
        ]
        for ask in asked:
            with pytest.raises(QuestionOver):
                await ask()
        assert one.engine.place.token(server.url) is None
        assert await one.engine.place.desk.journal.all() == []


async def test_a_film_that_went_since_it_was_shown_is_named_and_nothing_begins(
    tmp_path: Path, server: RunningServer
) -> None:
    folder = a_film(a_film(tmp_path / "series"), "E02.mov", b"another" * 99)
    async with engine_of(tmp_path / "p", server.url) as one:
        request = await one.engine.requests.of_person("upload", [folder])
        (folder / "E01.mov").unlink()
        films = [folder / "E01.mov", folder / "E02.mov"]
        with pytest.raises(PathMissing):
            await one.engine.requests.accept_upload(request.number, [folder], films, tmp_path / "b", 7)
        assert await one.engine.place.desk.journal.all() == []


async def test_a_links_folder_may_begin_in_the_home_of_who_sits_here(
    tmp_path: Path, server: RunningServer
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        link = "reelkey://upload?v=1&series_id=7&folder={}&token=t"
        mine = await one.engine.requests.of_link(link.format("~/films"))
        assert mine.folders == (Path.home() / "films",)
        with pytest.raises(LinkRefused):
            await one.engine.requests.of_link(link.format("~nobody-knows/films"))


# --- a way that is not encrypted -------------------------------------------------------------------------


async def test_nothing_goes_over_an_open_way_before_a_yes_in_this_run(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as before:
        number = await registered(before, tmp_path)
    for module in ("accounts", "requests"):
        monkeypatch.setattr(f"app.ui.{module}.is_plain_http_beyond_loopback", lambda _origin: True)
    last = server.control.requests()[-1]["seq"]
    async with engine_of(tmp_path / "p", server.url) as one:
        one.engine.place.use_token(server.url, SELLER_TOKEN)  # as a keyring would have it
        await one.until(lambda: (one.all_rows()[number].error or {}).get("code") == "not_encrypted")
        assert one.run_of(number) is Run.QUEUED
        assert one.trouble(server.url) in ("", "not_encrypted")
        link = f"reelkey://private?v=1&token={BUYER_TOKEN}"
        request = await one.engine.requests.of_link(link)
        account = await one.engine.requests.account(request.number)
        assert (request.encrypted, account.name, account.error and account.error.code) == (
            False, "", "not_encrypted"
        )  # fmt: skip
        await one.engine.accounts.who(server.url)
        assert one.trouble(server.url) == "not_encrypted"
        await one.engine.resume(number)
        await one.until(lambda: one.engine.at_work == 0)
        assert server.control.requests(after=last) == [], "nobody was asked"
        await one.engine.allow_in_clear(server.url)
        await one.until(lambda: one.run_of(number) is Run.ACTIVE and one.signed_in(server.url))
        assert server.control.requests(after=last) != []


async def test_cancelling_a_film_there_waits_with_its_report(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as before:
        number = await registered(before, tmp_path)
        await before.engine.place.desk.journal.report(number, 1, None, REPORT)  # type: ignore[arg-type]
    monkeypatch.setattr("app.ui.accounts.is_plain_http_beyond_loopback", lambda _origin: True)
    last = server.control.requests()[-1]["seq"]
    async with engine_of(tmp_path / "p", server.url) as one:
        one.engine.place.use_token(server.url, SELLER_TOKEN)
        await one.until(lambda: one.engine.at_work == 0 and one.all_rows()[number].error)
        await one.engine.cancel(number)
        assert server.control.requests(after=last) == []
        await one.engine.allow_in_clear(server.url)
        remote = one.all_rows()[number].remote_id or 0
        await one.until(lambda: server.control.reported(remote)[-1:] == [9])


REPORT = {"name": "E01.mov", "file": "series", "hash": "", "size": "1", "ip": "x"}


# --- rounds and ends -------------------------------------------------------------------------------------


async def test_the_rounds_survive_whatever_goes_wrong_in_one(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        desk = one.engine.place.desk
        number = await registered(one, tmp_path)

        async def broken(*_: object) -> Any:
            raise JournalDamaged(path="journal", reason="disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(Journal, "since", broken)
            await one.until(lambda: "journal_damaged" in one.failures())
        await desk.journal.update(number, folder="after it")
        await one.until(lambda: one.all_rows()[number].folder == "after it")

        def locked(*_: object) -> Any:
            raise KeyringLocked(reason="it is locked")

        with monkeypatch.context() as patch:
            patch.setattr(type(one.engine.place), "token", locked)
            one.engine.looks.ask_due_now()
            await one.engine.accounts.who(server.url)
            assert one.trouble(server.url) == "keyring_locked"

        async def surprise(*_: object) -> Any:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(looks_module, "due_tasks", surprise)
            await one.until(lambda: "internal" in one.failures())
        asked = len(server.control.requests(method="GET", path="*private*"))
        await one.until(lambda: len(server.control.requests(method="GET", path="*private*")) > asked)
        nodes = len([seen for seen in one.told if isinstance(seen, NodeSeen)])
        one.engine.looks.look_at_node_now()
        await one.until(lambda: len([seen for seen in one.told if isinstance(seen, NodeSeen)]) > nodes)


async def test_a_library_that_went_and_came_back_is_shown_as_both(
    tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks_module, "_ANSWER_WITHIN", 0.5)
    async with engine_of(tmp_path / "p", server.url) as one:
        await registered(one, tmp_path)
        await one.until(lambda: one.signed_in(server.url))
        server.control.fault("drop", path="*private*", times=None)
        one.engine.looks.ask_due_now()
        await one.until(lambda: one.trouble(server.url) == "server_unreachable")
        server.control.clear_faults()
        await one.until(lambda: one.signed_in(server.url))


async def test_signing_out_forgets_what_was_due(tmp_path: Path, server: RunningServer) -> None:
    library = Library(server)
    assert library.download(library.finished_upload()["source_id"]).status in (200, 201)
    library.close()

    def due(one: Watched) -> list[int]:
        return [len(told.tasks) for told in one.told if isinstance(told, DueChanged)]

    async with engine_of(tmp_path / "p", server.url) as one:
        await registered(one, tmp_path)
        await one.until(lambda: due(one) == [1] and one.signed_in(server.url))
        await one.engine.sign_out(server.url)
        await one.until(lambda: due(one) == [1, 0])
        seen = one.seen(server.url)
        assert isinstance(seen, ServerSeen)
        assert (seen.signed_in, seen.account, seen.name) == (False, "", "studio")
        assert one.engine.looks.listed(server.url) == []
        with pytest.raises(NoToken):
            request = await one.engine.requests.of_person("private")
            await one.engine.requests.accept_sign_in(request.number)


async def test_closing_while_it_opens_leaves_nothing_open(tmp_path: Path, server: RunningServer) -> None:
    told: list[Message] = []
    engine = Engine(tmp_path / "p", {"REELKEY_KUBO": str(tmp_path / "none")}, told.append)
    opening = asyncio.get_running_loop().create_task(engine.open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await engine.close(stop_node=True)
    assert engine._place is None
    with sqlite3.connect(ProfilePaths.of(tmp_path / "p", {}).journal_file) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")


async def test_closing_takes_what_is_in_work_and_begins_nothing_more(
    tmp_path: Path, server: RunningServer
) -> None:
    async with engine_of(tmp_path / "p", server.url) as one:
        number = await registered(one, tmp_path)
        row = one.all_rows()[number]
        await one.engine.close(stop_node=False)
        one.engine.start([row])
        assert one.engine.at_work == 0
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
