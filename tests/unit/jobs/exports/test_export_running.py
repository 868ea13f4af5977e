"""Exports at work: paused and cancelled from elsewhere, waiting for films and sign-ins, taking turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.cli.export_lines import event_text
from app.cloud.limits import Bandwidth
from app.domain.errors import (
    AllowanceUsed,
    Busy,
    CloudUnreachable,
    NothingToSend,
    NotNow,
    PathMissing,
    UnknownExport,
)
from app.domain.events import ExportMoved, ExportWaits, ItemEnded
from app.domain.status import TaskKind
from app.journal import Run
from tests.contract.clouds.killing import Meanwhile, Stopping
from tests.contract.clouds.memory import PIECE, TITLE, Memory, memory_kind
from tests.contract.clouds.profile import Nobody, Profile, opened


@pytest.fixture
def cloud() -> Memory:
    return Memory()


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"films/{number}.mov" for number in range(4)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * (PIECE + 5))
    return paths


@pytest.fixture
async def profile(cloud: Memory, tmp_path: Path) -> AsyncIterator[Profile]:
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        yield profile


async def until(profile: Profile, number: int, run: Run) -> None:
    async with asyncio.timeout(20):
        while (await profile.exports.export(f"x{number}")).run is not run:  # noqa: ASYNC110 - the journal's
            await asyncio.sleep(0.01)


async def test_paused_and_resumed_from_another_process(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    stopping = Stopping("send", behind=1)
    async with stopping.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        number = (await here.exports.order_films(1, "a", paths=films)).number
        here.exports.start(number)
        await stopping.stopped.wait()
        with pytest.raises(Busy):
            await profile.exports.resume(number)
        assert (await profile.exports.run([number]))[0].error is not None
        paused = await profile.exports.pause(number)
        assert paused.run is Run.PAUSED
        assert not here.exports.running
    assert len(cloud.files()) < 4
    assert cloud.unfinished(), "what was sent is kept"
    await profile.exports.resume(number)
    await until(profile, number, Run.DONE)
    assert len(cloud.files()) == 4
    with pytest.raises(NotNow):
        await profile.exports.pause(number)


async def test_cancelled_from_another_process(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    stopping = Stopping("send", behind=1)
    async with stopping.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        number = (await here.exports.order_films(1, "a", paths=films)).number
        here.exports.start(number)
        await stopping.stopped.wait()
        assert (await profile.exports.cancel(number)).run is Run.CANCELLED
    assert not cloud.unfinished()
    with pytest.raises(NotNow):
        await profile.exports.cancel(number)
    await profile.exports.forget(number)
    with pytest.raises(UnknownExport):
        await profile.exports.export(f"x{number}")


async def test_closing_stops_and_the_next_start_goes_on(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.exports.export._NOTE_EVERY", 0.01)
    stopping = Stopping("send", behind=3)
    async with stopping.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        number = (await here.exports.order_films(1, "a", paths=films)).number
        here.exports.start(number)
        await stopping.stopped.wait()
        async with asyncio.timeout(20):
            while not sum(item.sent for item in await here.journal.exports.begun(number)):  # noqa: ASYNC110 - the journal's
                await asyncio.sleep(0.01)
    assert (await profile.exports.export("x1")).run is Run.QUEUED
    await profile.exports.take_up_all()
    await until(profile, number, Run.DONE)
    sent = cloud.requests.count("send")
    assert sent <= 8 + 3 * 2, "what stood there was not sent again"
    size = 4 * (PIECE + 5)
    moved = [event.progress for event in profile.events if isinstance(event, ExportMoved)]
    assert {(one.done <= size, one.total) for one in moved} == {(True, size)}, "nothing is counted twice"


async def test_the_state_of_one_file_is_none_of_another(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    """It is sealed for its own file: what stands in another's place is not taken up, in either direction."""
    stopping = Stopping("send", behind=2)
    async with stopping.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        await here.exports.set_options(1, {"files-at-once": "2"})
        number = (await here.exports.order_films(1, "a", paths=films[:2])).number
        here.exports.start(number)
        await stopping.stopped.wait()
    ledger = profile.journal.exports
    first, second = await ledger.begun(number)
    await ledger.change_item(first.number, state_sealed=second.state_sealed)
    await ledger.change_item(second.number, state_sealed=first.state_sealed)
    assert (await profile.exports.run([number]))[0].error is None
    assert cloud.files() == {f"a/{path.name}": path.read_bytes() for path in films[:2]}


