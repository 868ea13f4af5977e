"""What tests of Google Drive against its stand-in share: somebody who signs in, an account, patient calls."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2

from app.cloud.destination import Destination, Entry, Outgoing, State, Upload
from app.cloud.destinations.google_drive.drive import GoogleDrive
from app.cloud.destinations.google_drive.kind import KIND
from app.cloud.kind import Credentials, SignedIn, Surroundings
from app.domain.errors import CloudError
from sandbox.clouds.drive.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.clouds.drive.testing import RunningDrive

OPTIONS = {"client-id": CLIENT_ID, "client-secret": CLIENT_SECRET}
T = TypeVar("T")


class Person:
    """Whose browser goes where it is sent; the stand-in's `consent` says what they answer."""

    async def open_page(self, address: str) -> None:
        async with httpx2.AsyncClient(follow_redirects=True, trust_env=False, verify=False) as browser:
            await browser.get(address)

    async def second_factor(self) -> str:
        raise AssertionError


def env(drive: RunningDrive) -> dict[str, str]:
    return {"REELKEY_GOOGLE_ORIGIN": drive.origin}


async def sign_in(drive: RunningDrive, **options: str) -> SignedIn:
    return await KIND.sign_in({**OPTIONS, **options}, env(drive), Person())


def credentials(drive: RunningDrive) -> dict[str, str]:
    """Those of a sign-in, past the page."""
    given = drive.control.token()
    return {
        **OPTIONS,
        "refresh": given["refresh_token"],
        "access": given["access_token"],
        "expires": str(int(time.time()) + 3000),
    }


@asynccontextmanager
async def account(
    drive: RunningDrive, kept: Credentials | None = None, *, shared: str = ""
) -> AsyncIterator[GoogleDrive]:
    """A signed-in account at the stand-in."""

    async def save(_: Credentials) -> None:
        return

    found = KIND.connect(
        {"shared-drive": shared}, credentials(drive) if kept is None else kept, Surroundings(env(drive), save)
    )
    assert isinstance(found, GoogleDrive)
    try:
        yield found
    finally:
        await found.aclose()


async def patiently(call: Callable[[], Awaitable[T]], tries: int = 20) -> T:
    """What the call gives, made again where the error says that this can help."""
    for _ in range(tries):
        try:
            return await call()
        except CloudError as error:
            if not error.retry:
                raise
    raise AssertionError("it never came about")


async def sent(cloud: Destination, item: Outgoing, state: State | None = None) -> tuple[Entry, Upload]:
    """Send an item whatever happens on the way; the entry that stands there then."""
    kept = state

    async def keep(now: State) -> None:
        nonlocal kept
        kept = now
        await item.keep(now)

    known = Outgoing(**{**{name: getattr(item, name) for name in item.__slots__}, "keep": keep})
    upload = await patiently(lambda: cloud.open(known, kept))
    while (piece := upload.next_piece()) is not None:
        await patiently(_swallowed(upload, piece))
    entry = await patiently(lambda: upload.close(keep=True))
    assert entry is not None
    return entry, upload


def _swallowed(upload: Upload, piece: Any) -> Callable[[], Awaitable[None]]:
    async def send() -> None:
        await upload.send(piece)

    return send
