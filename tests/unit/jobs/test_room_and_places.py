"""Room on disks, counted before anything begins; places in the queue; pins that nobody remembers."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.domain.errors import NoSpace
from app.domain.status import TaskKind
from app.jobs.litter import pin_job, unpin_strays
from app.jobs.places import reserve_final_path
from app.jobs.preflight import check_room, check_room_for_download
from app.jobs.runner import Places, Slot
from app.journal import Journal, PartRow, TaskRow

MIB = 2**20
SPARE = 64 * MIB


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Free bytes by folder name; each folder named `disk…` is a disk of its own."""
    sizes: dict[str, int] = {}

    def disk_usage(path: Path) -> Usage:
        return Usage(0, 0, sizes[Path(path).name])

    real = Path.stat

    def stat(path: Path, **options: Any) -> Any:
        found = real(path, **options)
        number = int(path.name.removeprefix("disk")) if path.name.startswith("disk") else 99
        return type("Stat", (), {"st_dev": number, "st_mode": found.st_mode})

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    monkeypatch.setattr(Path, "stat", stat)
    return sizes


def test_needs_on_one_disk_are_added_up_and_some_room_is_spared(tmp_path: Path, free: dict[str, int]) -> None:
    for name in ("disk1", "disk2"):
        (tmp_path / name).mkdir()
    free |= {"disk1": 300 * MIB + SPARE, "disk2": 100 * MIB + SPARE}
    needs = [
        (tmp_path / "disk1", 100 * MIB),
        (tmp_path / "disk1" / "not" / "there yet", 200 * MIB),
        (tmp_path / "disk2", 100 * MIB),
    ]
    check_room(needs)
    free["disk2"] -= 1
    with pytest.raises(NoSpace) as caught:
        check_room(needs)
    assert caught.value.facts["place"] == str(tmp_path / "disk2")
    free |= {"disk1": 300 * MIB + SPARE - 1, "disk2": 10**12}
    with pytest.raises(NoSpace) as caught:
        check_room(needs)
    assert caught.value.facts["need"] == 300 * MIB + SPARE
    free["disk1"] = 0
    check_room([(tmp_path / "disk1", 0)])  # who needs nothing is not refused on a full disk


async def row_of(tmp_path: Path, **film: Any) -> TaskRow:
    async with Journal(tmp_path / "j.db") as journal:
        return (await journal.add(TaskKind.DOWNLOAD, "https://s", [film]))[0]  # type: ignore[list-item]


async def test_what_an_earlier_run_fetched_needs_no_room_again(tmp_path: Path, free: dict[str, int]) -> None:
    for name in ("disk1", "disk2"):
        (tmp_path / name).mkdir()
    size = 1000 * MIB
    row = await row_of(tmp_path, public_size=size, output_dir=str(tmp_path / "disk2"))
    desk: Any = type("Desk", (), {"repo_dir": tmp_path / "disk1"})
    free |= {"disk1": int(size * 1.01) + SPARE, "disk2": size + SPARE}
    check_room_for_download(desk, row, {})
    free["disk1"] -= 1
    with pytest.raises(NoSpace):
        check_room_for_download(desk, row, {})
    check_room_for_download(desk, row, {0: PartRow(0, "c", size // 2, fetched=True)})
    with pytest.raises(NoSpace):
        check_room_for_download(desk, row, {0: PartRow(0, "c", size // 2, fetched=False)})
    free["disk2"] = SPARE
    with pytest.raises(NoSpace):
        check_room_for_download(desk, row, {0: PartRow(0, "c", size, fetched=True)})
    begun = tmp_path / "disk2" / "film.mov"
    begun.with_name("film.mov.part").touch()
    check_room_for_download(
        desk, replace(row, final_path=str(begun)), {0: PartRow(0, "c", size, fetched=True)}
    )


async def test_a_film_never_has_two_places_and_gives_back_what_it_has() -> None:
    places = Places(lambda: 1)
    slot = Slot(places)
    away, back = asyncio.Event(), asyncio.Event()

    async def wait_outside() -> None:
        async with slot.given_back():
            away.set()
            await back.wait()

    async with slot.held():
        both = [asyncio.create_task(wait_outside()) for _ in range(2)]
        await away.wait()
        async with Slot(places).held():
            back.set()  # both come back while another film has the place
            await asyncio.sleep(0)
        await asyncio.gather(*both)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(places.acquire(), 0)
    await asyncio.wait_for(places.acquire(), 1)
    assert places.full


async def test_a_film_that_only_waits_for_an_answer_keeps_nobody_from_the_place() -> None:
    places = Places(lambda: 1)
    slot = Slot(places)
    async with slot.held():
        asleep = asyncio.create_task(slot.sleep(0))
        await asyncio.sleep(0)
        free = not places.full
        await asleep
        assert free and places.full
        slot.give_back()
        await asyncio.wait_for(places.acquire(), 1)
    assert places.full, "what another film has is not given back in its stead"


async def test_places_go_in_the_order_of_asking_and_follow_the_setting() -> None:
    limit = 1
    places = Places(lambda: limit)
    await places.acquire()
    order: list[int] = []

    async def take(number: int) -> None:
        await places.acquire()
        order.append(number)

    waiting = [asyncio.create_task(take(number)) for number in range(4)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    limit = 2
    places.look_again()
    await waiting[1]
    assert order == [1]
    places.release()
    await waiting[2]
    places.release()
    await waiting[3]
    assert order == [1, 2, 3]
    assert places.full


async def test_a_place_that_comes_while_its_film_is_stopped_goes_to_the_next() -> None:
    places = Places(lambda: 1)
    await places.acquire()
    first, second = (asyncio.create_task(places.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    places.release()  # the first one's turn is set, and it is cancelled before it wakes
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled() or first.done()


async def test_only_pins_of_this_very_film_are_let_go(tmp_path: Path) -> None:
    row = replace(await row_of(tmp_path, cid="root"), created=1_700_000_000.123)
    other = replace(row, created=1_700_000_001.0)
    job = pin_job(row)
    pins = {
        "root": f"{job}/0",
        "stray": f"{job}/0",
        "another": f"{pin_job(other)}/0",
        "longer": f"{job}5/0",
        "nameless": "",
    }

    class Rpc:
        async def pin_ls(self, *, name: str) -> dict[str, str]:
            return {cid: pin for cid, pin in pins.items() if name in pin}

        async def pin_rm(self, cid: str) -> bool:
            return pins.pop(cid, None) is not None

    await unpin_strays(Rpc(), row)  # type: ignore[arg-type]
    assert set(pins) == {"root", "another", "longer", "nameless"}


async def test_a_strangers_unfinished_file_is_no_place_for_ours(tmp_path: Path) -> None:
    film = {"output_dir": str(tmp_path / "out"), "folder": "f", "overwrite": True}
    (tmp_path / "out" / "f").mkdir(parents=True)
    (tmp_path / "out" / "f" / "a.mov").write_text("old film")
    async with Journal(tmp_path / "places.db") as journal:
        rows = await journal.add(TaskKind.DOWNLOAD, "https://s", [film, film])  # type: ignore[list-item]
        taken = await reserve_final_path(journal, rows[0], "a.mov", ())
        assert Path(taken.final_path).name == "a.mov", "overwriting was asked for"
        (tmp_path / "out" / "f" / "b.mov.part").write_text("somebody's")
        taken = await reserve_final_path(journal, rows[1], "b.mov", ())
        assert Path(taken.final_path).name == "b (2).mov"
