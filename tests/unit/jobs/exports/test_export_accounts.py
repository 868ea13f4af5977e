"""Where a sign-in is kept, and what becomes of one that the cloud renews while it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keyring.core
import pytest

from app.cloud.kind import Credentials, Kind, Surroundings
from app.domain.errors import KeyringLocked
from app.journal import Run
from tests.contract.clouds.memory import Memory, MemoryDestination, memory_kind
from tests.contract.clouds.profile import Nobody, Profile, opened

RENEWED = "token-renewed-while-sending"
ANOTHER = "token-of-another-sign-in"


class Ring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._check()
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        del self.kept[service, name]

    def _check(self) -> None:
        if self.locked:
            raise RuntimeError("locked")


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    found = Ring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", found)
    return found


def renewing(cloud: Memory) -> Kind:
    """A cloud whose first sign-in is given another token at its first list, as OAuth's are at times."""

    class Renewing(MemoryDestination):
        def __init__(self, credentials: Credentials, around: Surroundings) -> None:
            super().__init__(cloud, credentials)
            self.around = around

        async def request(self, name: str, act: object) -> object:
            if name == "list" and self.token == "token-1":
                await self.around.save({"token": RENEWED})
                cloud.tokens = cloud.tokens - {self.token} | {RENEWED}
                self.token = RENEWED
            return await super().request(name, act)  # type: ignore[arg-type]

    def connect(_: Mapping[str, str], credentials: Credentials, around: Surroundings) -> MemoryDestination:
        return Renewing(credentials, around)

    return replace(memory_kind(cloud), connect=connect)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(b"film")
    return path


async def sent(profile: Profile, folder: str, film: Path, account: int = 1) -> Run:
    row = await profile.exports.order_films(account, folder, paths=[film])
    return (await profile.exports.run([row.number]))[0].export.run


def journal_of(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.rglob("journal*") if path.is_file())


async def test_a_renewed_sign_in_is_kept_in_the_keyring_alone(ring: Ring, tmp_path: Path, film: Path) -> None:
    cloud = Memory()
    root = tmp_path / "profile"
    async with opened(root, renewing(cloud), {}, use_keyring=True) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        assert await sent(profile, "first", film) is Run.DONE
        assert any(RENEWED in secret for secret in ring.kept.values())
        assert (await profile.exports.accounts())[0].credentials_sealed is None
    assert cloud.tokens == {RENEWED}, "the first token opens nothing any more"
    async with opened(root, renewing(cloud), {}, use_keyring=True) as profile:
        assert await sent(profile, "second", film) is Run.DONE
        assert RENEWED in await profile.exports.secrets()
        await profile.exports.sign_out(1)
        assert not any(RENEWED in secret for secret in ring.kept.values())
    assert RENEWED.encode() not in journal_of(root)


async def test_without_a_keyring_it_is_kept_sealed(tmp_path: Path, film: Path) -> None:
    cloud = Memory()
    root = tmp_path / "profile"
    async with opened(root, renewing(cloud), {}) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        assert await sent(profile, "first", film) is Run.DONE
        assert (await profile.exports.accounts())[0].credentials_sealed
    async with opened(root, renewing(cloud), {}) as profile:
        assert await sent(profile, "second", film) is Run.DONE
    assert RENEWED.encode() not in journal_of(root)


async def test_a_keyring_that_is_locked_stops_an_export_and_loses_nothing(
    ring: Ring, tmp_path: Path, film: Path
) -> None:
    cloud = Memory()
    root = tmp_path / "profile"
    async with opened(root, memory_kind(cloud), {}, use_keyring=True) as profile:
        await profile.exports.sign_in("memory", {}, Nobody())
        row = await profile.exports.order_films(1, "a", paths=[film])
    async with opened(root, memory_kind(cloud), {}, use_keyring=True) as profile:
        ring.locked = True
        outcome = (await profile.exports.run([row.number]))[0]
        assert isinstance(outcome.error, KeyringLocked)
        assert (await profile.exports.accounts())[0].signed_in, "it is not the sign-in that is gone"
        ring.locked = False
        assert (await profile.exports.run([row.number]))[0].error is None
    assert list(cloud.files()) == ["a/film.mov"]


