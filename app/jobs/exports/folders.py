"""Folders at a destination: found or made once, by one at a time of all that work on the account."""

from __future__ import annotations

import hashlib
import time

from app.cloud.destination import Destination
from app.jobs.exports.names import fold, folder_parts
from app.jobs.leases import Leases
from app.journal.export_ledger import ExportLedger
from app.journal.exports import AccountRow

# For so long a folder is taken for granted though the cloud's own list may not show it yet.
_BELIEVED = 600.0


class Folders:
    """The folders of one account. What was found holds for as long as this object lives (`forget`)."""

    def __init__(
        self,
        account: AccountRow,
        destination: Destination,
        ledger: ExportLedger,
        leases: Leases,
        longest: int,
    ) -> None:
        self._account = account
        self._destination = destination
        self._ledger = ledger
        self._leases = leases
        self._longest = longest
        self._known: dict[str, str] = {"": ""}

    async def id_of(self, path: str) -> str:
        """The id of the folder of that path (``A/B``; "" the root), made where there is none. Raises
        CloudError, UsageError."""
        here, parent = "", ""
        for name in folder_parts(path, self._longest):
            here = f"{here}/{name}" if here else name
            parent = self._known.get(here) or await self._found(here, parent, name)
        return parent

    async def there(self, path: str) -> str | None:
        """The id of the folder of that path where there is one: nothing is made."""
        here = "/".join(folder_parts(path, self._longest))
        return self._known.get(here) or await find_folder(self._destination, path, self._longest)

    async def forget(self) -> None:
        """One of them is gone: all are looked for anew."""
        self._known = {"": ""}
        await self._ledger.forget_folders(self._account.number)

    async def _found(self, path: str, parent: str, name: str) -> str:
        # Two at once would make twins, in this process or in two.
        async with self._leases.alone(f"{self._account.id}.folders"):
            known = self._known.get(path) or await self._ledger.folder(
                self._account.number, path, since=time.time() - _BELIEVED
            )
            if known is None:
                key = hashlib.sha256(f"{parent}\n{name}".encode()).hexdigest()[:40]
                known = (await self._destination.folder(parent, name, f"f{key}")).id
                await self._ledger.keep_folder(self._account.number, path, known)
            self._known[path] = known
            return known


async def find_folder(destination: Destination, path: str, longest: int) -> str | None:
    """The id of the folder of that path, None where there is none: nothing is made. Raises CloudError."""
    parent = ""
    for name in folder_parts(path, longest):
        entries = [entry async for entry in destination.list(parent) if entry.is_folder]
        same = [entry.id for entry in entries if entry.name == name]
        alike = [entry.id for entry in entries if fold(entry.name) == fold(name)]
        if not same and not alike:
            return None
        parent = (same or alike)[0]
    return parent
