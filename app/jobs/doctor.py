"""Looking at everything a film needs, before it needs it: server, node, disk, clock, keyring, scheme."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import ReelkeyError
from app.domain.words import N_, tr
from app.jobs.desk import Desk
from app.jobs.preflight import check_server
from app.settings.keystore import NoKeyring
from app.settings.secrets import Vault

_ROOM = 5 * 10**9
_CLOCK_OFF = 300.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: fine (True), not (False), or not to be told (None), and what to do."""

    name: str
    ok: bool | None
    text: str

    @classmethod
    def of(cls, name: str, error: ReelkeyError) -> Check:
        """What an error says of the thing looked at."""
        return cls(name, False, f"{error.title}. {error.message} → {error.hint}")

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "ok": self.ok, "text": self.text}


async def check_library(desk: Desk, server: str | None) -> Check:
    if server is None:
        return Check("server", None, tr(N_("No library is set")))
    try:
        user = await check_server(desk, server)
    except ReelkeyError as error:
        return Check.of("server", error)
    return Check("server", True, user.account if user is not None else server)


async def check_node(desk: Desk) -> Check:
    try:
        info = await desk.node_info()
    except ReelkeyError as error:
        return Check.of("node", error)
    return Check("node", True, f"{info.peer_id}  {info.version}")


def check_disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = tr(N_("{free} GB free at {place}"), free=free // 10**9, place=str(folder))
    return Check("disk", free >= _ROOM, text)


def check_clock(server_time: float | None) -> Check:
    """Against the server's Date header, where there was one (seconds since 1970)."""
    if server_time is None:
        return Check("clock", None, tr(N_("no server to compare with")))
    off = abs(time.time() - server_time)
    if off > _CLOCK_OFF:
        return Check(
            "clock", False, tr(N_("The clock is off by {seconds} s; set it by the network"), seconds=int(off))
        )
    return Check("clock", True, "")


def check_keyring(vault: Vault) -> Check:
    """Whether the sign-in outlives this run. Asks the keyring: up to its time limit, so off the loop."""
    try:
        vault.store.get("doctor")
    except NoKeyring:
        return Check("keyring", None, tr(N_("There is no keyring here: the sign-in lasts until you quit")))
    except ReelkeyError as error:
        return Check.of("keyring", error)
    return Check("keyring", True, "")
