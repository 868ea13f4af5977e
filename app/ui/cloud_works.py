"""Clouds as the window asks the engine for them: accounts, exports, and a sign-in that asks back. No Qt.

The exports themselves go on in `app.jobs.exports`; here the window's questions are put to them, and what
changed in the journal is told, whoever changed it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.cloud.destination import Entry
from app.cloud.kinds import kinds
from app.domain.errors import Cancelled, NotNow, ReelkeyError, ours
from app.domain.events import Failed
from app.jobs.exports.choose import Which, items_of_paths
from app.jobs.exports.desk import Exports
from app.jobs.exports.report import ExportReport
from app.jobs.places import PRIVATE_ENDING
from app.journal import Run
from app.journal.exports import AccountRow, ExportRow, From, ItemRow, Tally
from app.settings.table import FILM_ENDINGS
from app.ui.cloud_messages import (
    AccountsChanged,
    AccountSeen,
    CloudKind,
    ExportsChanged,
    Pictured,
    SignInAsks,
)

if TYPE_CHECKING:
    from app.ui.engine import Engine

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_ROOM_EVERY = 300.0
# Rows are read again from a little before the newest that was seen: clocks are set back by a little often.
_OVERLAP = 1.0
# A folder's film is looked for among so many of its files.
_PICTURED_AMONG = 50
_PICTURED = (*FILM_ENDINGS.split(), PRIVATE_ENDING)
_GOES_ON = frozenset({Run.QUEUED, Run.ACTIVE, Run.WAITING})


@dataclass(frozen=True, slots=True)
class FilmsWanted:
    """An export to be ordered: files and folders of this computer, and films of the journal by number with
    which of their files is meant."""

    account: int
    folder: str
    paths: tuple[Path, ...] = ()
    films: tuple[tuple[int, Which], ...] = ()
    title: str = ""


class _Asking:
    """What a sign-in asks goes to the window; its answer comes by `CloudWorks.answer`."""

    def __init__(self, works: CloudWorks, number: int) -> None:
        self._works, self._number = works, number
        self.code: asyncio.Future[str] | None = None

    async def open_page(self, address: str) -> None:
        self._works.post(SignInAsks(self._number, page=address))

    async def second_factor(self) -> str:
        self.code = asyncio.get_running_loop().create_future()
        self._works.post(SignInAsks(self._number, code=True))
        return await self.code


class CloudWorks:
    """The engine's part for clouds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.post = engine.post
        self._signing_in: dict[int, tuple[asyncio.Task[AccountRow], _Asking]] = {}
        self._look = asyncio.Event()
        self._accounts: tuple[AccountSeen, ...] | None = None
        self._known: dict[int, ExportRow] = {}
        self._tallies: dict[int, Tally] = {}
        self._seen_until = 0.0
        self._looked_at = 0.0
        self._kinds: dict[str, CloudKind] = {}

    @property
    def _exports(self) -> Exports:
        return self._engine.place.exports

    # --- what is told --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Tell what there is, go on with what is unfinished, and keep telling."""
        await self.look()
        self._engine.spawn(self._watch())
        await self._exports.take_up_all()
        self._engine.spawn(self._watch_rooms())

    async def _watch(self) -> None:
        told: type[Exception] | None = None
        while True:
            self._look.clear()
            try:
                await self.look()
                told = None
            except Exception as error:
                if type(error) is not told:
                    told = type(error)
                    if not isinstance(error, ReelkeyError):
                        log.exception("a look at the exports failed; the next one comes")
                    self._engine.tell(Failed(ours(error)))
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._look.wait()

    async def _watch_rooms(self) -> None:
        """The room at each account, now and then: a film that does not fit is known before it is sent."""
        while True:
            for row in await self._exports.accounts():
                if row.signed_in:
                    await self._ask_room(row.number)
            await asyncio.sleep(_ROOM_EVERY)

    def _came_to_rest(self, row: ExportRow) -> bool:
        """Whether the export was under way when it was last looked at and no longer is."""
        before = self._known.get(row.number)
        return before is not None and before.run in _GOES_ON and row.run not in _GOES_ON

    async def _ask_room(self, number: int) -> None:
        """What was sent takes room: the account's head says so. Trouble is the exports' to tell."""
        with suppress(ReelkeyError):
            await self.room(number)

    async def look(self) -> None:
        """Tell the window of accounts and exports that are other than they were."""
        accounts = tuple(self._seen(row) for row in await self._exports.accounts())
        if accounts != self._accounts:
            self._accounts = accounts
            self.post(AccountsChanged(accounts))
        now, since = time.time(), min(self._seen_until, self._looked_at) - _OVERLAP
        # Rows are found by when they changed. A clock that was set back would hide what changes from now on.
        since, self._looked_at = (0.0 if now < self._looked_at else since), now
        rows = [row for row in await self._exports.since(since) if self._known.get(row.number) != row]
        numbers = {row.number for row in await self._exports.exports()}
        gone = tuple(number for number in self._known if number not in numbers)
        for number in {row.account for row in rows if self._came_to_rest(row)}:
            self._engine.spawn(self._ask_room(number))
        for number in gone:
            del self._known[number]
            self._tallies.pop(number, None)
        self._known.update((row.number, row) for row in rows)
        self._seen_until = max([self._seen_until, *(row.updated for row in rows)])
        tallies = await self._tallies_of(rows)
        if rows or gone or tallies:
            # A gallery's address lets in whoever has it, and the window has no use for it.
            shown = tuple(replace(row, gallery={}) for row in rows)
            self.post(ExportsChanged(shown, tallies, gone))

    async def _tallies_of(self, rows: Sequence[ExportRow]) -> dict[int, Tally]:
        """How exports stand, of those that changed or move."""
        moving = {row.number for row in self._known.values() if row.run in _GOES_ON}
        wanted = sorted(moving | {row.number for row in rows})
        found = await self._exports.tallies(wanted) if wanted else {}
        fresh = {number: one for number, one in found.items() if self._tallies.get(number) != one}
        self._tallies.update(fresh)
        return fresh

    def _seen(self, row: AccountRow) -> AccountSeen:
        kind = self._all_kinds().get(row.kind) or CloudKind(row.kind, row.kind, "cloud", ())
        return AccountSeen(replace(row, credentials_sealed=None), kind)

    def _all_kinds(self) -> dict[str, CloudKind]:
        if not self._kinds:
            self._kinds = {
                one.id: CloudKind(
                    one.id, one.title, one.icon, one.options, one.home, one.abilities.hashes_contents
                )
                for one in kinds().values()
            }
        return self._kinds

    async def kinds(self) -> tuple[CloudKind, ...]:
        """The kinds of cloud that there are, as they are offered."""
        return tuple(self._all_kinds().values())

    # --- accounts ------------------------------------------------------------------------------------

    async def sign_in(
        self, number: int, kind: str, given: Mapping[str, str], again: int | None = None
    ) -> AccountRow:
        """Sign in at a cloud; what it asks comes to the window under `number`, which is the window's own.
        `again`: the account that is to be renewed. Raises what `Exports.sign_in` raises; Cancelled where the
        person gave up."""
        asking = _Asking(self, number)
        work = self._exports.sign_in(kind, given, asking, again=again)
        task = asyncio.get_running_loop().create_task(work)
        self._signing_in[number] = task, asking
        try:
            return await task
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():  # the window closes, and the sign-in goes with it
                raise
            raise Cancelled(source_name="") from None
        finally:
            self._signing_in.pop(number, None)
            self._look.set()

    async def answer(self, number: int, code: str) -> None:
        """The person's six digits for the sign-in of that number."""
        _, asking = self._signing_in.get(number, (None, None))
        if asking is not None and asking.code is not None and not asking.code.done():
            asking.code.set_result(code)

    async def give_up(self, number: int) -> None:
        """The person no longer wants to sign in."""
        task, _ = self._signing_in.get(number, (None, None))
        if task is not None:
            task.cancel()

    async def sign_out(self, number: int) -> None:
        """Raises KeyringLocked."""
        await self._exports.sign_out(number)
        self._look.set()

    async def set_options(self, number: int, given: Mapping[str, str], label: str) -> None:
        """Raises OptionRefused."""
        await self._exports.set_options(number, given)
        await self._exports.set_label(number, label)
        self._look.set()

    async def room(self, number: int) -> None:
        """Ask the cloud for the room now. Raises CloudError."""
        try:
            await self._exports.room(number)
        finally:
            self._look.set()

    async def browse(self, number: int, folder: str) -> list[Entry]:
        """The folders in a folder of the account. Raises CloudError."""
        return [one for one in await self._exports.browse(number, folder) if one.is_folder]

    # --- exports -------------------------------------------------------------------------------------

    async def order(self, wanted: FilmsWanted) -> ExportRow:
        """Journal an export of films and begin it. Raises NothingToSend, NotNow and the like."""
        row = await self._exports.order_films(
            wanted.account, wanted.folder, paths=wanted.paths, films=wanted.films, title=wanted.title
        )
        return self._begin(row)

    async def order_gallery(self, account: int, folder: str, gallery: Mapping[str, str]) -> ExportRow:
        """Journal an export of a gallery and begin it. Raises GalleryRefused."""
        return self._begin(await self._exports.order_gallery(account, folder, gallery))

    async def weigh(self, paths: Sequence[Path]) -> tuple[int, int]:
        """How many files there are to be sent, and their bytes. Raises PathMissing, SourceUnreadable,
        TooMuchAtOnce."""
        items = await asyncio.to_thread(items_of_paths, paths)
        return len(items), sum(item.get("size") or 0 for item in items)

    def _begin(self, row: ExportRow) -> ExportRow:
        self._exports.start(row.number)
        self._look.set()
        return row

    async def pause(self, number: int) -> None:
        """Raises NotNow."""
        await self._exports.pause(number)
        self._look.set()

    async def resume(self, number: int) -> None:
        """Raises NotNow, Busy."""
        await self._exports.resume(number)
        self._look.set()

    async def retry(self, number: int) -> None:
        """Its failed files once more. Raises NotNow, Busy."""
        await self._exports.retry(number)
        self._look.set()

    async def cancel(self, number: int) -> None:
        """Raises NotNow, CloudError."""
        try:
            await self._exports.cancel(number)
        finally:
            self._look.set()

    async def forget(self, number: int) -> None:
        """Take it off the list; one that ended with files missing is given up for them first. Raises NotNow
        where it goes on, CloudError where the cloud couldn't be told (then it stays on the list)."""
        row = await self._engine.place.desk.journal.exports.get(number)
        if row.run is Run.FAILED:
            await self.cancel(number)
        await self._exports.forget(number)
        self._look.set()

    async def pause_all(self) -> None:
        """Pause whatever would go on by itself."""
        for row in await self._exports.exports():
            if row.run in _GOES_ON:
                with suppress(NotNow):
                    await self._exports.pause(row.number)
        self._look.set()

    async def resume_all(self) -> None:
        for row in await self._exports.exports():
            if row.run is Run.PAUSED:
                with suppress(ReelkeyError):
                    await self._exports.resume(row.number)
        self._look.set()

    async def pictured(self, number: int) -> Pictured | None:
        """What stands for an export in a list: its first film, or a film's block; None where it has none."""
        items = await self._engine.place.desk.journal.exports.items(number, limit=_PICTURED_AMONG)
        found = next((item for item in items if _is_of_film(item)), None)
        return Pictured(found.source, found.place, found.size) if found is not None else None

    async def report(self, number: int) -> ExportReport:
        """What became of each file."""
        return await self._exports.report(number)

    async def save_report(self, number: int, file: Path) -> Path:
        """Write the report as a spreadsheet, replacing `file` in one step. Raises TargetUnwritable."""
        report = await self._exports.report(number)
        await asyncio.to_thread(report.save_csv, file, replace=True)
        return file


def _is_of_film(item: ItemRow) -> bool:
    if item.source is From.PHOTO:
        return False
    return item.source is not From.FILE or item.name.casefold().endswith(_PICTURED)
