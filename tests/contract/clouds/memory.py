"""A cloud in memory: what the contract says in its simplest form, and faults at any request."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import count

from app.cloud.destination import NOTHING, Account, Entry, Outgoing, Piece, State
from app.cloud.kind import Abilities, Asking, Credentials, Kind, SignedIn, Surroundings
from app.cloud.options import BANDWIDTH, Effect, Form, Option, When, files_at_once
from app.domain.errors import CloudError, CloudFull, CloudUnreachable, FolderGone, SignInExpired, UploadLost

TITLE = "Memory"
PIECE = 256 * 1024


@dataclass
class Node:
    """A file (`data`) or folder (None)."""

    id: str
    parent: str
    name: str
    key: str
    data: bytes | None = None

    def entry(self) -> Entry:
        if self.data is None:
            return Entry(self.id, self.name, is_folder=True, key=self.key)
        hashes = {"sha256": hashlib.sha256(self.data).hexdigest()}
        return Entry(
            self.id, self.name, size=len(self.data), hashes=hashes, key=self.key, link=f"memory:{self.id}"
        )


@dataclass
class Session:
    """An upload: pieces that came, and the node that it became."""

    item: tuple[str, str, str, int]  # folder, name, key, size
    pieces: dict[int, bytes] = field(default_factory=dict)
    node: str = ""


class Memory:
    """The cloud's side. `before`/`after` are called with the name of each request: what they raise is its
    fault (before: nothing was done; after: the answer is lost)."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.sessions: dict[str, Session] = {}
        self.numbers = count(1)
        self.tokens = {"token-1"}
        self.room: int | None = None
        self.lies = 0
        self.twins = 0
        self.requests: list[str] = []
        self.before: Callable[[str], Awaitable[None]] = _nothing
        self.after: Callable[[str], Awaitable[None]] = _nothing

    def used(self) -> int:
        return sum(len(node.data or b"") for node in self.nodes.values())

    def files(self) -> dict[str, bytes]:
        """Every file by its path; a name that stands twice in one folder fails."""
        found: dict[str, bytes] = {}
        for node in self.nodes.values():
            if node.data is not None:
                path = self.path(node)
                assert path not in found, f"twice: {path}"
                found[path] = node.data
        return found

    def path(self, node: Node) -> str:
        above = self.nodes.get(node.parent)
        parent = node.parent if above is None else self.path(above)
        return f"{parent}/{node.name}" if parent else node.name

    def below(self, folder: Node) -> list[Node]:
        return [node for node in self.nodes.values() if node.parent == folder.id]

    def unfinished(self) -> int:
        """Uploads that were neither completed nor thrown away."""
        return sum(not session.node for session in self.sessions.values())


async def _nothing(_name: str) -> None:
    return


class MemoryDestination:
    """`drive`: the root of what is sent, another one than that of an account which names none."""

    def __init__(self, cloud: Memory, credentials: Credentials, drive: str = "") -> None:
        self.cloud = cloud
        self.drive = drive
        self.token = credentials["token"]
        self.closed = False

    async def request(self, name: str, act: Callable[[], object]) -> object:
        cloud = self.cloud
        self.check_open()
        cloud.requests.append(name)
        await cloud.before(name)
        self.check_open()
        if self.token not in cloud.tokens:
            raise SignInExpired(cloud=TITLE)
        result = act()
        await cloud.after(name)
        return result

    def check_open(self) -> None:
        if self.closed:
            raise RuntimeError("its connections were let go of")

    async def account(self) -> Account:
        await self.request("account", lambda: None)
        return Account("someone@memory", self.cloud.room, self.cloud.used())

    async def list(self, folder: str, lately: Collection[str] = ()) -> AsyncIterator[Entry]:
        await self.request("list", lambda: None)
        folder = folder or self.drive
        self.check(folder)
        for node in [node for node in self.cloud.nodes.values() if node.parent == folder]:
            yield node.entry()

    def check(self, folder: str) -> None:
        if folder not in {"", self.drive, *self.cloud.nodes}:
            raise FolderGone(cloud=TITLE)

    async def folder(self, parent: str, name: str, key: str, *, keep: bool = True) -> Entry:
        parent = parent or self.drive

        def throw_away() -> None:
            for node in list(self.cloud.nodes.values()):
                if (node.parent, node.name, node.key) == (parent, name, key) and not self.cloud.below(node):
                    del self.cloud.nodes[node.id]

        def make() -> Entry:
            self.check(parent)
            for node in self.cloud.nodes.values():
                if node.parent == parent and node.data is None and (node.name == name or node.key == key):
                    return node.entry()
            made = Node(f"n{next(self.cloud.numbers)}", parent, name, key)
            self.cloud.nodes[made.id] = made
            return made.entry()

        found = await self.request("folder", make if keep else throw_away)
        return found if isinstance(found, Entry) else NOTHING

    async def open(self, item: Outgoing, state: State | None) -> MemoryUpload:
        known = self.cloud.sessions.get(str((state or {}).get("session")))
        if state is None or known is None or known.item[3] != item.size:
            # The session's name is ours, and kept before it is used: a repeated begin makes no second one.
            state = {"session": item.key + str(next(self.cloud.numbers))}
            await item.keep(state)
            self.cloud.requests.append("")
        upload = MemoryUpload(self, item, str(state["session"]))
        await upload.look()
        return upload

    async def aclose(self) -> None:
        self.closed = True


