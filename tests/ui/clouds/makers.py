"""Accounts and exports as tests of the cloud pages want them."""

from __future__ import annotations

import time
from typing import Any

from app.cloud.options import Form, Option, When
from app.domain.errors import PhotoNotWhole
from app.domain.events import ExportMoved, ExportRef
from app.domain.progress import Progress
from app.journal import Run
from app.journal.exports import AccountRow, ExportRow, From, ItemRow, Tally, What
from app.journal.records import Wanted
from app.ui.cloud_messages import AccountsChanged, AccountSeen, CloudKind, ExportsChanged
from app.ui.messages import Told

NOW = time.time()
GB, TB = 10**9, 10**12

OPTIONS = (
    Option("client-id", Form.TEXT, "Client id", "From Google's console", when=When.SIGN_IN, required=True),
    Option("secret", Form.SECRET, "Client secret", "Kept in the keyring", when=When.SIGN_IN),
    Option("space", Form.CHOICE, "Space", "Which space", "mine", When.SIGN_IN, choices=("mine", "shared")),
    Option("rate", Form.RATE, "Speed limit", "Bytes a second", "0"),
    Option("files-at-once", Form.NUMBER, "Files at once", "How many", "4", least=1, most=16),
    Option("check", Form.FLAG, "Read back", "Slower, surer", "off"),
)
DRIVE = CloudKind("drive", "Google Drive", "cloud", OPTIONS, "https://drive.google.com/")
MEGA = CloudKind("mega", "MEGA", "cloud", OPTIONS[2:], hashes_contents=False)


def account(number: int = 1, kind: CloudKind = DRIVE, **changes: Any) -> AccountSeen:
    values: dict[str, Any] = {
        "number": number, "kind": kind.id, "name": "post@huaying-film.example", "label": "", "options": {},
        "signed_in": True, "total": 5 * TB, "used": 3_120 * GB, "created": NOW, "updated": NOW,
    }  # fmt: skip
    return AccountSeen(AccountRow(**{**values, **changes}), kind)


def export(number: int, **changes: Any) -> ExportRow:
    values: dict[str, Any] = {
        "number": number, "account": 1, "what": What.FILMS, "title": f"Long_River_Ep{number:02}.mxf",
        "folder": "Deliveries/Long River", "gallery": {}, "run": Run.ACTIVE, "wanted": Wanted.RUN,
        "listed": True, "told": False, "error": None, "created": NOW - 1260, "updated": NOW - 60,
        "ended": None,
    }  # fmt: skip
    return ExportRow(**{**values, **changes})


def gallery(number: int, **changes: Any) -> ExportRow:
    return export(number, **{"what": What.GALLERY, "title": "Spring River · stills", **changes})


def item(number: int, **changes: Any) -> ItemRow:
    values: dict[str, Any] = {
        "number": number, "export": 1, "source": From.FILE, "place": f"/films/{number}.mxf",
        "key": f"k{number}", "name": f"{number}.mxf", "subpath": "", "size": GB, "mtime_ns": 1, "crc": "",
        "run": Run.DONE, "skipped": False, "tries": 1, "sent": GB, "remote_name": f"{number}.mxf",
        "remote_id": "r", "link": "https://drive.google.com/file/r", "hashes": {}, "error": None,
        "updated": NOW,
    }  # fmt: skip
    return ItemRow(**{**values, **changes})


def moved(row: ExportRow, done: int, total: int, rate: float | None, items: tuple[int, int]) -> Told:
    """Progress of an export, told now."""
    progress = Progress("send", done, total, rate)
    return Told(ExportMoved(ExportRef(row.id, row.title, "Google Drive"), progress, *items), time.time())


MISSING = PhotoNotWhole(name="IMG_0412.jpg", reason="the gallery answers “not found”")
#: One of each kind, as on a busy day: rows with their tallies.
DAY: dict[int, tuple[ExportRow, Tally]] = {
    1: (
        gallery(1, title="The Long River · web gallery", run=Run.FAILED, error=MISSING.record(),
                ended=NOW - 90, folder="Deliveries/The Long River"),
        Tally(864, 859, 0, 5, 19 * GB // 10, 19 * GB // 10),
    ),
    2: (
        export(2, title="Between_Mountain_and_Sea_Ep01.mxf", folder="Deliveries/Between Mountain and Sea"),
        Tally(1, 0, 0, 0, 74 * GB, 42 * GB),
    ),
    3: (
        gallery(3, title="Spring River · on-set stills (originals)", folder="Deliveries/Spring River"),
        Tally(2418, 1842, 0, 3, 61 * GB, 46_900_000_000),
    ),
    4: (
        export(4, title="White_Bird_Directors_Cut.mov", run=Run.WAITING, folder="Deliveries/White Bird"),
        Tally(1, 0, 0, 0, 96 * GB, 0),
    ),
    5: (
        export(5, title="The_Long_River_Ep01_Master_v4.mov.rkpub", run=Run.DONE, ended=NOW - 5),
        Tally(1, 1, 0, 0, 139 * GB, 139 * GB),
    ),
    6: (
        export(6, title="Flowers_of_Shanghai_Stills_Reel.mov", run=Run.DONE, ended=NOW - 4),
        Tally(1, 0, 1, 0, 13 * GB, 13 * GB),
    ),
    7: (
        export(7, title="花样上海_第03集_母版.mov", run=Run.PAUSED, folder="交付/花样上海"),
        Tally(1, 0, 0, 0, 80 * GB, 20 * GB),
    ),
}  # fmt: skip


def busy_day() -> list[Any]:
    """The messages of a busy day: two accounts, one of each kind of export."""
    rows = tuple(row for row, _ in DAY.values())
    tallies = {number: tally for number, (_, tally) in DAY.items()}
    return [
        AccountsChanged((account(1), account(2, MEGA, name="clara@huaying-film.example"))),
        ExportsChanged(rows, tallies),
        moved(rows[1], 42 * GB, 74 * GB, 110e6, (0, 1)),
        moved(rows[2], 46_900_000_000, 61 * GB, 40e6, (1845, 2418)),
    ]
