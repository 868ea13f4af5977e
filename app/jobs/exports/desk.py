"""Exports as command line and window know them: accounts, what is sent to them, and what goes on.

All calls belong to one event loop. The journal is the truth: what is asked here is journalled first, and an
export that is paused or cancelled may be at work in another process. Every number is the journal's own
(`AccountRow.number`, `ExportRow.number`). Events go to the desk's `emit`: `ExportMoved` (at most four a
second and export), `ItemEnded`, `ExportWaits`, `ExportEnded`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.cloud.destination import Entry
from app.cloud.kind import Asking, Kind
from app.cloud.kinds import kind_of
from app.cloud.retrying import Patience
from app.domain.errors import Busy, CloudError, NothingToSend, NotNow, SignInExpired, UnknownExport, revive
from app.domain.words import N_
from app.gallery.request import GalleryRequest
from app.gallery.site import GallerySite
from app.jobs.desk import Desk
from app.jobs.exports.accounts import Accounts
from app.jobs.exports.choose import Which, item_of_film, items_of_paths, title_of
from app.jobs.exports.export import STOPS_ALL
from app.jobs.exports.gallery import sealed
from app.jobs.exports.loose_ends import LooseEnds
from app.jobs.exports.names import folder_parts, joined
from app.jobs.exports.report import ExportReport
from app.jobs.exports.running import ExportOutcome, Running
from app.jobs.leases import Leases
from app.journal.exports import AccountRow, ExportRow, Tally, What
from app.journal.records import Run, Wanted
from app.settings.secrets import Vault

_LABEL = 200
_GOES_ON = (Run.QUEUED, Run.ACTIVE, Run.WAITING, Run.PAUSED)
_LOOK_EVERY = 0.1
_PAUSES_WITHIN, _CANCELS_WITHIN = 20.0, 70.0


class Exports:
    """The façade. Made by bootstrap; closed with the profile. `env` may name stand-ins."""

    def __init__(
        self,
        desk: Desk,
        leases: Leases,
        vault: Vault,
        env: Mapping[str, str],
        *,
        kinds: Callable[[str], Kind] = kind_of,
        patience: Callable[..., Patience] = Patience,
        gallery_site: Callable[[Mapping[str, str], Path], GallerySite] = GallerySite,
    ) -> None:
        self._desk = desk
        self._ledger = desk.journal.exports
        self._leases = leases
        self._env = env
        self._accounts = Accounts(desk, leases, vault, env, kinds=kinds, patience=patience)
        self._running = Running(desk, self._accounts, leases, self._site, patience)
        self._loose_ends = LooseEnds(self._running, self._ledger, leases)
        self._make_site = gallery_site
        self._gallery_site: GallerySite | None = None
        self._takes_up = False

    # --- accounts ------------------------------------------------------------------------------------

    async def accounts(self) -> list[AccountRow]:
        """Every account of this profile, signed out ones that still have exports among them."""
        return await self._ledger.accounts()

    async def account(self, text: str) -> AccountRow:
        """The account a person means: its id (``a1``), its own name, its label, or a kind (``drive``) where
        only one is of it. Raises UnknownAccount."""
        return await self._accounts.find(text)

    async def sign_in(
        self,
        kind: str,
        given: Mapping[str, str],
        asking: Asking,
        *,
        label: str = "",
        again: int | None = None,
    ) -> AccountRow:
        """Sign in at a cloud with what was `given` of its options (texts as typed; what the sign-in wants
        beside them is that of the account `again`). An account that is known is renewed: its number and its
        other options stay, and exports of it that waited for the sign-in go on where this process runs
        exports (`resume_waiting`). Raises
        UnknownCloud, OptionRefused, SignInRefused, Cancelled, CloudUnreachable, KeyringLocked."""
        row = await self._accounts.sign_in(kind, given, asking, label=label, again=again)
        with suppress(CloudError):
            row = await self._accounts.room(row.number)
        if self._takes_up:
            await self._go_on_with(row.number)
            self._loose_ends.begin()
        return row

    async def sign_out(self, number: int) -> AccountRow | None:
        """Forget the sign-in, here and at the cloud as far as it answers. What goes on to it waits. The
        account stays for its exports' sake; None where it had none and is gone. Raises UnknownAccount,
        KeyringLocked."""
        for row in await self._ledger.all(number):
            if row.number in self._running.numbers:
                await self._running.stop(row.number)
                expired = SignInExpired(cloud=await self._accounts.title(number))
                await self._ledger.update(row.number, run=Run.WAITING, error=expired.record())
        return await self._accounts.sign_out(number)

    async def set_options(self, number: int, given: Mapping[str, str]) -> AccountRow:
        """Change options of `When.ACCOUNT` (others stay); in force at once, for what goes on too: where files
        go to another place now (`Effect.PLACE`), those that aren't whole begin anew there. Raises
        OptionRefused, UnknownAccount."""
        return await self._accounts.set_options(number, given)

    async def set_label(self, number: int, label: str) -> AccountRow:
        """The person's own name for the account; "" takes it away."""
        return await self._ledger.update_account(number, label=label.strip()[:_LABEL])

    async def room(self, number: int) -> AccountRow:
        """Ask the cloud who is signed in and for the room; the row as it is then. Raises CloudError; where
        the sign-in has expired the row says so afterwards (`signed_in`)."""
        return await self._accounts.room(number)

    async def browse(self, number: int, folder: str = "") -> list[Entry]:
        """What lies in the folder of that path (``A/B``, "" the root), folders first, by name; nothing is
        made. Raises CloudError; CloudRefused where there is no such folder."""
        return await self._accounts.browse(number, folder)

    # --- ordering ------------------------------------------------------------------------------------

    async def order_films(
        self,
        account: int,
        folder: str,
        *,
        paths: Sequence[Path] = (),
        films: Sequence[tuple[int, Which]] = (),
        title: str = "",
    ) -> ExportRow:
        """Journal an export of files and folders (with all that is in them) and of films of the journal, into
        the folder of that path. A film that isn't opened yet is waited for. Nothing is sent before `start` or
        `run`. Raises NothingToSend where there is nothing to send, NotNow for a film that has no such file,
        NameRefused, FileGone's like for a path that can't be read."""
        items = await asyncio.to_thread(items_of_paths, paths)
        for number, which in films:
            items.append(item_of_film(await self._desk.journal.get(number), which))
        if not items:
            raise NothingToSend
        await self._check_folder(account, folder)
        title = title.strip() or title_of(items, paths)
        return await self._ledger.add(account, What.FILMS, title=title, folder=joined(folder), items=items)

    async def order_gallery(
        self, account: int, folder: str, gallery: Mapping[str, str], *, title: str = ""
    ) -> ExportRow:
        """Journal an export of a gallery's photos (`gallery`: the fields of its request). The list is fetched
        when the export runs. Raises GalleryRefused."""
        request = GalleryRequest.of_fields(gallery)
        await self._check_folder(account, folder)
        return await self._ledger.add(
            account,
            What.GALLERY,
            title=title.strip() or request.gallery_name,
            folder=joined(folder, request.folder),
            gallery=sealed(self._desk, request.to_fields()),
        )

    # --- running -------------------------------------------------------------------------------------

    @property
    def running(self) -> frozenset[int]:
        """The exports at work in this process, waiting ones (for network, allowance, a film) among them."""
        return self._running.numbers

    def start(self, number: int) -> None:
        """Work on this export from now on, beside. Nothing happens where it is at work already."""
        self._running.start(number)

    async def run(self, numbers: Sequence[int]) -> list[ExportOutcome]:
        """Work on these exports until each comes to rest; their outcomes in order. Cancelled, it stops them
        where they stand (queued: the next start goes on). Busy is an outcome where another process has
        one."""
        works = [self._running.start(number) for number in numbers]
        try:
            return list(await asyncio.gather(*works))
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def take_up_all(self) -> None:
        """Start every export that is unfinished and not held back by a person, and see to the loose ends of
        others: at the window's opening."""
        self._takes_up = True
        for row in await self._ledger.all():
            if row.run in (Run.QUEUED, Run.ACTIVE) or (row.run is Run.WAITING and not _needs_a_person(row)):
                self.start(row.number)
        self._loose_ends.begin()

    async def pause(self, number: int) -> ExportRow:
        """What was sent is kept. Raises NotNow where it is finished, UnknownExport."""
        row = await self._unfinished(number)
        with self._leases.take(row.id) as mine:
            if mine:
                return await self._ledger.update(number, run=Run.PAUSED, wanted=Wanted.RUN)
        return await self._ask_who_works(row, Wanted.PAUSE)

    async def resume(self, number: int) -> ExportRow:
        """Go on with a paused, waiting or failed export: queued and started here. Failed files stay failed
        (`retry`). An `untold` one tells its gallery. Raises NotNow where it is finished, Busy where another
        process has it."""
        row = await self._ledger.get(number)
        row = await self._free(number, finished=row.untold)
        if not row.untold:
            row = await self._ledger.update(row.number, run=Run.QUEUED, error=None)
        self.start(number)
        return row

    async def retry(self, number: int) -> ExportRow:
        """Its failed files are queued once more, and it is started here; one that failed as a whole goes on.
        Raises NotNow where none failed, Busy."""
        row = await self._free(number, finished=True)
        again = row.run is not Run.CANCELLED and await self._ledger.again(number, (Run.FAILED,))
        if not again and row.run is not Run.FAILED:
            raise NotNow(source_name=row.title, reason=N_("none of its files failed"))
        row = await self._ledger.update(number, run=Run.QUEUED, error=None, told=False, ended=None)
        self.start(number)
        return row

    async def cancel(self, number: int) -> ExportRow:
        """Stop for good: unfinished uploads are thrown away at the cloud, and folders that were made and are
        empty still; files that are whole stay there. Raises NotNow where it is finished, CloudError where the
        cloud couldn't be told (the export is cancelled all the same; a further call tries that again)."""
        row = await self._ledger.get(number)
        if row.littered:
            row = (await self._running.start(number)).export
        else:
            row = await self._cancelled(await self._unfinished(number))
        if row.run is not Run.CANCELLED:
            raise NotNow(source_name=row.title, reason=N_("it is finished"))
        if row.error is not None:
            raise revive(row.error)
        return row

    async def forget(self, number: int) -> None:
        """Take a finished export off the list. Raises NotNow where it is not finished, CloudUnreachable where
        unfinished uploads of it are still there and the cloud is away, Busy."""
        row = await self._ledger.get(number)
        if not row.finished:
            raise NotNow(source_name=row.title, reason=N_("it is not finished"))
        await self._loose_ends.last_look(row)
        await self._ledger.forget(number)

    async def aclose(self) -> None:
        """Stop all that runs here where it stands and let go of connections."""
        await self._loose_ends.aclose()
        await self._running.aclose()
        await self._accounts.aclose()
        if self._gallery_site is not None:
            await self._gallery_site.aclose()

    # --- looking -------------------------------------------------------------------------------------

    async def exports(self, account: int | None = None) -> list[ExportRow]:
        """Exports, newest last; of one account where given."""
        return await self._ledger.all(account)

    async def unfinished(self) -> list[ExportRow]:
        """Exports that could go on, and those that left something to be done when they ended."""
        loose = {row.number for row in await self._ledger.loose_ends()}
        rows = await self._ledger.all()
        return [row for row in rows if row.run in _GOES_ON or row.number in loose]

    async def export(self, text: str) -> ExportRow:
        """The export of that id (``x1``). Raises UnknownExport."""
        if re.fullmatch(r"[xX][0-9]{1,18}", text) is None:
            raise UnknownExport(export=text)
        return await self._ledger.get(int(text[1:]))

    async def since(self, moment: float) -> list[ExportRow]:
        """Exports that changed at or after `moment` (seconds since 1970), whoever changed them."""
        return await self._ledger.since(moment)

    async def tallies(self, numbers: Sequence[int] | None = None) -> dict[int, Tally]:
        """How exports stand, in one look: 10,000 items cost milliseconds."""
        return await self._ledger.tallies(numbers)

    async def report(self, number: int) -> ExportReport:
        """What was sent, skipped as identical, failed and why. Raises UnknownExport."""
        row = await self._ledger.get(number)
        return ExportReport(
            account=await self._ledger.account(row.account),
            export=row,
            tally=(await self._ledger.tallies([number]))[number],
            items=tuple(await self._ledger.items(number)),
        )

    async def secrets(self) -> list[str | bytes]:
        """What keeps the sign-ins, as far as the keyring tells: a bundle for support is searched for it."""
        return await self._accounts.secrets()

    # --- helpers -------------------------------------------------------------------------------------

    def _site(self) -> GallerySite:
        """One for all galleries: they share the memory that photos may take."""
        if self._gallery_site is None:
            self._gallery_site = self._make_site(self._env, self._desk.work_dir)
        return self._gallery_site

    async def _check_folder(self, account: int, folder: str) -> None:
        """Raises TooMuchAtOnce for a path that no destination takes, UnknownAccount."""
        await self._ledger.account(account)
        folder_parts(folder, _LABEL)

    async def _go_on_with(self, account: int) -> None:
        """Exports that waited for the account's sign-in."""
        for row in await self._ledger.all(account):
            if row.run is Run.WAITING and (row.error or {}).get("code") == SignInExpired.code:
                self.start(row.number)

    async def _cancelled(self, row: ExportRow) -> ExportRow:
        """The row after it was stopped for good, here or by whoever works on it."""
        with self._leases.take(row.id) as mine:
            if mine:
                return await self._running.clean_up(row)
        return await self._ask_who_works(row, Wanted.CANCEL)

    async def _unfinished(self, number: int) -> ExportRow:
        row = await self._ledger.get(number)
        if row.finished:
            raise NotNow(source_name=row.title, reason=N_("it is finished"))
        return row

    async def _free(self, number: int, *, finished: bool = False) -> ExportRow:
        """An export that nobody works on: one of ours is stopped, so that it begins its wait anew. Raises
        Busy."""
        row = await self._ledger.get(number) if finished else await self._unfinished(number)
        await self._running.stop(number)
        if self._leases.held_elsewhere(row.id):
            raise Busy(source_name=row.title)
        return row

    async def _ask_who_works(self, row: ExportRow, wanted: Wanted) -> ExportRow:
        """Write the wish into the journal and wait until whoever works on the export let go of it. Raises
        Busy."""
        await self._ledger.update(row.number, wanted=wanted)
        self._running.poke(row.number)
        within = _CANCELS_WITHIN if wanted is Wanted.CANCEL else _PAUSES_WITHIN
        for _ in range(int(within / _LOOK_EVERY)):
            if not self._leases.held_elsewhere(row.id):
                return await self._ledger.get(row.number)
            await asyncio.sleep(_LOOK_EVERY)
        raise Busy(source_name=row.title)


def _needs_a_person(row: ExportRow) -> bool:
    return row.error is not None and isinstance(revive(row.error), STOPS_ALL)


__all__ = ["ExportOutcome", "Exports", "Which"]
