"""The program's own client against the stand-in, over a real connection: the three flows, and the errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from app.api_client.client import TaskApi
from app.api_client.models import DownloadReport, UploadReport
from app.domain.errors import ReelkeyError, ServerRedirected, ServerRefused, ServerUnreachable, TokenRefused
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN
from tests.contract.sandbox.library import BLOCK, PRIVATE_HASH, PUBLIC_HASH, UPLOADS, Library

Connect = Callable[[str], AbstractAsyncContextManager[TaskApi]]
NAME = "仙剑奇侠传-第21集.mov"


@pytest.fixture
def connect(library: Library) -> Connect:
    @asynccontextmanager
    async def connected(token: str) -> AsyncIterator[TaskApi]:
        async with TaskApi(library.server.url, lambda: token, total=20) as api:
            yield api

    return connected


def report(status: int, percent: int | None = None, **changes: str) -> UploadReport:
    block = {"name": NAME, "file": "仙剑奇侠传", "hash": PUBLIC_HASH, "ip": BLOCK["ip"]} | changes
    return UploadReport(status=status, percent=percent, size=500_000_000_000, **block)


async def test_the_three_flows(library: Library, connect: Connect) -> None:
    async with connect(SELLER_TOKEN) as seller, connect(BUYER_TOKEN) as buyer:
        me = await seller.me()
        assert me is not None and me.username == "seller"
        upload = await seller.create_upload(233, "0b5e8f0e-7c2b-4a0e-9d55-1c9f3e0a7a11", NAME)
        for status in (1, 2, 3, 8):
            upload = await seller.report_upload(upload.id, report(status, 100, hash=PUBLIC_HASH))
        assert (upload.status, upload.size) == (8, 500_000_000_000)
        assert upload.source_id is not None

        download = await buyer.create_download(upload.source_id)
        assert download.hash == PUBLIC_HASH
        for status in (4, 5):
            await buyer.report_download(download.id, DownloadReport(status=status))
        assert not (await buyer.read_download(download.id)).private_hash

        (due,) = await seller.due_private()
        for status in (3, 8):
            await seller.report_private(due.id, report(status, hash=PRIVATE_HASH))
        assert list(await seller.due_private()) == []
        assert (await buyer.read_download(download.id)).private_hash == PRIVATE_HASH
        for status in (6, 7, 8):
            download = await buyer.report_download(download.id, DownloadReport(status=status, percent=100))
        assert download.status == 8
    requests = library.control.requests()
    assert {request["status"] for request in requests} == {200, 201}
    assert all(request["token"] and request["http_token"] for request in requests)


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "status", "code": 401}, TokenRefused),
        ({"kind": "status", "code": 400, "shape": "envelope", "message": "不行"}, ServerRefused),
        ({"kind": "status", "code": 400, "shape": "fields", "message": "不行"}, ServerRefused),
        ({"kind": "drop", "act": True, "times": None}, ServerUnreachable),
        ({"kind": "status", "code": 503, "times": None}, ReelkeyError),
        ({"kind": "page", "times": None}, ReelkeyError),
        ({"kind": "redirect", "code": 301, "location": UPLOADS, "times": None}, ServerRedirected),
        ({"kind": "text", "times": None}, ReelkeyError),
        ({"kind": "change", "set": {"id": "one"}, "times": None}, ReelkeyError),
        ({"kind": "cut", "times": None}, ReelkeyError),
    ],
    ids=lambda value: str(value.get("kind")) if isinstance(value, dict) else value.__name__,
)
async def test_faults_become_the_programs_own_errors(
    library: Library, connect: Connect, rule: dict[str, object], error: type[ReelkeyError]
) -> None:
    library.control.call("POST", "/faults", {"method": "POST", **rule})
    async with connect(SELLER_TOKEN) as api:
        with pytest.raises(error):
            await api.create_upload(233, "0b5e8f0e-7c2b-4a0e-9d55-1c9f3e0a7a11", NAME)
    # A redirect was not followed: nothing but the POST was asked for.
    assert {request["method"] for request in library.control.requests()} == {"POST"}
