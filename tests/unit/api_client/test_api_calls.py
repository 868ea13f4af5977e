"""What goes over the wire, and what the document's own answers become."""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from app.api_client import DownloadReport, TaskApi, UploadReport
from app.domain.errors import (
    ServerAnswerUnclear,
    ServerNotAllowed,
    ServerRedirected,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from app.domain.status import TaskStatus

ORIGIN = "https://library.example"
TOKEN = "canary-token-51"
UUID = "5d1a7c4e-8f0b-4f6e-9a55-canary000001"

# The document's example, word for word.
TASK: dict[str, Any] = {
    "id": 233,
    "status": 0,
    "percent": 0,
    "series_id": 233,
    "source_id": 233,
    "source_name": "仙剑奇侠传-电视版（第21集）",
    "uuid": "283509238",
    "ip": "QmdUVasivefLGRkT4R9mzcp82Qoc47UBb5G9bHXdZkW3RP",
    "file": "仙剑奇侠传",
    "name": "仙剑奇侠传-电视版（第21集）",
    "size": 102400,
    "hash": "QmTxvr8VXe37apeBjyPeAGZi5JiRSbwn8mr2DuuqR517Lo",
    "created_at": "2018-05-06 12:00:00",
}
DOWNLOAD = TASK | {
    "private_status": 0,
    "private_name": "仙剑奇侠传-电视版（第21集）",
    "private_size": 0,
    "private_hash": "",
}
REPORT = UploadReport(
    status=TaskStatus.UPLOADING,
    percent=40,
    name='第21集 "终".mov',
    file="仙剑奇侠传",
    hash="bafy1",
    size=500_000_000_000,
    ip="/ip4/192.0.2.1/tcp/4001/p2p/12D3",
)

Handler = Callable[[httpx2.Request], httpx2.Response]


@asynccontextmanager
async def api(handler: Handler, token: str | None = TOKEN, **options: Any) -> AsyncIterator[TaskApi]:
    async with TaskApi(ORIGIN, lambda: token, transport=httpx2.MockTransport(handler), **options) as opened:
        yield opened


def envelope(data: object, message: str = "") -> httpx2.Response:
    return httpx2.Response(200, json={"data": data, "message": message})


def form_of(request: httpx2.Request) -> dict[str, str]:
    """The form as the standard library's mail parser reads it: an opinion that is not httpx2's."""
    head = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.content)
    assert message.get_content_type() == "multipart/form-data"
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        assert part["Content-Type"] is None
        disposition = part["Content-Disposition"]
        assert "filename" not in disposition.params
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[disposition.params["name"]] = content.decode("utf-8")
    return fields


class Recorder:
    """Answers every request with one task and keeps what was asked."""

    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response] | object) -> None:
        self.answer = answer
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answer(request) if callable(self.answer) else envelope(self.answer)

    @property
    def last(self) -> httpx2.Request:
        return self.requests[-1]


async def test_create_upload() -> None:
    server = Recorder(TASK | {"uuid": UUID.replace("-", "").upper()})
    async with api(server) as client:
        task = await client.create_upload(233, UUID, "第21集.mov")
    assert (server.last.method, server.last.url.raw_path) == ("POST", b"/api/v1/tasks/upload/pbulic/")
    assert form_of(server.last) == {"series_id": "233", "uuid": UUID, "source_name": "第21集.mov"}
    assert (task.id, task.source_id, task.status) == (233, 233, TaskStatus.NOT_STARTED)


async def test_report_upload() -> None:
    server = Recorder(TASK | {"status": 3})
    async with api(server) as client:
        task = await client.report_upload(233, REPORT)
    assert (server.last.method, server.last.url.raw_path) == ("PATCH", b"/api/v1/tasks/upload/pbulic/233/")
    assert form_of(server.last) == {
        "status": "3",
        "percent": "40",
        "name": '第21集 "终".mov',
        "file": "仙剑奇侠传",
        "hash": "bafy1",
        "size": "500000000000",
        "ip": "/ip4/192.0.2.1/tcp/4001/p2p/12D3",
    }
    assert task.status is TaskStatus.UPLOADING


async def test_create_download_carries_the_id_in_the_query() -> None:
    server = Recorder(DOWNLOAD)
    async with api(server) as client:
        task = await client.create_download(233)
    assert (server.last.method, server.last.url.raw_path) == ("GET", b"/api/v1/tasks/download/?source_id=233")
    assert server.last.content == b""
    assert (task.hash, task.private_hash, task.private_status) == (TASK["hash"], "", TaskStatus.NOT_STARTED)


