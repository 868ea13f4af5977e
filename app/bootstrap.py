"""The one place where objects are wired together: a profile, open and ready to work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.api_client import TaskApi
from app.domain.errors import NodeError, NotEncrypted, ReelkeyError, UsageError
from app.domain.events import EventSink
from app.ipfs.binary import Kubo, find_kubo
from app.ipfs.node import ExternalNode, ManagedNode, NodeSettings
from app.jobs import admin
from app.jobs.desk import Desk, Node, Preferences
from app.jobs.diagnostics import Bundle, collect
from app.jobs.doctor import Check
from app.jobs.exports.desk import Exports
from app.jobs.leases import Leases
from app.jobs.litter import clean_up, collect_owed
from app.jobs.outbox import Outbox
from app.jobs.preflight import check_server
from app.jobs.runner import Runner
from app.journal import Journal
from app.net.hosts import is_plain_http_beyond_loopback
from app.settings.paths import ProfilePaths
from app.settings.secrets import Sealer, Vault, profile_key
from app.settings.settings import Settings

_LOG_BYTES = 2_000_000


@dataclass(slots=True)
class Workplace:
    """A profile, open: everything that a face of Reelkey works with."""

    paths: ProfilePaths
    settings: Settings
    vault: Vault
    desk: Desk
    leases: Leases
    outbox: Outbox
    runner: Runner
    exports: Exports
    env: Mapping[str, str]
    given_token: str | None = None
    #: Whether a sign-in may be sent to this server (its origin) at all.
    may_ask: Callable[[str], bool] = lambda _server: True
    _apis: dict[str, TaskApi] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _given_for: str | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    # --- who we are ----------------------------------------------------------------------------------

    def token(self, server: str) -> str | None:
        """The token for `server`: of a link just opened, the environment, stdin, else the keyring.

        Environment and stdin don't say whose token they hold: it is shown to the server that the command is
        for (`token_is_for`) and to no other.
        """
        if server not in self._tokens:
            given = (self.env.get("REELKEY_TOKEN") or self.given_token) if server == self._given_for else None
            found = given or self.vault.get_token(server)
            if not found:
                return None
            self._tokens[server] = found
        return self._tokens[server]

    def token_is_for(self, server: str | None) -> None:
        """The server that a token from environment or stdin belongs to."""
        self._given_for = server

    def use_token(self, server: str, token: str) -> None:
        """Use a link's token from now on, in memory."""
        self._tokens[server] = token

    def replaces_token(self, server: str, token: str) -> bool:
        """Whether the keyring holds another token for `server`."""
        kept = self.vault.get_token(server)
        return kept is not None and kept != token

    def keep_token(self, server: str, token: str) -> bool:
        """Keep a link's token in the keyring; False where there is none: it lasts as long as this process.
        Raises KeyringLocked where there is one that did not take it: so it does then."""
        self.use_token(server, token)
        return self.vault.set_token(server, token)

    def forget_token(self, server: str) -> None:
        """Forget the sign-in at `server`, here and in the keyring. Raises KeyringLocked."""
        self._tokens.pop(server, None)
        self.vault.delete_token(server)

    def renew_preferences(self) -> None:
        """The settings were changed: what begins from now on goes by them."""
        self.desk.preferences = _preferences(self.settings)

    async def who_am_i(self, server: str) -> str:
        """The account's name; where the server does not say, the token's last four characters."""
        user = await check_server(self.desk, server)
        return user.account if user is not None and user.account else "…" + (self.token(server) or "")[-4:]

    # --- places --------------------------------------------------------------------------------------

    def folder(self, key: str) -> Path:
        """A folder of the settings. Raises UsageError where it is not set."""
        text = self.settings.text(key)
        if not text:
            raise UsageError(reason=f"reelkey settings set {key} …")
        return Path(text).expanduser().absolute()

    def private_folders(self) -> list[Path]:
        """Where private blocks are looked for."""
        folders = [Path(text).expanduser().absolute() for text in self.settings.items("private_folders")]
        return folders or [self.folder("private_dir")]

    # --- the node and the servers --------------------------------------------------------------------

    async def api(self, server: str) -> TaskApi:
        """The API of `server`, one client for as long as the profile is open. Raises NotEncrypted where a
        person has to say yes to the way there first (`may_ask`)."""
        if not self.may_ask(server):
            raise NotEncrypted(server=server)
        async with self._opening:
            if server not in self._apis:
                api = TaskApi(
                    server,
                    lambda: self.token(server),
                    headers=self.settings.items("token_headers"),
                    user_path=self.settings.text("user_path"),
                )
                self._apis[server] = await api.__aenter__()
            return self._apis[server]

    async def close_apis(self) -> None:
        for api in self._apis.values():
            await api.aclose()

    async def find_kubo(self) -> Kubo:
        """The Kubo program that this profile's node uses."""
        kubo = self.settings.text("node.kubo")
        return await find_kubo(kubo, self.env, self.paths.cache_dir)

    async def diagnostics(self, checks: Sequence[Check], versions: Mapping[str, str] | None = None) -> Bundle:
        """The bundle for support, to be shown before it is written. `versions` are of programs known to the
        caller alone. Raises Internal where a secret would be in it."""
        rows = await self.desk.journal.all()
        origins = {*self.settings.servers().values(), *(row.server for row in rows)}
        secrets = await asyncio.to_thread(self._secrets, origins)
        secrets += await self.exports.secrets()
        known = dict(versions or {})
        with suppress(ReelkeyError):
            info = await self.desk.node.status()
            known["node"] = info.version if info is not None else ""
        return await collect(
            self.desk,
            self.paths,
            self.settings,
            checks=checks,
            secrets=secrets,
            versions=known,
            env=self.env,
        )

    def _secrets(self, origins: Iterable[str]) -> list[str | bytes]:
        """The sign-ins and the profile's key, as far as the keyring tells them."""
        found: list[str | bytes] = [*self._tokens.values(), self.given_token or ""]
        found.append(self.env.get("REELKEY_TOKEN", ""))
        for origin in origins:
            with suppress(ReelkeyError):
                found.append(self.vault.get_token(origin) or "")
        with suppress(ReelkeyError):
            found.append(profile_key(self.paths, self.vault))
        return [secret for secret in found if secret]

    async def collect_owed(self) -> bool:
        """Free the room of blocks that were let go of, unless films are in work: then it is left to whoever
        comes next. Whether nothing is owed any more."""
        with suppress(NodeError):
            return await collect_owed(self.desk)
        return False

    async def announce_anew(self, server: str | None) -> None:
        """Tell servers the node's new address for films that were sent.

        All of them where `server` is None, but for those that a token would reach in clear.
        """
        rows = await self.desk.journal.all()
        safe = {one for one in {row.server for row in rows} if not is_plain_http_beyond_loopback(one)}
        told = {one for one in (safe if server is None else {server}) if self.token(one)}
        mine = [row for row in rows if row.server in told]
        await admin.announce_anew(self.desk, self.outbox, self.leases, mine)


