"""The request's body: multipart/form-data and nothing else, as the document says."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from sandbox.task_server.answers import refuse_detail
from sandbox.task_server.fields import Form

# Django's DATA_UPLOAD_MAX_MEMORY_SIZE and DATA_UPLOAD_MAX_NUMBER_FIELDS.
BODY_LIMIT = 2_621_440
FIELD_LIMIT = 1000


async def read_form(headers: Headers, body: bytes) -> Form:
    """The body's fields, the last of a repeated name, None for an uploaded file.

    An empty body is an empty form whatever its type, as in Django REST framework. Raises 415 for another
    type than multipart/form-data and 400 for a body that is none.
    """
    if not body:
        return {}
    kind = headers.get("content-type", "")
    if kind.split(";", 1)[0].strip().lower() != "multipart/form-data":
        raise refuse_detail(415, f"不支持请求中的媒体类型 “{kind[:200]}”。")
    parser = MultiPartParser(
        headers,
        _once(body),
        max_files=FIELD_LIMIT,
        max_fields=FIELD_LIMIT,
        max_part_size=BODY_LIMIT,
    )
    try:
        parsed = await parser.parse()
    except MultiPartException as error:
        raise refuse_detail(400, "Multipart form parse error") from error
    try:
        return {name: value if isinstance(value, str) else None for name, value in parsed.multi_items()}
    finally:
        await parsed.close()


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
