"""What a request in a session says of the bytes it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import Headers

from sandbox.clouds.drive.answers import bad_request

_RANGE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15}|\*)")


@dataclass(frozen=True)
class Piece:
    """Bytes `start` to `end` (inclusive; None: all there are) of `total` (None: not said)."""

    start: int
    end: int | None
    total: int | None
    is_question: bool = False

    def length(self, total: int | None) -> int | None:
        """How many bytes come; None where that isn't said."""
        if self.end is not None:
            return self.end + 1 - self.start
        return total

    def ends(self, total: int | None) -> bool:
        """Whether the file is whole with it."""
        return self.end is None or (total is not None and self.end + 1 == total)


def read_piece(headers: Headers) -> Piece:
    """The piece by its headers. Raises Refused."""
    length = parse_length(headers.get("content-length"))
    text = headers.get("content-range")
    if text is None:
        return Piece(0, None, length)
    match = _RANGE.fullmatch(text)
    if match is None:
        raise bad_request("Failed to parse Content-Range header.")
    start, end, whole = match[1], match[2], match[3]
    total = None if whole == "*" else int(whole)
    if start is None:
        # Of a file without a byte this is both: the question and all there is.
        return Piece(0, None, total, is_question=True)
    if int(end) < int(start):
        raise bad_request("Failed to parse Content-Range header.")
    if length is not None and length != int(end) + 1 - int(start):
        raise bad_request("Content-Range and Content-Length don't agree.")
    return Piece(int(start), int(end), total)


def parse_length(text: str | None) -> int | None:
    """A length in a header; None where there is none. Raises Refused."""
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,15}", text):
        raise bad_request(f"Invalid length {text[:40]!r}")
    return int(text)
