"""The window's engines of a seller and a buyer: link, yes, sent, asked for, released, here. Real Kubo, real
server, no Qt: what the window does between its threads is tested with the window."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote

import pytest

from app.domain.errors import NoFilms
from app.domain.status import TaskKind, TaskStatus
from app.journal import TaskRow
from app.ui.messages import DueChanged, NodeSeen, ServerSeen
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer
from tests.ui.engines import Watched, a_film, engine_of

pytestmark = pytest.mark.kubo
FILM = hashlib.shake_256("仙剑奇侠传-第21集".encode()).digest(9_000_001)


async def test_a_film_goes_from_link_to_link(tmp_path: Path, kubo_path: Path) -> None:
    series = a_film(tmp_path / "仙剑奇侠传", "第21集.mov", FILM)
    (series / "notes.txt").write_text("no film")
    with RunningServer(tmp_path / "server") as server:
        async with (
            engine_of(tmp_path / "seller", server.url, kubo_path) as seller,
            engine_of(tmp_path / "buyer", server.url, kubo_path) as buyer,
        ):
            sent = await send(seller, series, tmp_path / "blocks")
            await receive(buyer, sent.source_id or 0, tmp_path / "films")
            await release(seller, server.url, tmp_path / "blocks")
            await buyer.until(lambda: buyer.is_done(TaskKind.DOWNLOAD))
            got = buyer.rows(TaskKind.DOWNLOAD)[0]
            assert Path(got.final_path).read_bytes() == FILM
            assert (seller.failures(), buyer.failures()) == ([], [])
            await seller.until(lambda: any(isinstance(one, NodeSeen) and one.peers for one in seller.told))


async def send(seller: Watched, series: Path, blocks: Path) -> TaskRow:
    requests = seller.engine.requests
    link = f"reelkey://upload?v=1&series_id=233&folder={quote(str(series))}&token={SELLER_TOKEN}"
    request = await requests.of_link(link)
    assert (request.action, request.series_id, request.known) == ("upload", 233, True)
    assert SELLER_TOKEN not in repr(request) + repr(vars(requests))
    account = await requests.account(request.number)
    assert (account.name, account.change, account.error) == ("seller", "first", None)
    found = await requests.films(request.number, request.folders)
    assert [film.path.name for film in found.films] == ["第21集.mov"]
    assert [path.name for path in found.skipped] == ["notes.txt"]
    assert seller.engine.place.token(request.server) is None, "nothing is kept before the yes"
    with pytest.raises(NoFilms):
        await requests.accept_upload(request.number, request.folders, [], blocks, 233)
    films = [film.path for film in found.films]
    await requests.accept_upload(request.number, request.folders, films, blocks, 233)
    await seller.until(lambda: seller.is_done(TaskKind.UPLOAD))
    await seller.until(
        lambda: any(isinstance(one, ServerSeen) and one.account == "seller" for one in seller.told)
    )
    again = await requests.of_link(link)
    assert (await requests.account(again.number)).change == "same"
    assert (await requests.films(again.number, again.folders)).films[0].sent_at is not None
    await requests.drop(again.number)
    return seller.rows(TaskKind.UPLOAD)[0]


async def receive(buyer: Watched, source_id: int, folder: Path) -> None:
    requests = buyer.engine.requests
    request = await requests.of_link(f"reelkey://download?v=1&source_id={source_id}&token={BUYER_TOKEN}")
    await requests.accept_download(request.number, folder)
    await buyer.until(lambda: buyer.rows(TaskKind.DOWNLOAD)[-1:] and waits(buyer.rows(TaskKind.DOWNLOAD)[0]))


def waits(row: TaskRow) -> bool:
    return row.status is TaskStatus.AWAITING_PRIVATE


async def release(seller: Watched, origin: str, blocks: Path) -> None:
    seller.engine.looks.ask_due_now()
    await seller.until(lambda: any(isinstance(one, DueChanged) and one.tasks for one in seller.told))
    found = await seller.engine.requests.find_blocks(origin, [blocks])
    assert [match.state for match in found.matches] == ["matched"]
    await seller.engine.requests.release(origin, [found.matches[0].task.id])
    await seller.until(lambda: seller.is_done(TaskKind.RELEASE))
