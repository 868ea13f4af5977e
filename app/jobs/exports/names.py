"""Names at a destination: made safe, cut to what it takes, and never those of another file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.errors import TooMuchAtOnce
from app.domain.names import safe_name, safe_parts
from app.domain.words import N_

_TWIN = re.compile(r"^(.+) \([0-9]{1,4}\)(\.[^.]{1,12})?$")
_TWINS = 10_000
_TWIN_ROOM = 8  # " (9999)" and a little
_MAX_BYTES = 255
_DEEPEST = 64


def file_name(name: str, longest: int) -> str:
    """A file's name as it can stand at a destination that takes names of `longest` UTF-8 bytes, with room for
    a twin's number."""
    return safe_name(name, platform="posix", margin=_margin(longest) + _TWIN_ROOM).name


def folder_parts(path: str, longest: int) -> list[str]:
    """The folders of a path at the destination, each made safe. Raises TooMuchAtOnce for one that is too
    deep."""
    parts = [safe_name(one, platform="posix", margin=_margin(longest)).name for one in _pieces(path)]
    if len(parts) > _DEEPEST:
        raise TooMuchAtOnce(reason=N_("more than {count} folders in each other"), count=_DEEPEST)
    return parts


def below(path: str) -> str:
    """The folders that a file of a list or a tree lies in, as a path below the export's folder: made safe,
    never out of it."""
    return "/".join(part.name for part in safe_parts(path.replace("\\", "/"), platform="posix")[:_DEEPEST])


def joined(*paths: str) -> str:
    """One path of several, any of them empty."""
    return "/".join(piece for path in paths for piece in _pieces(path))


def twins(name: str) -> Iterator[str]:
    """`name`, then ``name (2).ext`` and on."""
    yield name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 12:
        stem, dot, ending = name, "", ""
    for number in range(2, _TWINS):
        yield f"{stem} ({number}){dot}{ending}"


def untwin(name: str) -> str:
    """``name.ext`` of ``name (2).ext``; any other name as it is."""
    return _TWIN.sub(r"\1\2", name)


def fold(name: str) -> str:
    """Two names of one fold are the same file to a computer that doesn't tell capital letters."""
    return name.casefold()


def _pieces(path: str) -> list[str]:
    return [piece for piece in path.split("/") if piece not in ("", ".", "..")]


def _margin(longest: int) -> int:
    return max(0, _MAX_BYTES - longest)
