"""The open connection of an account at a cloud."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.cloud.destination import Destination
from app.cloud.kind import Credentials, Kind
from app.cloud.limits import Bandwidth
from app.cloud.options import place_of
from app.cloud.retrying import Patience, SteadyDestination
from app.jobs.exports.folders import Folders
from app.jobs.runner import Places
from app.journal.exports import AccountRow


@dataclass(slots=True)
class Connection:
    """An account that is connected: all exports to it share its patience, its limits and its folders."""

    account: AccountRow
    kind: Kind
    #: What it was connected with, or has renewed since.
    credentials: Credentials = field(repr=False)
    destination: SteadyDestination
    #: The same without waiting and trying again: for what a person looks at and waits for.
    once: Destination
    patience: Patience
    bandwidth: Bandwidth
    places: Places
    folders: Folders
    #: Set where it is not to be used any longer: what goes on moves to the account's next connection.
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    users: int = 0
    _shares: set[Places] = field(default_factory=set, init=False, repr=False)

    @property
    def place(self) -> str:
        """Where its files go."""
        return place_of(self.kind.options, self.account.options)

    @contextmanager
    def share(self) -> Iterator[Places]:
        """For the block, places of one export: as many as the account has at any moment."""
        share = Places(lambda: self.files_at_once)
        self._shares.add(share)
        try:
            yield share
        finally:
            self._shares.discard(share)

    def keep_to(self, account: AccountRow) -> None:
        """From now on the engine keeps to these options of the account."""
        self.account = account
        self.bandwidth.set(self.number("rate", 0))
        for places in (self.places, *self._shares):
            places.look_again()

    def number(self, option: str, default: int) -> int:
        """An option of the account that is a number."""
        text = self.account.options.get(option, "")
        return int(text) if text.isdecimal() else default

    @property
    def files_at_once(self) -> int:
        return max(1, self.number("files-at-once", self.kind.abilities.files_at_once))

    @property
    def pieces_at_once(self) -> int:
        return max(1, self.number("pieces-at-once", self.kind.abilities.pieces_at_once))
