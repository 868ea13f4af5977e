"""The window's engine and a cloud in memory: accounts and exports are told, begun, stopped, taken up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.cloud.kind import Asking, Kind, SignedIn
from app.domain.errors import Cancelled, SignInExpired
from app.journal import Run
from app.journal.exports import ExportRow, From, Tally
from app.ui import cloud_works
from app.ui.cloud_messages import AccountsChanged, AccountSeen, ExportsChanged, Pictured, SignInAsks
from app.ui.cloud_works import FilmsWanted
from tests.contract.clouds.memory import Memory, memory_kind
from tests.ui.engines import Watched, engine_of

SERVER = "http://127.0.0.1:1"


class Cloud:
    """A cloud in memory and what its sign-in asks."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.asks: Callable[[Asking], Awaitable[object]] | None = None

    def kind(self) -> Kind:
        plain = memory_kind(self.memory)

        async def sign_in(options: object, env: object, asking: Asking) -> SignedIn:
            if self.asks is not None:
                await self.asks(asking)
            return await plain.sign_in(options, env, asking)  # type: ignore[arg-type]  # passed on

        return Kind(
            plain.id, plain.title, plain.icon, plain.abilities, plain.options, sign_in, plain.connect,
            plain.sign_out, "https://memory.example/",
        )  # fmt: skip


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()
    kind = made.kind()
    for place in ("app.cloud.kinds.kinds", "app.ui.cloud_works.kinds"):
        monkeypatch.setattr(place, lambda: {kind.id: kind})
    monkeypatch.setattr(cloud_works, "_LOOK_EVERY", 0.05)
    return made


def accounts(one: Watched) -> tuple[AccountSeen, ...]:
    told = [message for message in one.told if isinstance(message, AccountsChanged)]
    return told[-1].accounts if told else ()


def exports(one: Watched) -> dict[int, tuple[ExportRow, Tally]]:
    rows: dict[int, ExportRow] = {}
    tallies: dict[int, Tally] = {}
    for message in one.told:
        if isinstance(message, ExportsChanged):
            rows.update((row.number, row) for row in message.rows)
            tallies.update(message.tallies)
            for number in message.gone:
                rows.pop(number, None)
    return {number: (row, tallies.get(number, Tally())) for number, row in rows.items()}


def run_of(one: Watched, number: int) -> Run | None:
    return exports(one)[number][0].run if number in exports(one) else None


async def signed_in(one: Watched) -> int:
    row = await one.engine.clouds.sign_in(1, "memory", {})
    await one.until(lambda: any(seen.row.signed_in for seen in accounts(one)))
    return row.number


async def test_films_are_exported_and_all_of_it_is_told(tmp_path: Path, cloud: Cloud) -> None:
    films = tmp_path / "films"
    films.mkdir()
    for number in range(3):
        (films / f"{number}.mov").write_bytes(b"film" * 1000 * number)
    async with engine_of(tmp_path / "p", SERVER) as one:
        account = await signed_in(one)
        (seen,) = accounts(one)
        assert (seen.kind.title, seen.kind.home) == ("Memory", "https://memory.example/")
        assert seen.row.credentials_sealed is None
        assert await one.engine.clouds.weigh([films]) == (3, 12_000)
        row = await one.engine.clouds.order(FilmsWanted(account, "Deliveries", paths=(films,)))
        await one.until(lambda: run_of(one, row.number) is Run.DONE)
        await one.until(lambda: exports(one)[row.number][1].sent == 3)
        await one.until(lambda: accounts(one)[0].row.used == 12_000)
        report = await one.engine.clouds.report(row.number)
        assert len(report.items) == 3 and not report.failed
        saved = await one.engine.clouds.save_report(row.number, tmp_path / "report.csv")
        assert len(saved.read_text("utf-8-sig").splitlines()) == 4
        assert await one.engine.clouds.save_report(row.number, saved) == saved, "the person chose that file"
        folders = await one.engine.clouds.browse(account, "")
        assert [entry.name for entry in folders] == ["Deliveries"]
        await one.engine.clouds.forget(row.number)
        await one.until(lambda: row.number not in exports(one))
    assert sorted(node.name for node in cloud.memory.nodes.values() if node.data is not None) == [
        "0.mov", "1.mov", "2.mov",
    ]  # fmt: skip


async def test_what_stopped_is_given_up_and_taken_off_in_one_step(tmp_path: Path, cloud: Cloud) -> None:
    film = tmp_path / "E01.mov"
    film.write_bytes(bytes(5000))
    cloud.memory.lies = 99
    async with engine_of(tmp_path / "p", SERVER) as one:
        account = await signed_in(one)
        row = await one.engine.clouds.order(FilmsWanted(account, "", paths=(film,)))
        await one.until(lambda: run_of(one, row.number) is Run.FAILED)
        await one.engine.clouds.forget(row.number)
        await one.until(lambda: row.number not in exports(one))
    assert not cloud.memory.sessions


async def test_a_film_stands_for_what_is_exported(tmp_path: Path, cloud: Cloud) -> None:
    folder = tmp_path / "第01集"
    folder.mkdir()
    for name in ("1 notes.txt", "2 E01.MOV", "3 E02.mov"):
        (folder / name).write_bytes(b"film")
    async with engine_of(tmp_path / "p", SERVER) as one:
        account = await signed_in(one)
        works = one.engine.clouds
        row = await works.order(FilmsWanted(account, "", paths=(folder,)))
        assert await works.pictured(row.number) == Pictured(From.FILE, str(folder / "2 E01.MOV"), 4)
        row = await works.order(FilmsWanted(account, "", paths=(folder / "1 notes.txt",)))
        assert await works.pictured(row.number) is None


