"""Google's own client and plain HTTP, aimed at the Drive stand-in; Google's document of answers."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache
import httpx2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from sandbox.clouds.drive.testing import RunningDrive

_DOCUMENT = Path(googleapiclient.discovery_cache.__file__).parent / "documents" / "drive.v3.json"
DOCUMENT: dict[str, Any] = json.loads(_DOCUMENT.read_text("utf-8"))
FOLDER = "application/vnd.google-apps.folder"
BLOCK = 262_144


def google_client(drive: RunningDrive, **token: Any) -> Any:
    """Google's client, whose every address is the stand-in's."""
    document = DOCUMENT | {"rootUrl": f"{drive.origin}/", "baseUrl": f"{drive.origin}/drive/v3/"}
    document.pop("mtlsRootUrl")
    given = drive.control.token(**token)
    credentials = Credentials(token=given["access_token"])  # type: ignore[no-untyped-call]
    return build_from_document(document, credentials=credentials)


class Plain:
    """HTTP by hand, with a token of its own."""

    def __init__(self, drive: RunningDrive, **token: Any) -> None:
        access = drive.control.token(**token)["access_token"]
        self.http = httpx2.Client(base_url=drive.origin, trust_env=False, verify=False, timeout=30)
        self.http.headers["Authorization"] = f"Bearer {access}"

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, method: str, path: str, body: object = None, **query: Any) -> httpx2.Response:
        """A call of /drive/v3."""
        return self.http.request(method, f"/drive/v3{path}", json=body, params=query)

    def begin(self, name: str, total: int | None, **query: Any) -> str:
        """A new session; its address."""
        headers = {} if total is None else {"X-Upload-Content-Length": str(total)}
        answer = self.http.post(
            "/upload/drive/v3/files",
            params={"uploadType": "resumable", "fields": "id,size,sha256Checksum", **query},
            json={"name": name},
            headers=headers,
        )
        assert answer.status_code == 200, answer.text
        return answer.headers["location"]

    def piece(self, session: str, data: bytes, span: str) -> httpx2.Response:
        """A request in a session; `span` is what follows "bytes "."""
        return self.http.put(session, content=data, headers={"Content-Range": f"bytes {span}"})


def reason(answer: httpx2.Response) -> tuple[int, str]:
    """Status and reason of an error in Google's form."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["message"] == error["errors"][0]["message"]
    return answer.status_code, error["errors"][0]["reason"]


def assert_fits(value: Any, schema: dict[str, Any] | str, where: str = "") -> None:
    """Raises AssertionError where an answer isn't what the discovery document says."""
    rule: dict[str, Any] = DOCUMENT["schemas"][schema] if isinstance(schema, str) else schema
    if "$ref" in rule:
        assert_fits(value, rule["$ref"], where)
        return
    match rule.get("type"):
        case "object":
            assert isinstance(value, dict), where
            for name, one in value.items():
                below = rule.get("properties", {}).get(name) or rule.get("additionalProperties")
                assert below is not None, f"{where}.{name} isn't in Google's document"
                assert_fits(one, below, f"{where}.{name}")
        case "array":
            assert isinstance(value, list), where
            for one in value:
                assert_fits(one, rule["items"], f"{where}[]")
        case "boolean":
            assert isinstance(value, bool), where
        case "integer" | "number":
            assert isinstance(value, int | float), where
        case "string":
            assert isinstance(value, str), where
            if rule.get("format") == "int64":
                assert value.isdigit(), where
            if rule.get("format") == "date-time":
                datetime.fromisoformat(value)
