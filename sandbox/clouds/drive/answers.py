"""Google's forms of answers: JSON with the fields asked for, and errors with their reasons."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from sandbox.clouds.faults import Fault

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
# Domains of reasons that aren't "global".
_DOMAINS = {
    "userRateLimitExceeded": "usageLimits",
    "rateLimitExceeded": "usageLimits",
    "dailyLimitExceeded": "usageLimits",
    "accessNotConfigured": "usageLimits",
}
_REASONS = {400: "badRequest", 401: "authError", 403: "forbidden", 404: "notFound", 409: "conflict"}
_REASONS |= {429: "rateLimitExceeded", 500: "internalError", 503: "backendError"}


class Refused(Exception):
    """A request that ends with an error. `location` names the parameter or header at fault."""

    def __init__(
        self, code: int, reason: str, message: str, location: str = "", kind: str = "parameter"
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.location, self.location_type = location, kind


def error(refused: Refused) -> Response:
    """The answer to a request that was refused."""
    detail: dict[str, Any] = {
        "message": refused.message,
        "domain": _DOMAINS.get(refused.reason, "global"),
        "reason": refused.reason,
    }
    if refused.location:
        detail |= {"location": refused.location, "locationType": refused.location_type}
    body: dict[str, Any] = {"code": refused.code, "message": refused.message, "errors": [detail]}
    if refused.code in _STATUS and refused.code != 404:
        body["status"] = _STATUS[refused.code]
    answer = reply({"error": body}, refused.code)
    if refused.code == 401:
        answer.headers["WWW-Authenticate"] = (
            'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        )
    return answer


def fault_error(fault: Fault) -> Response:
    """The error of a `status` fault."""
    code = fault.code or 500
    reason = fault.reason or _REASONS.get(code, "backendError")
    return error(Refused(code, reason, fault.message or "Something went wrong."))


def reply(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, media_type="application/json; charset=UTF-8")


def not_found(file_id: str) -> Refused:
    """What Google says of files that aren't there and of those that the client may not see."""
    return Refused(404, "notFound", f"File not found: {file_id}.", "fileId")


def invalid(location: str, message: str = "Invalid Value") -> Refused:
    """A parameter with a value that it can't have."""
    return Refused(400, "invalid", message, location)


def bad_request(message: str) -> Refused:
    return Refused(400, "badRequest", message)
