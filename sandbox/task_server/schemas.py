"""The OpenAPI pieces: what the endpoints really take and answer, the errors included."""

from __future__ import annotations

from typing import Any

from sandbox.task_server.answers import Json
from sandbox.task_server.fields import INTEGER_LIMIT, SIZE_LIMIT, TEXT_LIMIT

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_STATUS: Json = {"type": "integer", "minimum": 0, "maximum": 9}
_PERCENT: Json = {"type": "integer", "minimum": 0, "maximum": 100}
# A text is trimmed on the way in: one character that is no space must be in it.
_NAME: Json = {"type": "string", "maxLength": TEXT_LIMIT, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}
_MAYBE: Json = {"type": "string", "maxLength": TEXT_LIMIT, "pattern": r"^[^\x00]*$"}


def _object(properties: Json, *, optional: tuple[str, ...] = (), more: bool = False) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": more,
    }


TASK = _object(
    {
        "id": _COUNT,
        "status": _STATUS,
        "percent": _PERCENT,
        "series_id": _COUNT,
        "source_id": _COUNT,
        "source_name": _TEXT,
        "uuid": _TEXT,
        "ip": _TEXT,
        "file": _TEXT,
        "name": _TEXT,
        "size": _COUNT,
        "hash": _TEXT,
        "created_at": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"},
    }
)
DOWNLOAD_TASK = _object(
    {
        **TASK["properties"],
        "private_status": _STATUS,
        "private_name": _TEXT,
        "private_size": _COUNT,
        "private_hash": _TEXT,
    }
)
USER = _object(
    {
        "id": _COUNT,
        "username": _TEXT,
        "name": _TEXT,
        "company": _TEXT,
        "roles": {"type": "array", "items": {"type": "string", "enum": ["seller", "buyer"]}},
    }
)
META = _object({"status_choices": {"type": "array", "items": _object({"code": _STATUS, "name": _TEXT})}})
NEW_UPLOAD_FORM = _object(
    {
        "series_id": {"type": "integer", "minimum": 0, "maximum": INTEGER_LIMIT},
        "uuid": _NAME,
        "source_name": _NAME,
    },
    more=True,
)
REPORT_FORM = _object({"status": _STATUS, "percent": _PERCENT}, optional=("percent",), more=True)
BLOCK_REPORT_FORM = _object(
    {
        "status": _STATUS,
        "percent": _PERCENT,
        "name": _NAME,
        "file": _NAME,
        "hash": _MAYBE,
        "size": {"type": "number", "minimum": 0, "maximum": SIZE_LIMIT},
        "ip": _MAYBE,
    },
    optional=("percent",),
    more=True,
)
SOURCE_ID_PARAMETER: Json = {
    "name": "source_id",
    "in": "query",
    "required": True,
    "schema": {"type": "integer", "minimum": 0, "maximum": INTEGER_LIMIT},
}

_ENVELOPE_ERROR = _object({"data": {"type": "null"}, "message": {"type": "string", "minLength": 1}})
_DETAIL = _object({"detail": {"type": "string", "minLength": 1}})
_FIELD_ERRORS: Json = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "array", "minItems": 1, "items": _TEXT},
}


def answers(
    data: Json, *, form: bool = False, task: bool = False, created: bool = False, meta: bool = False
) -> Any:
    """The ``responses`` of an endpoint answering `data`: every status that it can give, with its shape."""
    properties: Json = {"data": data, "message": _TEXT}
    if meta:
        properties["meta"] = META
    good = {"description": "The envelope", "content": _json(_object(properties))}
    found: Json = {"200": good, "401": _error("No token, or not a valid one", _DETAIL)}
    if created:
        found["201"] = good
    if form:
        shapes = {"anyOf": [_FIELD_ERRORS, _DETAIL, _ENVELOPE_ERROR]}
        found["400"] = _error("A field is wrong, or the move is not legal", shapes)
        found["415"] = _error("Not multipart/form-data", _DETAIL)
    found["403"] = _error("The token has not got that right", {"anyOf": [_DETAIL, _ENVELOPE_ERROR]})
    if task:
        missing = _error("No such task or source", _ENVELOPE_ERROR)
        missing["content"]["text/html"] = {"schema": _TEXT}
        found["404"] = missing
    found["405"] = _error("Method not allowed", _DETAIL)
    return found


def form_body(schema: Json) -> Json:
    """The ``openapi_extra`` of an endpoint that takes this form."""
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
    }


NO_SUCH_PAGE: Any = {"404": {"description": "Switched off", "content": {"text/html": {"schema": _TEXT}}}}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _error(text: str, schema: Json) -> Json:
    return {"description": text, "content": _json(schema)}
