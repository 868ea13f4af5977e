"""The answers a Django REST server gives: the envelope, and the three shapes of an error.

Source of the texts: Django REST framework's own Chinese catalogue, as a studio's server would show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse, JSONResponse, Response

Json = dict[str, Any]

NOT_FOUND_PAGE = """<!doctype html>
<html lang="en">
<head><title>Not Found</title></head>
<body><h1>Not Found</h1><p>The requested resource was not found on this server.</p></body>
</html>
"""
BAD_REQUEST_PAGE = """<!doctype html>
<html lang="en">
<head><title>Bad Request (400)</title></head>
<body><h1>Bad Request (400)</h1><p></p></body>
</html>
"""
SERVER_ERROR_PAGE = """<!doctype html>
<html lang="en">
<head><title>Server Error (500)</title></head>
<body><h1>Server Error (500)</h1><p></p></body>
</html>
"""

NOT_SIGNED_IN = "身份认证信息未提供。"
NOT_RECOGNISED = "认证令牌无效。"
NO_RIGHT = "您没有执行该操作的权限。"


class Refused(Exception):
    """An answer that ends the request: HTTP status, JSON body, extra headers."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def refuse_detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> Refused:
    """The framework's own shape, ``{"detail": …}``."""
    return Refused(status, {"detail": text}, headers)


def refuse_fields(errors: Mapping[str, list[str]]) -> Refused:
    """A form that does not hold: 400 ``{"field": ["…"]}``."""
    return Refused(400, dict(errors))


def refuse_message(status: int, message: str) -> Refused:
    """The document's envelope with a text for the user."""
    return Refused(status, {"data": None, "message": message})


def envelope(data: object, *, status: int = 200, message: str = "", meta: Json | None = None) -> Response:
    """The document's answer: ``{"data": …, "message": "…"}`` and, for lists, ``meta``."""
    body: Json = {"data": data, "message": message}
    if meta is not None:
        body["meta"] = meta
    return JSONResponse(body, status)


def page(text: str, status: int) -> Response:
    """An HTML page where a client hoped for JSON."""
    return HTMLResponse(text, status)
