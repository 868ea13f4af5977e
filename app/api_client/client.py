"""The task server's calls. Each is one request: no retry (`retry.until_answered` wraps it), no redirect.

`pbulic` is how the server spells it. The private PATCH has no trailing slash while the others have one: a
PATCH or POST that meets the redirect to the other spelling would lose its body on the way.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from app import __version__
from app.api_client.answers import open_envelope, read_model, refusal, unclear
from app.api_client.edge import foreign_errors
from app.api_client.models import DownloadReport, DownloadTask, Task, TaskList, UploadReport, UserInfo
from app.domain.errors import ServerAnswerUnclear, ServerNotAllowed, TokenRefused
from app.domain.words import N_, tr
from app.net.answers import Answer, read_answer
from app.net.foreign import by_the_environments_proxies
from app.net.hosts import is_loopback

TOKEN_HEADERS = ("Token", "HTTP_TOKEN")
USER_PATH = "/api/v1/users/me/"
_UPLOADS = "/api/v1/tasks/upload/pbulic/"
_DOWNLOADS = "/api/v1/tasks/download/"
_PRIVATE = "/api/v1/tasks/upload/private/"

_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")

TaskT = TypeVar("TaskT", bound=Task)


class TaskApi:
    """The task server at `origin` (``https://host[:port]``), for the one whom `token` signs in.

    `token` is asked at every call, so that a new sign-in counts at once; it must answer quickly. `headers`
    are the names under which the token is sent. `transport` replaces the network in tests. `timeout`: seconds
    for one step (connect, one read); `total`: seconds for a whole call, however slowly the answer drips.
    """

    def __init__(
        self,
        origin: str,
        token: Callable[[], str | None],
        *,
        headers: Sequence[str] = TOKEN_HEADERS,
        user_path: str = USER_PATH,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 20.0,
        total: float = 60.0,
    ) -> None:
        self._origin = _plain_origin(origin)
        self._token = token
        self._headers = tuple(headers)
        if _PATH.fullmatch(user_path) is None:  # `@evil.example/` behind the origin would be another host
            raise ServerNotAllowed(server=self._origin, reason=N_("user_path is no path"))
        self._user_path = user_path
        self._transport = transport
        self._timeout = httpx2.Timeout(timeout, connect=min(timeout, 10.0))
        self._total = total
        self._stack = AsyncExitStack()
        #: The server's own clock at its last answer, seconds since 1970; None where it does not say.
        self.server_time: float | None = None
        self._client: httpx2.AsyncClient | None = None

    @property
    def origin(self) -> str:
        return self._origin

    async def __aenter__(self) -> Self:
        parts = urlsplit(self._origin)
        here = is_loopback(parts.hostname or "")
        # Plain HTTP to this computer needs none of the system's certificates, which take 50 ms to read; this
        # context has none, and refuses all.
        plain = here and parts.scheme == "http"
        with foreign_errors(self._origin):
            with by_the_environments_proxies():
                client = httpx2.AsyncClient(
                    transport=self._transport,
                    timeout=self._timeout,
                    follow_redirects=False,
                    trust_env=not here,  # no proxy leads to this computer
                    verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
                    cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                    headers={
                        "User-Agent": f"reelkey/{__version__}",
                        "Accept": "application/json",
                        "Accept-Encoding": "identity",
                    },
                )
            self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._client = None
        with foreign_errors(self._origin):
            await self._stack.aclose()

    # --- who ------------------------------------------------------------------------------------------

    async def me(self) -> UserInfo | None:
        """Who is signed in; None where the server does not know this call (404)."""
        answer = await self._request("GET", self._user_path)
        if answer.status == 404:
            return None
        data, _ = self._open(answer)
        return read_model(UserInfo, data)

    async def who(self) -> UserInfo | None:
        """Who is signed in; None where the server does not say, but takes the token.

        Whether it does, another call shows. A 403 there may mean that a buyer has nothing to release: only
        401 is about the token.
        """
        user = await self.me()
        if user is None:
            answer = await self._request("GET", _PRIVATE)
            if answer.status != HTTPStatus.FORBIDDEN:
                self._open(answer)
        return user

    # --- uploads --------------------------------------------------------------------------------------

    async def create_upload(self, series_id: int, uuid: str, source_name: str) -> Task:
        """A new upload task, or the one that this `uuid` already has. `source_name` with its ending."""
        form = {"series_id": str(series_id), "uuid": uuid, "source_name": _sendable(source_name)}
        answer = await self._request("POST", _UPLOADS, form=form)
        task = self._task(Task, answer, may_forbid=True)
        if task.uuid is not None and _bare(task.uuid.get_secret_value()) != _bare(uuid):
            unclear(tr(N_("The answer is about another film")))
        return task

    async def report_upload(self, task_id: int, report: UploadReport) -> Task:
        """Report how an upload stands. Returned only when the server has echoed task and status."""
        answer = await self._request("PATCH", f"{_UPLOADS}{task_id:d}/", form=report.as_form())
        return _echoed(self._task(Task, answer), task_id, report.status)

    # --- downloads ------------------------------------------------------------------------------------

    async def create_download(self, source_id: int) -> DownloadTask:
        """A new download task. `source_id` travels in the query: proxies drop a GET's body."""
        answer = await self._request("GET", _DOWNLOADS, query={"source_id": str(source_id)})
        task = self._task(DownloadTask, answer, may_forbid=True)
        if task.source_id not in (None, source_id):
            unclear(tr(N_("The answer is about another film")))
        return task

    async def report_download(self, task_id: int, report: DownloadReport) -> DownloadTask:
        """Report how a download stands. Returned only when the server has echoed task and status."""
        answer = await self._request("PATCH", f"{_DOWNLOADS}{task_id:d}/", form=report.as_form())
        return _echoed(self._task(DownloadTask, answer), task_id, report.status)

    async def read_download(self, task_id: int) -> DownloadTask:
        """A download task as it stands now: `private_hash` is there once the seller has released."""
        answer = await self._request("GET", f"{_DOWNLOADS}{task_id:d}/")
        return _echoed(self._task(DownloadTask, answer), task_id)

    # --- private blocks -------------------------------------------------------------------------------

    async def due_private(self) -> TaskList:
        """All private tasks that the server lists; those with `.due` still want their block.

        One that can't be read keeps nobody from the others: it is left out and told beside them.
        """
        data, message = self._open(await self._request("GET", _PRIVATE))
        if not isinstance(data, list):
            unclear(tr(N_("{field} is missing or not what it should be"), field="data"))
        tasks, odd = [], []
        for index, item in enumerate(data):
            try:
                tasks.append(read_model(Task, item, f"data[{index}]"))
            except ServerAnswerUnclear as error:
                odd.append(error)
        if odd and not tasks:
            raise odd[0]
        return TaskList(tasks, message=message, odd=odd)

    async def report_private(self, task_id: int, report: UploadReport) -> Task:
        """Report how a private upload stands; `hash`, `size` and `name` are the private block's."""
        answer = await self._request("PATCH", f"{_PRIVATE}{task_id:d}", form=report.as_form())
        return _echoed(self._task(Task, answer), task_id, report.status)

    # --- one request ----------------------------------------------------------------------------------

    async def _request(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        if self._client is None:
            raise RuntimeError("TaskApi is used outside its context")
        # Without a file name each is a plain field of multipart/form-data, the only form the server reads.
        parts = None if form is None else [(name, (None, value)) for name, value in form.items()]
        headers = self._sign()
        with foreign_errors(self._origin):
            async with (
                asyncio.timeout(self._total),
                self._client.stream(
                    method, self._origin + path, files=parts, params=query, headers=headers
                ) as response,
            ):
                self.server_time = _time_of(response)
                return await read_answer(response)

    def _sign(self) -> dict[str, str]:
        token = self._token()
        if not token:
            raise TokenRefused(text=tr(N_("There is no sign-in")))
        if _HEADER_VALUE.fullmatch(token) is None:
            raise TokenRefused(text=tr(N_("The sign-in has characters that can't be sent")))
        return dict.fromkeys(self._headers, token)

    def _open(self, answer: Answer, *, may_forbid: bool = False) -> tuple[Any, str]:
        if not 200 <= answer.status < 300:
            raise refusal(answer, self._origin, may_forbid=may_forbid)
        return open_envelope(answer)

    def _task(self, model: type[TaskT], answer: Answer, *, may_forbid: bool = False) -> TaskT:
        data, message = self._open(answer, may_forbid=may_forbid)
        return read_model(model, data).model_copy(update={"message": message})


def _echoed(task: TaskT, task_id: int, status: int | None = None) -> TaskT:
    """A report counts as delivered only when the answer is about it: a cached or mixed-up one is none."""
    if task.id != task_id:
        unclear(tr(N_("The answer is about another task")))
    if status is not None and task.status != status:
        unclear(
            tr(
                N_("The answer has status {got} where {sent} was sent"),
                got=int(task.status),
                sent=int(status),
            )
        )
    return task


def _bare(uuid: str) -> str:
    return uuid.replace("-", "").lower()


def _sendable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _plain_origin(origin: str) -> str:
    """Scheme, host and port and nothing else: the token is sent to what this says."""
    try:
        parts = urlsplit(origin)
        usable = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and origin.rstrip("/") == f"{parts.scheme}://{parts.netloc}"
        )
    except ValueError:
        usable = False
    if not usable:
        raise ServerNotAllowed(server=tr(N_("This address")), reason=N_("it is no https://host[:port]"))
    return origin.rstrip("/")


def _time_of(response: httpx2.Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):  # a year of twenty digits, on any system
        return None
