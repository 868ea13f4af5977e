"""Signing in to the stand-in of Google Drive and out; folders and lists; shared drives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.cloud.destinations.google_drive import files
from app.cloud.destinations.google_drive.kind import KIND
from app.domain.errors import CloudRefused, SignInExpired, SignInRefused
from sandbox.clouds.drive.accounts import CLIENT_ID
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.integration.clouds.drive_home import account, env, patiently, sent, sign_in
from tests.unit.cloud.items import item


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDrive]:
    with running_drive(consent="allow") as drive:
        yield drive


@pytest.fixture
def drive(running: RunningDrive) -> RunningDrive:
    running.control.reset()
    return running


async def test_a_person_signs_in_and_out(drive: RunningDrive) -> None:
    signed_in = await sign_in(drive)
    assert "@" in signed_in.account
    async with account(drive, signed_in.credentials) as cloud:
        found = await cloud.account()
        assert found.name == signed_in.account
        assert (found.total, found.used) == (15 * 1024**3, 0)
        await sent(cloud, item(b"x" * 1000))
        assert (await cloud.account()).used == 1000
        await KIND.sign_out({}, signed_in.credentials, env(drive))
        with pytest.raises(SignInExpired):
            await cloud.account()
    await KIND.sign_out({}, signed_in.credentials, env(drive))


async def test_a_person_says_no(drive: RunningDrive) -> None:
    drive.control.set(consent="deny")
    with pytest.raises(SignInRefused):
        await sign_in(drive)


async def test_a_client_that_is_not_known(drive: RunningDrive) -> None:
    with pytest.raises(SignInRefused) as caught:
        await sign_in(drive, **{"client-secret": "wrong"})
    assert caught.value.facts["error"] == "invalid_client"


async def test_a_token_that_has_ended_is_renewed(drive: RunningDrive) -> None:
    signed_in = await sign_in(drive)
    async with account(drive, signed_in.credentials) as cloud:
        drive.control.expire_tokens()
        await cloud.account()
        drive.control.revoke_all()
        with pytest.raises(SignInExpired):
            await cloud.account()


@pytest.mark.parametrize("name", ["F", "it's", "back\\slash", "\\'", "片子 （终）", "' or name != '", "a/b"])
async def test_folders_are_found_or_made(drive: RunningDrive, name: str) -> None:
    async with account(drive) as cloud:
        made = await cloud.folder("", name, "k")
        assert (await cloud.folder("", name, "k")).id == made.id
        inner = await cloud.folder(made.id, name, "k2")
        file, _ = await sent(cloud, item(b"x", folder=inner.id, name=name))
        assert [entry.id async for entry in cloud.list(inner.id)] == [file.id]
        assert [entry.id async for entry in cloud.list("")] == [made.id]
        assert drive.control.file(f"{name}/{name}/{name}")["appProperties"] == {"reelkey": "x1.1.abc"}


async def test_a_folder_that_no_search_knows_yet_is_not_made_twice(drive: RunningDrive) -> None:
    drive.control.set(list_lag=3)
    drive.control.fault("reset", method="POST", path="/drive/v3/files", act=True)
    async with account(drive) as cloud:
        made = await patiently(lambda: cloud.folder("", "F", "k"))
    assert [file["id"] for file in drive.control.files()] == [made.id]


async def test_what_others_made_is_not_seen(drive: RunningDrive) -> None:
    drive.control.place("F")
    async with account(drive) as cloud:
        assert [entry async for entry in cloud.list("")] == []


async def test_a_shared_drive(drive: RunningDrive) -> None:
    shared = drive.control.add_drive("Masters")
    async with account(drive, shared=shared) as cloud:
        folder = await cloud.folder("", "F", "k")
        assert (await cloud.folder("", "F", "k")).id == folder.id
        await sent(cloud, item(b"x" * 10, folder=folder.id))
        await sent(cloud, item(b"y" * 6_000_000, folder=folder.id, name="B.mov", key="k9"))
        assert sorted([entry.name async for entry in cloud.list(folder.id)]) == ["A.mov", "B.mov"]
        assert {file["driveId"] for file in drive.control.files()} == {shared}
        upload = await cloud.open(item(b"z", folder=folder.id, key="k10"), None)
        piece = upload.next_piece()
        assert piece is not None
        await upload.send(piece)
        await upload.close(keep=False)
        assert len([entry async for entry in cloud.list(folder.id)]) == 2
        assert (await cloud.account()).total is None
    async with account(drive, shared="0Anone") as cloud:
        with pytest.raises(CloudRefused):
            _ = [entry async for entry in cloud.list("")]


async def test_a_long_list(drive: RunningDrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_A_PAGE", 4)
    async with account(drive) as cloud:
        folder = await cloud.folder("", "F", "k")
        for number in range(10):
            drive.control.place(f"{number}", parent=folder.id, text="x", client=CLIENT_ID)
        names = [entry.name async for entry in cloud.list(folder.id)]
    assert sorted(names) == [f"{number}" for number in range(10)]
    assert drive.control.counts()["list"] == 4
