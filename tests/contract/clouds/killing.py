"""kill -9 without a process: from one step on nothing reaches the journal or the destination any more."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from app.cloud.destination import Account, Destination, Entry, Outgoing, Piece, State, Upload
from app.cloud.kind import Credentials, Kind, Surroundings
from app.journal import Journal
from tests.contract.clouds.profile import Profile, opened

T = TypeVar("T")


class Dead(BaseException):
    """What runs in a process that is killed learns nothing of it; here it unwinds without an effect."""


class Killing:
    """Kills at the `step`-th step, or right behind the first one called `at`. A step is the moment before or
    after a commit or a call outward."""

    def __init__(self, step: int = 0, *, at: str = "") -> None:
        self._left = step
        self._at = at
        self.last = ""
        #: What was sent and answered: offset and length of each piece.
        self.pieces: list[tuple[int, int]] = []
        self.dead = False
        self._died = asyncio.Event()

    def step(self, name: str) -> None:
        """One step. Raises Dead at the chosen one and ever after."""
        if not self.dead:
            self._left -= 1
            self.last = name
            self.dead = self._left == 0 or name == self._at
        if self.dead:
            self._died.set()
            raise Dead

    async def around(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        self.step(f"before {name}")
        result = await work()
        self.step(f"after {name}" if name != "send" else "sent")
        return result

    async def until_dead(self, work: Coroutine[Any, Any, T]) -> None:
        """Run `work` until it ends or we are dead."""
        task, died = asyncio.create_task(work), asyncio.create_task(self._died.wait())
        await asyncio.wait([task, died], return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if self.dead:
            task.cancel()
        await asyncio.gather(task, died, return_exceptions=True)

    @asynccontextmanager
    async def opened(self, root: Path, kind: Kind, env: Mapping[str, str]) -> AsyncIterator[Profile]:
        """The profile as `profile.opened` has it, with our steps in its journal and its destination."""
        mortal = replace(kind, connect=self._connect(kind))
        async with opened(root, mortal, env, journal_of=self._journal) as profile:
            yield profile

    def _journal(self, path: Path) -> Journal:
        journal = Journal(path)
        real = journal._db.run

        async def run(work: Callable[[sqlite3.Connection], T]) -> T:
            return await self.around("commit", lambda: real(work))

        journal._db.run = run  # type: ignore[method-assign]
        return journal

    def _connect(self, kind: Kind) -> Callable[[Mapping[str, str], Credentials, Surroundings], Destination]:
        def connect(
            options: Mapping[str, str], credentials: Credentials, surroundings: Surroundings
        ) -> Destination:
            return MortalDestination(kind.connect(options, credentials, surroundings), self)

        return connect


class Steps(Killing):
    """Does something at each step, and kills nobody."""

    def __init__(self, at_each: Callable[[str], None]) -> None:
        super().__init__()
        self._at_each = at_each

    def step(self, name: str) -> None:
        try:
            self._at_each(name)
        except Dead:
            self.dead = True
            self._died.set()
            raise


class Stopping(Killing):
    """Once `behind` calls of that name are through, further ones stand still."""

    def __init__(self, name: str, *, behind: int) -> None:
        super().__init__()
        self._name, self._behind, self._left = name, behind, behind
        self._through = asyncio.Event()
        self.stopped = asyncio.Event()

    def step(self, name: str) -> None:
        return

    async def around(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        if name != self._name:
            return await work()
        # Counted as they begin: several may be on their way before the first is through.
        self._behind -= 1
        if self._behind < 0:
            if self._left:
                await self._through.wait()
            self.stopped.set()
            await asyncio.Event().wait()
        try:
            return await work()
        finally:
            self._left -= 1
            if self._left == 0:
                self._through.set()


class Meanwhile(Killing):
    """Once `behind` calls of that name have begun, something is done beside the export, and further ones wait
    for it. Kills nobody."""

    def __init__(self, name: str, work: Callable[[Profile], Coroutine[Any, Any, object]], *, behind: int = 0):
        super().__init__()
        self._name, self._work, self._behind = name, work, behind
        self._profile: Profile | None = None
        self._beside: asyncio.Task[object] | None = None

    def step(self, name: str) -> None:
        return

    async def around(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        if name == self._name:
            self._behind -= 1
            if self._behind < 0:
                assert self._profile is not None
                self._beside = self._beside or asyncio.create_task(self._work(self._profile))
                await asyncio.wait([self._beside])
        return await work()

    async def done(self) -> None:
        """It was done to its end. Raises what it raised."""
        assert self._beside is not None, f"no {self._name}"
        await self._beside

    @asynccontextmanager
    async def opened(self, root: Path, kind: Kind, env: Mapping[str, str]) -> AsyncIterator[Profile]:
        async with super().opened(root, kind, env) as profile:
            self._profile = profile
            yield profile


class MortalDestination:
    def __init__(self, real: Destination, killing: Killing) -> None:
        self._real, self._killing = real, killing

    async def account(self) -> Account:
        return await self._killing.around("account", self._real.account)

    async def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        self._killing.step("list")
        async for entry in self._real.list(folder, lately):
            yield entry

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        return await self._killing.around("folder", lambda: self._real.folder(parent, name, key, keep=keep))

    async def open(self, item: Outgoing, state: State | None) -> MortalUpload:
        upload = await self._killing.around("open", lambda: self._real.open(item, state))
        return MortalUpload(upload, self._killing)

    async def aclose(self) -> None:
        await self._real.aclose()


class MortalUpload:
    def __init__(self, real: Upload, killing: Killing) -> None:
        self._real, self._killing = real, killing

    @property
    def state(self) -> State:
        return self._real.state

    @property
    def done(self) -> int:
        return self._real.done

    @property
    def digests(self) -> Mapping[str, str]:
        return self._real.digests

    def next_piece(self) -> Piece | None:
        return self._real.next_piece()

    async def send(self, piece: Piece) -> None:
        await self._killing.around("send", lambda: self._send(piece))

    async def _send(self, piece: Piece) -> None:
        await self._real.send(piece)
        self._killing.pieces.append((piece.offset, piece.length))

    async def close(self, *, keep: bool) -> Entry | None:
        return await self._killing.around("close", lambda: self._real.close(keep=keep))
