"""A sign-in that expires in the middle of the work, on either side, and a node that is killed. Real Kubo."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

import pytest

from app.domain.errors import TokenRefused
from app.domain.status import TaskKind, TaskStatus
from app.journal import Run, TaskRow
from app.ui.messages import NodeSeen, ServerSeen
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.ui.engines import Watched, a_film, engine_of

pytestmark = pytest.mark.kubo
FILM = hashlib.shake_256(b"a sign-in expires").digest(9_000_001)
NEW_SELLER, NEW_BUYER, STRANGER = "seller-token-new-1", "buyer-token-new-2", "stranger-token-3"


@pytest.mark.timeout(180)
async def test_an_expired_sign_in_keeps_everything_and_a_new_link_goes_on(
    tmp_path: Path, kubo_path: Path
) -> None:
    series = a_film(tmp_path / "series", content=FILM)
    with RunningServer(tmp_path / "server") as server:
        server.control.add_token(NEW_SELLER, "seller", name="seller")
        server.control.add_token(NEW_BUYER, "buyer", name="buyer")
        server.control.add_token(STRANGER, "seller", name="Stranger")
        async with engine_of(tmp_path / "seller", server.url, kubo_path) as seller:
            sent = await upload_with_a_sign_in_that_expires(seller, server, series, tmp_path / "blocks")
            async with engine_of(tmp_path / "buyer", server.url, kubo_path) as buyer:
                got = await download_with_a_sign_in_that_expires(buyer, server, sent, tmp_path / "films")
                await release(seller, server.url, tmp_path / "blocks")
                await buyer.until(lambda: buyer.is_done(TaskKind.DOWNLOAD))
                path = Path(buyer.all_rows()[got.number].final_path)
                assert path.read_bytes() == FILM
                assert server.control.reported(got.remote_id or 0) == [4, 5, 6, 7, 8]
            await a_killed_node_comes_back(seller)


async def upload_with_a_sign_in_that_expires(
    seller: Watched, server: RunningServer, series: Path, blocks: Path
) -> TaskRow:
    requests = seller.engine.requests
    # The first report meets silence: meanwhile the sign-in expires and the film goes on.
    server.control.fault("delay", method="PATCH", path="*upload*", seconds=3600)
    row = await seller.send(series, blocks)
    await seller.until(lambda: seller.signed_in(server.url))
    await seller.until(lambda: row.number in seller.all_rows() and seller.all_rows()[row.number].cid)
    server.control.expire_token(SELLER_TOKEN)
    server.control.clear_faults()
    await seller.until(lambda: seller.trouble(server.url) == "token_refused")
    await seller.until(lambda: (seller.all_rows()[row.number].error or {}).get("code") == "token_refused")
    stood = seller.all_rows()[row.number]
    assert (stood.run, stood.status, stood.percent) == (Run.QUEUED, TaskStatus.DONE, 100)
    assert stood.cid
    seen = seller.seen(server.url)
    assert isinstance(seen, ServerSeen)
    assert isinstance(seen.error, TokenRefused)
    assert (seen.name, seen.account) == ("studio", "seller"), "who it was is still known"
    stranger = await requests.of_link(f"reelkey://private?v=1&token={STRANGER}")
    account = await requests.account(stranger.number)
    assert (account.name, account.change, account.before) == ("Stranger", "other", "seller")
    await requests.drop(stranger.number)
    again = await requests.of_link(f"reelkey://private?v=1&token={NEW_SELLER}")
    assert (await requests.account(again.number)).change == "renewed"
    await requests.accept_sign_in(again.number)
    await seller.until(lambda: seller.is_done(TaskKind.UPLOAD) and seller.signed_in(server.url))
    assert server.control.reported(stood.remote_id or 0) == [1, 2, 3, 8]
    assert seller.all_rows()[row.number].cid == stood.cid
    return seller.all_rows()[row.number]


async def download_with_a_sign_in_that_expires(
    buyer: Watched, server: RunningServer, sent: TaskRow, folder: Path
) -> TaskRow:
    requests = buyer.engine.requests
    link = f"reelkey://download?v=1&source_id={sent.source_id}&token="
    request = await requests.of_link(link + BUYER_TOKEN)
    (row,) = (await requests.accept_download(request.number, folder)).rows

    def now() -> TaskRow:
        return buyer.all_rows()[row.number]

    await buyer.until(lambda: row.number in buyer.all_rows() and now().status is TaskStatus.AWAITING_PRIVATE)
    server.control.expire_token(BUYER_TOKEN)
    await buyer.until(lambda: now().run is Run.QUEUED and buyer.trouble(server.url) == "token_refused")
    assert now().status is TaskStatus.AWAITING_PRIVATE, "it keeps its state"
    again = await requests.of_link(link + NEW_BUYER)
    assert (await requests.accept_download(again.number, folder)).rows, "the very film goes on"
    await buyer.until(lambda: now().run in (Run.WAITING, Run.ACTIVE) and buyer.signed_in(server.url))
    assert len(buyer.rows(TaskKind.DOWNLOAD)) == 1
    return now()


async def release(seller: Watched, origin: str, blocks: Path) -> None:
    found = await seller.engine.requests.find_blocks(origin, [blocks])
    task = found.matches[0].task
    (row,) = await seller.engine.requests.release(origin, [task.id, task.id])
    assert [one.number for one in await seller.engine.requests.release(origin, [task.id])] == [row.number]
    await seller.until(lambda: seller.is_done(TaskKind.RELEASE))


async def a_killed_node_comes_back(seller: Watched) -> None:
    info = await seller.engine.place.desk.node_info()
    assert info.pid is not None
    before = len(seller.told)
    os.kill(info.pid, signal.SIGKILL)

    def since() -> list[str]:
        return [one.state for one in seller.told[before:] if isinstance(one, NodeSeen)]

    await seller.until(lambda: "failed" in since() and since()[-1] == "online")
    assert (await seller.engine.place.desk.node_info()).pid != info.pid
    assert (await seller.engine.place.desk.node_info()).peer_id == info.peer_id
