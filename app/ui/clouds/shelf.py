"""What the window knows of clouds: accounts, exports, how each stands. Fed by the engine's messages alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal

from app.domain.errors import ReelkeyError
from app.domain.events import ExportEnded, ExportEvent, ExportMoved, ExportWaits, ItemEnded
from app.domain.progress import Progress
from app.journal import Run
from app.journal.exports import ExportRow, Tally
from app.ui.cloud_messages import AccountsChanged, AccountSeen, CloudMessage, ExportsChanged, SignInAsks

_STALE_AFTER = 15.0
_SHOWN_AFTER = 5.0


@dataclass(slots=True)
class ExportLive:
    """What is known of an export beyond its row: its last progress, since when (`begun`) and when last
    (`told_at`, seconds since 1970), files that ended; the trouble it waits out, and until when."""

    progress: Progress | None = None
    begun: float = 0.0
    told_at: float = 0.0
    items_done: int = 0
    items: int = 0
    trouble: ReelkeyError | None = None
    again_at: float = 0.0

    def note(self, event: ExportMoved, at: float) -> None:
        """Progress came at `at`."""
        if self.progress is None or self.progress.phase != event.progress.phase:
            self.begun = at
        self.progress, self.told_at = event.progress, at
        self.items_done, self.items = event.items_done, event.items
        self.trouble = None

    def moving(self, now: float) -> Progress | None:
        """The last progress, if it still comes."""
        return self.progress if self.progress is not None and now - self.told_at < _STALE_AFTER else None

    def left(self, now: float) -> float | None:
        """Seconds until all is sent; None in its first seconds and while nothing moves."""
        progress = self.moving(now)
        if progress is None or progress.phase != "send" or now - self.begun < _SHOWN_AFTER:
            return None
        return progress.seconds_left if progress.done < progress.total else None


class CloudShelf(QObject):
    """Accounts and exports by the journal's numbers. Nobody writes to it but `take` and `note`."""

    #: Accounts came, went or are other than before.
    accounts_changed = Signal()
    #: The numbers of exports whose row, tally or progress changed.
    exports_changed = Signal(list)
    #: The numbers of exports that were forgotten.
    exports_gone = Signal(list)
    #: The sign-in of an account (AccountSeen) that was in use is no longer taken by its cloud.
    expired = Signal(object)
    #: A SignInAsks.
    sign_in_asks = Signal(object)
    #: A row as it was (None: new) and as it is, once a change: for notifications.
    moved = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts: dict[int, AccountSeen] = {}
        self._exports: dict[int, ExportRow] = {}
        self._tallies: dict[int, Tally] = {}
        self._live: dict[int, ExportLive] = {}
        self._ids: dict[str, int] = {}
        self._loaded = False

    # --- reading -------------------------------------------------------------------------------------

    @property
    def accounts(self) -> Mapping[int, AccountSeen]:
        return MappingProxyType(self._accounts)

    @property
    def exports(self) -> Mapping[int, ExportRow]:
        return MappingProxyType(self._exports)

    def exports_of(self, account: int) -> list[ExportRow]:
        return [row for row in self._exports.values() if row.account == account]

    def tally(self, number: int) -> Tally:
        return self._tallies.get(number) or Tally()

    def live(self, number: int) -> ExportLive:
        return self._live.get(number) or ExportLive()

    def at_work(self) -> int:
        """How many exports move by themselves now."""
        return sum(row.run in (Run.ACTIVE, Run.QUEUED) and not row.error for row in self._exports.values())

    def rate(self, now: float) -> float:
        """What goes out to clouds, in bytes per second."""
        moving = (live.moving(now) for live in self._live.values())
        return sum(one.rate or 0.0 for one in moving if one is not None and one.phase == "send")

    # --- taking what comes ---------------------------------------------------------------------------

    def take(self, message: CloudMessage, changed: dict[int, None]) -> None:
        """One message; the exports that it changed are added to `changed`."""
        match message:
            case AccountsChanged():
                self._take_accounts(message)
                changed.update(dict.fromkeys(self._exports))
            case ExportsChanged():
                self._take_exports(message, changed)
            case SignInAsks():
                self.sign_in_asks.emit(message)

    def _take_accounts(self, message: AccountsChanged) -> None:
        before, self._accounts = self._accounts, {one.row.number: one for one in message.accounts}
        self.accounts_changed.emit()
        for number, one in self._accounts.items():
            if one.row.expired and number in before and before[number].row.signed_in:
                self.expired.emit(one)

    def _take_exports(self, message: ExportsChanged, changed: dict[int, None]) -> None:
        first, self._loaded = not self._loaded, True
        self._tallies.update(message.tallies)
        changed.update(dict.fromkeys(message.tallies))
        for row in message.rows:
            before = self._exports.get(row.number)
            self._exports[row.number] = row
            self._ids[row.id] = row.number
            changed[row.number] = None
            if before is None or before.run is not row.run:
                live = self._live.setdefault(row.number, ExportLive())
                live.trouble = None
                if row.run is not Run.ACTIVE:
                    live.progress = None
            if not first:
                self.moved.emit(before, row)
        gone = [number for number in message.gone if number in self._exports]
        for number in gone:
            self._ids.pop(self._exports.pop(number).id, None)
            self._tallies.pop(number, None)
            self._live.pop(number, None)
            changed.pop(number, None)
        if gone:
            self.exports_gone.emit(gone)

    def note(self, event: ExportEvent, at: float, changed: dict[int, None]) -> None:
        """An event of an export's, told at `at`."""
        number = self._ids.get(event.export.id)
        if number is None:
            return
        live = self._live.setdefault(number, ExportLive())
        match event:
            case ExportMoved():
                live.note(event, at)
            case ExportWaits():
                live.trouble, live.again_at = event.error, at + event.seconds
            case ItemEnded() | ExportEnded():
                pass
        changed[number] = None

    def tell(self, changed: dict[int, None]) -> None:
        """All of a batch was taken."""
        numbers = [number for number in changed if number in self._exports]
        if numbers:
            self.exports_changed.emit(numbers)
