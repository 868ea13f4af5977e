"""multipart/related as Drive wants it: metadata in JSON, then the bytes; two parts and nothing else."""

from __future__ import annotations

import re

from sandbox.clouds.drive.answers import Refused

_BOUNDARY = re.compile(
    r"multipart/related\s*;(?:[^\"]*;)?\s*boundary=(?:\"([^\"\r\n]{1,70})\"|([^\s\";,]{1,70}))", re.I
)
_HEADERS = frozenset(
    {"content-type", "content-transfer-encoding", "mime-version", "content-length", "content-id"}
)


def split_related(content_type: str, body: bytes) -> tuple[bytes, str, bytes]:
    """Metadata, media type and bytes of a multipart body. Raises Refused."""
    match = _BOUNDARY.match(content_type)
    if match is None:
        raise _malformed("no boundary")
    line = b"--" + (match[1] or match[2]).encode()
    # Python's own writer of such bodies ends lines with LF alone, and Google takes them.
    newline = b"\r\n" if body.startswith(line + b"\r\n") else b"\n"
    if not body.startswith(line + newline):
        raise _malformed("no delimiter at its beginning")
    parts = (newline + body[len(line) + len(newline) :]).split(newline + line)
    # A client that chose its delimiter badly finds it in the bytes: then the count is off.
    if len(parts) != 3 or parts[2].strip() != b"--":
        raise _malformed("it has to have two parts and an end")
    meta_type, metadata = _part(parts[0], newline)
    media_type, data = _part(parts[1], newline)
    if meta_type.partition(";")[0].strip().lower() != "application/json":
        raise _malformed("its first part has to be application/json")
    if not media_type:
        raise _malformed("its second part has no Content-Type")
    return metadata, media_type, data


def _part(part: bytes, newline: bytes) -> tuple[str, bytes]:
    head, found, data = part.removeprefix(newline).partition(newline + newline)
    if not found:
        raise _malformed("a part without headers")
    headers: dict[str, str] = {}
    for line in head.split(newline):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name.lower() not in _HEADERS or name.lower() in headers:
            raise _malformed("a header that isn't known")
        headers[name.lower()] = value.strip()
    if headers.get("content-transfer-encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
        raise _malformed("an encoding that isn't played")
    return headers.get("content-type", ""), data


def _malformed(why: str) -> Refused:
    return Refused(400, "badRequest", f"Malformed multipart body: {why}.")
