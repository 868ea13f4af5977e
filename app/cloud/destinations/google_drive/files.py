"""Files and folders of a Drive: looked up, made, thrown away; ids fetched beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from app.cloud.destination import Entry
from app.cloud.destinations.google_drive.answers import (
    FIELDS,
    FOLDER,
    KEY,
    bytes_of,
    file_of,
    is_id,
    object_of,
    refuse,
    unclear,
)
from app.cloud.destinations.google_drive.api import Api
from app.cloud.destinations.google_drive.hosts import CLOUD
from app.domain.errors import FolderGone
from app.domain.words import N_

# One request for the ids of so many files; unused ones cost nothing.
_IDS_AT_ONCE = 200
_A_PAGE = 1000
_PAGE_LIMIT = 8 * 1024 * 1024
_MOST_PAGES = 10_000


class Files:
    """The files that Reelkey made in My Drive, or with `shared_drive` (its id) in that drive."""

    def __init__(self, api: Api, shared_drive: str = "") -> None:
        self.api = api
        self._shared = shared_drive
        self._ids: list[str] = []
        self._one = asyncio.Lock()

    @property
    def root(self) -> str:
        """The id of the drive's own folder."""
        return self._shared or "root"

    async def next_id(self) -> str:
        """An id that no file has, for one to be made: a repeated making is then known as such."""
        async with self._one:
            if not self._ids:
                query = {"count": str(_IDS_AT_ONCE), "space": "drive", "type": "files"}
                said = object_of(
                    await self.api.ask("GET", f"{self.api.hosts.drive}/files/generateIds", query=query)
                )
                ids = said.get("ids")
                if not isinstance(ids, list) or not ids or not all(is_id(one) for one in ids):
                    unclear(N_("Google Drive gives no ids for new files"))
                self._ids = ids[:_IDS_AT_ONCE]
            return self._ids.pop()

    async def look(self, file_id: str, *, within: str = "") -> tuple[Entry | None, bool]:
        """The file of that id, None where there is none or it lies in the trash, or elsewhere than in the
        folder of the id `within`; whether the id is taken."""
        answer = await self.api.ask("GET", self._address(file_id), query=self._asking(f"{FIELDS},parents"))
        if answer.status == 404:
            return None, False
        said = object_of(answer)
        entry = file_of(said)
        if entry.id != file_id:
            unclear(N_("Google Drive names another file than was asked for"))
        # My Drive's own folder has another id than the name by which it is asked for.
        elsewhere = within not in ("", "root", *_texts(said.get("parents")))
        return (None if said.get("trashed") is True or elsewhere else entry), True

    async def remove(self, file_id: str) -> None:
        """Throw a file away for good; none there is as good."""
        answer = await self.api.ask("DELETE", self._address(file_id), query={"supportsAllDrives": "true"})
        if answer.status == 403 and self._shared:
            # Of a shared drive only its managers delete; all who may add may put into the trash.
            await self.trash(file_id)
        elif not 200 <= answer.status < 300 and answer.status != 404:
            refuse(answer)

    async def trash(self, file_id: str) -> None:
        """Put a file or folder into the trash, from where a person can take it back; none there is as
        good."""
        answer = await self.api.ask(
            "PATCH", self._address(file_id), query=self._asking("id"), json={"trashed": True}
        )
        if not 200 <= answer.status < 300 and answer.status != 404:
            refuse(answer)

    async def search(self, question: str, *, within: str = "", order: str = "") -> AsyncIterator[Entry]:
        """What matches a question in Drive's own language, page by page. `within`: the folder whose id the
        question names: raises FolderGone where there is none of it."""
        query = {
            "q": question,
            "fields": f"nextPageToken,files({FIELDS})",
            "pageSize": str(_A_PAGE),
            "spaces": "drive",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        if order:
            query["orderBy"] = order
        if self._shared:
            query |= {"corpora": "drive", "driveId": self._shared}
        for _ in range(_MOST_PAGES):
            answer = await self.api.ask(
                "GET", f"{self.api.hosts.drive}/files", query=query, limit=_PAGE_LIMIT
            )
            if answer.status == 404 and within:
                raise FolderGone(cloud=CLOUD)
            said = object_of(answer)
            files, token = said.get("files"), said.get("nextPageToken")
            if not isinstance(files, list):
                unclear(N_("Google Drive gives no list of files"))
            for file in files:
                yield file_of(file)
            if not token:
                return
            if not isinstance(token, str) or token == query.get("pageToken"):
                break
            query["pageToken"] = token
        unclear(N_("Google Drive's list of files has no end"))

    async def make_folder(self, folder_id: str, parent: str, name: str, key: str) -> Entry | None:
        """A new folder of that id. None where the id is taken. Raises FolderGone where the parent is gone or
        in the trash."""
        metadata = {
            "id": folder_id,
            "name": name,
            "mimeType": FOLDER,
            "parents": [parent],
            "appProperties": {KEY: key},
        }
        answer = await self.api.ask(
            "POST", f"{self.api.hosts.drive}/files", query=self._asking(FIELDS), json=metadata
        )
        if answer.status == 404:
            raise FolderGone(cloud=CLOUD)
        if answer.status == 409:
            return None
        said = object_of(answer)
        if said.get("trashed") is True:
            await self.remove(folder_id)
            raise FolderGone(cloud=CLOUD)
        return file_of(said)

    def upload_query(self, kind: str) -> dict[str, str]:
        """The query of an upload of `kind` (``multipart``, ``resumable``)."""
        return {"uploadType": kind, **self._asking(FIELDS)}

    def _address(self, file_id: str) -> str:
        return f"{self.api.hosts.drive}/files/{file_id}"

    def _asking(self, fields: str) -> dict[str, str]:
        return {"fields": fields, "supportsAllDrives": "true"}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def quoted(text: str) -> str:
    """A text within a question of `Files.search`."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def account_of(said: dict[str, Any]) -> tuple[str, int | None, int | None]:
    """The e-mail address, and the room's limit and use in bytes, of an answer of ``about``."""
    user, room = said.get("user"), said.get("storageQuota")
    name = user.get("emailAddress") if isinstance(user, dict) else None
    if not isinstance(name, str) or not name:
        unclear(N_("Google Drive does not say whose account it is"))
    sizes = room if isinstance(room, dict) else {}
    return name, bytes_of(sizes.get("limit")), bytes_of(sizes.get("usage"))
