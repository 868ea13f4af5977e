"""Exports as the command line shows them: events as lines, rows as fields for scripts and tables for
people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cloud.kind import Kind
from app.cloud.options import Form, Option
from app.domain.errors import AllowanceUsed, ReelkeyError, revive, size_words
from app.domain.events import ExportEnded, ExportEvent, ExportMoved, ExportWaits, ItemEnded
from app.domain.words import N_, tr
from app.journal import Run
from app.journal.exports import AccountRow, ExportRow, Tally, What

_HOW = {"sent": N_("sent and checked"), "skipped": N_("there already, identical"), "failed": N_("not sent")}
_RUNS = {
    Run.QUEUED: N_("waits for its turn"),
    Run.ACTIVE: N_("under way"),
    Run.WAITING: N_("waiting"),
    Run.PAUSED: N_("paused"),
    Run.FAILED: N_("not all sent"),
    Run.DONE: N_("sent and checked"),
    Run.CANCELLED: N_("cancelled"),
}


def event_fields(event: ExportEvent) -> tuple[str, dict[str, object]]:
    """The name and the fields of an event's line in ``--json``."""
    who: dict[str, object] = {"id": event.export.id, "title": event.export.title, "cloud": event.export.cloud}
    if isinstance(event, ExportMoved):
        now = event.progress
        rate = None if now.rate is None else round(now.rate)
        moved = {"phase": now.phase, "done": now.done, "total": now.total, "rate": rate}
        return "progress", who | moved | {"items_done": event.items_done, "items": event.items}
    error = event.error.as_dict() if event.error is not None else None
    if isinstance(event, ItemEnded):
        return "item", who | {"name": event.name, "outcome": event.how, "error": error}
    if isinstance(event, ExportWaits):
        return "waiting", who | {"seconds": round(event.seconds, 1), "error": error}
    counts = {"sent": event.sent, "skipped": event.skipped, "failed": event.failed}
    return "export", who | counts | {"error": error}


def event_text(event: ExportEvent) -> str | None:
    """What a person reads of it; None for mere progress."""
    if isinstance(event, ItemEnded):
        why = f" – {event.error.message}" if event.error is not None else ""
        return f"{event.export.id} · {event.name} · {tr(_HOW[event.how])}{why}"
    if isinstance(event, ExportWaits):
        if isinstance(event.error, AllowanceUsed):  # hours, perhaps a day: a number of seconds says little
            return f"{event.export.title}: {event.error.title}. {event.error.hint}"
        words = N_("{title}: {why}; again in {seconds} s")
        return tr(words, title=event.export.title, why=event.error.title, seconds=round(event.seconds))
    if isinstance(event, ExportEnded):
        tally = tr(
            N_("{sent} sent, {skipped} there already, {failed} not sent"),
            sent=event.sent,
            skipped=event.skipped,
            failed=event.failed,
        )
        return f"{event.export.id} · {event.export.title} · {tally}"
    return None


# --- accounts ----------------------------------------------------------------------------------------


def account_fields(row: AccountRow, kinds: Mapping[str, Kind]) -> dict[str, object]:
    """An account for scripts. Options that are secret stay out."""
    kind = kinds.get(row.kind)
    secret = {option.name for option in kind.options if option.secret} if kind is not None else set()
    return {
        "id": row.id,
        "cloud": row.kind,
        "account": row.name,
        "label": row.label,
        "signed_in": row.signed_in,
        "total": row.total,
        "used": row.used,
        "options": {name: value for name, value in row.options.items() if name not in secret},
    }


def account_line(row: AccountRow, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """An account as a table's row."""
    kind = kinds.get(row.kind)
    state = tr(N_("signed in")) if row.signed_in else tr(N_("signed out"))
    return row.id, kind.title if kind is not None else row.kind, row.label or row.name, state, _room(row)


def _room(row: AccountRow) -> str:
    if row.used is None:
        return ""
    if row.total is None:
        return tr(N_("{used} used"), used=size_words(row.used))
    return tr(N_("{used} of {total} used"), used=size_words(row.used), total=size_words(row.total))


# --- exports -----------------------------------------------------------------------------------------


def export_fields(row: ExportRow, tally: Tally, error: ReelkeyError | None = None) -> dict[str, object]:
    """An export for scripts."""
    stands_with = error or (revive(row.error) if row.error else None)
    return {
        "id": row.id,
        "account": f"a{row.account}",
        "what": row.what.value,
        "title": row.title,
        "folder": row.folder,
        "state": row.run.value,
        "items": tally.items,
        "sent": tally.sent,
        "skipped": tally.skipped,
        "failed": tally.failed,
        "gallery_told": row.told if row.what is What.GALLERY else None,
        "bytes": tally.bytes_total,
        "bytes_done": tally.bytes_done,
        "error": stands_with.as_dict() if stands_with is not None else None,
    }


def export_line(row: ExportRow, tally: Tally) -> tuple[str, ...]:
    """An export as a table's row."""
    done = f"{tally.sent + tally.skipped}/{tally.items}"
    return row.id, row.title, tr(_RUNS[row.run]), done, size_words(tally.bytes_total), _remark(row, tally)


def _remark(row: ExportRow, tally: Tally) -> str:
    """What is still to be done, by a person or by itself."""
    if tally.failed:
        return tr(N_("{n} not sent"), n=tally.failed)
    if row.untold:
        return tr(N_("the gallery is still to be told"))
    return tr(N_("the rest is still to be removed there")) if row.littered else ""


# --- destinations ------------------------------------------------------------------------------------


def kind_fields(kind: Kind) -> dict[str, Any]:
    """A destination for scripts, with what it can do and what it asks."""
    able = kind.abilities
    return {
        "id": kind.id,
        "title": kind.title,
        "hashes": list(able.hashers),
        "pieces_at_once": able.pieces_at_once,
        "largest": able.largest,
        "options": [_option_fields(option) for option in kind.options],
    }


def _option_fields(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "form": option.form.value,
        "when": option.when.value,
        "title": tr(option.title),
        "help": tr(option.help),
        "default": option.default,
        "required": option.required,
        "secret": option.secret,
        "choices": list(option.choices),
    }


def kind_text(kinds: Sequence[Kind]) -> str:
    """Destinations for people, with the flags of each."""
    lines: list[str] = []
    for kind in kinds:
        lines.append(f"{kind.id}  {kind.title}")
        for option in kind.options:
            how = tr(N_("asked for, never an argument")) if option.form is Form.SECRET else tr(option.help)
            default = f" [{option.default}]" if option.default else ""
            lines.append(f"    --{option.name}  {tr(option.title)}: {how}{default}")
    return "\n".join(lines)
