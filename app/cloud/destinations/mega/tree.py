"""The account's nodes, as MEGA lists them: all at once, with names and keys encrypted.

Accounts of 100,000 nodes are listed in tens of megabytes. The listing is read node by node, so that neither
the loop nor another thread is held up for long, and names are decrypted when a folder is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.cloud.destination import Entry
from app.cloud.destinations.mega import fingerprint
from app.cloud.destinations.mega.keys import (
    FILE_KEY,
    FOLDER_KEY,
    FileKey,
    Undecryptable,
    decrypt,
    from_text,
    open_attributes,
)

FILE, FOLDER, ROOT, RUBBISH = 0, 1, 2, 4
#: Our own attribute: a custom one by the vendor's SDK (an underscore and up to seven letters), which its
#: programs keep when a file is renamed or moved.
OWN_KEY = "_rk"
_LONGEST_NAME = 4096
_DEEPEST = 1000


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder as the server knows it: `keys` and `attributes` encrypted, `size` of a file."""

    handle: str
    parent: str
    kind: int
    size: int | None
    keys: str
    attributes: str

    @classmethod
    def read(cls, value: object) -> Node | None:
        """From the server's JSON; None for what is no node that anything can be done with."""
        if not isinstance(value, dict):
            return None
        handle, kind, size = value.get("h"), value.get("t"), value.get("s")
        texts = ["" if value.get(name) is None else value[name] for name in ("p", "k", "a")]
        if not isinstance(handle, str) or not 0 < len(handle) <= 16 or not isinstance(kind, int):
            return None
        if not all(isinstance(text, str) for text in texts):
            return None
        if kind == FILE and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            return None
        return cls(handle, texts[0], kind, size if kind == FILE else None, texts[1], texts[2])


class Tree:
    """Nodes by handle and by the folder they lie in."""

    def __init__(self, master: bytes, user: str) -> None:
        self._keys = {user: master}
        self._nodes: dict[str, Node] = {}
        self._in: dict[str, dict[str, None]] = {}
        self.root = self.rubbish = ""
        #: Where the server's list of changes stands, in its own words; "" where it didn't say.
        self.sn = ""

    @classmethod
    def load(cls, body: bytes, master: bytes, user: str) -> Tree:
        """From the whole answer. Raises ValueError for what is none."""
        tree = cls(master, user)
        for name, value in walk(body.decode("utf-8")):
            if name == "f":
                node = Node.read(value)
                if node is not None:
                    tree.add(node)
            elif name == "ok" and isinstance(value, list):
                tree._share(value)
            elif name == "sn" and isinstance(value, str):
                tree.sn = value
        if not tree.root:
            raise ValueError("no root")
        return tree

    def _share(self, values: list[Any]) -> None:
        """Keys of folders that are shared with others: what these put in lies under them."""
        for value in values:
            try:
                self._keys[str(value["h"])] = decrypt(next(iter(self._keys.values())), from_text(value["k"]))
            except (KeyError, TypeError, Undecryptable):
                continue

    def add(self, node: Node) -> None:
        self.remove(node.handle)
        self._nodes[node.handle] = node
        self._in.setdefault(node.parent, {})[node.handle] = None
        if node.kind == ROOT:
            self.root = node.handle
        elif node.kind == RUBBISH:
            self.rubbish = node.handle

    def remove(self, handle: str) -> None:
        node = self._nodes.pop(handle, None)
        if node is not None:
            self._in[node.parent].pop(handle, None)

    def change(self, change: object) -> None:
        """One change as the server tells it: nodes made, deleted, renamed. What it tells of else (links,
        contacts, shares) changes nothing here."""
        if not isinstance(change, dict):
            return
        what, handle = change.get("a"), change.get("n")
        made = change.get("t")
        if what == "t" and isinstance(made, dict) and isinstance(made.get("f"), list):
            for value in made["f"]:
                node = Node.read(value)
                if node is not None:
                    self.add(node)
        elif what == "d" and isinstance(handle, str):
            self.remove(handle)
        elif what == "u" and isinstance(handle, str) and isinstance(change.get("at"), str):
            known = self._nodes.get(handle)
            if known is not None:
                self._nodes[handle] = replace(known, attributes=change["at"])

    def get(self, handle: str) -> Node | None:
        return self._nodes.get(handle)

    def is_there(self, folder: str) -> bool:
        """Whether a folder hangs from the root: it may be deleted or in the rubbish bin, or one above it."""
        for _ in range(_DEEPEST):
            node = self._nodes.get(folder)
            if node is None or node.kind not in (FOLDER, ROOT):
                return False
            if node.kind == ROOT:
                return True
            folder = node.parent
        return False

    def inside(self, folder: str) -> list[Node]:
        """The files and folders that lie in `folder`."""
        nodes = (self._nodes[handle] for handle in self._in.get(folder, ()))
        return [node for node in nodes if node.kind in (FILE, FOLDER)]

    def entry(self, node: Node) -> Entry | None:
        """The node in clear; None where it can't be decrypted or has no name."""
        try:
            key = self._key(node)
            file = FileKey.unpack(key) if node.kind == FILE else None
            attributes = open_attributes(key if file is None else file.key, node.attributes)
        except Undecryptable:
            return None
        name, own = attributes.get("n"), attributes.get(OWN_KEY)
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            return None
        hashes = {}
        if file is not None:
            hashes["mac"] = file.mac.hex()
            known = fingerprint.read(attributes.get("c"))
            if known is not None:
                hashes["fingerprint"] = known[0].hex()
        return Entry(
            id=node.handle,
            name=name,
            is_folder=file is None,
            size=node.size,
            hashes=hashes,
            key=own if isinstance(own, str) else "",
            link=f"https://mega.nz/fm/{node.handle if file is None else node.parent}",
            private=file,
        )

    def _key(self, node: Node) -> bytes:
        length = FILE_KEY if node.kind == FILE else FOLDER_KEY
        for part in node.keys.split("/"):
            owner, _, text = part.partition(":")
            if owner in self._keys and len(text) <= 64:
                key = decrypt(self._keys[owner], from_text(text))
                if len(key) == length:
                    return key
        raise Undecryptable("under no key of ours")


_decoder = json.JSONDecoder()
_WHITE = re.compile(r"[ \t\n\r]*")


def walk(text: str) -> Iterator[tuple[str, Any]]:
    """The members of the one object in the one list that `text` is; of the list ``f`` each element by
    itself. Raises ValueError."""
    at = _past(text, _past(text, 0, "["), "{")
    while True:
        name, at = _decode(text, at)
        at = _past(text, at, ":")
        if name == "f" and text.startswith("[", at):
            at = _blank(text, at + 1)
            while not text.startswith("]", at):
                value, at = _decode(text, at)
                yield "f", value
                at = _blank(text, at)
                if text.startswith(",", at):
                    at = _blank(text, at + 1)
                elif not text.startswith("]", at):
                    raise ValueError("no list")
            at += 1
        else:
            value, at = _decode(text, at)
            yield str(name), value
        at = _blank(text, at)
        if text.startswith("}", at):
            return
        at = _past(text, at, ",")


def _decode(text: str, at: int) -> tuple[Any, int]:
    try:
        return _decoder.raw_decode(text, at)
    except RecursionError:
        raise ValueError("too deep") from None


def _blank(text: str, at: int) -> int:
    found = _WHITE.match(text, at)
    return found.end() if found else at


def _past(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if not text.startswith(mark, at):
        raise ValueError("no JSON")
    return _blank(text, at + 1)
