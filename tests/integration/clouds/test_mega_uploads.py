"""MEGA: files on their way, against the stand-in, which keeps the ciphertext and knows the keys."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.cloud.destination import Piece, State
from app.cloud.destinations.mega import uploading
from app.cloud.destinations.mega.destination import MegaDestination
from app.cloud.destinations.mega.reading import public_link
from app.domain.errors import (
    AllowanceUsed,
    CloudBusy,
    CloudError,
    CloudFull,
    CloudRefused,
    CloudUnreachable,
    NotTheSame,
    SignInExpired,
    SourceChanged,
    UploadLost,
)
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.integration.clouds.mega_home import (
    EMAIL,
    MIB,
    PASSWORD,
    Held,
    Home,
    Kept,
    agrees,
    bytes_of,
    outgoing,
    pattern,
    send_all,
    upload,
)

KIB = 1024
FILM = pattern(1900 * KIB + 5)  # three pieces of `small_pieces`
CUTS = [0, 768 * KIB, 1280 * KIB]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces as large as need be for their order to matter, and sent as large ones are."""
    monkeypatch.setattr(uploading, "_PIECE", 512 * KIB)
    monkeypatch.setattr(uploading, "_CHECKED", 128 * KIB)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[tuple[RunningMega, dict[str, str]]]:
    """One account for all tests here, signed in once: both sides work long at that."""
    with running_mega() as mega:
        mega.account(EMAIL, PASSWORD)
        yield mega, {}


@pytest.fixture
async def home(stand_in: tuple[RunningMega, dict[str, str]], small_pieces: None) -> AsyncIterator[Home]:
    mega, credentials = stand_in
    mega.control.clear_faults()
    mega.change(EMAIL, quota=20 * 2**30)
    made = Home(mega)
    if not credentials:
        await made.sign_in()
        credentials.update(made.credentials)
    made.credentials = dict(credentials)
    yield made
    everything = await made.connect()
    async for entry in everything.list(""):
        await everything.session.remove(entry.id)
    await made.aclose()


def last_upload(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = home.mega.control.state()["uploads"][-1]
    return found


def through_the_journal(state: State) -> State:
    """As a later start gets it."""
    again: State = json.loads(json.dumps(dict(state)))
    return again


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


# --- trouble -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["forget", "expire"])
async def test_a_dead_address_begins_anew(home: Home, fault: str) -> None:
    destination = await home.connect()
    item = outgoing(FILM)
    going = await destination.open(item, None)
    before = dict(going.state)
    await going.send(going.next_piece() or Piece(0, 0))
    home.mega.control.fault(fault, path="/ul/")
    with pytest.raises(UploadLost):
        await going.send(going.next_piece() or Piece(0, 0))
    assert going.done == 0
    assert going.state["nonce"] != before["nonce"]
    await send_all(going)
    entry = await going.close(keep=True)
    assert entry is not None
    agrees(entry, going.digests, item)
    assert home.mega.content(entry.id)["mac_agrees"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "reset"}, CloudUnreachable),
        ({"kind": "reset", "act": True}, CloudUnreachable),
        ({"kind": "cut_request", "size": 100}, CloudUnreachable),
        ({"kind": "status", "code": 500}, CloudBusy),
        ({"kind": "status", "code": 503, "retry_after": "7"}, CloudBusy),
        ({"kind": "status", "code": 502}, CloudUnreachable),
        ({"kind": "garbage"}, CloudError),
        ({"kind": "garbage", "body": "-3"}, CloudBusy),
        ({"kind": "garbage", "body": "-14"}, CloudUnreachable),
        ({"kind": "garbage", "body": "-17"}, CloudFull),
        ({"kind": "garbage", "body": "-4"}, UploadLost),
    ],
)
@pytest.mark.parametrize("resend", [False, True])
async def test_a_piece_that_fails_comes_again(
    home: Home, fault: dict[str, Any], error: type[CloudError], resend: bool
) -> None:
    destination = await home.connect()
    item = outgoing(FILM)
    going = await destination.open(item, None)
    first = going.next_piece()
    assert first is not None
    home.mega.control.fault(**fault, path="/ul/", times=1)
    with pytest.raises(error) as caught:
        await going.send(first)
    assert caught.value.retry
    if fault.get("retry_after"):
        assert caught.value.facts["retry_after"] == 7.0
    if resend:
        await going.send(first)
    sent = await send_all(going)
    assert (first in sent) is not resend
    entry = await going.close(keep=True)
    assert entry is not None
    agrees(entry, going.digests, item)
    assert home.mega.content(entry.id)["mac_agrees"]


@pytest.mark.parametrize("act", [False, True])
async def test_a_lost_answer_to_completing_makes_no_second_copy(home: Home, act: bool) -> None:
    destination, kept = await home.connect(), Kept()
    item = outgoing(b"abc", keep=kept)
    going = await destination.open(item, None)
    await send_all(going)
    home.mega.control.fault("reset", facts={"command": "^p$"}, act=act)
    with pytest.raises(CloudUnreachable):
        await going.close(keep=True)
    entry = await going.close(keep=True)
    assert entry is not None
    agrees(entry, going.digests, item)
    assert home.mega.named("film.mov")["handle"] == entry.id


