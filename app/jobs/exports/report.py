"""What became of each file of an export, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import revive
from app.jobs.spreadsheet import spreadsheet, write_spreadsheet
from app.journal.exports import AccountRow, ExportRow, ItemRow, Tally
from app.journal.records import Run

_COLUMNS = ("name", "folder", "outcome", "size", "remote_name", "hashes", "link", "error")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """An export with all of its items."""

    account: AccountRow
    export: ExportRow
    tally: Tally
    items: tuple[ItemRow, ...]

    @property
    def failed(self) -> tuple[ItemRow, ...]:
        return tuple(item for item in self.items if item.run is Run.FAILED)

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return {
            "id": self.export.id,
            "cloud": self.account.kind,
            "account": self.account.name,
            "title": self.export.title,
            "folder": self.export.folder,
            "state": self.export.run.value,
            "items": self.tally.items,
            "sent": self.tally.sent,
            "skipped": self.tally.skipped,
            "failed": self.tally.failed,
            "bytes": self.tally.bytes_total,
            "bytes_done": self.tally.bytes_done,
            "files": [_fields(item) for item in self.items],
        }

    def as_csv(self) -> bytes:
        """A line a file under a head line, for spreadsheets."""
        files = (_fields(item) for item in self.items)
        return spreadsheet([_COLUMNS, *([_text(file[name]) for name in _COLUMNS] for file in files)])

    def save_csv(self, target: Path, *, replace: bool) -> None:
        """Write `as_csv` to `target`, over what is there or where the name is free. Blocks. Raises
        TargetUnwritable."""
        write_spreadsheet(target, self.as_csv(), replace=replace)


def outcome(item: ItemRow) -> str:
    """``sent``, ``skipped``, or how the item stands."""
    if item.run is Run.DONE:
        return "skipped" if item.skipped else "sent"
    return item.run.value


def _fields(item: ItemRow) -> dict[str, Any]:
    return {
        "name": item.name,
        "folder": item.subpath,
        "outcome": outcome(item),
        "size": item.size,
        "remote_name": item.remote_name,
        "hashes": dict(item.hashes),
        "link": item.link,
        "error": revive(item.error).as_dict() if item.error else None,
    }


def _text(value: Any) -> str:
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    return str(value.get("message") or " ".join(f"{name}:{text}" for name, text in value.items()))