async def test_what_is_unfinished_goes_on_at_the_next_start(tmp_path: Path, cloud: Cloud) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(b"film" * 200_000)
    hold = asyncio.Event()
    begun = asyncio.Event()

    async def wait(name: str) -> None:
        if name == "send":
            begun.set()
            await hold.wait()

    cloud.memory.before = wait
    async with engine_of(tmp_path / "p", SERVER) as first:
        account = await signed_in(first)
        row = await first.engine.clouds.order(FilmsWanted(account, "", paths=(film,)))
        rests = await first.engine.clouds.order(FilmsWanted(account, "Later", paths=(film,)))
        await begun.wait()
        await first.engine.pause_all()
        await first.until(lambda: run_of(first, row.number) is Run.PAUSED)
        await first.until(lambda: run_of(first, rests.number) is Run.PAUSED)
        hold.set()
        await first.engine.clouds.resume(row.number)
        hold.clear()
    async with engine_of(tmp_path / "p", SERVER) as second:
        await second.until(lambda: row.number in exports(second))
        hold.set()
        await second.until(lambda: run_of(second, row.number) is Run.DONE)
        assert run_of(second, rests.number) is Run.PAUSED
        await second.engine.clouds.cancel(rests.number)
        await second.until(lambda: run_of(second, rests.number) is Run.CANCELLED)


async def test_a_sign_in_asks_the_window_and_goes_on_with_its_answer(tmp_path: Path, cloud: Cloud) -> None:
    digits: list[str] = []

    async def asks(asking: Asking) -> None:
        await asking.open_page("https://memory.example/sign-in")
        digits.append(await asking.second_factor())

    cloud.asks = asks
    async with engine_of(tmp_path / "p", SERVER) as one:
        going = asyncio.ensure_future(one.engine.clouds.sign_in(7, "memory", {}))
        await one.until(lambda: SignInAsks(7, code=True) in one.told)
        assert SignInAsks(7, page="https://memory.example/sign-in") in one.told
        await one.engine.clouds.answer(6, "000000")
        await one.engine.clouds.answer(7, "123456")
        assert (await going).name == "someone@memory"
        assert digits == ["123456"]


async def test_a_sign_in_is_given_up(tmp_path: Path, cloud: Cloud) -> None:
    async def asks(asking: Asking) -> None:
        await asking.second_factor()

    cloud.asks = asks
    async with engine_of(tmp_path / "p", SERVER) as one:
        going = asyncio.ensure_future(one.engine.clouds.sign_in(7, "memory", {}))
        await one.until(lambda: SignInAsks(7, code=True) in one.told)
        await one.engine.clouds.give_up(7)
        with pytest.raises(Cancelled):
            await going
        assert accounts(one) == ()


async def test_an_expired_sign_in_keeps_the_exports_and_they_go_on(tmp_path: Path, cloud: Cloud) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(b"film" * 1000)
    async with engine_of(tmp_path / "p", SERVER) as one:
        account = await signed_in(one)
        cloud.memory.tokens = {"token-2"}
        row = await one.engine.clouds.order(FilmsWanted(account, "", paths=(film,)))
        await one.until(lambda: not accounts(one)[0].row.signed_in)
        await one.until(lambda: run_of(one, row.number) is Run.WAITING)
        error = exports(one)[row.number][0].error
        assert error is not None and error["code"] == SignInExpired.code
        again = await one.engine.clouds.sign_in(2, "memory", {}, account)
        assert again.number == account
        await one.until(lambda: run_of(one, row.number) is Run.DONE)
        await one.engine.clouds.set_options(account, {"rate": "20M"}, "Deliveries")
        await one.until(lambda: accounts(one)[0].shown == "Deliveries")
        assert accounts(one)[0].row.options["rate"] == "20000000"


async def test_a_sign_in_that_the_cloud_ended_is_told_from_one_that_a_person_ended(
    tmp_path: Path, cloud: Cloud
) -> None:
    film = tmp_path / "a.mov"
    film.write_bytes(b"film")
    async with engine_of(tmp_path / "p", SERVER) as one:
        account, works = await signed_in(one), one.engine.clouds
        row = await works.order(FilmsWanted(account, "", paths=(film,)))
        await one.until(lambda: run_of(one, row.number) is Run.DONE)
        cloud.memory.tokens = {"token-2"}
        with pytest.raises(SignInExpired):
            await works.room(account)
        await one.until(lambda: accounts(one)[0].row.expired)
        await works.sign_in(2, "memory", {}, account)
        await one.until(lambda: accounts(one)[0].row.signed_in)
        await works.sign_out(account)
        await one.until(lambda: not accounts(one)[0].row.signed_in)
        assert not accounts(one)[0].row.expired
        cloud.memory.tokens = {"token-3"}
        await works.sign_in(3, "memory", {}, account)
        await one.until(lambda: accounts(one)[0].row.signed_in)
        cloud.memory.tokens = {"token-4"}
        with pytest.raises(SignInExpired):
            await works.room(account)
        await one.until(lambda: accounts(one)[0].row.expired)


async def test_a_gallerys_address_does_not_reach_the_window(tmp_path: Path, cloud: Cloud) -> None:
    fields = {
        "archive_url": "https://arch.example/g/api/stream/1/s3cret?mod=web",
        "gallery_name": "Spring River",
        "archive_type": "webs",
        "main_host": "https://gallery.invalid",
    }
    async with engine_of(tmp_path / "p", SERVER) as one:
        account = await signed_in(one)
        row = await one.engine.clouds.order_gallery(account, "Stills", fields)
        await one.until(lambda: row.number in exports(one))
        assert "s3cret" not in repr(one.told)
        assert exports(one)[row.number][0].gallery == {}
