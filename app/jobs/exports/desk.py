"""Exports as command line and window know them: accounts, what is sent to them, and what goes on.

All calls belong to one event loop. The journal is the truth: what is asked here is journalled first, and an
export that is paused or cancelled may be at work in another process. Every number is the journal's own
(`AccountRow.number`, `ExportRow.number`). Events go to the desk's `emit`: `ExportMoved` (at most four a
second and export), `ItemEnded`, `ExportWaits`, `ExportEnded`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.cloud.destination import Entry
from app.cloud.kind import Asking
from app.domain.errors import ReelkeyError
from app.jobs.exports.report import ExportReport
from app.journal.exports import AccountRow, ExportRow, Tally

#: Which of a film's files is meant: the film itself (opened, or from its own folder), its public block
#: (``NAME.rkpub``, read from the node), its private block.
Which = Literal["film", "public", "private"]


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """How an export came to rest for now: its row and tally, and why it isn't done. `error` None: all of it
    is there, or it was paused by a person (then the row says so). A failed export whose files failed one by
    one has the first file's reason."""

    export: ExportRow
    tally: Tally
    error: ReelkeyError | None = None


class Exports:
    """The façade. Made by bootstrap; closed with the profile."""

    # --- accounts ------------------------------------------------------------------------------------

    async def accounts(self) -> list[AccountRow]:
        """Every account of this profile, signed out ones that still have exports among them."""
        raise NotImplementedError

    async def account(self, text: str) -> AccountRow:
        """The account a person means: its id (``a1``), its own name, its label, or a kind (``drive``) where
        only one is of it. Raises UnknownAccount."""
        raise NotImplementedError

    async def sign_in(
        self, kind: str, given: Mapping[str, str], asking: Asking, *, label: str = ""
    ) -> AccountRow:
        """Sign in at a cloud with what was `given` of its options (texts as typed; the rest are defaults).
        The same account again is renewed: its number stays, and exports of it that waited for the sign-in go
        on where this process runs exports (`resume_waiting`). Raises UnknownCloud, OptionRefused,
        SignInRefused, Cancelled, CloudUnreachable, KeyringLocked."""
        raise NotImplementedError

    async def sign_out(self, number: int) -> AccountRow | None:
        """Forget the sign-in, here and at the cloud as far as it answers. What goes on to it waits. The
        account stays for its exports' sake; None where it had none and is gone. Raises UnknownAccount,
        KeyringLocked."""
        raise NotImplementedError

    async def set_options(self, number: int, given: Mapping[str, str]) -> AccountRow:
        """Change options of `When.ACCOUNT` (others stay); in force at once. Raises OptionRefused,
        UnknownAccount."""
        raise NotImplementedError

    async def set_label(self, number: int, label: str) -> AccountRow:
        """The person's own name for the account; "" takes it away."""
        raise NotImplementedError

    async def room(self, number: int) -> AccountRow:
        """Ask the cloud who is signed in and for the room; the row as it is then. Raises CloudError; where
        the sign-in has expired the row says so afterwards (`signed_in`)."""
        raise NotImplementedError

    async def browse(self, number: int, folder: str = "") -> list[Entry]:
        """What lies in the folder of that path (``A/B``, "" the root), folders first, by name; nothing is
        made. Raises CloudError; CloudRefused where there is no such folder."""
        raise NotImplementedError

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
        `run`. Raises UsageError where there is nothing to send, NotNow for a film that has no such file,
        NameRefused, FileGone's like for a path that can't be read."""
        raise NotImplementedError

    async def order_gallery(self, account: int, folder: str, gallery: Mapping[str, str]) -> ExportRow:
        """Journal an export of a gallery's photos (`gallery`: the fields of its request). The list is fetched
        when the export runs. Raises GalleryRefused."""
        raise NotImplementedError

    # --- running -------------------------------------------------------------------------------------

    @property
    def running(self) -> frozenset[int]:
        """The exports at work in this process, waiting ones (for network, allowance, a film) among them."""
        raise NotImplementedError

    def start(self, number: int) -> None:
        """Work on this export from now on, beside. Nothing happens where it is at work already."""
        raise NotImplementedError

    async def run(self, numbers: Sequence[int]) -> list[ExportOutcome]:
        """Work on these exports until each comes to rest; their outcomes in order. Cancelled, it stops them
        where they stand (queued: the next start goes on). Busy is an outcome where another process has
        one."""
        raise NotImplementedError

    async def take_up_all(self) -> None:
        """Start every export that is unfinished and not held back by a person: at the window's opening."""
        raise NotImplementedError

    async def pause(self, number: int) -> ExportRow:
        """What was sent is kept. Raises NotNow where it is finished, UnknownExport."""
        raise NotImplementedError

    async def resume(self, number: int) -> ExportRow:
        """Go on with a paused, waiting or failed export: queued and started here. Failed files stay failed
        (`retry`). Raises NotNow where it is finished, Busy where another process has it."""
        raise NotImplementedError

    async def retry(self, number: int) -> ExportRow:
        """Its failed files are queued once more, and it is started here. Raises NotNow where none failed,
        Busy."""
        raise NotImplementedError

    async def cancel(self, number: int) -> ExportRow:
        """Stop for good: unfinished uploads are thrown away at the cloud, files that are whole stay there.
        Raises NotNow where it is finished, CloudError where the cloud couldn't be told (the export is
        cancelled all the same)."""
        raise NotImplementedError

    async def forget(self, number: int) -> None:
        """Take a finished export off the list. Raises NotNow where it is not finished."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Stop all that runs here where it stands and let go of connections."""
        raise NotImplementedError

    # --- looking -------------------------------------------------------------------------------------

    async def exports(self, account: int | None = None) -> list[ExportRow]:
        """Exports, newest last; of one account where given."""
        raise NotImplementedError

    async def export(self, text: str) -> ExportRow:
        """The export of that id (``x1``). Raises UnknownExport."""
        raise NotImplementedError

    async def since(self, moment: float) -> list[ExportRow]:
        """Exports that changed at or after `moment` (seconds since 1970), whoever changed them."""
        raise NotImplementedError

    async def tallies(self, numbers: Sequence[int] | None = None) -> dict[int, Tally]:
        """How exports stand, in one look: 10,000 items cost milliseconds."""
        raise NotImplementedError

    async def report(self, number: int) -> ExportReport:
        """What was sent, skipped as identical, failed and why. Raises UnknownExport."""
        raise NotImplementedError
