"""What lies in the drives: items by id, each with one parent, its maker, and what is kept of its content."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.clouds.content import Content
from sandbox.clouds.drive.answers import Refused
from sandbox.clouds.drive.clock import Clock

FOLDER = "application/vnd.google-apps.folder"
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass
class Item:
    """A file or folder. `client` made it ("": made by hand, unseen by clients with the scope drive.file).

    `lies` take the place of what is true in every answer; `hidden` is how many listings leave it out still.
    """

    id: str
    name: str
    mime: str
    parent: str
    account: str
    client: str
    created: str
    modified: str
    drive: str = ""
    content: Content | None = None
    app_properties: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    description: str = ""
    original_name: str = ""
    starred: bool = False
    trashed: bool = False  # itself
    in_trash: bool = False  # itself or with a folder above it
    version: int = 1
    lies: dict[str, Any] = field(default_factory=dict)
    hidden: int = 0

    @property
    def is_folder(self) -> bool:
        return self.mime == FOLDER

    def resource(self) -> dict[str, Any]:
        """The item as Google describes it, all fields that are played."""
        found: dict[str, Any] = {
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime,
            "starred": self.starred,
            "trashed": self.in_trash,
            "explicitlyTrashed": self.trashed,
            "parents": [self.parent] if self.parent else [],
            "spaces": ["drive"],
            "version": str(self.version),
            "createdTime": self.created,
            "modifiedTime": self.modified,
            "ownedByMe": not self.drive,
            "isAppAuthorized": bool(self.client),
            "webViewLink": f"https://drive.google.com/file/d/{self.id}/view?usp=drivesdk",
            "capabilities": {"canEdit": True, "canDelete": True, "canTrash": True, "canDownload": True},
        }
        for name, value in (("appProperties", self.app_properties), ("properties", self.properties)):
            if value:
                found[name] = dict(value)
        if self.description:
            found["description"] = self.description
        if self.drive:
            found |= {"driveId": self.drive, "teamDriveId": self.drive}
        if self.content is not None:
            found |= {
                "size": str(self.content.size),
                "quotaBytesUsed": str(self.content.size),
                "originalFilename": self.original_name or self.name,
            }
            found |= {f"{name}Checksum": digest for name, digest in self.content.digests.items()}
        return found | self.lies


class Store:
    """All items, shared drives and the ids that were handed out. For the stand-in's event loop alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._items: dict[str, Item] = {}
        self._below: dict[str, dict[str, Item]] = {}
        self._generated: set[str] = set()
        self._roots: dict[str, str] = {}
        self._used: Counter[str] = Counter()  # bytes in My Drive by account
        self.drives: dict[str, str] = {}  # names by id

    def root(self, account: str) -> str:
        """The id of My Drive of an account."""
        if account not in self._roots:
            self._roots[account] = "0A" + _letters(14) + "PVA"
        return self._roots[account]

    def is_root(self, item_id: str) -> bool:
        return item_id in self._roots.values()

    def add_drive(self, name: str) -> str:
        """A new shared drive; its id."""
        drive = "0A" + _letters(14) + "Uk9"
        self.drives[drive] = name
        return drive

    def generate(self, count: int) -> list[str]:
        """Ids that may be used in a create, once each."""
        found = [_new_id() for _ in range(count)]
        self._generated.update(found)
        return found

    def check_id(self, item_id: str) -> None:
        """Raises Refused for an id that can't be given to a new file."""
        if item_id in self._items:
            raise Refused(409, "fileIdInUse", "A file already exists with the provided ID.")
        if item_id not in self._generated:
            raise Refused(400, "invalid", "The provided file ID is not usable.")

    def new_id(self) -> str:
        return _new_id()

    def add(self, item: Item) -> None:
        """Store a new item. Raises Refused where its id was taken meanwhile."""
        if item.id in self._items:
            raise Refused(409, "fileIdInUse", "A file already exists with the provided ID.")
        self._items[item.id] = item
        self._below.setdefault(item.parent, {})[item.id] = item
        self._count(item, item.content, 1)
        above = self._items.get(item.parent)
        item.in_trash = item.trashed or (above is not None and above.in_trash)

    def get(self, item_id: str) -> Item | None:
        return self._items.get(item_id)

    def all(self) -> list[Item]:
        return list(self._items.values())

    def children(self, folder: str) -> list[Item]:
        return list(self._below.get(folder, {}).values())

    def move(self, item: Item, parent: str) -> None:
        """Put an item into another folder. Raises Refused where it would lie in itself."""
        if parent == item.id or any(below.id == parent for below in self.descendants(item)):
            raise Refused(403, "cyclicFolderStructure", "The move would put a folder into itself.")
        del self._below[item.parent][item.id]
        item.parent = parent
        self._below.setdefault(parent, {})[item.id] = item
        self.trash(item, item.trashed)

    def trash(self, item: Item, trashed: bool) -> None:
        """Into the trash or out of it, with all below."""
        item.trashed = trashed
        above = self._items.get(item.parent)
        item.in_trash = trashed or (above is not None and above.in_trash)
        for below in self.children(item.id):
            self.trash(below, below.trashed)

    def delete(self, item: Item) -> None:
        """Gone for good, with all below."""
        for below in [item, *self.descendants(item)]:
            self._below.get(below.parent, {}).pop(below.id, None)
            if self._items.pop(below.id, None) is not None:
                self._count(below, below.content, -1)

    def descendants(self, item: Item) -> Iterator[Item]:
        """All below an item, at any depth."""
        for below in self.children(item.id):
            yield below
            yield from self.descendants(below)

    def replace(self, item: Item, content: Content) -> None:
        """Give a file another content."""
        self._count(item, item.content, -1)
        self._count(item, content, 1)
        item.content = content

    def used(self, account: str) -> int:
        """Bytes in an account's own drive."""
        return self._used[account]

    def used_in_trash(self, account: str) -> int:
        """Those of them that lie in the trash."""
        trash = (item for item in self._items.values() if item.in_trash and item.account == account)
        return sum(item.content.size for item in trash if not item.drive and item.content is not None)

    def _count(self, item: Item, content: Content | None, sign: int) -> None:
        if content is not None and not item.drive:
            self._used[item.account] += sign * content.size

    def touch(self, item: Item) -> None:
        """Count a change."""
        item.version += 1
        item.modified = self._clock.stamp()


def _new_id() -> str:
    return "1" + _letters(32)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(count))
