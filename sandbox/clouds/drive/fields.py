"""The selection of fields (``nextPageToken,files(id,name,owners/me)``): only what is asked is answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.clouds.drive.answers import Refused

_FILE_NAMES = re.findall(
    r"\w+",
    "appProperties capabilities clientEncryptionDetails contentHints contentRestrictions "
    "copyRequiresWriterPermission createdTime description downloadRestrictions driveId "
    "explicitlyTrashed exportLinks fileExtension folderColorRgb fullFileExtension "
    "hasAugmentedPermissions hasThumbnail headRevisionId iconLink id imageMediaMetadata "
    "inheritedPermissionsDisabled isAppAuthorized kind labelInfo lastModifyingUser linkShareMetadata "
    "md5Checksum mimeType modifiedByMe modifiedByMeTime modifiedTime name originalFilename ownedByMe "
    "owners parents permissionIds permissions properties quotaBytesUsed resourceKey sha1Checksum "
    "sha256Checksum shared sharedWithMeTime sharingUser shortcutDetails size spaces starred "
    "teamDriveId thumbnailLink thumbnailVersion trashed trashedTime trashingUser version "
    "videoMediaMetadata viewedByMe viewedByMeTime viewersCanCopyContent webContentLink webViewLink "
    "writersCanShare ",
)


class Shape:
    """What a resource can hold: names of plain values and of objects. `free`: any part may be asked for."""

    def __init__(self, names: Mapping[str, Shape | None], *, free: bool = False) -> None:
        self.names = dict(names)
        self.free = free


_ANY = Shape({}, free=True)
_OBJECTS = {"appProperties", "capabilities", "properties", "owners", "permissions", "shortcutDetails"}
_OBJECTS |= {"lastModifyingUser", "imageMediaMetadata", "videoMediaMetadata", "exportLinks", "contentHints"}
FILE = Shape({name: _ANY if name in _OBJECTS else None for name in _FILE_NAMES})
FILE_LIST = Shape({"kind": None, "incompleteSearch": None, "nextPageToken": None, "files": FILE})
IDS = Shape({"kind": None, "space": None, "ids": None})
_QUOTA = Shape(dict.fromkeys(("limit", "usage", "usageInDrive", "usageInDriveTrash")))
_USER = Shape(dict.fromkeys(("displayName", "emailAddress", "kind", "me", "permissionId", "photoLink")))
_ABOUT = ("kind", "maxUploadSize", "appInstalled", "canCreateDrives", "importFormats", "exportFormats")
ABOUT = Shape({**dict.fromkeys(_ABOUT), "storageQuota": _QUOTA, "user": _USER})
DRIVE = Shape({**dict.fromkeys(("kind", "id", "name", "createdTime", "hidden")), "capabilities": _ANY})
DRIVE_LIST = Shape({"kind": None, "nextPageToken": None, "drives": DRIVE})

DEFAULTS = {
    id(FILE): "kind,id,name,mimeType,driveId,teamDriveId",
    id(FILE_LIST): "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,driveId,teamDriveId)",
    id(DRIVE): "kind,id,name",
    id(DRIVE_LIST): "kind,nextPageToken,drives(kind,id,name)",
}

Selection = dict[str, Any]
_TOKEN = re.compile(r"\s*([A-Za-z0-9_]+|[*(),/])")


def select(body: Any, fields: str, shape: Shape) -> Any:
    """`body` with the `fields` asked for ("": the method's usual ones). Raises Refused."""
    return _picked(body, parse(fields or DEFAULTS.get(id(shape), "*"), shape))


def parse(fields: str, shape: Shape) -> Selection:
    """The selection as a tree; an empty one below a name means all of it. Raises Refused."""
    tokens, position = [], 0
    while position < len(fields.rstrip()):
        match = _TOKEN.match(fields, position)
        if match is None:
            raise _bad(fields)
        tokens.append(match[1])
        position = match.end()
    selection, left = _list(tokens, shape)
    if left:
        raise _bad(fields)
    return selection


def _list(tokens: list[str], shape: Shape) -> tuple[Selection, list[str]]:
    found: Selection = {}
    while True:
        tokens = _one(tokens, shape, found)
        if tokens[:1] != [","]:
            return found, tokens
        tokens = tokens[1:]


def _one(tokens: list[str], shape: Shape, found: Selection) -> list[str]:
    name = tokens[0] if tokens else ""
    if name == "*":
        found["*"] = {}
        return tokens[1:]
    if not re.fullmatch(r"\w+", name) or (name not in shape.names and not shape.free):
        raise _bad(name)
    below, tokens = shape.names.get(name), tokens[1:]
    if tokens[:1] not in (["("], ["/"]):
        found[name] = {}
        return tokens
    inner = below or (_ANY if shape.free else None)
    if inner is None:
        raise _bad(name)
    deeper: Selection = found.setdefault(name, {})
    if tokens[0] == "/":
        return _one(tokens[1:], inner, deeper)
    selected, tokens = _list(tokens[1:], inner)
    if tokens[:1] != [")"]:
        raise _bad(name)
    deeper.update(selected)
    return tokens[1:]


def _picked(body: Any, selection: Selection) -> Any:
    if isinstance(body, list):
        return [_picked(item, selection) for item in body]
    if not isinstance(body, dict) or not selection or "*" in selection:
        return body
    return {name: _picked(value, selection[name]) for name, value in body.items() if name in selection}


def _bad(name: str) -> Refused:
    return Refused(400, "invalidParameter", f"Invalid field selection {name[:60]}", "fields")
