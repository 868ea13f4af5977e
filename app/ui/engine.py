"""The engine as the window knows it: a profile that stays open, films that go on by themselves, and what a
person asks for. No Qt here; all of it runs on the engine's own loop and answers with frozen values.

The command line opens a profile for one command; the window keeps it open. Both work through the same jobs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from app.bootstrap import Workplace, open_workplace
from app.domain.errors import Busy, Internal, ReelkeyError, TokenRefused, revive
from app.domain.events import Event, Failed
from app.domain.status import TaskKind
from app.jobs import admin, choose
from app.jobs.download import download as download_story
from app.jobs.release import release as release_story
from app.jobs.runner import Outcome, Story
from app.jobs.upload import upload as upload_story
from app.journal import Run, TaskRow
from app.settings.paths import ProfilePaths
from app.settings.servers import is_plain_http_beyond_loopback
from app.ui.care import Care
from app.ui.looks import Looks
from app.ui.messages import FilmStory, HistoryLine, Message, ServerSeen, SettingsChanged, Told
from app.ui.requests import Requests

log = logging.getLogger(__name__)

_STORIES: dict[TaskKind, Story] = {
    TaskKind.UPLOAD: upload_story,
    TaskKind.DOWNLOAD: download_story,
    TaskKind.RELEASE: release_story,
}
_STOPS_WITHIN = 20.0


class Engine:
    """One open profile. `post` hands a message to the window; it is called from the engine's thread."""

    def __init__(self, profile: Path | None, env: Mapping[str, str], post: Callable[[Message], None]) -> None:
        self._profile = profile
        self._env = env
        self.post = post
        self._stack = AsyncExitStack()
        self._place: Workplace | None = None
        self._works: dict[int, asyncio.Task[None]] = {}
        self._others: set[asyncio.Task[Any]] = set()
        self._accounts: dict[str, str] = {}
        self.requests = Requests(self)
        self.looks = Looks(self)
        self.care = Care(self)

    @property
    def place(self) -> Workplace:
        """The open profile."""
        assert self._place is not None  # noqa: S101 - nothing is asked before open() is through
        return self._place

    # --- opening and closing -------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the profile, show what it holds, go on with what is unfinished. Raises what prevents it."""
        self._place = await self._stack.enter_async_context(
            open_workplace(self._profile, self._emit, self._env)
        )
        await self.looks.rows_once()
        self.spawn(self.looks.watch_rows())
        self.spawn(self.looks.watch_node())
        self.spawn(self._sign_in_everywhere())
        self.spawn(self.looks.watch_due())
        await self._go_on()

    async def close(self, *, stop_node: bool) -> None:
        """Stop all work where it stands and let go of the profile; all of it goes on next time."""
        self.care.stop()
        works = [*self._works.values(), *self._others]
        for work in works:
            work.cancel()
        if works:
            await asyncio.wait(works, timeout=_STOPS_WITHIN)
        if stop_node and self._place is not None:
            with suppress(ReelkeyError):
                await self._place.desk.node.stop()
        await self._stack.aclose()
        self._place = None

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something that goes on beside; ended when the profile is closed. A fault of it is logged."""
        task = asyncio.get_running_loop().create_task(self._logged(work))
        self._others.add(task)
        task.add_done_callback(self._others.discard)
        return task

    async def _logged(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except ReelkeyError as error:
            self._emit(Failed(error))
        except Exception as error:
            log.exception("a fault of ours beside the films")
            self._emit(Failed(Internal(kind=type(error).__name__)))

    def _emit(self, event: Event) -> None:
        self.post(Told(event, time.time()))

    # --- films ---------------------------------------------------------------------------------------

    async def _go_on(self) -> None:
        found = await choose.choose_unfinished(self.place.desk, [])
        rows = [row for row in found.rows if row.run is not Run.PAUSED]
        work: list[tuple[TaskRow, Story | None]] = [(row, _STORIES[row.kind]) for row in rows]
        for row, story in [*work, *((row, None) for row in found.owing)]:
            if not self.place.leases.held_elsewhere(row.id):
                self._begin(row, story)

    def start(self, rows: Sequence[TaskRow]) -> None:
        """Work on these films from now on; those that are in work already stay as they are."""
        for row in rows:
            self._begin(row, _STORIES[row.kind])

    def _begin(self, row: TaskRow, story: Story | None) -> None:
        if row.number in self._works:
            return
        task = asyncio.get_running_loop().create_task(self._work(row, story))
        self._works[row.number] = task
        task.add_done_callback(lambda _: self._works.pop(row.number, None))

    async def _work(self, row: TaskRow, story: Story | None) -> None:
        if is_plain_http_beyond_loopback(row.server) and row.server not in self.requests.allowed_in_clear:
            return  # its sign-in would cross a network in clear: only after a person's yes
        try:
            outcomes = await self.place.runner.run([(row, story)])
        except Exception as error:
            log.exception("film %s: a fault of ours", row.id)
            self._emit(Failed(Internal(kind=type(error).__name__), row.ref))
            return
        for outcome in outcomes:
            self._ended(outcome)

    def _ended(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, TokenRefused):
            self.post(
                ServerSeen(outcome.task.server, account=self._accounts.get(outcome.task.server, ""),
                           error=outcome.error)
            )  # fmt: skip
        self.looks.look_now()

    @property
    def at_work(self) -> int:
        """How many films are in work or wait by themselves."""
        return len(self._works)

    async def pause(self, number: int) -> None:
        """Raises NotNow, Busy."""
        row = await self.place.desk.journal.get(number)
        await admin.pause(self.place.desk, self.place.leases, row)
        self.looks.look_now()

    async def resume(self, number: int) -> None:
        """Go on with a paused, failed or waiting film. Raises Busy where another Reelkey has it."""
        await self._let_go_of(number)
        row = await self.place.desk.journal.get(number)
        if self.place.leases.held_elsewhere(row.id):
            raise Busy(source_name=row.source_name)
        row = await self.place.desk.journal.update(number, run=Run.QUEUED, error=None)
        self.start([row])
        self.looks.look_now()

    async def _let_go_of(self, number: int) -> None:
        """A film of ours that waits (for a library, a seller) begins its wait anew."""
        work = self._works.get(number)
        if work is not None:
            work.cancel()
            await asyncio.wait([work], timeout=_STOPS_WITHIN)

    async def cancel(self, number: int) -> None:
        """Raises NotNow where it is finished."""
        row = await self.place.desk.journal.get(number)
        await admin.cancel(self.place.desk, self.place.leases, self.place.outbox, row)
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
        """Let a film that is being received land elsewhere, and go on with it. Raises NotNow, Busy."""
        await self._let_go_of(number)
        row = await self.place.desk.journal.get(number)
        if row.kind is TaskKind.DOWNLOAD and not row.final_path:
            await self.place.desk.journal.update(number, output_dir=str(folder.absolute()))
        elif row.kind is TaskKind.UPLOAD and not row.private_path:
            await self.place.desk.journal.update(number, private_dir=str(folder.absolute()))
        await self.resume(number)

    async def pause_all(self) -> None:
        for number in list(self._works):
            with suppress(ReelkeyError):
                await self.pause(number)

    async def resume_all(self) -> None:
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

    async def _sign_in_everywhere(self) -> None:
        """Who is signed in at each library that films or settings name."""
        rows = await self.place.desk.journal.all()
        origins = dict.fromkeys([*self.place.settings.servers().values(), *(row.server for row in rows)])
        for origin in origins:
            if not is_plain_http_beyond_loopback(origin):
                await self.who(origin)

    def name_of(self, origin: str) -> str:
        """What the settings call this library; "" where they don't know it."""
        return next((name for name, known in self.place.settings.servers().items() if known == origin), "")

    def account_of(self, origin: str) -> str:
        """Whom the sign-in that is kept names, as far as was seen; "" where that is not known."""
        return self._accounts.get(origin, "")

    async def who(self, origin: str) -> ServerSeen:
        """Ask the library who we are, and tell the window."""
        name = self.name_of(origin)
        if not await asyncio.to_thread(self.place.token, origin):
            seen = ServerSeen(origin, name)
        else:
            try:
                account = await self.place.who_am_i(origin)
                self._accounts[origin] = account
                seen = ServerSeen(origin, name, account, signed_in=True)
            except ReelkeyError as error:
                seen = ServerSeen(origin, name, self.account_of(origin), error, signed_in=True)
        self.post(seen)
        return seen

    async def signed_in(self, origin: str) -> None:
        """A new sign-in is there: reports that waited for one go out, films that stopped for it go on."""
        self.place.outbox.token_renewed()
        self.spawn(self.who(origin))
        rows = await self.place.desk.journal.all()
        waiting = [row for row in rows if row.server == origin and row.run is Run.QUEUED]
        self.start([row for row in waiting if not self.place.leases.held_elsewhere(row.id)])
        self.looks.ask_due_now()

    async def sign_out(self, origin: str) -> None:
        """Forget the sign-in. Raises KeyringLocked."""
        self.place.forget_token(origin)
        self._accounts.pop(origin, None)
        self.post(ServerSeen(origin, self.name_of(origin)))

    # --- settings ------------------------------------------------------------------------------------

    async def set_setting(self, key: str, text: str) -> None:
        """Keep a setting and act by it from now on. Raises SettingRefused."""
        self.place.settings.set(key, text)
        self.place.renew_preferences()
        self.place.runner.limit_changed()
        self.post(SettingsChanged((key,)))

    # --- node ----------------------------------------------------------------------------------------

    async def restart_node(self) -> None:
        """Stop the node and start it again. Raises NodeUnavailable and its like."""
        await self.place.desk.node.stop()
        await self.place.desk.forget_node()
        await self.place.desk.rpc()
        self.looks.look_now()

    async def connect_to(self, address: str) -> None:
        """Dial an address that somebody gave. Raises NodeFault with the reason."""
        rpc = await self.place.desk.rpc()
        await rpc.swarm_connect(address.strip(), timeout=20)

    async def paths(self) -> ProfilePaths:
        """Where the profile's files lie."""
        return self.place.paths

    async def within(self, work: Awaitable[Any]) -> Any:
        """Await something of another package on the engine's loop."""
        return await work
