"""MEGA: what goes wrong while files are on their way; against the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.cloud.destination import Piece
from app.domain.errors import (
    CloudBusy,
    CloudError,
    CloudFull,
    CloudUnreachable,
    FolderGone,
    SignInExpired,
    SourceChanged,
    UploadLost,
)
from tests.integration.clouds.mega_home import (
    EMAIL,
    FILM,
    Held,
    Home,
    Kept,
    agrees,
    last_upload,
    outgoing,
    send_all,
    through_the_journal,
    upload,
)


@pytest.fixture
def home(mega_home: Home) -> Home:
    return mega_home


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
    before = home.mega.control.state()
    home.mega.control.fault("reset", facts={"command": "^p$"}, act=act)
    with pytest.raises(CloudUnreachable):
        await going.close(keep=True)
    entry = await going.close(keep=True)
    after = home.mega.control.state()
    # It is looked for: the server's memory of requests is not for ever.
    assert (after["commands"]["p"] - before["commands"].get("p", 0), after["replays"]) == (
        1,
        before["replays"],
    )
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
    with pytest.raises(FolderGone):
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
