"""The task server's API as typed calls. Source: the task server's document (its tables are the contract)."""

from app.api_client.client import TaskApi
from app.api_client.models import DownloadReport, DownloadTask, Task, TaskList, UploadReport, UserInfo
from app.api_client.retry import until_answered

__all__ = [
    "DownloadReport",
    "DownloadTask",
    "Task",
    "TaskApi",
    "TaskList",
    "UploadReport",
    "UserInfo",
    "until_answered",
]
