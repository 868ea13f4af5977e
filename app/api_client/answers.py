"""Reading answers: the envelope, and the three shapes of an error.

{"data": …, "message": "…"}      the envelope, on success and on refusal
{"detail": "…"}                  Django REST framework
{"field": ["…"], …}              Django REST framework, a form's errors
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from app.api_client.models import clean_message
from app.domain.errors import (
    ServerAnswerUnclear,
    ServerError,
    ServerRedirected,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from app.domain.words import N_, tr
from app.net.answers import Answer

_MAX_FIELDS = 20
_MAX_DEPTH = 4
# Answers by which a server, or what stands before it, says "not now".
_LATER = frozenset({408, 425, 429})
_PROXY_SIGN_IN = 407

ModelT = TypeVar("ModelT", bound=BaseModel)


def open_envelope(answer: Answer) -> tuple[Any, str]:
    """`data` and `message` of a 2xx. ServerAnswerUnclear where the envelope is missing."""
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict) or "data" not in content:
        unclear(tr(N_("Something else than the library answered")))
    return content["data"], clean_message(content.get("message"))


def read_model(model: type[ModelT], data: Any, where: str = "data") -> ModelT:
    """`data` as `model`. ServerAnswerUnclear names the field that is wrong, never its value."""
    wrong = ""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        known = [str(step) for step in first["loc"] if step in model.model_fields]
        wrong = ".".join([where, *known])
    except RecursionError:
        wrong = where
    return unclear(tr(N_("{field} is missing or not what it should be"), field=wrong))


def unclear(reason: str) -> NoReturn:
    raise ServerAnswerUnclear(reason=reason)


def refusal(answer: Answer, server: str, *, may_forbid: bool) -> ServerError:
    """The error for an answer that is no 2xx. `may_forbid`: whether a 403 with the server's own message is
    about the thing asked for (a film that isn't authorised) and not about the token."""
    status = answer.status
    if 300 <= status < 400:
        return ServerRedirected(server=server, status=status)
    text, fields, enveloped = _error_text(answer)
    if status >= 500 or status < 200 or status in _LATER or status == _PROXY_SIGN_IN:
        said = tr(N_("it answers {status}"), status=status) + (f", {text}" if text else "")
        return ServerUnreachable(server=server, reason=said, status=status, retry_after=answer.retry_after)
    text = text or _phrase(status)
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenRefused(text=text, status=status)
    if status == HTTPStatus.FORBIDDEN and not (may_forbid and enveloped):
        return TokenRefused(text=text, status=status)
    return ServerRefused(text=text, status=status, fields=fields)


def _error_text(answer: Answer) -> tuple[str, dict[str, str], bool]:
    """The server's text, its field errors, and whether it came as the envelope's message."""
    try:
        content = answer.json()
    except ValueError:
        return "", {}, False
    if not isinstance(content, dict):
        return clean_message("; ".join(_texts(content))), {}, False
    message = clean_message(content.get("message"))
    if message:
        nested = content.get("data") or content.get("errors")
        return message, _field_errors(nested) if isinstance(nested, dict) else {}, True
    detail = clean_message(content.get("detail"))
    if detail:
        return detail, {}, False
    fields = _field_errors(content)
    return clean_message("; ".join(f"{name}: {said}" for name, said in fields.items())), fields, False


def _field_errors(content: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in list(content.items())[:_MAX_FIELDS]:
        said = clean_message(" ".join(_texts(value)))[:300]
        if said:
            fields[clean_message(name)[:60]] = said
    return fields


def _texts(value: Any, depth: int = 0) -> list[str]:
    """All texts in a value of any shape, as far down as a serializer nests them."""
    if isinstance(value, str):
        return [value]
    if depth >= _MAX_DEPTH or not isinstance(value, (list, dict)):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [text for item in list(inner)[:_MAX_FIELDS] for text in _texts(item, depth + 1)]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
