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
from app.cloud.destinations.mega.tree import Node, Tree
from app.domain.errors import CloudRefused
from app.domain.words import N_, tr

#: A tree is taken as it was for this long, or for so many times as it took to fetch: large ones longer.
_FRESH = 30.0
_FRESH_TIMES = 20.0


class Session:
    """A signed-in account. The tree is fetched when first needed and when it is old; what we make is added
    to it at once."""

    def __init__(self, origin: str, keys: Keys) -> None:
        self.api = Api(origin, keys.sid)
        self.keys = keys
        self._tree: Tree | None = None
        self._fetched_at = self._good_until = 0.0
        #: `time.monotonic` at the start: what an earlier start did, a tree fetched since then shows.
        self.begun = time.monotonic()
        self._fetching = asyncio.Lock()
        #: Made while a tree was fetched, which may not show it yet.
        self._meanwhile: list[Node] = []

    async def tree(self, *, since: float | None = None) -> Tree:
        """The tree, not older than is sensible; with `since` (`time.monotonic`), one fetched after it."""
        asked = time.monotonic()
        async with self._fetching:
            tree = self._tree
            if tree is not None and (
                asked < self._good_until if since is None else self._fetched_at >= since
            ):
                return tree
            begun = time.monotonic()
            body = await self.api.tree()
            try:
                tree = await asyncio.to_thread(Tree.load, body, self.keys.master, self.keys.user)
            except ValueError:
                raise unclear() from None
            for node in self._meanwhile:
                tree.add(node)
            self._meanwhile.clear()
            self._tree, self._fetched_at = tree, begun
            took = time.monotonic() - begun
            self._good_until = time.monotonic() + max(_FRESH, _FRESH_TIMES * took)
            return tree

    def forget_tree(self) -> None:
        """The tree turned out to be another: the next look fetches it."""
        self._good_until = 0.0

    async def inside(self, folder: str, *, since: float | None = None) -> list[Entry]:
        """What lies in the folder of that handle, in clear; what can't be decrypted is left out. Raises
        CloudRefused where there is no such folder."""
        tree = await self.tree(since=since)
        handle = folder or tree.root
        if tree.get(handle) is None:
            self.forget_tree()
            raise CloudRefused(cloud=NAME, text=tr(N_("this folder is no longer there")), status=-9)
        nodes = tree.inside(handle)
        return await asyncio.to_thread(
            lambda: [one for node in nodes if (one := tree.entry(node)) is not None]
        )

    async def put(
        self,
        folder: str,
        node: Mapping[str, object],
        key: bytes,
        attributes: dict[str, str],
        number: int | None,
    ) -> Entry:
        """Make a node (`h`, `t`) with these attributes in `folder`; `key` packed, as it lies in nodes. The
        request of `number` may be repeated. The entry as the server answered it. Raises CloudError."""
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
        entry = None if read is None else tree.entry(read)
        if read is None or entry is None:
            raise unclear()
        (self._tree or tree).add(read)
        if self._fetching.locked():
            self._meanwhile.append(read)
        return entry

    async def remove(self, handle: str) -> None:
        """Delete the node for good. One that is gone already is no error."""
        try:
            await self.api.one({"a": "d", "n": handle})
        except CloudRefused as refused:
            if refused.facts["status"] != -9:
                raise
        if self._tree is not None:
            self._tree.remove(handle)
