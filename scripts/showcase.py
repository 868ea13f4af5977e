"""A day at a studio, for the pictures of the films list: rows in the journal as they stand on a busy day.

Nothing of it runs; posters are of the films that the pictures' hand-over made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.domain.errors import NoSpace
from app.domain.events import Progressed
from app.domain.progress import Progress
from app.domain.status import TaskKind, TaskStatus
from app.journal import Journal, Run, TaskRow
from app.ui.messages import DueChanged, DueTask, Message, Told

GB = 1_000_000_000
_UP, _DOWN, _OUT = TaskKind.UPLOAD, TaskKind.DOWNLOAD, TaskKind.RELEASE
_S = TaskStatus


def _film(
    name: str, gigabytes: float, source: int, codec: str, width: int, height: int, minutes: float
) -> dict[str, Any]:
    media = {"codec": codec, "width": width, "height": height, "duration": minutes * 60}
    size = int(gigabytes * GB)
    series = name.partition("_")[0]
    return {
        "source_name": name, "size": size, "public_size": size, "media": media, "source_id": source,
        "remote_id": 1000 + source, "series_id": 233, "folder": series, "cid": f"bafybei{source:052}",
    }  # fmt: skip


def _rows() -> list[tuple[TaskKind, dict[str, Any], dict[str, Any]]]:
    xq, hq = "ProRes 4444 XQ", "ProRes 422 HQ"
    full = NoSpace(place="E:", need=38_400_000_000, free=113_100_000_000).record()
    done = {"run": Run.DONE, "status": _S.DONE}
    sealing = {"run": Run.ACTIVE, "status": _S.ENCRYPTING, "step": "keyed", "percent": 62}
    return [
        (_UP, _film("长河落日_第03集_母版_v4.mov", 142.8, 3, xq, 3840, 2160, 46.2), done),
        (_DOWN, _film("雾港_终混版_5.1.mxf", 311.0, 12, "JPEG 2000", 4096, 2160, 118.7),
         {"run": Run.FAILED, "status": _S.ERROR, "error": full}),
        (_UP, _film("长河落日_第04集_母版_v4.mov", 141.9, 4, xq, 3840, 2160, 45.9), sealing),
        (_DOWN, _film("夜航西飞_DCI_4K_成片.mxf", 268.4, 13, "JPEG 2000", 4096, 1716, 124.5),
         {"run": Run.ACTIVE, "status": _S.DOWNLOADING, "percent": 38}),
        (_DOWN, _film("白鸟_导演剪辑版.mov", 96.2, 14, hq, 3840, 2160, 101.1),
         {"run": Run.ACTIVE, "status": _S.MERGING, "step": "keyed", "percent": 81}),
        (_DOWN, _film("海上花_修复版_4K.mov", 187.5, 15, "ProRes 4444", 3840, 2076, 114.0),
         {"run": Run.WAITING, "status": _S.AWAITING_PRIVATE, "step": "fetched"}),
        (_UP, _film("春江_国际预告片_2分钟.mov", 8.6, 5, hq, 3840, 2160, 2.1),
         {"run": Run.PAUSED, "status": _S.ENCRYPTING, "step": "keyed", "percent": 36}),
        (_UP, _film("长河落日_第01集_母版_v4.mov", 139.4, 1, xq, 3840, 2160, 45.2), done),
        (_DOWN, _film("山海之间_全集_第01集.mxf", 74.0, 16, "XAVC 4K", 3840, 2160, 44.5),
         {"run": Run.DONE, "status": _S.DONE, "final_path": "/films/山海之间/山海之间_全集_第01集.mxf"}),
        (_OUT, _film("长河落日_第01集_母版_v4.mov", 139.4, 1, xq, 3840, 2160, 45.2), done),
    ]  # fmt: skip


async def journalled(journal: Journal, server: str, pictures: Sequence[Path]) -> list[TaskRow]:
    """The day's rows in `journal`, sent films with a real film behind them for its poster."""
    made = []
    for number, (kind, film, changes) in enumerate(_rows()):
        path = pictures[number % len(pictures)]
        known = {"source_path": str(path), "mtime_ns": path.stat().st_mtime_ns} if kind is _UP else {}
        private = (
            {"private_dir": "/keys/长河落日", "private_path": f"/keys/长河落日/{number}.rkkey"}
            if kind is _UP
            else {}
        )
        (row,) = await journal.add(kind, server, [{**film, **known, **private, "output_dir": "/films"}])  # type: ignore[typeddict-item]
        made.append(await journal.update(row.number, **changes))
    return made


def messages(rows: Sequence[TaskRow], server: str) -> list[Message]:
    """What the engine would tell of such a day: what moves and how fast, and that two buyers wait."""
    now = time.time()
    by_name = {row.source_name: row for row in rows}
    told: list[Message] = []
    for name, phase, share, rate in (
        ("长河落日_第04集_母版_v4.mov", "seal", 0.62, 412e6),
        ("夜航西飞_DCI_4K_成片.mxf", "fetch", 0.38, 73e6),
        ("白鸟_导演剪辑版.mov", "open", 0.81, 338e6),
    ):
        row = by_name[name]
        total = row.public_size or 0
        told += [Told(Progressed(row.ref, Progress(phase, int(total * share), total, rate)), now)]
    due = by_name["长河落日_第03集_母版_v4.mov"]
    tasks = tuple(
        DueTask(server, 71 + n, due.source_id, 233, due.source_name, due.folder, due.cid, due.public_size, "")
        for n in range(2)
    )
    return [*told, DueChanged(server, tasks)]