@asynccontextmanager
async def open_workplace(
    root: Path | None, emit: EventSink, env: Mapping[str, str], token: str | None = None
) -> AsyncIterator[Workplace]:
    """Open the profile at `root` (None: the user's own). Raises JournalNewer, KeyringLocked and the like."""
    paths = ProfilePaths.of(root, env).ensure()
    _log_to(paths.logs_dir)
    settings = Settings(paths.settings_file, env)
    # A keyring may ask a person first: the loop goes on meanwhile.
    vault = await asyncio.to_thread(Vault.of, paths, use_keyring=settings.text("keyring") != "none")
    key = await asyncio.to_thread(profile_key, paths, vault)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal(paths.journal_file))
        desk = Desk(
            journal=journal,
            node=_node(settings, paths, env),
            sealer=Sealer(key),
            open_api=lambda server: place.api(server),  # noqa: PLW0108 - place comes later
            emit=emit,
            preferences=_preferences(settings),
            leases_dir=paths.leases_dir,
            work_dir=paths.work_dir,
            repo_dir=paths.node_dir,
        )
        stack.push_async_callback(desk.aclose)
        leases, outbox = Leases(paths.leases_dir), Outbox(desk)
        runner = Runner(desk, outbox, leases, clean_up)
        exports = Exports(desk, leases, vault, env)
        stack.push_async_callback(exports.aclose)
        place = Workplace(paths, settings, vault, desk, leases, outbox, runner, exports, env, token)
        stack.push_async_callback(place.close_apis)
        yield place


def _node(settings: Settings, paths: ProfilePaths, env: Mapping[str, str]) -> Node:
    if settings.text("node.api"):
        return ExternalNode(settings.text("node.api"))

    async def finder() -> Kubo:
        return await find_kubo(settings.text("node.kubo"), env, paths.cache_dir)

    swarm_key = settings.text("node.swarm_key")
    return ManagedNode(
        paths.data_dir,
        finder,
        listen=list(settings.items("node.listen")) or None,
        settings=NodeSettings(
            swarm_key=Path(swarm_key).expanduser() if swarm_key else None,
            static_relays=settings.items("node.relays"),
            routing=settings.text("node.routing"),
            mdns=settings.flag("node.mdns"),
        ),
    )


def _preferences(settings: Settings) -> Preferences:
    return Preferences(
        films=settings.items("films"),
        films_at_once=settings.number("films_at_once"),
        parts_at_once=settings.number("parts_at_once"),
        hold_back=settings.number("hold_back"),
        announce=settings.text("node.announce"),
        announce_form=settings.text("node.announce_form"),
        stall_seconds=settings.seconds("node.stall_seconds") or 120.0,
        patience=settings.seconds("patience"),
        preflight_patience=settings.seconds("preflight_patience") or 0.0,
        poll_first=settings.seconds("poll.first") or 2.0,
        poll_max=settings.seconds("poll.max") or 60.0,
    )


def _log_to(folder: Path) -> None:
    """The profile's log, bounded. Nothing secret is ever logged; names and errors are."""
    root = logging.getLogger("app")
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    handler = RotatingFileHandler(
        folder / "reelkey.log", maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
