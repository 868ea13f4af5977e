"""Names of files that come from another computer: kept where this system can hold them, else made safe.

A name from outside is one path component at most: separators, control characters and bidi marks are made safe
everywhere, the rest (`<>:"|?*`, device names, trailing dots) only for systems that can't hold it.
Source: Microsoft, "Naming Files, Paths, and Namespaces"; limits of ext4, APFS (255 UTF-8 bytes) and NTFS
(255 UTF-16 units).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Literal, NamedTuple

from app.domain.errors import NameRefused
from app.domain.words import N_

Platform = Literal["windows", "posix", "any"]
MAX_NAME = 255
_MAX_ENDING = 24

# Marks that turn the reading order of what stands around them: behind U+202E, `vom.exe` reads as `exe.mov`.
BIDI_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_MARKS = frozenset("\u2028\u2029\ufeff")
_WINDOWS_RESERVED = frozenset('<>:"|?*')
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    + [port + str(digit) for port in ("COM", "LPT") for digit in range(10)]
)
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")


class SafeName(NamedTuple):
    """One path component that can be used as it stands, and whether it differs from what was asked for."""

    name: str
    changed: bool


def this_platform() -> Platform:
    """The rules of the system that we run on."""
    return "windows" if sys.platform == "win32" else "posix"


def safe_name(name: str, *, platform: Platform | None = None, margin: int = 0) -> SafeName:
    """`name` as one path component for `platform` (default: this system; ``any``: all of them).

    `margin` bytes (UTF-16 units on Windows) stay free for what is put behind later: `` (2)``, ``.part``.
    A name that fits is returned unchanged, not even normalised. Never raises, never returns an empty name.
    """
    rules = platform or this_platform()
    limit = max(16, MAX_NAME - margin)
    clean = "".join(_safe_char(char, rules) for char in name)
    if rules != "posix":
        clean = clean.rstrip(". ")
    clean = _cut(clean, limit, rules)
    if rules != "posix" and is_device_name(clean):  # asked after the cut: a cut can lay a device name bare
        clean = _cut("_" + clean, limit, rules)
    if clean in ("", ".", ".."):
        clean = "_" * max(1, len(clean))
    return SafeName(clean, clean != name)


def safe_parts(path: str, *, platform: Platform | None = None, margin: int = 0) -> list[SafeName]:
    """The components of a relative path split at ``/``, each made safe; empty, ``.`` and ``..`` fall away.

    A leading dot is made safe here too: no film lies in a hidden folder, but ``.ssh`` and ``.config`` do.
    NameRefused where a component is, or begins with, a drive letter.
    """
    parts: list[SafeName] = []
    for piece in path.split("/"):
        if piece in ("", ".", ".."):
            continue
        if _DRIVE.match(piece):
            raise NameRefused(name=path, reason=N_("it names a drive"))
        name = safe_name(piece, platform=platform, margin=margin).name
        if name.startswith("."):  # asked of the safe name: a mark before the dot is gone there
            name = "_" + name[1:]
        parts.append(SafeName(name, name != piece))
    return parts


def is_text(name: str) -> bool:
    """Whether a name can be kept and shown: one that is not UTF-8 can't."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_device_name(component: str) -> bool:
    """Whether Windows takes `component` for a device: ``nul``, ``CON.mov``, ``COM¹.mov``, ``aux .txt``."""
    stem = re.split(r"[.:]", component, maxsplit=1)[0].strip()
    return stem.upper().translate(_SUPERSCRIPTS) in _DEVICES


def middle_elide(text: str, width: int) -> str:
    """`text` in at most `width` columns of a terminal, cut in the middle so that the ending stays."""
    if columns(text) <= width:
        return text
    if width < 2:
        return "…"[: max(0, width)]
    tail_room = (width - 1) // 2
    head = _take(text, width - 1 - tail_room)
    tail = _take(text[::-1], tail_room)[::-1]
    return f"{head}…{tail}"


def columns(text: str) -> int:
    """How many columns a terminal gives `text`: two a wide character, none a combining one."""
    return sum(_width(char) for char in text)


def _safe_char(char: str, rules: Platform) -> str:
    point = ord(char)
    if char in BIDI_MARKS or char in _LINE_MARKS:
        return ""
    # Lone surrogates stand for bytes that were no UTF-8: no system but the one they come from can hold them.
    if point < 0x20 or 0x7F <= point <= 0x9F or char in "/\\" or 0xD800 <= point <= 0xDFFF:
        return "_"
    return "_" if rules != "posix" and char in _WINDOWS_RESERVED else char


def _size(text: str, rules: Platform) -> int:
    """In the unit that the file system counts in. UTF-8 never has fewer bytes than UTF-16 has units."""
    return len(text.encode("utf-16-le")) // 2 if rules == "windows" else len(text.encode("utf-8"))


def _cut(name: str, limit: int, rules: Platform) -> str:
    """Shorten the stem until the name fits; the ending (``.mov``) says what it is."""
    if _size(name, rules) <= limit:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not ending or _size(ending, rules) > _MAX_ENDING:
        stem, dot, ending = name, "", ""
    room = limit - _size(dot + ending, rules)
    end = min(len(stem), room)  # a character has one unit at least: what lies beyond can't stay
    while _size(stem[:end], rules) > room:
        end -= 1
    while 0 < end < len(stem) and (unicodedata.combining(stem[end]) or "\u200d" in stem[end - 1 : end + 1]):
        end -= 1  # no letter without its accent, no half of a joined sign
    stem = stem[:end]
    if rules != "posix" and not ending:
        stem = stem.rstrip(". ")
    return stem + dot + ending


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _take(text: str, width: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _width(char)
        if used > width:
            return text[:index]
    return text
