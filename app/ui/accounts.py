"""Who we are at each library: sign-ins that come, expire and are forgotten; ways that are not encrypted."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from app.api_client import TaskApi
from app.domain.errors import (
    KeyringLocked,
    NotEncrypted,
    NoToken,
    ReelkeyError,
    ServerError,
    SignInNotKept,
    SignInNowhereKept,
    TokenRefused,
)
from app.domain.words import N_
from app.net.hosts import is_plain_http_beyond_loopback
from app.ui.known_accounts import KnownAccounts
from app.ui.messages import Account, ServerSeen

if TYPE_CHECKING:
    from app.ui.engine import Engine

_ANSWER_WITHIN = 15.0


class Accounts:
    """The engine's libraries, by origin. A token is looked up in a thread: a keyring may take its time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names: dict[str, str] = {}
        self._known: KnownAccounts | None = None
        self._seen: dict[str, ServerSeen] = {}
        self._allowed_in_clear: set[str] = set()
        self._told_not_kept: set[str] = set()
        #: How often a sign-in came in this run, by origin.
        self.renewals: Counter[str] = Counter()

    # --- whom we may speak to ------------------------------------------------------------------------

    def may_ask(self, origin: str) -> bool:
        """Whether a sign-in may go there: the way is encrypted, or a person said yes to it in this run."""
        return origin in self._allowed_in_clear or not is_plain_http_beyond_loopback(origin)

    async def allow_in_clear(self, origin: str) -> None:
        """A person said yes to a way that is not encrypted: until the window quits films there go on."""
        self.agree(origin)
        await self.signed_in(origin)

    def agree(self, origin: str) -> None:
        """Note the yes alone; what follows from it comes with the sign-in."""
        self._allowed_in_clear.add(origin)

    async def token(self, origin: str) -> str | None:
        """The sign-in that is kept for a library. Raises KeyringLocked."""
        return await asyncio.to_thread(self._engine.place.token, origin)

    async def known(self) -> list[str]:
        """The origins that settings or films name."""
        place = self._engine.place
        rows = await place.desk.journal.all()
        return list(dict.fromkeys([*place.settings.servers().values(), *(row.server for row in rows)]))

    async def signed_in_at(self) -> list[str]:
        """The libraries that can be asked: there is a sign-in, and it may go there."""
        found = []
        for origin in await self.known():
            try:
                token = await self.token(origin)
            except KeyringLocked:
                continue  # `who` tells of it
            if token and self.may_ask(origin):
                found.append(origin)
        return found

    # --- who is signed in ----------------------------------------------------------------------------

    def name_of(self, origin: str) -> str:
        """What the settings call this library; "" where they don't know it."""
        known = self._engine.place.settings.servers()
        return next((name for name, one in known.items() if one == origin), "")

    def account_of(self, origin: str) -> str:
        """Whom the sign-in that is kept names, as far as was seen; "" where that is not known."""
        return self._names.get(origin) or ("" if self._known is None else self._known[origin])

    async def recall(self) -> None:
        """Read whom the sign-ins named before this start."""
        file = self._engine.place.paths.data_dir / "accounts.json"
        self._known = await asyncio.to_thread(KnownAccounts, file)

    async def _note(self, origin: str, account: str) -> None:
        """The sign-in that is kept names this account; "" where there is none any more."""
        self._names[origin] = account
        if self._known is not None:
            await asyncio.to_thread(self._known.note, origin, account)

    async def ask_everywhere(self) -> None:
        """Who is signed in at each library. One that does not answer keeps no other waiting."""
        await asyncio.gather(*(self.who(origin) for origin in await self.known()))

    async def who(self, origin: str) -> ServerSeen:
        """Ask the library who we are, and tell the window. Never raises what a library or a keyring does."""
        seen = await self._ask(origin)
        self._tell(seen)
        return seen

    async def _ask(self, origin: str) -> ServerSeen:
        while True:
            name = self.name_of(origin)
            try:
                token = await self.token(origin)
                seen = await self._ask_with(origin, token)
                if await self.token(origin) == token:
                    return seen
            except ReelkeyError as error:
                return ServerSeen(origin, name, self.account_of(origin), error, signed_in=True)
            # Another sign-in, or none, since we asked: this answer is about one that does not count any more.

    async def _ask_with(self, origin: str, token: str | None) -> ServerSeen:
        name = self.name_of(origin)
        if not token:
            return ServerSeen(origin, name)
        try:
            account = await self._engine.place.who_am_i(origin)
        except ReelkeyError as error:
            return ServerSeen(origin, name, self.account_of(origin), error, signed_in=True)
        await self._note(origin, account)
        return ServerSeen(origin, name, account, signed_in=True)

    def _tell(self, seen: ServerSeen) -> None:
        self._seen[seen.origin] = seen
        self._engine.post(seen)

    async def behind(self, origin: str, token: str | None) -> Account:
        """Whom `token` names there, beside the sign-in kept so far; None: that one itself. Where the way is
        not encrypted nobody is asked before the yes. Never raises what a library or a keyring does."""
        try:
            kept = await self.token(origin)
        except ReelkeyError as error:
            kept = None
            if token is None:
                return Account(error=error)
        token = token or kept
        if not token:
            return Account(change="none", error=NoToken(server=origin))
        change = "same" if token == kept else "first" if kept is None else "renewed"
        before = self.account_of(origin)
        if not self.may_ask(origin):
            return Account(before=before, error=NotEncrypted(server=origin), change=change)
        if kept is not None and change == "renewed" and not before:
            with suppress(ReelkeyError):
                before = await self._named_by(origin, kept)
        try:
            name = await self._named_by(origin, token)
        except ReelkeyError as error:
            return Account(before=before, error=error, change=change)
        # Four characters of a sign-in are no name: each new one has others.
        if before and before != name and not before.startswith("…") and not name.startswith("…"):
            change = "other"
        elif before and change == "first":  # no keyring kept the sign-in, the name was kept
            change = "renewed"
        return Account(name, change, before)

    async def _named_by(self, origin: str, token: str) -> str:
        """Ask with this very token, which is not kept by it."""
        settings = self._engine.place.settings
        async with TaskApi(
            origin,
            lambda: token,
            headers=settings.items("token_headers"),
            user_path=settings.text("user_path"),
            total=_ANSWER_WITHIN,
        ) as api:
            user = await api.who()
        return user.account if user is not None and user.account else "…" + token[-4:]

    async def heard(self, origin: str, error: ReelkeyError | None) -> bool:
        """A library answered (None) or did not; whether that is news. What its silence stopped goes on."""
        before = self._seen.get(origin)
        trouble = before.error if before is not None else None
        if error is not None:
            if type(trouble) is type(error):
                return False
            self._tell(
                ServerSeen(origin, self.name_of(origin), self.account_of(origin), error, signed_in=True)
            )
            return True
        if trouble is not None:
            await self.who(origin)
        await self._engine.works.take_up((ServerError, KeyringLocked), origin, besides=(TokenRefused,))
        await self._engine.works.deliver_owed(origin)
        return trouble is not None

    # --- keeping a sign-in ---------------------------------------------------------------------------

    async def keep(self, origin: str, token: str) -> ReelkeyError | None:
        """Keep a sign-in. Why it lasts only until this process ends; None where it is kept, where no keyring
        is wanted, and where it was told before."""
        use = asyncio.to_thread(self._engine.place.keep_token, origin, token)
        not_kept: ReelkeyError
        try:
            if await use or self._engine.place.settings.text("keyring") == "none":
                self._told_not_kept.discard(origin)
                return None
            not_kept = SignInNowhereKept(reason=N_("there is none in this session"))
        except KeyringLocked as error:
            not_kept = SignInNotKept(**error.facts)
        if origin in self._told_not_kept:
            return None
        self._told_not_kept.add(origin)
        return not_kept

    async def keep_again(self, origin: str) -> ReelkeyError | None:
        """Keep the sign-in that is used now. Why it can't be; None where it is kept. Raises KeyringLocked."""
        self._told_not_kept.discard(origin)
        token = await self.token(origin)
        return None if token is None else await self.keep(origin, token)

    # --- coming and going ----------------------------------------------------------------------------

    async def signed_in(self, origin: str) -> None:
        """A new sign-in is there: reports that waited for one go out, films that stopped for it go on."""
        self.renewals[origin] += 1
        engine = self._engine
        engine.place.outbox.token_renewed()
        engine.spawn(self.who(origin))
        await engine.works.go_on(origin)
        engine.spawn(self.announce_anew(origin))
        engine.looks.ask_due_now()

    async def sign_out(self, origin: str) -> None:
        """Forget the sign-in. Raises KeyringLocked."""
        await asyncio.to_thread(self._engine.place.forget_token, origin)
        await self._note(origin, "")
        self._tell(ServerSeen(origin, self.name_of(origin)))
        self._engine.looks.forget_due(origin)

    async def announce_anew(self, origin: str | None = None) -> None:
        """Tell libraries (None: all that can be asked) the node's address, where they know another."""
        asked = await self.signed_in_at()
        for one in asked if origin is None else [one for one in asked if one == origin]:
            await self._engine.place.announce_anew(one)
