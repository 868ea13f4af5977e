"""The contract for Google Drive, against its stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import pytest

from app.cloud.destinations.google_drive.kind import KIND
from app.cloud.destinations.google_drive.session_upload import GRAIN
from app.cloud.kind import Asking, Kind, SignedIn
from app.domain.events import ExportWaits
from app.journal import Run
from sandbox.clouds.drive.testing import RunningDrive, running_drive
from tests.contract.clouds.contract import *  # noqa: F403 - the contract's tests become this file's
from tests.contract.clouds.contract import Found, cut_as
from tests.contract.clouds.drive_calls import FOLDER, Plain
from tests.contract.clouds.ground import Home, of, send, there
from tests.contract.clouds.killing import Dead, Killing, Meanwhile, Steps
from tests.contract.clouds.profile import Profile, opened
from tests.integration.clouds.drive_home import OPTIONS, Person

_FAULTS = {
    "ill": {"kind": "status", "code": 503},
    "busy": {"kind": "status", "code": 429},
    "reset": {"kind": "reset"},
    "lost": {"kind": "reset", "act": True},
    "held": {"kind": "hang", "act": True},
}


async def _sign_in(options: Mapping[str, str], env: Mapping[str, str], _: Asking) -> SignedIn:
    """By a browser whose person says yes."""
    return await KIND.sign_in(options, env, Person())


class DriveGround:
    """The stand-in as the contract sees it."""

    kind: Kind = replace(KIND, sign_in=_sign_in)
    given: Mapping[str, str] = OPTIONS
    piece = GRAIN
    cut: Mapping[str, int] = {
        "app.cloud.destinations.google_drive.drive.LARGEST_SMALL": GRAIN // 2,
        "app.cloud.destinations.google_drive.session_upload.PIECE": GRAIN,
    }
    forgets = False
    elsewhere = True

    def __init__(self, drive: RunningDrive) -> None:
        self._drive = drive
        self._control = drive.control
        self.env: Mapping[str, str] = {"REELKEY_GOOGLE_ORIGIN": drive.origin}

    def files(self) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for file in self._control.files():
            if "sha256Checksum" in file and not file["trashed"]:
                assert file["path"] not in found, f"{file['path']} is there twice"
                found[file["path"]] = Found(int(file["size"]), file["sha256Checksum"])
        return found

    def folders(self) -> set[str]:
        files = self._control.files()
        return {file["path"] for file in files if file["mimeType"] == FOLDER and not file["trashed"]}

    def take_away(self, path: str, *, for_good: bool) -> None:
        found = [file for file in self._control.files() if file["path"] == path and not file["trashed"]]
        with Plain(self._drive) as person:
            where = f"/files/{found[0]['id']}"
            if for_good:
                answer = person.call("DELETE", where)
            else:
                answer = person.call("PATCH", where, {"trashed": True})
            assert answer.is_success, answer.text

    def unfinished(self) -> int:
        """A session whose answer was lost holds nothing, and Drive has no call that names it."""
        return sum(bool(one["stored"]) and not one["finished"] for one in self._control.sessions())

    def drives(self) -> list[tuple[str, str]]:
        """Names of files, and the shared drive that each lies in ("": My Drive)."""
        files = [file for file in self._control.files() if file["mimeType"] != FOLDER]
        return sorted((file["name"], file.get("driveId", "")) for file in files)

    def add_drive(self, name: str) -> str:
        return str(self._control.add_drive(name))

    def fault(self, how: str, after: int) -> None:
        self._control.fault(**_FAULTS[how], path="^/(drive|upload|token)", after=after)  # type: ignore[arg-type]

    def met(self) -> bool:
        met = any(rule["used"] for rule in self._control.faults())
        self._control.clear_faults()
        return met

    def expire(self) -> None:
        self._control.revoke_all()

    def end_token(self) -> None:
        """The access token is over before its time."""
        self._control.expire_tokens()

    def fill(self, room: int | None) -> None:
        used = sum(found.size for found in self.files().values())
        self._control.set(limit=None if room is None else used + room)

    def lag(self) -> None:
        """Lists show what is new only after a while."""
        self._control.set(list_lag=30)

    def made(self) -> list[str]:
        """The paths of all that is there, twins too."""
        return sorted(found["path"] for found in self._control.files())

    def lie(self) -> None:
        self._control.fault("lie", path="upload_id", after=1, set={"sha256Checksum": "0" * 64})


@pytest.fixture
def ground(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[DriveGround]:
    if not request.node.name.startswith("test_memory"):
        cut_as(DriveGround.cut, monkeypatch.setattr)
    with running_drive(consent="allow") as drive:
        yield DriveGround(drive)


async def test_a_token_that_ends_between_pieces_is_renewed_in_passing(
    ground: DriveGround, home: Home
) -> None:
    """It lasts an hour, a large film longer: nobody is asked, nothing is sent again."""
    film = home.file("film.mov", 3 * ground.piece + 5)
    steps = Steps(lambda step: ground.end_token() if step == "sent" else None)
    async with steps.opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "token", film)).run is Run.DONE
        assert not [event for event in profile.events if isinstance(event, ExportWaits)]
    assert there(ground, "token") == {"film.mov": of(film)}
    assert [offset for offset, _ in steps.pieces] == [ground.piece * number for number in range(4)]


async def test_lists_that_lag_make_no_twins(ground: DriveGround, home: Home) -> None:
    """What was sent a moment ago is known by its id, also to the next process; what went away is not."""
    film, root = home.file("film.mov", 9), home.root()
    ground.lag()
    for sent in (1, 0):
        async with opened(root, ground.kind, ground.env) as profile:
            row = await send(profile, "F", film)
            assert (await profile.exports.tallies([row.number]))[row.number].sent == sent
    assert there(ground, "F") == {"film.mov": of(film)}
    ground.take_away("F", for_good=True)
    async with opened(root, ground.kind, ground.env) as profile:
        row = await send(profile, "F", film)
        assert (await profile.exports.tallies([row.number]))[row.number].sent == 1
    assert there(ground, "F") == {"film.mov": of(film)}


async def test_a_kill_behind_the_making_of_a_folder_that_no_list_shows_yet(
    ground: DriveGround, home: Home
) -> None:
    film, root = home.file("film.mov", 9), home.root()
    ground.lag()
    kill = Killing(at="after folder")
    with suppress(Dead):
        async with kill.opened(root, ground.kind, ground.env) as profile:
            row = await profile.exports.order_films(1, "F", paths=[film])
            await kill.until_dead(profile.exports.run([row.number]))
    assert kill.dead
    async with opened(root, ground.kind, ground.env) as profile:
        assert (await profile.exports.run([row.number]))[0].error is None
    assert ground.made() == ["F", "F/film.mov"]


async def test_another_drive_holds_for_what_goes_on_and_for_folders_that_are_known(
    ground: DriveGround, home: Home
) -> None:
    first, film, small = (
        home.file(name, size) for name, size in (("1", 5), ("2", 3 * ground.piece + 5), ("3", 5))
    )
    shared = ground.add_drive("Masters")

    async def move(profile: Profile) -> None:
        await profile.exports.set_options(1, {"shared-drive": shared})

    meanwhile = Meanwhile("send", move, behind=2)
    async with meanwhile.opened(home.root(), ground.kind, ground.env) as profile:
        assert (await send(profile, "F", first)).run is Run.DONE
        assert (await send(profile, "F", film)).run is Run.DONE
        await meanwhile.done()
        assert (await send(profile, "F", small)).run is Run.DONE
        assert ground.drives() == [("1", ""), ("2", shared), ("3", shared)]
        await profile.exports.set_options(1, {"shared-drive": ""})
        small.write_bytes(b"again")
        assert (await send(profile, "F", small)).run is Run.DONE
    assert ground.drives() == [("1", ""), ("2", shared), ("3", ""), ("3", shared)]
    assert not ground.unfinished()
