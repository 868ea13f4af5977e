"""A small strict Google in memory, as a handler for `httpx2.MockTransport`: what unit tests need of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from app.cloud.destinations.google_drive.api import Api
from app.cloud.destinations.google_drive.drive import GoogleDrive
from app.cloud.destinations.google_drive.files import Files
from app.cloud.destinations.google_drive.hosts import CLOUD, Hosts
from app.cloud.kind import InMemory
from app.cloud.tokens import Keeper, Tokens
from app.cloud.web import Web

API = "https://www.googleapis.com"
GRAIN = 256 * 1024
Reply = httpx2.Response


def nth(number: int, what: str, then: Any) -> Any:
    """For `Google.before` and `after`: `then` at the n-th (from 1) request whose method is `what`."""
    seen = 0

    def at(request: httpx2.Request, reply: Reply | None = None) -> Any:
        nonlocal seen
        seen += request.method == what
        if request.method != what or seen != number:
            return reply
        if isinstance(then, Exception):
            raise then
        return then

    return at


@dataclass
class Session:
    """A resumable upload."""

    metadata: dict[str, Any]
    size: int
    data: bytearray = field(default_factory=bytearray)
    fields: str = ""


def error(status: int, reason: str, text: str = "A text.", retry_after: int | None = None) -> Reply:
    """An error in Google's form."""
    listed = [{"domain": "global", "reason": reason, "message": text}]
    body = {"error": {"code": status, "message": text, "errors": listed}}
    return Reply(status, json=body, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


class _Line(httpx2.AsyncBaseTransport):
    """The line to a Google: itself, or what stands in its place for now."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._itself = httpx2.MockTransport(google.answer)

    async def handle_async_request(self, request: httpx2.Request) -> Reply:
        return await (self._google.network or self._itself).handle_async_request(request)


class Google:
    """Drive, tokens and revocation. `before` may answer in its place (None: it does not); `after` may change
    an answer, or raise what a broken line raises; `keeps`: how many of the bytes that a session was sent it
    keeps."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.bytes: dict[str, bytes] = {}
        self.sessions: dict[str, Session] = {}
        self.tokens = {"access-1"}
        self.refresh_tokens = {"refresh-1"}
        self.calls: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.revoked: list[str] = []
        self.before: Callable[[httpx2.Request], Reply | None] = lambda request: None
        self.after: Callable[[httpx2.Request, Reply], Reply] = lambda request, reply: reply
        self.keeps: Callable[[int], int] = lambda total: total
        self.page_size = 2
        self.network: httpx2.AsyncBaseTransport | None = None
        self._ids: set[str] = set()
        self._made = 0

    def web(self) -> Web:
        """Its network."""
        return Web(CLOUD, API, transport=_Line(self))

    def drive(
        self, *, shared: str = "", expires: float | None = None, saved: list[Tokens] | None = None
    ) -> GoogleDrive:
        """Signed in with ``access-1``, which lasts for an hour unless `expires` says else."""

        async def keep(tokens: Tokens) -> None:
            if saved is not None:
                saved.append(tokens)

        web = self.web()
        tokens = Tokens("access-1", time.time() + 3600 if expires is None else expires, "refresh-1")
        form = {"client_id": "client", "client_secret": "secret"}
        keeper = Keeper(web, CLOUD, Hosts().token, form, tokens, keep)
        return GoogleDrive(Files(Api(web, keeper, Hosts()), shared), shared=bool(shared), notes=InMemory())

    async def answer(self, request: httpx2.Request) -> Reply:
        path = request.url.path
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        self.calls.append(f"{request.method} {path}")
        self.queries.append(query)
        await asyncio.sleep(0)  # others come between, as on any line
        reply = self.before(request)
        if reply is None:
            body = await request.aread()
            if "content-length" in request.headers:
                assert int(request.headers["content-length"]) == len(body)
            reply = self._handle(request, path, query, body)
        return self.after(request, reply)

    def _handle(self, request: httpx2.Request, path: str, query: dict[str, str], body: bytes) -> Reply:
        origin = f"{request.url.scheme}://{request.url.host}"
        if origin == "https://oauth2.googleapis.com":
            return self._token(path, dict(parse_qsl(body.decode())))
        assert origin == API
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return error(401, "authError", "Invalid Credentials")
        if path == "/upload/drive/v3/files":
            return self._upload(request, query, body)
        assert path.startswith("/drive/v3/")
        return self._drive(request.method, path.removeprefix("/drive/v3/"), query, body)

    # --- tokens

    def _token(self, path: str, form: dict[str, str]) -> Reply:
        if path == "/revoke":
            self.revoked.append(form["token"])
            known = form["token"] in self.refresh_tokens
            self.refresh_tokens.discard(form["token"])
            return Reply(200, json={}) if known else Reply(400, json={"error": "invalid_token"})
        assert path == "/token"
        if (form["client_id"], form["client_secret"]) != ("client", "secret"):
            return Reply(401, json={"error": "invalid_client", "error_description": "The OAuth client…"})
        if form["grant_type"] == "authorization_code":
            assert form["code"] == "code-1"
            assert form["redirect_uri"].startswith("http://127.0.0.1:")
            assert len(form["code_verifier"]) >= 43
            return Reply(200, json=self.new_tokens(refresh=True))
        assert form["grant_type"] == "refresh_token"
        if form["refresh_token"] not in self.refresh_tokens:
            return Reply(400, json={"error": "invalid_grant", "error_description": "Token has been revoked."})
        return Reply(200, json=self.new_tokens())

    def new_tokens(self, *, refresh: bool = False) -> dict[str, Any]:
        access = f"access-{len(self.tokens) + 1}"
        self.tokens.add(access)
        given = {
            "access_token": access,
            "expires_in": 3599,
            "token_type": "Bearer",
            "scope": "https://www.googleapis.com/auth/drive.file",
        }
        return given | ({"refresh_token": "refresh-1"} if refresh else {})

    # --- Drive

    def _drive(self, method: str, path: str, query: dict[str, str], body: bytes) -> Reply:
        if path == "about":
            user, room = {"emailAddress": "mo@example.org"}, {"limit": "1000", "usage": "250"}
            return Reply(200, json={"user": user, "storageQuota": room})
        if path == "files/generateIds":
            ids = [f"id-{len(self._ids) + n}" for n in range(int(query["count"]))]
            self._ids |= set(ids)
            return Reply(200, json={"kind": "drive#generatedIds", "space": query["space"], "ids": ids})
        assert query["supportsAllDrives"] == "true"
        if path == "files" and method == "GET":
            return self._search(query)
        if path == "files":
            metadata = json.loads(body)
            if metadata["id"] in self.files:
                return error(409, "duplicate", "A file already exists with the provided ID.")
            self.put(metadata, None)
            return self._shown(metadata["id"], query)
        return self._file(method, path.removeprefix("files/"), query, body)

    def _file(self, method: str, file_id: str, query: dict[str, str], body: bytes) -> Reply:
        if file_id not in self.files:
            return error(404, "notFound", f"File not found: {file_id}.")
        if method == "DELETE":
            del self.files[file_id]
            return Reply(204)
        if method == "PATCH":
            self.files[file_id] |= json.loads(body)
        return self._shown(file_id, query)

    def put(self, metadata: Mapping[str, Any], data: bytes | None) -> None:
        """A file is there."""
        file_id = metadata["id"]
        assert file_id in self._ids
        self._made += 1
        said = {"trashed": False, **metadata, "createdTime": f"{self._made:06}"}
        if data is not None:
            self.bytes[file_id] = data
            said |= {
                "size": str(len(data)),
                "md5Checksum": hashlib.md5(data).hexdigest(),
                "sha256Checksum": hashlib.sha256(data).hexdigest(),
                "webViewLink": f"https://drive.google.com/file/d/{file_id}/view",
            }
        self.files[file_id] = said

    def _shown(self, file_id: str, query: dict[str, str]) -> Reply:
        wanted = query["fields"].split(",")
        return Reply(200, json={k: v for k, v in self.files[file_id].items() if k in wanted})

    def _search(self, query: dict[str, str]) -> Reply:
        q = query["q"]
        literal = r"'((?:[^'\\]|\\['\\])*)'"
        whole = re.fullmatch(
            rf"(?:name = {literal} and )?{literal} in parents"
            rf"(?: and mimeType = {literal})? and trashed = false",
            q,
        )
        assert whole is not None, q
        name, parent, kind = (re.sub(r"\\(.)", r"\1", part or "") for part in whole.groups())
        found = [
            file
            for file in sorted(self.files.values(), key=lambda one: str(one["createdTime"]))
            if parent in file["parents"]
            and not file["trashed"]
            and name.lower() in ("", file["name"].lower())
            and kind in ("", file["mimeType"])
        ]
        start = int(query.get("pageToken", "0"))
        page = found[start : start + self.page_size]
        more = {"nextPageToken": str(start + len(page))} if start + len(page) < len(found) else {}
        return Reply(200, json={"files": page, **more})

    # --- uploads

    def _upload(self, request: httpx2.Request, query: dict[str, str], body: bytes) -> Reply:
        assert query["uploadType"] in ("multipart", "resumable")
        assert query["supportsAllDrives"] == "true"
        if query["uploadType"] == "multipart":
            return self._multipart(request, query, body)
        if "upload_id" in query:
            return self._session(request, query["upload_id"], body)
        assert request.method == "POST"
        metadata = json.loads(body)
        if metadata["id"] in self.files:
            return error(409, "fileIdInUse")
        session_id = f"s{len(self.sessions)}"
        size = int(request.headers["x-upload-content-length"])
        assert request.headers["x-upload-content-type"] == metadata["mimeType"]
        self.sessions[session_id] = Session(metadata, size, fields=query["fields"])
        where = (
            f"{API}/upload/drive/v3/files?uploadType=resumable&upload_id={session_id}&supportsAllDrives=true"
        )
        return Reply(200, headers={"Location": where})

    def _multipart(self, request: httpx2.Request, query: dict[str, str], body: bytes) -> Reply:
        found = re.fullmatch(r"multipart/related; boundary=([0-9a-f]{32})", request.headers["content-type"])
        assert found is not None
        mark = b"--" + found[1].encode()
        first, metadata, media = body.split(mark, 2)
        assert first == b""
        assert media.endswith(b"\r\n" + mark + b"--\r\n")
        head, _, written = metadata.strip(b"\r\n").partition(b"\r\n\r\n")
        assert head == b"Content-Type: application/json; charset=UTF-8"
        said = json.loads(written)
        head, _, data = media.removesuffix(b"\r\n" + mark + b"--\r\n").partition(b"\r\n\r\n")
        assert head.strip() == f"Content-Type: {said['mimeType']}".encode()
        assert len(data) <= 5_000_000
        if said["id"] in self.files:
            return error(409, "fileIdInUse")
        self.put(said, data)
        return self._shown(said["id"], query)

    def _session(self, request: httpx2.Request, session_id: str, body: bytes) -> Reply:
        session = self.sessions.get(session_id)
        if session is None:
            return Reply(404, text="Not Found")
        if request.method == "DELETE":
            del self.sessions[session_id]
            return Reply(499)
        assert request.method == "PUT"
        done = {"fields": session.fields}
        if session.metadata["id"] in self.files:
            return self._shown(session.metadata["id"], done)
        given = request.headers["content-range"]
        if given != f"bytes */{session.size}":
            found = re.fullmatch(rf"bytes (\d+)-(\d+)/{session.size}", given)
            assert found is not None, given
            start, end = int(found[1]), int(found[2]) + 1
            assert end - start == len(body)
            assert end == session.size or len(body) % GRAIN == 0
            assert start == len(session.data)
            session.data += body
            if len(session.data) == session.size and self.keeps(session.size) == session.size:
                self.put(session.metadata, bytes(session.data))
                return self._shown(session.metadata["id"], done)
            del session.data[self.keeps(len(session.data)) :]
        headers = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
        return Reply(308, headers=headers)
