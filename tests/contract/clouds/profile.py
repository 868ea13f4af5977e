"""A profile with an account at a cloud: what starts, is killed, and starts again in tests of exports."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from app.api_client import TaskApi
from app.cloud.kind import Kind
from app.cloud.retrying import Patience
from app.domain.errors import Cancelled, NodeUnavailable
from app.domain.events import Event
from app.gallery.site import GallerySite
from app.ipfs.node import NodeInfo
from app.jobs.desk import Desk, Preferences
from app.jobs.exports.desk import Exports
from app.jobs.leases import Leases
from app.journal import Journal
from app.settings.paths import ProfilePaths
from app.settings.secrets import Sealer, Vault, profile_key


class NoNode:
    """There is no node."""

    async def ensure_running(self) -> NodeInfo:
        raise NodeUnavailable(reason="none")

    async def status(self) -> NodeInfo | None:
        return None

    async def stop(self) -> None:
        return


class Nobody:
    """There is nobody to ask."""

    async def open_page(self, address: str) -> None:
        raise Cancelled

    async def second_factor(self) -> str:
        raise Cancelled


class Clock:
    """Time that passes as soon as somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds
        await asyncio.sleep(0.001)


class Profile:
    """One profile, open. `events`: all that was told."""

    def __init__(
        self, journal: Journal, desk: Desk, exports: Exports, events: list[Event], clock: Clock
    ) -> None:
        self.journal, self.desk, self.exports = journal, desk, exports
        self.events, self.clock = events, clock


@asynccontextmanager
async def opened(
    root: Path,
    kind: Kind,
    env: Mapping[str, str],
    *,
    journal_of: Callable[[Path], Journal] = Journal,
    use_keyring: bool = False,
) -> AsyncIterator[Profile]:
    """The profile at `root`, with `kind` as its one kind of cloud and a clock that never waits."""
    paths = ProfilePaths.of(root, {}).ensure()
    vault = Vault.of(paths, use_keyring=use_keyring)
    events: list[Event] = []
    clock = Clock()
    async with journal_of(paths.journal_file) as journal:
        desk = Desk(
            journal=journal,
            node=NoNode(),
            sealer=Sealer(profile_key(paths, vault)),
            open_api=_no_server,
            emit=events.append,
            preferences=Preferences(films=(".mov",)),
            leases_dir=paths.leases_dir,
            work_dir=paths.work_dir,
            repo_dir=None,
        )
        patience = partial(Patience, clock=clock.time, sleep=clock.sleep, jitter=lambda: 1.0)
        leases = Leases(paths.leases_dir)
        exports = Exports(
            desk,
            leases,
            vault,
            env,
            kinds=lambda _: kind,
            patience=patience,
            gallery_site=partial(GallerySite, sleep=clock.sleep),
        )
        try:
            yield Profile(journal, desk, exports, events, clock)
        finally:
            await exports.aclose()
            await desk.aclose()


async def _no_server(_server: str) -> TaskApi:
    raise AssertionError


def copy_of(template: Path, target: Path) -> Path:
    """A profile that is signed in already."""
    shutil.copytree(template, target)
    return target
