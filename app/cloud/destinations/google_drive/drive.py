"""Google Drive as a destination."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from app.cloud.destination import NOTHING, Account, Entry, Outgoing, State, Upload
from app.cloud.destinations.google_drive.answers import FOLDER, is_id, object_of, unclear
from app.cloud.destinations.google_drive.files import Files, account_of, quoted
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.cloud.destinations.google_drive.sending import Kept, Sending
from app.cloud.destinations.google_drive.session_upload import SessionUpload
from app.cloud.destinations.google_drive.small_upload import LARGEST_SMALL, SmallUpload
from app.cloud.kind import Notes
from app.domain.errors import CloudRefused, FolderGone, TooLargeForCloud
from app.domain.words import N_

#: 5 TiB.
LARGEST = 5 * 1024**4


class GoogleDrive:
    """A signed-in account, or a shared drive of it (`Files`)."""

    def __init__(self, files: Files, *, shared: bool, notes: Notes) -> None:
        self._files = files
        self._shared = shared
        #: Ids under which folders were begun to be made, by their keys.
        self._begun = notes

    async def account(self) -> Account:
        api = self._files.api
        query = {"fields": "user(emailAddress),storageQuota(limit,usage)"}
        name, total, used = account_of(
            object_of(await api.ask("GET", f"{api.hosts.drive}/about", query=query))
        )
        # A shared drive's room is its organisation's, which is not told.
        return Account(name) if self._shared else Account(name, total, used)

    async def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        where, empty, missing = self._id(folder), True, set(lately)
        question = f"{quoted(where)} in parents and trashed = false"
        async for entry in self._files.search(question, within=folder):
            empty = False
            missing.discard(entry.id)
            yield entry
        # What lies in the trash has nothing in it either.
        if empty and folder and (await self._files.look(where))[0] is None:
            raise FolderGone(cloud=CLOUD)
        for file_id in missing:  # a search may not show yet what was made a moment ago
            if is_id(file_id) and (late := (await self._files.look(file_id, within=where))[0]) is not None:
                yield late

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        where = self._id(parent)
        question = f"name = {quoted(name)} and {quoted(where)} in parents"
        question += f" and mimeType = {quoted(FOLDER)} and trashed = false"
        # Drive allows twins, and compares names without case; the oldest is everybody's choice.
        found = [
            entry
            async for entry in self._files.search(question, within=parent, order="createdTime")
            if entry.is_folder and entry.name == name
        ]
        if not keep:
            return await self._throw_away([entry for entry in found if entry.key == key])
        if found:
            return next((entry for entry in found if entry.key == key), found[0])
        return await self._make_folder(where, name, key)

    async def _throw_away(self, folders: Sequence[Entry]) -> Entry:
        """Those in which nothing of ours lies: what others put there is not shown to us."""
        left = NOTHING
        for folder in folders:
            question = f"{quoted(folder.id)} in parents and trashed = false"
            if [entry async for entry in self._files.search(question)]:
                left = folder
            else:
                await self._files.trash(folder.id)
        return left

    async def _make_folder(self, parent: str, name: str, key: str) -> Entry:
        """A search may not yet know what was made a moment ago, before a kill or with a lost answer: the id
        does."""
        begun = await self._begun.get(key)
        for file_id in (begun, await self._files.next_id()):
            if not is_id(file_id):
                continue
            await self._begun.put(key, file_id)
            made = await self._files.make_folder(file_id, parent, name, key)
            if made is None:  # it was made before; None again where a person has thrown it away since
                made, _ = await self._files.look(file_id, within=parent)
            if made is not None and made.is_folder:
                return made
        return unclear(N_("Google Drive neither makes a folder nor has it"))

    async def open(self, item: Outgoing, state: State | None) -> Upload:
        if item.size > LARGEST:
            raise TooLargeForCloud(cloud=CLOUD, size=item.size, limit=LARGEST)
        sending = Sending(self._files, item, self._id(item.folder))
        kept = Kept.of(state)
        if kept is not None and kept.size != item.size:
            await sending.remove(kept)  # what was begun is of another file than it is now
            kept = None
        upload = (SmallUpload if item.size <= LARGEST_SMALL else SessionUpload)(sending)
        await upload.begin(kept)
        return upload

    def _id(self, folder: str) -> str:
        if folder and not is_id(folder):
            raise CloudRefused(cloud=CLOUD, text=N_("there is no such folder"), status=404)
        return folder or self._files.root

    async def aclose(self) -> None:
        await self._files.api.aclose()