async def test_a_film_that_is_not_here_yet_is_waited_for(
    cloud: Memory, profile: Profile, films: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.exports.export._LOOK_EVERY", 0.01)
    journal = profile.journal
    (task,) = await journal.add(
        TaskKind.DOWNLOAD, "https://studio.example", [{"source_name": "later.mov", "size": PIECE + 5}]
    )
    row = await profile.exports.order_films(1, "a", paths=films[:1], films=[(task.number, "film")])
    profile.exports.start(row.number)
    await until(profile, row.number, Run.WAITING)
    assert list(cloud.files()) == ["a/0.mov"]
    assert (await profile.exports.exports())[0].error is None
    await journal.update(task.number, run=Run.DONE, final_path=str(films[3]))
    await until(profile, row.number, Run.DONE)
    assert cloud.files()["a/3.mov"] == films[3].read_bytes()


async def test_a_film_that_was_given_up_is_not_waited_for(profile: Profile) -> None:
    (task,) = await profile.journal.add(
        TaskKind.DOWNLOAD, "https://studio.example", [{"source_name": "a.mov"}]
    )
    row = await profile.exports.order_films(1, "a", films=[(task.number, "film")])
    await profile.journal.update(task.number, run=Run.CANCELLED)
    outcome = (await profile.exports.run([row.number]))[0]
    assert isinstance(outcome.error, NotNow)
    for which in ("public", "private"):
        with pytest.raises(NotNow):
            await profile.exports.order_films(1, "a", films=[(task.number, which)])
    with pytest.raises(NothingToSend):
        await profile.exports.order_films(1, "a")


async def test_signed_out_it_waits_and_signed_in_again_it_goes_on(
    cloud: Memory, profile: Profile, films: list[Path]
) -> None:
    await profile.exports.take_up_all()
    started = asyncio.Event()

    async def slowly(name: str) -> None:
        if name == "send":
            started.set()
            await asyncio.Event().wait()

    cloud.before = slowly
    number = (await profile.exports.order_films(1, "a", paths=films)).number
    profile.exports.start(number)
    await started.wait()
    row = await profile.exports.sign_out(1)
    assert row is not None
    assert not row.signed_in
    assert (await profile.exports.export("x1")).run is Run.WAITING
    cloud.tokens.add("token-2")
    cloud.before = _at_once
    again = await profile.exports.sign_in("memory", {}, Nobody())
    assert again.number == 1
    await until(profile, number, Run.DONE)
    assert len(cloud.files()) == 4


async def _at_once(_name: str) -> None:
    return


async def test_an_earlier_sign_in_that_expires_does_not_end_the_new_one(
    cloud: Memory, profile: Profile, films: list[Path]
) -> None:
    """Somebody signs in again while a file is still on its way with the sign-in that ended."""
    await profile.exports.take_up_all()
    films[0].write_bytes(b"one piece")

    async def renewed(name: str) -> None:
        if name == "send" and cloud.tokens == {"token-1"}:
            cloud.tokens = {"token-2"}
            await profile.exports.sign_in("memory", {}, Nobody())

    cloud.before = renewed
    number = (await profile.exports.order_films(1, "a", paths=films[:1])).number
    (outcome,) = await profile.exports.run([number])
    assert outcome.error is None and outcome.export.run is Run.DONE
    (account,) = await profile.exports.accounts()
    assert account.signed_in


async def test_a_new_place_holds_for_what_goes_on(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    """What was begun at the place of before begins anew, and is no litter there."""

    async def move(here: Profile) -> None:
        await here.exports.set_options(1, {"drive": "Team"})

    meanwhile = Meanwhile("send", move, behind=1)
    async with meanwhile.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        number = (await here.exports.order_films(1, "a", paths=films[:2])).number
        assert (await here.exports.run([number]))[0].error is None
        await meanwhile.done()
    assert cloud.files() == {f"Team/a/{path.name}": path.read_bytes() for path in films[:2]}
    assert not cloud.unfinished()


async def test_a_new_place_holds_for_what_was_paused_and_for_folders_that_are_known(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    stopping = Stopping("send", behind=1)
    async with stopping.opened(tmp_path / "profile", memory_kind(cloud), {}) as here:
        paused = (await here.exports.order_films(1, "a", paths=films[:1])).number
        here.exports.start(paused)
        await stopping.stopped.wait()
        await here.exports.pause(paused)
    for place, film in (("", films[1]), ("Team", films[2]), ("", films[3])):
        await profile.exports.set_options(1, {"drive": place})
        number = (await profile.exports.order_films(1, "a", paths=[film])).number
        assert (await profile.exports.run([number]))[0].error is None
        assert f"{place}/a/{film.name}".removeprefix("/") in cloud.files()
        if place:
            assert (await profile.exports.run([paused]))[0].error is None
    assert set(cloud.files()) == {"Team/a/0.mov", "a/1.mov", "Team/a/2.mov", "a/3.mov"}
    assert not cloud.unfinished()
    assert cloud.requests.count("folder") == 2, "those of a place are known there"


async def test_options_that_another_process_sets_hold_for_what_goes_on(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.exports.running._LOOK_EVERY", 0.01)
    rates: list[int] = []
    monkeypatch.setattr(Bandwidth, "set", lambda _, rate: rates.append(rate))
    sending = asyncio.Event()
    at_once = most = 0

    async def hold(name: str) -> None:
        nonlocal at_once, most
        if name == "send":
            at_once += 1
            most = max(most, at_once)
            await sending.wait()

    cloud.before = hold
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as other:
        await other.exports.set_options(1, {"files-at-once": "1"})
        number = (await profile.exports.order_films(1, "a", paths=films)).number
        profile.exports.start(number)
        await _until(lambda: most)
        files = most
        await other.exports.set_options(1, {"files-at-once": "4", "rate": "100k"})
        await _until(lambda: most >= 4 * files and 100_000 in rates)
        assert rates[-1] == 100_000
        sending.set()
        await until(profile, number, Run.DONE)
        await other.exports.set_options(1, {"drive": "Team"})
        row = await profile.exports.order_films(1, "b", paths=films[:1])
        assert (await profile.exports.run([row.number]))[0].error is None
    assert {path for path in cloud.files() if path.startswith("Team")} == {"Team/b/0.mov"}


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the exports' own
            await asyncio.sleep(0.01)


async def test_an_account_without_exports_is_gone_when_signed_out(cloud: Memory, profile: Profile) -> None:
    assert await profile.exports.sign_out(1) is None
    assert await profile.exports.accounts() == []
    assert not cloud.tokens


async def test_network_down_is_waited_for_without_end_and_told(
    cloud: Memory, profile: Profile, films: list[Path]
) -> None:
    faults = 0

    async def away(_name: str) -> None:
        nonlocal faults
        faults += 1
        if faults <= 60:
            raise CloudUnreachable(cloud=TITLE, reason="down")

    cloud.before = away
    number = (await profile.exports.order_films(1, "a", paths=films)).number
    assert (await profile.exports.run([number]))[0].error is None
    waits = [event.seconds for event in profile.events if isinstance(event, ExportWaits)]
    assert max(waits) == 64.0
    assert len(waits) > 40
    assert (await profile.exports.exports())[0].run is Run.DONE


async def test_an_allowance_that_is_used_up_is_waited_for(
    cloud: Memory, profile: Profile, films: list[Path]
) -> None:
    used = False

    async def once(name: str) -> None:
        nonlocal used
        if name == "send" and not used:
            used = True
            raise AllowanceUsed(cloud=TITLE, retry_after=7200)

    cloud.before = once
    number = (await profile.exports.order_films(1, "a", paths=films)).number
    assert (await profile.exports.run([number]))[0].error is None
    assert 7200 in profile.clock.waited
    (wait,) = [event for event in profile.events if isinstance(event, ExportWaits)]
    until = wait.error.facts["until"]
    assert isinstance(until, float)
    assert until == pytest.approx(time.time() + 7200, abs=60)
    said = event_text(wait)
    assert said is not None
    assert time.strftime("%H:%M", time.localtime(until)) in said


async def test_a_file_that_has_another_size_by_now_is_counted_by_that(
    profile: Profile, films: list[Path]
) -> None:
    number = (await profile.exports.order_films(1, "a", paths=films)).number
    films[0].write_bytes(b"shorter")
    assert (await profile.exports.run([number]))[0].error is None
    size = sum(path.stat().st_size for path in films)
    last = [event.progress for event in profile.events if isinstance(event, ExportMoved)][-1]
    assert (last.done, last.total) == (size, size)


async def test_two_exports_take_turns(cloud: Memory, profile: Profile, tmp_path: Path) -> None:
    await profile.exports.set_options(1, {"files-at-once": "1"})
    numbers = []
    for letter in "ab":
        folder = tmp_path / letter
        folder.mkdir()
        for number in range(6):
            (folder / f"{number}.mov").write_bytes(letter.encode() * (number + 1))
        numbers.append((await profile.exports.order_films(1, "", paths=[folder])).number)
    await profile.exports.run(numbers)
    order = [event.export.id for event in profile.events if isinstance(event, ItemEnded)]
    assert len(order) == 12
    first_half = order[:6]
    assert min(first_half.count("x1"), first_half.count("x2")) >= 2


async def test_two_processes_make_one_folder(
    cloud: Memory, profile: Profile, films: list[Path], tmp_path: Path
) -> None:
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as other:
        first = (await profile.exports.order_films(1, "a/b/c", paths=films[:2])).number
        second = (await profile.exports.order_films(1, "a/b/c", paths=films)).number
        await asyncio.gather(profile.exports.run([first]), other.exports.run([second]))
    assert sum(node.data is None for node in cloud.nodes.values()) == 3


async def test_fault_of_one_file_stops_no_other(cloud: Memory, profile: Profile, films: list[Path]) -> None:
    films[2].unlink()
    with pytest.raises(PathMissing):
        await profile.exports.order_films(1, "a", paths=films)
    films[2].write_bytes(b"x")
    number = (await profile.exports.order_films(1, "a", paths=films)).number
    films[2].unlink()
    outcome = (await profile.exports.run([number]))[0]
    assert outcome.error is not None
    assert (outcome.tally.sent, outcome.tally.failed) == (3, 1)
    films[2].write_bytes(b"back")
    await profile.exports.retry(number)
    await until(profile, number, Run.DONE)
    assert cloud.files()["a/2.mov"] == b"back"
    with pytest.raises(NotNow):
        await profile.exports.retry(number)