async def test_report_and_read_download() -> None:
    server = Recorder(DOWNLOAD | {"status": 5})
    async with api(server) as client:
        await client.report_download(233, DownloadReport(status=5))
        reported = server.last
        await client.read_download(233)
    assert (reported.method, reported.url.raw_path) == ("PATCH", b"/api/v1/tasks/download/233/")
    assert form_of(reported) == {"status": "5"}
    assert (server.last.method, server.last.url.raw_path) == ("GET", b"/api/v1/tasks/download/233/")


async def test_due_private_lists_all_and_says_which_are_due() -> None:
    listed = [
        TASK,
        TASK | {"id": 2, "status": 3},
        TASK | {"id": 3, "status": 8},
        TASK | {"id": 4, "status": 9},
    ]
    meta = {"status_choices": [{"code": 0, "name": "未开始"}]}
    server = Recorder(lambda _: httpx2.Response(200, json={"data": listed, "message": "hi", "meta": meta}))
    async with api(server) as client:
        tasks = await client.due_private()
    assert (server.last.method, server.last.url.raw_path) == ("GET", b"/api/v1/tasks/upload/private/")
    assert [(task.id, task.due) for task in tasks] == [(233, True), (2, True), (3, False), (4, True)]
    assert tasks.message == "hi"


async def test_report_private_has_no_slash_at_its_end() -> None:
    server = Recorder(TASK | {"status": 3})
    async with api(server) as client:
        await client.report_private(233, REPORT)
    assert (server.last.method, server.last.url.raw_path) == ("PATCH", b"/api/v1/tasks/upload/private/233")


async def test_me() -> None:
    server = Recorder({"id": 5, "nickname": None, "name": ["odd"], "username": "片厂\x1b[2J", "extra": {}})
    async with api(server, user_path="/api/v1/whoami/") as client:
        user = await client.me()
    assert server.last.url.raw_path == b"/api/v1/whoami/"
    assert user is not None
    assert user.account == "片厂␣[2J"


