"""Every call of the client against the stand-in, and for every call every kind of answer that is none."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.api_client import DownloadReport, TaskApi, UploadReport
from app.domain.errors import (
    ReelkeyError,
    ServerAnswerUnclear,
    ServerRedirected,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, RunningServer

CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
FILM = '仙剑 "21" %41 é.mov'


def block(status: int, **changes: Any) -> UploadReport:
    fields: dict[str, Any] = {"name": FILM, "file": "仙剑奇侠传", "hash": CID, "size": 2**40}
    return UploadReport(status=status, **(fields | {"ip": "/ip4/127.0.0.1/tcp/1"} | changes))


@dataclass
class World:
    """One stand-in with an upload, a download and a release that calls can be about."""

    server: RunningServer
    upload: int = 0
    source: int = 0
    download: int = 0
    release: int = 0

    def api(self, token: str) -> TaskApi:
        return TaskApi(self.server.url, lambda: token, timeout=10, total=20)

    async def fill(self) -> None:
        async with self.api(SELLER_TOKEN) as seller, self.api(BUYER_TOKEN) as buyer:
            task = await seller.create_upload(233, str(uuid.uuid4()), FILM)
            for status in (1, 2, 3, 8):
                await seller.report_upload(task.id, block(status))
            assert task.source_id is not None
            self.upload, self.source = task.id, task.source_id
            self.download = (await buyer.create_download(task.source_id)).id
            self.release = (await seller.due_private())[0].id


Call = Callable[[World, TaskApi], Awaitable[Any]]
SELLERS: dict[str, Call] = {
    "me": lambda _, api: api.me(),
    "create_upload": lambda _, api: api.create_upload(233, str(uuid.uuid4()), FILM),
    "report_upload": lambda world, api: api.report_upload(world.upload, block(8)),
    "due_private": lambda _, api: api.due_private(),
    "report_private": lambda world, api: api.report_private(world.release, block(3)),
}
BUYERS: dict[str, Call] = {
    "create_download": lambda world, api: api.create_download(world.source),
    "report_download": lambda world, api: api.report_download(world.download, DownloadReport(status=4)),
    "read_download": lambda world, api: api.read_download(world.download),
}
CALLS = SELLERS | BUYERS

# Each fault, and what it is to the program. `Unclear` and `Unreachable` are asked again, the others are not.
FAULTS: list[tuple[dict[str, Any], type[ReelkeyError]]] = [
    ({"kind": "status", "code": 500, "shape": "html"}, ServerUnreachable),
    ({"kind": "status", "code": 502, "shape": "empty"}, ServerUnreachable),
    ({"kind": "status", "code": 503, "shape": "envelope"}, ServerUnreachable),
    ({"kind": "status", "code": 429, "retry_after": "7"}, ServerUnreachable),
    ({"kind": "status", "code": 408}, ServerUnreachable),
    ({"kind": "drop"}, ServerUnreachable),
    ({"kind": "drop", "act": True}, ServerUnreachable),
    ({"kind": "cut"}, ServerUnreachable),
    ({"kind": "delay", "seconds": 30}, ServerUnreachable),
    ({"kind": "slow", "seconds": 30}, ServerUnreachable),
    ({"kind": "page"}, ServerAnswerUnclear),
    ({"kind": "text"}, ServerAnswerUnclear),
    ({"kind": "bare"}, ServerAnswerUnclear),
    ({"kind": "bare", "body": []}, ServerAnswerUnclear),
    ({"kind": "bare", "body": {"data": "text", "message": ""}}, ServerAnswerUnclear),
    ({"kind": "bare", "body": {"data": None}}, ServerAnswerUnclear),
    ({"kind": "redirect", "code": 301}, ServerRedirected),
    ({"kind": "redirect", "code": 307}, ServerRedirected),
    ({"kind": "status", "code": 401}, TokenRefused),
    ({"kind": "status", "code": 400, "shape": "envelope", "message": "不行"}, ServerRefused),
    ({"kind": "status", "code": 400, "shape": "fields", "message": "不行"}, ServerRefused),
    ({"kind": "status", "code": 409, "shape": "detail", "message": "不行"}, ServerRefused),
    ({"kind": "status", "code": 410, "shape": "html"}, ServerRefused),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("contract")) as running:
        yield running


@pytest.fixture
async def world(server: RunningServer) -> World:
    server.control.reset()
    world = World(server)
    await world.fill()
    return world


def token_of(name: str) -> str:
    return BUYER_TOKEN if name in BUYERS else SELLER_TOKEN


@pytest.mark.parametrize("name", CALLS)
async def test_each_fault_of_each_call_is_a_typed_error_and_then_the_call_works(
    world: World, name: str
) -> None:
    control = world.server.control
    hasty = TaskApi(world.server.url, lambda: token_of(name), timeout=0.3, total=0.6)
    async with world.api(token_of(name)) as patient, hasty:
        for rule, expected in FAULTS:
            api = hasty if "seconds" in rule else patient
            control.fault(**rule)
            before = control.requests()[-1]["seq"]
            with pytest.raises(ReelkeyError) as caught:
                await CALLS[name](world, api)
            control.clear_faults()
            assert type(caught.value) is expected, (rule, caught.value)
            assert token_of(name) not in str(caught.value) + repr(caught.value.record())
            if rule.get("message"):
                assert "不行" in caught.value.message
            if rule.get("retry_after"):
                assert caught.value.facts["retry_after"] == 7
            asked = control.requests(after=before, wait=2)
            assert len(asked) == 1, "neither repeated nor led elsewhere"
        await CALLS[name](world, patient)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"set": {"id": "one"}}, "id"),
    ({"set": {"id": True}}, "id"),
    ({"set": {"id": -1}}, "id"),
    ({"remove": ["id"]}, "id"),
    ({"set": {"status": 10}}, "status"),
    ({"set": {"status": None}}, "status"),
    ({"set": {"size": "big"}}, "size"),
    ({"set": {"size": 2**63}}, "size"),
    ({"set": {"hash": 5}}, "hash"),
    ({"set": {"uuid": ["x"]}}, "uuid"),
    ({"set": {"source_name": {"a": 1}}}, "source_name"),
    ({"set": {"ip": "x" * 5000}}, "ip"),
]


@pytest.mark.parametrize("name", [name for name in CALLS if name != "me"])
async def test_a_needed_field_of_the_wrong_type_is_named(world: World, name: str) -> None:
    async with world.api(token_of(name)) as api:
        for change, field in WRONG:
            world.server.control.fault("change", **change)
            with pytest.raises(ServerAnswerUnclear) as caught:
                await CALLS[name](world, api)
            assert field in caught.value.message.split()[0].split("."), (change, caught.value.message)


@pytest.mark.parametrize("name", ["report_upload", "report_private", "report_download"])
@pytest.mark.parametrize("change", [{"id": 999_999}, {"status": 7}], ids=str)
async def test_an_answer_about_something_else_delivers_no_report(
    world: World, name: str, change: dict[str, int]
) -> None:
    world.server.control.fault("change", set=change)
    async with world.api(token_of(name)) as api:
        with pytest.raises(ServerAnswerUnclear):
            await CALLS[name](world, api)


async def test_an_answer_with_more_and_less_than_the_document_has_is_taken(world: World) -> None:
    optional = ["percent", "series_id", "source_id", "created_at", "file", "name"]
    world.server.control.fault("change", set={"colour": "red", "ip": None}, remove=optional, times=None)
    for name, call in CALLS.items():
        async with world.api(token_of(name)) as api:
            await call(world, api)


async def test_a_text_of_the_server_comes_through_on_one_line(world: World) -> None:
    message = "维护 今晚\n\x1b[31m十点\u202e"
    world.server.control.fault("change", message=message, times=None)
    async with world.api(SELLER_TOKEN) as api:
        assert (await api.report_upload(world.upload, block(8))).message == "维护 今晚 ␣[31m十点␣"
        assert (await api.due_private()).message == "维护 今晚 ␣[31m十点␣"


async def test_who_may_not_and_who_is_not_signed_in_are_told_apart(world: World) -> None:
    world.server.control.authorise(world.source, "buyer", allowed=False)
    async with world.api(BUYER_TOKEN) as buyer:
        with pytest.raises(ServerRefused) as refused:
            await buyer.create_download(world.source)
        assert refused.value.facts["status"] == 403 and "授权" in refused.value.message
        with pytest.raises(ServerRefused) as unknown:
            await buyer.create_download(424242)
        assert unknown.value.facts["status"] == 404
        with pytest.raises(TokenRefused):
            await buyer.due_private()  # a buyer is no seller
    async with world.api("nobody's-token") as nobody:
        for call in CALLS.values():
            with pytest.raises(TokenRefused):
                await call(world, nobody)
    world.server.control.set(me=False)
    async with world.api(BUYER_TOKEN) as buyer:
        assert await buyer.me() is None


async def test_what_was_sent_arrives_letter_for_letter(world: World) -> None:
    async with world.api(SELLER_TOKEN) as api:
        created = await api.create_upload(0, "plain-uuid", FILM)
        await api.report_upload(created.id, block(1, hash="", size=0, ip=""))
    posted = world.server.control.requests(method="POST")[-1]
    assert (posted["path"], posted["content_type"]) == (
        "/api/v1/tasks/upload/pbulic/",
        "multipart/form-data",
    )
    assert posted["form"] == {"series_id": "0", "uuid": "plain-uuid", "source_name": FILM}
    patched = world.server.control.requests(method="PATCH")[-1]
    assert patched["form"] == {
        "status": "1",
        "name": FILM,
        "file": "仙剑奇侠传",
        "hash": "",
        "size": "0",
        "ip": "",
    }
    assert posted["token"] and posted["http_token"]
