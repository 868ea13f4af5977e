"""Statuses, names and legal moves, written down here anew: the client's own table is not asked,
so that a mistake there is found here."""

from __future__ import annotations

from typing import Any

from sandbox.task_server.answers import refuse_fields, refuse_message

UPLOAD, DOWNLOAD, RELEASE = "upload", "download", "release"
DONE, ERROR = 8, 9

STATUS_NAMES = {
    0: "未开始",
    1: "分块中",
    2: "加密中",
    3: "上载中",
    4: "下载中",
    5: "等待授权中",
    6: "下载密钥中",
    7: "合成中",
    8: "已完成",
    9: "出现错误",
}
RELEASE_CHOICES = [{"code": code, "name": STATUS_NAMES[code]} for code in (0, 3, DONE, ERROR)]

_FORWARD: dict[str, dict[int, tuple[int, ...]]] = {
    UPLOAD: {0: (1,), 1: (2,), 2: (3,), 3: (DONE,), ERROR: (1,)},
    DOWNLOAD: {0: (4,), 4: (5, 6), 5: (6,), 6: (7,), 7: (DONE,), ERROR: (4,)},
    RELEASE: {0: (3,), 3: (DONE,), ERROR: (3,)},
}


def check_move(kind: str, old: int, new: int) -> None:
    """Refuse (400, envelope) a move that the document's order does not have. Staying is legal."""
    if old == new:
        return
    legal = new in _FORWARD[kind].get(old, ()) or (new == ERROR and old != DONE)
    if not legal:
        raise refuse_message(400, f"任务状态不能从“{STATUS_NAMES[old]}”变为“{STATUS_NAMES[new]}”")


def next_percent(old: int, old_percent: int, new: int, percent: int | None) -> int:
    """The percent after a report. Refuses one that falls within a status, and a finished one below 100."""
    if new == DONE:
        if percent not in (None, 100):
            raise refuse_fields({"percent": ["任务完成时进度应为 100。"]})
        return 100
    if old != new:
        # What went wrong keeps its percent, a new step starts from nothing.
        return percent if percent is not None else (old_percent if new == ERROR else 0)
    if percent is None:
        return old_percent
    if percent < old_percent:
        raise refuse_message(400, f"进度不能从 {old_percent} 退回到 {percent}")
    return percent


def check_finished(old: Any, new_hash: str, new_size: int, new_ip: str) -> None:
    """A finished block has a hash and an address; then only its address may change."""
    if not new_hash:
        raise refuse_fields({"hash": ["任务完成时该字段不能为空。"]})
    if not new_ip:
        raise refuse_fields({"ip": ["任务完成时该字段不能为空。"]})
    if old["status"] == DONE and (new_hash != old["hash"] or new_size != old["size"]):
        raise refuse_message(400, "任务已完成，文件 HASH 值和大小不能再更改")
