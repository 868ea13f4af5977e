"""The browser's link: an untrusted request, taken apart by rules that refuse what they don't know.

Any web page can open a link, so nothing here touches disk, network or settings, and nothing is acted upon:
the result is shown to a person who says yes. Refusals name the field and the rule, never the field's own text
(a token with an ``&`` in it would otherwise be quoted as the name of an unknown field).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from app.domain.errors import LinkFieldRefused
from app.domain.names import BIDI_MARKS, is_device_name
from app.domain.words import N_, tr

SCHEME = "reelkey"
MAX_BYTES = 1900

Action = Literal["upload", "download", "private"]

# What each action must carry beside v; `server` may be there for all.
_REQUIRED: dict[Action, tuple[str, ...]] = {
    "upload": ("v", "series_id", "folder", "token"),
    "download": ("v", "source_id", "token"),
    "private": ("v", "token"),
}
_OPTIONAL = ("server",)
_ACTIONS: dict[str, Action] = {name: name for name in _REQUIRED}

_ID = re.compile(r"[0-9]{1,16}")
_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?")
# A header's value: visible ASCII, spaces only inside. RFC 9110, section 5.5.
_TOKEN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_DRIVE = re.compile(r"[A-Za-z]:")
# A path that begins at a root: of the disk, of the home, of a drive.
_WHOLE = re.compile(r"/|~(?:[\\/]|$)|[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What a link asks for. `folder` is a suggestion, whole as written; `server` a name in the settings."""

    action: Action
    token: str = field(repr=False)
    series_id: int | None = None
    source_id: int | None = None
    folder: str | None = None
    server: str | None = None

    def public(self) -> dict[str, object]:
        """The request without the token: what may be printed, logged and shown."""
        shown: dict[str, object] = {"action": self.action}
        for name in ("series_id", "source_id", "folder", "server"):
            value = getattr(self, name)
            if value is not None:
                shown[name] = value
        return shown


def is_link(text: str) -> bool:
    """Whether an argument is meant as a link at all, so that it is parsed before any option parsing."""
    return text[: len(SCHEME) + 1].lower() == SCHEME + ":"


def parse_link(text: str | bytes, server_names: Collection[str]) -> LinkRequest:
    """Take `text` apart; `server_names` are those in the settings. LinkRefused is all that it raises."""
    whole = _decode(text)
    action, query = _split(whole)
    fields = _fields(query, action)
    for name in _REQUIRED[action]:
        if name not in fields:
            _refuse(name, N_("it is missing"))
    for name, value in fields.items():
        _check_plain(name, value)
    if fields["v"] != "1":
        _refuse("v", N_("only version 1 is known"))
    server = fields.get("server")
    if server is not None and server not in server_names:
        _refuse("server", N_("no library of that name is in the settings"))
    if _TOKEN.fullmatch(fields["token"]) is None:
        _refuse("token", N_("it has characters that can't be sent"))
    folder = fields.get("folder")
    if folder is not None:
        _check_folder(folder)
    return LinkRequest(
        action=action,
        token=fields["token"],
        series_id=_number("series_id", fields),
        source_id=_number("source_id", fields),
        folder=folder,
        server=server,
    )


def _decode(text: str | bytes) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    if len(raw) > MAX_BYTES:
        _refuse("link", N_("it is longer than 1,900 bytes"))
    return _strict_utf8("link", raw)


def _strict_utf8(name: str, raw: bytes) -> str:
    text: str | None = None
    with suppress(UnicodeDecodeError):
        text = raw.decode("utf-8")
    # Refused outside the handler: the foreign error carries the bytes, token included, and would be context.
    return _refuse(name, N_("it is no valid text")) if text is None else text


def _split(whole: str) -> tuple[Action, str]:
    """``scheme://action?query`` and nothing around or behind: the action is all that may stand there."""
    if not whole.isprintable() and any(_is_control(char) for char in whole):
        _refuse("link", N_("it holds control characters"))
    scheme, colon, rest = whole.partition("://")
    if not colon or scheme.lower() != SCHEME:
        _refuse("link", N_("it does not begin with reelkey://"))
    if "#" in rest:
        _refuse("link", N_("it has a part after #"))
    name, mark, query = rest.partition("?")
    action = _ACTIONS.get(name)
    if action is None:
        _refuse("action", N_("it is none of upload, download, private, alone"))
    if not mark:
        _refuse("link", N_("it ends after the action"))
    return action, query


def _fields(query: str, action: Action) -> dict[str, str]:
    known = _REQUIRED[action] + _OPTIONAL
    fields: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name not in known:
            _refuse(tr(N_("a field")), N_("it is not known here"))
        if name in fields:
            _refuse(name, N_("it stands there twice"))
        fields[name] = _unescape(name, value)
    return fields


def _unescape(name: str, value: str) -> str:
    """Percent-decode once. ``+`` is a plus: this is a URI, not a form."""
    if any(len(found) != 3 for found in _ESCAPE.findall(value)):
        _refuse(name, N_("its % escapes are broken"))
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode("ascii")), value.encode("utf-8")
    )
    return _strict_utf8(name, raw)


def _check_plain(name: str, value: str) -> None:
    if not value:
        _refuse(name, N_("it is empty"))
    if any(_is_control(char) for char in value):
        _refuse(name, N_("it holds control characters"))


def _is_control(char: str) -> bool:
    """C0, C1, line separators and bidi marks: none belongs into a folder that a person must judge."""
    point = ord(char)
    return point < 0x20 or 0x7F <= point <= 0x9F or point in (0x2028, 0x2029) or char in BIDI_MARKS


def _number(name: str, fields: dict[str, str]) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if _ID.fullmatch(value) is None:
        _refuse(name, N_("it is no number of 1 to 16 digits"))
    return int(value)


def _check_folder(folder: str) -> None:
    """By the text alone, with the rules of every system: even asking whether ``\\\\host\\x`` exists would
    send a Windows user's credentials to that host."""
    if re.search(r"[\\/]{2}", folder):
        _refuse("folder", N_("it names a place on the network or a device"))
    if "\\" in folder and "/" in folder:
        _refuse("folder", N_("it mixes / and \\"))
    parts = re.split(r"[\\/]", folder)
    for index, part in enumerate(parts):
        bare = _DRIVE.sub("", part, count=1) if index == 0 and _DRIVE.match(part) else part
        if ".." in bare and not bare.strip(". "):  # Windows drops dots and spaces at the end: `.. ` is `..`
            _refuse("folder", N_("it leads upwards (..)"))
        if bare and not bare.strip("?"):  # \??\C:\x is a device path too
            _refuse("folder", N_("it names a place on the network or a device"))
        if any(is_device_name(piece) for piece in bare.split(":")):
            _refuse("folder", N_("it names a device"))
    if _WHOLE.match(folder) is None:  # it would begin where Reelkey happened to be started
        _refuse("folder", N_("it is no whole path"))


def _refuse(which: str, reason: str) -> NoReturn:
    raise LinkFieldRefused(which=which, reason=tr(reason))
