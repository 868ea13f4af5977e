"""An export and all that is known of it: what its card is made of. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import PhotoNotWhole, ReelkeyError, is_control, revive
from app.domain.words import N_, tr
from app.jobs.exports.choose import PUBLIC_ENDING
from app.jobs.places import PRIVATE_ENDING
from app.journal import Run
from app.journal.exports import ExportRow, Tally, What
from app.settings.table import FILM_ENDINGS
from app.ui.cloud_messages import AccountSeen, CloudKind
from app.ui.clouds.shelf import ExportLive

_FILM_ENDINGS = tuple(FILM_ENDINGS.split())
_ICONS = {
    "gallery": "images",
    "film": "film",
    "public": "film",
    "private": "file-key",
    "file": "file",
    "files": "files",
}


@dataclass(frozen=True, slots=True)
class Export:
    """All that a card is made of. `now` in seconds since 1970."""

    row: ExportRow
    tally: Tally
    live: ExportLive
    account: AccountSeen | None
    now: float

    @property
    def gallery(self) -> bool:
        return self.row.what is What.GALLERY

    @property
    def error(self) -> ReelkeyError | None:
        """What the row stands with."""
        return revive(self.row.error) if self.row.error else None

    @property
    def cloud(self) -> str:
        return self.account.kind.title if self.account is not None else ""

    @property
    def hashed_there(self) -> bool:
        """Whether the cloud computes checksums of what it has."""
        return self.account is None or self.account.kind.hashes_contents

    @property
    def signed_out(self) -> bool:
        return self.account is not None and not self.account.row.signed_in

    @property
    def percent(self) -> int:
        """0–99: 100 is kept for what was checked."""
        done, total = self.bytes
        return min(99, done * 100 // total) if total else 0

    @property
    def bytes(self) -> tuple[int, int]:
        """Done and in all, as far as sizes are known."""
        progress = self.live.progress
        if progress is not None and progress.phase == "send" and progress.total:
            return min(progress.done, progress.total), progress.total
        return self.tally.bytes_done, self.tally.bytes_total

    @property
    def ended(self) -> int:
        """Files that came to their end, well or not."""
        return self.tally.sent + self.tally.skipped + self.tally.failed

    @property
    def ended_with_gaps(self) -> bool:
        """Whether all came to an end and something failed: only a person can want more of it."""
        return bool(self.tally.failed) and not self.tally.left and self.row.run in (Run.DONE, Run.FAILED)

    @property
    def standing(self) -> ReelkeyError | None:
        """What keeps it from going on: of the row, or told just now."""
        return self.error or self.live.trouble


def checked_words(kind: CloudKind | None) -> str:
    """What a file is compared by before it counts as done."""
    if kind is None or kind.hashes_contents:
        return tr(N_("Each file counts as done only once the cloud's own checksum equals ours."))
    return tr(
        N_("{cloud} computes no checksum of what it has: “Read back and compare” in the options does it."),
        cloud=kind.title,
    )


def name_of(row: ExportRow) -> str:
    """What is exported; control marks as ␣."""
    return "".join("␣" if is_control(char) else char for char in row.title)


def kind_of(export: Export) -> str:
    """``gallery``, ``film``, ``public`` or ``private`` (a block), ``file``, or ``files`` where there are
    several."""
    if export.gallery:
        return "gallery"
    if export.tally.items > 1:
        return "files"
    title = export.row.title.casefold()
    if title.endswith(PUBLIC_ENDING):
        return "public"
    if title.endswith(PRIVATE_ENDING):
        return "private"
    return "film" if title.endswith(_FILM_ENDINGS) else "file"


def reason_of(error: ReelkeyError) -> str:
    """Why a file failed, in one line that stands beside its name."""
    if isinstance(error, PhotoNotWhole):
        if error.facts.get("status"):
            gone = error.facts["status"] in (404, 410)
            words = (
                N_("The gallery no longer has it ({status})") if gone else N_("The gallery answers {status}")
            )
            return tr(words, status=error.facts["status"])
        reason = error.reason or error.title
        return reason[:1].upper() + reason[1:]
    return error.title


def icon_of(export: Export) -> str:
    return _ICONS[kind_of(export)]


def folder_words(path: str) -> str:
    """``Deliveries / The Long River``; the cloud's own top where there is no folder."""
    parts = [part for part in path.split("/") if part]
    return " / ".join(parts) or tr(N_("Top folder"))
