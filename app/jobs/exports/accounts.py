"""Accounts at clouds: signing in and out, where their sign-ins are kept, and the open connection of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from app.cloud.destination import Destination, Entry
from app.cloud.kind import Asking, Credentials, Kind, Surroundings
from app.cloud.kinds import kind_of
from app.cloud.limits import Bandwidth, Pace
from app.cloud.options import When, check_all
from app.cloud.retrying import Patience, SteadyDestination
from app.domain.errors import (
    CloudError,
    CloudRefused,
    CloudUnreachable,
    KeyringLocked,
    SecretDamaged,
    SignInExpired,
    UnknownAccount,
    UnknownCloud,
)
from app.domain.words import N_
from app.jobs.desk import Desk
from app.jobs.exports.folders import Folders, find_folder
from app.jobs.leases import Leases
from app.jobs.runner import Places
from app.journal.exports import AccountRow
from app.settings.secrets import Vault, packed, unpacked

# Shorter ones (a version, a flag) are no secrets, and are found in any text.
_SECRET_AT_LEAST = 8
_SMALL_QUESTION, _LONG_QUESTION = 60.0, 300.0


@dataclass(slots=True)
class Connection:
    """An account that is connected: all exports to it share its patience, its limits and its folders."""

    account: AccountRow
    kind: Kind
    destination: SteadyDestination
    #: The same without waiting and trying again: for what a person looks at and waits for.
    once: Destination
    patience: Patience
    bandwidth: Bandwidth
    places: Places
    folders: Folders

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


class Accounts:
    """The accounts of one profile."""

    def __init__(
        self,
        desk: Desk,
        leases: Leases,
        vault: Vault,
        env: Mapping[str, str],
        *,
        kinds: Callable[[str], Kind] = kind_of,
        patience: Callable[..., Patience] = Patience,
    ) -> None:
        self._desk = desk
        self._ledger = desk.journal.exports
        self._leases = leases
        self._vault = vault
        self._env = env
        self._kinds = kinds
        self._patience = patience
        self._open: dict[int, Connection] = {}
        self._opening = asyncio.Lock()
        self._sign_ins: Counter[int] = Counter()

    # --- signing in and out --------------------------------------------------------------------------

    async def find(self, text: str) -> AccountRow:
        """The account that a person means by `text`. Raises UnknownAccount."""
        rows = await self._ledger.accounts()
        for fits in (
            lambda row: row.id == text,
            lambda row: text.casefold() in (row.name.casefold(), row.label.casefold()),
            lambda row: row.kind == text.casefold(),
        ):
            found = [row for row in rows if fits(row)]
            if len(found) == 1:
                return found[0]
        raise UnknownAccount(account=text)

    async def sign_in(
        self, kind_name: str, given: Mapping[str, str], asking: Asking, *, label: str, again: int | None
    ) -> AccountRow:
        """As `Exports.sign_in`."""
        kind = self._kinds(kind_name)
        if again is not None:
            known = (await self._ledger.account(again)).options
            names = {option.name for option in kind.options}
            given = {**{name: text for name, text in known.items() if name in names}, **given}
        options = check_all(kind.options, given)
        signed_in = await kind.sign_in(options, self._env, asking)
        secret = {option.name for option in kind.options if option.secret}
        kept = {name: text for name, text in options.items() if name not in secret}
        row = await self._ledger.put_account(kind.id, signed_in.account, options=kept)
        if label:
            row = await self._ledger.update_account(row.number, label=label)
        await self._keep(row, signed_in.credentials)
        await self.let_go(row.number)
        self._sign_ins[row.number] += 1
        return await self._ledger.update_account(row.number, signed_in=True, ended_here=False)

    async def sign_out(self, number: int) -> AccountRow | None:
        """As `Exports.sign_out`; the account's exports are at rest by now."""
        row = await self._ledger.account(number)
        kind = self._kinds(row.kind)
        await self.let_go(number)
        credentials = await self._credentials(row)
        if credentials is not None:
            with suppress(CloudError, TimeoutError):
                async with asyncio.timeout(_SMALL_QUESTION):
                    await kind.sign_out(row.options, credentials, self._env)
        await asyncio.to_thread(self._vault.delete_credentials, row.id)
        row = await self._ledger.update_account(
            number, signed_in=False, ended_here=True, credentials_sealed=None
        )
        return None if await self._ledger.remove_account(number) else row

    async def set_options(self, number: int, given: Mapping[str, str]) -> AccountRow:
        """As `Exports.set_options`."""
        row = await self._ledger.account(number)
        kind = self._kinds(row.kind)
        changeable = [one for one in kind.options if one.when is When.ACCOUNT and not one.secret]
        current = {one.name: row.options[one.name] for one in changeable if one.name in row.options}
        checked = check_all(changeable, {**current, **given})
        row = await self._ledger.update_account(number, options={**row.options, **checked})
        if (connection := self._open.get(number)) is not None:
            connection.account = row
            connection.bandwidth.set(connection.number("rate", 0))
            connection.places.look_again()
        return row

    async def _keep(self, row: AccountRow, credentials: Credentials) -> None:
        """In the keyring; sealed in the journal where this computer has none."""
        kept = await asyncio.to_thread(self._vault.set_credentials, row.id, credentials)
        sealed = None if kept else self._desk.seal(packed(credentials).encode(), f"cloud {row.id}")
        await self._ledger.update_account(row.number, credentials_sealed=sealed)

    async def _credentials(self, row: AccountRow) -> dict[str, str] | None:
        if row.credentials_sealed is None:
            return await asyncio.to_thread(self._vault.get_credentials, row.id)
        with suppress(SecretDamaged):
            return unpacked(self._desk.unseal(row.credentials_sealed, f"cloud {row.id}").decode())
        return None

    async def secrets(self) -> list[str | bytes]:
        """As `Exports.secrets`."""
        found: list[str | bytes] = []
        for row in await self._ledger.accounts():
            with suppress(KeyringLocked):
                found += (await self._credentials(row) or {}).values()
        return [secret for secret in found if len(secret) >= _SECRET_AT_LEAST]

    # --- connections ---------------------------------------------------------------------------------

    async def connected(self, number: int) -> Connection:
        """The account's connection, one for all that goes to it. Raises SignInExpired where nobody is signed
        in, UnknownAccount, UnknownCloud, KeyringLocked."""
        async with self._opening:
            if number not in self._open:
                self._open[number] = await self._connect(number)
            return self._open[number]

    async def _connect(self, number: int) -> Connection:
        row = await self._ledger.account(number)
        kind = self._kinds(row.kind)
        credentials = await self._credentials(row) if row.signed_in else None
        if credentials is None:
            await self._ledger.update_account(number, signed_in=False)
            raise SignInExpired(cloud=kind.title)

        async def save(renewed: Credentials) -> None:
            await self._keep(row, renewed)

        pace = Pace(kind.abilities.requests_per_second)
        raw = kind.connect(row.options, credentials, Surroundings(self._env, save, pace))
        patience = self._patience(raw.account)
        steady = SteadyDestination(raw, patience)
        longest = kind.abilities.name_bytes
        folders = Folders(row, steady, self._ledger, self._leases, longest, kind.title)
        places = Places(lambda: connection.files_at_once)
        connection = Connection(row, kind, steady, raw, patience, Bandwidth(0), places, folders)
        connection.bandwidth.set(connection.number("rate", 0))
        return connection

    async def let_go(self, number: int) -> None:
        """Close the account's connection; the next use opens another."""
        async with self._opening:
            if (connection := self._open.pop(number, None)) is not None:
                await connection.destination.aclose()

    def sign_ins(self, number: int) -> int:
        """How often somebody signed in to the account here: what expires may be an earlier one."""
        return self._sign_ins[number]

    async def expired(self, number: int) -> None:
        """The cloud no longer knows the sign-in."""
        await self.let_go(number)
        await self._ledger.update_account(number, signed_in=False)

    async def aclose(self) -> None:
        for number in list(self._open):
            await self.let_go(number)

    async def title(self, number: int) -> str:
        """The name of the account's cloud, for messages."""
        kind = (await self._ledger.account(number)).kind
        try:
            return self._kinds(kind).title
        except UnknownCloud:
            return kind

    # --- questions -----------------------------------------------------------------------------------

    async def room(self, number: int) -> AccountRow:
        """As `Exports.room`."""
        connection = await self.connected(number)
        try:
            async with asyncio.timeout(_SMALL_QUESTION):
                account = await connection.once.account()
        except TimeoutError:
            raise _silent(connection) from None
        except SignInExpired:
            await self.expired(number)
            raise
        return await self._ledger.update_account(number, total=account.total, used=account.used)

    async def browse(self, number: int, folder: str) -> list[Entry]:
        """As `Exports.browse`."""
        connection = await self.connected(number)
        try:
            async with asyncio.timeout(_LONG_QUESTION):
                found = await find_folder(connection.once, folder, connection.kind.abilities.name_bytes)
                if found is None:
                    text = N_("there is no folder {path}")
                    raise CloudRefused(cloud=connection.kind.title, text=text, status=404, path=folder)
                entries = [entry async for entry in connection.once.list(found)]
        except TimeoutError:
            raise _silent(connection) from None
        except SignInExpired:
            await self.expired(number)
            raise
        return sorted(entries, key=lambda entry: (not entry.is_folder, entry.name.casefold(), entry.name))


def _silent(connection: Connection) -> CloudUnreachable:
    return CloudUnreachable(cloud=connection.kind.title, reason=N_("no answer in time"))
