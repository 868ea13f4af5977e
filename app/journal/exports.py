"""What the journal holds of exports, as frozen values: accounts, exports, their items."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from enum import Enum, StrEnum
from typing import Any, TypedDict

from app.journal.records import FINISHED, Run, Wanted


class What(StrEnum):
    """What an export is made of: films and blocks from this computer, or a gallery's photos."""

    FILMS = "films"
    GALLERY = "gallery"


class From(StrEnum):
    """Where an item's bytes come from. `ItemRow.place` is then: a file's path; the id of a film that is still
    being received (``d12``; it becomes a file when it is opened); a public block's CID; a photo's address."""

    FILE = "file"
    FILM = "film"
    BLOCK = "block"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account at a cloud. `name` is its own (an e-mail address), `label` a person's, `options` those
    of its kind. `total` and `used` in bytes as last seen. `signed_in` False: kept for its exports' sake,
    or its sign-in has expired; `ended_here`: it was a person who ended it."""

    number: int
    kind: str
    name: str
    label: str
    options: dict[str, str]
    signed_in: bool
    total: int | None
    used: int | None
    created: float
    updated: float
    credentials_sealed: bytes | None = field(default=None, repr=False)
    ended_here: bool = False

    @property
    def id(self) -> str:
        """The journal's name for it."""
        return f"a{self.number}"

    @property
    def expired(self) -> bool:
        """The cloud no longer takes the sign-in, and nobody here gave it up."""
        return not self.signed_in and not self.ended_here


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export. `folder` is the destination folder's path with ``/``, "" the root; `gallery` the
    request of a gallery (`app.jobs.exports.gallery`). `listed`: its items stand in the journal; `told`:
    the gallery was told of its end."""

    number: int
    account: int
    what: What
    title: str
    folder: str
    gallery: dict[str, str]
    run: Run
    wanted: Wanted
    listed: bool
    told: bool
    error: dict[str, Any] | None
    created: float
    updated: float
    ended: float | None

    @property
    def id(self) -> str:
        """The journal's name for it, as commands take it."""
        return f"x{self.number}"

    @property
    def finished(self) -> bool:
        return self.run in FINISHED

    @property
    def untold(self) -> bool:
        """A gallery's photos are all there, and the gallery could not be told so yet."""
        return self.what is What.GALLERY and self.run is Run.DONE and not self.told

    @property
    def littered(self) -> bool:
        """It was cancelled, and what was unfinished could not be thrown away at the cloud yet."""
        return self.run is Run.CANCELLED and self.error is not None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One file of an export. `key` is its own name at every try, `subpath` its folders below the export's
    with ``/``, `sent` how many of its `size` bytes stand at the destination, `remote_name` the name it
    got there, `hashes` what was compared. `skipped`: it was there already, identical (then run is
    done)."""

    number: int
    export: int
    source: From
    place: str
    key: str
    name: str
    subpath: str
    size: int | None
    mtime_ns: int | None
    crc: str
    run: Run
    skipped: bool
    tries: int
    sent: int
    remote_name: str
    remote_id: str
    link: str
    hashes: dict[str, str]
    error: dict[str, Any] | None
    updated: float
    state_sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """How an export stands: items and bytes in all, and by what became of them. `bytes_total` counts
    sizes that are known."""

    items: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    bytes_total: int = 0
    bytes_done: int = 0

    @property
    def left(self) -> int:
        return self.items - self.sent - self.skipped - self.failed


class AccountChanges(TypedDict, total=False):
    name: str
    label: str
    options: dict[str, str]
    signed_in: bool
    total: int | None
    used: int | None
    credentials_sealed: bytes | None
    ended_here: bool


class ExportChanges(TypedDict, total=False):
    title: str
    folder: str
    gallery: dict[str, str]
    run: Run
    wanted: Wanted
    listed: bool
    told: bool
    error: dict[str, Any] | None
    ended: float | None


class ItemChanges(TypedDict, total=False):
    source: From
    place: str
    key: str
    name: str
    subpath: str
    size: int | None
    mtime_ns: int | None
    crc: str
    run: Run
    skipped: bool
    tries: int
    sent: int
    remote_name: str
    remote_id: str
    link: str
    hashes: dict[str, str]
    error: dict[str, Any] | None
    state_sealed: bytes | None


_JSON = ("options", "gallery", "hashes")
_FLAGS = ("signed_in", "ended_here", "listed", "told", "skipped")
ACCOUNT_COLUMNS = tuple(one.name for one in fields(AccountRow) if one.name != "number")
EXPORT_COLUMNS = tuple(one.name for one in fields(ExportRow) if one.name != "number")
ITEM_COLUMNS = tuple(one.name for one in fields(ItemRow) if one.name != "number")


def to_column(name: str, value: object) -> object:
    """A field's value as SQLite holds it."""
    if name in _JSON:
        return json.dumps(value or {}, ensure_ascii=False)
    if name == "error":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, Enum):
        return value.value
    return int(value) if isinstance(value, bool) else value


def account_of(row: Any) -> AccountRow:
    """A row of `accounts` as its value."""
    return AccountRow(number=row["id"], **_values(row, ACCOUNT_COLUMNS))


def export_of(row: Any) -> ExportRow:
    """A row of `exports` as its value."""
    values = _values(row, EXPORT_COLUMNS)
    values |= {"what": What(row["what"]), "run": Run(row["run"]), "wanted": Wanted(row["wanted"])}
    return ExportRow(number=row["id"], **values)


def item_of(row: Any) -> ItemRow:
    """A row of `items` as its value."""
    values = _values(row, ITEM_COLUMNS)
    values |= {"source": From(row["source"]), "run": Run(row["run"])}
    return ItemRow(number=row["id"], **values)


def _values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {name: row[name] for name in names}
    for name in names:
        if name in _JSON:
            values[name] = json.loads(values[name] or "{}")
        elif name in _FLAGS:
            values[name] = bool(values[name])
        elif name == "error":
            values[name] = json.loads(values[name]) if values[name] else None
    return values


def is_same_account(row: AccountRow, kind: str, name: str) -> bool:
    """Whether a sign-in of `kind` as `name` is this account's."""
    return row.kind == kind and row.name.casefold() == name.casefold()
