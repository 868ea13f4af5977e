"""The disk that fills first, of those that films in work write to beside the node's."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.domain.status import TaskKind
from app.jobs.places import nearest
from app.journal import TaskRow
from app.ui.finds import disk_name
from app.ui.messages import DiskSeen
from app.ui.works import GOES_ON


class TightDisk:
    """Looks in a thread of its own, one look at a time: a mount that does not answer keeps that thread for as
    long as it likes, and nothing else."""

    def __init__(self) -> None:
        #: What the last look found; None where nothing is written, or no disk could be seen.
        self.seen: DiskSeen | None = None
        self._looks = threading.Lock()

    def look(self, rows: Iterable[TaskRow]) -> None:
        """Look at the disks of those of these films that are in work, soon; not while a look is under way."""
        folders = {folder for row in rows if row.run in GOES_ON and (folder := _writes_to(row))}
        if self._looks.acquire(blocking=False):
            threading.Thread(target=self._look, args=(folders,), name="disks", daemon=True).start()

    def _look(self, folders: Iterable[str]) -> None:
        try:
            found = []
            for folder in folders:
                with suppress(OSError):
                    there = nearest(Path(folder))
                    found.append(DiskSeen(folder, disk_name(there), shutil.disk_usage(there).free))
            self.seen = min(found, key=lambda disk: (disk.free_bytes, disk.place), default=None)
        finally:
            self._looks.release()


def _writes_to(row: TaskRow) -> str:
    return {TaskKind.DOWNLOAD: row.output_dir, TaskKind.UPLOAD: row.private_dir}.get(row.kind, "")
