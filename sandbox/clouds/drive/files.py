"""The rules of files: who sees which, where a new one lies, what a change does, what a listing holds."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import OrderedDict
from typing import Any

from sandbox.clouds.content import Content, whole
from sandbox.clouds.drive.accounts import Grant
from sandbox.clouds.drive.answers import Refused, bad_request, invalid, not_found
from sandbox.clouds.drive.clock import Clock
from sandbox.clouds.drive.metadata import Metadata
from sandbox.clouds.drive.parameters import Query
from sandbox.clouds.drive.query import parse
from sandbox.clouds.drive.settings import Settings
from sandbox.clouds.drive.store import FOLDER, Item, Store

_GOOGLE_TYPES = "application/vnd.google-apps."
_PAGES = 1000
_ORDERS = {"name", "name_natural", "modifiedTime", "createdTime", "folder"}


class Files:
    """What clients can do with files."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._pages: OrderedDict[str, tuple[str, list[str]]] = OrderedDict()

    def find(self, grant: Grant, file_id: str, query: Query) -> Item:
        """A file that the client may see. Raises Refused."""
        root = self._store.root(grant.account)
        if file_id in ("root", root):
            # A client that sees only its own files isn't told what the root is, though it may write there.
            if not grant.sees_all:
                raise not_found(file_id)
            return Item(
                root, "My Drive", FOLDER, "", grant.account, "", self._clock.stamp(), self._clock.stamp()
            )
        item = self._store.get(file_id)
        if item is None or not self._sees(grant, item) or (item.drive and not query.all_drives):
            raise not_found(file_id)
        return item

    def check_new(self, grant: Grant, metadata: Metadata, query: Query, size: int = 0) -> None:
        """Raises Refused where a create would fail by what is known before its bytes."""
        if not grant.may_write:
            raise insufficient()
        if metadata.has("id"):
            self._store.check_id(metadata.text("id"))
        _, drive = self._place(grant, metadata.parents, query)
        self._check_room(grant, drive, size)

    def create(
        self, grant: Grant, metadata: Metadata, query: Query, content: Content | None, media_type: str = ""
    ) -> Item:
        """A new file; `content` None: a folder, or a file without a byte. Raises Refused."""
        self.check_new(grant, metadata, query, content.size if content else 0)
        mime = metadata.text("mimeType") or media_type or "application/octet-stream"
        if mime == FOLDER and content is not None:
            raise bad_request("A folder has no content.")
        if mime.startswith(_GOOGLE_TYPES) and mime != FOLDER:
            raise bad_request("Conversion to Google's own types isn't played.")
        parent, drive = self._place(grant, metadata.parents, query)
        now = self._clock.stamp()
        item = Item(
            metadata.text("id") or self._store.new_id(),
            metadata.text("name", "Untitled"),
            mime,
            parent,
            grant.account,
            grant.client,
            metadata.time("createdTime", now),
            metadata.time("modifiedTime", now),
            drive,
            content or (None if mime == FOLDER else whole(b"", keep=True, digests=self._settings.digests)),
            hidden=self._settings.list_lag,
        )
        self._write(item, metadata)
        self._store.add(item)
        return item

    def update(
        self, grant: Grant, item: Item, metadata: Metadata, query: Query, content: Content | None = None
    ) -> Item:
        """Change a file. Raises Refused."""
        if not grant.may_write:
            raise insufficient()
        if metadata.has("id") or metadata.has("parents"):
            raise Refused(403, "fieldNotWritable", "Use the addParents and removeParents parameters instead.")
        if content is not None:
            self._check_room(grant, item.drive, content.size - (item.content.size if item.content else 0))
            self._store.replace(item, content)
        self._move(grant, item, query)
        self._store.touch(item)
        if metadata.has("name"):
            item.name = metadata.text("name")
        if metadata.has("mimeType"):
            item.mime = metadata.text("mimeType")
        item.modified = metadata.time("modifiedTime", item.modified)
        item.created = metadata.time("createdTime", item.created)
        self._write(item, metadata)
        if metadata.has("trashed"):
            self._store.trash(item, metadata.flag("trashed"))
        return item

    def delete(self, grant: Grant, item: Item) -> None:
        if not grant.may_write:
            raise insufficient()
        self._store.delete(item)

    def empty_trash(self, grant: Grant) -> None:
        """Delete what lies in the trash. Needs the whole drive's scope."""
        if not (grant.sees_all and grant.may_write):
            raise insufficient()
        for item in self._store.all():
            if item.trashed and item.account == grant.account:
                self._store.delete(item)

    def listing(self, grant: Grant, query: Query) -> dict[str, Any]:
        """A page of the files that meet `q`. Raises Refused."""
        size = query.number("pageSize", 100, 1, 1000)
        asked = {name: query.text(name) for name in ("q", "orderBy", "corpora", "driveId", "spaces")}
        mark = hashlib.sha256(json.dumps([asked, grant.account, grant.client]).encode()).hexdigest()
        if query.has("pageToken"):
            known, ids = self._pages.get(query.text("pageToken"), ("", []))
            if known != mark:
                raise invalid("pageToken")
            found = [item for item in map(self._store.get, ids) if item is not None]
        else:
            found = self._ordered(self._matching(grant, query), query.text("orderBy"))
        page: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False}
        if len(found) > size:
            token = "~!!~" + secrets.token_urlsafe(24)
            self._pages[token] = (mark, [item.id for item in found[size:]])
            while len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
            page["nextPageToken"] = token
        return page | {"files": [item.resource() for item in found[:size]]}

    def _matching(self, grant: Grant, query: Query) -> list[Item]:
        drive = _corpus(query)
        if drive and drive not in self._store.drives:
            raise Refused(404, "notFound", f"Shared drive not found: {drive}", "driveId")
        if query.text("spaces", "drive") != "drive":
            raise invalid("spaces")
        root = self._store.root(grant.account)
        search = parse(query.text("q"), root)
        for folder in search.folders:
            if folder not in ("root", root) and folder not in self._store.drives:
                seen = self._store.get(folder)
                if seen is None or not self._sees(grant, seen):
                    raise Refused(404, "notFound", "File not found: .", "fileId")
        everywhere = query.flag("includeItemsFromAllDrives") and query.all_drives
        among = self._store.all()
        if search.narrow:
            among = self._store.children(root if search.folders[0] == "root" else search.folders[0])
        found = []
        for item in among:
            here = item.drive == drive if drive else (everywhere or not item.drive)
            if not here or not self._sees(grant, item) or not search.test(item):
                continue
            if item.hidden:
                item.hidden -= 1
            else:
                found.append(item)
        return found

    def _ordered(self, items: list[Item], order: str) -> list[Item]:
        for one in reversed([part.strip() for part in order.split(",") if part.strip()]):
            name, _, way = one.partition(" ")
            if name not in _ORDERS or way not in ("", "desc"):
                raise invalid("orderBy")
            keys = {
                "modifiedTime": lambda item: item.modified,
                "createdTime": lambda item: item.created,
                "folder": lambda item: "0" if item.is_folder else "1",
            }
            items = sorted(items, key=keys.get(name, lambda item: item.name), reverse=way == "desc")
        return items

    def _sees(self, grant: Grant, item: Item) -> bool:
        own = item.account == grant.account or bool(item.drive)
        return own and (grant.sees_all or item.client == grant.client)

    def _place(self, grant: Grant, parents: list[str], query: Query) -> tuple[str, str]:
        """The folder and shared drive ("": none) of a new file."""
        if len(parents) > 1:
            raise Refused(403, "cannotAddParent", "A file has exactly one parent.")
        root = self._store.root(grant.account)
        if not parents or parents[0] in ("root", root):
            return root, ""
        if parents[0] in self._store.drives and query.all_drives:
            return parents[0], parents[0]
        folder = self.find(grant, parents[0], query)
        if not folder.is_folder:
            raise Refused(403, "parentNotAFolder", "The specified parent is not a folder.")
        return folder.id, folder.drive

    def _move(self, grant: Grant, item: Item, query: Query) -> None:
        added = [one for one in query.text("addParents").split(",") if one]
        removed = [one for one in query.text("removeParents").split(",") if one]
        if not added and not removed:
            return
        if len(added) != 1 or (removed and removed != [item.parent]):
            raise Refused(403, "cannotAddParent", "A file has exactly one parent.")
        parent, drive = self._place(grant, added, query)
        if drive != item.drive:
            raise bad_request("Moves between drives aren't played.")
        self._store.move(item, parent)

    def _write(self, item: Item, metadata: Metadata) -> None:
        for name, kept in (("appProperties", item.app_properties), ("properties", item.properties)):
            for key, value in metadata.map(name).items():
                if value is None:
                    kept.pop(key, None)
                else:
                    kept[key] = value
        item.description = metadata.text("description", item.description)
        item.original_name = metadata.text("originalFilename", item.original_name)
        if metadata.has("starred"):
            item.starred = metadata.flag("starred")

    def _check_room(self, grant: Grant, drive: str, size: int) -> None:
        limit = self._settings.limit
        if size and not drive and limit is not None and self._store.used(grant.account) + size > limit:
            message = "The user's Drive storage quota has been exceeded."
            raise Refused(403, "storageQuotaExceeded", message)


def insufficient() -> Refused:
    """A token whose scopes don't reach."""
    return Refused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")


def _corpus(query: Query) -> str:
    """The shared drive that is searched; "": the person's own files."""
    corpora, drive = query.text("corpora", "user"), query.text("driveId")
    if corpora not in ("user", "drive", "allDrives", "domain"):
        raise invalid("corpora")
    if (corpora == "drive") != bool(drive):
        message = "The driveId parameter must be specified if and only if corpora is set to drive."
        raise invalid("driveId", message)
    if drive and not (query.flag("includeItemsFromAllDrives") and query.all_drives):
        message = "includeItemsFromAllDrives and supportsAllDrives have to be true where driveId is given."
        raise invalid("includeItemsFromAllDrives", message)
    return drive