class MemoryUpload:
    def __init__(self, destination: MemoryDestination, item: Outgoing, name: str) -> None:
        self.destination = destination
        self.cloud = destination.cloud
        self.item = item
        self.name = name
        self._hash = hashlib.sha256()
        self._hashed: dict[int, bytes] = {}
        self._waiting: list[Piece] = []
        self._sent: dict[int, int] = {}

    async def look(self) -> None:
        def begin() -> None:
            where = (self.item.folder, self.item.name, self.item.key, self.item.size)
            self.cloud.sessions.setdefault(self.name, Session(where))

        await self.request("begin", begin)
        self.plan()

    async def request(self, name: str, act: Callable[[], object]) -> object:
        return await self.destination.request(name, act)

    def plan(self) -> None:
        session = self.cloud.sessions[self.name]
        self._sent = {at: len(data) for at, data in session.pieces.items()}
        offsets = range(0, max(1, self.item.size), PIECE)
        missing = [at for at in offsets if at not in session.pieces and not session.node]
        self._waiting = [Piece(at, min(PIECE, self.item.size - at)) for at in missing]

    @property
    def state(self) -> State:
        return {"session": self.name}

    @property
    def done(self) -> int:
        return sum(self._sent.values())

    @property
    def digests(self) -> Mapping[str, str]:
        return {}

    def next_piece(self) -> Piece | None:
        return self._waiting.pop(0) if self._waiting else None

    async def send(self, piece: Piece) -> None:
        try:
            came = bytearray()  # a copy: what we keep is not what the engine holds
            async for chunk in self.item.source.read(piece.offset, piece.length):
                came += chunk
            assert len(came) == piece.length

            def store() -> None:
                session = self.cloud.sessions.get(self.name)
                if session is None:
                    raise UploadLost(cloud=TITLE)
                if self.cloud.room is not None and self.cloud.used() + self.item.size > self.cloud.room:
                    raise CloudFull(cloud=TITLE, need=self.item.size)
                session.pieces[piece.offset] = bytes(came)

            await self.request("send", store)
        except BaseException:
            self._waiting.insert(0, piece)
            raise
        self._sent[piece.offset] = piece.length

    async def close(self, *, keep: bool) -> Entry | None:
        def complete() -> Entry:
            session = self.cloud.sessions.get(self.name)
            if session is None:
                raise UploadLost(cloud=TITLE)
            if not session.node:
                _, name, key, size = session.item
                folder = self.item.folder or self.destination.drive
                self.destination.check(folder)
                data = b"".join(session.pieces[at] for at in sorted(session.pieces))
                assert len(data) == size
                made = Node(f"n{next(self.cloud.numbers)}", folder, name, key, data)
                self.cloud.nodes[made.id] = made
                session.node = made.id
            entry = self.cloud.nodes[session.node].entry()
            if self.cloud.lies:
                self.cloud.lies -= 1
                return Entry(entry.id, entry.name, size=entry.size, hashes={"sha256": "0" * 64})
            return entry

        def drop() -> None:
            session = self.cloud.sessions.pop(self.name, None)
            if session is not None and session.node:
                self.cloud.nodes.pop(session.node, None)

        found = await self.request("close" if keep else "drop", complete if keep else drop)
        return found if isinstance(found, Entry) else None


def memory_kind(cloud: Memory) -> Kind:
    """The kind whose one account is at `cloud`."""

    async def sign_in(options: Mapping[str, str], _env: Mapping[str, str], _asking: Asking) -> SignedIn:
        return SignedIn(options["name"], {"token": sorted(cloud.tokens)[-1]})

    async def sign_out(
        _options: Mapping[str, str], credentials: Credentials, _env: Mapping[str, str]
    ) -> None:
        cloud.tokens.discard(credentials["token"])

    def connect(
        options: Mapping[str, str], credentials: Credentials, _surroundings: Surroundings
    ) -> MemoryDestination:
        return MemoryDestination(cloud, credentials, options.get("drive", ""))

    return Kind(
        id="memory",
        title=TITLE,
        icon="cloud",
        abilities=Abilities({"sha256": lambda _: hashlib.sha256()}, pieces_at_once=2, name_bytes=200),
        options=(
            Option("name", Form.TEXT, "Name", "", default="someone@memory", when=When.SIGN_IN),
            Option("drive", Form.TEXT, "Drive", "", effect=Effect.PLACE),
            BANDWIDTH,
            files_at_once(3),
        ),
        sign_in=sign_in,
        connect=connect,
        sign_out=sign_out,
    )


__all__ = ["PIECE", "CloudError", "CloudUnreachable", "Memory", "memory_kind"]
