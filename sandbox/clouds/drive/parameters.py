"""The query of a request: parameters that the discovery document knows for its method, each once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Scope

from sandbox.clouds.drive.answers import Refused, invalid

_COMMON = frozenset(
    {
        "$.xgafv",
        "alt",
        "callback",
        "fields",
        "key",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)
_DRIVES = frozenset({"supportsAllDrives", "supportsTeamDrives"})
_LABELS = frozenset({"includeLabels", "includePermissionsForView"})
_CONTENT = frozenset(
    {"enforceSingleParent", "keepRevisionForever", "ocrLanguage", "useContentAsIndexableText"}
)

ABOUT: frozenset[str] = frozenset()
GENERATE_IDS = frozenset({"count", "space", "type"})
LIST = (
    _DRIVES
    | _LABELS
    | {"corpora", "corpus", "driveId", "includeItemsFromAllDrives", "includeTeamDriveItems", "orderBy"}
    | {"pageSize", "pageToken", "q", "spaces", "teamDriveId"}
)
GET = _DRIVES | _LABELS | {"acknowledgeAbuse"}
CREATE = _DRIVES | _LABELS | _CONTENT | {"ignoreDefaultVisibility"}
UPDATE = _DRIVES | _LABELS | _CONTENT | {"addParents", "removeParents"}
DELETE = _DRIVES | {"enforceSingleParent"}
EMPTY_TRASH = frozenset({"driveId", "enforceSingleParent"})
SESSION = CREATE | UPDATE | {"upload_id"}
DRIVES_LIST = frozenset({"pageSize", "pageToken", "q", "useDomainAdminAccess"})
DRIVES_GET = frozenset({"useDomainAdminAccess"})

_BOOLEANS = frozenset(
    {"acknowledgeAbuse", "enforceSingleParent", "ignoreDefaultVisibility", "includeItemsFromAllDrives"}
    | {
        "includeTeamDriveItems",
        "keepRevisionForever",
        "prettyPrint",
        "supportsAllDrives",
        "supportsTeamDrives",
    }
    | {"useContentAsIndexableText", "useDomainAdminAccess"}
)


class Query:
    """The parameters of one request."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def has(self, name: str) -> bool:
        return name in self._values

    def flag(self, name: str) -> bool:
        return self._values.get(name) == "true"

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds. Raises Refused."""
        text = self._values.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise invalid(
                name, f"Invalid value '{text[:40]}'. Values must be within the range: [{low}, {high}]"
            )
        return int(text)

    @property
    def all_drives(self) -> bool:
        """Whether the client says that it knows of shared drives."""
        return self.flag("supportsAllDrives") or self.flag("supportsTeamDrives")


def read_query(scope: Scope, known: frozenset[str]) -> Query:
    """The query of `scope`; `known` are its method's own parameters. Raises Refused."""
    values: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
        )
    except ValueError as error:
        raise Refused(400, "badRequest", "Bad query") from error
    for name, value in pairs:
        if name not in _COMMON and name not in known:
            message = (
                f'Invalid JSON payload received. Unknown name "{name[:60]}": Cannot bind query parameter.'
            )
            raise Refused(400, "badRequest", message)
        if name in values:
            raise invalid(name, f"Parameter given twice: {name}")
        if name in _BOOLEANS and value not in ("true", "false"):
            raise invalid(name, f"Invalid value at '{name}' (TYPE_BOOL), \"{value[:40]}\"")
        values[name] = value
    return Query(values)
