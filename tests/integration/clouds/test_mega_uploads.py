"""MEGA: files on their way, against the stand-in, which keeps the ciphertext and knows the keys."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from app.cloud.destination import Piece
from app.cloud.destinations.mega.destination import MegaDestination
from app.cloud.destinations.mega.reading import Reading, public_link, read_back
from app.domain.errors import (
    AllowanceUsed,
    CloudUnreachable,
    NotTheSame,
)
from tests.integration.clouds.mega_home import (
    CUTS,
    FILM,
    KIB,
    MIB,
    Held,
    Home,
    Kept,
    agrees,
    bytes_of,
    last_upload,
    outgoing,
    pattern,
    send_all,
    through_the_journal,
    upload,
)


@pytest.fixture
def home(mega_home: Home) -> Home:
    return mega_home


@pytest.mark.parametrize(
    "size", [0, 1, 16, 17, 131071, 131072, 131073, 8192, 8193, MIB, MIB + 1, 4718592, 4718593]
)
async def test_sizes(home: Home, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # pieces as they are
    destination = await home.connect()
    item = outgoing(pattern(size), f"Фильм {size}.mov")
    entry = await upload(destination, item)
    node = home.mega.named(item.name)
    inside = home.mega.content(node["handle"])
    assert inside["mac_agrees"]
    assert inside["sha256"] == hashlib.sha256(pattern(size)).hexdigest()
    assert (node["handle"], node["size"], node["mac"]) == (entry.id, size, entry.hashes["mac"])
    assert node["attributes"]["_rk"] == item.key
    assert (last_upload(home)["checksums"] > 0) == (size <= MIB)
    assert await bytes_of(destination, entry) == pattern(size)


async def test_without_a_time_of_change_there_is_no_fingerprint(home: Home) -> None:
    destination = await home.connect()
    entry = await upload(destination, outgoing(b"abc", modified=None))
    assert set(entry.hashes) == {"mac"}
    assert set(home.mega.named("film.mov")["attributes"]) == {"n", "_rk"}


async def test_several_pieces_at_once_in_any_order(home: Home) -> None:
    destination = await home.connect()
    item = outgoing(FILM)
    going = await destination.open(item, None)
    pieces = await send_all(going, at_once=3)
    assert [piece.offset for piece in pieces] == CUTS
    assert going.done == len(FILM)
    entry = await going.close(keep=True)
    assert entry is not None
    agrees(entry, going.digests, item)
    assert isinstance(item.source, Held)
    assert sum(length for _, length in item.source.reads) == len(FILM)  # every byte was read once
    assert home.mega.content(entry.id)["mac_agrees"]


async def test_pieces_as_large_as_they_are(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    destination, data = await home.connect(), pattern(17 * MIB)
    going = await destination.open(outgoing(data), None)
    pieces = await send_all(going, at_once=3)
    assert [piece.length for piece in pieces] == [8 * MIB + 512 * KIB, 8 * MIB, 512 * KIB]
    entry = await going.close(keep=True)
    assert entry is not None
    assert home.mega.content(entry.id)["mac_agrees"]


async def test_last_piece_first(home: Home) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(FILM), None)
    pieces = [piece for _ in range(3) if (piece := going.next_piece()) is not None]
    for piece in reversed(pieces):
        await going.send(piece)
    entry = await going.close(keep=True)
    assert entry is not None
    assert home.mega.content(entry.id)["mac_agrees"]


# --- going on ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [(), (0,), (1,), (2, 0), (0, 1, 2)])
async def test_goes_on_in_another_process(home: Home, sent: tuple[int, ...]) -> None:
    first = await home.connect()
    going = await first.open(outgoing(FILM), None)
    pieces = [piece for _ in range(3) if (piece := going.next_piece()) is not None]
    for number in sent:
        await going.send(pieces[number])
    state = through_the_journal(going.state)

    item, second = outgoing(FILM), await home.connect()
    again = await second.open(item, state)
    assert again.done == going.done
    missing = [piece for number, piece in enumerate(pieces) if number not in sent]
    assert await send_all(again) == missing
    entry = await again.close(keep=True)
    assert entry is not None
    agrees(entry, again.digests, item)
    seen = last_upload(home)
    assert (sum(length for _, length in seen["pieces"]), seen["conflicts"]) == (len(FILM), 0)
    assert home.mega.content(entry.id)["mac_agrees"]


async def test_a_piece_whose_answer_was_lost_in_a_kill(home: Home) -> None:
    """Another process sent a piece and died; ours sends the other one, and gets the token with it."""
    first = await home.connect()
    going = await first.open(outgoing(FILM), None)
    pieces = [piece for _ in range(3) if (piece := going.next_piece()) is not None]
    await going.send(pieces[0])
    state = through_the_journal(going.state)
    await going.send(pieces[1])

    item, second = outgoing(FILM), await home.connect()
    again = await second.open(item, state)
    again.next_piece()
    last = again.next_piece()
    assert last == pieces[2]
    await again.send(last)
    assert (again.done, again.next_piece()) == (len(FILM), None)
    entry = await again.close(keep=True)  # what it has not seen passing is read once more
    assert entry is not None
    agrees(entry, again.digests, item)
    assert home.mega.content(entry.id)["mac_agrees"]


async def test_the_state_stays_small(home: Home) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(FILM), None)
    before = len(json.dumps(dict(going.state)))
    await send_all(going)
    assert len(json.dumps(dict(going.state))) < before + 100


@pytest.mark.parametrize(
    "change", [{"size": 7}, {"modified": 8.0}, {"version": 0}, {"key": "!"}, {"early": 7}]
)
async def test_a_state_of_something_else_is_left_alone(home: Home, change: dict[str, Any]) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(FILM), None)
    await going.send(going.next_piece() or Piece(0, 0))
    again = await destination.open(outgoing(FILM), {**going.state, **change})
    assert again.done == 0
    assert again.state["key"] != going.state["key"]
    assert again.state["url"] != going.state["url"]


async def test_where_it_goes_is_kept_before_a_byte_goes(home: Home) -> None:
    destination, kept = await home.connect(), Kept()
    going = await destination.open(outgoing(FILM, keep=kept), None)
    assert kept.states[-1] == going.state
    assert last_upload(home)["pieces"] == []
    await send_all(going)
    await going.close(keep=True)
    assert [state["number"] is None for state in kept.states] == [True, False]


# --- reading back --------------------------------------------------------------------------------------


async def test_bytes_that_changed_there_are_noticed(home: Home) -> None:
    destination = await home.connect()
    home.mega.control.fault("corrupt", path="/ul/")
    entry = await upload(destination, outgoing(FILM))
    with pytest.raises(NotTheSame):
        await bytes_of(destination, entry)


async def test_a_file_counts_as_done_once_it_was_read_back(home: Home) -> None:
    destination = await home.connect(**{"read-back": "on"})
    await upload(destination, outgoing(FILM, "whole.mov"))
    home.mega.control.fault("corrupt", path="/ul/")
    item = outgoing(FILM)
    going = await destination.open(item, None)
    await send_all(going)
    with pytest.raises(NotTheSame):
        await going.close(keep=True)
    await going.close(keep=False)
    assert [entry.name async for entry in destination.list("")] == ["whole.mov"]


async def test_reading_back_goes_on_where_it_broke_off(home: Home) -> None:
    destination = await home.connect()
    entry = await upload(destination, outgoing(FILM))
    reading = Reading(destination.api, entry)
    first = reading.rest()
    data = await anext(first)
    await first.aclose()
    assert data + b"".join([data async for data in reading.rest()]) == FILM


async def test_reading_back_survives_a_line_that_breaks_far_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = await home.connect()
    reading = Reading(destination.api, await upload(destination, outgoing(FILM)))
    real, broken = reading._fetched, 0

    async def breaking(url: str, size: int) -> AsyncIterator[bytes]:
        nonlocal broken
        async with aclosing(real(url, size)) as rest:
            async for data in rest:
                yield data
                if reading.at > 2**20 and not broken:
                    broken += 1
                    raise CloudUnreachable(cloud="MEGA", reason="cut")

    monkeypatch.setattr(reading, "_fetched", breaking)
    await read_back(reading)
    assert (broken, reading.at) == (1, len(FILM))
    never = Reading(destination.api, reading._entry)
    home.mega.control.fault("reset", path="/dl/")
    with pytest.raises(CloudUnreachable):
        await read_back(never)


async def test_an_allowance_for_reading_that_is_used_up(home: Home) -> None:
    destination = await home.connect()
    entry = await upload(destination, outgoing(b"abc"))
    home.mega.control.set(transfer_left=1234)
    try:
        with pytest.raises(AllowanceUsed) as caught:
            await bytes_of(destination, entry)
    finally:
        home.mega.control.set(transfer_left=None)
    assert caught.value.facts["retry_after"] == 1234.0


async def test_a_link_for_others(home: Home) -> None:
    destination = await home.connect()
    entry = await upload(destination, outgoing(b"abc"))
    link = await public_link(destination.api, entry)
    handle = home.mega.named("film.mov")["link"]
    assert link.startswith(f"https://mega.nz/file/{handle}#")
    assert len(link.partition("#")[2]) == 43


async def test_many_at_once(home: Home) -> None:
    destination: MegaDestination = await home.connect()
    entries = await asyncio.gather(
        *(upload(destination, outgoing(pattern(30_000 + n), f"{n}.jpg")) for n in range(40))
    )
    assert len({entry.id for entry in entries}) == 40
    assert len([entry async for entry in destination.list("")]) == 40
