"""What an export's row says, as one pure function of what is known. No Qt."""

from __future__ import annotations

import time
from dataclasses import replace

from app.domain.errors import CloudFull, SignInExpired
from app.domain.words import N_, tr
from app.journal import Run
from app.ui import amounts
from app.ui.clouds.shelf import CloudShelf
from app.ui.clouds.values import Export, folder_words, kind_of, name_of
from app.ui.clouds.way import open_button, way_of
from app.ui.films.values import Act, Card, Group, Way


def card_of(export: Export, group: Group | None = None) -> Card:
    """The card, in the language of now. `group`: where the list keeps it at the moment, if not where it
    belongs."""
    way = replace(way_of(export), group=group_of(export) if group is None else group)
    name = name_of(export.row)
    return Card(export.row.number, True, name, facts_of(export), way, _menu(export), _sentence(name, way))


# --- who must act ----------------------------------------------------------------------------------------


def group_of(export: Export) -> Group:
    """In which group of the list the export belongs."""
    row = export.row
    if row.run is Run.CANCELLED or (row.run is Run.DONE and not export.tally.failed):
        return Group.TODAY if amounts.is_today(row.ended or row.updated) else Group.EARLIER
    if row.run in (Run.FAILED, Run.DONE):
        return Group.NEEDS_YOU
    if row.run is Run.PAUSED or export.signed_out:  # one card over the list asks for the sign-in
        return Group.WAITING
    if isinstance(export.standing, SignInExpired | CloudFull):
        return Group.NEEDS_YOU
    held_up = export.live.trouble is not None and export.live.moving(export.now) is None
    return Group.WAITING if held_up or row.run is Run.WAITING else Group.UNDER_WAY


def exports_by_need(shelf: CloudShelf, account: int) -> tuple[int, int]:
    """How many exports of an account need a person, and how many move by themselves."""
    seen, now = shelf.accounts.get(account), time.time()
    groups = [
        group_of(Export(row, shelf.tally(row.number), shelf.live(row.number), seen, now))
        for row in shelf.exports_of(account)
    ]
    waiting = groups.count(Group.WAITING) if seen is not None and not seen.row.signed_in else 0
    return groups.count(Group.NEEDS_YOU) + waiting, groups.count(Group.UNDER_WAY)


# --- facts, menu, sentence -------------------------------------------------------------------------------


def facts_of(export: Export) -> tuple[str, ...]:
    """``Gallery``, ``864 photos``, ``1.9 GB → Deliveries / The Long River``."""
    items = export.tally.items
    kind = kind_of(export)
    words = {
        "gallery": N_("Gallery"),
        "film": N_("Film, not sealed"),
        "file": N_("File"),
        "public": N_("Public block, sealed"),
        "private": N_("Private block"),
    }
    facts = [tr(words[kind])] if kind in words else []
    if kind == "gallery" and items:
        facts.append(tr(N_("1 photo")) if items == 1 else tr(N_("{n} photos"), n=amounts.count(items)))
    elif kind == "files":
        facts.append(tr(N_("{n} files"), n=amounts.count(items)))
    if export.tally.bytes_total:
        facts.append(amounts.size(export.tally.bytes_total))
    goes_to = folder_words(export.row.folder)
    return (*facts[:-1], f"{facts[-1]} → {goes_to}") if facts else (f"→ {goes_to}",)


def _menu(export: Export) -> tuple[Act | None, ...]:
    row = export.row
    # With files missing it is over too, for whoever can do without them: nothing of it moves any more.
    over = row.run in (Run.DONE, Run.CANCELLED) or export.ended_with_gaps
    going = row.run in (Run.ACTIVE, Run.QUEUED, Run.WAITING)
    parts = (
        [
            Act.SIGN_IN if export.signed_out and not over else None,
            Act.PAUSE if going else None,
            Act.RESUME if row.run is Run.PAUSED else None,
            Act.RETRY if _may_retry(export) else None,
        ],
        [
            Act.DETAILS,
            Act.OPEN_THERE
            if open_button(export) is not None and export.tally.sent + export.tally.skipped
            else None,
            Act.REPORT if row.listed else None,
        ],
        [
            Act.STOP if not over else None,
            Act.REMOVE if over else None,
        ],
    )
    menu: list[Act | None] = []
    for part in parts:
        acts = [act for act in part if act is not None]
        if acts and menu:
            menu.append(None)
        menu += acts
    return tuple(menu)


def _may_retry(export: Export) -> bool:
    full = isinstance(export.standing, CloudFull)
    return export.row.run is Run.FAILED or bool(export.tally.failed) or full or export.row.untold


def _sentence(name: str, way: Way) -> str:
    """The row for ears: name, stage with percent, what is next, time left."""
    time = " ".join(part for part in (way.time, way.below) if part and part != "—")
    said = (name, way.stage, way.right, way.next, time)
    return ". ".join(part.rstrip(".") for part in said if part) + "."
