"""An account's tree: files and folders whose names and keys the server can't read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sandbox.clouds.mega import crypto
from sandbox.clouds.mega.blobs import Blob
from sandbox.clouds.mega.errors import Number, Refused


class Kind(IntEnum):
    """A node's type (`t`)."""

    FILE = 0
    FOLDER = 1
    ROOT = 2
    INBOX = 3
    RUBBISH = 4


@dataclass
class Node:
    """One node; `parent` is empty for the three that everything hangs from."""

    handle: str
    parent: str
    kind: Kind
    attributes: str = ""
    key: str = ""
    blob: Blob | None = None
    changed: int = 0  # seconds since 1970
    link: str | None = None  # the public handle, where it has one
    shown_size: int | None = None  # a lie about the size that a test asked for

    @property
    def size(self) -> int:
        return self.blob.size if self.blob is not None else 0

    def shown(self, user: str) -> dict[str, Any]:
        """As `f` and `p` answer it."""
        found: dict[str, Any] = {"h": self.handle, "p": self.parent, "u": user, "t": int(self.kind)}
        found["a"] = self.attributes
        if self.kind in (Kind.FILE, Kind.FOLDER):
            found["k"] = f"{user}:{self.key}"
        if self.kind is Kind.FILE:
            found["s"] = self.size if self.shown_size is None else self.shown_size
        found["ts"] = self.changed
        return found


@dataclass
class Tree:
    """All nodes of an account, parents before children."""

    nodes: dict[str, Node] = field(default_factory=dict)
    children: dict[str, dict[str, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in (Kind.ROOT, Kind.INBOX, Kind.RUBBISH):
            self.add(Node(new_handle(), "", kind))

    def add(self, node: Node) -> Node:
        node.changed = node.changed or int(time.time())
        self.nodes[node.handle] = node
        self.children[node.handle] = {}
        if node.parent:
            self.children[node.parent][node.handle] = None
        return node

    def top(self, kind: Kind) -> Node:
        """Root, inbox or rubbish bin."""
        return next(node for node in self.nodes.values() if node.kind is kind)

    def get(self, handle: object) -> Node:
        """The node. Raises Refused: ARGS for no handle, NOENT for none such."""
        if not is_handle(handle):
            raise Refused(Number.ARGS)
        node = self.nodes.get(str(handle))
        if node is None:
            raise Refused(Number.NOENT)
        return node

    def folder(self, handle: object) -> Node:
        """A node that can hold others. Raises Refused: ARGS also for a file."""
        node = self.get(handle)
        if node.kind is Kind.FILE:
            raise Refused(Number.ARGS)
        return node

    def own(self, handle: object) -> Node:
        """A file or folder, none of the three tops. Raises Refused: ACCESS for those."""
        node = self.get(handle)
        if node.kind not in (Kind.FILE, Kind.FOLDER):
            raise Refused(Number.ACCESS)
        return node

    def below(self, handle: str) -> Iterator[Node]:
        """The node and everything below it, parents first."""
        waiting = [handle]
        while waiting:
            current = waiting.pop()
            yield self.nodes[current]
            waiting.extend(self.children[current])

    def move(self, node: Node, target: Node) -> None:
        """Raises Refused: CIRCULAR into itself or below itself."""
        if any(found.handle == target.handle for found in self.below(node.handle)):
            raise Refused(Number.CIRCULAR)
        del self.children[node.parent][node.handle]
        node.parent = target.handle
        self.children[target.handle][node.handle] = None
        node.changed = int(time.time())

    def remove(self, node: Node) -> None:
        """The node with everything below it, for good."""
        del self.children[node.parent][node.handle]
        for found in list(self.below(node.handle)):
            del self.nodes[found.handle]
            del self.children[found.handle]

    def used(self) -> int:
        """Bytes of all files, the rubbish bin's too."""
        return sum(node.size for node in self.nodes.values())

    def in_order(self) -> Iterator[Node]:
        """All nodes, parents before children."""
        for kind in (Kind.ROOT, Kind.INBOX, Kind.RUBBISH):
            yield from self.below(self.top(kind).handle)


def new_handle() -> str:
    """Eight letters for six bytes."""
    return crypto.b64(os.urandom(6))


def is_handle(value: object) -> bool:
    """Whether it has a node's form, be there such a node or not."""
    if not isinstance(value, str) or len(value) != 8:
        return False
    try:
        return len(crypto.unb64(value)) == 6
    except ValueError:
        return False
