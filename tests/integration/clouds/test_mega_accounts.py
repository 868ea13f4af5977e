"""MEGA: signing in and out, folders, what lies there; against the stand-in."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from app.cloud.destinations.mega import KIND
from app.cloud.destinations.mega.keys import seal_attributes
from app.domain.errors import (
    Cancelled,
    CloudAnswerUnclear,
    CloudBusy,
    CloudUnreachable,
    FolderGone,
    SignInExpired,
    SignInRefused,
)
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.integration.clouds.mega_home import EMAIL, PASSWORD, Home, Person, outgoing, upload


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RunningMega]:
    with running_mega() as mega:
        yield mega


@pytest.fixture
async def home(stand_in: RunningMega) -> AsyncIterator[Home]:
    stand_in.control.reset()
    stand_in.account(EMAIL, PASSWORD)
    made = Home(stand_in)
    yield made
    await made.aclose()


@pytest.mark.parametrize("version", [1, 2])
async def test_signs_in(home: Home, version: int) -> None:
    home.mega.control.reset()
    home.mega.account(EMAIL, "пароль, der länger als sechzehn Bytes ist", version=version)
    signed = await home.sign_in(
        email=f"  {EMAIL.upper()} ", password="пароль, der länger als sechzehn Bytes ist"
    )
    assert signed.account == EMAIL
    assert set(signed.credentials) == {"sid", "key", "user"}
    assert sum(map(len, signed.credentials.values())) < 200
    destination = await home.connect()
    account = await destination.account()
    assert (account.name, account.used) == (EMAIL, 0)
    assert account.total is not None and account.total > 2**30


async def test_wrong_password_and_unknown_address(home: Home) -> None:
    for email, password in ((EMAIL, "wrong"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(SignInRefused, match="password is wrong"):
            await home.sign_in(email=email, password=password)


async def test_a_blocked_account_says_so(home: Home) -> None:
    home.mega.change(EMAIL, blocked=True)
    with pytest.raises(SignInRefused, match="blocked"):
        await home.sign_in()


async def test_second_factor_is_asked_for_or_given(home: Home) -> None:
    home.mega.change(EMAIL, code="123456")
    person = Person("123456 ")
    await home.sign_in(person)
    assert person.asked == 1
    await home.sign_in(Person(), code="123456")
    with pytest.raises(SignInRefused, match="six digits"):
        await home.sign_in(Person("654321"))
    with pytest.raises(Cancelled):
        await home.sign_in(Person())


async def test_nobody_is_asked_without_need(home: Home) -> None:
    person = Person()
    await home.sign_in(person, code="999999")
    assert person.asked == 0


async def test_proof_of_work_is_done(home: Home) -> None:
    home.mega.control.set(easiness=230)
    await home.sign_in()
    assert home.mega.control.state()["proofs"] == 1


async def test_a_proof_that_is_too_hard_is_not_begun(home: Home) -> None:
    home.mega.control.set(easiness=1)
    with pytest.raises(CloudBusy):
        await home.sign_in()


async def test_servers_in_trouble_at_sign_in(home: Home) -> None:
    for number, error in ((-3, CloudBusy), (-4, CloudBusy), (-6, CloudBusy), (-18, CloudUnreachable)):
        home.mega.control.fault("number", size=number, facts={"command": "^us0$"})
        with pytest.raises(error):
            await home.sign_in()
    home.mega.control.fault("garbage", path="/cs")
    with pytest.raises(CloudAnswerUnclear):
        await home.sign_in()
    home.mega.control.fault("status", code=500, path="/cs")
    with pytest.raises(CloudBusy):
        await home.sign_in()
    home.mega.control.fault("status", code=502, path="/cs")
    with pytest.raises(CloudUnreachable):
        await home.sign_in()


async def test_sign_out_ends_the_session(home: Home) -> None:
    destination = await home.connect()
    await destination.account()
    await KIND.sign_out({}, home.credentials, home.env)
    with pytest.raises(SignInExpired):
        await destination.account()
    with pytest.raises(SignInExpired):
        [entry async for entry in destination.list("")]
    await KIND.sign_out({}, home.credentials, home.env)  # again: nothing to do
    await KIND.sign_out({}, {}, home.env)


async def test_no_secret_is_logged_or_shown(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    signed = await home.sign_in()
    assert not any(secret in repr(signed) for secret in signed.credentials.values())
    destination = await home.connect()
    entry = await upload(destination, outgoing(b"abc"))
    home.mega.expire("sessions")
    with pytest.raises(SignInExpired) as caught:
        await destination.account()
    said = caplog.text + str(caught.value) + repr(caught.value.facts) + repr(entry) + repr(destination)
    for secret in (*signed.credentials.values(), PASSWORD, entry.private.key.hex()):
        assert secret not in said or secret == signed.credentials["user"]


# --- folders -------------------------------------------------------------------------------------------


async def test_folders_are_found_or_made(home: Home) -> None:
    destination = await home.connect()
    first = await destination.folder("", "Мастера / 母带", "key-1")
    below = await destination.folder(first.id, "..", "key-2")
    assert (first.name, first.is_folder, first.key, below.name) == ("Мастера / 母带", True, "key-1", "..")
    other = await home.connect()
    assert (await other.folder("", "Мастера / 母带", "another key")).id == first.id
    assert (await destination.folder("", "by its key", "key-1")).id == first.id
    assert [entry.id async for entry in destination.list("")] == [first.id]
    assert [entry.id async for entry in destination.list(first.id)] == [below.id]
    assert len([node for node in home.mega.nodes() if node["kind"] == "folder"]) == 2


async def test_a_lost_answer_makes_no_twin_of_a_folder(home: Home) -> None:
    destination = await home.connect()
    home.mega.control.fault("reset", facts={"command": "^p$"}, act=True)
    with pytest.raises(CloudUnreachable):
        await destination.folder("", "Masters", "key")
    made = await destination.folder("", "Masters", "key")
    assert home.mega.named("Masters")["handle"] == made.id


async def test_what_others_do_is_seen_at_the_next_look(home: Home) -> None:
    one, other = await home.connect(), await home.connect()
    folder = await one.folder("", "A", "key-a")
    assert [entry.name async for entry in other.list(folder.id)] == []
    entry = await upload(one, outgoing(b"abc", folder=folder.id))
    assert [found.id async for found in other.list(folder.id)] == [entry.id]
    await other.session.remove(entry.id)
    assert [found.id async for found in one.list(folder.id)] == []
    assert [found.id async for found in one.list("")] == [folder.id]
    await other.session.remove(folder.id)
    with pytest.raises(FolderGone):
        [found async for found in one.list(folder.id)]
    # Each account's tree was listed once: what changed was asked for.
    assert home.mega.control.state()["commands"]["f"] == 2


async def test_another_name_is_seen(home: Home) -> None:
    one, other = await home.connect(), await home.connect()
    await upload(one, outgoing(b"abc", "before.mov"))
    assert [found.name async for found in other.list("")] == ["before.mov"]
    node = home.mega.named("before.mov")
    attributes = seal_attributes(bytes.fromhex(node["key"]), {"n": "after.mov"})
    await one.api.one({"a": "a", "n": node["handle"], "at": attributes})
    assert [found.name async for found in other.list("")] == ["after.mov"]
    news = await other.api.news((await other.session.tree()).sn)
    assert news is not None
    assert "w" in news  # what was followed is not told again


async def test_a_server_that_can_not_say_what_changed(home: Home) -> None:
    destination = await home.connect()
    await destination.folder("", "A", "key-a")
    for body in ("-6", "[]", "{}", '{"a": 7}', "<html>"):
        home.mega.control.fault("garbage", path="/sc", body=body)
        assert [found.name async for found in destination.list("")] == ["A"]
    assert home.mega.control.state()["commands"]["f"] == 6


async def test_nodes_that_can_not_be_read_are_left_out(home: Home) -> None:
    home.mega.plant(EMAIL, name="good", content="616263")
    home.mega.plant(EMAIL, name="no attributes", a="AAAAAAAAAAAAAAAAAAAAAA")
    home.mega.plant(EMAIL, name="no key", k="AAAAAAAAAAAAAAAAAAAAAA")
    home.mega.plant(EMAIL, name="short key", content="61", k="AAAA")
    home.mega.plant(EMAIL, name="", content="61")
    home.mega.plant(EMAIL, name="../../etc/passwd\0\u202e", values={"_rk": 7, "c": "AAAA"})
    destination = await home.connect()
    found = {entry.name: entry async for entry in destination.list("")}
    assert set(found) == {"good", "../../etc/passwd\0\u202e"}
    assert found["good"].size == 3
    assert [entry.key for entry in found.values()] == ["", ""]


async def test_the_local_hasher_knows_identical_bytes(home: Home) -> None:
    home.mega.plant(EMAIL, name="theirs", content="616263" * 100_000)
    destination = await home.connect()
    (entry,) = [entry async for entry in destination.list("")]
    same, other = (KIND.abilities.hashers["mac"](entry) for _ in range(2))
    same.update(b"abc" * 100_000)
    other.update(b"abd" * 100_000)
    assert same.hexdigest() == entry.hashes["mac"] != other.hexdigest()