@pytest.mark.parametrize("act", [False, True])
async def test_a_kill_while_completing_makes_no_second_copy(home: Home, act: bool) -> None:
    first, kept = await home.connect(), Kept()
    going = await first.open(outgoing(b"abc", keep=kept), None)
    await send_all(going)
    home.mega.control.fault("reset", facts={"command": "^p$"}, act=act)
    with pytest.raises(CloudUnreachable):
        await going.close(keep=True)
    await home.sign_in()  # another session: the request's number says nothing any more
    second, item = await home.connect(), outgoing(b"abc")
    again = await second.open(item, through_the_journal(kept.states[-1]))
    assert again.next_piece() is None
    entry = await again.close(keep=True)
    assert entry is not None
    agrees(entry, again.digests, item)
    assert home.mega.named("film.mov")["handle"] == entry.id


async def test_one_that_was_completed_and_deleted_since_begins_anew(home: Home) -> None:
    first, kept = await home.connect(), Kept()
    entry = await upload(first, outgoing(FILM, keep=kept))
    await first.session.remove(entry.id)
    again = await first.open(outgoing(FILM), through_the_journal(kept.states[-1]))
    with pytest.raises(UploadLost):  # the server answers as the first time
        await again.close(keep=True)
    await send_all(again)
    anew = await again.close(keep=True)
    assert anew is not None
    assert home.mega.named("film.mov")["handle"] == anew.id != entry.id


async def test_a_token_that_is_no_longer_known_begins_anew(home: Home) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(b"abc"), None)
    await send_all(going)
    home.mega.control.fault("number", size=-9, facts={"command": "^p$"})
    with pytest.raises(UploadLost):
        await going.close(keep=True)
    await send_all(going)
    assert await going.close(keep=True) is not None


async def test_the_folder_is_gone_when_it_is_completed(home: Home) -> None:
    destination, other = await home.connect(), await home.connect()
    folder = await destination.folder("", "A", "key")
    going = await destination.open(outgoing(b"abc", folder=folder.id), None)
    await send_all(going)
    await other.session.remove(folder.id)
    with pytest.raises(CloudRefused, match="no longer there"):
        await going.close(keep=True)


async def test_a_piece_that_storage_lost_is_not_taken_for_whole(home: Home) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(FILM), None)
    home.mega.control.fault("drop_piece", path="/ul/")
    await send_all(going)
    with pytest.raises(UploadLost):
        await going.close(keep=True)
    await send_all(going)
    entry = await going.close(keep=True)
    assert entry is not None
    assert home.mega.content(entry.id)["mac_agrees"]


async def test_thrown_away_leaves_nothing(home: Home) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(FILM), None)
    await going.send(going.next_piece() or Piece(0, 0))
    assert await going.close(keep=False) is None
    done = await destination.open(outgoing(b"abc"), None)
    await send_all(done)
    await done.close(keep=True)
    await done.close(keep=False)
    await done.close(keep=False)  # there is nothing any more
    unsure = await destination.open(outgoing(b"abc"), None)
    await send_all(unsure)
    home.mega.control.fault("reset", facts={"command": "^p$"}, act=True)
    with pytest.raises(CloudUnreachable):
        await unsure.close(keep=True)
    await unsure.close(keep=False)
    assert [node for node in home.mega.nodes() if node["kind"] == "file"] == []


async def test_no_room(home: Home) -> None:
    home.mega.change(EMAIL, quota=10)
    destination = await home.connect()
    with pytest.raises(CloudFull) as caught:
        await destination.open(outgoing(b"abc" * 5), None)
    assert caught.value.facts["need"] == 15


async def test_a_session_that_ends_in_the_middle(home: Home) -> None:
    await home.sign_in()  # one that only this test loses
    first = await home.connect()
    going = await first.open(outgoing(FILM), None)
    await going.send(going.next_piece() or Piece(0, 0))
    await first.api.one({"a": "sml"})
    await send_all(going)
    with pytest.raises(SignInExpired):
        await going.close(keep=True)
    await home.sign_in()
    second = await home.connect()
    again = await second.open(outgoing(FILM), through_the_journal(going.state))
    assert again.next_piece() is None
    assert await again.close(keep=True) is not None


async def test_a_source_that_changed_says_so_itself(home: Home) -> None:
    class Changed(Held):
        async def read(self, offset: int, length: int) -> AsyncIterator[bytes]:
            yield self.data[offset : offset + 1000]
            raise SourceChanged(path="film.mov")

    destination = await home.connect()
    going = await destination.open(outgoing(FILM, source=Changed(FILM)), None)
    with pytest.raises(SourceChanged):
        await going.send(going.next_piece() or Piece(0, 0))
    assert last_upload(home)["held"] == 0


@pytest.mark.parametrize("fault", [{"kind": "lie_size", "size": 1}, {"kind": "change_key"}])
async def test_a_server_that_lies_is_seen(home: Home, fault: dict[str, Any]) -> None:
    destination = await home.connect()
    going = await destination.open(outgoing(b"abc"), None)
    await send_all(going)
    home.mega.control.fault(**fault, facts={"command": "^p$"})
    entry = await going.close(keep=True)
    assert entry is not None
    assert (entry.size, entry.hashes["mac"]) != (3, going.digests["mac"])
    await going.close(keep=False)
    assert [node for node in home.mega.nodes() if node["kind"] == "file"] == []


# --- reading back --------------------------------------------------------------------------------------


async def test_bytes_that_changed_there_are_noticed(home: Home) -> None:
    destination = await home.connect()
    home.mega.control.fault("corrupt", path="/ul/")
    entry = await upload(destination, outgoing(FILM))
    with pytest.raises(NotTheSame):
        await bytes_of(destination, entry)


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