async def test_a_keyring_that_is_locked_leaves_no_account_that_nobody_is_signed_in_to(
    ring: Ring, tmp_path: Path, film: Path
) -> None:
    cloud = Memory()
    async with opened(tmp_path / "profile", memory_kind(cloud), {}, use_keyring=True) as profile:
        ring.locked = True
        with pytest.raises(KeyringLocked):
            await profile.exports.sign_in("memory", {}, Nobody())
        assert await profile.exports.accounts() == []
        ring.locked = False
        first = await profile.exports.sign_in("memory", {}, Nobody(), label="Ours")
        ring.locked = True
        with pytest.raises(KeyringLocked):
            await profile.exports.sign_in("memory", {"drive": "Team"}, Nobody())
        assert (await profile.exports.accounts())[0].options == first.options
        ring.locked = False
        assert await sent(profile, "a", film, first.number) is Run.DONE
    assert list(cloud.files()) == ["a/film.mov"]


async def test_signing_in_again_keeps_the_options_that_are_not_given(tmp_path: Path) -> None:
    """Whether or not it is said which account is meant; another account has none of its."""
    cloud = Memory()
    async with opened(tmp_path / "profile", memory_kind(cloud), {}) as profile:
        exports = profile.exports
        row = await exports.sign_in("memory", {"drive": "Team", "rate": "5M"}, Nobody(), label="Ours")
        wanted = {**row.options, "rate": "20000000", "drive": "Team"}
        await exports.set_options(1, {"rate": "20M"})
        for again in (None, 1):
            row = await exports.sign_in("memory", {}, Nobody(), again=again)
            assert (row.number, row.label, row.options) == (1, "Ours", wanted)
        other = await exports.sign_in("memory", {"name": "else@memory"}, Nobody(), again=1)
        assert (other.number, other.options["drive"], other.options["rate"]) == (2, "", "0")
        row = await exports.sign_in("memory", {"drive": "", "files-at-once": "7"}, Nobody())
        assert row.options == {**wanted, "drive": "", "files-at-once": "7"}


async def test_a_renewal_is_not_written_over_another_sign_in(tmp_path: Path, film: Path) -> None:
    """One that another process made, while an export was on its way here with the earlier one."""
    cloud = Memory()
    root = tmp_path / "profile"
    async with opened(root, renewing(cloud), {}) as profile, opened(root, memory_kind(cloud), {}) as other:
        await profile.exports.sign_in("memory", {}, Nobody())

        async def sign_in(request: str) -> None:
            if request == "folder" and ANOTHER not in cloud.tokens:
                cloud.tokens.add(ANOTHER)
                await other.exports.sign_in("memory", {}, Nobody())

        cloud.before = sign_in
        assert await sent(profile, "a", film) is Run.DONE
        assert RENEWED in cloud.tokens
        assert await profile.exports.secrets() == [ANOTHER]
    assert list(cloud.files()) == ["a/film.mov"]


async def test_a_sign_in_of_another_process_is_taken_for_one_that_ends(tmp_path: Path, film: Path) -> None:
    cloud = Memory()
    root = tmp_path / "profile"
    async with opened(root, memory_kind(cloud), {}) as profile, opened(root, memory_kind(cloud), {}) as other:
        await profile.exports.sign_in("memory", {}, Nobody())

        async def sign_in(request: str) -> None:
            if request == "send" and "token-1" in cloud.tokens:
                cloud.tokens = {ANOTHER}
                await other.exports.sign_in("memory", {}, Nobody())

        cloud.before = sign_in
        assert await sent(profile, "a", film) is Run.DONE
        assert (await profile.exports.accounts())[0].signed_in
        cloud.tokens = {"a-third"}
        await other.exports.sign_in("memory", {}, Nobody())
        assert (await profile.exports.room(1)).signed_in
    assert list(cloud.files()) == ["a/film.mov"]
