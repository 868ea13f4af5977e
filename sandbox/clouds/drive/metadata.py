"""The JSON that describes a new or changed file: what may be written, of what form, within what bounds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.drive.answers import Refused, bad_request
from sandbox.clouds.drive.clock import parse_stamp, stamp
from sandbox.clouds.drive.fields import FILE

LIMIT = 1024 * 1024
_TEXTS = frozenset({"id", "name", "mimeType", "description", "originalFilename", "folderColorRgb"})
_FLAGS = frozenset({"starred", "trashed", "copyRequiresWriterPermission", "writersCanShare", "viewedByMe"})
_TIMES = frozenset({"createdTime", "modifiedTime", "viewedByMeTime"})
_MAPS = frozenset({"appProperties", "properties"})
# Said by some clients and of no consequence here.
_UNUSED = frozenset({"contentHints", "kind"})
_WRITABLE = _TEXTS | _FLAGS | _TIMES | _MAPS | _UNUSED | {"parents"}
_PROPERTY_BYTES, _PROPERTIES = 124, 30


@dataclass(frozen=True)
class Metadata:
    """The fields that were given, checked one by one."""

    given: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        return str(self.given.get(name, default))

    def flag(self, name: str) -> bool:
        return bool(self.given.get(name, False))

    def has(self, name: str) -> bool:
        return name in self.given

    def time(self, name: str, default: str) -> str:
        """A time as Google writes it."""
        return stamp(parse_stamp(self.given[name])) if name in self.given else default

    def map(self, name: str) -> dict[str, str | None]:
        """Properties; None takes one away."""
        return dict(self.given.get(name, {}))

    @property
    def parents(self) -> list[str]:
        return list(self.given.get("parents", []))


def read_metadata(kind: str, raw: bytes) -> Metadata:
    """The metadata in a body of type `kind`; an empty body holds none. Raises Refused."""
    if not raw:
        return Metadata({})
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise bad_request(f"Metadata has to be application/json, not {kind[:60]!r}")
    try:
        given = json.loads(raw)
    except ValueError as error:
        raise Refused(400, "parseError", "Parse Error") from error
    if not isinstance(given, dict):
        raise Refused(400, "parseError", "Parse Error")
    for name, value in given.items():
        _check(name, value)
    return Metadata(given)


def _check(name: str, value: Any) -> None:
    if name not in FILE.names:
        message = f"Invalid JSON payload received. Unknown name \"{name[:60]}\" at 'file': Cannot find field."
        raise bad_request(message)
    if name not in _WRITABLE:
        message = "The resource body includes fields which are not directly writable."
        raise Refused(403, "fieldNotWritable", message)
    fits = True
    if name in _TEXTS:
        fits = isinstance(value, str) and (name != "name" or bool(value))
    elif name in _FLAGS:
        fits = isinstance(value, bool)
    elif name in _TIMES:
        fits = _is_time(value)
    elif name in _MAPS:
        _check_properties(name, value)
    elif name == "parents":
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not fits:
        raise bad_request(f"Invalid value at 'file.{name}'")


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        parse_stamp(value)
    except ValueError:
        return False
    return True


def _check_properties(name: str, value: Any) -> None:
    if not isinstance(value, dict) or not all(one is None or isinstance(one, str) for one in value.values()):
        raise bad_request(f"Invalid value at 'file.{name}'")
    if len(value) > _PROPERTIES:
        raise Refused(403, "propertyCountPerResourceLimitExceeded", "Too many properties.")
    for key, one in value.items():
        if not key or len(f"{key}{one or ''}".encode()) > _PROPERTY_BYTES:
            raise bad_request("The property is longer than 124 bytes.")