async def test_me_that_is_not_there_is_no_error() -> None:
    async with api(lambda _: httpx2.Response(404, html="<h1>Not Found</h1>")) as client:
        assert await client.me() is None


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (403, None), (401, TokenRefused), (404, ServerRefused), (503, ServerUnreachable)],
)
async def test_a_server_that_does_not_say_who_we_are_says_whether_the_token_is_good(
    status: int, error: type[Exception] | None
) -> None:
    """A buyer may be refused the list of what is to be released; an odd entry of it is no matter here."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/api/v1/users/me/":
            return httpx2.Response(404)
        return httpx2.Response(status, json={"data": [{"id": "odd"}], "message": ""})

    async with api(answer) as client:
        if error is None:
            assert await client.who() is None
        else:
            with pytest.raises(error):
                await client.who()


async def test_the_token_is_sent_under_both_names_and_asked_each_time() -> None:
    tokens = iter(["one", "two"])
    server = Recorder(TASK)
    async with TaskApi(ORIGIN, lambda: next(tokens), transport=httpx2.MockTransport(server)) as client:
        for _ in range(2):
            await client.create_upload(1, "283509238", "a")
    sent = [(request.headers["Token"], request.headers["HTTP_TOKEN"]) for request in server.requests]
    assert sent == [("one", "one"), ("two", "two")]
    assert TOKEN not in str(server.last.url)


async def test_the_header_names_are_a_setting() -> None:
    server = Recorder(TASK)
    async with api(server, headers=("X-Studio",)) as client:
        await client.read_download(233)
    assert server.last.headers["X-Studio"] == TOKEN
    assert "Token" not in server.last.headers


@pytest.mark.parametrize("token", [None, "", "a\r\nX: y", "片", "a\x00", " a", "a\n", "\udcff"])
async def test_a_token_that_cannot_be_sent(token: str | None) -> None:
    server = Recorder(TASK)
    async with api(server, token=token) as client:
        with pytest.raises(TokenRefused) as caught:
            await client.me()
    assert server.requests == []
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:01:40 GMT", 100.0),
        ("", None),
        ("soon", None),
        ("Fri, 31 Dec 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2024 99:00:00 GMT", None),
    ],
)
async def test_the_servers_clock(date: str, seconds: float | None) -> None:
    async with api(lambda _: httpx2.Response(200, json={"data": TASK}, headers={"Date": date})) as client:
        await client.read_download(233)
        assert client.server_time == seconds


async def test_cookies_are_not_kept() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"data": TASK}, headers={"Set-Cookie": "sessionid=1; Path=/"})

    server = Recorder(answer)
    async with api(server) as client:
        await client.read_download(233)
        await client.read_download(233)
    assert "Cookie" not in server.last.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    server = Recorder(lambda _: httpx2.Response(status, headers={"Location": "https://evil.example/x"}))
    async with api(server) as client:
        for call in (
            lambda: client.report_private(233, REPORT),
            lambda: client.create_upload(1, UUID, "a"),
            lambda: client.read_download(233),
            client.me,
        ):
            with pytest.raises(ServerRedirected) as caught:
                await call()
            assert caught.value.facts["status"] == status
    assert {request.url.host for request in server.requests} == {"library.example"}
    assert len(server.requests) == 4


@pytest.mark.parametrize("answer", [{"id": 234, "status": 3}, {"id": 233, "status": 2}])
async def test_a_report_is_delivered_only_when_id_and_status_come_back(answer: dict[str, int]) -> None:
    async with api(Recorder(TASK | answer)) as client:
        with pytest.raises(ServerAnswerUnclear):
            await client.report_upload(233, REPORT)
        with pytest.raises(ServerAnswerUnclear):
            await client.report_private(233, REPORT)
    async with api(Recorder(DOWNLOAD | answer)) as client:
        with pytest.raises(ServerAnswerUnclear):
            await client.report_download(233, DownloadReport(status=3))


async def test_answers_about_something_else() -> None:
    async with api(Recorder(DOWNLOAD)) as client:
        with pytest.raises(ServerAnswerUnclear):
            await client.read_download(7)
        with pytest.raises(ServerAnswerUnclear):
            await client.create_download(7)
        with pytest.raises(ServerAnswerUnclear) as caught:
            await client.create_upload(1, UUID, "a")
    assert "283509238" not in str(caught.value)
    assert UUID not in str(caught.value)


async def test_the_uuid_is_in_no_repr() -> None:
    async with api(Recorder(TASK | {"uuid": UUID})) as client:
        task = await client.create_upload(1, UUID, "a")
    assert UUID not in repr(task)
    assert UUID not in str(task.model_dump())
    assert task.uuid is not None
    assert task.uuid.get_secret_value() == UUID


async def test_the_message_is_plain_text_of_bounded_length() -> None:
    async with api(
        lambda _: envelope(TASK | {"message": 5}, "排队\x1b[31m中\n\u202e" + "x" * 5000)
    ) as client:
        task = await client.read_download(233)
    assert task.message.startswith("排队␣[31m中 ␣xxx")
    assert len(task.message) == 2000


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "library.example",
        "ftp://library.example",
        "https://user:pw@library.example",
        "https://library.example/api/v1",
        "https://library.example?x",
        "https://library.example#x",
        "https://",
        "https://[::1",
    ],
)
def test_an_origin_is_an_origin(origin: str) -> None:
    with pytest.raises(ServerNotAllowed):
        TaskApi(origin, lambda: TOKEN)


@pytest.mark.parametrize("path", ["@evil.example/", "//evil.example/?x", "me/", "/me?token=1", "/me#x", ""])
def test_the_user_path_cannot_lead_elsewhere(path: str) -> None:
    with pytest.raises(ServerNotAllowed):
        TaskApi(ORIGIN, lambda: TOKEN, user_path=path)


def test_reports_check_their_ranges_and_send_only_text() -> None:
    base: dict[str, Any] = {"name": "a\udcff.mov", "file": "f", "hash": "", "ip": ""}
    assert UploadReport(status=9, size=0, **base).as_form() == base | {
        "name": "a?.mov",
        "status": "9",
        "size": "0",
    }
    for wrong in ({"size": -1}, {"size": 2**63}, {"percent": 101}, {"percent": -1}, {"status": 10}):
        with pytest.raises(ValueError, match=r"."):
            UploadReport(**({"status": 1, "size": 0, **base} | wrong))


# --- refusals ------------------------------------------------------------------------------------------


async def refusal_of(response: httpx2.Response, call: str = "read") -> Exception:
    async with api(lambda _: response) as client:
        calls: dict[str, Callable[[], Any]] = {
            "read": lambda: client.read_download(233),
            "create": lambda: client.create_download(233),
            "upload": lambda: client.create_upload(1, UUID, "a"),
            "me": client.me,
            "list": client.due_private,
            "report": lambda: client.report_upload(233, REPORT),
        }
        with pytest.raises(Exception) as caught:
            await calls[call]()
    assert TOKEN not in repr(vars(caught.value)) + str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"data": None, "message": "该影片未获授权"}, "该影片未获授权"),
        ({"detail": "Not found."}, "Not found."),
        (
            {"size": ["Enter a number."], "ip": ["Too long.", "Odd."]},
            "size: Enter a number.; ip: Too long. Odd.",
        ),
        ({"meta": {"size": ["Odd."]}}, "meta: Odd."),
        (["Odd.", {"x": "Too."}], "Odd.; Too."),
        ({}, "Bad Request"),
        ("just text", "just text"),
    ],
)
async def test_the_shapes_of_a_refusal(body: Any, text: str) -> None:
    error = await refusal_of(httpx2.Response(400, json=body))
    assert isinstance(error, ServerRefused)
    assert error.facts["status"] == 400
    assert error.facts["text"] == text


async def test_field_errors_are_kept_by_field() -> None:
    error = await refusal_of(httpx2.Response(400, json={"uuid": ["already\x1b exists"], "n": 5}))
    assert isinstance(error, ServerRefused)
    assert error.facts["fields"] == {"uuid": "already␣ exists"}


@pytest.mark.parametrize("call", ["me", "list", "report", "read", "create", "upload"])
async def test_401_is_always_the_token(call: str) -> None:
    error = await refusal_of(httpx2.Response(401, json={"data": None, "message": "登录已过期"}), call)
    assert isinstance(error, TokenRefused)
    assert error.facts["text"] == "登录已过期"


@pytest.mark.parametrize("call", ["me", "list", "report", "read"])
async def test_403_is_the_token_where_nothing_is_asked_for(call: str) -> None:
    assert isinstance(
        await refusal_of(httpx2.Response(403, json={"message": "no", "data": None}), call), TokenRefused
    )


@pytest.mark.parametrize("call", ["create", "upload"])
async def test_403_of_a_create_is_about_the_film_where_the_server_says_so(call: str) -> None:
    said = await refusal_of(httpx2.Response(403, json={"message": "未授权下载该节目", "data": None}), call)
    assert isinstance(said, ServerRefused)
    assert said.facts["text"] == "未授权下载该节目"
    credentials = {"detail": "Authentication credentials were not provided."}
    assert isinstance(await refusal_of(httpx2.Response(403, json=credentials), call), TokenRefused)
    assert isinstance(await refusal_of(httpx2.Response(403, html="<p>no"), call), TokenRefused)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 425, 407, 599])
async def test_not_now_is_unreachable_and_retried(status: int) -> None:
    error = await refusal_of(httpx2.Response(status, html="<h1>Bad Gateway</h1>"))
    assert isinstance(error, ServerUnreachable)
    assert error.retry
    assert str(status) in error.message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("999999999999", 3600.0),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Fri, 99 Foo 9999", None),
    ],
)
async def test_retry_after(value: str, seconds: float | None) -> None:
    error = await refusal_of(httpx2.Response(429, headers={b"Retry-After": value.encode("latin-1")}))
    assert isinstance(error, ServerUnreachable)
    assert error.facts["retry_after"] == seconds


# --- answers that are none -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, html="<html>Sign in to the network</html>"),
        httpx2.Response(200, json=TASK),
        httpx2.Response(200, json=[TASK]),
        httpx2.Response(200, json="text"),
        httpx2.Response(200, json={"message": "ok"}),
        httpx2.Response(204),
        httpx2.Response(200, content=b""),
        httpx2.Response(200, content=b'{"data": {"id": 233, "status": NaN}}'),
        httpx2.Response(200, content=b"\xef\xbb\xbf" + json.dumps({"data": TASK}).encode()),
        httpx2.Response(200, content='{"data": {"name": "仙"}}'.encode("gb18030")),
        httpx2.Response(200, content=b"[" * 500_000),
        httpx2.Response(200, content=b'{"data":' * 100_000),
        httpx2.Response(200, content=b'{"data": {"id": ' + b"9" * 5000 + b"}}"),
        httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=b"\x1f\x8b"),
    ],
)
async def test_a_2xx_without_the_envelope_is_no_answer(response: httpx2.Response) -> None:
    async with api(lambda _: response) as client:
        with pytest.raises(ServerAnswerUnclear) as caught:
            await client.read_download(233)
        assert caught.value.retry


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", "x"),
        ("id", True),
        ("id", -1),
        ("id", 1.5),
        ("id", 2**63),
        ("id", "１"),
        ("id", "1" * 400),
        ("id", 10**400),
        ("id", [1]),
        ("status", None),
        ("status", 10),
        ("status", "done"),
        ("status", False),
        ("status", {}),
        ("percent", "x"),
        ("percent", []),
        ("percent", True),
        ("size", "12 MB"),
        ("size", ""),
        ("size", 1e400),
        ("source_id", {"id": 1}),
        ("hash", 5),
        ("hash", ["a"]),
        ("name", {"a": 1}),
        ("name", "x" * 5000),
        ("name", "\ud800"),
        ("uuid", 283509238),
        ("private_hash", False),
        ("private_status", 77),
        ("private_size", -1),
    ],
)
async def test_a_wrong_field_is_named_and_its_value_is_not(field: str, value: Any) -> None:
    async with api(
        lambda _: httpx2.Response(200, content=json.dumps({"data": DOWNLOAD | {field: value}}))
    ) as client:
        with pytest.raises(ServerAnswerUnclear) as caught:
            await client.read_download(233)
    infinite = value == 1e400  # json.dumps writes Infinity, which is no JSON at all
    assert ("data." + field in str(caught.value.facts["reason"])) is not infinite
    assert "283509238" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], [DOWNLOAD], "x", 5, True, {}])
async def test_data_of_another_shape(data: Any) -> None:
    async with api(lambda _: envelope(data)) as client:
        with pytest.raises(ServerAnswerUnclear, match="data"):
            await client.read_download(233)
        if data != {}:
            with pytest.raises(ServerAnswerUnclear):
                await client.me()


async def test_a_wrong_entry_of_the_list_is_named_and_hides_no_other() -> None:
    async with api(lambda _: envelope([TASK, TASK | {"status": 10}, TASK])) as client:
        tasks = await client.due_private()
    assert len(tasks) == 2
    assert ["data[1].status" in str(error.facts["reason"]) for error in tasks.odd] == [True]
    async with api(lambda _: envelope([TASK | {"status": "x"}])) as client:
        with pytest.raises(ServerAnswerUnclear, match="status"):  # the list is another one than we know
            await client.due_private()
    async with api(lambda _: envelope({"results": []})) as client:
        with pytest.raises(ServerAnswerUnclear):
            await client.due_private()


async def test_optional_fields_may_be_missing_or_null_and_unknown_ones_are_ignored() -> None:
    nulls = dict.fromkeys(DOWNLOAD) | {"id": "233", "status": 4.0, "brand_new": {"x": [1]}, "\ud800": 1}
    for data in (nulls, {"id": 233, "status": "4"}):
        body = json.dumps({"data": data}).encode()
        response = httpx2.Response(200, content=body)
        async with api(Recorder(lambda _: response)) as client:  # noqa: B023 - used up within this round
            task = await client.read_download(233)
        assert (task.id, task.status, task.percent, task.uuid, task.size) == (233, 4, None, None, None)
        assert (task.hash, task.private_hash, task.message) == ("", "", "")


@pytest.mark.parametrize(
    ("sent", "read"), [(33.9, 33), (-5, 0), (250, 100), ("40", 40), ("40.5", 40), (10**400, 100)]
)
async def test_percent_is_brought_into_its_range(sent: Any, read: int) -> None:
    async with api(
        lambda _: httpx2.Response(200, content=json.dumps({"data": DOWNLOAD | {"percent": sent}}))
    ) as client:
        assert (await client.read_download(233)).percent == read


async def test_a_size_may_come_as_a_float() -> None:
    async with api(Recorder(DOWNLOAD | {"size": 102400.0, "private_size": "5"})) as client:
        task = await client.read_download(233)
    assert (task.size, task.private_size) == (102400, 5)
    assert isinstance(task.size, int)
