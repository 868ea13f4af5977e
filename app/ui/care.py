"""What a person asks for beside films: a look at the node, a check of this computer, libraries by name."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import NotEncrypted, SettingRefused, TargetUnwritable
from app.domain.words import N_, tr
from app.jobs import doctor
from app.jobs.diagnostics import Bundle
from app.jobs.doctor import Check
from app.jobs.history_export import write_history
from app.jobs.preflight import check_folder
from app.jobs.receipt import Receipt, receipt_of
from app.journal import TaskRow
from app.launch import registration
from app.launch.scheme import SchemeState
from app.media.mhl import Manifest, write_manifest
from app.settings.files import write_private
from app.settings.servers import SERVER_NAME
from app.settings.table import SERVER_PREFIX
from app.ui.messages import FilmRead

if TYPE_CHECKING:
    from app.ui.engine import Engine

_TOLD_EVERY = 0.25


class Care:
    """The engine's answers to the pages Node and Settings and to the first start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._manifests: set[threading.Event] = set()

    # --- node ----------------------------------------------------------------------------------------

    async def pinned(self) -> frozenset[str]:
        """The CIDs that the node keeps on purpose: which films it holds. Raises NodeError."""
        rpc = await self._engine.place.desk.rpc()
        return frozenset(await rpc.pin_ls())

    async def look_at_node(self) -> None:
        """Ask the node anew, its reachability too, and tell the window."""
        await self._engine.looks.node_now()

    # --- this computer -------------------------------------------------------------------------------

    async def check(self, name: str) -> Check:
        """One look at this computer: ``node``, ``disk``, ``clock`` or ``keyring``. Never raises for what it
        finds: an error becomes the check's text."""
        place = self._engine.place
        match name:
            case "node":
                return await doctor.check_node(place.desk)
            case "disk":
                return await asyncio.to_thread(doctor.check_disk, place.paths.data_dir)
            case "keyring":
                return await asyncio.to_thread(doctor.check_keyring, place.vault)
            case _:
                return doctor.check_clock(await self._server_time())

    async def _server_time(self) -> float | None:
        """The clock of a library that has answered in this run; None where none has."""
        place = self._engine.place
        for origin in place.settings.servers().values():
            with suppress(NotEncrypted):  # one that waits for a yes was not asked
                told = (await place.api(origin)).server_time
                if told is not None:
                    return told
        return None

    async def link_state(self) -> SchemeState:
        """Who opens our links on this computer. Raises SchemeNotSet."""
        return await asyncio.to_thread(registration.state, self._engine.place.env)

    async def register_link(self) -> SchemeState:
        """Open links with this program from now on; what holds then. Raises SchemeNotSet."""
        return await asyncio.to_thread(registration.register, self._engine.place.env)

    async def unregister_link(self) -> SchemeState:
        """Take that away again; what holds then. Raises SchemeNotSet."""
        return await asyncio.to_thread(registration.unregister, self._engine.place.env)

    async def keep_folder(self, key: str, folder: Path) -> None:
        """Make `folder` where it is not, and keep it as the setting `key`. Raises TargetUnwritable."""
        await asyncio.to_thread(check_folder, folder)
        await self._engine.set_setting(key, str(folder))

    # --- papers --------------------------------------------------------------------------------------

    async def receipt(self, number: int) -> Receipt:
        """The delivery receipt of a film, in the language of now."""
        engine = self._engine
        story = await engine.story(number)
        parts = await engine.place.desk.journal.parts(number)
        return receipt_of(
            story.row,
            story.history,
            story.releases,
            parts.values(),
            library=engine.name_of(story.row.server),
            account=engine.account_of(story.row.server),
        )

    async def write_page(self, target: Path, page: str) -> None:
        """Write a page of HTML, replacing `target` in one step. Raises TargetUnwritable."""
        try:
            await asyncio.to_thread(write_private, target, page.encode())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TargetUnwritable(path=str(target), reason=reason) from None

    async def manifest(self, film: Path) -> Manifest:
        """Record a received film in the ASC MHL history beside it: reads it once, in a thread, and tells the
        window how far it is. Ends when it is cancelled. Raises what `write_manifest` does."""
        cancelled = threading.Event()
        self._manifests.add(cancelled)
        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _TOLD_EVERY or done == total:
                told = time.monotonic()
                self._engine.post(FilmRead(str(film), done, total))

        try:
            return await asyncio.to_thread(write_manifest, film, progress=progress, cancelled=cancelled)
        finally:
            cancelled.set()  # where the wait for the thread was cancelled, the thread ends by this
            self._manifests.discard(cancelled)

    def stop(self) -> None:
        """The profile is closed: no thread reads on."""
        for cancelled in self._manifests:
            cancelled.set()

    async def export_history(self, target: Path, rows: Sequence[TaskRow]) -> None:
        """Write these films as CSV, replacing `target` in one step. Raises TargetUnwritable."""
        names = {origin: name for name, origin in self._engine.place.settings.servers().items()}
        await asyncio.to_thread(write_history, target, rows, libraries=names)

    # --- support -------------------------------------------------------------------------------------

    async def bundle(self, versions: Mapping[str, str]) -> Bundle:
        """The bundle for support, to be looked through before it is given away. Raises Internal."""
        checks = [await self.check(name) for name in ("node", "disk", "keyring", "clock")]
        return await self._engine.place.diagnostics(checks, versions)

    async def write_bundle(self, bundle: Bundle, target: Path) -> None:
        """Write the bundle as a zip. Raises TargetUnwritable."""
        await asyncio.to_thread(bundle.write, target)

    # --- libraries -----------------------------------------------------------------------------------

    async def keep_library(self, name: str, address: str, *, before: str = "") -> None:
        """Keep a library under `name`; `before` is its name until now, "" for a new one. The first
        one becomes the default. Raises SettingRefused."""
        settings = self._engine.place.settings
        known = settings.servers()
        name = name.strip()
        if SERVER_NAME.fullmatch(name) is None:
            reason = tr(N_("names use letters, digits, - and _, up to 40"))
            raise SettingRefused(key=SERVER_PREFIX + name, reason=reason)
        if name != before and name in known:
            raise SettingRefused(key=SERVER_PREFIX + name, reason=N_("another library has that name"))
        await self._engine.set_setting(SERVER_PREFIX + name, address)
        was_default = bool(before) and settings.text("server") == before
        if was_default or not known:
            await self._engine.set_setting("server", name)
        if before and before != name:
            await self._engine.set_setting(SERVER_PREFIX + before, "")

    async def remove_library(self, name: str) -> None:
        """Forget a library's name and address; its sign-in and films stay as they are."""
        settings = self._engine.place.settings
        if settings.text("server") == name:
            await self._engine.set_setting("server", "")
        await self._engine.set_setting(SERVER_PREFIX + name, "")
