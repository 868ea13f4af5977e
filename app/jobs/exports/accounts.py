"""Accounts at clouds: signing in and out, where their sign-ins are kept, and the open connection of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TypeVar, Unpack

from app.cloud.destination import Entry
from app.cloud.kind import Asking, Credentials, Kind, Surroundings
from app.cloud.kinds import kind_of
from app.cloud.limits import Bandwidth, Pace
from app.cloud.options import Effect, When, check_all, effects_of, place_of
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
from app.jobs.exports.connection import Connection
from app.jobs.exports.folders import FolderNotes, Folders, find_folder
from app.jobs.leases import Leases
from app.jobs.runner import Places
from app.journal.exports import AccountChanges, AccountRow, is_same_account
from app.settings.secrets import Vault, packed, unpacked

T = TypeVar("T")

# Shorter ones (a version, a flag) are no secrets, and are found in any text.
_SECRET_AT_LEAST = 8
_SMALL_QUESTION, _LONG_QUESTION = 60.0, 300.0


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
        self._keeping = asyncio.Lock()

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
        before = {} if again is None else (await self._ledger.account(again)).options
        names = {option.name for option in kind.options}
        asked = check_all(kind.options, {**{name: before[name] for name in names & set(before)}, **given})
        signed_in = await kind.sign_in(asked, self._env, asking)
        rows = await self._ledger.accounts()
        known = next((row for row in rows if is_same_account(row, kind.id, signed_in.account)), None)
        row = known or await self._ledger.put_account(
            kind.id, signed_in.account, signed_in=False, ended_here=True
        )
        changes: AccountChanges = {"signed_in": True, "ended_here": False}
        changes["options"] = _options_of(kind, asked, given, row.options)
        if label:
            changes["label"] = label
        try:
            async with self._keeping:
                row = await self._keep(row, signed_in.credentials, **changes)
        except BaseException:
            if known is None:
                await self._ledger.remove_account(row.number)
            raise
        await self.let_go(row.number)
        return row

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
        await self._ledger.update_account(number, options={**row.options, **checked})
        async with self._opening:
            return await self._keep_to_options(number)

    async def look_again(self) -> None:
        """What goes on keeps to the options that another process has set."""
        for row in await self._ledger.accounts():
            connection = self._open.get(row.number)
            if connection is not None and connection.account.options != row.options:
                async with self._opening:
                    await self._keep_to_options(row.number)

    async def _keep_to_options(self, number: int) -> AccountRow:
        """The account; what goes on keeps to its options as they are by now."""
        row = await self._ledger.account(number)
        connection = self._open.get(number)
        if connection is None or connection.account.options == row.options:
            return row
        effects = effects_of(connection.kind.options, connection.account.options, row.options)
        if effects - {Effect.AT_ONCE}:
            await self._drop(number)
        else:
            connection.keep_to(row)
        return row

    async def _keep(
        self, row: AccountRow, credentials: Credentials, **changes: Unpack[AccountChanges]
    ) -> AccountRow:
        """In the keyring; sealed in the journal where this computer has none. The row with `changes`."""
        kept = await asyncio.to_thread(self._vault.set_credentials, row.id, credentials)
        sealed = None if kept else self._desk.seal(packed(credentials).encode(), f"cloud {row.id}")
        changes["credentials_sealed"] = sealed
        return await self._ledger.update_account(row.number, **changes)

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

    @asynccontextmanager
    async def connected(self, number: int) -> AsyncIterator[Connection]:
        """The account's connection, one for all that goes to it, to be used within the block: it stays open
        until the last who uses it has left. Raises SignInExpired where nobody is signed in, UnknownAccount,
        UnknownCloud, KeyringLocked."""
        async with self._opening:
            row = await self._keep_to_options(number)
            connection = self._open.get(number)
            if connection is None or connection.gone.is_set():
                connection = self._open[number] = await self._connect(row)
            connection.users += 1
        try:
            yield connection
        finally:
            connection.users -= 1
            await self._close_unused(connection)

    async def _connect(self, row: AccountRow) -> Connection:
        kind = self._kinds(row.kind)
        credentials = await self._credentials(row) if row.signed_in else None

        async def save(renewed: Credentials) -> None:
            await self._renew(connection, renewed)

        pace = Pace(kind.abilities.requests_per_second)
        try:
            if credentials is None:
                raise SignInExpired(cloud=kind.title)
            raw = kind.connect(
                row.options,
                credentials,
                Surroundings(self._env, save, pace, notes=FolderNotes(row, self._ledger)),
            )
        except SignInExpired:
            await self._ledger.update_account(row.number, signed_in=False)
            raise
        patience = self._patience(raw.account)
        steady = SteadyDestination(raw, patience)
        longest = kind.abilities.name_bytes
        place = place_of(kind.options, row.options)
        folders = Folders(row, steady, self._ledger, self._leases, longest, kind.title, place)
        places = Places(lambda: connection.files_at_once)
        connection = Connection(row, kind, credentials, steady, raw, patience, Bandwidth(0), places, folders)
        connection.keep_to(row)
        return connection

    async def _renew(self, connection: Connection, renewed: Credentials) -> None:
        """Keep what the cloud gave in place of the sign-in that `connection` goes by; another one, made since
        by whomever, is not written over."""
        number = connection.account.number
        async with self._keeping:
            row = await self._ledger.account(number)
            if await self._credentials(row) == connection.credentials:
                await self._keep(row, renewed)
                connection.credentials = dict(renewed)
                return
        connection.gone.set()

    async def let_go(self, number: int) -> None:
        """Use the account's connection no longer: what goes on moves to another, which the next use opens."""
        async with self._opening:
            await self._drop(number)

    async def _drop(self, number: int) -> None:
        if (connection := self._open.get(number)) is not None:
            connection.gone.set()
            await self._close_unused(connection)

    async def _close_unused(self, connection: Connection) -> None:
        """Close a connection that is not to be used any longer, once nobody does."""
        if connection.gone.is_set() and not connection.users:
            if self._open.get(connection.account.number) is connection:
                del self._open[connection.account.number]
            await connection.destination.aclose()

    async def expired(self, connection: Connection) -> bool:
        """The cloud no longer knows the sign-in that `connection` goes by: the account is signed out. True
        where it isn't, because another sign-in was made since."""
        connection.gone.set()
        number = connection.account.number
        async with self._keeping:
            row = await self._ledger.account(number)
            with suppress(KeyringLocked):
                if await self._credentials(row) not in (None, connection.credentials):
                    return True
            await self._ledger.update_account(number, signed_in=False)
        return False

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
        account = await self._asked(number, _SMALL_QUESTION, lambda connection: connection.once.account())
        return await self._ledger.update_account(number, total=account.total, used=account.used)

    async def browse(self, number: int, folder: str) -> list[Entry]:
        """As `Exports.browse`."""

        async def look(connection: Connection) -> list[Entry]:
            found = await find_folder(connection.once, folder, connection.kind.abilities.name_bytes)
            if found is None:
                text = N_("there is no folder {path}")
                raise CloudRefused(cloud=connection.kind.title, text=text, status=404, path=folder)
            return [entry async for entry in connection.once.list(found)]

        entries = await self._asked(number, _LONG_QUESTION, look)
        return sorted(entries, key=lambda entry: (not entry.is_folder, entry.name.casefold(), entry.name))

    async def _asked(self, number: int, seconds: float, question: Callable[[Connection], Awaitable[T]]) -> T:
        """The answer to a person's question, within so many `seconds`."""
        while True:
            async with self.connected(number) as connection:
                try:
                    async with asyncio.timeout(seconds):
                        return await question(connection)
                except TimeoutError:
                    cloud = connection.kind.title
                    raise CloudUnreachable(cloud=cloud, reason=N_("no answer in time")) from None
                except SignInExpired:
                    if not await self.expired(connection):
                        raise


def _options_of(
    kind: Kind, asked: Mapping[str, str], given: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    """The options of an account that was signed in to: what it was signed in with, and of those that can be
    changed what was `given`, else what they are."""
    options = {}
    for option in kind.options:
        if option.when is When.SIGN_IN or option.name in given:
            options[option.name] = asked[option.name]
        else:
            options[option.name] = known.get(option.name, option.default)
    return {option.name: options[option.name] for option in kind.options if not option.secret}
