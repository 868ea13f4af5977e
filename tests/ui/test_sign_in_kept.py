"""A sign-in that no keyring takes: told with the yes that brought it, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.errors import KeyringLocked, ReelkeyError, SignInNotKept, SignInNowhereKept
from tests.ui.engines import Watched, engine_of

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Watched]:
    async with engine_of(tmp_path / "p", NOWHERE) as watched:
        yield watched


class Keyring:
    """What the system's keyring says to a secret."""

    def __init__(self, one: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
        self.locked = True
        self.kept: list[str] = []
        monkeypatch.setattr(one.engine.place.vault.store, "set", self._set)

    def _set(self, _name: str, secret: str) -> None:
        if self.locked:
            raise KeyringLocked(reason="it is locked")
        self.kept.append(secret)


async def accepted(one: Watched, token: str) -> ReelkeyError | None:
    """What is told with the yes."""
    request = await one.engine.requests.of_link(f"reelkey://private?v=1&token={token}")
    return (await one.engine.requests.accept_sign_in(request.number)).not_kept


async def test_without_a_keyring_it_is_told_once(one: Watched, tmp_path: Path) -> None:
    request = await one.engine.requests.of_link("reelkey://download?v=1&source_id=5&token=first")
    begun = await one.engine.requests.accept_download(request.number, tmp_path / "films")
    assert len(begun.rows) == 1
    assert isinstance(begun.not_kept, SignInNowhereKept)
    assert begun.not_kept.message == "Sign-in lasts until you quit: there is none in this session"
    assert await accepted(one, "second") is None
    assert await one.engine.accounts.token(NOWHERE) == "second"


async def test_who_wants_no_keyring_is_not_told(one: Watched) -> None:
    await one.engine.set_setting("keyring", "none")
    assert await accepted(one, "first") is None


async def test_a_locked_keyring_can_be_asked_again(one: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring(one, monkeypatch)
    told = await accepted(one, "first")
    assert type(told) is SignInNotKept
    assert told.message == "Sign-in lasts until you quit: it is locked"
    assert await accepted(one, "second") is None
    assert type(await one.engine.requests.keep_sign_in(NOWHERE)) is SignInNotKept
    keyring.locked = False
    assert await one.engine.requests.keep_sign_in(NOWHERE) is None
    assert keyring.kept == ["second"]
    keyring.locked = True
    assert type(await accepted(one, "third")) is SignInNotKept, "it was kept meanwhile: news again"
