"""What the RPC client makes of nodes that break off, lie, stall, or are no Kubo at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.domain.errors import Internal, NodeFault, NodeUnavailable, ReelkeyError, SourceGone
from app.ipfs.ingest import ingest_parts
from app.ipfs.rpc import KuboRpc
from tests.unit.ipfs.fake_node import Asked, by_call, fake_node, says

CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
OTHER = "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu"
PEER = "12D3KooWEriFnCfoaLkwcG1znrix6M9GpyTGjHfdQJGBWCSoNKSA"


async def chunks_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def add(rpc: KuboRpc, *pieces: bytes, size: int | None = None) -> object:
    total = sum(map(len, pieces)) if size is None else size
    return await rpc.add(chunks_of(*pieces), size=total, pin_name="job/0")


async def read(rpc: KuboRpc, length: int | None) -> bytes:
    return b"".join([piece async for piece in rpc.cat(CID, length=length)])


# --- add -----------------------------------------------------------------------------------------------


async def test_add_without_its_last_line_is_a_failure() -> None:
    # What Kubo sends when it fails late: status 200, and the error in a trailer.
    async with fake_node(says('{"Name":"","Bytes":5}\n')) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await add(rpc, b"bytes")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\n",
        "null\n",
        "[]\n",
        '{"Hash":"nonsense","Size":"5"}',
        '{"Hash":5,"Size":"5"}',
        "<html>",
        "[" * 5000,
    ]
    + [json.dumps({"Hash": CID, "Size": size}) for size in ("-1", -1, "٣", "1e3", None, 1.5, True, "9" * 30)],
)
async def test_add_with_an_answer_that_is_not_kubos(answer: str) -> None:
    async with fake_node(says(answer)) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await add(rpc, b"bytes")


async def test_add_sends_kubos_settings_and_the_bytes_as_they_are() -> None:
    bodies: list[bytes] = []

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        bodies.append(await asked.body())
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps({"Hash": CID, "Size": "11"}).encode())

    seen: list[int] = []
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        added = await rpc.add(
            chunks_of(b"hello ", b"", b"world"), size=11, pin_name="a job/7", on_bytes=seen.append
        )
        target = node.asked[0].target
    assert (added.cid, added.tsize) == (CID, 11)
    assert seen == [6, 6, 11]
    assert bodies[0].count(b"\r\n\r\nhello world\r\n--") == 1
    for wanted in ("cid-version=1", "raw-leaves=true", "chunker=size-1048576", "max-file-links=1024"):
        assert wanted in target
    for wanted in (
        "hash=sha2-256",
        "pin=true",
        "pin-name=a+job%2F7",
        "progress=false",
        "fast-provide-root=false",
    ):
        assert wanted in target


async def test_add_hears_a_refusal_while_it_still_sends() -> None:
    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.0 500 X\r\n\r\n{"Message":"disk is full","Code":0,"Type":"error"}')

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2**20)

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        # Its words where the system still has them, else that it broke off; never a hang or a traceback.
        with pytest.raises((NodeFault, NodeUnavailable)):
            await rpc.add(endless(), size=2**40, pin_name="job/0")


async def test_add_to_a_node_that_takes_nothing_gives_up() -> None:
    async def answer(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asked.reader.read(-1) if False else await asyncio.Event().wait()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2**20)

    async with fake_node(answer) as node, KuboRpc(node.api, bulk_patience=0.3) as rpc:
        with pytest.raises(NodeUnavailable):
            await rpc.add(endless(), size=2**40, pin_name="job/0")


async def test_what_the_source_raises_comes_out_as_it_is_and_the_request_is_given_up() -> None:
    async def answer(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asked.body()

    async def unplugged() -> AsyncIterator[bytes]:
        yield b"some"
        raise SourceGone(path="/film.mov")

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(SourceGone):
            await rpc.add(unplugged(), size=100, pin_name="job/0")
        await asyncio.wait_for(node.hung_up.wait(), 5)


@pytest.mark.parametrize("size", [3, 5, 100])
async def test_another_number_of_bytes_than_planned_is_refused(size: int) -> None:
    async def answer(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asked.body()

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(Internal):
            await add(rpc, b"four", size=size)


async def test_a_source_that_gives_too_much_is_stopped() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        while await asked.reader.read(2**16):
            pass

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"four"

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(Internal):
            await asyncio.wait_for(rpc.add(endless(), size=9, pin_name="job/0"), 5)


async def test_a_part_that_takes_other_room_than_it_should_is_refused() -> None:
    """The node stored something else than we sent: its own answer gives it away."""

    async def nothing(*_: object) -> None:
        pytest.fail("the part was taken for good")

    async with fake_node(says(json.dumps({"Hash": CID, "Size": "6"}))) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await ingest_parts(
                rpc,
                [5],
                {},
                lambda _: chunks_of(b"12345"),
                job="j",
                on_bytes=lambda *_: None,
                on_part=nothing,
            )


async def test_the_source_runs_one_chunk_ahead_and_no_further() -> None:
    """The promise to producers: a chunk is not looked at once two further ones were asked for."""
    state = {"asked": 0, "sent": 0}

    async def source() -> AsyncIterator[bytes]:
        for _ in range(8):
            state["asked"] += 1
            assert state["asked"] - state["sent"] <= 2
            yield b"x" * 10

    def on_bytes(count: int) -> None:
        state["sent"] = count // 10

    async with fake_node(says(json.dumps({"Hash": CID, "Size": "80"}))) as node, KuboRpc(node.api) as rpc:
        await rpc.add(source(), size=80, pin_name="job/0", on_bytes=on_bytes)
    assert state == {"asked": 8, "sent": 8}


# --- cat -----------------------------------------------------------------------------------------------


async def test_cat_gives_exactly_what_was_asked_for() -> None:
    data = bytes(range(256)) * 10_000
    async with (
        fake_node(says(data, headers=f"X-Content-Length: {len(data)}\r\n")) as node,
        KuboRpc(node.api) as rpc,
    ):
        pieces = [piece async for piece in rpc.cat(CID, offset=3, length=len(data))]
        assert "offset=3" in node.asked[0].target
        assert "offline=true" in node.asked[0].target
    assert b"".join(pieces) == data
    assert [len(piece) for piece in pieces] == [2**20, 2**20, len(data) - 2 * 2**20]


@pytest.mark.parametrize("cut", [0, 1, 2**20, 2**20 + 1])
async def test_a_cat_that_ends_early_is_a_failure(cut: int) -> None:
    answer = says(bytes(cut), headers=f"X-Content-Length: {2**20 + 2}\r\n")
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await read(rpc, 2**20 + 2)


@pytest.mark.parametrize(
    "headers", ["", "X-Content-Length: 4\r\n", "X-Content-Length: -5\r\n", "X-Content-Length: x\r\n"]
)
async def test_a_cat_of_another_length_is_a_failure(headers: str) -> None:
    async with fake_node(says(b"12345", headers=headers)) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await read(rpc, 5)


async def test_a_cat_that_goes_on_too_long_is_cut() -> None:
    async with (
        fake_node(says(b"12345678", headers="X-Content-Length: 5\r\n")) as node,
        KuboRpc(node.api) as rpc,
    ):
        assert await read(rpc, 5) == b"12345"


async def test_frames_that_nobody_asked_for_are_refused() -> None:
    answer = says(b"5\r\n12345\r\n0\r\n\r\n", headers="X-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await read(rpc, 5)


async def test_a_cat_that_stalls_is_given_up() -> None:
    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\nX-Content-Length: 5\r\n\r\n12")
        await writer.drain()
        await asyncio.Event().wait()

    async with fake_node(answer) as node, KuboRpc(node.api, bulk_patience=0.2) as rpc:
        with pytest.raises(NodeUnavailable):
            await read(rpc, 5)


async def test_giving_up_a_cat_hangs_up() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\nX-Content-Length: 99999999\r\n\r\n" + bytes(2**20))
        await writer.drain()
        assert await asked.reader.read(1) == b""
        raise ConnectionError

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        pieces = rpc.cat(CID, length=99999999)
        await anext(pieces)
        await pieces.aclose()
        await asyncio.wait_for(node.hung_up.wait(), 5)


# --- small calls ---------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[KuboRpc], Awaitable[object]]] = {
    "id": lambda rpc: rpc.id(),
    "version": lambda rpc: rpc.version(),
    "repo_stat": lambda rpc: rpc.repo_stat(),
    "repo_gc": lambda rpc: rpc.repo_gc(),
    "swarm_connect": lambda rpc: rpc.swarm_connect(f"/p2p/{PEER}", timeout=1),
    "swarm_peers": lambda rpc: rpc.swarm_peers(),
    "reachability": lambda rpc: rpc.reachability(),
    "ledger": lambda rpc: rpc.ledger(PEER),
    "block_put": lambda rpc: rpc.block_put_dag_pb(b"\n\0", pin=True),
    "block_get": lambda rpc: rpc.block_get(OTHER, timeout=5),
    "pin_add": lambda rpc: rpc.pin_add(CID, name="x", stall_seconds=5),
    "pin_ls": lambda rpc: rpc.pin_ls(),
    "add": lambda rpc: add(rpc, b"x"),
    "cat": lambda rpc: read(rpc, 1),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "page", ["<html><h1>It works!</h1>", "404 page not found", '{"data": null}', "[1]", "\xff\0"]
)
async def test_a_server_that_is_no_kubo(call: str, page: str) -> None:
    for status in (200, 404, 500, 301):
        headers = f"Content-Length: {len(page.encode())}\r\nLocation: http://127.0.0.1:1/\r\n"
        async with fake_node(says(page, status=status, headers=headers)) as node, KuboRpc(node.api) as rpc:
            with pytest.raises(NodeFault) as caught:
                await CALLS[call](rpc)
            assert caught.value.message


@pytest.mark.parametrize("call", CALLS)
async def test_a_node_that_is_not_there(call: str) -> None:
    async with fake_node(says("")) as node:
        api = node.api
    async with KuboRpc(api) as rpc:
        with pytest.raises(NodeUnavailable):
            await CALLS[call](rpc)


@pytest.mark.parametrize("call", CALLS)
async def test_a_node_that_hangs_up(call: str) -> None:
    async def answer(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asked.body()

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeUnavailable):
            await CALLS[call](rpc)


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call not in ("cat", "repo_gc", "pin_ls", "pin_add")]
)
async def test_an_answer_without_an_end_is_not_read_to_it(call: str) -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.body()
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            writer.write(b" " * 2**16)
            await writer.drain()

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(ReelkeyError):
            await asyncio.wait_for(CALLS[call](rpc), 20)


@pytest.mark.parametrize("call", ["repo_gc", "pin_ls", "pin_add"])
async def test_a_line_without_an_end_is_not_read_to_it(call: str) -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.body()
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 2**16)
            await writer.drain()

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await asyncio.wait_for(CALLS[call](rpc), 5)


async def test_a_block_that_is_not_the_one_asked_for_is_refused() -> None:
    async with fake_node(says(b"something else")) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await rpc.block_get(CID, timeout=5)


async def test_a_stored_block_with_another_cid_is_refused() -> None:
    async with fake_node(says(json.dumps({"Key": CID, "Size": 2}))) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await rpc.block_put_dag_pb(b"\n\0", pin=False)


async def test_kubos_own_message_is_passed_on() -> None:
    answer = says('{"Message":"repo is \\u202e locked","Code":0,"Type":"error"}', status=500)
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault) as caught:
            await rpc.version()
    assert caught.value.message == "repo is ␣ locked"


# --- pins ----------------------------------------------------------------------------------------------


async def test_pin_add_without_its_last_line_is_a_failure() -> None:
    async with fake_node(says('{"Progress":3,"Bytes":100}\n')) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await rpc.pin_add(CID, name="x")


async def test_pin_add_of_another_cid_is_a_failure() -> None:
    async with fake_node(says(json.dumps({"Pins": [OTHER]}))) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault):
            await rpc.pin_add(CID, name="x")


async def test_pin_add_without_progress_times_out_though_lines_come() -> None:
    lines = 0

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal lines
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            writer.write(b'{"Progress":3,"Bytes":100}\n')
            await writer.drain()
            lines += 1
            await asyncio.sleep(0.01)

    seen: list[tuple[int, int]] = []
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(TimeoutError):
            await rpc.pin_add(CID, name="x", on_progress=lambda *at: seen.append(at), stall_seconds=0.2)
    assert seen == [(3, 100)]
    assert lines > 3


async def test_pin_add_that_moves_is_waited_for() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for count in range(8):
            writer.write(f'{{"Progress":{count},"Bytes":{count}}}\n'.encode())
            await writer.drain()
            await asyncio.sleep(0.05)
        writer.write(json.dumps({"Pins": [CID]}).encode())

    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        await rpc.pin_add(CID, name="x", stall_seconds=0.25)


async def test_unpinning_what_is_not_pinned_is_no_failure() -> None:
    answer = says('{"Message":"not pinned or pinned indirectly","Code":0}', status=500)
    async with fake_node(answer) as node, KuboRpc(node.api) as rpc:
        assert await rpc.pin_rm(CID) is False


async def test_a_collection_that_fails_in_the_middle_says_so() -> None:
    lines = f'{{"Key":{{"/":"{CID}"}}}}\n{{"Error":"could not remove"}}\n'
    async with fake_node(by_call(repo_gc=says(lines))) as node, KuboRpc(node.api) as rpc:
        with pytest.raises(NodeFault, match="could not remove"):
            await rpc.repo_gc()


@pytest.mark.parametrize("call", [KuboRpc.pin_ls, KuboRpc.repo_gc])
async def test_a_node_that_takes_the_question_and_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[KuboRpc], Awaitable[object]]
) -> None:
    async def answer(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("app.ipfs.rpc._ANSWER_SECONDS", 0.1)
    async with fake_node(answer) as node, KuboRpc(node.api, bulk_patience=0.1) as rpc:
        with pytest.raises(NodeFault):
            await asyncio.wait_for(call(rpc), 5)


async def test_shutdown_of_a_node_that_breaks_off_is_what_was_asked_for() -> None:
    async def answer(asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asked.body()

    async with fake_node(by_call(shutdown=answer)) as node, KuboRpc(node.api) as rpc:
        await rpc.shutdown()
        assert node.asked[0].target.startswith("/api/v0/shutdown")
