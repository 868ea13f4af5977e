"""What Kubo answers, as typed values: every field checked, since any server may listen at an API address."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from app.ipfs.cid import BadCid, canonical, is_peer_id
from app.ipfs.edge import Unclear

_LINE_LIMIT = 256 * 2**10
_TEXTS_LIMIT = 4096
_INBOUND = 1  # libp2p's Direction: 0 unknown, 1 inbound, 2 outbound


class Fields:
    """The fields of a JSON object. A getter raises Unclear where its field is missing or of another type."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Unclear("not an object")
        self._value: Mapping[str, object] = value

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def text(self, name: str) -> str:
        value = self._value.get(name)
        if not isinstance(value, str):
            raise Unclear(name)
        return value

    def text_or(self, name: str, default: str = "") -> str:
        """The text, or `default` where there is none."""
        return self.text(name) if self.has(name) else default

    def number(self, name: str, default: int | None = None) -> int:
        """A number that is not negative; Kubo writes some of them as text."""
        if default is not None and not self.has(name):
            return default
        value = self._value.get(name)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Unclear(name)
        return value

    def cid(self, name: str) -> str:
        """A CID in its canonical spelling."""
        try:
            return canonical(self.text(name))
        except BadCid as error:
            raise Unclear(f"{name}: {error}") from error

    def texts(self, name: str) -> list[str]:
        """A list of texts; null is an empty one."""
        value = self._list(name)
        if len(value) > _TEXTS_LIMIT or not all(isinstance(item, str) for item in value):
            raise Unclear(name)
        return [str(item) for item in value]

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; null is an empty one."""
        return [Fields(item) for item in self._list(name)]

    def _list(self, name: str) -> list[object]:
        value = self._value.get(name, "")
        if value is None:
            return []
        if not isinstance(value, list):
            raise Unclear(name)
        return value


@dataclass(frozen=True, slots=True)
class NodeId:
    """A node's peer ID, its own multiaddrs (each with ``/p2p/``), and what it runs."""

    peer_id: str
    addresses: tuple[str, ...]
    agent: str

    @classmethod
    def parse(cls, answer: Fields) -> NodeId:
        if not is_peer_id(answer.text("ID")):
            raise Unclear("ID")
        return cls(answer.text("ID"), tuple(answer.texts("Addresses")), answer.text_or("AgentVersion"))


@dataclass(frozen=True, slots=True)
class Version:
    """Kubo's version and the version of its repo's layout."""

    version: str
    repo: int

    @classmethod
    def parse(cls, answer: Fields) -> Version:
        return cls(answer.text("Version"), answer.number("Repo"))


@dataclass(frozen=True, slots=True)
class RepoStat:
    """Bytes in the repo, its limit, and where asked for its folder and the number of blocks."""

    size: int
    max: int
    path: str
    num_objects: int

    @classmethod
    def parse(cls, answer: Fields) -> RepoStat:
        size, limit = answer.number("RepoSize"), answer.number("StorageMax")
        return cls(size, limit, answer.text_or("RepoPath"), answer.number("NumObjects", 0))


@dataclass(frozen=True, slots=True)
class Peer:
    """A connected peer, the multiaddr (without ``/p2p/``) of its connection, and whether it dialled us."""

    peer_id: str
    address: str
    inbound: bool = False

    @classmethod
    def parse_all(cls, answer: Fields) -> list[Peer]:
        return [
            cls(one.text("Peer"), one.text("Addr"), one.number("Direction", 0) == _INBOUND)
            for one in answer.objects("Peers")
        ]


@dataclass(frozen=True, slots=True)
class Added:
    """What was added: its root, and the bytes of all blocks under it."""

    cid: str
    tsize: int


def parse_json(data: bytes) -> object:
    """JSON from outside. Raises Unclear for what is none, or too deep."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unclear("not JSON") from error
    return value


async def json_lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[Fields]:
    """The objects of an answer of one JSON object a line, as they come. Raises Unclear."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LINE_LIMIT:
            raise Unclear("a line without an end")
        for line in lines:
            if line.strip():
                yield Fields(parse_json(line))
    if rest.strip():
        yield Fields(parse_json(rest))


def refusal(status: int, body: bytes) -> str:
    """What an answer other than 200 says: Kubo's message, else the status and the beginning of its text."""
    try:
        return Fields(parse_json(body)).text("Message")
    except Unclear:
        return f"HTTP {status}: {body[:200].decode('utf-8', 'replace').strip()}"
