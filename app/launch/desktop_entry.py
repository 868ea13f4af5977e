"""The two texts that a Linux desktop reads: desktop entries, and mimeapps.list.

Sources: freedesktop.org, "Desktop Entry Specification" 1.5 (values, the Exec key) and "Association between
MIME types and applications" 1.0.1. Nothing here touches the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_VALUE_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
# Characters that make an argument want quotes, and those that want a backslash inside them.
_RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`]""")
_ESCAPED = re.compile(r'(["`$\\])')
_GROUP = re.compile(r"\[([^\[\]]+)\]\s*")
ENTRY = "Desktop Entry"
DEFAULTS = "Default Applications"
ADDED = "Added Associations"
REMOVED = "Removed Associations"


def can_stand(argument: str) -> bool:
    """Whether an argument can be written into an Exec line at all: text, on one line."""
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return bool(argument) and not any(ord(char) < 0x20 or ord(char) == 0x7F for char in argument)


def exec_value(command: Sequence[str], field_code: str) -> str:
    """The value of Exec: each argument quoted where it must be, ``%`` doubled, and the field code last.

    Quotes only where they are needed: xdg-open of xdg-utils 1.1 takes a quoted program for its name.
    """
    quoted = [_quote(argument.replace("%", "%%")) for argument in command]
    return string_value(" ".join([*quoted, field_code]))


def string_value(text: str) -> str:
    """Text as a value of type string."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def read_string(value: str) -> str:
    """A value of type string as text."""
    return re.sub(r"\\(.)", lambda found: _VALUE_ESCAPES.get(found[1], found[0]), value)


def exec_arguments(value: str) -> list[str] | None:
    """The arguments of an Exec value, field codes left out; None where it is not well-formed."""
    arguments: list[str] = []
    rest = read_string(value).strip(" ")
    while rest:
        if rest.startswith('"'):
            found = re.match(r'"((?:[^"\\]|\\.)*)"(?= |$)', rest)
            if found is None:
                return None
            argument = re.sub(r"\\(.)", r"\1", found[1])
        else:
            found = re.match(r"[^ ]+", rest)
            assert found is not None  # noqa: S101 - rest is neither empty nor begins with a space
            argument = found[0]
        rest = rest[found.end() :].lstrip(" ")
        if not re.fullmatch(r"%[A-Za-z]", argument):
            arguments.append(argument.replace("%%", "%"))
    return arguments


def group(text: str, name: str) -> dict[str, str]:
    """The keys of one group, raw values; the first of a repeated key holds."""
    found: dict[str, str] = {}
    for inside, line in _lines(text):
        key, equals, value = line.partition("=")
        if inside == name and equals and not line.startswith("#"):
            found.setdefault(key.strip(), value.strip())
    return found


def items(value: str) -> list[str]:
    """A value of type list."""
    return [item.strip() for item in value.split(";") if item.strip()]


def with_default(text: str, mime: str, entry: str) -> str:
    """A mimeapps.list in which `entry` is the first choice for `mime`; earlier choices come behind."""
    text = _change(text, REMOVED, mime, lambda old: [one for one in old if one != entry])
    return _change(text, DEFAULTS, mime, lambda old: [entry, *(one for one in old if one != entry)])


def without(text: str, mime: str, entry: str) -> str:
    """A mimeapps.list in which `entry` is no choice for `mime` any more; all else stays as it is."""
    for name in (DEFAULTS, ADDED):
        text = _change(text, name, mime, lambda old: [one for one in old if one != entry])
    return text


def _quote(argument: str) -> str:
    if _RESERVED.search(argument) is None:
        return argument
    return '"' + _ESCAPED.sub(r"\\\1", argument) + '"'


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """(the group it stands in, the line) for each line."""
    inside = ""
    for line in text.split("\n"):
        header = _GROUP.fullmatch(line)
        inside = header[1] if header else inside
        yield inside, line


def _change(text: str, name: str, key: str, change: Callable[[list[str]], list[str]]) -> str:
    """`text` with the list of `key` in group `name` changed; an empty list leaves no line. What is not
    concerned stays byte for byte."""
    kept: list[str] = []
    place = -1
    old: list[str] = []
    for inside, line in _lines(text):
        if inside == name and line.partition("=")[0].strip() == key:
            old += items(line.partition("=")[2])
            place = len(kept) if place < 0 else place
            continue
        kept.append(line)
    new = change(old)
    if new == old:
        return text
    if new:
        wanted = f"{key}={';'.join(new)};"
        if place >= 0:
            kept.insert(place, wanted)
        else:
            _into_group(kept, name, wanted)
    return "\n".join(kept)


def _into_group(lines: list[str], name: str, wanted: str) -> None:
    for index, line in enumerate(lines):
        header = _GROUP.fullmatch(line)
        if header and header[1] == name:
            lines.insert(index + 1, wanted)
            return
    while lines and not lines[-1]:
        lines.pop()
    lines += [*([""] if lines else []), f"[{name}]", wanted, ""]
