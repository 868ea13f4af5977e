"""What tests of MEGA's uploads share: one account at a stand-in, signed in once, for all tests of a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.cloud.destinations.mega import uploading
from sandbox.clouds.mega.testing import RunningMega, running_mega
from tests.integration.clouds.mega_home import EMAIL, KIB, PASSWORD, Home


@pytest.fixture
def mega_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces as large as need be for their order to matter, and sent as large ones are."""
    monkeypatch.setattr(uploading, "_PIECE", 512 * KIB)
    monkeypatch.setattr(uploading, "_CHECKED", 128 * KIB)


@pytest.fixture(scope="module")
def mega_stand_in() -> Iterator[tuple[RunningMega, dict[str, str]]]:
    """One account for all tests here, signed in once: both sides work long at that."""
    with running_mega() as mega:
        mega.account(EMAIL, PASSWORD)
        yield mega, {}


@pytest.fixture
async def mega_home(
    mega_stand_in: tuple[RunningMega, dict[str, str]], mega_small_pieces: None
) -> AsyncIterator[Home]:
    mega, credentials = mega_stand_in
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
