"""Folders at a destination: found or made once, by one at a time of all that work on the account, and thrown
away again where an export that is cancelled leaves them empty."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from app.cloud.destination import Destination
from app.domain.errors import FolderGone
from app.jobs.exports.names import fold, folder_parts, joined
from app.jobs.leases import Leases
from app.journal.export_ledger import ExportLedger
from app.journal.exports import AccountRow, ExportRow

#: For so long it is known what was put or made there though the cloud's own list may not show it yet.
BELIEVED = 600.0
_TRIES = 3


class Folders:
    """The folders of one account at one place (`place_of`). What was found holds until it is found to be gone
    (`forget`)."""

    def __init__(
        self,
        account: AccountRow,
        destination: Destination,
        ledger: ExportLedger,
        leases: Leases,
        longest: int,
        title: str,
        place: str,
    ) -> None:
        self._account = account
        self._destination = destination
        self._ledger = ledger
        self._leases = leases
        self._longest = longest
        self._title = title
        self._place = place
        self._known: dict[str, str] = {"": ""}

    async def id_of(self, path: str, maker: str) -> str:
        """The id of the folder of that path (``A/B``; "" the root), made where there is none: in the name of
        `maker`, an export. Raises CloudError, TooMuchAtOnce."""
        for _ in range(_TRIES):
            here, parent = "", ""
            try:
                for name in folder_parts(path, self._longest):
                    here = f"{here}/{name}" if here else name
                    parent = self._known.get(here) or await self._found(here, parent, name, maker)
            except FolderGone:  # the one above it, which was remembered
                await self.forget(parent)
            else:
                return parent
        raise FolderGone(cloud=self._title)

    async def there(self, path: str) -> str | None:
        """The id of the folder of that path where there is one: nothing is made."""
        here = "/".join(folder_parts(path, self._longest))
        return self._known.get(here) or await find_folder(self._destination, path, self._longest)

    async def forget(self, gone: str) -> None:
        """The folder of that id is gone, and what lay in it perhaps: all are looked for anew. Nothing where
        somebody has found that out before."""
        if gone in self._known.values():
            self._known = {"": ""}
            await self._ledger.forget_folders(self._account.number)

    async def throw_away(self, paths: Iterable[str], maker: str, destination: Destination) -> None:
        """Those of `paths` that `maker` made and that are empty, the deepest first. Raises CloudError."""
        made = {path: "/".join(folder_parts(path, self._longest)) for path in paths}
        for here in sorted(set(made.values()), key=lambda path: (-path.count("/"), path)):
            above, _, name = here.rpartition("/")
            folder, parent = [await self._remembered(path) for path in (here, above)]
            if not name or folder is None or parent is None:
                continue
            async with self._leases.alone(f"{self._account.id}.folders"):
                try:
                    await destination.folder(parent, name, _key(maker, parent, name), keep=False)
                except FolderGone:
                    continue
        # Another export that is cancelled after this one must find those it made itself.
        self._known = {"": ""}
        await self._ledger.doubt_folders(self._account.number)

    async def _remembered(self, path: str) -> str | None:
        if not path:
            return ""  # the root
        return self._known.get(path) or await self._ledger.folder(
            self._account.number, self._kept_as(path), since=0
        )

    async def _found(self, path: str, parent: str, name: str, maker: str) -> str:
        # Two at once would make twins, in this process or in two.
        async with self._leases.alone(f"{self._account.id}.folders"):
            known = self._known.get(path) or await self._ledger.folder(
                self._account.number, self._kept_as(path), since=time.time() - BELIEVED
            )
            if known is None:
                known = (await self._destination.folder(parent, name, _key(maker, parent, name))).id
                await self._ledger.keep_folder(self._account.number, self._kept_as(path), known)
            self._known[path] = known
            return known

    def _kept_as(self, path: str) -> str:
        """What the journal remembers a folder by: the same path at another place is another folder."""
        return f"{self._place}\n{path}" if self._place else path


class FolderNotes:
    """What a destination notes (`app.cloud.kind.Notes`): of folders that are being made, beside those that
    are."""

    def __init__(self, account: AccountRow, ledger: ExportLedger) -> None:
        self._account = account
        self._ledger = ledger

    async def get(self, name: str) -> str:
        return await self._ledger.folder(self._account.number, _noted_as(name), since=0) or ""

    async def put(self, name: str, text: str) -> None:
        await self._ledger.keep_folder(self._account.number, _noted_as(name), text)


def _noted_as(name: str) -> str:
    """No path is like it."""
    return f"/{name}"


async def empty_folders(ledger: ExportLedger, export: ExportRow) -> set[str]:
    """The paths of folders that an export may have made and in which it has left nothing; none that an export
    of the same account that isn't finished may be about to use."""
    subpaths = await ledger.subpaths(export.number) or {"": False}
    below = {joined(export.folder, subpath): done for subpath, done in subpaths.items()}
    paths = {path for folder in below for path in _with_those_above(folder)}
    filled = {path for folder, done in below.items() if done for path in _with_those_above(folder)}
    others = [
        other.folder
        for other in await ledger.all(export.account)
        if other.number != export.number and not other.finished
    ]
    return {path for path in paths - filled if not any(_may_meet(path, other) for other in others)}


def _with_those_above(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _may_meet(path: str, other: str) -> bool:
    """Whether an export into the folder `other`, or folders below it, may go into `path` or below it."""
    return not other or f"{path}/".startswith(f"{other}/") or f"{other}/".startswith(f"{path}/")


def _key(maker: str, parent: str, name: str) -> str:
    """Our own name for a folder: it tells whose it is, and is the same at every try."""
    return "f" + hashlib.sha256(f"{maker}\n{parent}\n{name}".encode()).hexdigest()[:40]


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
