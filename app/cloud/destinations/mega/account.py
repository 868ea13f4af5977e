"""What all that goes on in one account shares: the session, its keys, and the tree as last seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from app.cloud.destination import Entry
from app.cloud.destinations.mega.api import Api
from app.cloud.destinations.mega.faults import NAME, unclear
from app.cloud.destinations.mega.keys import FOLDER_KEY, FileKey, encrypt, seal_attributes, to_text
from app.cloud.destinations.mega.sign_in import Keys
from app.cloud.destinations.mega.tree import FILE, Node, Tree
from app.cloud.limits import Pace
from app.domain.errors import CloudRefused, FolderGone

#: So many answers with changes are read on end; where there are more, the tree is fetched.
_MOST_NEWS = 20
# Seconds: folders don't go often, and a file may be a photo.
_FRESH = 10.0


class Session:
    """A signed-in account. The tree is fetched once; at every later look the server is asked what has changed
    since, which is one small request where nothing has. What we make is added to it at once."""

    def __init__(self, origin: str, keys: Keys, pace: Pace | None = None, stall: float | None = None) -> None:
        self.api = Api(origin, keys.sid, pace, stall)
        self.keys = keys
        self._tree: Tree | None = None
        self._looking = asyncio.Lock()
        self._looked_at = 0.0
        #: Made while a tree was fetched, which may not show it yet.
        self._meanwhile: list[Node] = []

    async def tree(self) -> Tree:
        """The account's tree as it is now."""
        asked = time.monotonic()
        async with self._looking:
            if self._tree is not None and self._looked_at >= asked:
                return self._tree  # somebody else has just asked
            begun = time.monotonic()
            if self._tree is None or not await self._follow(self._tree):
                self._tree = await self._fetch()
            self._looked_at = begun
            return self._tree

    async def _fetch(self) -> Tree:
        self._meanwhile.clear()
        body = await self.api.tree()
        try:
            tree = await asyncio.to_thread(Tree.load, body, self.keys.master, self.keys.user)
        except ValueError:
            raise unclear() from None
        for node in self._meanwhile:
            tree.add(node)
        return tree

    async def _follow(self, tree: Tree) -> bool:
        """Bring the tree up to date; False where it has to be fetched anew."""
        for _ in range(_MOST_NEWS):
            news = await self.api.news(tree.sn) if tree.sn else None
            if news is None:
                return False
            if "w" in news:
                return True
            if not isinstance(news.get("a"), list) or not isinstance(news.get("sn"), str):
                return False
            for change in news["a"]:
                tree.change(change)
            tree.sn = news["sn"]
            if not news.get("ir"):
                return True
        return False

    async def inside(self, folder: str) -> list[Entry]:
        """What lies in the folder of that handle, in clear; what can't be decrypted is left out. Raises
        FolderGone where there is no such folder."""
        tree = await self.tree()
        handle = folder or tree.root
        if not tree.is_there(handle):
            raise FolderGone(cloud=NAME)
        nodes = tree.inside(handle)
        return await asyncio.to_thread(
            lambda: [one for node in nodes if (one := tree.entry(node)) is not None]
        )

    async def check(self, folder: str) -> None:
        """Raises FolderGone where the folder is not there: one in the rubbish bin takes files like any other.
        News of the last moments are enough."""
        tree = self._tree
        if tree is None or time.monotonic() - self._looked_at > _FRESH:
            tree = await self.tree()
        if folder and not tree.is_there(folder):
            raise FolderGone(cloud=NAME)

    async def put(
        self,
        folder: str,
        node: Mapping[str, object],
        key: bytes,
        attributes: dict[str, str],
        *,
        number: int | None = None,
        repeated: bool = False,
    ) -> Entry:
        """Make a node (`h`, `t`) with these attributes in `folder`; `key` packed, as it lies in nodes. The
        entry as the server answered it. A `repeated` request of the same `number` may be answered with what
        it made once and is no longer there: a look tells. Raises CloudError."""
        tree = self._tree or await self.tree()
        content_key = key if len(key) == FOLDER_KEY else FileKey.unpack(key).key
        sealed = {
            **node,
            "a": seal_attributes(content_key, attributes),
            "k": to_text(encrypt(self.keys.master, key)),
        }
        command = {"a": "p", "t": folder or tree.root, "n": [sealed]}
        answer = await self.api.one(command, number=number)
        made = answer.get("f") if isinstance(answer, dict) else None
        read = Node.read(made[0]) if isinstance(made, list) and made else None
        if read is None:
            raise unclear()
        entry = tree.entry(read)
        if entry is None:
            if read.kind != FILE:
                raise unclear()
            # It stands there under a key that opens nothing: said as it is, it is not the same and goes.
            entry = Entry(id=read.handle, name="", size=read.size, hashes={"mac": ""})
        if not repeated:
            (self._tree or tree).add(read)
            if self._looking.locked():
                self._meanwhile.append(read)
        return entry

    async def throw_into_rubbish(self, handle: str) -> None:
        """Move a node where a person can take it back from. One that is gone already is no error."""
        tree = await self.tree()
        try:
            await self.api.one({"a": "m", "n": handle, "t": tree.rubbish})
        except CloudRefused as refused:
            if refused.facts["status"] != -9:
                raise
        tree.remove(handle)

    async def remove(self, handle: str) -> None:
        """Delete the node for good. One that is gone already is no error."""
        try:
            await self.api.one({"a": "d", "n": handle})
        except CloudRefused as refused:
            if refused.facts["status"] != -9:
                raise
        if self._tree is not None:
            self._tree.remove(handle)
