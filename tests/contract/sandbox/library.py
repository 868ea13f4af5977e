"""A small client for these tests, independent of the program's own: it sends exactly what it is told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import httpx2

from sandbox.task_server.testing import BUYER_TOKEN, SELLER_TOKEN, LibraryControl, RunningServer

UPLOADS = "/api/v1/tasks/upload/pbulic/"
DOWNLOADS = "/api/v1/tasks/download/"
RELEASES = "/api/v1/tasks/upload/private/"
ME = "/api/v1/users/me/"
PUBLIC_HASH = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
PRIVATE_HASH = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
BLOCK = {
    "name": "仙剑奇侠传-第21集.mov",
    "file": "仙剑奇侠传",
    "hash": PUBLIC_HASH,
    "size": "1048576",
    "ip": "/ip4/127.0.0.1/tcp/4001/p2p/QmdUVasivefLGRkT4R9mzcp82Qoc47UBb5G9bHXdZkW3RP",
}


@dataclass
class Answer:
    """An answer: status, headers, decoded JSON (None where it is none), text."""

    status: int
    headers: httpx2.Headers
    json: Any
    text: str

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def message(self) -> str:
        found: str = self.json["message"]
        return found


class Library:
    """Requests to one running stand-in."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self._http = httpx2.Client(trust_env=False, verify=False, timeout=30)

    @property
    def control(self) -> LibraryControl:
        return self.server.control

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, Any] | None = None,
        *,
        token: str | None = SELLER_TOKEN,
        **options: Any,
    ) -> Answer:
        """One request; `form` goes as multipart/form-data, None as its token sends none."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Token"] = token
        if form is not None:
            # A pair without a file name is a plain field.
            options["files"] = [
                (name, value if isinstance(value, tuple) else (None, str(value)))
                for name, value in form.items()
            ]
        got = self._http.request(method, self.server.url + path, headers=headers, **options)
        is_json = got.headers.get("content-type", "").startswith("application/json")
        return Answer(got.status_code, got.headers, got.json() if is_json else None, got.text)

    def upload(self, *statuses: int, name: str = BLOCK["name"]) -> dict[str, Any]:
        """A new upload task, taken through `statuses`; its last answer's data."""
        created = self.ask("POST", UPLOADS, {"series_id": 233, "uuid": uuid.uuid4(), "source_name": name})
        assert created.status == 201, created.text
        task: dict[str, Any] = created.data
        for status in statuses:
            task = self.report_upload(task["id"], status).data
        return task

    def finished_upload(self) -> dict[str, Any]:
        return self.upload(1, 2, 3, 8)

    def report_upload(self, task_id: int, status: int, **changes: Any) -> Answer:
        return self.ask("PATCH", f"{UPLOADS}{task_id}/", BLOCK | {"status": status} | changes)

    def report_release(self, task_id: int, status: int, **changes: Any) -> Answer:
        block = BLOCK | {"hash": PRIVATE_HASH, "size": "4096"}
        return self.ask("PATCH", f"{RELEASES}{task_id}", block | {"status": status} | changes)

    def download(self, source_id: int, *, token: str = BUYER_TOKEN) -> Answer:
        return self.ask("GET", DOWNLOADS, token=token, params={"source_id": source_id})

    def report_download(self, task_id: int, status: int, **changes: Any) -> Answer:
        form = {"status": status} | changes
        return self.ask("PATCH", f"{DOWNLOADS}{task_id}/", form, token=BUYER_TOKEN)
