"""Which story goes with which kind of task: one table for the window and the command line."""

from __future__ import annotations

from app.domain.status import TaskKind
from app.jobs.download import download
from app.jobs.release import release
from app.jobs.runner import Story
from app.jobs.upload import upload

STORIES: dict[TaskKind, Story] = {
    TaskKind.UPLOAD: upload,
    TaskKind.DOWNLOAD: download,
    TaskKind.RELEASE: release,
}
