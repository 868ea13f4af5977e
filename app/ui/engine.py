"""The engine as the window knows it: a profile that stays open, films that go on by themselves, and what a
person asks for. No Qt here; all of it runs on the engine's own loop and answers with frozen values.

The command line opens a profile for one command; the window keeps it open. Both work through the same jobs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from app.bootstrap import Workplace, open_workplace
from app.domain.errors import (
    Busy,
    Internal,
    NodeError,
    NotNow,
    ReelkeyError,
    TokenRefused,
    revive,
)
from app.domain.events import Event, Failed
from app.domain.status import TaskKind
from app.domain.words import N_, set_language
from app.jobs import admin
from app.jobs.preflight import check_folder
from app.journal import Run, TaskRow
from app.journal.records import FINISHED
from app.settings.paths import ProfilePaths
from app.ui.accounts import Accounts
from app.ui.care import Care
from app.ui.cloud_works import CloudWorks
from app.ui.looks import Looks
from app.ui.messages import FilmStory, HistoryLine, Message, SettingsChanged, Told
from app.ui.requests import Requests
from app.ui.works import GOES_ON, Works

log = logging.getLogger(__name__)

_STOPS_WITHIN = 20.0


class Engine:
    """One open profile. `post` hands a message to the window; it may be called from any thread."""

    def __init__(
        self,
        profile: Path | None,
        env: Mapping[str, str],
        post: Callable[[Message], None],
        *,
        server: str | None = None,
    ) -> None:
        """`server`: the library that is meant where none is named, in place of the settings' one."""
        self._profile = profile
        self.server = server
        self._env = env
        self.post = post
        self._stack = AsyncExitStack()
        self._place: Workplace | None = None
        self._others: set[asyncio.Task[Any]] = set()
        # What a person asks of one film is done one after the other.
        self._one_at_a_time: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closing = False
        self.works = Works(self)
        self.accounts = Accounts(self)
        self.requests = Requests(self)
        self.looks = Looks(self)
        self.care = Care(self)
        self.clouds = CloudWorks(self)

    @property
    def place(self) -> Workplace:
        """The open profile."""
        assert self._place is not None  # noqa: S101 - nothing is asked before open() is through
        return self._place

    # --- opening and closing -------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the profile, show what it holds, go on with what is unfinished. Raises what prevents it."""
        self._place = await self._stack.enter_async_context(
            open_workplace(self._profile, self.tell, self._env)
        )
        self._place.may_ask = self.accounts.may_ask
        await self.accounts.recall()
        await self.looks.rows_once()
        self.spawn(self.looks.watch_rows())
        self.spawn(self.looks.watch_node())
        self.spawn(self.accounts.ask_everywhere())
        self.spawn(self.looks.watch_due())
        await self.works.take_up_all()
        self.spawn(self.works.watch_elsewhere())
        self.spawn(self.clouds.open())

    async def close(self, *, stop_node: bool) -> None:
        """Stop all work where it stands and let go of the profile; all of it goes on next time."""
        self._closing = True
        self.care.stop()
        self.requests.close()
        works = [*self.works.close(), *self._others]
        for work in works:
            work.cancel()
        if works:
            await asyncio.wait(works, timeout=_STOPS_WITHIN)
        try:
            if stop_node and self._place is not None:
                await self._place.desk.node.stop()
        except (ReelkeyError, OSError) as error:
            log.warning("the node was not stopped: %s", type(error).__name__)
        finally:
            await self._stack.aclose()
            self._place = None

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Something that goes on beside; ended when the profile is closed. A fault of it is logged."""
        if self._closing:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(self._logged(work))
        self._others.add(task)
        task.add_done_callback(self._others.discard)
        task.add_done_callback(lambda _: work.close())  # where it was ended before it began

    async def _logged(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except ReelkeyError as error:
            self.tell(Failed(error))
        except Exception as error:
            log.exception("a fault of ours beside the films")
            self.tell(Failed(Internal(kind=type(error).__name__)))

    def tell(self, event: Event) -> None:
        """Hand an event of the jobs to the window."""
        self.post(Told(event, time.time()))
        if isinstance(event, Failed) and isinstance(event.error, TokenRefused):
            self.looks.ask_due_now()  # which asks who we are: the window learns of it now, not at the end

    # --- films ---------------------------------------------------------------------------------------

    def start(self, rows: Iterable[TaskRow]) -> None:
        """Work on these films from now on; those that are in work already stay as they are."""
        for row in rows:
            self.works.begin(row)

    @property
    def at_work(self) -> int:
        """How many films are in work or wait by themselves."""
        return len(self.works.running)

    async def pause(self, number: int) -> None:
        """Raises NotNow, Busy."""
        async with self._one_at_a_time[number]:
            row = await self.place.desk.journal.get(number)
            try:
                await admin.pause(self.place.desk, self.place.leases, row)
            except Busy:
                if (await self.place.desk.journal.get(number)).run is not Run.PAUSED:
                    raise
        self.looks.look_now()

    async def resume(self, number: int) -> None:
        """Go on with a paused, failed or waiting film. Raises NotNow where it is finished, Busy where another
        Reelkey has it."""
        async with self._one_at_a_time[number]:
            await self._resume(number)
        self.looks.look_now()

    async def _resume(self, number: int) -> None:
        if self.works.has_just_begun(number):
            return  # pressed twice: it goes on already
        row = await self._mine(number)
        if row.run in FINISHED:
            raise NotNow(source_name=row.source_name, reason=N_("it is finished"))
        self.start([await self.place.desk.journal.update(number, run=Run.QUEUED, error=None)])

    async def _mine(self, number: int) -> TaskRow:
        """A film that nobody works on: one of ours that waits (for a library, a seller) is let go of, so that
        it begins its wait anew. Raises Busy."""
        free = await self.works.let_go_of(number)
        row = await self.place.desk.journal.get(number)
        if not free or self.place.leases.held_elsewhere(row.id):
            raise Busy(source_name=row.source_name)
        return row

    async def cancel(self, number: int) -> None:
        """Raises NotNow where it is finished."""
        async with self._one_at_a_time[number]:
            row = await self.place.desk.journal.get(number)
            try:
                await admin.cancel(self.place.desk, self.place.leases, self.place.outbox, row)
            except Busy:  # it is cancelled, and its litter takes long to remove
                if (await self.place.desk.journal.get(number)).run is not Run.CANCELLED:
                    raise
        self.looks.look_now()

    async def forget(self, number: int) -> None:
        """Take a finished film off the list. Raises NotNow."""
        row = await self.place.desk.journal.get(number)
        await admin.forget(self.place.desk, self.place.leases, row)
        self.looks.look_now()

    async def free(self, numbers: Sequence[int]) -> int:
        """Let go of finished films' blocks; bytes freed. Raises NotNow."""
        freed = 0
        for number in numbers:
            row = await self.place.desk.journal.get(number)
            freed += await admin.free(self.place.desk, self.place.leases, row)
        self.looks.look_now()
        return freed

    async def move(self, number: int, folder: Path) -> None:
        """Let a film land elsewhere, or its private block, and go on with it. Raises NotNow where it has its
        place already, TargetUnwritable, Busy."""
        await asyncio.to_thread(check_folder, folder)
        async with self._one_at_a_time[number]:
            row = await self._mine(number)
            place, journal = str(folder.absolute()), self.place.desk.journal
            if row.kind is TaskKind.DOWNLOAD and not row.final_path:
                await journal.update(number, output_dir=place)
            elif row.kind is TaskKind.UPLOAD and not row.private_path:
                await journal.update(number, private_dir=place)
            else:
                if row.run in GOES_ON:  # it was stopped for this alone
                    self.start([row])
                raise NotNow(source_name=row.source_name, reason=N_("it has its place already"))
            await self._resume(number)
        self.looks.look_now()

    async def pause_all(self) -> None:
        """Pause whatever would go on by itself, films that another window has in work too, and exports."""
        await self.clouds.pause_all()
        rows = [row for row in await self.place.desk.journal.all() if row.run in GOES_ON]
        paused = await asyncio.gather(*(self.pause(row.number) for row in rows), return_exceptions=True)
        for row, error in zip(rows, paused, strict=True):
            if isinstance(error, ReelkeyError) and not isinstance(error, NotNow):
                self.tell(Failed(error, row.ref))

    async def resume_all(self) -> None:
        await self.clouds.resume_all()
        for row in await self.place.desk.journal.all():
            if row.run is Run.PAUSED:
                with suppress(ReelkeyError):
                    await self.resume(row.number)

    async def story(self, number: int) -> FilmStory:
        """A film with its history, for details and receipt."""
        journal = self.place.desk.journal
        row = await journal.get(number)
        lines = tuple(HistoryLine(*line) for line in await journal.history(number))
        releases = [
            one
            for one in await journal.all()
            if one.kind is TaskKind.RELEASE and row.source_id is not None and one.source_id == row.source_id
            and one.server == row.server
        ]  # fmt: skip
        refused = tuple(revive(one.error) for one in await journal.unsent(number) if one.error)
        return FilmStory(row, lines, tuple(releases), refused)

    # --- who we are ----------------------------------------------------------------------------------

    def name_of(self, origin: str) -> str:
        """What the settings call this library; "" where they don't know it."""
        return self.accounts.name_of(origin)

    def account_of(self, origin: str) -> str:
        """Whom the sign-in that is kept names, as far as was seen; "" where that is not known."""
        return self.accounts.account_of(origin)

    async def allow_in_clear(self, origin: str) -> None:
        """A person said yes to sending the sign-in there over a way that is not encrypted."""
        await self.accounts.allow_in_clear(origin)

    async def sign_out(self, origin: str) -> None:
        """Forget the sign-in. Raises KeyringLocked."""
        await self.accounts.sign_out(origin)

    # --- settings ------------------------------------------------------------------------------------

    async def set_setting(self, key: str, text: str) -> None:
        """Keep a setting and act by it from now on. Raises SettingRefused."""
        self.place.settings.set(key, text)
        if key == "language":  # reasons are worded here as well
            set_language(text or None)
        self.place.renew_preferences()
        self.place.runner.limit_changed()
        self.post(SettingsChanged((key,)))

    # --- node ----------------------------------------------------------------------------------------

    async def restart_node(self) -> None:
        """Stop the node and start it again; films that stopped for it go on. Raises NodeUnavailable and its
        like."""
        await self.place.desk.node.stop()
        await self.place.desk.forget_node()
        await self.place.desk.rpc()
        self.looks.look_at_node_now()
        for row in await self.place.desk.journal.all():
            if row.run in (Run.QUEUED, Run.FAILED) and isinstance(_error_of(row), NodeError):
                with suppress(ReelkeyError):
                    await self.resume(row.number)

    async def connect_to(self, address: str) -> None:
        """Dial an address that somebody gave. Raises NodeFault with the reason."""
        rpc = await self.place.desk.rpc()
        await rpc.swarm_connect(address.strip(), timeout=20)

    async def paths(self) -> ProfilePaths:
        """Where the profile's files lie."""
        return self.place.paths


def _error_of(row: TaskRow) -> ReelkeyError | None:
    return revive(row.error) if row.error else None
