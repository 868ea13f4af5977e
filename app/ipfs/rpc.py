"""A thin typed client of Kubo's RPC: the calls that Reelkey needs, every answer checked.

Source: Kubo's RPC reference (``/api/v0``), tried against 0.43.0. Small calls go over httpx2, the two that
move films (`add`, `cat`) over `wire`. Sizes are bytes, times seconds. Every method raises NodeUnavailable
where the node can't be reached or breaks off, and NodeFault where it answers with an error or otherwise than
Kubo does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import urlencode

import httpx2

from app.domain.errors import NodeFault, NodeUnavailable
from app.ipfs.answers import (
    Added,
    Fields,
    NodeId,
    Peer,
    RepoStat,
    Version,
    json_lines,
    parse_json,
    refusal,
)
from app.ipfs.cid import DAG_PB, SHA2_256, Cid
from app.ipfs.edge import Unclear, node_errors
from app.ipfs.endpoint import parse_endpoint
from app.ipfs.unixfs import BLOCK_LIMIT, FILM, Shape
from app.ipfs.upload import send_file
from app.ipfs.wire import open_line, request_head

_ANSWER_SECONDS = 60.0
_ANSWER_LIMIT = 4 * 2**20
_REFUSAL_LIMIT = 64 * 2**10
_CHUNK = 2**20
# Kubo takes nothing off the line while it collects garbage; that may last on a large repo.
_BULK_PATIENCE = 900.0

Query = list[tuple[str, str]]
T = TypeVar("T")


class KuboRpc:
    """One node's RPC. `api` is a multiaddr or an http URL; `transport` stands in for httpx2's in tests."""

    def __init__(
        self,
        api: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        bulk_patience: float = _BULK_PATIENCE,
    ) -> None:
        self._endpoint = parse_endpoint(api)
        self._bulk_patience = bulk_patience
        # A proxy of the environment must never be between us and a node on this computer. It is plain HTTP:
        # without verify=False each client would read all of the system's certificates first (0.1 s).
        self._client = httpx2.AsyncClient(
            base_url=self._endpoint.url,
            transport=transport,
            trust_env=False,
            verify=False,
            timeout=httpx2.Timeout(_ANSWER_SECONDS, connect=10.0, pool=None),
            headers={"User-Agent": "reelkey"},
        )

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._client.aclose()

    async def __aenter__(self) -> KuboRpc:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def api(self) -> str:
        """The RPC's URL, for messages."""
        return self._endpoint.url

    # --- the node ------------------------------------------------------------------------------------

    async def id(self, *, seconds: float = _ANSWER_SECONDS) -> NodeId:
        """Who the node is and where it can be dialled."""
        return await self._ask("id", [], NodeId.parse, seconds=seconds)

    async def version(self) -> Version:
        """Kubo's version and its repo's."""
        return await self._ask("version", [], Version.parse)

    async def shutdown(self) -> None:
        """Ask the node to stop. It may break off instead of answering, which is what was asked for."""
        with suppress(NodeUnavailable):
            await self._ask_bytes("shutdown", [])

    async def repo_stat(self, *, whole: bool = False) -> RepoStat:
        """Bytes in the repo and its limit; with `whole` also path and number of objects (walks all of it)."""
        query = [("size-only", "false" if whole else "true")]
        return await self._ask("repo/stat", query, RepoStat.parse, seconds=_BULK_PATIENCE)

    async def repo_gc(self) -> int:
        """Remove what no pin holds; the number of blocks removed. Takes as long as it takes, for what is
        removed is told block by block. Before the first one Kubo looks at all that is pinned."""
        removed = 0
        query, patience = [("quiet", "true"), ("stream-errors", "true")], self._bulk_patience
        with node_errors(self.api, "repo/gc"):
            async with self._open("repo/gc", query, seconds=patience) as answer:
                async for line in json_lines(answer.aiter_bytes()):
                    if error := line.text_or("Error"):
                        raise NodeFault(reason=error)
                    if not line.has("Key"):
                        raise Unclear("Key")
                    removed += 1
        return removed

    # --- peers ---------------------------------------------------------------------------------------

    async def swarm_connect(self, address: str, *, timeout: float) -> None:
        """Dial `address` (a multiaddr with ``/p2p/``). Raises NodeFault with the reason where it fails."""
        query = [("arg", address), ("timeout", f"{timeout:.3f}s")]
        strings = await self._ask(
            "swarm/connect", query, lambda answer: answer.texts("Strings"), seconds=timeout + 5
        )
        if not strings or not strings[0].endswith("success"):
            raise NodeFault(reason="; ".join(strings))

    async def peering_add(self, *addresses: str) -> None:
        """Keep connections to these peers, dialled again when lost. One call a peer: a later one replaces."""
        await self._ask_bytes("swarm/peering/add", [("arg", one) for one in addresses])

    async def peering_rm(self, peer_id: str) -> None:
        """Keep the connection to this peer no longer."""
        await self._ask_bytes("swarm/peering/rm", [("arg", peer_id)])

    async def swarm_peers(self) -> list[Peer]:
        """The peers connected now."""
        return await self._ask("swarm/peers", [("direction", "true")], Peer.parse_all)

    async def reachability(self) -> str:
        """What others found when they dialled back (AutoNAT): ``public``, ``private`` or ``unknown``."""
        return await self._ask("swarm/addrs/autonat", [], lambda answer: answer.text("reachability").lower())

    async def ledger(self, peer_id: str) -> tuple[int, int]:
        """Bytes of blocks sent to a peer and received from it since the connection began."""
        return await self._ask("bitswap/ledger", [("arg", peer_id)], _ledger)

    async def bytes_in(self) -> int:
        """Bytes that came from peers since the node was started, of whatever kind. Counted once a second."""
        return await self._ask("stats/bw", [], lambda answer: answer.number("TotalIn"))

    async def traffic(self) -> tuple[int, int]:
        """Bytes that came from peers and that went to them since the node was started."""
        return await self._ask(
            "stats/bw", [], lambda answer: (answer.number("TotalIn"), answer.number("TotalOut"))
        )

    # --- blocks --------------------------------------------------------------------------------------

    async def block_put_dag_pb(self, data: bytes, *, pin: bool) -> str:
        """Store a dag-pb block; its CID. `pin` pins it recursively without walking what is under it."""
        expected = str(Cid.of_block(DAG_PB, data))
        query = [("cid-codec", "dag-pb"), ("mhtype", "sha2-256"), ("pin", "true" if pin else "false")]
        files = {"file": ("block", data)}
        stored = await self._ask("block/put", query, lambda answer: answer.cid("Key"), files=files)
        if stored != expected:
            raise NodeFault(reason=f"block/put: {stored} ≠ {expected}")
        return expected

    async def block_get(self, cid: str, *, timeout: float | None, offline: bool = False) -> bytes:
        """A block's bytes, from here or from a peer, checked against its CID. Raises TimeoutError."""
        query = [("arg", cid), ("offline", "true" if offline else "false")]
        async with asyncio.timeout(timeout):
            data = await self._ask_bytes("block/get", query, seconds=None, limit=BLOCK_LIMIT)
        wanted = Cid.parse(cid)
        if wanted.hash_code == SHA2_256 and Cid.of_block(wanted.codec, data).digest != wanted.digest:
            raise NodeFault(reason=f"block/get: {cid} ≠ sha2-256")
        return data

    async def block_rm(self, cid: str) -> None:
        """Remove a block from here, if it is here. Raises NodeFault where a pin holds it."""
        with node_errors(self.api, "block/rm"):
            async with self._open("block/rm", [("arg", cid), ("force", "true")]) as answer:
                async for line in json_lines(answer.aiter_bytes()):
                    if error := line.text_or("Error"):
                        raise NodeFault(reason=error)

    # --- pins ----------------------------------------------------------------------------------------

    async def pin_add(
        self,
        cid: str,
        *,
        name: str,
        on_progress: Callable[[int, int], None] | None = None,
        stall_seconds: float | None = None,
    ) -> None:
        """Pin all under `cid`, fetching what is not here; `on_progress(nodes, bytes)` as it goes.

        Raises TimeoutError where neither number grew for `stall_seconds`: Kubo itself waits for ever.
        """
        loop = asyncio.get_running_loop()
        best, pinned = (0, 0), False
        query = [("arg", cid), ("recursive", "true"), ("progress", "true"), ("name", name)]
        # The watchdog stands outside of the edge, which would take its TimeoutError for the line's.
        async with asyncio.timeout(stall_seconds) as watchdog:
            with node_errors(self.api, "pin/add"):
                async with self._open("pin/add", query) as answer:
                    async for line in json_lines(answer.aiter_bytes()):
                        if line.has("Pins"):
                            pinned = cid in line.texts("Pins")
                            continue
                        now = (line.number("Progress", 0), line.number("Bytes", 0))
                        if now > best:
                            best = now
                            if stall_seconds is not None:
                                watchdog.reschedule(loop.time() + stall_seconds)
                            if on_progress is not None:
                                on_progress(*now)
        if not pinned:
            raise NodeFault(reason="pin/add: the answer ends before its last line")

    async def pin_rm(self, cid: str) -> bool:
        """Unpin; False where it was not pinned."""
        try:
            await self._ask_bytes("pin/rm", [("arg", cid), ("recursive", "true")])
        except NodeFault as error:
            if "not pinned" in str(error.facts["reason"]):
                return False
            raise
        return True

    async def pin_ls(self, cid: str | None = None, *, name: str | None = None) -> dict[str, str]:
        """Recursive pins, CID to name: all, that of one CID, or those with `name` in their names."""
        query = [("type", "recursive"), ("names", "true"), ("stream", "true")]
        query += [("arg", cid)] if cid else []
        query += [("name", name)] if name else []
        pins: dict[str, str] = {}
        try:
            with node_errors(self.api, "pin/ls"):
                async with self._open("pin/ls", query, seconds=_ANSWER_SECONDS) as answer:
                    async for line in json_lines(answer.aiter_bytes()):
                        pins[line.cid("Cid")] = line.text_or("Name")
        except NodeFault as error:
            if cid and "is not pinned" in str(error.facts["reason"]):
                return {}
            raise
        return pins

    # --- films ---------------------------------------------------------------------------------------

    async def add(
        self,
        chunks: AsyncIterator[bytes | memoryview],
        *,
        size: int,
        pin_name: str,
        on_bytes: Callable[[int], None] | None = None,
        shape: Shape = FILM,
    ) -> Added:
        """Add and pin `size` bytes from `chunks`; `on_bytes` gets the count of bytes sent so far.

        A chunk is not referred to once two further ones were asked for. Whatever `chunks` raises comes out
        as it is, and what was sent is given up.
        """
        query = [
            *[("cid-version", "1"), ("raw-leaves", "true"), ("hash", "sha2-256"), ("trickle", "false")],
            *[("chunker", f"size-{shape.leaf}"), ("max-file-links", str(shape.links))],
            *[("pin", "true"), ("pin-name", pin_name), ("fast-provide-root", "false")],
            *[("progress", "false"), ("quieter", "true")],
        ]
        async with open_line(self._endpoint, "add", patience=self._bulk_patience) as line:
            head, body = await send_file(line, f"/api/v0/add?{urlencode(query)}", chunks, size, on_bytes)
        if head.status != 200:
            raise NodeFault(reason=refusal(head.status, body))
        with node_errors(self.api, "add"):
            lines = [Fields(parse_json(text)) for text in body.splitlines() if text.strip()]
            # A failure after the head is a trailer that no client sees: only the last line says it went well.
            if not lines:
                raise Unclear("the answer ends before its last line")
            return Added(lines[-1].cid("Hash"), lines[-1].number("Size"))

    async def cat(
        self, cid: str, *, offset: int = 0, length: int | None = None, offline: bool = True
    ) -> AsyncGenerator[bytes, None]:
        """A file's bytes in pieces of 1 MiB, exactly `length` of them (all there are where None).

        Raises NodeFault where fewer come. Close the iterator to give up early.
        """
        query = [("arg", cid), ("offset", str(offset)), ("offline", "true" if offline else "false")]
        query += [("length", str(length))] if length is not None else []
        async with open_line(self._endpoint, "cat", patience=self._bulk_patience) as line:
            target = f"/api/v0/cat?{urlencode(query)}"
            await line.send(request_head(self._endpoint, target, {"Content-Length": "0"}))
            head = await line.head()
            if head.status != 200:
                raise NodeFault(reason=refusal(head.status, await line.read_rest(_REFUSAL_LIMIT)))
            announced = head.headers.get("x-content-length", "")
            if not announced.isdecimal() or (length is not None and int(announced) != length):
                raise NodeFault(reason=f"cat: {announced or '?'} ≠ {length} bytes")
            line.expect_bulk()
            buffer = bytearray(min(_CHUNK, int(announced)))
            left = int(announced)
            while left:
                count = await line.read_into(memoryview(buffer)[: min(left, _CHUNK)])
                if count == 0:
                    raise NodeFault(reason=f"cat: {left} of {announced} bytes are missing")
                left -= count
                yield bytes(memoryview(buffer)[:count])

    # --- asking --------------------------------------------------------------------------------------

    async def _ask(
        self,
        call: str,
        query: Query,
        parse: Callable[[Fields], T],
        *,
        seconds: float | None = _ANSWER_SECONDS,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> T:
        """What `parse` makes of a call's answer, one JSON object."""
        data = await self._ask_bytes(call, query, seconds=seconds, files=files)
        with node_errors(self.api, call):
            return parse(Fields(parse_json(data)))

    async def _ask_bytes(
        self,
        call: str,
        query: Query,
        *,
        seconds: float | None = _ANSWER_SECONDS,
        limit: int = _ANSWER_LIMIT,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> bytes:
        with node_errors(self.api, call):
            async with self._open(call, query, seconds=seconds, files=files) as answer:
                return await _read(answer, limit)

    @asynccontextmanager
    async def _open(
        self,
        call: str,
        query: Query,
        *,
        seconds: float | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> AsyncIterator[httpx2.Response]:
        """An answer of status 200, to be read. `seconds` of None waits for ever. Raises NodeFault."""
        timeout = httpx2.Timeout(seconds, connect=10.0, pool=None)
        async with self._client.stream(
            "POST", f"/api/v0/{call}?{urlencode(query)}", files=files, timeout=timeout
        ) as answer:
            if answer.status_code != 200:
                raise NodeFault(reason=refusal(answer.status_code, await _read(answer, _REFUSAL_LIMIT)))
            yield answer


def _ledger(answer: Fields) -> tuple[int, int]:
    return answer.number("Sent"), answer.number("Recv")


async def _read(answer: httpx2.Response, limit: int) -> bytes:
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise Unclear("it is too long")
    return bytes(data)
