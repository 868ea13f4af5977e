"""Sellers who play false: sound blocks that say what no honest client would write, put into a real node."""

from __future__ import annotations

import asyncio
import uuid as uuids
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app.crypto.keys import FilmSecrets
from app.crypto.layout import Layout
from app.crypto.private_block import PrivateBlockWriter
from app.crypto.private_payload import FilmFacts
from app.crypto.seal import FilmSealer, PartSealer
from app.ipfs.node import NodeInfo
from app.ipfs.rpc import KuboRpc
from tests.clients import Client


@dataclass(frozen=True, slots=True)
class Forged:
    """A pair of blocks in the seller's node, and the private one as a file."""

    uuid: str
    cid: str
    size: int
    private: Path
    private_cid: str
    address: str


def node_of(client: Client) -> NodeInfo:
    """A client's node, started where it is not."""
    found = client.run("node", "start").result
    return NodeInfo(found["api"], found["peer_id"], tuple(found["addrs"]), found["version"])


def forge(
    node: NodeInfo, folder: Path, data: bytes, *, name: str, path: tuple[str, ...] = (), uuid: str = ""
) -> Forged:
    """Seal `data` under any name, and add both blocks to the seller's node."""
    uuid = uuid or str(uuids.uuid4())
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "source"
    source.write_bytes(data)
    private = folder / "forged.rkkey"
    secrets = FilmSecrets.new(uuid, len(data))
    layout = Layout(len(data), secrets.fid)
    with PrivateBlockWriter(private, layout, secrets, uuid) as writer:
        sealer = PartSealer(FilmSealer(layout, secrets, uuid), 0, source, writer.write_held)
        public = b"".join(bytes(chunk) for chunk in sealer.chunks()) + layout.footer()
        cid = add(node, public)
        writer.finish(cid, [sealer.digest], len(public), FilmFacts(name, path))
    private_cid = add(node, private.read_bytes())
    return Forged(uuid, cid, len(public), private, private_cid, node.addrs[0])


def add(node: NodeInfo, data: bytes) -> str:
    """Add bytes to a node; their CID."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 2**20):
            yield data[start : start + 2**20]

    async def added() -> str:
        async with KuboRpc(node.api) as rpc:
            return (await rpc.add(pieces(), size=len(data), pin_name="forged")).cid

    return asyncio.run(added())


def pins_of(node: NodeInfo) -> set[str]:
    """What a node has pinned, without the empty folder that each new one pins."""

    async def ask() -> set[str]:
        async with KuboRpc(node.api) as rpc:
            return set(await rpc.pin_ls())

    return {cid for cid in asyncio.run(ask()) if not cid.startswith("Qm")}
